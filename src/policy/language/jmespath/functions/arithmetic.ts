import type { Value } from "../../../../base/index.ts";
import { roundHalfAway } from "../../cel/functions/math.ts";
import { valueOfNumber } from "../evaluate/values.ts";
import type { JmesFunction } from "../function.ts";
import type { JmesContext } from "../program.ts";
import { ANY, ARRAY, NUMBER, numberArgument } from "./arguments.ts";
import { callFailed } from "./failure.ts";
import { addOperands, divideOperands, moduloOperands, multiplyOperands, subtractOperands } from "./operand.ts";

const since = "0.2.0";
const STEPS_PER_SUM = 8;

function sum([list]: readonly Value[], context: JmesContext): Value {
  if (!Array.isArray(list)) throw callFailed("sum", "Types mismatch");
  const [first, ...rest] = list as readonly Value[];
  if (first === undefined) throw callFailed("sum", "at least one element in the array is required");
  let result = first;
  for (const item of rest) {
    context.charge(STEPS_PER_SUM);
    result = addOperands("sum", [result, item]);
  }
  return result;
}

/** Places behind the point; beyond them a double has no more digits. */
const MAX_PLACES = 308;

function round(args: readonly Value[]): Value {
  const value = numberArgument("round", args, 0);
  const places = numberArgument("round", args, 1);
  if (!Number.isInteger(places)) throw callFailed("round", "Non-integer argument(s) passed for round off");
  if (places < 0) throw callFailed("round", "argument is out of bounds");
  if (places > MAX_PLACES) return valueOfNumber(Number.NaN);
  const shift = powerOfTen(places);
  return valueOfNumber(roundHalfAway(value * shift) / shift);
}

/** Ten to a power as Go's math.Pow computes it, by squaring, so that the last digit is the same. */
function powerOfTen(power: number): number {
  let result = 1;
  let square = 10;
  for (let rest = power; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result *= square;
    square *= square;
  }
  return result;
}

/** Kyverno's arithmetic over numbers, Kubernetes quantities and Go durations. */
export const ARITHMETIC_FUNCTIONS: readonly JmesFunction[] = [
  {
    name: "add",
    args: [ANY, ANY],
    result: "any",
    note: "The sum of two numbers, two quantities or two durations.",
    example: "add('500m', '1500m') == '2'",
    since,
    call: (args) => addOperands("add", args),
  },
  {
    name: "sum",
    args: [ARRAY],
    result: "any",
    note: "The sum of a list of numbers, of quantities or of durations; an empty list is an error.",
    example: "sum(['1Gi', '512Mi']) == '1536Mi'",
    since,
    call: sum,
  },
  {
    name: "subtract",
    args: [ANY, ANY],
    result: "any",
    note: "The difference of two numbers, two quantities or two durations.",
    example: "subtract('2h', '30m0s') == '1h30m0s'",
    since,
    call: (args) => subtractOperands("subtract", args),
  },
  {
    name: "multiply",
    args: [ANY, ANY],
    result: "any",
    note: "The product of two numbers, or of a quantity or duration and a number.",
    example: "multiply('1Mi', `3`) == '3Mi'",
    since,
    call: (args) => multiplyOperands("multiply", args),
  },
  {
    name: "divide",
    args: [ANY, ANY],
    result: "any",
    note: "The quotient: a number of two numbers, quantities or durations; a quantity or duration when divided by a number.",
    example: "divide('12s', '3s') == `4` && divide('2Gi', `2`) == '1Gi'",
    since,
    call: (args) => divideOperands("divide", args),
  },
  {
    name: "modulo",
    args: [ANY, ANY],
    result: "any",
    note: "The rest of a division of two whole numbers, two whole quantities or two durations; it has the first one's sign.",
    example: "modulo('25s', '10s') == '5s'",
    since,
    call: (args) => moduloOperands("modulo", args),
  },
  {
    name: "round",
    args: [NUMBER, NUMBER],
    result: "number",
    note: "The number rounded to so many places behind the point; halves go away from zero.",
    example: "round(`10.125`, `2`) == `10.13`",
    since,
    call: round,
  },
];
