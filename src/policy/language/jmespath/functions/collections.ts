import { isValueObject, memberOf, type Value } from "../../../../base/index.ts";
import { floatText as printedFloat } from "../../pattern/go-text.ts";
import { chargedKeys, equalJmes } from "../evaluate/values.ts";
import type { JmesFunction } from "../function.ts";
import { sortedKeys } from "../go-json.ts";
import type { JmesContext } from "../program.ts";
import { ARRAY, doubleOf, OBJECT, OBJECT_OR_ARRAY, STRING, STRING_OR_NUMBER, scalarText } from "./arguments.ts";
import { argumentFailed, callFailed } from "./failure.ts";

const since = "0.2.0";

function lookup([input, key]: readonly Value[]): Value {
  if (isValueObject(input)) {
    if (typeof key !== "string") throw argumentFailed("lookup", 2, "String");
    return memberOf(input, key) ?? null;
  }
  if (!Array.isArray(input)) throw argumentFailed("lookup", 1, "Object or Array");
  const index = doubleOf(key);
  if (index === undefined) throw argumentFailed("lookup", 2, "Number");
  if (!Number.isInteger(index)) {
    throw callFailed("lookup", `argument #2: expected an integer number but got: ${printedFloat(index)}`);
  }
  if (Math.abs(index) >= 2 ** 63) {
    throw callFailed("lookup", `argument #2: number is outside the range of integer numbers: ${printedFloat(index)}`);
  }
  return (input as readonly Value[])[index] ?? null;
}

/** What a member costs as an object of its own, its place among the sorted ones included. */
const ITEM_STEPS = 4;

function items([input, keyName, valueName]: readonly Value[], context: JmesContext): Value {
  if (typeof keyName !== "string") throw argumentFailed("items", 2, "String");
  if (typeof valueName !== "string") throw argumentFailed("items", 3, "String");
  requireKey("items", keyName);
  requireKey("items", valueName);
  const item = (key: Value, value: Value): Value => ({ [keyName]: key, [valueName]: value });
  if (isValueObject(input)) {
    context.charge(chargedKeys(input, context).length * ITEM_STEPS);
    return sortedKeys(input).map((key) => item(key, input[key] as Value));
  }
  if (!Array.isArray(input)) throw argumentFailed("items", 1, "Object or Array");
  context.charge(input.length);
  return (input as readonly Value[]).map((value, index) => item(index, value));
}

function objectFromLists([keys, values]: readonly Value[], context: JmesContext): Value {
  if (!Array.isArray(keys)) throw argumentFailed("object_from_lists", 1, "Array");
  if (!Array.isArray(values)) throw argumentFailed("object_from_lists", 2, "Array");
  context.charge(keys.length);
  const object: Record<string, Value> = {};
  for (const [index, each] of (keys as readonly Value[]).entries()) {
    const key = scalarText(each);
    if (key === undefined) throw argumentFailed("object_from_lists", 1, "StringArray");
    requireKey("object_from_lists", key);
    object[key] = (values as readonly Value[])[index] ?? null;
  }
  return object;
}

/** A key that no object of the value tree has. */
function requireKey(name: string, key: string): void {
  if (key === "__proto__") throw callFailed(name, 'the key "__proto__" is not allowed');
}

function labelMatch([wanted, labels]: readonly Value[], context: JmesContext): boolean {
  if (!isValueObject(wanted)) throw argumentFailed("label_match", 0, "Object");
  if (!isValueObject(labels)) throw argumentFailed("label_match", 1, "Object");
  return chargedKeys(wanted, context).every((key) => {
    const found = memberOf(labels, key);
    return found !== undefined && equalJmes(wanted[key] as Value, found, context);
  });
}

/** Kyverno's functions over lists and objects. */
export const COLLECTION_FUNCTIONS: readonly JmesFunction[] = [
  {
    name: "lookup",
    args: [OBJECT_OR_ARRAY, STRING_OR_NUMBER],
    result: "any",
    note: "The object's member of a name, or the list's item of an index; null when there is none.",
    example: "lookup(`{\"a.b\": 1}`, 'a.b') == `1`",
    since,
    call: lookup,
  },
  {
    name: "items",
    args: [OBJECT_OR_ARRAY, STRING, STRING],
    result: "array",
    note: "An object for each member, sorted by name, or for each item of a list: its name or index and its value under the given keys.",
    example: 'items(`{"a": 1}`, \'name\', \'value\') == `[{"name": "a", "value": 1}]`',
    since,
    isNesting: true,
    call: items,
  },
  {
    name: "object_from_lists",
    args: [ARRAY, ARRAY],
    result: "object",
    note: "An object with the keys of the first list and the values of the second; null where there is no value.",
    example: "object_from_lists(['a', 'b'], ['x']) == `{\"a\": \"x\", \"b\": null}`",
    since,
    isNesting: true,
    call: objectFromLists,
  },
  {
    name: "label_match",
    args: [OBJECT, OBJECT],
    result: "bool",
    note: "Whether the second object has every member of the first, with the same value.",
    example: 'label_match(`{"app": "web"}`, `{"app": "web", "tier": "front"}`)',
    since,
    call: labelMatch,
  },
];
