import { Double, decodeUtf8, encodeHex, encodeUtf8 } from "../../../../base/index.ts";
import { CelError } from "../error.ts";
import { type CelCall, type CelContext, type CelFunction, celFunction } from "../function.ts";
import { celTypes } from "../types.ts";
import { doubleValue } from "../values/arithmetic.ts";
import { formatFixed, formatMantissa, formatPlain } from "../values/decimal.ts";
import { compareText } from "../values/equality.ts";
import { isDouble, isInt, isList, isMap, mapGet, mapKeys, typeName } from "../values/kinds.ts";
import { formatDuration, formatTimestamp } from "../values/time.ts";
import { type CelMap, type CelObject, type CelValue, Duration, Timestamp, TypeValue, Uint } from "../values/value.ts";

/** `%s`, `%.2f`: one place of a format text that an argument is written to. */
interface FormatClause {
  readonly verb: FormatVerb;
  readonly precision: number;
}

type FormatVerb = "s" | "d" | "f" | "e" | "x" | "X" | "b" | "o";

/** What a verb takes and how it writes that. */
export interface FormatWriter {
  /** The types it takes, for messages. */
  readonly takes: string;
  readonly accepts: (value: CelValue) => boolean;
  readonly write: (value: CelValue, precision: number, context: CelContext) => string;
}

export type FormatWriters = Readonly<Record<FormatVerb, FormatWriter>>;

const DEFAULT_PRECISION = 6;
/** Go's own limit. */
const MAX_PRECISION = 1_000_000;
const WRITTEN_PER_STEP = 16;
/** Exact digits take arithmetic on numbers of up to a thousand digits. */
export const STEPS_PER_EXACT_NUMBER = 32;
export const EXACT_DIGITS_PER_STEP = 4;

const CLAUSE = /%(?:%|(?:\.([0-9]*))?([\s\S]?))/gu;

/**
 * The texts and clauses of a format text.
 * @throws {CelError} invalid_argument
 */
export function parseFormat(format: string): readonly (string | FormatClause)[] {
  const pieces: (string | FormatClause)[] = [];
  let end = 0;
  for (const found of format.matchAll(CLAUSE)) {
    if (found.index > end) pieces.push(format.slice(end, found.index));
    end = found.index + found[0].length;
    pieces.push(found[0] === "%%" ? "%" : readClause(found[1], found[2] ?? ""));
  }
  if (end < format.length) pieces.push(format.slice(end));
  return pieces;
}

function readClause(digits: string | undefined, verb: string): FormatClause {
  if (verb === "") throw new CelError("invalid_argument", "the format text ends within a clause: write %% for a %");
  if (!"sdfexXbo".includes(verb)) {
    throw new CelError("invalid_argument", `unknown format clause %${verb}: there are s, d, f, e, x, X, b and o`);
  }
  const precision = digits === undefined ? DEFAULT_PRECISION : Number(digits || "NaN");
  if (!(precision <= MAX_PRECISION)) {
    throw new CelError("invalid_argument", `the precision of a format clause must be 0 to ${MAX_PRECISION}`);
  }
  return { verb: verb as FormatVerb, precision };
}

/** The argument of each clause, or an error when there are too few. */
function argumentOf(args: readonly CelValue[], index: number): CelValue {
  const value = args[index];
  if (value !== undefined) return value;
  throw new CelError("invalid_argument", `the format text has a clause for argument ${index + 1} of ${args.length}`);
}

function refuse({ verb }: FormatClause, writer: FormatWriter, value: CelValue): CelError {
  return new CelError("invalid_argument", `%${verb} takes ${writer.takes}, not ${typeName(value)}`);
}

