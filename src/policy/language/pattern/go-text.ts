/**
 * How Go reads and prints the values that patterns and conditions compare: Kyverno's verdicts and messages depend on it.
 * A number that came from a document is an int64 there when it was written as an integer, a float64 otherwise; a Double
 * counts as the integer it is, since YAML's `1.0` reaches Kyverno as `1`.
 */
import { compareText, Double, isValueObject, type Value } from "../../../base/index.ts";

/** What Go takes for a space. */
export const SPACE = /[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;
const INTEGER = /^[+-]?[0-9]+$/;
const INT64_MAX = 2n ** 63n - 1n;
/** Digits of Go's literals: an underscore may stand between two. Each way to read them is the only one. */
const FLOAT =
  /^[+-]?(?:[0-9]+(?:_[0-9]+)*\.?|(?:[0-9]+(?:_[0-9]+)*)?\.[0-9]+(?:_[0-9]+)*)(?:e[+-]?[0-9]+(?:_[0-9]+)*)?$/i;
const HEX_FLOAT =
  /^([+-]?)0x_?(?:([0-9a-f]+(?:_[0-9a-f]+)*)\.?|([0-9a-f]+(?:_[0-9a-f]+)*)?\.([0-9a-f]+(?:_[0-9a-f]+)*))p([+-]?[0-9]+(?:_[0-9]+)*)$/i;
/** Longer texts are no numbers that anyone wrote. */
const MAX_NUMBER_LENGTH = 1_000;
/** Characters of one printed value in a message; a whole object may be printed. */
const MAX_PRINTED = 4_096;

/** Takes off what Go's strings.TrimSpace does: U+0085 too, but not U+FEFF, unlike JavaScript's trim. */
export function trimSpace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && SPACE.test(text.charAt(start))) start++;
  while (end > start && SPACE.test(text.charAt(end - 1))) end--;
  return text.slice(start, end);
}

/** Takes off spaces alone, as Go's strings.Trim(text, " ") does. */
export function trimBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && text.charCodeAt(start) === 0x20) start++;
  while (end > start && text.charCodeAt(end - 1) === 0x20) end--;
  return text.slice(start, end);
}

/** The number of a value of the tree: a bigint for an integer (int64 in Go), a number for a float64; else undefined. */
export function goNumber(value: Value | undefined): bigint | number | undefined {
  if (typeof value === "number") return Number.isInteger(value) ? BigInt(value) : value;
  if (typeof value === "bigint") return fitsInt64(value) ? value : Number(value);
  if (!(value instanceof Double)) return undefined;
  return Number.isInteger(value.value) && Math.abs(value.value) < 1e18 ? BigInt(value.value) : value.value;
}

/** As strconv.ParseInt(text, 10, 64). */
export function parseInt64(text: string): bigint | undefined {
  if (text.length > MAX_NUMBER_LENGTH || !INTEGER.test(text)) return undefined;
  // BigInt takes a minus, but no plus.
  const number = BigInt(text.startsWith("+") ? text.slice(1) : text);
  return fitsInt64(number) ? number : undefined;
}

