import { AmapError, Double, isValueObject, LIMITS, type Value, type ValueObject } from "../../../../base/index.ts";
import { CHARACTERS_PER_STEP } from "../go-json.ts";
import { type JmesContext, JmesRoot } from "../program.ts";

/**
 * "There is no such key": not null and not yet an error. Most operators read it as null; as the result of the whole
 * expression it is VARIABLE_NOT_FOUND. One is made for each name in an expression.
 */
export class NotFound {
  readonly key: string;
  constructor(key: string) {
    this.key = key;
  }

  /** What it is outside: Kyverno's words. */
  toError(): AmapError {
    return new AmapError("VARIABLE_NOT_FOUND", `Unknown key "${this.key}" in path`, { details: { key: this.key } });
  }
}

/** What an expression may be while it is evaluated: `Result` with a root's members still to be made. */
export type Flowing = Value | JmesRoot | NotFound;

/** `&expression` as an argument. */
export class ExpressionReference {
  readonly #run: (value: Value, context: JmesContext) => Flowing;
  /** Steps that one evaluation takes. */
  readonly cost: number;

  constructor(run: (value: Value, context: JmesContext) => Flowing, cost: number) {
    this.#run = run;
    this.cost = cost;
  }

  /** The expression's value for one element; a missing key is what `orElse` makes of it. */
  apply(element: Value, context: JmesContext): Value | NotFound {
    const result = this.#run(element, context);
    return result instanceof JmesRoot ? result.whole() : result;
  }
}

/** A missing key as null, a root as data. */
export function settle(value: Flowing): Value {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof NotFound) return null;
  return value instanceof JmesRoot ? value.whole() : value;
}

/** JMESPath's false values: null, false, and empty texts, lists and objects. Numbers are true, 0 included. */
export function isFalse(value: Value): boolean {
  switch (typeof value) {
    case "string":
      return value === "";
    case "boolean":
      return !value;
    case "object":
      if (value === null) return true;
      if (isList(value)) return value.length === 0;
      return !(value instanceof Double) && isEmpty(value);
    default:
      return false;
  }
}

function isEmpty(value: { readonly [key: string]: Value }): boolean {
  for (const key in value) if (Object.hasOwn(value, key)) return false;
  return true;
}

/** Whether a value is a list: Array.isArray for readonly lists. */
export function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}

/** A number of the tree as JavaScript's own, which compares exactly with a bigint; undefined for other values. */
export function numberOf(value: Value | undefined): number | bigint | undefined {
  if (typeof value === "number" || typeof value === "bigint") return value;
  return value instanceof Double ? value.value : undefined;
}

/** A computed double as a value of the tree. NaN and infinities stay: {@link measureResult} refuses them. */
export function valueOfNumber(number: number): Value {
  if (Number.isSafeInteger(number)) return number === 0 ? 0 : number;
  return Number.isInteger(number) ? new Double(number) : number;
}

/** What a key costs, and a member's value: JavaScript keeps those of a large object in a table that it must walk. */
const KEY_STEPS = 2;
const MEMBER_STEPS = 4;

/** An object's keys, paid for. */
export function chargedKeys(object: ValueObject, context: JmesContext): readonly string[] {
  const keys = Object.keys(object);
  context.charge(keys.length * KEY_STEPS);
  return keys;
}

/** The values of an object's members, paid for. */
export function chargedValues(object: ValueObject, context: JmesContext): readonly Value[] {
  const values = Object.values(object);
  context.charge(values.length * MEMBER_STEPS);
  return values;
}

/** Whether two values are equal: numbers by value, objects whatever the order of keys. Charges for what it reads. */
export function equalJmes(left: Value, right: Value, context: JmesContext): boolean {
  if (left === right) return typeof left !== "number" || !Number.isNaN(left);
  if (typeof left !== "object" && typeof right !== "object" && typeof left === typeof right) return false;
  return equalDeep(left, right, context, 0);
}

function equalDeep(left: Value, right: Value, context: JmesContext, depth: number): boolean {
  if (left === right) return true;
  if (isList(left)) return isList(right) && equalLists(left, right, context, depth);
  if (isValueObject(left)) {
    if (!isValueObject(right)) return false;
    // Both are charged for: a small object may be compared with a large one many times.
    const keys = chargedKeys(left, context);
    const { length } = chargedKeys(right, context);
    guardDepth(depth);
    return (
      keys.length === length &&
      keys.every(
        (key) => Object.hasOwn(right, key) && equalDeep(left[key] as Value, right[key] as Value, context, depth + 1),
      )
    );
  }
  const number = numberOf(left);
  if (number === undefined) return false;
  const other = numberOf(right);
  // A number and a bigint of one value are ordered alike, and not equal for `===`.
  return other !== undefined && number >= other && number <= other;
}

function equalLists(left: readonly Value[], right: readonly Value[], context: JmesContext, depth: number): boolean {
  context.charge(left.length);
  guardDepth(depth);
  return (
    left.length === right.length &&
    left.every((item, index) => equalDeep(item, right[index] as Value, context, depth + 1))
  );
}

/**
 * Walks a result that may hold one value many times, so that those who write it meet no more than the budget allows.
 * @throws {AmapError} BUDGET_EXCEEDED, LIMIT_EXCEEDED (LIMITS.documentDepth), EXPRESSION_FAILED for NaN and infinities
 */
export function measureResult(value: Value, context: JmesContext, depth = 0): void {
  if (typeof value === "number") return refuseNonFinite(value);
  if (typeof value === "string") {
    if (value.length > CHARACTERS_PER_STEP) context.charge(value.length / CHARACTERS_PER_STEP);
    return;
  }
  if (typeof value !== "object" || value === null || value instanceof Double) return;
  guardDepth(depth);
  if (isList(value)) {
    context.charge(value.length);
    for (const item of value) measureResult(item, context, depth + 1);
    return;
  }
  for (const key of chargedKeys(value, context)) measureResult(value[key] as Value, context, depth + 1);
}

function refuseNonFinite(value: number): void {
  if (Number.isFinite(value)) return;
  throw new AmapError("EXPRESSION_FAILED", `the result is not a finite number: ${value}`);
}

function guardDepth(depth: number): void {
  if (depth > LIMITS.documentDepth) {
    throw new AmapError("LIMIT_EXCEEDED", `a value is nested deeper than ${LIMITS.documentDepth} levels`);
  }
}
