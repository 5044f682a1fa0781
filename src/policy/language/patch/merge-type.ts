import { AmapError, isValueObject, memberOf, textOf, type Value, type ValueObject } from "../../../base/index.ts";
import type { ResourceSchema } from "../../resource/resource-schema.ts";

/** What the values at one place of an object are to a structured merge; asked for when it is needed, as types recur. */
export type MergeType = () => MergeAtom;

/** The forms that a value may have: more than one where the schema does not say. */
export interface MergeAtom {
  readonly scalar: "numeric" | "string" | "boolean" | "untyped" | undefined;
  readonly list: MergeList | undefined;
  readonly map: MergeMap | undefined;
}

/** A list that is merged by element, or taken whole. */
export interface MergeList {
  readonly isAtomic: boolean;
  /** The members by which elements are told apart; without any, they are scalars of a set. */
  readonly keys: readonly string[];
  readonly element: MergeType;
}

/** An object that is merged by member, or taken whole. */
export interface MergeMap {
  readonly isAtomic: boolean;
  field(name: string): MergeField | undefined;
  /** Of members that are no fields; undefined when there are to be none. */
  readonly others: MergeType | undefined;
}

interface MergeField {
  readonly type: MergeType;
  /** What stands for the field where it is absent and elements are told apart by it. */
  readonly default: Value | undefined;
}

const UNTYPED: MergeAtom = {
  scalar: "untyped",
  list: { isAtomic: true, keys: [], element: () => UNTYPED },
  map: { isAtomic: true, field: () => undefined, others: () => UNTYPED },
};

const DEDUCED: MergeAtom = {
  scalar: "untyped",
  list: UNTYPED.list,
  map: { isAtomic: false, field: () => undefined, others: () => DEDUCED },
};

/** The type of objects without a schema, as Kubernetes deduces it from them: objects by member, lists whole. */
export const DEDUCED_MERGE_TYPE: MergeType = () => DEDUCED;

const types = new WeakMap<ResourceSchema, MergeType>();

/**
 * How objects of a schema are merged, by the rules of Kubernetes 1.36 (kube-openapi's schemaconv). A list says by
 * x-kubernetes-list-type whether it is atomic (the default), a set or a map, older ones by x-kubernetes-patch-strategy;
 * an object by x-kubernetes-map-type whether it is atomic. Schemas are read when the merge comes to them.
 *
 * @throws {AmapError} VALUE_INVALID, when it is used, with what is malformed in the schema
 * @see https://kubernetes.io/docs/reference/using-api/server-side-apply/#merge-strategy
 * @example
 * ```ts
 * import { findKubernetesSchema, mergeTypeOf } from "../../index.ts";
 * mergeTypeOf(findKubernetesSchema("v1", "Service")!)().map?.field("spec")?.type().map?.isAtomic; // false
 * ```
 */
export function mergeTypeOf(schema: ResourceSchema): MergeType {
  const known = types.get(schema);
  if (known !== undefined) return known;
  const type = new SchemaTypes(schema).root;
  types.set(schema, type);
  return type;
}

/** Types whose forms Kubernetes' converter lays down by name, as they are called with and without their package. */
const QUANTITY = /(?:^|\.)api\.resource\.Quantity$/;
const RAW_EXTENSION = /(?:^|\.)runtime\.RawExtension$/;
const QUANTITY_ATOM: MergeAtom = { scalar: "untyped", list: undefined, map: undefined };

class SchemaTypes {
  readonly root: MergeType;
  readonly #resolve: ResourceSchema["resolve"];
  readonly #named = new Map<string, MergeAtom>();

  constructor({ schema, resolve }: ResourceSchema) {
    this.#resolve = resolve;
    this.root = once(() => this.#atom(schema, false));
  }

  /** `keepsUnknown`: whether a schema around this one preserves unknown fields. */
  #type(schema: ValueObject, keepsUnknown: boolean): MergeType {
    const ref = refOf(schema);
    if (ref === undefined) return once(() => this.#atom(schema, keepsUnknown));
    const relation = mapRelation(schema);
    return once(() => {
      const atom = this.#find(ref);
      return relation === "" ? atom : overrideRelation(atom, relation === "atomic", ref);
    });
  }

  #find(ref: string): MergeAtom {
    const made = this.#named.get(ref);
    if (made !== undefined) return made;
    const schema = this.#resolve(ref);
    if (schema === undefined) throw malformed(`there is no schema ${JSON.stringify(ref)}`);
    const name = ref.slice(ref.lastIndexOf("/") + 1);
    const atom = QUANTITY.test(name) ? QUANTITY_ATOM : RAW_EXTENSION.test(name) ? UNTYPED : this.#atom(schema, false);
    this.#named.set(ref, atom);
    return atom;
  }

