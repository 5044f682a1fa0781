import {
  EVENT_ID,
  getScalarValue,
  type MappingEvent,
  SCALAR_STYLE,
  type ScalarEvent,
  type SequenceEvent,
} from "js-yaml";
import type { AmapError } from "../errors/amap-error.ts";
import { LIMITS } from "../limits.ts";
import { depthLimit, excerpt, type ReadOptions, sourceText } from "./source.ts";
import { Double, isValueObject, type Value, type ValueObject } from "./value.ts";
import { parseYamlEvents, tooDeep, type YamlEvents, yamlErrorAt } from "./yaml-events.ts";
import { floatKey, resolveScalar, type Scalar } from "./yaml-scalar.ts";

/** How a stream, or a part of one, is read. */
export interface YamlOptions extends ReadOptions {
  /** The line that a part begins in, for messages; 1 when left out. */
  readonly firstLine?: number;
  /** `true` and `false` alone are booleans: `yes`, `no`, `on`, `off`, `y` and `n` are texts (YAML 1.2, go-yaml 3). */
  readonly hasPlainWords?: boolean;
  /** Every scalar is the text that stands there, for formats whose values are all texts: `1.10` is no number. */
  readonly keepsText?: boolean;
}

/**
 * Reads all documents of a YAML stream, with the meaning that Kubernetes gives to scalars (yes and on are true, 0777 is
 * octal, no base 60, times stay text); big integers keep every digit and `1.0` is a Double. Documents with nothing in
 * them are left out. Refused: duplicate keys, `__proto__`, keys that are null, lists or objects, .inf and .nan, tags
 * other than YAML's own for JSON types, %TAG, and `%YAML` other than 1.1.
 * @throws {AmapError} YAML_INVALID (with line and column), LIMIT_EXCEEDED (bytes, depth, nodes, aliases)
 * @see docs/adr/0003-values.md
 * @example
 * ```ts
 * import { readYaml } from "../index.ts";
 * readYaml("hostNetwork: yes\nmode: 0644\n---\nkind: Pod\n"); // [{ hostNetwork: true, mode: 420 }, { kind: "Pod" }]
 * ```
 */
export function readYaml(input: Uint8Array | string, options: YamlOptions = {}): Value[] {
  const maxDepth = depthLimit(options);
  const { firstLine = 1 } = options;
  const source = parseYamlEvents(sourceText(input, options, "YAML_INVALID", { first: firstLine }), maxDepth, firstLine);
  return new Builder(source, maxDepth, options).documents();
}

/** What is a boolean in YAML 1.1, and not in YAML 1.2. */
const PLAIN_WORD = /^(?:y|n|yes|no|on|off)$/i;

/** A node that is done, with what it costs to expand it again by an alias. */
interface Node {
  readonly value: Value;
  readonly nodes: number;
  /** Levels of lists and objects; 0 for a scalar. */
  readonly height: number;
}

interface Frame {
  readonly kind: "document" | "list" | "object";
  readonly position: number;
  readonly anchor: string | undefined;
  readonly items: Value[];
  readonly members: Record<string, Value>;
  /** Keys that came from `<<`: a later key of the object itself replaces them. */
  merged: Set<string> | undefined;
  key: string | undefined;
  isMergeKey: boolean;
  hasMerge: boolean;
  nodes: number;
  height: number;
}

class Builder {
  readonly source: YamlEvents;
  readonly text: string;
  readonly maxDepth: number;
  readonly hasPlainWords: boolean;
  readonly keepsText: boolean;
  readonly anchors = new Map<string, Node | "open">();
  readonly stack: Frame[] = [];
  readonly results: Value[] = [];
  position = 0;
  nodes = 0;
  aliases = 0;

  constructor(source: YamlEvents, maxDepth: number, { hasPlainWords = false, keepsText = false }: YamlOptions) {
    this.source = source;
    this.text = source.text;
    this.maxDepth = maxDepth;
    this.hasPlainWords = hasPlainWords;
    this.keepsText = keepsText;
  }

  documents(): Value[] {
    for (const event of this.source.events) {
      switch (event.type) {
        case EVENT_ID.DOCUMENT:
          this.openDocument(event.directives);
          break;
        case EVENT_ID.SEQUENCE:
          this.open("list", event);
          break;
        case EVENT_ID.MAPPING:
          this.open("object", event);
          break;
        case EVENT_ID.SCALAR:
          this.scalar(event);
          break;
        case EVENT_ID.ALIAS:
          this.alias(this.text.slice(event.anchorStart, event.anchorEnd), event.anchorStart - 1);
          break;
        default:
          this.close();
      }
    }
    return this.results;
  }