function writeAll(
  pieces: readonly (string | FormatClause)[],
  args: readonly CelValue[],
  writers: FormatWriters,
  context: CelContext,
): string {
  const texts: string[] = [];
  let next = 0;
  for (const piece of pieces) {
    if (typeof piece === "string") {
      texts.push(piece);
      context.charge(1 + piece.length / WRITTEN_PER_STEP);
      continue;
    }
    const value = argumentOf(args, next++);
    const writer = writers[piece.verb];
    if (!writer.accepts(value)) throw refuse(piece, writer, value);
    const text = writer.write(value, piece.precision, context);
    context.charge(1 + text.length / WRITTEN_PER_STEP);
    texts.push(text);
  }
  return texts.join("");
}

/** The row of `format` with these writers. A constant format text is read, or refused, when the expression is loaded. */
export function formatRow(writers: FormatWriters, example: string): CelFunction {
  return celFunction({
    name: "format",
    receiver: true,
    args: [celTypes.string, celTypes.list(celTypes.dyn)],
    result: celTypes.string,
    note: "The text with each clause (%s, %d, %f, %e, %x, %X, %o, %b; %.3f for a precision) replaced by the next element.",
    example,
    since: "0.2.0",
    prepare: (constants) => prepareFormat(constants, writers),
    call: (format, args, context) => writeAll(parseFormat(format), args, writers, context),
  });
}

function prepareFormat([format, args]: readonly (CelValue | undefined)[], writers: FormatWriters): CelCall | undefined {
  if (typeof format !== "string") return undefined;
  const pieces = parseFormat(format);
  if (args !== undefined && isList(args)) {
    const clauses = pieces.filter((piece) => typeof piece !== "string");
    if (clauses.length < args.length) {
      throw new CelError(
        "invalid_argument",
        `${args.length} elements for ${clauses.length} clauses of the format text`,
      );
    }
    clauses.forEach((clause, index) => {
      const value = argumentOf(args, index);
      if (!writers[clause.verb].accepts(value)) throw refuse(clause, writers[clause.verb], value);
    });
  }
  return (...[, values, context]: [...CelValue[], CelContext]) =>
    writeAll(pieces, values as readonly CelValue[], writers, context as CelContext);
}

const isInteger = (value: CelValue): value is number | bigint | Uint => isInt(value) || value instanceof Uint;

/** An int or uint. */
export function integerOf(value: CelValue): bigint {
  return value instanceof Uint ? value.value : BigInt(value as number | bigint);
}

const isNumber = (value: CelValue): boolean => isInteger(value) || isDouble(value);

function specialText(value: number): string | undefined {
  if (Number.isNaN(value)) return "NaN";
  if (Number.isFinite(value)) return undefined;
  return value > 0 ? "Infinity" : "-Infinity";
}

const plainDouble = (value: number): string => specialText(value) ?? formatPlain(value);

/** A number's exact digits, or the name of one that has none. */
function exactly(
  format: (value: number | bigint, precision: number) => string,
): (value: CelValue, precision: number, context: CelContext) => string {
  return (value, precision, context) => {
    context.charge(STEPS_PER_EXACT_NUMBER + precision / EXACT_DIGITS_PER_STEP);
    if (isInteger(value)) return format(integerOf(value), precision);
    const number = doubleValue(value as number | Double);
    return specialText(number) ?? format(number, precision);
  };
}