  #atom(schema: ValueObject, around: boolean): MergeAtom {
    const keepsUnknown = around || memberOf(schema, "x-kubernetes-preserve-unknown-fields") === true;
    const type = textOf(schema, "type");
    switch (type) {
      case "":
        return { scalar: "untyped", list: this.#list(schema, keepsUnknown), map: this.#map(schema, keepsUnknown) };
      case "object":
        return { scalar: undefined, list: undefined, map: this.#map(schema, keepsUnknown) };
      case "array":
        return { scalar: undefined, list: this.#list(schema, keepsUnknown), map: undefined };
      case "integer":
      case "number":
        return { scalar: "numeric", list: undefined, map: undefined };
      case "boolean":
        return { scalar: "boolean", list: undefined, map: undefined };
      case "string":
        return { scalar: textForm(schema), list: undefined, map: undefined };
      default:
        throw malformed(`${JSON.stringify(type)} is no type`);
    }
  }

  #list(schema: ValueObject, keepsUnknown: boolean): MergeList {
    const items = memberOf(schema, "items");
    const relation = listRelation(schema);
    if (isValueObject(items)) return { ...relation, element: this.#type(items, keepsUnknown) };
    if (textOf(schema, "type") === "array") throw malformed("a list has no schema of its items");
    return { ...relation, element: () => UNTYPED };
  }

  #map(schema: ValueObject, keepsUnknown: boolean): MergeMap {
    const properties = memberOf(schema, "properties");
    const fields = new Map<string, MergeField>();
    for (const [name, property] of isValueObject(properties) ? Object.entries(properties) : []) {
      if (!isValueObject(property)) throw malformed(`the property ${JSON.stringify(name)} is no schema`);
      const value = memberOf(property, "default");
      fields.set(name, { type: this.#type(property, keepsUnknown), default: value ?? undefined });
    }
    return {
      isAtomic: mapRelation(schema) === "atomic",
      field: (name) => fields.get(name),
      others: this.#others(schema, keepsUnknown || fields.size === 0, keepsUnknown),
    };
  }

  #others(schema: ValueObject, isOpen: boolean, keepsUnknown: boolean): MergeType | undefined {
    const additional = memberOf(schema, "additionalProperties") ?? undefined;
    if (isValueObject(additional)) return this.#type(additional, keepsUnknown);
    const isAllowed = additional === undefined ? isOpen : additional === true;
    return isAllowed ? DEDUCED_MERGE_TYPE : undefined;
  }
}

function once(make: () => MergeAtom): MergeType {
  let made: MergeAtom | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

function malformed(message: string): AmapError {
  return new AmapError("VALUE_INVALID", `the schema cannot be merged by: ${message}`);
}

function refOf(schema: ValueObject): string | undefined {
  const ref = textOf(schema, "$ref");
  if (ref !== "") return ref;
  const all = memberOf(schema, "allOf");
  const [only] = Array.isArray(all) && all.length === 1 ? (all as readonly Value[]) : [];
  const inner = textOf(only, "$ref");
  return inner === "" ? undefined : inner;
}

/** A relation beside a reference goes before that of the type it names. */
function overrideRelation(atom: MergeAtom, isAtomic: boolean, ref: string): MergeAtom {
  if (atom.map !== undefined) return { ...atom, map: { ...atom.map, isAtomic } };
  if (atom.list !== undefined) return { ...atom, list: { ...atom.list, isAtomic } };
  throw malformed(`${JSON.stringify(ref)} is no object, so it has no x-kubernetes-map-type`);
}

/** Texts of a format count as any scalar, but for bytes. */
function textForm(schema: ValueObject): "string" | "untyped" {
  const format = textOf(schema, "format");
  return format === "" || format === "byte" ? "string" : "untyped";
}

function mapRelation(schema: ValueObject): "" | "atomic" | "granular" {
  const relation = memberOf(schema, "x-kubernetes-map-type") ?? "";
  if (relation === "" || relation === "atomic" || relation === "granular") return relation;
  throw malformed("x-kubernetes-map-type is neither atomic nor granular");
}

function listRelation(schema: ValueObject): { isAtomic: boolean; keys: readonly string[] } {
  const type = memberOf(schema, "x-kubernetes-list-type") ?? undefined;
  if (type === undefined) return oldRelation(schema);
  if (type === "atomic") return { isAtomic: true, keys: [] };
  if (type === "set") return { isAtomic: false, keys: [] };
  const keys = memberOf(schema, "x-kubernetes-list-map-keys");
  if (type !== "map") throw malformed("x-kubernetes-list-type is none of atomic, set, map");
  if (!Array.isArray(keys)) throw malformed("x-kubernetes-list-map-keys is no list");
  return { isAtomic: false, keys: keys.filter((key: Value) => typeof key === "string") };
}

/** What built-in kinds said before they had list types. */
function oldRelation(schema: ValueObject): { isAtomic: boolean; keys: readonly string[] } {
  const strategy = textOf(schema, "x-kubernetes-patch-strategy");
  if (strategy !== "merge" && strategy !== "merge,retainKeys") return { isAtomic: true, keys: [] };
  const key = textOf(schema, "x-kubernetes-patch-merge-key");
  return { isAtomic: false, keys: key === "" ? [] : [key] };
}
