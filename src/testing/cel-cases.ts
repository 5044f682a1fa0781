import assert from "node:assert/strict";
import { it } from "node:test";
import { AmapError, Double } from "../base/index.ts";
import {
  type CelEnvironment,
  CelMap,
  type CelValue,
  compileExpression,
  Opaque,
  Optional,
  Uint,
} from "../policy/index.ts";
import { testActivation } from "./cel-activation.ts";
import { evaluateWarm } from "./cel-warm.ts";

/** Expected of an expression that is refused when it is loaded, and of one that fails when it runs. */
export const REFUSED = Symbol("refused");
export const FAILS = Symbol("fails");

/** What an expression gives, as {@link plainValue} shows it, or {@link REFUSED} or {@link FAILS}. */
export type ExpressionCase = readonly [expression: string, expected: unknown];

/** One test for each expression. */
export function testExpressions(environment: CelEnvironment, cases: readonly ExpressionCase[]): void {
  for (const [expression, expected] of cases) {
    void it(expression.length > 120 ? `${expression.slice(0, 120)}…` : expression, () => {
      assert.deepEqual(outcome(expression, environment), expected);
    });
  }
}

function outcome(expression: string, environment: CelEnvironment): unknown {
  const program = orCode(() => compileExpression(expression, environment), "EXPRESSION_INVALID");
  if (program === undefined) return REFUSED;
  const result = orCode(() => [evaluateWarm(program, () => testActivation())], "EXPRESSION_FAILED");
  return result === undefined ? FAILS : plainValue(result[0] as CelValue);
}

function orCode<T>(make: () => T, code: string): T | undefined {
  try {
    return make();
  } catch (error) {
    if (error instanceof AmapError && error.code === code) return undefined;
    throw error;
  }
}

/**
 * A value for a table: JSON as it is, `{ double }`, `{ uint }` and `{ optional }` for those, and `{ type }` for a value
 * that only functions can look into.
 */
export function plainValue(value: CelValue): unknown {
  if (typeof value === "number" && !Number.isSafeInteger(value)) return { double: value };
  if (value instanceof Double) return { double: value.value };
  if (value instanceof Uint) return { uint: Number(value.value) };
  if (value instanceof Opaque) return { type: value.typeName };
  if (value instanceof Optional) return { optional: value.value === undefined ? undefined : plainValue(value.value) };
  if (Array.isArray(value)) return value.map((item) => plainValue(item as CelValue));
  if (value instanceof CelMap) {
    return new Map(Array.from(value.entries.values(), ([key, item]) => [plainValue(key), plainValue(item)]));
  }
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plainValue(item as CelValue)]));
}
