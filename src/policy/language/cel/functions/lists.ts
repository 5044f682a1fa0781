import { CelError } from "../error.ts";
import { type CelContext, type CelFunction, celFunction } from "../function.ts";
import { type CelType, celTypes } from "../types.ts";
import { listContains, order } from "../values/equality.ts";
import { isList, mapKey } from "../values/kinds.ts";
import type { CelValue } from "../values/value.ts";

const { dyn, int, list, parameter } = celTypes;
const items = list(parameter("T"));
const since = "0.1.0";

type List = readonly CelValue[];

/** A step for each element that is looked at: a list that holds one list many times grows without end. */
function flatten(value: List, depth: number | bigint, context: CelContext): List {
  if (depth < 0) throw new CelError("invalid_argument", "the depth of flatten must not be negative");
  const result: CelValue[] = [];
  const add = (part: List, levels: number): void => {
    context.charge(1 + part.length);
    for (const item of part) {
      if (levels > 0 && isList(item)) add(item, levels - 1);
      else result.push(item);
    }
  };
  add(value, Number(depth));
  return result;
}

/** A text, bool or integral number that a double holds exactly: equal ones have one key. */
function quickKey(value: CelValue): string | number | boolean | undefined {
  const key = mapKey(value);
  return typeof key === "bigint" ? undefined : key;
}

function distinct(value: List, context: CelContext): List {
  context.charge(value.length);
  const result: CelValue[] = [];
  const others: CelValue[] = [];
  const keys = new Set<string | number | boolean>();
  for (const item of value) {
    const key = quickKey(item);
    if (key === undefined) {
      if (listContains(others, item, context)) continue;
      others.push(item);
    } else {
      if (keys.has(key)) continue;
      keys.add(key);
    }
    result.push(item);
  }
  return result;
}

function sort(value: List, context: CelContext): List {
  context.charge(value.length * Math.ceil(Math.log2(value.length + 1)));
  return value.toSorted((left, right) => compare(left, right, context));
}

/** As cel-go sorts: NaN is neither before nor behind anything. */
function compare(left: CelValue, right: CelValue, context: CelContext): number {
  return Number.isNaN(left) || Number.isNaN(right) ? 0 : order("sort", left, right, context);
}

/** One row for each type that has an order. */
const SORTABLE: readonly (readonly [type: CelType, example: string])[] = [
  [celTypes.int, "[3, 1, 2].sort() == [1, 2, 3]"],
  [celTypes.uint, "[2u, 1u].sort() == [1u, 2u]"],
  [celTypes.double, "[2.5, -1.0].sort() == [-1.0, 2.5]"],
  [celTypes.bool, "[true, false].sort() == [false, true]"],
  [celTypes.string, "['b', 'a'].sort() == ['a', 'b']"],
  [celTypes.bytes, "[b'b', b'a'].sort() == [b'a', b'b']"],
  [celTypes.duration, "[duration('2s'), duration('1s')].sort()[0] == duration('1s')"],
  [celTypes.timestamp, "[timestamp(2), timestamp(1)].sort()[0] == timestamp(1)"],
];

function slice(value: List, start: number | bigint, end: number | bigint, context: CelContext): List {
  if (start < 0 || end > value.length || start > end) {
    throw new CelError("index_out_of_range", `slice(${start}, ${end}) is outside a list of ${value.length}`);
  }
  context.charge(Number(end) - Number(start));
  return value.slice(Number(start), Number(end));
}

function range(length: number | bigint, context: CelContext): List {
  context.charge(Math.max(0, Number(length)));
  return Array.from({ length: Math.max(0, Number(length)) }, (_, index) => index);
}

const method = { receiver: true, since } as const;

/** The list extension. */
export const LIST_FUNCTIONS: readonly CelFunction[] = [
  celFunction({
    ...method,
    name: "flatten",
    args: [list(items)],
    result: items,
    note: "With the lists in the list replaced by their elements, one level deep.",
    example: "[[1], [2, 3]].flatten() == [1, 2, 3]",
    call: (value, context) => flatten(value, 1, context),
  }),
  celFunction({
    ...method,
    name: "flatten",
    args: [list(dyn)],
    result: list(dyn),
    isFallback: true,
    note: "With lists in the list replaced by their elements, one level deep; other elements stay.",
    example: "[dyn(1), [2, [3]]].flatten() == [1, 2, [3]]",
    call: (value, context) => flatten(value, 1, context),
  }),
  celFunction({
    ...method,
    name: "flatten",
    args: [list(dyn), int],
    result: list(dyn),
    note: "With lists in the list replaced by their elements, so many levels deep.",
    example: "[1, [2, [3]]].flatten(2) == [1, 2, 3]",
    call: flatten,
  }),
  celFunction({
    ...method,
    name: "distinct",
    args: [items],
    result: items,
    note: "Each value once, at its first place.",
    example: "[2, 1, 2].distinct() == [2, 1]",
    call: distinct,
  }),
  ...SORTABLE.map(([type, example]) =>
    celFunction({
      ...method,
      name: "sort",
      args: [list(type)],
      result: list(type),
      note: "In ascending order; equal elements stay in their order.",
      example,
      call: sort,
    }),
  ),
  celFunction({
    ...method,
    name: "slice",
    args: [items, int, int],
    result: items,
    note: "The elements from one position to before another.",
    example: "[1, 2, 3].slice(1, 3) == [2, 3]",
    call: slice,
  }),
  celFunction({
    ...method,
    name: "reverse",
    args: [items],
    result: items,
    note: "The elements from last to first.",
    example: "[1, 2].reverse() == [2, 1]",
    call: (value, context) => {
      context.charge(value.length);
      return value.toReversed();
    },
  }),
  celFunction({
    name: "lists.range",
    args: [int],
    result: list(int),
    note: "The ints from 0 to before a number; empty for a negative one.",
    example: "lists.range(3) == [0, 1, 2]",
    since,
    call: range,
  }),
];
