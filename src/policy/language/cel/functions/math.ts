import { CelError } from "../error.ts";
import { type CelContext, type CelFunction, celFunction } from "../function.ts";
import { type CelType, celTypes } from "../types.ts";
import { doubleValue, noOverload, toDouble, toInt, toUint, UINT_MAX } from "../values/arithmetic.ts";
import { order } from "../values/equality.ts";
import { isDouble, isInt } from "../values/kinds.ts";
import { type CelValue, Uint } from "../values/value.ts";

const { bool, double, dyn, int, uint } = celTypes;
const since = "0.1.0";

function requireNumber(name: string, value: CelValue): CelValue {
  if (isInt(value) || isDouble(value) || value instanceof Uint) return value;
  throw noOverload(name, value);
}

/** The value ordered first (-1) or last (1); of equal ones the first that is written. */
function extreme(name: string, values: readonly CelValue[], sign: 1 | -1, context: CelContext): CelValue {
  const [first, ...rest] = values;
  if (first === undefined) throw new CelError("invalid_argument", `${name} needs at least one number`);
  context.charge(values.length);
  let best = requireNumber(name, first);
  for (const value of rest) {
    if (order(name, requireNumber(name, value), best, context) * sign > 0) best = value;
  }
  return best;
}

const NUMBERS: readonly (readonly [CelType, string])[] = [
  [int, "1"],
  [uint, "1u"],
  [double, "1.0"],
];

/** One row for each pair of number types, as their result is only known when they are the same. */
function extremes(name: string, sign: 1 | -1): readonly CelFunction[] {
  const which = sign === 1 ? "largest" : "smallest";
  const of = (values: readonly CelValue[], context: CelContext): CelValue => extreme(name, values, sign, context);
  const head = { name, since } as const;
  const note = `The ${which} number of a list.`;
  return [
    ...NUMBERS.flatMap(([type, one]) => [
      celFunction({
        ...head,
        args: [type],
        result: type,
        note: "The number itself.",
        example: `${name}(${one}) == ${one}`,
        call: (value) => value,
      }),
      celFunction({
        ...head,
        args: [celTypes.list(type)],
        result: type,
        note,
        example: `${name}([${one}, ${one}]) == ${one}`,
        call: of,
      }),
    ]),
    celFunction({
      ...head,
      args: [celTypes.list(dyn)],
      result: dyn,
      isFallback: true,
      note: `The ${which} of numbers of different types.`,
      example: `${name}([dyn(1), dyn(1.0)]) == 1`,
      call: of,
    }),
    ...NUMBERS.flatMap(([left, one]) =>
      NUMBERS.map(([right, other]) =>
        celFunction({
          ...head,
          args: [left, right],
          result: left === right ? left : dyn,
          note: `The ${which} of two numbers; with more arguments, of all of them.`,
          example: `${name}(${one}, ${other}) == ${one === other ? one : `dyn(${one})`}`,
          call: (a, b, context) => of([a, b], context),
        }),
      ),
    ),
  ];
}

function rounding(name: string, note: string, example: string, round: (value: number) => number): CelFunction {
  return celFunction({
    name,
    args: [double],
    result: double,
    note,
    example,
    since,
    call: (value) => toDouble(round(doubleValue(value))),
  });
}

function question(name: string, note: string, example: string, ask: (value: number) => boolean): CelFunction {
  return celFunction({
    name,
    args: [double],
    result: bool,
    note,
    example,
    since,
    call: (value) => ask(doubleValue(value)),
  });
}

/** Halves away from zero, as Go rounds; JavaScript's go up. */
export function roundHalfAway(value: number): number {
  const whole = Math.trunc(value);
  return Math.abs(value - whole) >= 0.5 ? whole + Math.sign(value) : whole;
}

/** One operation on the bits of ints and of uints. */
function bits(name: string, note: string, results: readonly [string, string], apply: (a: bigint, b: bigint) => bigint) {
  return [
    celFunction({
      name,
      args: [int, int],
      result: int,
      note,
      example: `${name}(6, 3) == ${results[0]}`,
      since,
      call: (left, right) => toInt(apply(BigInt(left), BigInt(right))),
    }),
    celFunction({
      name,
      args: [uint, uint],
      result: uint,
      note,
      example: `${name}(6u, 3u) == ${results[1]}`,
      since,
      call: (left, right) => toUint(apply(left.value, right.value)),
    }),
  ];
}

type Shift = (bits: bigint, count: bigint) => bigint;