  openDocument(directives: readonly { readonly kind: string; readonly version?: string }[]): void {
    for (const { kind, version } of directives) {
      if (kind === "yaml" && version === "1.1") continue;
      throw this.error(kind === "yaml" ? `expected YAML 1.1, found %YAML ${version}` : "%TAG is not supported");
    }
    this.anchors.clear();
    this.stack.push(newFrame("document", this.position, undefined));
  }

  open(kind: "list" | "object", event: SequenceEvent | MappingEvent): void {
    this.position = event.start;
    const tag = this.tagOf(event);
    if (tag !== undefined && tag !== (kind === "list" ? "seq" : "map")) {
      throw this.error(`the tag !!${tag} does not fit ${kind === "list" ? "a list" : "an object"}`);
    }
    const anchor = this.anchorOf(event);
    if (anchor !== undefined) this.anchors.set(anchor, "open");
    this.stack.push(newFrame(kind, event.start, anchor));
    if (this.stack.length - 1 > this.maxDepth) throw tooDeep(this.source, event.start, this.maxDepth);
  }

  close(): void {
    const frame = this.stack.pop() as Frame;
    if (frame.kind === "document") {
      if (frame.items[0] !== undefined) this.results.push(frame.items[0]);
      return;
    }
    const value = frame.kind === "list" ? frame.items : frame.members;
    this.countNodes(1);
    this.add(frame.anchor, { value, nodes: frame.nodes + 1, height: frame.height + 1 }, undefined, frame.position);
  }

  scalar(event: ScalarEvent): void {
    const isQuoted = event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED;
    if (event.valueStart >= 0) this.position = event.valueStart - (isQuoted ? 1 : 0);
    const text = this.scalarText(event);
    if (event.style === SCALAR_STYLE.DOUBLE_QUOTED && !text.isWellFormed()) {
      throw this.error("expected Unicode text, found half of a surrogate pair");
    }
    const tag = this.tagOf(event);
    const scalar = this.tagged(text, tag, event.style === SCALAR_STYLE.PLAIN);
    const anchor = this.anchorOf(event);
    // Only a key may be one (as text), and an alias must not carry it to where a number is meant.
    if (scalar.type === "special" && anchor !== undefined) this.jsonValue(scalar);
    const isNothing = event.valueStart < 0 && tag === undefined && anchor === undefined;
    // A document without a node: nothing is added, and `close` leaves it out.
    if (isNothing && this.stack.length === 1) return;
    this.countNodes(1);
    this.add(anchor, { value: scalar.value, nodes: 1, height: 0 }, scalar, this.position);
  }

  scalarText(event: ScalarEvent): string {
    const text = getScalarValue(this.text, event);
    const isBlock = event.style === SCALAR_STYLE.LITERAL_BLOCK || event.style === SCALAR_STYLE.FOLDED_BLOCK;
    // The last line of the stream may have no line break; js-yaml then adds one to a block, Kubernetes does not.
    if (!isBlock || event.valueEnd < this.text.length || /[\n\r]$/.test(this.text)) return text;
    return text.endsWith("\n") ? text.slice(0, -1) : text;
  }

  tagged(text: string, tag: string | undefined, isPlain: boolean): Scalar {
    if (tag === undefined && this.keepsText) return { type: "str", value: text };
    if (tag === undefined)
      return isPlain && !this.isPlainWord(text) ? resolveScalar(text) : { type: "str", value: text };
    if (tag === "str") return { type: "str", value: text };
    const scalar = resolveScalar(text);
    if (scalar.type === tag) return scalar;
    if (tag === "float" && scalar.type === "int") return { type: "float", value: new Double(Number(scalar.value)) };
    if (tag === "float" && scalar.type === "special") return scalar;
    throw this.error(`expected !!${tag}, found ${excerpt(text)}`);
  }

  isPlainWord(text: string): boolean {
    return this.hasPlainWords && PLAIN_WORD.test(text);
  }

  alias(name: string, position: number): void {
    this.position = position;
    const node = this.anchors.get(name);
    if (node === undefined) throw this.error(`the anchor ${excerpt(name)} is not defined before it is used`);
    if (node === "open") throw this.error(`the anchor ${excerpt(name)} contains itself`);
    if (++this.aliases > LIMITS.yamlAliases) throw this.limit(`at most ${LIMITS.yamlAliases} aliases`);
    if (this.stack.length - 1 + node.height > this.maxDepth) throw tooDeep(this.source, position, this.maxDepth);
    this.countNodes(node.nodes);
    this.add(undefined, node, undefined, position);
  }

