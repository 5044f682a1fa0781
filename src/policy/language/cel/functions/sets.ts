import { type CelContext, type CelFunction, celFunction } from "../function.ts";
import { celTypes } from "../types.ts";
import { listContains } from "../values/equality.ts";
import type { CelValue } from "../values/value.ts";

const { bool, list, parameter } = celTypes;
const items = list(parameter("T"));
const since = "0.1.0";

const holds = (left: readonly CelValue[], right: readonly CelValue[], context: CelContext): boolean =>
  right.every((item) => listContains(left, item, context));

/** Lists as sets: order and repetitions do not count. */
export const SET_FUNCTIONS: readonly CelFunction[] = [
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
    example: "sets.equivalent([1, 2], [2, 1, 1])",
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
