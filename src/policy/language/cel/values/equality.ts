import { Double } from "../../../../base/index.ts";
import { CelError } from "../error.ts";
import type { CelContext } from "../function.ts";
import { noOverload } from "./arithmetic.ts";
import { isList, isMap, mapGet, mapKeys, mapSize } from "./kinds.ts";
import {
  CelMap,
  type CelObject,
  type CelValue,
  Duration,
  Message,
  Opaque,
  Optional,
  Timestamp,
  TypeValue,
  Uint,
} from "./value.ts";

/** A long text costs a step for this many characters when it is compared. */
const COMPARED_PER_STEP = 64;

/** A value as a JavaScript number or bigint; undefined for others. */
function numberOf(value: CelValue): number | bigint | undefined {
  if (typeof value === "number" || typeof value === "bigint") return value;
  if (value instanceof Double) return value.value;
  return value instanceof Uint ? value.value : undefined;
}

/** As cel-go: a 64-bit integer is compared with a double as the nearest double. NaN when one of them is NaN. */
function compareNumbers(left: number | bigint, right: number | bigint): number {
  if (typeof left === typeof right) return left < right ? -1 : left > right ? 1 : left === right ? 0 : Number.NaN;
  return compareNumbers(Number(left), Number(right));
}

/**
 * CEL's `==`: numbers by value across int, uint and double; lists and maps by their members; values of different types
 * are not equal. Never an error.
 */
export function equals(left: CelValue, right: CelValue, context: CelContext): boolean {
  if (typeof left === "string") {
    if (typeof right !== "string" || left.length !== right.length) return false;
    if (left.length > COMPARED_PER_STEP) context.charge(left.length / COMPARED_PER_STEP);
    return left === right;
  }
  const a = numberOf(left);
  if (a !== undefined) {
    const b = numberOf(right);
    return b !== undefined && compareNumbers(a, b) === 0;
  }
  if (typeof left !== "object" || typeof right !== "object" || left === null || right === null) return left === right;
  return objectsEqual(left, right, context);
}

function objectsEqual(left: NonNullable<CelValue>, right: NonNullable<CelValue>, context: CelContext): boolean {
  if (isList(left)) return isList(right) && listsEqual(left, right, context);
  if (left instanceof Uint8Array) return right instanceof Uint8Array && compareBytes(left, right, context) === 0;
  if (left instanceof Timestamp) {
    return right instanceof Timestamp && left.seconds === right.seconds && left.nanos === right.nanos;
  }
  if (left instanceof Duration) {
    return right instanceof Duration && left.seconds === right.seconds && left.nanos === right.nanos;
  }
  if (left instanceof TypeValue) return right instanceof TypeValue && left.typeName === right.typeName;
  if (left instanceof Optional) return right instanceof Optional && optionalsEqual(left, right, context);
  if (left instanceof Message) return right instanceof Message && messagesEqual(left, right, context);
  if (left instanceof Opaque) return right instanceof Opaque && left.equals(right);
  return isMap(left) && isMap(right) && mapsEqual(left, right, context);
}

function listsEqual(left: readonly CelValue[], right: readonly CelValue[], context: CelContext): boolean {
  if (left.length !== right.length) return false;
  context.charge(left.length);
  return left.every((item, index) => equals(item, right[index] as CelValue, context));
}

/** Keys are listed and looked up: measured at about six times what an element of a list takes. */
const STEPS_PER_ENTRY = 6;

function mapsEqual(left: CelObject | CelMap, right: CelObject | CelMap, context: CelContext): boolean {
  const size = mapSize(left);
  context.charge(size * STEPS_PER_ENTRY);
  if (size !== mapSize(right)) return false;
  return mapKeys(left).every((key) => {
    const other = mapGet(right, key);
    return other !== undefined && equals(mapGet(left, key) as CelValue, other, context);
  });
}

function messagesEqual(left: Message, right: Message, context: CelContext): boolean {
  context.charge(left.value.size * STEPS_PER_ENTRY);
  if (left.typeName !== right.typeName || left.value.size !== right.value.size) return false;
  return [...left.value].every(([field, value]) => {
    const other = right.value.get(field);
    return other !== undefined && equals(value, other, context);
  });
}

function optionalsEqual(left: Optional, right: Optional, context: CelContext): boolean {
  if (left.value === undefined || right.value === undefined) return left.value === right.value;
  return equals(left.value, right.value, context);
}

/**
 * Below zero, zero or above zero as `left` is ordered before, with or behind `right`.
 * @throws {CelError} no_such_overload for types without an order between them; invalid_argument for NaN, which cel-go
 *   gives no order to either
 */
export function order(operator: string, left: CelValue, right: CelValue, context: CelContext): number {
  const a = numberOf(left);
  if (a !== undefined) {
    const b = numberOf(right);
    if (b === undefined) throw noOverload(operator, left, right);
    const order = compareNumbers(a, b);
    if (Number.isNaN(order)) throw new CelError("invalid_argument", "NaN has no order");
    return order;
  }
  if (typeof left === "string" && typeof right === "string") {
    context.charge(Math.min(left.length, right.length) / COMPARED_PER_STEP);
    return compareText(left, right);
  }
  if (typeof left === "boolean" && typeof right === "boolean") return Number(left) - Number(right);
  if (left instanceof Uint8Array && right instanceof Uint8Array) return compareBytes(left, right, context);
  if (
    (left instanceof Timestamp && right instanceof Timestamp) ||
    (left instanceof Duration && right instanceof Duration)
  ) {
    return left.seconds - right.seconds || left.nanos - right.nanos;
  }
  throw noOverload(operator, left, right);
}

function compareBytes(left: Uint8Array, right: Uint8Array, context: CelContext): number {
  const length = Math.min(left.length, right.length);
  context.charge(length / COMPARED_PER_STEP);
  for (let index = 0; index < length; index++) {
    const difference = (left[index] as number) - (right[index] as number);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/** By code points, as UTF-8 bytes are ordered; JavaScript's `<` orders surrogates before U+E000. */
export function compareText(left: string, right: string): number {
  if (left === right) return 0;
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index++) {
    const a = left.charCodeAt(index);
    const b = right.charCodeAt(index);
    if (a !== b) return codePointRank(a) - codePointRank(b);
  }
  return left.length - right.length;
}

function codePointRank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

/** Whether a list holds a value that equals `item`. */
export function listContains(list: readonly CelValue[], item: CelValue, context: CelContext): boolean {
  context.charge(list.length);
  if (typeof item === "string" && item.length <= COMPARED_PER_STEP) return list.includes(item);
  return list.some((member) => equals(member, item, context));
}
