import { type CelFunction, celFunction } from "../../function.ts";
import { celTypes } from "../../types.ts";
import { doubleValue, toDouble } from "../../values/arithmetic.ts";
import { roundHalfAway } from "../math.ts";

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
