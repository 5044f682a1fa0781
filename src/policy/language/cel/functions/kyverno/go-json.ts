import { Double, encodeBase64, LIMITS, type Value } from "../../../../../base/index.ts";
import { CelError } from "../../error.ts";
import type { CelContext } from "../../function.ts";
import { compareText } from "../../values/equality.ts";
import { isList, isMap, mapGet, mapKeys, typeName } from "../../values/kinds.ts";
import { formatDuration, formatTimestamp } from "../../values/time.ts";
import {
  type CelMap,
  type CelObject,
  type CelValue,
  Duration,
  Optional,
  Timestamp,
  TypeValue,
  Uint,
} from "../../values/value.ts";

const WRITTEN_PER_STEP = 16;
/** Texts are escaped character by character, to up to six times their length. */
const ESCAPED_PER_STEP = 2;

/** What writing is charged to. */
export type WritingBudget = Pick<CelContext, "charge">;

/**
 * How values that JSON does not have become JSON. `go`: as encoding/json writes them, which json.marshal does (a
 * duration is a count of nanoseconds). `protobuf`: as CEL's own conversion to JSON, for what leaves the policy (a
 * duration is `3600s`, an int beyond 2^53 a text). `generated`: as protobuf, for what is made of a policy's own values:
 * there an optional is its value.
 */
export type JsonStyle = "go" | "protobuf" | "generated";

/**
 * A CEL value as a value of the tree.
 * @throws {CelError} invalid_argument for what JSON cannot hold: NaN, keys that are not strings, own types of functions; in
 * protobuf style also types and optionals
 */
export function toTreeValue(value: CelValue, style: JsonStyle, context: WritingBudget, depth = 0): Value {
  context.charge(1);
  if (depth > LIMITS.documentDepth) {
    throw new CelError("invalid_argument", `the value is nested deeper than ${LIMITS.documentDepth} levels`);
  }
  if (isList(value)) return value.map((item) => toTreeValue(item, style, context, depth + 1));
  if (isMap(value)) return toTreeObject(value, style, context, depth);
  if (style !== "protobuf" && value instanceof Optional) {
    if (value.value !== undefined) return toTreeValue(value.value, style, context, depth + 1);
    if (style === "generated") throw new CelError("invalid_argument", "optional.none() dereference");
    return null;
  }
  // Before it is written: a list may hold one long text many times.
  if (typeof value === "string" || value instanceof Uint8Array) context.charge(value.length / ESCAPED_PER_STEP);
  return toTreeScalar(value, style);
}

function toTreeObject(map: CelObject | CelMap, style: JsonStyle, context: WritingBudget, depth: number): Value {
  const object: Record<string, Value> = {};
  for (const key of mapKeys(map)) {
    if (typeof key !== "string" || key === "__proto__") {
      const found = typeof key === "string" ? JSON.stringify(key) : `a ${typeName(key)}`;
      throw new CelError("invalid_argument", `a key of a JSON object must be a string, not ${found}`);
    }
    context.charge(key.length / ESCAPED_PER_STEP);
    object[key] = toTreeValue(mapGet(map, key) as CelValue, style, context, depth + 1);
  }
  return object;
}

function toTreeScalar(value: CelValue, style: JsonStyle): Value {
  if (value === null || typeof value === "boolean") return value;
  if (typeof value === "string") return value.toWellFormed();
  if (value instanceof Double || typeof value === "number") {
    if (Number.isFinite(Number(value))) return value;
    throw new CelError("invalid_argument", `${Number(value)} is no JSON number`);
  }
  if (typeof value === "bigint") return style === "go" ? value : String(value);
  if (value instanceof Uint) return toTreeInteger(value.value, style);
  if (value instanceof Uint8Array) return encodeBase64(value);
  if (style === "go" && value instanceof TypeValue) return value.typeName;
  if (value instanceof Timestamp) return formatTimestamp(value);
  if (value instanceof Duration) {
    if (style !== "go") return formatDuration(value);
    return toTreeInteger(BigInt(value.seconds) * 1_000_000_000n + BigInt(value.nanos), style);
  }
  throw new CelError("invalid_argument", `a ${typeName(value)} cannot be written as JSON`);
}

function toTreeInteger(value: bigint, style: JsonStyle): Value {
  const number = Number(value);
  if (Number.isSafeInteger(number)) return number;
  return style === "go" ? value : String(value);
}

/** What encoding/json escapes beside what JSON must: text that is safe inside HTML and JavaScript. */
const ESCAPED = /[<>&\u2028\u2029]/g;

/** JSON as Go's encoding/json writes it: members sorted, no space, `1.0` as `1`, and `<`, `>`, `&` escaped. */
export function writeGoJson(value: Value, context: WritingBudget): string {
  const text = write(value);
  context.charge(text.length / WRITTEN_PER_STEP);
  return text;
}

function write(value: Value): string {
  if (typeof value === "string") return writeText(value);
  if (typeof value === "number" || value instanceof Double) return writeNumber(Number(value));
  if (typeof value !== "object" || value === null) return String(value);
  if (Array.isArray(value)) return `[${value.map(write).join(",")}]`;
  // As Go sorts: by UTF-8 bytes, which is by code points.
  const members = Object.entries(value).sort(([a], [b]) => compareText(a, b));
  return `{${members.map(([key, member]) => `${writeText(key)}:${write(member)}`).join(",")}}`;
}

function writeNumber(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

function writeText(text: string): string {
  return JSON.stringify(text).replace(ESCAPED, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/**
 * A document as Go decodes it into `any`: every number is a double. Kyverno's users compare (`x == 1` holds across
 * number types) and calculate with doubles (`x * 1.5`), so ints would break policies that run today. Parts that are
 * shared (YAML aliases) stay shared.
 */
export function asGoDocument(value: Value, context: CelContext): CelValue {
  const done = new Map<Value, CelValue>();
  const convert = (each: Value): CelValue => {
    if (typeof each === "bigint") return fromNumber(Number(each));
    if (typeof each === "number") return fromNumber(each);
    if (typeof each !== "object" || each === null || each instanceof Double) return each;
    const known = done.get(each);
    if (known !== undefined) return known;
    context.charge(1);
    const made: CelValue = Array.isArray(each)
      ? (each as readonly Value[]).map(convert)
      : Object.fromEntries(Object.entries(each).map(([key, member]) => [key, convert(member)]));
    done.set(each, made);
    return made;
  };
  return convert(value);
}

function fromNumber(value: number): CelValue {
  return Number.isInteger(value) ? new Double(value) : value;
}
