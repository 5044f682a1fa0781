import { Double } from "../../../../../base/index.ts";
import { CelError } from "../../error.ts";
import { type CelContext, type CelFunction, celFunction } from "../../function.ts";
import { type CelType, celTypes } from "../../types.ts";
import { calculate, noOverload } from "../../values/arithmetic.ts";
import { equals, order } from "../../values/equality.ts";
import { hasOrder } from "../../values/kinds.ts";
import { type CelValue, Duration, Uint } from "../../values/value.ts";

const { bool, bytes, double, duration, dyn, int, list, parameter, string, timestamp, uint } = celTypes;
const T = parameter("T");
const since = "0.2.0";
const method = { receiver: true, since } as const;

type List = readonly CelValue[];

/** As `order`; with NaN, which has no order, 0: such a pair is taken as it stands, as in Kubernetes. */
function compare(name: string, left: CelValue, right: CelValue, context: CelContext): number {
  return Number.isNaN(left) || Number.isNaN(right) ? 0 : order(name, left, right, context);
}

function isSorted(items: List, context: CelContext): boolean {
  context.charge(items.length);
  return items.every((item, at) => at === 0 || compare("isSorted", items[at - 1] as CelValue, item, context) <= 0);
}

/** The first of the smallest (sign 1) or largest (sign -1) elements. */
function extreme(name: "min" | "max", sign: 1 | -1): (items: List, context: CelContext) => CelValue {
  return (items, context) => {
    context.charge(items.length);
    const [first] = items;
    if (first === undefined) throw new CelError("invalid_argument", `${name} of an empty list`);
    let best = first;
    for (const item of items) {
      if (compare(name, best, item, context) * sign > 0) best = item;
    }
    return best;
  };
}

function sumFrom(zero: CelValue): (items: List, context: CelContext) => CelValue {
  return (items, context) => {
    context.charge(items.length);
    return items.reduce((sum, item) => calculate("+", sum, item, context), zero);
  };
}

function indexOf(items: List, item: CelValue, context: CelContext): number {
  context.charge(items.length);
  return items.findIndex((each) => equals(each, item, context));
}

function lastIndexOf(items: List, item: CelValue, context: CelContext): number {
  context.charge(items.length);
  return items.findLastIndex((each) => equals(each, item, context));
}

/** An ordered type, and two literals of it in order. */
interface Ordered {
  readonly type: CelType;
  readonly low: string;
  readonly high: string;
}

const ORDERED: readonly Ordered[] = [
  { type: int, low: "1", high: "3" },
  { type: uint, low: "1u", high: "3u" },
  { type: double, low: "1.5", high: "3.0" },
  { type: bool, low: "false", high: "true" },
  { type: duration, low: "duration('1s')", high: "duration('1m')" },
  { type: timestamp, low: "timestamp('2026-01-01T00:00:00Z')", high: "timestamp('2026-01-02T00:00:00Z')" },
  { type: string, low: "'a'", high: "'b'" },
  { type: bytes, low: "b'a'", high: "b'b'" },
];

const SUMMED: readonly { readonly type: CelType; readonly zero: CelValue; readonly example: string }[] = [
  { type: int, zero: 0, example: "[1, 3].sum() == 4 && [].sum() == 0" },
  { type: uint, zero: new Uint(0n), example: "[1u, 3u].sum() == 4u" },
  { type: double, zero: new Double(0), example: "[1.0, 3.5].sum() == 4.5" },
  { type: duration, zero: new Duration(0, 0), example: "[duration('1m'), duration('1s')].sum() == duration('61s')" },
];

/** @throws {CelError} no_such_overload for elements that have no order */
function ordered<R>(name: string, call: (items: List, context: CelContext) => R): typeof call {
  return (items, context) => {
    const odd = items.find((item) => !hasOrder(item));
    if (odd !== undefined) throw noOverload(name, odd);
    return call(items, context);
  };
}

/** What order a list of mixed numbers behind dyn has: there is no type of elements to declare. */
const MIXED: readonly CelFunction[] = [
  celFunction({
    ...method,
    name: "isSorted",
    args: [list(dyn)],
    result: bool,
    isFallback: true,
    note: "Whether no element is less than the one before it, of numbers of different types.",
    example: "[dyn(1), dyn(1.5)].isSorted()",
    call: ordered("isSorted", isSorted),
  }),
  celFunction({
    ...method,
    name: "min",
    args: [list(dyn)],
    result: dyn,
    isFallback: true,
    note: "The least of numbers of different types.",
    example: "[dyn(2), dyn(1.5)].min() == 1.5",
    call: ordered("min", extreme("min", 1)),
  }),
  celFunction({
    ...method,
    name: "max",
    args: [list(dyn)],
    result: dyn,
    isFallback: true,
    note: "The greatest of numbers of different types.",
    example: "[dyn(2), dyn(1.5)].max() == 2",
    call: ordered("max", extreme("max", -1)),
  }),
];

/** Kubernetes' lists: one row for each type of elements. */
export const LIST_FUNCTIONS: readonly CelFunction[] = [
  ...MIXED,
  ...ORDERED.map(({ type, low, high }) =>
    celFunction({
      ...method,
      name: "isSorted",
      args: [list(type)],
      result: bool,
      note: "Whether no element is less than the one before it.",
      example: `[${low}, ${high}].isSorted() && ![${high}, ${low}].isSorted()`,
      call: isSorted,
    }),
  ),
  ...ORDERED.map(({ type, low, high }) =>
    celFunction({
      ...method,
      name: "min",
      args: [list(type)],
      result: type,
      note: "The least element; an error for an empty list.",
      example: `[${high}, ${low}].min() == ${low}`,
      call: extreme("min", 1),
    }),
  ),
  ...ORDERED.map(({ type, low, high }) =>
    celFunction({
      ...method,
      name: "max",
      args: [list(type)],
      result: type,
      note: "The greatest element; an error for an empty list.",
      example: `[${low}, ${high}].max() == ${high}`,
      call: extreme("max", -1),
    }),
  ),
  ...SUMMED.map(({ type, zero, example }) =>
    celFunction({
      ...method,
      name: "sum",
      args: [list(type)],
      result: type,
      note: "The sum of the elements; zero for an empty list.",
      example,
      call: sumFrom(zero),
    }),
  ),
  celFunction({
    ...method,
    name: "indexOf",
    args: [list(T), T],
    result: int,
    note: "The position of the first element that equals a value, or -1.",
    example: "[1, 2, 2, 3].indexOf(2) == 1",
    call: indexOf,
  }),
  celFunction({
    ...method,
    name: "lastIndexOf",
    args: [list(T), T],
    result: int,
    note: "The position of the last element that equals a value, or -1.",
    example: "['a', 'b', 'b', 'c'].lastIndexOf('b') == 2",
    call: lastIndexOf,
  }),
];