/** As strconv.ParseFloat(text, 64): also `1_000`, `0x1p-2`, `inf`, `NaN`; what overflows a double is no number. */
export function parseFloat64(text: string): number | undefined {
  if (text.length > MAX_NUMBER_LENGTH) return undefined;
  if (FLOAT.test(text)) {
    const number = Number(text.replaceAll("_", ""));
    return Number.isFinite(number) ? number : undefined;
  }
  if (/^[+-]?inf(?:inity)?$/i.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
  if (/^nan$/i.test(text)) return Number.NaN;
  const hex = HEX_FLOAT.exec(text);
  return hex === null ? undefined : hexFloat(hex);
}

function hexFloat([, sign, integer, whole, fraction = "", exponent]: RegExpExecArray): number | undefined {
  const digits = `${integer ?? whole ?? ""}${fraction}`.replaceAll("_", "");
  const power = Number((exponent as string).replaceAll("_", "")) - 4 * fraction.replaceAll("_", "").length;
  // Two steps, as one power of two may leave a double's range where the product does not.
  const half = Math.trunc(power / 2);
  const number = Number(BigInt(`0x${digits}`)) * 2 ** half * 2 ** (power - half);
  if (!Number.isFinite(number)) return undefined;
  return sign === "-" ? -number : number;
}

/** A float64 as `%f` prints it: six digits after the point, halves to the even digit. */
export function fixedText(number: number): string {
  if (Math.abs(number) >= 1e21) return `${BigInt(number)}.000000`;
  // Only an odd multiple of 1/128 lies in the middle between two such texts; JavaScript would take the larger one.
  const isHalf = Math.abs((number * 128) % 2) === 1;
  if (!isHalf) return number.toFixed(6);
  const below = Math.floor(number * 1e6);
  return ((below % 2 === 0 ? below : below + 1) / 1e6).toFixed(6);
}

/** A float64 as strconv.FormatFloat(number, 'E', -1, 64) prints it: `1.5E+00`. */
export function exponentText(number: number): string {
  const [mantissa, exponent] = number.toExponential().split("e") as [string, string];
  return `${mantissa}E${twoDigits(exponent)}`;
}

function twoDigits(exponent: string): string {
  return exponent.length < 3 ? `${exponent.charAt(0)}0${exponent.charAt(1)}` : exponent;
}

/** A float64 as `%v` prints it: `1e+06`, `0.0001`, `1.5`. */
export function floatText(number: number): string {
  const scientific = number.toExponential();
  const [mantissa, exponent] = scientific.split("e") as [string, string];
  const power = Number(exponent);
  return power < -4 || power >= 6 ? `${mantissa}e${twoDigits(exponent)}` : String(number);
}

/** A value as `%v` prints it, cut after some thousand characters. `isPolicy`: its numbers are float64, as a policy's. */
export function printed(value: Value | undefined, isPolicy = false): string {
  const parts: string[] = [];
  const room = { left: MAX_PRINTED };
  print(value, isPolicy, parts, room);
  return room.left < 0 ? `${parts.join("").slice(0, MAX_PRINTED)}…` : parts.join("");
}

function print(value: Value | undefined, isPolicy: boolean, parts: string[], room: { left: number }): void {
  if (room.left < 0) return;
  if (Array.isArray(value)) {
    return printItems("[", value as readonly Value[], (item) => print(item, isPolicy, parts, room), parts, room);
  }
  if (isValueObject(value)) {
    const keys = Object.keys(value).sort(compareText);
    const printMember = (key: string) => {
      put(`${key}:`, parts, room);
      print(value[key], isPolicy, parts, room);
    };
    return printItems("map[", keys, printMember, parts, room);
  }
  put(scalarText(value, isPolicy), parts, room);
}

function printItems<T>(
  open: string,
  items: readonly T[],
  printItem: (item: T) => void,
  parts: string[],
  room: { left: number },
): void {
  put(open, parts, room);
  for (let index = 0; index < items.length && room.left >= 0; index++) {
    if (index > 0) put(" ", parts, room);
    printItem(items[index] as T);
  }
  put("]", parts, room);
}

function put(text: string, parts: string[], room: { left: number }): void {
  parts.push(text);
  room.left -= text.length;
}

function scalarText(value: Value | undefined, isPolicy: boolean): string {
  if (value === null || value === undefined) return "<nil>";
  const number = goNumber(value);
  if (number === undefined) return typeof value === "string" ? value : String(value === true);
  return typeof number === "bigint" && !isPolicy ? String(number) : floatText(Number(number));
}

/** The name of a value's type as `%T` prints it. */
export function typeName(value: Value | undefined): string {
  if (value === null || value === undefined) return "<nil>";
  if (typeof value === "string") return "string";
  if (typeof value === "boolean") return "bool";
  if (Array.isArray(value)) return "[]interface {}";
  if (isValueObject(value)) return "map[string]interface {}";
  return typeof goNumber(value) === "bigint" ? "int64" : "float64";
}

function fitsInt64(value: bigint): boolean {
  return value <= INT64_MAX && value >= -INT64_MAX - 1n;
}
