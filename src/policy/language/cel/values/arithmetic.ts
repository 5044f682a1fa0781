import { Double } from "../../../../base/index.ts";
import { CelError } from "../error.ts";
import type { CelContext } from "../function.ts";
import { isDouble, isInt, isList, typeName } from "./kinds.ts";
import { addTimes, subtractTimes } from "./time.ts";
import { type CelValue, Uint } from "./value.ts";

export const INT_MIN = -(2n ** 63n);
export const INT_MAX = 2n ** 63n - 1n;
export const UINT_MAX = 2n ** 64n - 1n;

/** Operators of `+` and `*` precedence. */
export type ArithmeticOperator = "+" | "-" | "*" | "/" | "%";

/** A double as the value tree holds it. */
export function toDouble(value: number): number | Double {
  return Number.isInteger(value) ? new Double(value) : value;
}

/** The number of a double. */
export function doubleValue(value: number | Double): number {
  return typeof value === "number" ? value : value.value;
}

/** @throws {CelError} overflow outside 64 bits */
export function toInt(value: bigint): number | bigint {
  if (value < INT_MIN || value > INT_MAX) throw new CelError("overflow", "the int is outside 64 bits");
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** @throws {CelError} overflow outside 64 bits */
export function toUint(value: bigint): Uint {
  if (value < 0n || value > UINT_MAX) throw new CelError("overflow", "the uint is outside 64 bits");
  return new Uint(value);
}

/** The failure of an operator or function that has no signature for these types. */
export function noOverload(what: string, ...values: readonly CelValue[]): CelError {
  return new CelError("no_such_overload", `no such overload: ${what} for ${values.map(typeName).join(", ")}`);
}

/**
 * `left operator right` for any two values.
 * @throws {CelError} no_such_overload, overflow, divide_by_zero
 */
export function calculate(
  operator: ArithmeticOperator,
  left: CelValue,
  right: CelValue,
  context: CelContext,
): CelValue {
  if (typeof left === "number" && typeof right === "number") {
    if (Number.isSafeInteger(left) && Number.isSafeInteger(right)) {
      const quick = smallIntegers(operator, left, right);
      return quick !== undefined && Number.isSafeInteger(quick)
        ? quick + 0
        : toInt(bigIntegers(operator, BigInt(left), BigInt(right)));
    }
  }
  if (isInt(left) && isInt(right)) return toInt(bigIntegers(operator, BigInt(left), BigInt(right)));
  if (isDouble(left) && isDouble(right)) return doubles(operator, doubleValue(left), doubleValue(right));
  if (left instanceof Uint && right instanceof Uint) {
    return toUint(bigIntegers(operator, left.value, right.value));
  }
  if (operator === "+") return join(left, right, context);
  if (operator === "-") {
    const difference = subtractTimes(left, right);
    if (difference !== undefined) return difference;
  }
  throw noOverload(operator, left, right);
}

/** undefined or an unsafe number: take the long way. */
function smallIntegers(operator: ArithmeticOperator, left: number, right: number): number | undefined {
  switch (operator) {
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "/":
      // Exact: the dividend is a multiple of the divisor.
      return right === 0 ? undefined : (left - (left % right)) / right;
    default:
      return right === 0 ? undefined : left % right;
  }
}

function bigIntegers(operator: ArithmeticOperator, left: bigint, right: bigint): bigint {
  switch (operator) {
    case "+":
      return left + right;
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "/":
      if (right === 0n) throw new CelError("divide_by_zero", "divide by zero");
      return left / right;
    default:
      if (right === 0n) throw new CelError("divide_by_zero", "modulus by zero");
      // Go and CEL: the smallest int modulo -1 overflows as its division does.
      if (left === INT_MIN && right === -1n) throw new CelError("overflow", "the int is outside 64 bits");
      return left % right;
  }
}

function doubles(operator: ArithmeticOperator, left: number, right: number): CelValue {
  switch (operator) {
    case "+":
      return toDouble(left + right);
    case "-":
      return toDouble(left - right);
    case "*":
      return toDouble(left * right);
    case "/":
      return toDouble(left / right);
    default:
      throw noOverload("%", toDouble(left), toDouble(right));
  }
}

const COPIED_PER_STEP = 16;

function join(left: CelValue, right: CelValue, context: CelContext): CelValue {
  if (typeof left === "string" && typeof right === "string") {
    context.charge((left.length + right.length) / COPIED_PER_STEP);
    return left + right;
  }
  if (isList(left) && isList(right)) {
    context.charge(left.length + right.length);
    return left.concat(right);
  }
  if (left instanceof Uint8Array && right instanceof Uint8Array) {
    context.charge((left.length + right.length) / COPIED_PER_STEP);
    const bytes = new Uint8Array(left.length + right.length);
    bytes.set(left);
    bytes.set(right, left.length);
    return bytes;
  }
  const sum = addTimes(left, right);
  if (sum === undefined) throw noOverload("+", left, right);
  return sum;
}

/**
 * `-value`.
 * @throws {CelError} no_such_overload, overflow
 */
export function negate(value: CelValue): CelValue {
  if (isInt(value)) return toInt(-BigInt(value));
  if (isDouble(value)) return toDouble(-doubleValue(value));
  throw noOverload("-", value);
}
