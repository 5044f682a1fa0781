import { AmapError } from "../errors/amap-error.ts";
import { Double, type Value, type ValueObject } from "./value.ts";

/**
 * Writes a value as JSON text. Key order is kept, a Double keeps its point (`1.0`), a bigint is written in digits, so
 * that {@link readJson} gives the same value back. `indent` spaces per level; on one line without it. No final newline.
 * @throws {AmapError} VALUE_INVALID for NaN, Infinity, text with half of a surrogate pair, or a value outside the tree;
 * LIMIT_EXCEEDED for a text of more than about 536 million characters
 * @example
 * ```ts
 * import { Double, writeJson } from "../index.ts";
 * writeJson({ b: new Double(1), a: [2n ** 60n] }); // '{"b":1.0,"a":[1152921504606846976]}'
 * ```
 */
export function writeJson(value: Value, options: { readonly indent?: number } = {}): string {
  try {
    return write(value, " ".repeat(options.indent ?? 0), "\n");
  } catch (error) {
    // A text holds about half a milliard characters; a document that needs more comes from hostile or mistaken input.
    if (!(error instanceof RangeError) || error.message !== "Invalid string length") throw error;
    throw new AmapError("LIMIT_EXCEEDED", "the JSON text would be longer than a text can be", { cause: error });
  }
}

/** Items of a list that are made one after the other while they are written. */
export class ValueStream {
  readonly items: Iterable<Value>;
  constructor(items: Iterable<Value>) {
    this.items = items;
  }
}

/**
 * The text that {@link writeJson} gives for an object of these members, in pieces: of a list that is a member no more
 * than one item is in memory, as a value and as text. The members are asked for one after the other, each when those
 * before it are written. No final newline.
 * @throws {AmapError} VALUE_INVALID, as `writeJson`, when the piece is asked for
 * @example
 * ```ts
 * import { ValueStream, writeJsonPieces } from "../index.ts";
 * [...writeJsonPieces([["a", 1], ["b", new ValueStream([2, 3])]])].join(""); // '{"a":1,"b":[2,3]}'
 * ```
 */
export function* writeJsonPieces(
  members: Iterable<readonly [key: string, value: Value | ValueStream]>,
  options: { readonly indent?: number } = {},
): Generator<string> {
  const indent = " ".repeat(options.indent ?? 0);
  const lineOf = (level: number): string => (indent === "" ? "" : `\n${indent.repeat(level)}`);
  let count = 0;
  for (const [key, value] of members) {
    yield `${count++ === 0 ? "{" : ","}${lineOf(1)}${writeText(key)}${indent === "" ? ":" : ": "}`;
    if (value instanceof ValueStream) yield* writeItems(value.items, indent, `\n${indent}`);
    else yield* writeInPieces(value, indent, `\n${indent}`);
  }
  yield count === 0 ? "{}" : `${lineOf(0)}}`;
}

/** A text of more characters, or a list of more items, is written piece by piece. */
const LONG_TEXT = 64 * 1024;
const LONG_LIST = 256;

function isLong(value: Value): boolean {
  if (typeof value === "string") return value.length > LONG_TEXT;
  if (typeof value !== "object" || value === null || value instanceof Double) return false;
  if (isList(value)) return value.length > LONG_LIST || value.some((item) => isLong(item));
  return Object.keys(value).some((key) => isLong(member(value, key)));
}

function* writeInPieces(value: Value, indent: string, newline: string): Generator<string> {
  if (!isLong(value)) yield write(value, indent, newline);
  else if (typeof value === "string") yield* writeTextInPieces(value);
  else if (isList(value as readonly Value[] | ValueObject))
    yield* writeItems(value as readonly Value[], indent, newline);
  else {
    const colon = indent === "" ? ":" : ": ";
    let open = "{";
    for (const [key, each] of Object.entries(value as ValueObject)) {
      yield `${open}${indent === "" ? "" : newline + indent}${writeText(key)}${colon}`;
      yield* writeInPieces(each, indent, newline + indent);
      open = ",";
    }
    yield `${indent === "" ? "" : newline}}`;
  }
}

function* writeItems(items: Iterable<Value>, indent: string, newline: string): Generator<string> {
  const line = indent === "" ? "" : newline;
  let count = 0;
  for (const item of items) {
    yield `${count++ === 0 ? "[" : ","}${line}${indent}`;
    yield* writeInPieces(item, indent, newline + indent);
  }
  yield count === 0 ? "[]" : `${line}]`;
}

