/** The bits of a double, read exactly. */
const view = new DataView(new ArrayBuffer(8));
const FRACTION_BITS = 52n;
const FRACTION_MASK = (1n << FRACTION_BITS) - 1n;
/** The smallest step between doubles is 2^-1074: no double has more digits behind the point than this. */
const MAX_FRACTION_DIGITS = 1074;

/** A finite number without its sign: `numerator / denominator`. */
interface Ratio {
  readonly negative: boolean;
  readonly numerator: bigint;
  readonly denominator: bigint;
}

function ratioOf(value: number | bigint): Ratio {
  if (typeof value === "bigint") {
    return { negative: value < 0n, numerator: value < 0n ? -value : value, denominator: 1n };
  }
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const biased = Number((bits >> FRACTION_BITS) & 0x7ffn);
  const mantissa = (bits & FRACTION_MASK) | (biased === 0 ? 0n : 1n << FRACTION_BITS);
  const exponent = Math.max(biased, 1) - 1075;
  return {
    negative: bits >> 63n === 1n,
    numerator: exponent > 0 ? mantissa << BigInt(exponent) : mantissa,
    denominator: exponent < 0 ? 1n << BigInt(-exponent) : 1n,
  };
}

/** The nearest integer, halves to the even one, as IEEE 754 and so Go round. */
function divideToEven(numerator: bigint, denominator: bigint): bigint {
  const whole = numerator / denominator;
  const twice = (numerator - whole * denominator) * 2n;
  const isUp = twice > denominator || (twice === denominator && (whole & 1n) === 1n);
  return isUp ? whole + 1n : whole;
}

/** A finite number with so many digits behind the point, rounded from its exact value: `-1.250`. */
export function formatFixed(value: number | bigint, precision: number): string {
  const { negative, numerator, denominator } = ratioOf(value);
  const places = Math.min(precision, MAX_FRACTION_DIGITS);
  const digits = String(divideToEven(numerator * 10n ** BigInt(places), denominator)).padStart(places + 1, "0");
  const point = digits.length - places;
  const fraction = digits.slice(point).padEnd(precision, "0");
  return `${negative ? "-" : ""}${digits.slice(0, point)}${fraction === "" ? "" : `.${fraction}`}`;
}

/** A finite number as one digit, so many behind the point, and its power of ten: `["-1.25", 3]`. */
export function formatMantissa(value: number | bigint, precision: number): readonly [mantissa: string, power: number] {
  const { negative, numerator, denominator } = ratioOf(value);
  const sign = negative ? "-" : "";
  const places = Math.min(precision, MAX_FRACTION_DIGITS);
  const show = (digits: string): string => {
    const fraction = digits.slice(1).padEnd(precision, "0");
    return `${sign}${digits.charAt(0)}${fraction === "" ? "" : `.${fraction}`}`;
  };
  if (numerator === 0n) return [show("0"), 0];
  // The shortest digits may already be rounded up to the next power of ten: then there is one digit too few.
  let power = Number(Number(value).toExponential().split("e")[1]);
  for (;;) {
    const shift = places - power;
    const digits = String(
      shift >= 0
        ? divideToEven(numerator * 10n ** BigInt(shift), denominator)
        : divideToEven(numerator, denominator * 10n ** BigInt(-shift)),
    );
    if (digits.length === places + 1) return [show(digits), power];
    power += digits.length > places + 1 ? 1 : -1;
  }
}

/** A finite double with the shortest digits that read back, never with an exponent: `1000000000000000000000`. */
export function formatPlain(value: number): string {
  const [mantissa, power] = Math.abs(value).toExponential().split("e") as [string, string];
  const digits = mantissa.replace(".", "");
  const point = Number(power) + 1;
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  if (point <= 0) return `${sign}0.${"0".repeat(-point)}${digits}`.replace(/\.0+$/, "");
  if (digits.length <= point) return sign + digits.padEnd(point, "0");
  return `${sign}${digits.slice(0, point)}.${digits.slice(point)}`;
}
