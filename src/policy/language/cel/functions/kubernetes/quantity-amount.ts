import { LIMITS, parseQuantity } from "../../../../../base/index.ts";
import { INT_MAX, INT_MIN } from "../../values/arithmetic.ts";

/**
 * A quantity as Kubernetes computes with it: `unscaled` × 10^`scale`. It answers some questions (`isInteger`, the
 * nearest double) by how it holds the number, not by the number: `1000m` is no integer there, nor is `1Pi`.
 */
export interface QuantityAmount {
  readonly unscaled: bigint;
  readonly scale: number;
  /** Held in 64 bits: written with few digits, or computed from such. */
  readonly isSmall: boolean;
  /** Made by `add` or `sub`, see {@link quantityValue}. */
  readonly isComputed?: true;
}

/** Only letters part the number from the digits of an exponent: there is one way to read a text, however long it is. */
const SHAPE = /^([+-]?)([0-9]*)(?:\.([0-9]*))?(?:([a-zA-Z]+)([+-]?[0-9]*))?$/;
const BINARY = ["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
const DECIMAL = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
/** Decimal digits that fit 64 bits in any case, as Kubernetes counts. */
const SMALL_DIGITS = 18;
const SMALL_BINARY_DIGITS = 14;
const NANO = -9;

/**
 * Reads a quantity, or gives undefined for a text that is none or is beyond LIMITS.
 * @see https://pkg.go.dev/k8s.io/apimachinery/pkg/api/resource#Quantity
 */
export function readAmount(text: string): QuantityAmount | undefined {
  const quantity = parseQuantity(text);
  const shape = SHAPE.exec(text);
  if (quantity === undefined || shape === null) return undefined;
  const [, sign, whole = "", fraction = "", letters = "", power = ""] = shape;
  const digits = whole.replace(/^0+/, "") || "0";
  const bits = (BINARY.indexOf(letters) + 1) * 10;
  const exponent = bits > 0 ? 0 : power === "" ? (DECIMAL.indexOf(letters) - 3) * 3 : Number(power);
  const scale = exponent - fraction.length;
  const isSmall =
    bits > 0
      ? fraction === "" && digits.length <= SMALL_BINARY_DIGITS - (bits * 3) / 10
      : digits.length + fraction.length <= SMALL_DIGITS && scale >= NANO;
  if (isSmall) {
    const unscaled = BigInt(digits + fraction) << BigInt(bits);
    return { unscaled: sign === "-" ? -unscaled : unscaled, scale, isSmall };
  }
  const { nanos } = quantity;
  if (nanos === 0n) return { unscaled: 0n, scale, isSmall };
  // The largest binary quantity is held as a whole number, all others in billionths.
  const isLargest = bits > 0 && (nanos < 0n ? -nanos : nanos) === INT_MAX * 10n ** 9n;
  return isLargest ? { unscaled: nanos / 10n ** 9n, scale: 0, isSmall } : { unscaled: nanos, scale: NANO, isSmall };
}

/** Whether a text has the shape of a quantity, with more digits or a larger exponent than amap takes. */
export function isBeyondLimits(text: string): boolean {
  const shape = SHAPE.exec(text);
  if (shape === null) return false;
  const [, , whole = "", fraction = "", letters = "", power = ""] = shape;
  const isExponent = /^[eE]$/.test(letters) && /[0-9]$/.test(power);
  if (!isExponent && (power !== "" || (!BINARY.includes(letters) && !DECIMAL.includes(letters)))) return false;
  return whole.length + fraction.length > LIMITS.quantityDigits || Math.abs(Number(power)) > LIMITS.quantityExponent;
}

/** An int as a quantity. */
export function amountOfInt(value: number | bigint): QuantityAmount {
  return { unscaled: BigInt(value), scale: 0, isSmall: true };
}

/** -1, 0 or 1, by value alone. */
export function compareAmounts(a: QuantityAmount, b: QuantityAmount): -1 | 0 | 1 {
  const scale = Math.min(a.scale, b.scale);
  const left = unscaledAt(a, scale);
  const right = unscaledAt(b, scale);
  return left < right ? -1 : left > right ? 1 : 0;
}

/** The sum, held in 64 bits while that is possible. */
export function addAmounts(a: QuantityAmount, b: QuantityAmount): QuantityAmount {
  return { ...((a.isSmall && b.isSmall ? addSmall(a, b) : undefined) ?? addLarge(a, b)), isComputed: true };
}

/** The difference. Kubernetes negates in 64 bits, where the smallest int stays negative: that is kept. */
export function subtractAmounts(a: QuantityAmount, b: QuantityAmount): QuantityAmount {
  const small = a.isSmall && b.isSmall ? addSmall(a, { ...b, unscaled: BigInt.asIntN(64, -b.unscaled) }) : undefined;
  return { ...(small ?? addLarge(a, { ...b, unscaled: -b.unscaled })), isComputed: true };
}

/** The int, or undefined when it is not held as one of 64 bits. */
export function intOfAmount({ unscaled, scale, isSmall }: QuantityAmount): bigint | undefined {
  if (!isSmall || scale < 0) return undefined;
  return scaleSmall(unscaled, scale);
}

/** The nearest double, computed as Kubernetes does: it may differ from the nearest one in the last place. */
export function doubleOfAmount({ unscaled, scale }: QuantityAmount): number {
  return scale === 0 ? Number(unscaled) : Number(unscaled) * powerOfTen(scale);
}

function unscaledAt(amount: QuantityAmount, scale: number): bigint {
  return amount.unscaled * 10n ** BigInt(amount.scale - scale);
}

function addLarge(a: QuantityAmount, b: QuantityAmount): QuantityAmount {
  const scale = Math.min(a.scale, b.scale);
  return { unscaled: unscaledAt(a, scale) + unscaledAt(b, scale), scale, isSmall: false };
}

function addSmall(a: QuantityAmount, b: QuantityAmount): QuantityAmount | undefined {
  if (b.unscaled === 0n) return a;
  if (a.unscaled === 0n) return b;
  const scale = Math.min(a.scale, b.scale);
  const left = scaleSmall(a.unscaled, a.scale - scale);
  const right = scaleSmall(b.unscaled, b.scale - scale);
  if (left === undefined || right === undefined) return undefined;
  const sum = left + right;
  return isInt64(sum) ? { unscaled: sum, scale, isSmall: true } : undefined;
}

function scaleSmall(value: bigint, power: number): bigint | undefined {
  if (value === 0n || power === 0) return value;
  if (power > SMALL_DIGITS) return undefined;
  const scaled = value * 10n ** BigInt(power);
  return isInt64(scaled) ? scaled : undefined;
}

function isInt64(value: bigint): boolean {
  return value >= INT_MIN && value <= INT_MAX;
}

/** Go's math.Pow10: from two factors, so that it rounds as there. */
function powerOfTen(power: number): number {
  const size = Math.abs(power);
  const rest = Number(`1e${size % 32}`);
  const steps = Math.floor(size / 32) * 32;
  if (power > 308) return Number.POSITIVE_INFINITY;
  if (power < -323) return 0;
  return power >= 0 ? Number(`1e${steps}`) * rest : Number(`1e-${steps}`) / rest;
}