/** `1.5e+03`, the exponent with two digits at least. */
function scientific(value: number | bigint, precision: number): string {
  const [mantissa, power] = formatMantissa(value, precision);
  return `${mantissa}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}

function hex(value: CelValue, context: CelContext): string {
  if (isInteger(value)) return integerOf(value).toString(16);
  const bytes = typeof value === "string" ? encodeUtf8(value) : (value as Uint8Array);
  context.charge(bytes.length / WRITTEN_PER_STEP);
  return encodeHex(bytes);
}

/** A value other than a list or map as `%s` writes it; undefined for what it does not take. */
function scalarText(value: CelValue): string | undefined {
  if (typeof value === "string") return value;
  if (value === null || typeof value === "boolean" || isInt(value)) return String(value);
  if (isDouble(value)) return plainDouble(doubleValue(value));
  if (value instanceof Uint) return String(value.value);
  if (value instanceof Uint8Array) return bytesText(value);
  if (value instanceof Duration) return formatDuration(value);
  if (value instanceof Timestamp) return formatTimestamp(value);
  return value instanceof TypeValue ? value.typeName : undefined;
}

/**
 * The text of UTF-8 bytes.
 * @throws {CelError} invalid_argument
 */
export function bytesText(value: Uint8Array): string {
  const text = decodeUtf8(value);
  if (text === undefined) throw new CelError("invalid_argument", "the bytes are not UTF-8");
  return text;
}

function stringText(value: CelValue, context: CelContext): string {
  context.charge(1);
  if (isList(value)) {
    const text = `[${value.map((item) => stringText(item, context)).join(", ")}]`;
    context.charge(text.length / WRITTEN_PER_STEP);
    return text;
  }
  if (isMap(value)) return mapText(value, (item) => stringText(item, context), ": ", context);
  const text = scalarText(value);
  if (text === undefined) throw refuse({ verb: "s", precision: 0 }, FORMAT_WRITERS.s, value);
  // Before they are joined: a list may hold one long text many times.
  context.charge(text.length / WRITTEN_PER_STEP);
  return text;
}

/** A map's entries, ordered by their keys' texts. */
export function mapText(
  map: CelObject | CelMap,
  show: (value: CelValue) => string,
  colon: string,
  context: CelContext,
): string {
  const entries = mapKeys(map).map((key) => [show(key), show(mapGet(map, key) as CelValue)] as const);
  context.charge(entries.length * Math.ceil(Math.log2(entries.length + 1)));
  const sorted = entries.toSorted(([left], [right]) => compareText(left, right));
  const text = `{${sorted.map(([key, value]) => `${key}${colon}${value}`).join(", ")}}`;
  context.charge(text.length / WRITTEN_PER_STEP);
  return text;
}

const decimal = (value: CelValue): string =>
  isInteger(value) ? String(integerOf(value)) : plainDouble(doubleValue(value as number | Double));

const isHexable = (value: CelValue): boolean =>
  isInteger(value) || typeof value === "string" || value instanceof Uint8Array;

/** Numbers in other bases and bytes, which all versions of `format` write alike. */
export const BASE_WRITERS = {
  b: {
    takes: "int, uint and bool",
    accepts: (value) => isInteger(value) || typeof value === "boolean",
    write: (value) => (typeof value === "boolean" ? String(Number(value)) : integerOf(value).toString(2)),
  },
  o: { takes: "int and uint", accepts: isInteger, write: (value) => integerOf(value).toString(8) },
  x: {
    takes: "int, uint, string and bytes",
    accepts: isHexable,
    write: (value, _precision, context) => hex(value, context),
  },
  X: {
    takes: "int, uint, string and bytes",
    accepts: isHexable,
    write: (value, _precision, context) => hex(value, context).toUpperCase(),
  },
} as const satisfies Partial<Record<FormatVerb, FormatWriter>>;

const NUMBERS = "int, uint and double";

/** The verbs as cel-spec defines them. */
const FORMAT_WRITERS: FormatWriters = {
  ...BASE_WRITERS,
  s: {
    takes: "null, bool, int, uint, double, string, bytes, duration, timestamp, type, and lists and maps of them",
    // What is within a list or map is looked at when it is written: a value may hold one part very many times.
    accepts: (value) => isList(value) || isMap(value) || scalarText(value) !== undefined,
    write: (value, _precision, context) => stringText(value, context),
  },
  d: { takes: NUMBERS, accepts: isNumber, write: decimal },
  f: { takes: NUMBERS, accepts: isNumber, write: exactly(formatFixed) },
  e: { takes: NUMBERS, accepts: isNumber, write: exactly(scientific) },
};

/** `format` of the string extension. */
export const FORMAT_FUNCTIONS: readonly CelFunction[] = [
  formatRow(FORMAT_WRITERS, "'%s has %d, %.1f%%'.format(['app', 3, 7.25]) == 'app has 3, 7.2%'"),
];
