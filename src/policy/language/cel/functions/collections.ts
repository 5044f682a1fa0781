import { listContains, order } from "../equality.ts";
import { CelError } from "../error.ts";
import { type CelContext, type CelFunction, celFunction } from "../function.ts";
import { isList, typeName } from "../kinds.ts";
import { celTypes } from "../types.ts";
import type { CelValue } from "../value.ts";

const { bool, dyn, int, list, parameter } = celTypes;
const T = parameter("T");
const items = list(T);
const since = "0.1.0";

type List = readonly CelValue[];

function flatten(value: List, depth: number, context: CelContext): List {
  if (depth < 0) throw new CelError("invalid_argument", "the depth of flatten must not be negative");
  const result: CelValue[] = [];
  for (const item of value) {
    context.charge(1);
    if (depth > 0 && isList(item)) {
      for (const inner of flatten(item, depth - 1, context)) result.push(inner);
    } else result.push(item);
  }
  return result;
}

function distinct(value: List, context: CelContext): List {
  const result: CelValue[] = [];
  const texts = new Set<string>();
  for (const item of value) {
    if (typeof item === "string") {
      context.charge(1);
      if (texts.has(item)) continue;
      texts.add(item);
    } else if (listContains(result, item, context)) continue;
    result.push(item);
  }
  return result;
}

function sort(value: List, context: CelContext): List {
  const kinds = new Set(value.map(typeName));
  if (kinds.size > 1) {
    throw new CelError("no_such_overload", `sort needs elements of one type, not ${[...kinds].join(" and ")}`);
  }
  context.charge(value.length * Math.ceil(Math.log2(value.length + 1)));
  // A list of one element is ordered too, where its type has no order: that is refused as for longer ones.
  const [only] = value;
  if (only !== undefined) order("sort", only, only, context);
  return value.toSorted((left, right) => order("sort", left, right, context));
}

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

const holds = (left: List, right: List, context: CelContext): boolean =>
  right.every((item) => listContains(left, item, context));

const method = { receiver: true, since } as const;

/** The list extension, and lists as sets. */
export const COLLECTION_FUNCTIONS: readonly CelFunction[] = [
  celFunction({
    ...method,
    name: "flatten",
    args: [list(dyn)],
    result: list(dyn),
    note: "With lists in the list replaced by their elements, one level deep.",
    example: "[1, [2, [3]]].flatten() == [1, 2, [3]]",
    call: (value, context) => flatten(value, 1, context),
  }),
  celFunction({
    ...method,
    name: "flatten",
    args: [list(dyn), int],
    result: list(dyn),
    note: "With lists in the list replaced by their elements, so many levels deep.",
    example: "[1, [2, [3]]].flatten(2) == [1, 2, 3]",
    call: (value, depth, context) => flatten(value, Number(depth), context),
  }),
  celFunction({
    ...method,
    name: "distinct",
    args: [items],
    result: items,
    note: "Each value once, at its first place.",
    example: "[2, 1, 2.0].distinct() == [2, 1]",
    call: distinct,
  }),
  celFunction({
    ...method,
    name: "sort",
    args: [items],
    result: items,
    note: "In ascending order; the elements are of one type that has an order.",
    example: "['b', 'a'].sort() == ['a', 'b']",
    call: sort,
  }),
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
    note: "The ints from 0 to before a number.",
    example: "lists.range(3) == [0, 1, 2]",
    since,
    call: range,
  }),
  celFunction({
    name: "sets.contains",
    args: [items, items],
    result: bool,
    note: "Whether the first list holds every element of the second.",
    example: "sets.contains(['a', 'b'], ['b'])",
    since,
    call: holds,
  }),
  celFunction({
    name: "sets.equivalent",
    args: [items, items],
    result: bool,
    note: "Whether each list holds every element of the other.",
    example: "sets.equivalent([1, 2], [2.0, 1, 1])",
    since,
    call: (left, right, context) => holds(left, right, context) && holds(right, left, context),
  }),
  celFunction({
    name: "sets.intersects",
    args: [items, items],
    result: bool,
    note: "Whether an element is in both lists.",
    example: "sets.intersects([1, 2], [2, 3])",
    since,
    call: (left, right, context) => left.some((item) => listContains(right, item, context)),
  }),
];
