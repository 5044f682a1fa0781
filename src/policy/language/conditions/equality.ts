import { compareQuantities, equalValues, isValueObject, parseQuantity, type Value } from "../../../base/index.ts";
import { goNumber, parseFloat64, parseInt64 } from "../pattern/go-text.ts";
import { type Charge, matchesPaid } from "../pattern/wildcard.ts";
import { secondsOf } from "./comparison.ts";

/** Equals: the type of the key decides how the value is read. */
export function isEqual(key: Value, value: Value, charge: Charge): boolean {
  return compareByKey(key, value, charge, false) === true;
}

/** NotEquals: the contrary of Equals, but for a key that nothing can be compared with, which is not unequal either. */
export function isNotEqual(key: Value, value: Value, charge: Charge): boolean {
  return compareByKey(key, value, charge, true) === false;
}

/** Undefined for a null key. */
function compareByKey(key: Value, value: Value, charge: Charge, isNegated: boolean): boolean | undefined {
  if (key === null) return undefined;
  if (typeof key === "boolean") return key === value;
  if (typeof key === "string") return equalsText(key, value, charge, isNegated);
  if (Array.isArray(key) || isValueObject(key)) {
    charge(sizeOf(key));
    return equalValues(key, value);
  }
  return equalsNumber(key, value);
}

/** Durations, then quantities, then text, of which the value may hold wildcards. */
function equalsText(key: string, value: Value, charge: Charge, isNegated: boolean): boolean {
  const seconds = secondsOf(key, value);
  if (seconds !== undefined) return seconds.key === seconds.value;
  if (typeof value !== "string") return false;
  const quantity = parseQuantity(key);
  // An empty value is no quantity; that makes no difference, as it equals no quantity's text either.
  if (quantity === undefined || (isNegated && value === "")) return matchesPaid(value, key, charge);
  const other = parseQuantity(value);
  return other !== undefined && compareQuantities(quantity, other) === 0;
}

function equalsNumber(key: Value, value: Value): boolean {
  const number = goNumber(key);
  if (number === undefined) return false;
  if (typeof value === "string") {
    return typeof number === "bigint" ? parseInt64(value) === number : parseFloat64(value) === number;
  }
  return goNumber(value) !== undefined && equalValues(key, value);
}

function sizeOf(value: Value): number {
  let size = 1;
  if (Array.isArray(value)) for (const item of value as readonly Value[]) size += sizeOf(item);
  else if (isValueObject(value)) for (const key of Object.keys(value)) size += sizeOf(value[key] as Value);
  return size;
}
