import type { Double } from "../../../../base/index.ts";
import { CelError } from "../error.ts";
import { type CelCall, type CelContext, type CelFunction, celFunction, formatSignature } from "../function.ts";
import { celTypes } from "../types.ts";
import { doubleValue, noOverload } from "../values/arithmetic.ts";
import { formatFixed, formatMantissa } from "../values/decimal.ts";
import { isDouble, isInt, isList, isMap } from "../values/kinds.ts";
import { CodePoints, formatDouble, parseDouble, quoteAsGo } from "../values/text.ts";
import { formatDuration, formatTimestamp, parseDurationText, parseTimestamp } from "../values/time.ts";
import { type CelValue, Duration, Opaque, Optional, Timestamp, TypeValue, Uint } from "../values/value.ts";
import {
  BASE_WRITERS,
  bytesText,
  EXACT_DIGITS_PER_STEP,
  type FormatWriter,
  type FormatWriters,
  formatRow,
  integerOf,
  mapText,
  STEPS_PER_EXACT_NUMBER,
} from "./format.ts";

const { duration, int, string, timestamp } = celTypes;
const since = "0.2.0";
const WRITTEN_PER_STEP = 16;

function quote(text: string, context: CelContext): string {
  context.charge(text.length / 2);
  return quoteAsGo(text);
}

function topText(value: CelValue, context: CelContext): string {
  if (typeof value === "string") return value;
  if (isDouble(value)) return formatDouble(doubleValue(value));
  if (value instanceof Uint8Array) return bytesText(value);
  if (value instanceof Duration) return formatDuration(value);
  if (value instanceof Timestamp) return formatTimestamp(value);
  return innerText(value, context);
}

/** An element of a list or map: written as a literal where it has one. */
function innerText(value: CelValue, context: CelContext): string {
  context.charge(1);
  if (value === null || typeof value === "boolean" || isInt(value)) return String(value);
  if (typeof value === "string") return quote(value, context);
  if (value instanceof Uint) return String(value.value);
  if (isDouble(value)) return innerDouble(doubleValue(value));
  if (value instanceof Uint8Array) return `b${quote(bytesText(value), context)}`;
  if (value instanceof Duration) return `duration("${formatDuration(value)}")`;
  if (value instanceof Timestamp) return `timestamp("${formatTimestamp(value)}")`;
  if (value instanceof TypeValue) return value.typeName;
  if (isMap(value)) return mapText(value, (item) => innerText(item, context), ":", context);
  if (!isList(value)) throw noOverload("%s", value);
  const text = `[${value.map((item) => innerText(item, context)).join(", ")}]`;
  context.charge(text.length / WRITTEN_PER_STEP);
  return text;
}

function innerDouble(value: number): string {
  return Number.isFinite(value) ? formatFixed(value, 6) : `"${formatDouble(value)}"`;
}

const NUMBER_NAMES: ReadonlySet<CelValue> = new Set(["NaN", "Infinity", "-Infinity"]);

function localized(format: (value: number, precision: number) => string): FormatWriter {
  return {
    takes: "double",
    accepts: (value) => isDouble(value) || NUMBER_NAMES.has(value),
    write: (value, precision, context) => {
      context.charge(STEPS_PER_EXACT_NUMBER + precision / EXACT_DIGITS_PER_STEP);
      return format(typeof value === "string" ? parseDouble(value) : doubleValue(value as number | Double), precision);
    },
  };
}

function specialText(value: number): string | undefined {
  if (Number.isNaN(value)) return "NaN";
  if (Number.isFinite(value)) return undefined;
  return value > 0 ? "∞" : "-∞";
}

/** `1,234.500`. */
function groupedFixed(value: number, precision: number): string {
  const special = specialText(value);
  if (special !== undefined) return special;
  const [whole = "", fraction] = formatFixed(value + 0, precision).split(".");
  const grouped = whole.replace(/(?<=[0-9])(?=(?:[0-9]{3})+$)/g, ",");
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}

/** `1.250000×10⁰³`. cel-go hands the precision on as the width: there are always six digits behind the point. */
function superscriptScientific(value: number, width: number): string {
  return (specialText(value) ?? superscripted(value + 0)).padStart(width, " ");
}

