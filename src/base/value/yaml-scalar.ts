import { LIMITS } from "../limits.ts";
import { numberOf } from "./number.ts";
import { Double } from "./value.ts";

/** What a plain scalar of YAML 1.1 means; `special` is an infinity or NaN, which JSON does not have. */
export type Scalar =
  | { readonly type: "null"; readonly value: null }
  | { readonly type: "bool"; readonly value: boolean }
  | { readonly type: "int"; readonly value: number | bigint }
  | { readonly type: "float"; readonly value: number | Double }
  | { readonly type: "special"; readonly value: string }
  | { readonly type: "merge" | "str"; readonly value: string };

const NULL: Scalar = { type: "null", value: null };
const TRUE: Scalar = { type: "bool", value: true };
const FALSE: Scalar = { type: "bool", value: false };

// The words of go-yaml 2 (resolve.go), which Kubernetes reads with: `y` and `n` are booleans there.
const WORDS: ReadonlyMap<string, Scalar> = new Map([
  ...["", "~", "null", "Null", "NULL"].map((word): [string, Scalar] => [word, NULL]),
  ...["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"].map((word): [string, Scalar] => [
    word,
    TRUE,
  ]),
  ...["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"].map((word): [string, Scalar] => [
    word,
    FALSE,
  ]),
  ...[".nan", ".NaN", ".NAN"].map((word): [string, Scalar] => [word, { type: "special", value: ".nan" }]),
  ...[".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"].map((word): [string, Scalar] => [
    word,
    { type: "special", value: ".inf" },
  ]),
  ...["-.inf", "-.Inf", "-.INF"].map((word): [string, Scalar] => [word, { type: "special", value: "-.inf" }]),
  ["<<", { type: "merge", value: "<<" }],
]);

const PREFIXED = /^([-+]?)0(?:[xX]([0-9a-fA-F]+)|[bB]([01]+)|[oO]?([0-7]+))$/;
const DECIMAL = /^[-+]?[0-9]+$/;
const FLOAT = /^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$/;
const POINT_FIRST = /^\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?$/;
const INT64_MAX = 2n ** 63n - 1n;
const UINT64_MAX = 2n ** 64n - 1n;

/**
 * What a plain (unquoted) scalar means to Kubernetes: sigs.k8s.io/yaml 1.6 on go-yaml 2. The test's table was taken from
 * that library. Different on purpose: an integer beyond 64 bits keeps its digits, there it becomes a double.
 */
export function resolveScalar(text: string): Scalar {
  const word = WORDS.get(text);
  if (word !== undefined) return word;
  const first = text.charCodeAt(0);
  const isDigit = first >= 0x30 && first <= 0x39;
  // Numbers start with a digit, a sign or a point; nothing else is looked at.
  if (!isDigit && first !== 0x2b && first !== 0x2d && first !== 0x2e) return { type: "str", value: text };
  if (first === 0x2e && !POINT_FIRST.test(text)) return { type: "str", value: text };
  return resolveNumber(text.includes("_") ? text.replaceAll("_", "") : text) ?? { type: "str", value: text };
}

function resolveNumber(digits: string): Scalar | undefined {
  const prefixed = PREFIXED.exec(digits);
  if (prefixed !== null) {
    const value = prefixedInteger(prefixed);
    if (value !== undefined) return { type: "int", value };
  }
  if (DECIMAL.test(digits)) {
    const value = digits.length > LIMITS.integerDigits ? undefined : numberOf(digits.replace("+", ""));
    return value === undefined || value instanceof Double ? undefined : { type: "int", value };
  }
  if (!FLOAT.test(digits)) return undefined;
  const value = numberOf(digits.replace(/^\+/, ""));
  // Beyond the range of a double the text stays text, as there.
  return value === undefined || typeof value === "bigint" ? undefined : { type: "float", value };
}

/** Hexadecimal, binary or octal; undefined beyond 64 bits, where Kubernetes goes on to read text or decimal digits. */
function prefixedInteger(match: RegExpExecArray): number | bigint | undefined {
  const [, sign, hex, binary, octal] = match;
  const literal = hex !== undefined ? `0x${hex}` : binary !== undefined ? `0b${binary}` : `0o${octal}`;
  if (literal.length > LIMITS.integerDigits) return undefined;
  const magnitude = BigInt(literal);
  const max = sign === "-" ? INT64_MAX + 1n : sign === "+" ? INT64_MAX : UINT64_MAX;
  if (magnitude > max) return undefined;
  const value = sign === "-" ? -magnitude : magnitude;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/**
 * The text of a float used as a key, as Kubernetes writes it: rounded to 32 bits, shortest digits, an exponent below
 * 1e-4 and from 1e6 on (Go's %g). Odd (`1.10` becomes `1.1`), but the key that the API server would see.
 */
export function floatKey(value: number): string {
  const single = Math.fround(value);
  if (!Number.isFinite(single)) return single > 0 ? "+Inf" : "-Inf";
  let precision = 1;
  while (precision < 9 && Math.fround(Number(single.toPrecision(precision))) !== single) precision++;
  const [mantissa = "", exponent = "0"] = single.toExponential(precision - 1).split("e");
  const power = Number(exponent);
  if (single === 0) return Object.is(single, -0) ? "-0" : "0";
  if (power >= -4 && power < 6) return String(Number(`${mantissa}e${power}`));
  return `${mantissa}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
}