/** All 64 bits are shifted out from 64 on; a right shift of an int brings in zeros, as cel-go's does. */
function shifts(name: string, note: string, results: readonly [string, string], shift: Shift): CelFunction[] {
  const shifted = (value: bigint, count: number | bigint): bigint => {
    if (count < 0) throw new CelError("invalid_argument", `${name} cannot shift by a negative number`);
    return count > 63 ? 0n : BigInt.asUintN(64, shift(BigInt.asUintN(64, value), BigInt(count)));
  };
  return [
    celFunction({
      name,
      args: [int, int],
      result: int,
      note,
      example: `${name}(6, 1) == ${results[0]}`,
      since,
      call: (value, count) => toInt(BigInt.asIntN(64, shifted(BigInt(value), count))),
    }),
    celFunction({
      name,
      args: [uint, int],
      result: uint,
      note,
      example: `${name}(6u, 1) == ${results[1]}`,
      since,
      call: (value, count) => toUint(shifted(value.value, count)),
    }),
  ];
}

const absolute = {
  name: "math.abs",
  since,
  note: "The number without its sign; an error for the smallest int.",
} as const;
const sign = { name: "math.sign", since, note: "-1, 0 or 1 in the number's own type." } as const;
const root = { name: "math.sqrt", result: double, since, note: "The square root; NaN below zero." } as const;

/** The math extension. */
export const MATH_FUNCTIONS: readonly CelFunction[] = [
  ...extremes("math.greatest", 1),
  ...extremes("math.least", -1),
  rounding("math.ceil", "The next integral double upwards.", "math.ceil(1.2) == 2.0", Math.ceil),
  rounding("math.floor", "The next integral double downwards.", "math.floor(-1.2) == -2.0", Math.floor),
  rounding(
    "math.round",
    "The nearest integral double, halves away from zero.",
    "math.round(-1.5) == -2.0",
    roundHalfAway,
  ),
  rounding("math.trunc", "The double without its fraction.", "math.trunc(-1.8) == -1.0", Math.trunc),
  question("math.isNaN", "Whether the double is not a number.", "math.isNaN(0.0 / 0.0)", Number.isNaN),
  question(
    "math.isInf",
    "Whether the double is infinite.",
    "math.isInf(1.0 / 0.0)",
    (value) => Math.abs(value) === Number.POSITIVE_INFINITY,
  ),
  question("math.isFinite", "Whether the double is a finite number.", "math.isFinite(1.5)", Number.isFinite),
  celFunction({
    ...absolute,
    args: [int],
    result: int,
    example: "math.abs(-1) == 1",
    call: (value) => toInt(value < 0 ? -BigInt(value) : BigInt(value)),
  }),
  celFunction({ ...absolute, args: [uint], result: uint, example: "math.abs(1u) == 1u", call: (value) => value }),
  celFunction({
    ...absolute,
    args: [double],
    result: double,
    example: "math.abs(-1.5) == 1.5",
    call: (value) => toDouble(Math.abs(doubleValue(value))),
  }),
  celFunction({
    ...sign,
    args: [int],
    result: int,
    example: "math.sign(-7) == -1",
    call: (value) => (value < 0 ? -1 : value > 0 ? 1 : 0),
  }),
  celFunction({
    ...sign,
    args: [uint],
    result: uint,
    example: "math.sign(7u) == 1u",
    call: (value) => new Uint(value.value === 0n ? 0n : 1n),
  }),
  celFunction({
    ...sign,
    args: [double],
    result: double,
    example: "math.sign(-0.5) == -1.0",
    // Adding zero: the sign of -0.0 is 0.0.
    call: (value) => toDouble(Math.sign(doubleValue(value)) + 0),
  }),
  celFunction({
    ...root,
    args: [int],
    example: "math.sqrt(9) == 3.0",
    call: (value) => toDouble(Math.sqrt(Number(value))),
  }),
  celFunction({
    ...root,
    args: [uint],
    example: "math.sqrt(9u) == 3.0",
    call: (value) => toDouble(Math.sqrt(Number(value.value))),
  }),
  celFunction({
    ...root,
    args: [double],
    example: "math.sqrt(2.25) == 1.5",
    call: (value) => toDouble(Math.sqrt(doubleValue(value))),
  }),
  ...bits("math.bitAnd", "The bits that are set in both.", ["2", "2u"], (a, b) => a & b),
  ...bits("math.bitOr", "The bits that are set in one or both.", ["7", "7u"], (a, b) => a | b),
  ...bits("math.bitXor", "The bits that are set in one only.", ["5", "5u"], (a, b) => a ^ b),
  celFunction({
    name: "math.bitNot",
    args: [int],
    result: int,
    note: "Every bit turned.",
    example: "math.bitNot(1) == -2",
    since,
    call: (value) => toInt(~BigInt(value)),
  }),
  celFunction({
    name: "math.bitNot",
    args: [uint],
    result: uint,
    note: "Every bit turned.",
    example: "math.bitNot(0u) == 18446744073709551615u",
    since,
    call: (value) => toUint(UINT_MAX - value.value),
  }),
  ...shifts("math.bitShiftLeft", "The bits moved up.", ["12", "12u"], (value, count) => value << count),
  ...shifts("math.bitShiftRight", "The bits moved down.", ["3", "3u"], (value, count) => value >> count),
];
