import { Double, isValueObject, type Value } from "./value.ts";

/**
 * Whether two values are the same value: objects regardless of key order, numbers by their numeric value, so that `1`,
 * `1.0` and a bigint 1 are equal (as in CEL and JSON Schema), with no rounding. NaN equals nothing.
 * @example
 * ```ts
 * import { Double, equalValues } from "../index.ts";
 * equalValues({ a: 1, b: [2] }, { b: [new Double(2)], a: 1n }); // true
 * ```
 */
export function equalValues(a: Value, b: Value): boolean {
  if (a === b) return true;
  const left = a instanceof Double ? a.value : a;
  const right = b instanceof Double ? b.value : b;
  if (Array.isArray(left)) {
    return (
      Array.isArray(right) &&
      left.length === right.length &&
      left.every((item: Value, index) => equalValues(item, right[index]))
    );
  }
  if (isValueObject(left)) {
    if (!isValueObject(right)) return false;
    const keys = Object.keys(left);
    return (
      keys.length === Object.keys(right).length &&
      keys.every((key) => Object.hasOwn(right, key) && equalValues(left[key] as Value, right[key] as Value))
    );
  }
  if (typeof left === "bigint" && typeof right === "number") return isSameInteger(left, right);
  if (typeof left === "number" && typeof right === "bigint") return isSameInteger(right, left);
  return left === right;
}

function isSameInteger(integer: bigint, number: number): boolean {
  return Number.isInteger(number) && BigInt(number) === integer;
}
