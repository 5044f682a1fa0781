import {
  AmapError,
  Double,
  encodeUtf8,
  isValueObject,
  LIMITS,
  memberOf,
  type Value,
  type ValueObject,
} from "../../../../base/index.ts";
import { escapeFieldName } from "./field-names.ts";

/** How a schema is read. */
export interface SchemaOptions {
  /** The schema that a `$ref` names, as it is written there; undefined when there is none. */
  readonly resolve?: (ref: string) => Value | undefined;
  /**
   * Whether the schema is that of whole objects (the default): apiVersion, kind, metadata.name and
   * metadata.generateName are then fields even where the schema does not say so. False for a part of a schema; one that
   * is marked as an embedded resource has them all the same.
   */
  readonly isResource?: boolean;
  /**
   * What stands for the fields when the expression runs. `plain` (the default): the object as it was read from JSON.
   * `converted`: what a CustomResourceDefinition's own rules see in the API server; amap judges such rules and does not
   * run them.
   */
  readonly values?: "plain" | "converted";
}

/** Of what is known to be text, a list, a map, an object. */
type SchemaKind = "array" | "object" | "string" | "boolean" | "number" | "integer";

/** What types and sizes are made from: a schema's members that they need, well formed. */
export interface SchemaNode {
  /** Undefined where the schema does not say: expressions cannot reach such values. */
  readonly type: SchemaKind | undefined;
  readonly format: string;
  readonly isIntOrString: boolean;
  readonly properties: ReadonlyMap<string, SchemaLink>;
  readonly required: ReadonlySet<string>;
  /** Of the values of a map. */
  readonly additional: SchemaLink | undefined;
  readonly items: SchemaLink | undefined;
  readonly hasDefault: boolean;
  readonly maxLength: bigint | undefined;
  readonly maxItems: bigint | undefined;
  readonly maxProperties: bigint | undefined;
  /** Bytes of the longest text that `enum` allows; undefined without `enum`. */
  readonly enumBytes: number | undefined;
}

/** The node of a schema within a schema; through a `$ref` it may lead back. */
type SchemaLink = () => SchemaNode;

/**
 * A schema and all that its `$ref`s lead to, read and checked once.
 *
 * @throws {AmapError} VALUE_INVALID with the path of what is malformed; LIMIT_EXCEEDED
 */
export function readSchema(schema: Value, resolve: SchemaOptions["resolve"]): SchemaNode {
  return new SchemaReader(resolve).read(schema);
}

class SchemaReader {
  readonly #resolve: SchemaOptions["resolve"];
  readonly #byRef = new Map<string, SchemaLink>();
  /** Named somewhere, not read yet: a list instead of recursion, since a chain of references may be long. */
  readonly #pending: { readonly ref: string; readonly path: string }[] = [];
  #count = 0;

  constructor(resolve: SchemaOptions["resolve"]) {
    this.#resolve = resolve;
  }

  read(schema: Value): SchemaNode {
    const link = this.#link(schema, "", 0);
    for (let next = this.#pending.pop(); next !== undefined; next = this.#pending.pop()) {
      if (!this.#byRef.has(next.ref)) this.#byRef.set(next.ref, this.#follow(next.ref, next.path));
    }
    return link();
  }

  /** As Kubernetes: what a reference names stands for all that is written beside the reference. */
  #link(schema: Value, path: string, depth: number): SchemaLink {
    const fields = objectAt(schema, path);
    const ref = refOf(fields, path);
    if (ref === undefined) return this.#whole(this.#node(fields, path, depth), fields, path);
    this.#pending.push({ ref, path });
    return () => (this.#byRef.get(ref) as SchemaLink)();
  }

  /** An embedded resource is a whole Kubernetes object inside of another one. */
  #whole(node: SchemaNode, schema: ValueObject, path: string): SchemaLink {
    if (!isTrueAt(schema, "x-kubernetes-embedded-resource", path)) return () => node;
    let whole: SchemaNode | undefined;
    return () => {
      whole ??= asResource(node);
      return whole;
    };
  }