function superscripted(value: number): string {
  const [mantissa, power] = formatMantissa(value, 6);
  const digits = String(Math.abs(power)).padStart(2, "0");
  const raised = Array.from(digits, (digit) => "⁰¹²³⁴⁵⁶⁷⁸⁹".charAt(Number(digit))).join("");
  return `${mantissa}×10${power < 0 ? "⁻" : ""}${raised}`;
}

const isInteger = (value: CelValue): boolean => isInt(value) || value instanceof Uint;

/** The verbs before version 4 of the string extension, as Kubernetes has them. */
const LOCALIZED_WRITERS: FormatWriters = {
  ...BASE_WRITERS,
  s: {
    takes: "null, bool, int, uint, double, string, bytes, duration, timestamp, type, and lists and maps of them",
    accepts: (value) => !(value instanceof Opaque || value instanceof Optional),
    write: (value, _precision, context) => topText(value, context),
  },
  d: { takes: "int and uint", accepts: isInteger, write: (value) => String(integerOf(value)) },
  f: localized(groupedFixed),
  e: localized(superscriptScientific),
};

/** The position of a part; of an empty one the position that is asked for. */
function position(
  text: string,
  from: number | bigint,
  part: string,
  find: (points: CodePoints, from: number) => number,
): number | bigint {
  if (part === "") return from;
  if (from < 0) throw new CelError("index_out_of_range", `index ${from} is outside a text`);
  const points = new CodePoints(text);
  return from >= points.length ? -1 : find(points, Number(from));
}

/** A constant text is read once. */
function prepareText(parse: (text: string) => CelValue) {
  return ([text]: readonly (CelValue | undefined)[]): CelCall | undefined => {
    if (typeof text !== "string") return undefined;
    const value = parse(text);
    return () => value;
  };
}

const method = { receiver: true, since } as const;

const DIFFERENT: readonly CelFunction[] = [
  formatRow(LOCALIZED_WRITERS, "'%s has %d, %.1f%%'.format([['app'], 3, 1207.25]) == '[\"app\"] has 3, 1,207.2%'"),
  celFunction({
    ...method,
    name: "indexOf",
    args: [string, string, int],
    result: int,
    note: "The first position of a text from a position on, or -1, also behind the end.",
    example: "'hello'.indexOf('l', 9) == -1",
    call: (text, part, from, context) => {
      context.charge(text.length / 2);
      return position(text, from, part, (points, start) => points.indexOf(part, start));
    },
  }),
  celFunction({
    ...method,
    name: "lastIndexOf",
    args: [string, string, int],
    result: int,
    note: "The last position of a text that is not behind a position, or -1, also for a position behind the end.",
    example: "'hello'.lastIndexOf('l', 9) == -1",
    call: (text, part, from, context) => {
      context.charge(text.length / 2);
      return position(text, from, part, (points, start) => points.lastIndexOf(part, start));
    },
  }),
  celFunction({
    ...method,
    name: "getMilliseconds",
    args: [duration],
    result: int,
    note: "The duration in whole milliseconds.",
    example: "duration('1.5s').getMilliseconds() == 1500",
    call: (value) => value.seconds * 1000 + Math.trunc(value.nanos / 1_000_000) + 0,
  }),
  celFunction({
    name: "duration",
    args: [string],
    result: duration,
    note: "The duration a text spells; a constant one that spells none is refused when the expression is loaded.",
    example: "duration('1h30m') == duration('5400s')",
    since,
    prepare: prepareText(parseDurationText),
    call: parseDurationText,
  }),
  celFunction({
    name: "timestamp",
    args: [string],
    result: timestamp,
    note: "The time an RFC 3339 text spells; a constant one that spells none is refused when the expression is loaded.",
    example: "timestamp('2026-01-01T00:00:00Z') > timestamp('2025-12-31T23:59:59.999Z')",
    since,
    prepare: prepareText(parseTimestamp),
    call: parseTimestamp,
  }),
];

/**
 * The rows as cel-go has them, with which Kubernetes and Kyverno evaluate, in place of those that cel-spec wants
 * otherwise: the older `format`, positions behind a text's end, a duration's milliseconds, and constant times that are
 * refused when the expression is loaded.
 */
export function asCelGo(rows: readonly CelFunction[]): readonly CelFunction[] {
  const different = new Map(DIFFERENT.map((row) => [formatSignature(row), row]));
  return rows.map((row) => different.get(formatSignature(row)) ?? row);
}