function* writeTextInPieces(text: string): Generator<string> {
  if (!text.isWellFormed()) throw halfPair();
  yield '"';
  for (let start = 0; start < text.length; ) {
    // A pair is not divided: each half alone would be written as an escape.
    const isInPair = (text.charCodeAt(start + LONG_TEXT) & 0xfc00) === 0xdc00;
    const end = start + LONG_TEXT + (isInPair ? 1 : 0);
    yield JSON.stringify(text.slice(start, end)).slice(1, -1);
    start = end;
  }
  yield '"';
}

function write(value: Value, indent: string, newline: string): string {
  if (typeof value !== "object" || value === null || value instanceof Double) return writeScalar(value);
  const inner = newline + indent;
  const separator = indent === "" ? "," : `,${inner}`;
  const colon = indent === "" ? ":" : ": ";
  let parts: string[];
  if (isList(value)) {
    parts = value.map((item) => write(item, indent, inner));
  } else {
    parts = Object.keys(value).map((key) => writeText(key) + colon + write(member(value, key), indent, inner));
  }
  const [open, close] = isList(value) ? ["[", "]"] : ["{", "}"];
  if (parts.length === 0) return open + close;
  return indent === "" ? open + parts.join(separator) + close : open + inner + parts.join(separator) + newline + close;
}

function writeScalar(value: null | boolean | number | bigint | string | Double): string {
  if (typeof value === "string") return writeText(value);
  if (value === null || typeof value === "boolean" || typeof value === "bigint") return String(value);
  if (typeof value === "number" || value instanceof Double) return writeNumber(value);
  throw new AmapError("VALUE_INVALID", `expected a value of the tree, found ${typeof value}`);
}

function writeNumber(value: number | Double): string {
  const number = Number(value);
  if (!Number.isFinite(number)) throw new AmapError("VALUE_INVALID", `expected a JSON number, found ${number}`);
  if (typeof value === "number" && Number.isSafeInteger(value)) return String(value);
  const digits = Object.is(number, -0) ? "-0" : String(number);
  // A plain number outside the safe integers cannot come from a reader; with its point it reads back as a double.
  return Number.isInteger(number) && !digits.includes("e") ? `${digits}.0` : digits;
}

/**
 * The one canonical JSON text of a value (RFC 8785, JCS): members sorted by UTF-16 code units, numbers as ECMAScript
 * writes them (so `1.0` and `1` are the same text), no space. A bigint is refused: JCS numbers are doubles, and a text
 * that another implementation reads as a different number must not be hashed or signed.
 * @throws {AmapError} VALUE_INVALID
 * @example
 * ```ts
 * import { canonicalJson } from "../index.ts";
 * canonicalJson({ b: 1, a: [true, null] }); // '{"a":[true,null],"b":1}'
 * ```
 */
export function canonicalJson(value: Value): string {
  if (typeof value === "bigint") {
    throw new AmapError("VALUE_INVALID", `expected an integer up to 2^53 in canonical JSON, found ${value}`);
  }
  if (typeof value === "number" || value instanceof Double) {
    const number = Number(value);
    if (!Number.isFinite(number)) throw new AmapError("VALUE_INVALID", `expected a JSON number, found ${number}`);
    return String(number);
  }
  if (typeof value !== "object" || value === null) return writeScalar(value);
  if (isList(value)) return `[${value.map(canonicalJson).join(",")}]`;
  // Without a comparer, sort compares UTF-16 code units, which is what RFC 8785 §3.2.3 asks for.
  const keys = Object.keys(value).sort();
  return `{${keys.map((key) => `${writeText(key)}:${canonicalJson(member(value, key))}`).join(",")}}`;
}

function writeText(text: string): string {
  if (!text.isWellFormed()) throw halfPair();
  return JSON.stringify(text);
}

function halfPair(): AmapError {
  return new AmapError("VALUE_INVALID", "expected Unicode text, found half of a surrogate pair");
}

function member(value: ValueObject, key: string): Value {
  return value[key] as Value;
}

function isList(value: readonly Value[] | ValueObject): value is readonly Value[] {
  return Array.isArray(value);
}