  #follow(ref: string, path: string): SchemaLink {
    const passed = new Set<string>();
    for (let at: string | undefined = ref; ; ) {
      if (passed.has(at)) throw malformed(path, `the reference ${short(ref)} leads to itself`);
      passed.add(at);
      const target = this.#target(at, path);
      const next = refOf(target, at);
      if (next === undefined) return this.#whole(this.#node(target, at, 0), target, at);
      at = next;
    }
  }

  #target(ref: string, path: string): ValueObject {
    if (this.#resolve === undefined) {
      throw malformed(path, `the reference ${short(ref)} cannot be followed: structural schemas have none`);
    }
    const target = this.#resolve(ref);
    if (target === undefined) throw malformed(path, `there is no schema ${short(ref)}`);
    return objectAt(target, ref);
  }

  #node(schema: ValueObject, path: string, depth: number): SchemaNode {
    this.#count++;
    if (this.#count > LIMITS.schemaNodes) {
      throw new AmapError("LIMIT_EXCEEDED", `the schema has more than ${LIMITS.schemaNodes} parts`);
    }
    if (depth > LIMITS.schemaDepth) {
      throw new AmapError("LIMIT_EXCEEDED", `the schema is nested deeper than ${LIMITS.schemaDepth} levels`);
    }
    const link = (key: string): SchemaLink | undefined => {
      const child = present(schema, key);
      return child === undefined ? undefined : this.#link(child, join(path, key), depth + 1);
    };
    const format = textAt(schema, "format", path) ?? "";
    return {
      type: kindAt(schema, path),
      format,
      // Kinds that are built in say it by their format.
      isIntOrString: isTrueAt(schema, "x-kubernetes-int-or-string", path) || format === "int-or-string",
      properties: this.#properties(schema, path, depth),
      required: requiredAt(schema, path),
      additional:
        typeof present(schema, "additionalProperties") === "boolean" ? undefined : link("additionalProperties"),
      items: link("items"),
      hasDefault: present(schema, "default") !== undefined,
      maxLength: countAt(schema, "maxLength", path),
      maxItems: countAt(schema, "maxItems", path),
      maxProperties: countAt(schema, "maxProperties", path),
      enumBytes: enumBytesAt(schema, path),
    };
  }

  #properties(schema: ValueObject, path: string, depth: number): ReadonlyMap<string, SchemaLink> {
    const properties = present(schema, "properties");
    if (properties === undefined) return new Map();
    const at = join(path, "properties");
    return new Map(
      Object.entries(objectAt(properties, at)).map(([name, child]) => [
        name,
        this.#link(child, join(at, name), depth + 1),
      ]),
    );
  }
}

/** Whether expressions can reach values of a schema: whether it and its members say what they are. */
export function isExposed(node: SchemaNode): boolean {
  const passed = new Set<SchemaNode>();
  let at = node;
  while (!passed.has(at)) {
    passed.add(at);
    if (at.isIntOrString) return true;
    if (at.type === "array" && at.items === undefined) return false;
    const member = memberLink(at);
    if (member === undefined) return at.type !== undefined;
    at = member();
  }
  return true;
}

/** The schema of a list's elements or of a map's values. */
export function memberLink(node: SchemaNode): SchemaLink | undefined {
  if (node.isIntOrString) return undefined;
  if (node.type === "array") return node.items;
  return node.type === "object" ? node.additional : undefined;
}

/**
 * The fields of an object by the names that expressions write: real names for plain objects, escaped ones for converted.
 * A name that Kubernetes' expressions cannot write is not among them.
 */
export function fieldsOf(node: SchemaNode, values: SchemaOptions["values"]): ReadonlyMap<string, SchemaNode> {
  const fields = new Map<string, SchemaNode>();
  for (const [name, link] of node.properties) {
    const escaped = escapeFieldName(name);
    const field = link();
    if (escaped !== undefined && isExposed(field)) fields.set(values === "converted" ? escaped : name, field);
  }
  return fields;
}

const LEAF: SchemaNode = {
  type: "string",
  format: "",
  isIntOrString: false,
  properties: new Map(),
  required: new Set(),
  additional: undefined,
  items: undefined,
  hasDefault: false,
  maxLength: undefined,
  maxItems: undefined,
  maxProperties: undefined,
  enumBytes: undefined,
};

const METADATA: SchemaNode = {
  ...LEAF,
  type: "object",
  properties: new Map([
    ["name", () => LEAF],
    ["generateName", () => LEAF],
  ]),
};

/**
 * The schema with what every Kubernetes object has. As Kubernetes: where the schema lacks some of it, its `metadata` has
 * the two names and nothing else.
 */
