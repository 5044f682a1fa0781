import { isValueObject, type Value } from "../../../base/index.ts";
import { isList, numberOf } from "../jmespath/evaluate/values.ts";
import type { Charge } from "../pattern/wildcard.ts";

/** Whether a value is as wanted, or why the two cannot be compared. */
export type Matched =
  | { readonly ok: true; readonly matches: boolean }
  | { readonly ok: false; readonly reason: string };

const YES: Matched = { ok: true, matches: true };
const NO: Matched = { ok: true, matches: false };

/**
 * Whether a value is as an assertion wants it: lists element by element, of an object the members that are wanted, numbers
 * by value whatever their form. Null is null alone; values of other types cannot be compared.
 */
export function matchValue(expected: Value, actual: Value, charge: Charge): Matched {
  charge(1);
  if (isList(expected)) return matchList(expected, actual, charge);
  if (isValueObject(expected)) return matchObject(expected, actual, charge);
  if (expected === null || actual === null) return expected === actual ? YES : NO;
  const [number, other] = [numberOf(expected), numberOf(actual)];
  if (number !== undefined && other !== undefined) return number >= other && number <= other ? YES : NO;
  if (typeof expected === typeof actual && typeof expected !== "object") return expected === actual ? YES : NO;
  return incomparable(`types are not comparable, ${typeNameOf(expected)} - ${typeNameOf(actual)}`);
}

function matchList(expected: readonly Value[], actual: Value, charge: Charge): Matched {
  if (!isList(actual)) return incomparable(`invalid actual value, must be a list, found ${typeNameOf(actual)}`);
  if (expected.length !== actual.length) return NO;
  for (const [index, item] of expected.entries()) {
    const matched = matchValue(item, actual[index] ?? null, charge);
    if (!matched.ok || !matched.matches) return matched;
  }
  return YES;
}

function matchObject(expected: { readonly [key: string]: Value }, actual: Value, charge: Charge): Matched {
  if (!isValueObject(actual))
    return incomparable(`invalid actual value, must be an object, found ${typeNameOf(actual)}`);
  for (const [key, wanted] of Object.entries(expected)) {
    if (!Object.hasOwn(actual, key)) return NO;
    const matched = matchValue(wanted, actual[key] ?? null, charge);
    if (!matched.ok || !matched.matches) return matched;
  }
  return YES;
}

function incomparable(reason: string): Matched {
  return { ok: false, reason };
}

/** A value's type, as messages name it. */
function typeNameOf(value: Value): string {
  if (value === null) return "null";
  if (isList(value)) return "a list";
  if (isValueObject(value)) return "an object";
  if (typeof value === "string") return "a text";
  return typeof value === "boolean" ? "a boolean" : "a number";
}
