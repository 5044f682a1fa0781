import { isValueObject, type Value, type ValueObject } from "../../../../base/index.ts";
import { compareText } from "../../cel/values/equality.ts";
import { chargedKeys, chargedValues, equalJmes, isList, numberOf } from "../evaluate/values.ts";
import type { JmesFunction } from "../function.ts";
import type { JmesContext } from "../program.ts";
import { ANY, OBJECT } from "./arguments.ts";
import { callFailed, failed } from "./failure.ts";

const since = "0.2.0";
const ARRAY_OR_STRING = { types: ["array", "string"] } as const;
const MEASURABLE = { types: ["string", "array", "object"] } as const;
const ORDERABLE = { types: ["array[number]", "array[string]"] } as const;

function length([value]: readonly Value[], context: JmesContext): Value {
  if (typeof value === "string") return countCharacters(value);
  return isList(value) ? value.length : chargedKeys(value as ValueObject, context).length;
}

function countCharacters(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

function contains([searched, wanted = null]: readonly Value[], context: JmesContext): Value {
  if (typeof searched === "string") return typeof wanted === "string" && searched.includes(wanted);
  return isList(searched) && searched.some((item) => equalJmes(item, wanted, context));
}

/** Numbers by value, texts by their bytes; of one kind, as the argument's type says. */
export function compareOrdered(left: Value, right: Value): number {
  if (typeof left === "string" && typeof right === "string") return compareText(left, right);
  const [a, b] = [numberOf(left) ?? 0, numberOf(right) ?? 0];
  if (a < b) return -1;
  return a > b ? 1 : 0;
}

/** The first of the greatest (or least) values; null for an empty list. */
function extreme([list]: readonly Value[], sign: 1 | -1): Value {
  let best: Value | undefined;
  for (const item of list as readonly Value[]) {
    if (best === undefined || compareOrdered(item, best) * sign > 0) best = item;
  }
  return best ?? null;
}

function sort([list]: readonly Value[], context: JmesContext): Value {
  const items = list as readonly Value[];
  chargeSort(items.length, context);
  return items.toSorted(compareOrdered);
}

/** Steps for the comparisons of a sort. */
export function chargeSort(count: number, context: JmesContext): void {
  context.charge(count * Math.ceil(Math.log2(count + 1)));
}

function merge(args: readonly Value[], context: JmesContext): Value {
  const merged: Record<string, Value> = {};
  for (const object of args) {
    if (!isValueObject(object)) continue;
    for (const key of chargedKeys(object, context)) {
      // Assigned to, it would change the prototype.
      if (key === "__proto__") throw callFailed("merge", 'the key "__proto__" is not allowed');
      merged[key] = object[key] as Value;
    }
  }
  return merged;
}

function reverse([value]: readonly Value[]): Value {
  if (typeof value === "string") return Array.from(value).reverse().join("");
  return (value as readonly Value[]).toReversed();
}

function typeName([value = null]: readonly Value[]): Value {
  if (value === null) return "null";
  if (numberOf(value) !== undefined) return "number";
  if (isList(value)) return "array";
  if (isValueObject(value)) return "object";
  if (typeof value === "string" || typeof value === "boolean") return typeof value;
  throw failed("unknown type");
}

function keysOf([value]: readonly Value[], context: JmesContext): Value {
  return chargedKeys(value as ValueObject, context);
}

function valuesOf([value]: readonly Value[], context: JmesContext): Value {
  return chargedValues(value as ValueObject, context);
}

/** JMESPath's functions of lists, objects and any value. */
export const COLLECTION_FUNCTIONS: readonly JmesFunction[] = [
  {
    name: "contains",
    args: [ARRAY_OR_STRING, ANY],
    result: "bool",
    note: "Whether a list has an equal value, or a text has the other text in it.",
    example: "contains(['a', 'b'], 'b') && contains('abc', 'bc')",
    since,
    call: contains,
  },
  {
    name: "keys",
    args: [OBJECT],
    result: "array",
    note: "The keys of an object.",
    example: "keys(`{\"a\": 1}`) == ['a']",
    since,
    call: keysOf,
  },
  {
    name: "length",
    args: [MEASURABLE],
    result: "number",
    note: "The number of a text's characters, a list's values or an object's keys.",
    example: "length('abc') == `3`",
    since,
    call: length,
  },
  {
    name: "max",
    args: [ORDERABLE],
    result: "any",
    note: "The greatest of numbers or of texts; null for an empty list.",
    example: "max(`[1, 3, 2]`) == `3`",
    since,
    call: (args) => extreme(args, 1),
  },
  {
    name: "merge",
    args: [{ types: ["object"], isVariadic: true }],
    result: "object",
    note: "One object with the keys of all; the last one's value counts.",
    example: 'merge(`{"a": 1}`, `{"a": 2}`).a == `2`',
    since,
    isNesting: true,
    call: merge,
  },
  {
    name: "min",
    args: [ORDERABLE],
    result: "any",
    note: "The least of numbers or of texts; null for an empty list.",
    example: "min(['b', 'a']) == 'a'",
    since,
    call: (args) => extreme(args, -1),
  },
  {
    name: "not_null",
    args: [{ types: ["any"], isVariadic: true }],
    result: "any",
    note: "The first argument that is not null.",
    example: "not_null(`null`, 'a') == 'a'",
    since,
    call: (args) => args.find((value) => value !== null) ?? null,
  },
  {
    name: "reverse",
    args: [ARRAY_OR_STRING],
    result: "any",
    note: "A list or a text from its end.",
    example: "reverse('abc') == 'cba'",
    since,
    call: reverse,
  },
  {
    name: "sort",
    args: [{ types: ["array[string]", "array[number]"] }],
    result: "array",
    note: "Numbers or texts in order; texts by their bytes.",
    example: "sort(['b', 'a']) == ['a', 'b']",
    since,
    call: sort,
  },
  {
    name: "to_array",
    args: [ANY],
    result: "array",
    note: "A list as it is, anything else as the only value of a list.",
    example: "to_array('a') == ['a']",
    since,
    isNesting: true,
    call: ([value = null]) => (isList(value) ? value : [value]),
  },
  {
    name: "type",
    args: [ANY],
    result: "string",
    note: "The name of a value's type: null, boolean, number, string, array or object.",
    example: "type(`1`) == 'number'",
    since,
    call: typeName,
  },
  {
    name: "values",
    args: [OBJECT],
    result: "array",
    note: "The values of an object.",
    example: 'values(`{"a": 1}`) == `[1]`',
    since,
    call: valuesOf,
  },
];
