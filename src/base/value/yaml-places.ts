import { EVENT_ID, getScalarValue } from "js-yaml";
import { depthLimit, placeAt, type ReadOptions, sourceText } from "./source.ts";
import { parseYamlEvents, type YamlEvents } from "./yaml-events.ts";

/** A place in a file, both counted from 1; the column in UTF-16 code units. */
export interface YamlPlace {
  readonly line: number;
  readonly column: number;
}

/** Where the parts of a YAML stream stand. */
export interface YamlPlaces {
  /**
   * Where a part of a document stands: the key of a member, the first character of a list's item. `document` counts those
   * that `readYaml` gives, from 0; `path` is written as issues write it (`spec.rules[0].name`, `data["a/b"]`). Of a part
   * that is not there the place of the innermost one around it that is. Undefined for a document that is not there.
   */
  locate(document: number, path: string): YamlPlace | undefined;
}

/** A node of a document and where it begins; -1 when nothing is written. */
interface PlacedNode {
  start: number;
  readonly members?: Map<string, PlacedMember>;
  readonly items?: PlacedNode[];
}

interface PlacedMember {
  readonly keyStart: number;
  readonly node: PlacedNode;
}

/**
 * Reads a YAML stream, which `readYaml` has accepted, for the places of its parts. It takes about as long as reading, so
 * it is done when a message needs a place.
 * @throws {AmapError} YAML_INVALID, LIMIT_EXCEEDED (bytes, depth)
 * @example
 * ```ts
 * import { readYamlPlaces } from "../index.ts";
 * const places = readYamlPlaces("kind: Pod\nspec:\n  containers:\n  - image: nginx\n");
 * places.locate(0, "spec.containers[0].image"); // { line: 4, column: 5 }
 * ```
 */
export function readYamlPlaces(input: Uint8Array | string, options: ReadOptions = {}): YamlPlaces {
  const maxDepth = depthLimit(options);
  const source = parseYamlEvents(sourceText(input, options, "YAML_INVALID"), maxDepth);
  const documents = new PlaceBuilder(source).documents();
  return {
    locate(document, path) {
      const root = documents[document];
      if (root === undefined) return undefined;
      return placeAt(source.text, Math.max(0, findPlace(root, path)), source.lines);
    },
  };
}

interface OpenNode {
  /** Undefined for a document. */
  readonly node: PlacedNode | undefined;
  /** What a document holds. */
  root: PlacedNode | undefined;
  /** The key whose value comes next. */
  key: { readonly text: string; readonly start: number } | undefined;
}

class PlaceBuilder {
  readonly #source: YamlEvents;
  readonly #stack: OpenNode[] = [];
  readonly #documents: PlacedNode[] = [];
  readonly #anchors = new Map<string, PlacedNode>();

  constructor(source: YamlEvents) {
    this.#source = source;
  }

  documents(): readonly PlacedNode[] {
    const { text, events } = this.#source;
    for (const event of events) {
      switch (event.type) {
        case EVENT_ID.DOCUMENT:
          this.#anchors.clear();
          this.#stack.push({ node: undefined, root: undefined, key: undefined });
          break;
        case EVENT_ID.SEQUENCE:
          this.#open({ start: event.start, items: [] }, event);
          break;
        case EVENT_ID.MAPPING:
          this.#open({ start: event.start, members: new Map() }, event);
          break;
        case EVENT_ID.SCALAR: {
          const isEmpty = event.valueStart < 0 && event.tagStart < 0 && event.anchorStart < 0;
          // A document without a node is none, as for `readYaml`.
          if (isEmpty && this.#stack.length === 1) break;
          const start = quotedStart(text, event.valueStart);
          this.#add({ start }, event, () => getScalarValue(text, event));
          break;
        }
        case EVENT_ID.ALIAS: {
          const known = this.#anchors.get(text.slice(event.anchorStart, event.anchorEnd));
          this.#add(known ?? { start: event.anchorStart - 1 }, NO_ANCHOR, () => "");
          break;
        }
        default:
          this.#close();
      }
    }
    return this.#documents;
  }

  #open(node: PlacedNode, event: Anchored): void {
    this.#remember(node, event);
    this.#stack.push({ node, root: undefined, key: undefined });
  }

