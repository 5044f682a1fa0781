import { Double, isValueObject, memberOf, textOf, type Value, type ValueObject } from "../../../base/index.ts";
import { type FieldType, findKubernetesType, type ScalarKind } from "../../resource/kubernetes-fields.ts";
import { findKubernetesKind } from "../../resource/kubernetes-kinds.ts";
import type { Charge } from "./node.ts";
import { checkDepth } from "./typed-validation.ts";

/** Scalars whose JSON must be of one type; the others read whatever they are given. */
const GO_SCALARS: ReadonlyMap<ScalarKind, { readonly json: string; readonly go: string }> = new Map([
  ["string", { json: "string", go: "string" }],
  ["int32", { json: "number", go: "int32" }],
  ["int64", { json: "number", go: "int64" }],
  ["double", { json: "number", go: "float64" }],
  ["boolean", { json: "bool", go: "bool" }],
]);

/**
 * What keeps the API server from reading a changed object of a built-in kind into its own types, in the words of its JSON
 * reader; undefined when nothing does. Only what is not of `before` itself is looked at.
 *
 * @throws {AmapError} LIMIT_EXCEEDED (depth); what `charge` throws
 */
export function decodingFailure(object: ValueObject, before: Value, charge: Charge): string | undefined {
  const served = findKubernetesKind(textOf(object, "apiVersion"), textOf(object, "kind"));
  if (served === undefined) return undefined;
  return new Decoding(charge).failure({ kind: "object", definition: served.definition, mapType: "" }, object, before, {
    struct: "",
    path: "",
    depth: 0,
  });
}

/** Where a value stands: the Go type around it, and its fields from the root. */
interface Place {
  readonly struct: string;
  readonly path: string;
  readonly depth: number;
}

class Decoding {
  readonly #charge: Charge;

  constructor(charge: Charge) {
    this.#charge = charge;
  }

  failure(type: FieldType, value: Value, before: Value | undefined, place: Place): string | undefined {
    if (value === before || value === null) return undefined;
    this.#charge(1);
    checkDepth(place.depth);
    const json = jsonTypeOf(value);
    switch (type.kind) {
      case "scalar": {
        const expected = GO_SCALARS.get(type.scalar);
        return expected === undefined || expected.json === json ? undefined : refusal(json, expected.go, place);
      }
      case "list":
        if (!Array.isArray(value)) return refusal(json, goType(type), place);
        return this.#first(Object.entries(value), before, () => [type.element, place]);
      case "map":
        if (!isValueObject(value)) return refusal(json, goType(type), place);
        return this.#first(sortedEntries(value), before, () => [type.value, place]);
      default:
        return this.#object(type.definition, value, before, place);
    }
  }

  #object(definition: string, value: Value, before: Value | undefined, place: Place): string | undefined {
    const type = findKubernetesType(definition);
    if (type === undefined) return undefined;
    if (type.alias !== undefined) return this.failure(type.alias, value, before, place);
    if (!isValueObject(value)) return refusal(jsonTypeOf(value), goName(definition), place);
    const struct = definition.slice(definition.lastIndexOf(".") + 1);
    return this.#first(sortedEntries(value), before, (key) => {
      const field = type.fields.get(key);
      const path = place.path === "" ? key : `${place.path}.${key}`;
      return field === undefined ? undefined : [field.type, { ...place, struct, path }];
    });
  }

  #first(
    entries: readonly (readonly [key: string, member: Value])[],
    before: Value | undefined,
    typeOf: (key: string) => readonly [type: FieldType, place: Place] | undefined,
  ): string | undefined {
    for (const [key, member] of entries) {
      const found = typeOf(key);
      if (found === undefined) continue;
      const [type, place] = found;
      const old = Array.isArray(before) ? (before as readonly Value[])[Number(key)] : memberOf(before, key);
      const failure = this.failure(type, member, old, { ...place, depth: place.depth + 1 });
      if (failure !== undefined) return failure;
    }
    return undefined;
  }
}

/** As the server writes them before it reads them again. */
function sortedEntries(value: ValueObject): readonly (readonly [string, Value])[] {
  return Object.entries(value).sort(([left], [right]) => (left < right ? -1 : 1));
}

function jsonTypeOf(value: Value): string {
  if (Array.isArray(value)) return "array";
  if (typeof value === "bigint" || value instanceof Double) return "number";
  if (isValueObject(value)) return "object";
  return typeof value === "boolean" ? "bool" : typeof value;
}

function goType(type: FieldType): string {
  switch (type.kind) {
    case "scalar":
      return GO_SCALARS.get(type.scalar)?.go ?? type.scalar;
    case "list":
      return `[]${goType(type.element)}`;
    case "map":
      return `map[string]${goType(type.value)}`;
    default:
      return goName(type.definition);
  }
}

/** `core.v1.PodSpec` → `v1.PodSpec`. */
const goName = (definition: string): string => definition.split(".").slice(-2).join(".");

function refusal(json: string, go: string, { struct, path }: Place): string {
  return `json: cannot unmarshal ${json} into Go struct field ${struct}.${path} of type ${go}`;
}
