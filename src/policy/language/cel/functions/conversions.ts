import { type Double, encodeUtf8 } from "../../../../base/index.ts";
import { CelError } from "../error.ts";
import { celFunction } from "../function.ts";
import { celTypes } from "../types.ts";
import { doubleValue, toDouble, toInt, toUint } from "../values/arithmetic.ts";
import { typeName } from "../values/kinds.ts";
import { formatDouble, parseDouble } from "../values/text.ts";
import { formatDuration, formatTimestamp, makeTimestamp, parseDurationText, parseTimestamp } from "../values/time.ts";
import { type CelValue, TypeValue } from "../values/value.ts";
import { bytesText } from "./format.ts";

const { bool, bytes, double, duration, dyn, int, string, timestamp, typeOf, uint } = celTypes;
const T = celTypes.parameter("T");
const since = "0.1.0";

const TRUE_TEXTS: ReadonlySet<string> = new Set(["1", "t", "T", "true", "TRUE", "True"]);
const FALSE_TEXTS: ReadonlySet<string> = new Set(["0", "f", "F", "false", "FALSE", "False"]);

function parseBool(text: string): boolean {
  if (TRUE_TEXTS.has(text)) return true;
  if (FALSE_TEXTS.has(text)) return false;
  throw notA("bool", text);
}

function notA(name: string, text: string): CelError {
  return new CelError("invalid_argument", `not a ${name}: ${JSON.stringify(text.slice(0, 80))}`);
}

/** Longer texts of digits cannot be 64 bits, and reading them costs time that grows with their square. */
const MAX_DIGITS = 20;

function parseInteger(text: string, pattern: RegExp, name: string): bigint {
  if (!pattern.test(text)) throw notA(name, text);
  const digits = text.replace(/^[+-]?0*(?=[0-9])/, "");
  if (digits.length > MAX_DIGITS) throw new CelError("overflow", `the ${name} is outside 64 bits`);
  return text.startsWith("-") ? -BigInt(digits) : BigInt(digits);
}

const TWO_TO_63 = 2 ** 63;
const TWO_TO_64 = 2 ** 64;

function truncate(value: number | Double, isInside: (number: number) => boolean, name: string): bigint {
  const number = doubleValue(value);
  if (!isInside(number)) throw new CelError("overflow", `the double ${number} is outside ${name}`);
  return BigInt(Math.trunc(number));
}

const same = <T extends CelValue>(value: T): T => value;

