import {
  AmapError,
  compareText,
  Double,
  isValueObject,
  LIMITS,
  type Value,
  type ValueObject,
} from "../../../base/index.ts";

/** A member of an object; the key can change while its value stays where it is. */
export interface NodeField {
  key: string;
  readonly value: PatchNode;
}

/** Takes the steps of one evaluation. */
export type Charge = (steps: number) => void;

/**
 * A value that a merge changes in place. kustomize merges YAML nodes, and what comes out depends on two things that
 * plain values have not: which nodes are one and the same, and whether a scalar stands in quotes (a number that takes
 * the place of a text becomes a text).
 */
export class PatchNode {
  kind: "object" | "list" | "scalar" = "scalar";
  fields: NodeField[] = [];
  items: PatchNode[] = [];
  scalar: Exclude<Value, readonly Value[] | ValueObject> = null;
  /** Whether the scalar stands in quotes. */
  quoted = false;
  /** Whether a null stays where an empty value is taken away. */
  kept = false;

  get isNull(): boolean {
    return this.kind === "scalar" && this.scalar === null;
  }

  /** What a scalar is written as; empty for objects and lists. */
  get text(): string {
    if (this.kind !== "scalar") return "";
    return this.scalar instanceof Double ? String(this.scalar.value) : String(this.scalar);
  }

  /** Becomes what `other` is; what lies below is the same for both afterwards. */
  become(other: PatchNode): void {
    this.kind = other.kind;
    this.fields = other === this ? this.fields : [...other.fields];
    this.items = other === this ? this.items : [...other.items];
    this.scalar = other.scalar;
    this.quoted = other.quoted;
    this.kept = other.kept;
  }

  field(key: string): PatchNode | undefined {
    let found: PatchNode | undefined;
    for (const field of this.fields) if (field.key === key) found = field.value;
    return found;
  }

  /** Takes away the first member of that name. */
  clear(key: string): void {
    const index = this.fields.findIndex((field) => field.key === key);
    if (index >= 0) this.fields.splice(index, 1);
  }

  /** Sets a member as kustomize does: nothing and null take it away, a scalar in the place of a text is a text. */
  set(key: string, value: PatchNode | undefined): void {
    if (value === undefined || (value.isNull && !value.kept)) {
      this.clear(key);
      return;
    }
    const existing = this.field(key);
    if (existing === undefined) {
      this.fields.push({ key, value });
      return;
    }
    const { quoted } = existing;
    existing.become(value);
    existing.quoted = quoted || (value.kind === "scalar" && typeof value.scalar === "string");
    // Kustomize writes the style into the value that is set as well; patches are not read again afterwards.
  }

  /** Whether there is nothing in it: null, `{}` or `[]`. */
  get isEmpty(): boolean {
    if (this.kind === "object") return this.fields.length === 0;
    return this.kind === "list" ? this.items.length === 0 : this.scalar === null;
  }
}

/**
 * The nodes of a value; its members in the order in which Kyverno meets them: the first problem in it is the one told.
 * @throws {AmapError} LIMIT_EXCEEDED (depth); what `charge` throws
 */
export function toNode(value: Value, charge: Charge, depth = 0): PatchNode {
  if (depth > LIMITS.documentDepth) {
    throw new AmapError("LIMIT_EXCEEDED", `expected values nested at most ${LIMITS.documentDepth} deep`);
  }
  charge(1);
  const node = new PatchNode();
  if (Array.isArray(value)) {
    node.kind = "list";
    node.items = (value as readonly Value[]).map((item) => toNode(item, charge, depth + 1));
  } else if (isValueObject(value)) {
    node.kind = "object";
    node.fields = Object.keys(value)
      .sort(compareText)
      .map((key) => ({ key, value: toNode(value[key] as Value, charge, depth + 1) }));
  } else {
    node.scalar = value as PatchNode["scalar"];
    node.quoted = typeof value === "string";
  }
  return node;
}

/** A text that stands in quotes. */
export function textNode(text: string): PatchNode {
  const node = new PatchNode();
  node.scalar = text;
  node.quoted = true;
  return node;
}

/** What making a node costs, by the time that the steps of other loops take. */
const COPY_STEPS = 4;

/** A copy that shares nothing. */
export function copyNode(node: PatchNode, charge: Charge): PatchNode {
  charge(COPY_STEPS);
  const copy = new PatchNode();
  copy.become(node);
  copy.items = node.items.map((item) => copyNode(item, charge));
  copy.fields = node.fields.map(({ key, value }) => ({ key, value: copyNode(value, charge) }));
  return copy;
}

/** The value of nodes. `before` is what they may still be: where nothing changed it is returned itself. */
export function toValue(node: PatchNode, before: Value | undefined, charge: Charge): Value {
  charge(1);
  if (node.kind === "scalar") return node.quoted && typeof node.scalar !== "string" ? node.text : node.scalar;
  if (node.kind === "list") {
    const old = Array.isArray(before) ? (before as readonly Value[]) : [];
    const list = node.items.map((item, index) => toValue(item, old[index], charge));
    const isSame =
      Array.isArray(before) && old.length === list.length && list.every((item, index) => item === old[index]);
    return isSame ? old : list;
  }
  return toObject(node, isValueObject(before) ? before : undefined, charge);
}

function toObject(node: PatchNode, before: ValueObject | undefined, charge: Charge): Value {
  const members: { [key: string]: Value } = {};
  let isSame = before !== undefined && Object.keys(before).length === node.fields.length;
  for (const { key, value } of node.fields) {
    if (Object.hasOwn(members, key)) throw new PatchError(`mapping key "${key}" already defined`);
    if (key === "__proto__") throw new PatchError('the key "__proto__" is not taken');
    const old = before !== undefined && Object.hasOwn(before, key) ? before[key] : undefined;
    const member = toValue(value, old, charge);
    members[key] = member;
    isSame &&= member === old;
  }
  return isSame ? (before as ValueObject) : members;
}

/** A patch that cannot be applied; its message is the outcome's. */
export class PatchError extends Error {}

/** kustomize's error for a node of the wrong kind, or nothing: null is of every kind. */
export function expectKind(node: PatchNode | undefined, kind: PatchNode["kind"]): void {
  if (node === undefined || node.isNull || node.kind === kind) return;
  throw new PatchError(
    `wrong node kind: expected ${KIND_NAMES[kind]} but got ${KIND_NAMES[node.kind]}: node contents:\n${excerpt(node)}\n`,
  );
}

const KIND_NAMES = { object: "MappingNode", list: "SequenceNode", scalar: "ScalarNode" } as const;
const EXCERPT_LENGTH = 256;

/** As kustomize prints nodes that were read from JSON. */
function excerpt(node: PatchNode): string {
  const text = printFlow(node);
  return text.length > EXCERPT_LENGTH ? `${text.slice(0, EXCERPT_LENGTH)}…` : text;
}

function printFlow(node: PatchNode): string {
  if (node.kind === "list") return `[${node.items.map(printFlow).join(", ")}]`;
  if (node.kind === "object") {
    return `{${node.fields.map(({ key, value }) => `${JSON.stringify(key)}: ${printFlow(value)}`).join(", ")}}`;
  }
  return node.quoted ? JSON.stringify(node.text) : node.text;
}
