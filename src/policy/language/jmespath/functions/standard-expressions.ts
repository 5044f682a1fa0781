import { isAmapError, type Value } from "../../../../base/index.ts";
import { ExpressionReference, NotFound, numberOf } from "../evaluate/values.ts";
import type { JmesFunction } from "../function.ts";
import type { JmesContext } from "../program.ts";
import { ARRAY } from "./arguments.ts";
import { failed } from "./failure.ts";
import { chargeSort, compareOrdered } from "./standard-collections.ts";

const since = "0.2.0";
const EXPRESSION = { types: ["expref"] } as const;
const NO_KEY = "invalid type, must be number of string";

/** The engine has checked that the argument is one. */
export function referenceOf(value: Value | undefined): ExpressionReference {
  const reference: unknown = value;
  if (reference instanceof ExpressionReference) return reference;
  throw new Error("the argument is no expression reference");
}

/** The expression's value for each element, a missing key as null. */
function applyAll(list: readonly Value[], reference: ExpressionReference, context: JmesContext): readonly Value[] {
  context.charge(list.length * reference.cost);
  return list.map((item) => applyTo(item, reference, context));
}

function applyTo(item: Value, reference: ExpressionReference, context: JmesContext): Value {
  const result = reference.apply(item, context);
  return result instanceof NotFound ? null : result;
}

function map([reference, list]: readonly Value[], context: JmesContext): Value {
  return applyAll(list as readonly Value[], referenceOf(reference), context);
}

type KeyType = "number" | "string";

/** What the first element's key is decides what all must be. */
function keyTypeOf(key: Value): KeyType {
  if (typeof key === "string") return "string";
  if (numberOf(key) === undefined) throw failed(NO_KEY);
  return "number";
}

function isOfType(key: Value, type: KeyType): boolean {
  return type === "string" ? typeof key === "string" : numberOf(key) !== undefined;
}

function extremeBy(args: readonly Value[], context: JmesContext, sign: 1 | -1): Value {
  const list = args[0] as readonly Value[];
  const [first = null] = list;
  // One element is the answer whatever its key.
  if (list.length < 2) return first;
  const reference = referenceOf(args[1]);
  context.charge(list.length * reference.cost);
  let best = { item: first, key: applyTo(first, reference, context) };
  const type = keyTypeOf(best.key);
  for (const item of list.slice(1)) {
    const key = applyTo(item, reference, context);
    if (!isOfType(key, type)) throw failed(`invalid type, must be ${type}`);
    if (compareOrdered(key, best.key) * sign > 0) best = { item, key };
  }
  return best.item;
}

function sortBy(args: readonly Value[], context: JmesContext): Value {
  const list = args[0] as readonly Value[];
  if (list.length < 2) return list;
  const reference = referenceOf(args[1]);
  context.charge(list.length * reference.cost);
  const type = keyTypeOf(applyTo(list[0] as Value, reference, context));
  const keyed = list.map((item) => ({ item, key: sortKey(item, reference, context) }));
  if (keyed.some(({ key }) => key === undefined || !isOfType(key, type))) {
    throw failed("error in sort_by comparison");
  }
  chargeSort(list.length, context);
  return keyed.sort((left, right) => compareOrdered(left.key as Value, right.key as Value)).map(({ item }) => item);
}

/** Undefined where the expression fails: Kyverno's sort has one message for all of it. */
function sortKey(item: Value, reference: ExpressionReference, context: JmesContext): Value | undefined {
  try {
    const key = reference.apply(item, context);
    return key instanceof NotFound ? undefined : key;
  } catch (error) {
    if (!isAmapError(error, "EXPRESSION_FAILED")) throw error;
    return undefined;
  }
}

/** JMESPath's functions that take an expression. */
export const EXPRESSION_FUNCTIONS: readonly JmesFunction[] = [
  {
    name: "map",
    args: [EXPRESSION, ARRAY],
    result: "array",
    note: "The expression's value for each value of the list; null where it has none.",
    example: 'map(&a, `[{"a": 1}, {}]`) == `[1, null]`',
    since,
    isNesting: true,
    call: map,
  },
  {
    name: "max_by",
    args: [ARRAY, EXPRESSION],
    result: "any",
    note: "The value for which the expression's number or text is greatest.",
    example: 'max_by(`[{"a": 1}, {"a": 2}]`, &a).a == `2`',
    since,
    call: (args, context) => extremeBy(args, context, 1),
  },
  {
    name: "min_by",
    args: [ARRAY, EXPRESSION],
    result: "any",
    note: "The value for which the expression's number or text is least.",
    example: 'min_by(`[{"a": 1}, {"a": 2}]`, &a).a == `1`',
    since,
    call: (args, context) => extremeBy(args, context, -1),
  },
  {
    name: "sort_by",
    args: [ARRAY, EXPRESSION],
    result: "array",
    note: "The values of the list in the order of the expression's numbers or texts.",
    example: 'sort_by(`[{"a": 2}, {"a": 1}]`, &a)[0].a == `1`',
    since,
    call: sortBy,
  },
];
