import { Double, LIMITS, type Value } from "../../../../base/index.ts";
import { CelError } from "../error.ts";
import type { CelContext } from "../function.ts";
import { toTreeValue } from "../functions/kyverno/go-json.ts";
import { isList, isMap, mapGet, mapKeys, typeName } from "../values/kinds.ts";
import { isMade } from "../values/made.ts";
import {
  type CelMap,
  type CelObject,
  type CelValue,
  Duration,
  Message,
  Opaque,
  Optional,
  Timestamp,
  TypeValue,
  Uint,
} from "../values/value.ts";

type Budget = Pick<CelContext, "charge">;

/** Sentences of one message: more are not read. */
const MAX_MISPLACED = 10;
/** A value is copied, and may be many times as large as the variables that it is made of. */
const STEPS_PER_VALUE = 16;

/**
 * Where messages are not of the type that their place has: `Object.spec.template` belongs into the field `template` of an
 * `Object.spec`, whatever lists and maps are between. One sentence for each, in the API server's words.
 */
export function misplacedMessages(message: Message, budget: Budget): readonly string[] {
  const found: string[] = [];
  const visit = (value: CelValue, expected: string, depth: number): void => {
    budget.charge(1);
    checkDepth(depth);
    if (value instanceof Message) {
      if (value.typeName !== expected && found.length < MAX_MISPLACED) {
        const where = "which matches field name path from root Object type";
        found.push(`unexpected type name "${value.typeName}", expected "${expected}", ${where}`);
      }
      for (const [name, field] of value.value) visit(field, `${expected}.${name}`, depth + 1);
    } else if (isList(value)) {
      for (const element of value) visit(element, expected, depth + 1);
    } else if (isMap(value)) {
      for (const key of mapKeys(value)) visit(mapGet(value, key) as CelValue, expected, depth + 1);
    }
  };
  visit(message, message.typeName, 0);
  return found;
}

/**
 * What a mutation's value is as JSON. `merge`: an apply configuration, which has no nulls of its own, no times, bytes and
 * other values that JSON lacks, as in Kubernetes. `patch`: the value of an operation of a JSON patch, by CEL's own
 * conversion to JSON.
 *
 * As in Kubernetes 1.36, a list or map that an expression made in a field of an `Object{…}` may hold neither null nor
 * another one that it made: `Object.spec.tolerations{key: …}` takes the place of `{"key": …}`.
 *
 * @throws {CelError} invalid_argument, with the place
 */
export function mutationValue(value: CelValue, style: "merge" | "patch", budget: Budget): Value {
  return new Conversion(style, budget).convert(value, "", 0);
}

/**
 * An apply configuration for a kind that Kubernetes does not bring, where an empty list that an expression made in a field
 * of an `Object{…}` is null in the API server's hands.
 * @throws {CelError} invalid_argument, with the place
 */
export function customConfiguration(value: Message, budget: Budget): Value {
  return new Conversion("merge", budget, true).convert(value, "", 0);
}

class Conversion {
  readonly #style: "merge" | "patch";
  readonly #budget: Budget;
  /** Whether empty lists become null. */
  readonly #emptiesLists: boolean;
  /** How many messages are around. */
  #messages = 0;

  constructor(style: "merge" | "patch", budget: Budget, emptiesLists = false) {
    this.#emptiesLists = emptiesLists;
    this.#style = style;
    this.#budget = budget;
  }

  convert(value: CelValue, path: string, depth: number): Value {
    this.#budget.charge(STEPS_PER_VALUE);
    checkDepth(depth);
    if (value instanceof Message) return this.#message(value, path, depth);
    if (isList(value)) return value.map((item, index) => this.convert(item, `${path}[${index}]`, depth + 1));
    if (isMap(value)) return this.#members(entriesOf(value), path, depth);
    return this.#scalar(value, path, depth);
  }