  /** Puts a finished node into the object, list or document it belongs to. */
  add(anchor: string | undefined, node: Node, scalar: Scalar | undefined, position: number): void {
    if (anchor !== undefined) this.anchors.set(anchor, node);
    const frame = this.stack.at(-1) as Frame;
    frame.nodes += node.nodes;
    frame.height = Math.max(frame.height, node.height);
    if (frame.kind === "object" && frame.key === undefined && !frame.isMergeKey) {
      this.addKey(frame, node, scalar, position);
      return;
    }
    if (frame.kind === "object" && frame.isMergeKey) this.merge(frame, node.value);
    else {
      const value = scalar === undefined ? node.value : this.jsonValue(scalar);
      if (frame.kind === "object") frame.members[frame.key as string] = value;
      else frame.items.push(value);
    }
    frame.key = undefined;
    frame.isMergeKey = false;
  }

  jsonValue(scalar: Scalar): Value {
    if (scalar.type === "special") throw this.error(`${scalar.value} is not a JSON number`);
    return scalar.value;
  }

  addKey(frame: Frame, node: Node, scalar: Scalar | undefined, position: number): void {
    this.position = position;
    if (scalar?.type === "merge") {
      if (frame.hasMerge) throw this.error("the key << occurs twice");
      frame.isMergeKey = true;
      frame.hasMerge = true;
      return;
    }
    const key = this.keyText(node.value, scalar);
    if (key === "__proto__") throw this.error("the key __proto__ is not accepted");
    if (Object.hasOwn(frame.members, key) && !frame.merged?.delete(key)) {
      throw this.error(`the key ${excerpt(key)} occurs twice`);
    }
    frame.key = key;
  }

  /** A key as text, as Kubernetes turns it: integers in decimal digits, booleans by name, doubles rounded to 32 bits. */
  keyText(value: Value, scalar: Scalar | undefined): string {
    if (typeof value === "string") return value;
    if (typeof value === "boolean") return String(value);
    if (value instanceof Double || (typeof value === "number" && scalar?.type === "float"))
      return floatKey(Number(value));
    if (typeof value === "number") return Number.isInteger(value) ? String(value) : floatKey(value);
    if (typeof value === "bigint" && BigInt.asIntN(64, value) === value) return String(value);
    throw this.error("expected a key that is text, a 64-bit integer, a number or a boolean");
  }

  /** `<<`: members of one object or of a list of objects, the first one winning, the object's own members before all. */
  merge(frame: Frame, source: Value): void {
    for (const object of Array.isArray(source) ? (source as readonly Value[]) : [source]) {
      if (!isValueObject(object)) throw this.error("expected an object or a list of objects after <<");
      this.countNodes(Object.keys(object).length);
      for (const key of Object.keys(object)) this.mergeMember(frame, object, key);
    }
  }

  mergeMember(frame: Frame, object: ValueObject, key: string): void {
    if (frame.merged?.has(key)) return;
    if (Object.hasOwn(frame.members, key)) {
      // YAML says the object's own member wins, Kubernetes lets the later `<<` win: nobody may be left guessing.
      throw this.error(`the key ${excerpt(key)} stands before << and is also merged: write << first`);
    }
    frame.members[key] = object[key] as Value;
    frame.merged ??= new Set();
    frame.merged.add(key);
  }

  tagOf(event: { readonly tagStart: number; readonly tagEnd: number }): string | undefined {
    if (event.tagStart < 0) return undefined;
    const raw = this.text.slice(event.tagStart, event.tagEnd);
    // The lone "!" says "not resolved": text for a scalar, nothing new for a list or an object.
    if (raw === "!") return "valueStart" in event ? "str" : undefined;
    const name = /^(?:!!|!<tag:yaml\.org,2002:)(null|bool|int|float|str|seq|map|merge)>?$/.exec(raw)?.[1];
    if (name === undefined) {
      throw yamlErrorAt(this.source, event.tagStart, `the tag ${excerpt(raw)} is not supported`);
    }
    return name;
  }

  anchorOf(event: { readonly anchorStart: number; readonly anchorEnd: number }): string | undefined {
    return event.anchorStart < 0 ? undefined : this.text.slice(event.anchorStart, event.anchorEnd);
  }

  countNodes(count: number): void {
    this.nodes += count;
    if (this.nodes > LIMITS.yamlNodes) throw this.limit(`at most ${LIMITS.yamlNodes} nodes with aliases expanded`);
  }

  limit(expected: string): AmapError {
    return yamlErrorAt(this.source, this.position, `expected ${expected}, found more`, "LIMIT_EXCEEDED");
  }

  error(message: string): AmapError {
    return yamlErrorAt(this.source, this.position, message);
  }
}

function newFrame(kind: Frame["kind"], position: number, anchor: string | undefined): Frame {
  return {
    kind,
    position,
    anchor,
    items: [],
    members: {},
    merged: undefined,
    key: undefined,
    isMergeKey: false,
    hasMerge: false,
    nodes: 0,
    height: 0,
  };
}
