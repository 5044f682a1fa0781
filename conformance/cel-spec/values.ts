import { Double } from "../../src/base/index.ts";
import {
  CelMap,
  type CelValue,
  Duration,
  Opaque,
  Optional,
  Timestamp,
  TypeValue,
  Uint,
} from "../../src/policy/index.ts";
import type { AnySource, MessageSource } from "./message.ts";

/** What a message is in a case: it is named, never compared, since amap has no messages. */
const MESSAGE = Symbol("a protobuf message");

/** Whether a case's value is, or holds, a protobuf message or enum. */
export function holdsMessage(value: CelValue): boolean {
  if (value instanceof Opaque) return value.value === MESSAGE;
  if (Array.isArray(value)) return value.some(holdsMessage);
  return value instanceof CelMap && [...value.entries.values()].some((entry) => entry.some(holdsMessage));
}

/** A cel.expr.Value. Integral doubles are Double, maps are CelMap. */
export function readValue(source: MessageSource): CelValue {
  if (source.has("null_value")) return null;
  if (source.has("bool_value")) return source.bool("bool_value");
  if (source.has("int64_value")) return toInt(source.integer("int64_value"));
  if (source.has("uint64_value")) return new Uint(source.integer("uint64_value"));
  if (source.has("double_value")) return toDouble(source.double("double_value"));
  if (source.has("string_value")) return source.text("string_value");
  if (source.has("bytes_value")) return source.bytes("bytes_value");
  if (source.has("type_value")) return new TypeValue(source.text("type_value"));
  if (source.has("list_value")) return (source.message("list_value")?.messages("values") ?? []).map(readValue);
  if (source.has("map_value")) return readMap(source.message("map_value")?.messages("entries") ?? []);
  if (source.has("enum_value")) return new Opaque(source.message("enum_value")?.text("type") ?? "", MESSAGE);
  if (source.has("object_value")) return readAny(source.any("object_value"));
  throw new Error("a value of a case that the runner does not know");
}

function toInt(value: bigint): number | bigint {
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function toDouble(value: number): number | Double {
  return Number.isInteger(value) ? new Double(value) : value;
}

function readMap(entries: readonly MessageSource[]): CelMap {
  const pairs = entries.map((entry): [CelValue, CelValue] => {
    const [key, value] = [entry.message("key"), entry.message("value")];
    if (key === undefined || value === undefined) throw new Error("a map's entry without key or value");
    return [readValue(key), readValue(value)];
  });
  return new CelMap(new Map(pairs.map((pair) => [keyOf(pair[0]), pair])));
}

/** As CEL counts keys: equal numbers are one key. */
function keyOf(key: CelValue): string | boolean | number | bigint {
  const plain = key instanceof Uint ? toInt(key.value) : key;
  if (["string", "boolean", "number", "bigint"].includes(typeof plain)) return plain as string;
  throw new Error("a map's key is a string, bool, int or uint");
}

function readAny(any: AnySource | undefined): CelValue {
  if (any === undefined) return new Opaque("google.protobuf.Any", MESSAGE);
  if (any.typeName === "google.protobuf.Timestamp") return new Timestamp(...readTime(any.content, timestampOfText));
  if (any.typeName === "google.protobuf.Duration") return new Duration(...readTime(any.content, durationOfText));
  return new Opaque(any.typeName, MESSAGE);
}

/** Text format has the message's fields; the JSON mapping one text. */
function readTime(content: MessageSource, ofText: (text: string) => [number, number]): [number, number] {
  if (content.has("value")) return ofText(content.text("value"));
  return [Number(content.integer("seconds")), Number(content.integer("nanos"))];
}

function timestampOfText(text: string): [number, number] {
  const match = /^([^.Z]+)(?:\.([0-9]{1,9}))?Z$/.exec(text);
  const seconds = Date.parse(`${match?.[1]}Z`) / 1000;
  if (!Number.isInteger(seconds)) throw new Error(`not a timestamp: ${text}`);
  return [seconds, Number((match?.[2] ?? "").padEnd(9, "0"))];
}

function durationOfText(text: string): [number, number] {
  const match = /^(-?)([0-9]+)(?:\.([0-9]{1,9}))?s$/.exec(text);
  if (match === null) throw new Error(`not a duration: ${text}`);
  const sign = match[1] === "-" ? -1 : 1;
  return [sign * Number(match[2]) + 0, sign * Number((match[3] ?? "").padEnd(9, "0")) + 0];
}

/**
 * A value as a text that only equal values of one kind share: `1`, `1u`, `1.0` and `-0.0` differ, NaN is NaN, the
 * entries of a map have no order.
 */
export function showExactly(value: CelValue): string {
  switch (typeof value) {
    case "string":
      return JSON.stringify(value);
    case "number":
      return Number.isSafeInteger(value) ? String(value) : showDouble(value);
    case "boolean":
    case "bigint":
      return String(value);
    default:
      return value === null ? "null" : showObject(value);
  }
}

function showDouble(value: number): string {
  const text = Object.is(value, -0) ? "-0" : String(value);
  return /^-?[0-9]+$/.test(text) ? `${text}.0` : text;
}

function showObject(value: NonNullable<CelValue> & object): string {
  if (Array.isArray(value)) return `[${value.map(showExactly).join(", ")}]`;
  if (value instanceof Double) return showDouble(value.value);
  if (value instanceof Uint) return `${value.value}u`;
  if (value instanceof Uint8Array) return `b"${Buffer.from(value).toString("hex")}"`;
  if (value instanceof Timestamp) return `timestamp(${value.seconds}, ${value.nanos})`;
  if (value instanceof Duration) return `duration(${value.seconds}, ${value.nanos})`;
  if (value instanceof TypeValue) return `type ${value.typeName}`;
  if (value instanceof Optional) return `optional(${value.value === undefined ? "" : showExactly(value.value)})`;
  if (value instanceof Opaque) return `${value.typeName}${value.value === MESSAGE ? "{…}" : ` ${String(value.value)}`}`;
  const entries = value instanceof CelMap ? [...value.entries.values()] : Object.entries(value);
  const shown = entries.map(([key, member]) => `${showExactly(key)}: ${showExactly(member)}`);
  return `{${shown.sort().join(", ")}}`;
}