/** `int(x)`, `string(x)` and the other conversions; `type(x)` and `dyn(x)`. */
export const CONVERSION_FUNCTIONS = [
  celFunction({
    name: "int",
    args: [int],
    result: int,
    note: "The int itself.",
    example: "int(7) == 7",
    since,
    call: same,
  }),
  celFunction({
    name: "int",
    args: [uint],
    result: int,
    note: "The int of the same value; an error above the largest int.",
    example: "int(7u) == 7",
    since,
    call: (value) => toInt(value.value),
  }),
  celFunction({
    name: "int",
    args: [double],
    result: int,
    note: "The double cut towards zero; an error outside 64 bits.",
    example: "int(-7.9) == -7",
    since,
    call: (value) => toInt(truncate(value, (number) => number > -TWO_TO_63 && number < TWO_TO_63, "int")),
  }),
  celFunction({
    name: "int",
    args: [string],
    result: int,
    note: "The int that a decimal text spells.",
    example: "int('-7') == -7",
    since,
    call: (text) => toInt(parseInteger(text, /^[+-]?[0-9]+$/, "int")),
  }),
  celFunction({
    name: "int",
    args: [timestamp],
    result: int,
    note: "Whole seconds since 1970-01-01T00:00:00Z.",
    example: "int(timestamp('1970-01-01T00:01:00Z')) == 60",
    since,
    call: (value) => value.seconds,
  }),
  celFunction({
    name: "uint",
    args: [uint],
    result: uint,
    note: "The uint itself.",
    example: "uint(7u) == 7u",
    since,
    call: same,
  }),
  celFunction({
    name: "uint",
    args: [int],
    result: uint,
    note: "The uint of the same value; an error below zero.",
    example: "uint(7) == 7u",
    since,
    call: (value) => toUint(BigInt(value)),
  }),
  celFunction({
    name: "uint",
    args: [double],
    result: uint,
    note: "The double cut towards zero; an error outside 64 bits.",
    example: "uint(7.9) == 7u",
    since,
    call: (value) => toUint(truncate(value, (number) => number >= 0 && number < TWO_TO_64, "uint")),
  }),
  celFunction({
    name: "uint",
    args: [string],
    result: uint,
    note: "The uint that a decimal text spells.",
    example: "uint('7') == 7u",
    since,
    call: (text) => toUint(parseInteger(text, /^[0-9]+$/, "uint")),
  }),
  celFunction({
    name: "double",
    args: [double],
    result: double,
    note: "The double itself.",
    example: "double(1.5) == 1.5",
    since,
    call: same,
  }),
  celFunction({
    name: "double",
    args: [int],
    result: double,
    note: "The nearest double.",
    example: "double(7) == 7.0",
    since,
    call: (value) => toDouble(Number(value)),
  }),
  celFunction({
    name: "double",
    args: [uint],
    result: double,
    note: "The nearest double.",
    example: "double(7u) == 7.0",
    since,
    call: (value) => toDouble(Number(value.value)),
  }),
  celFunction({
    name: "double",
    args: [string],
    result: double,
    note: "The double that a text spells; also `NaN` and `Inf`.",
    example: "double('1e3') == 1000.0",
    since,
    call: (text) => toDouble(parseDouble(text)),
  }),
  celFunction({
    name: "string",
    args: [string],
    result: string,
    note: "The text itself.",
    example: "string('a') == 'a'",
    since,
    call: same,
  }),
  celFunction({
    name: "string",
    args: [bool],
    result: string,
    note: "`true` or `false`.",
    example: "string(true) == 'true'",
    since,
    call: String,
  }),
  celFunction({
    name: "string",
    args: [int],
    result: string,
    note: "In decimal.",
    example: "string(-7) == '-7'",
    since,
    call: String,
  }),
  celFunction({
    name: "string",
    args: [uint],
    result: string,
    note: "In decimal.",
    example: "string(7u) == '7'",
    since,
    call: (value) => String(value.value),
  }),
  celFunction({
    name: "string",
    args: [double],
    result: string,
    note: "The shortest digits that read back to the same double.",
    example: "string(1.5) == '1.5'",
    since,
    call: (value) => formatDouble(doubleValue(value)),
  }),
  celFunction({
    name: "string",
    args: [bytes],
    result: string,
    note: "The text of UTF-8 bytes; an error for other bytes.",
    example: "string(b'a') == 'a'",
    since,
    call: bytesText,
  }),
  celFunction({
    name: "string",
    args: [timestamp],
    result: string,
    note: "RFC 3339 in UTC.",
    example: "string(timestamp('2026-01-01T01:00:00+01:00')) == '2026-01-01T00:00:00Z'",
    since,
    call: formatTimestamp,
  }),
  celFunction({
    name: "string",
    args: [duration],
    result: string,
    note: "Seconds with the unit.",
    example: "string(duration('1m')) == '60s'",
    since,
    call: formatDuration,
  }),
  celFunction({
    name: "bytes",
    args: [bytes],
    result: bytes,
    note: "The bytes themselves.",
    example: "bytes(b'a') == b'a'",
    since,
    call: same,
  }),
  celFunction({
    name: "bytes",
    args: [string],
    result: bytes,
    note: "The text in UTF-8.",
    example: "bytes('é') == b'\\303\\251'",
    since,
    call: encodeUtf8,
  }),
  celFunction({
    name: "bool",
    args: [bool],
    result: bool,
    note: "The bool itself.",
    example: "bool(true)",
    since,
    call: same,
  }),
  celFunction({
    name: "bool",
    args: [string],
    result: bool,
    note: "`1`, `t`, `T`, `true`, `TRUE`, `True` and their opposites; an error for other texts.",
    example: "bool('True') && !bool('f')",
    since,
    call: parseBool,
  }),
  celFunction({
    name: "timestamp",
    args: [timestamp],
    result: timestamp,
    note: "The timestamp itself.",
    example: "timestamp(timestamp(0)) == timestamp(0)",
    since,
    call: same,
  }),
  celFunction({
    name: "timestamp",
    args: [string],
    result: timestamp,
    note: "The time an RFC 3339 text spells.",
    example: "timestamp('2026-01-01T00:00:00Z') > timestamp('2025-12-31T23:59:59.999Z')",
    since,
    call: parseTimestamp,
  }),
  celFunction({
    name: "timestamp",
    args: [int],
    result: timestamp,
    note: "The time that many seconds after 1970-01-01T00:00:00Z.",
    example: "timestamp(60) == timestamp('1970-01-01T00:01:00Z')",
    since,
    call: (seconds) => makeTimestamp(Number(seconds), 0),
  }),
  celFunction({
    name: "duration",
    args: [duration],
    result: duration,
    note: "The duration itself.",
    example: "duration(duration('1s')) == duration('1s')",
    since,
    call: same,
  }),
  celFunction({
    name: "duration",
    args: [string],
    result: duration,
    note: "The duration a text of numbers with units (h, m, s, ms, us, ns) spells.",
    example: "duration('1h30m') == duration('5400s')",
    since,
    call: parseDurationText,
  }),
  celFunction({
    name: "type",
    args: [T],
    result: typeOf(T),
    note: "The value's type.",
    example: "type(1) == int && type(timestamp(0)) == google.protobuf.Timestamp",
    since,
    call: (value) => new TypeValue(typeName(value)),
  }),
  celFunction({
    name: "dyn",
    args: [dyn],
    result: dyn,
    note: "The value itself, which the type checker then takes for anything.",
    example: "dyn(1) == 1.0",
    since,
    call: same,
  }),
];
