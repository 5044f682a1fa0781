import { DEFINITION_LINES } from "./kubernetes-types.ts";

/** What a value without fields, keys or elements of its own is; `object` has any members, `any` is not described. */
export type ScalarKind =
  | "string"
  | "int32"
  | "int64"
  | "double"
  | "boolean"
  | "date-time"
  | "byte"
  | "int-or-string"
  | "quantity"
  | "object"
  | "any";

/** x-kubernetes-map-type; empty when the server states none, which is granular. */
type MapType = "" | "atomic" | "granular";

/** What the values at one place of a Kubernetes object are. */
export type FieldType =
  | { readonly kind: "scalar"; readonly scalar: ScalarKind }
  /** Of a named type; a map type stated here goes before the named type's own. */
  | { readonly kind: "object"; readonly definition: string; readonly mapType: MapType }
  | { readonly kind: "map"; readonly value: FieldType; readonly mapType: MapType }
  | ListType;

/** What a list is. */
interface ListType {
  readonly kind: "list";
  readonly element: FieldType;
  /** x-kubernetes-list-type; empty when the server states none, which is atomic. */
  readonly listType: "" | "atomic" | "set" | "map";
  /** x-kubernetes-list-map-keys. */
  readonly mapKeys: readonly string[];
  /** The keys of a strategic merge; none for scalars, undefined for a list that is replaced whole. */
  readonly mergeKeys: readonly string[] | undefined;
}

/** A field of a Kubernetes type. */
export interface KubernetesField {
  readonly type: FieldType;
  readonly isRequired: boolean;
  /** What the server takes for the field where it is absent; known for fields by which elements of a list differ. */
  readonly default: string | number | undefined;
}

/** A named type of Kubernetes' own kinds: an object of fields, or another name for a type without. */
export interface KubernetesType {
  readonly fields: ReadonlyMap<string, KubernetesField>;
  readonly mapType: MapType;
  /** What a type without fields stands for: a time, a quantity, free-form objects. */
  readonly alias: FieldType | undefined;
}

let lines: ReadonlyMap<string, string> | undefined;
const types = new Map<string, KubernetesType>();

/**
 * A type by its name: group, version and name. Undefined for a name that is not in the table.
 *
 * @example
 * ```ts
 * import { findKubernetesType } from "./kubernetes-fields.ts";
 * findKubernetesType("core.v1.PodSpec")?.fields.get("hostNetwork")?.type; // { kind: "scalar", scalar: "boolean" }
 * ```
 */
export function findKubernetesType(definition: string): KubernetesType | undefined {
  const known = types.get(definition);
  if (known !== undefined) return known;
  lines ??= new Map(DEFINITION_LINES.trim().split("\n").map(splitLine));
  const line = lines.get(definition);
  if (line === undefined) return undefined;
  const type = readType(line);
  types.set(definition, type);
  return type;
}

/** The name and the line itself; a map type is written behind the name. */
function splitLine(line: string): [string, string] {
  return [/^[^ @]+/.exec(line)?.[0] ?? "", line];
}

/** Reads a line of the table: the name of a type and its fields, parted by spaces. */
export function readType(line: string): KubernetesType {
  const [name = "", ...words] = line.split(" ");
  const mapType = name.slice(name.indexOf("@") + 1);
  const read = words.map((word) => new FieldReader(word).read());
  return {
    fields: new Map(read.filter(([key]) => key !== "")),
    mapType: name.includes("@") ? (mapType as MapType) : "",
    alias: read[0]?.[0] === "" ? read[0][1].type : undefined,
  };
}

const SCALARS: ReadonlyMap<string, ScalarKind> = new Map([
  ["", "string"],
  ["i", "int32"],
  ["l", "int64"],
  ["n", "double"],
  ["b", "boolean"],
  ["t", "date-time"],
  ["y", "byte"],
  ["x", "int-or-string"],
  ["q", "quantity"],
  ["o", "object"],
  ["a", "any"],
]);

const LIST_TYPES: readonly string[] = ["", "atomic", "set", "map"] satisfies ListType["listType"][];
const MAP_TYPES: readonly string[] = ["", "atomic", "granular"] satisfies MapType[];

class FieldReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): [string, KubernetesField] {
    const name = this.#until(":[{!=");
    if (this.#next() === ":") this.#at++;
    const type = this.#type();
    const isRequired = this.#take("!");
    const text = this.#take("=") ? this.#until("") : undefined;
    if (this.#at !== this.#text.length) throw this.#unreadable();
    const isNumber = type.kind === "scalar" && (type.scalar === "int32" || type.scalar === "int64");
    return [name, { type, isRequired, default: isNumber && text !== undefined ? Number(text) : text }];
  }

  #type(): FieldType {
    if (this.#take("{")) {
      const value = this.#inner("}");
      return { kind: "map", value, mapType: this.#mapType() };
    }
    if (this.#take("[")) return this.#list();
    const name = this.#until("@!=]}");
    const scalar = SCALARS.get(name);
    if (scalar !== undefined) return { kind: "scalar", scalar };
    if (!name.includes(".")) throw this.#unreadable();
    return { kind: "object", definition: name, mapType: this.#mapType() };
  }

  #list(): ListType {
    const element = this.#inner("]");
    const listType = this.#until("(+!=]}");
    if (!LIST_TYPES.includes(listType)) throw this.#unreadable();
    const mapKeys = this.#take("(") ? this.#until(")") : "";
    if (mapKeys !== "") this.#at++;
    const mergeKeys = this.#take("+") ? splitKeys(this.#until("!=]}")) : undefined;
    return {
      kind: "list",
      element,
      listType: listType as ListType["listType"],
      mapKeys: splitKeys(mapKeys),
      mergeKeys,
    };
  }

  #inner(end: string): FieldType {
    const type = this.#type();
    if (!this.#take(end)) throw this.#unreadable();
    return type;
  }

  #mapType(): MapType {
    const mapType = this.#take("@") ? this.#until("!=]}") : "";
    if (!MAP_TYPES.includes(mapType)) throw this.#unreadable();
    return mapType as MapType;
  }

  #next(): string {
    return this.#text.charAt(this.#at);
  }

  #take(expected: string): boolean {
    if (this.#next() !== expected) return false;
    this.#at++;
    return true;
  }

  /** The text up to one of the characters. */
  #until(ends: string): string {
    const start = this.#at;
    while (this.#at < this.#text.length && !ends.includes(this.#next())) this.#at++;
    return this.#text.slice(start, this.#at);
  }

  #unreadable(): Error {
    return new Error(`the table of Kubernetes types has the field ${this.#text}`);
  }
}

function splitKeys(text: string): readonly string[] {
  return text === "" ? [] : text.split(",");
}