export function asResource(node: SchemaNode): SchemaNode {
  if (node.type !== "object") return node;
  const typeAt = (from: SchemaNode | undefined, name: string): string | undefined =>
    from?.properties.get(name)?.().type;
  const metadata = node.properties.get("metadata")?.();
  const isComplete =
    typeAt(node, "kind") === "string" &&
    typeAt(node, "apiVersion") === "string" &&
    metadata?.type === "object" &&
    typeAt(metadata, "name") === "string" &&
    typeAt(metadata, "generateName") === "string";
  if (isComplete) return node;
  const properties = new Map(node.properties);
  properties.set("kind", () => LEAF);
  properties.set("apiVersion", () => LEAF);
  properties.set("metadata", () => METADATA);
  return { ...node, properties };
}

const MAX_INT64 = 2n ** 63n - 1n;
const KINDS: readonly string[] = ["array", "object", "string", "boolean", "number", "integer"] satisfies SchemaKind[];

const short = (text: string): string => JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
const join = (path: string, key: string): string => (path === "" ? key : `${path}.${key}`);

function malformed(path: string, message: string): AmapError {
  const place = path.length > 200 ? `…${path.slice(-200)}` : path;
  return new AmapError("VALUE_INVALID", `schema${place === "" ? "" : ` at ${place}`}: ${message}`);
}

/** A member that is there; null is no member, as Kubernetes reads JSON. */
function present(schema: ValueObject, key: string): Value | undefined {
  return memberOf(schema, key) ?? undefined;
}

function objectAt(value: Value, path: string): ValueObject {
  if (isValueObject(value)) return value;
  throw malformed(path, Array.isArray(value) ? "expected one schema, found a list" : "expected an object");
}

function textAt(schema: ValueObject, key: string, path: string): string | undefined {
  const text = present(schema, key);
  if (text === undefined || typeof text === "string") return text;
  throw malformed(join(path, key), "expected a text");
}

function isTrueAt(schema: ValueObject, key: string, path: string): boolean {
  const flag = present(schema, key) ?? false;
  if (typeof flag === "boolean") return flag;
  throw malformed(join(path, key), "expected true or false");
}

function listAt(schema: ValueObject, key: string, path: string): readonly Value[] | undefined {
  const list = present(schema, key);
  if (list === undefined || Array.isArray(list)) return list as readonly Value[] | undefined;
  throw malformed(join(path, key), "expected a list");
}

function kindAt(schema: ValueObject, path: string): SchemaKind | undefined {
  const type = textAt(schema, "type", path);
  if (type === undefined || type === "") return undefined;
  if (KINDS.includes(type)) return type as SchemaKind;
  throw malformed(join(path, "type"), `${short(type)} is none of ${KINDS.join(", ")}`);
}

function countAt(schema: ValueObject, key: string, path: string): bigint | undefined {
  const value = present(schema, key);
  if (value === undefined) return undefined;
  const number = value instanceof Double ? value.value : value;
  const count = typeof number === "bigint" || Number.isInteger(number) ? BigInt(number as number | bigint) : undefined;
  if (count === undefined || count > MAX_INT64 || count < -MAX_INT64) {
    throw malformed(join(path, key), "expected a whole number of 64 bits");
  }
  return count < 0n ? 0n : count;
}

function requiredAt(schema: ValueObject, path: string): ReadonlySet<string> {
  const names = listAt(schema, "required", path) ?? [];
  return new Set(
    names.map((name) => {
      if (typeof name === "string") return name;
      throw malformed(join(path, "required"), "expected names");
    }),
  );
}

function enumBytesAt(schema: ValueObject, path: string): number | undefined {
  const values = listAt(schema, "enum", path) ?? [];
  if (values.length === 0) return undefined;
  return values.reduce<number>((max, value) => {
    return typeof value === "string" ? Math.max(max, encodeUtf8(value).length) : max;
  }, 0);
}

/** A reference, also within `allOf`, where kinds that are built in keep it beside a description and a default. */
function refOf(schema: ValueObject, path: string): string | undefined {
  const ref = textAt(schema, "$ref", path);
  if (ref !== undefined) return ref;
  for (const part of listAt(schema, "allOf", path) ?? []) {
    const inner = textAt(objectAt(part, join(path, "allOf")), "$ref", join(path, "allOf"));
    if (inner !== undefined) return inner;
  }
  return undefined;
}
