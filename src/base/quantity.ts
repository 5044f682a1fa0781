import { LIMITS } from "./limits.ts";

/** How a quantity was written, which its canonical text keeps where it can. */
export type QuantityFormat = "binarySI" | "decimalSI" | "decimalExponent";

/** A Kubernetes resource quantity (`500m`, `1.5Gi`, `1e3`), exact. */
export interface Quantity {
  /** Billionths: the smallest step a quantity can have. */
  readonly nanos: bigint;
  readonly format: QuantityFormat;
}

const PATTERN = /^([+-]?)([0-9]*)(?:\.([0-9]*))?(?:([KMGTPE]i)|([numkMGTPE]?)|[eE]([+-]?[0-9]+))$/;
const NANO_DIGITS = 9;
const ONE = 10n ** 9n;
const BINARY_MAX = (2n ** 63n - 1n) * ONE;
const BINARY_SUFFIXES = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"] as const;
const DECIMAL_SUFFIXES = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"] as const;

/**
 * Reads a Kubernetes resource quantity, or undefined when the text is none, has more than 256 digits or an exponent
 * beyond ±1000. As there, what is finer than a billionth is rounded away from zero, and a binary quantity (Ki, Mi, …) is
 * at most 2^63 - 1; a suffix or sign without a digit is 0.
 * @see https://pkg.go.dev/k8s.io/apimachinery/pkg/api/resource#Quantity
 * @example
 * ```ts
 * import { compareQuantities, parseQuantity, type Quantity } from "./index.ts";
 * compareQuantities(parseQuantity("1Gi") as Quantity, parseQuantity("1G") as Quantity); // 1
 * ```
 */
export function parseQuantity(text: string): Quantity | undefined {
  if (text === "" || text.length > LIMITS.quantityDigits + 10) return undefined;
  const match = PATTERN.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = "", fraction = "", binary, decimal, exponentText] = match;
  const digits = whole + fraction;
  const exponent = exponentText === undefined ? decimalExponent(decimal) : Number(exponentText);
  if (digits.length > LIMITS.quantityDigits || Math.abs(exponent) > LIMITS.quantityExponent) return undefined;
  const shift = binary === undefined ? 0 : binaryPower(binary) * 10;
  // Kubernetes takes a suffix without a digit for 0, but not the largest and smallest ones.
  if (digits === "" && (exponent < -NANO_DIGITS || shift >= 50)) return undefined;
  const value = BigInt(digits || "0") << BigInt(shift);
  let nanos = scaleUp(value, exponent - fraction.length + NANO_DIGITS);
  let format: QuantityFormat = exponentText === undefined ? "decimalSI" : "decimalExponent";
  if (binary !== undefined) {
    if (nanos > BINARY_MAX) nanos = BINARY_MAX;
    // Kubernetes turns a part of a byte into a decimal quantity, so that it is not shown rounded.
    format = nanos > 0n && nanos < ONE ? "decimalSI" : "binarySI";
  }
  return { nanos: sign === "-" ? -nanos : nanos, format };
}

/** -1, 0 or 1, by value alone: `1000m` equals `1`. */
export function compareQuantities(a: Quantity, b: Quantity): -1 | 0 | 1 {
  return a.nanos < b.nanos ? -1 : a.nanos > b.nanos ? 1 : 0;
}

/**
 * The canonical text: no fraction, the largest suffix that keeps the value exact, in the quantity's own format. A binary
 * quantity that is no whole number, or below 1024, is written in decimals.
 * @example
 * ```ts
 * import { formatQuantity, parseQuantity, type Quantity } from "./index.ts";
 * formatQuantity(parseQuantity("1.5Gi") as Quantity); // "1536Mi"
 * ```
 */
export function formatQuantity(quantity: Quantity): string {
  const { nanos, format } = quantity;
  if (nanos === 0n) return "0";
  const whole = nanos / ONE;
  const isBinary = format === "binarySI" && nanos % ONE === 0n && (whole <= -1024n || whole >= 1024n);
  if (isBinary) return binaryText(whole);
  let mantissa = nanos;
  let exponent = -NANO_DIGITS;
  while (mantissa % 1000n === 0n) {
    mantissa /= 1000n;
    exponent += 3;
  }
  const suffix = DECIMAL_SUFFIXES[exponent / 3 + 3];
  if (format !== "decimalExponent" && suffix !== undefined) return `${mantissa}${suffix}`;
  return exponent === 0 ? String(mantissa) : `${mantissa}e${exponent}`;
}

function binaryText(whole: bigint): string {
  let mantissa = whole;
  let power = 0;
  while (mantissa % 1024n === 0n && power < BINARY_SUFFIXES.length - 1) {
    mantissa /= 1024n;
    power++;
  }
  return `${mantissa}${BINARY_SUFFIXES[power]}`;
}

/** value × 10^exponent, rounded up to a whole number. */
function scaleUp(value: bigint, exponent: number): bigint {
  if (exponent >= 0) return value * 10n ** BigInt(exponent);
  const divisor = 10n ** BigInt(-exponent);
  return (value + divisor - 1n) / divisor;
}

function decimalExponent(suffix: string | undefined): number {
  return (DECIMAL_SUFFIXES.indexOf((suffix ?? "") as "") - 3) * 3;
}

function binaryPower(suffix: string): number {
  return BINARY_SUFFIXES.indexOf(suffix as "Ki");
}