  #close(): void {
    const open = this.#stack.pop();
    if (open?.node !== undefined) this.#add(open.node, NO_ANCHOR, () => "");
    else if (open?.root !== undefined) this.#documents.push(open.root);
  }

  #remember(node: PlacedNode, { anchorStart, anchorEnd }: Anchored): void {
    if (anchorStart >= 0) this.#anchors.set(this.#source.text.slice(anchorStart, anchorEnd), node);
  }

  #add(node: PlacedNode, event: Anchored, keyText: () => string): void {
    this.#remember(node, event);
    const open = this.#stack.at(-1);
    if (open === undefined) return;
    if (open.node === undefined) open.root ??= node;
    else if (open.node.items !== undefined) open.node.items.push(node);
    else if (open.key === undefined) open.key = { text: keyText(), start: node.start };
    else {
      open.node.members?.set(open.key.text, { keyStart: open.key.start, node });
      open.key = undefined;
    }
  }
}

interface Anchored {
  readonly anchorStart: number;
  readonly anchorEnd: number;
}

const NO_ANCHOR: Anchored = { anchorStart: -1, anchorEnd: -1 };

/** A text in quotes begins with its quote. */
function quotedStart(text: string, start: number): number {
  const before = text[start - 1];
  return before === '"' || before === "'" ? start - 1 : start;
}

/** The offset of the innermost part of a path that is there. */
function findPlace(root: PlacedNode, path: string): number {
  let node = root;
  let place = root.start;
  let rest = path;
  while (rest !== "") {
    const step = nextStep(node, rest);
    if (step === undefined) break;
    node = step.node;
    place = step.start >= 0 ? step.start : place;
    rest = rest.slice(step.length);
  }
  return place;
}

interface Step {
  readonly node: PlacedNode;
  readonly start: number;
  /** Characters of the path that it takes. */
  readonly length: number;
}

const INDEX = /^\[(\d+)\]/;
/** A JSON text in brackets. */
const QUOTED_KEY = /^\[("(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[\da-fA-F]{4}))*")\]/u;

function nextStep(node: PlacedNode, rest: string): Step | undefined {
  const index = INDEX.exec(rest);
  if (index !== null) {
    const item = node.items?.[Number(index[1])];
    return item && { node: item, start: item.start, length: index[0].length };
  }
  const quoted = QUOTED_KEY.exec(rest);
  if (quoted !== null) return memberStep(node, JSON.parse(quoted[1] as string) as string, quoted[0].length);
  const name = rest.startsWith(".") ? rest.slice(1) : rest;
  const key = longestKey(node, name);
  return key === undefined ? undefined : memberStep(node, key, rest.length - name.length + key.length);
}

function memberStep(node: PlacedNode, key: string, length: number): Step | undefined {
  const member = memberNamed(node, key);
  return member && { node: member.node, start: member.keyStart, length };
}

/** A member of the object, or of one that `<<` merges into it. */
function memberNamed(node: PlacedNode, key: string): PlacedMember | undefined {
  const own = node.members?.get(key);
  if (own !== undefined) return own;
  const merged = node.members?.get("<<")?.node;
  for (const source of merged?.items ?? (merged === undefined ? [] : [merged])) {
    const found = source === node ? undefined : source.members?.get(key);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The longest key that a path may begin with: keys with points in them are not always in quotes. */
function longestKey(node: PlacedNode, name: string): string | undefined {
  for (let end = name.length; end > 0; end = lastSeparator(name, end)) {
    const key = name.slice(0, end);
    if (memberNamed(node, key) !== undefined) return key;
  }
  return undefined;
}

function lastSeparator(name: string, end: number): number {
  return Math.max(name.lastIndexOf(".", end - 1), name.lastIndexOf("[", end - 1));
}
