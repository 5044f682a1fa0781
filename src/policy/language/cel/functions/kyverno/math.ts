import { doubleValue, toDouble } from "../../arithmetic.ts";
import { type CelFunction, celFunction } from "../../function.ts";
import { celTypes } from "../../types.ts";

/** Go's math.Round: halves go away from zero; JavaScript's go up. */
function roundHalfAway(value: number): number {
  if (!Number.isFinite(value) || Number.isInteger(value)) return value;
  const whole = Math.trunc(value);
  return Math.abs(value - whole) >= 0.5 ? whole + Math.sign(value) : whole;
}

/** Kyverno's math library: `math.round` of the language's extension with a number of digits. */
export const KYVERNO_MATH_FUNCTIONS: readonly CelFunction[] = [
  celFunction({
    name: "math.round",
    args: [celTypes.double, celTypes.int],
    result: celTypes.double,
    note: "Rounded to so many digits behind the point, or before it for a negative number; halves go away from zero.",
    example: "math.round(10.125, 2) == 10.13",
    since: "0.2.0",
    call: (value, digits) => {
      const shift = Number(`1e${digits}`);
      return toDouble(roundHalfAway(doubleValue(value) * shift) / shift);
    },
  }),
];