  #message({ value: fields, typeName: name }: Message, path: string, depth: number): Value {
    if (name === "JSONPatch") throw refused(path, "a JSONPatch cannot be within an object");
    // In a list, Kubernetes cannot make a value of a patch of it.
    if (depth > 0 && this.#messages === 0 && this.#style === "patch") {
      throw refused(path, `${name}{…} cannot be within a list or map that is in no Object{…}: write a map`);
    }
    this.#messages++;
    for (const [field, member] of fields) this.#checkField(member, `${path}.${field}`);
    const isNull = (field: CelValue): boolean =>
      this.#emptiesLists && isList(field) && field.length === 0 && isMade(field);
    const set = [...fields].map(([field, member]): readonly [string, CelValue] => [
      field,
      isNull(member) ? null : member,
    ]);
    const object = this.#members(set, path, depth);
    this.#messages--;
    return object;
  }

  /** What Kubernetes cannot make an object of: it looks one level deep into what an expression made. */
  #checkField(value: CelValue, path: string): void {
    if (value === null && this.#style === "merge") throw refused(path, NO_NULL);
    if (this.#style === "patch" && TIMES.some((type) => value instanceof type)) {
      throw refused(path, `a ${typeName(value)} cannot be in an object: convert it with string(…)`);
    }
    if (!isMade(value)) return;
    const members: readonly (readonly [string, CelValue])[] = isList(value)
      ? value.map((item, index) => [`${path}[${index}]`, item])
      : isMap(value)
        ? entriesOf(value).map(([key, item]) => [`${path}.${typeof key === "string" ? key : typeName(key)}`, item])
        : [];
    this.#budget.charge(members.length);
    for (const [place, member] of members) {
      if (member === null) throw refused(place, NO_NULL);
      if (isMade(member)) throw refused(place, NO_NESTING);
    }
  }

  #members(entries: readonly (readonly [CelValue, CelValue])[], path: string, depth: number): Value {
    const object: Record<string, Value> = {};
    for (const [key, member] of entries) {
      if (typeof key !== "string") throw refused(path, `a key must be a string, not a ${typeName(key)}`);
      if (key === "__proto__") throw refused(path, 'the key "__proto__" is not taken');
      this.#budget.charge(key.length / READ_PER_STEP);
      object[key] = this.convert(member, `${path}.${key}`, depth + 1);
    }
    return object;
  }

  #scalar(value: CelValue, path: string, depth: number): Value {
    if (value instanceof Optional) return this.convert(value.value ?? null, path, depth + 1);
    if (this.#style === "merge") {
      if (value instanceof TypeValue) return value.typeName;
      if (NOT_MERGED.some((type) => value instanceof type)) {
        throw refused(path, `a ${typeName(value)} cannot be merged: convert it with string(…) or int(…)`);
      }
      if (typeof value === "bigint") return value;
    }
    // In a value of a patch, the numbers of an Object{…} are doubles to Kubernetes.
    if (typeof value === "bigint" && this.#messages > 0) return BigInt(Number(value));
    // As JSON is read: a number without a fraction is an int.
    if (value instanceof Double && Number.isSafeInteger(value.value)) return value.value + 0;
    try {
      return toTreeValue(value, "protobuf", this.#budget, depth);
    } catch (error) {
      throw error instanceof CelError ? refused(path, error.message) : error;
    }
  }
}

const entriesOf = (map: CelObject | CelMap): readonly (readonly [CelValue, CelValue])[] =>
  mapKeys(map).map((key) => [key, mapGet(map, key) as CelValue]);

const READ_PER_STEP = 2;
const NOT_MERGED = [Uint, Uint8Array, Timestamp, Duration, Opaque] as const;
const TIMES = [Timestamp, Duration] as const;
const NO_NESTING =
  "a list or map within another one cannot be made of literals or macros: make it an Object.PATH{…} by its path of fields";
const NO_NULL =
  "null cannot be merged: leave the field out (?field: optional.none()), or remove what is there with a JSONPatch";

function refused(path: string, message: string): CelError {
  return new CelError("invalid_argument", path === "" ? message : `${path}: ${message}`);
}

function checkDepth(depth: number): void {
  if (depth > LIMITS.documentDepth) {
    throw new CelError("invalid_argument", `the value is nested deeper than ${LIMITS.documentDepth} levels`);
  }
}
