import type { Value } from "../../../../base/index.ts";
import { parseFloat64 } from "../../pattern/go-text.ts";
import { isList, numberOf, valueOfNumber } from "../evaluate/values.ts";
import type { JmesFunction } from "../function.ts";
import { ANY, NUMBER } from "./arguments.ts";

const INTEGER = /^[+-]?\d+$/;
const since = "0.2.0";
const NUMBERS = { types: ["array[number]"] } as const;

/** The numbers of a list that holds nothing else. */
function numbersOf(value: Value | undefined): readonly (number | bigint)[] {
  return isList(value) ? value.map((item) => numberOf(item) ?? 0) : [];
}

/** A bigint stays exact where it can: rounding leaves it as it is. */
function rounded(value: Value | undefined, round: (number: number) => number): Value {
  const number = numberOf(value);
  return typeof number === "bigint" ? number : valueOfNumber(round(number ?? 0));
}

function abs([value]: readonly Value[]): Value {
  const number = numberOf(value) ?? 0;
  if (typeof number === "bigint") return number < 0n ? -number : number;
  return valueOfNumber(Math.abs(number));
}

function avg([list]: readonly Value[]): Value {
  const numbers = numbersOf(list);
  return valueOfNumber(numbers.reduce((sum: number, number) => sum + Number(number), 0) / numbers.length);
}

/** As Go reads a float, but an integer stays exact, where Go rounds it, and an infinity is null, as is NaN. */
function parseNumber(text: string): Value {
  const number = parseFloat64(text);
  if (number === undefined || !Number.isFinite(number)) return null;
  return Number.isSafeInteger(number) || !INTEGER.test(text) ? valueOfNumber(number) : BigInt(text.replace("+", ""));
}

function toNumber([value]: readonly Value[]): Value {
  if (typeof value === "string") return parseNumber(value);
  return numberOf(value) === undefined ? null : (value ?? null);
}

/** JMESPath's functions of numbers. */
export const NUMBER_FUNCTIONS: readonly JmesFunction[] = [
  {
    name: "abs",
    args: [NUMBER],
    result: "number",
    note: "The number without its sign.",
    example: "abs(`-2`) == `2`",
    since,
    call: abs,
  },
  {
    name: "avg",
    args: [NUMBERS],
    result: "number",
    note: "The mean of the numbers; it fails for an empty list.",
    example: "avg(`[1, 2]`) == `1.5`",
    since,
    call: avg,
  },
  {
    name: "ceil",
    args: [NUMBER],
    result: "number",
    note: "The least integer that is not below the number.",
    example: "ceil(`1.2`) == `2`",
    since,
    call: ([value]) => rounded(value, Math.ceil),
  },
  {
    name: "floor",
    args: [NUMBER],
    result: "number",
    note: "The greatest integer that is not above the number.",
    example: "floor(`1.8`) == `1`",
    since,
    call: ([value]) => rounded(value, Math.floor),
  },
  {
    name: "to_number",
    args: [ANY],
    result: "number",
    note: "The number that a text is, as Go reads a float; null for other texts and for what is no number.",
    example: "to_number('1.5') == `1.5` && to_number('x') == `null`",
    since,
    call: toNumber,
  },
  {
    name: "sum",
    args: [NUMBERS],
    result: "number",
    note: "The sum of the numbers; 0 for an empty list.",
    example: "sum(`[1, 2]`) == `3`",
    since,
    call: ([list]) => valueOfNumber(numbersOf(list).reduce((sum: number, number) => sum + Number(number), 0)),
  },
];
