/** The quick lane of operators: texts, truth values and plain numbers, which most policies are about. */

import type { BinaryOperator, ChainStep } from "../syntax/ast.ts";
import { isList, isPlainMap } from "../values/kinds.ts";
import { QUICK_TEXT_LENGTH } from "../values/text.ts";
import type { CelValue } from "../values/value.ts";
import type { Code, Operand, Quick } from "./code.ts";
import { operandOf, quickOfAll, take } from "./quick.ts";

/** Each step is a closure around the one before it; a long chain would nest too deep. */
const MAX_QUICK_STEPS = 8;

/** For the value of an operator where it is plain. */
type Apply = (left: CelValue, right: CelValue) => CelValue | undefined;

/** The quick run of a chain of operators. */
export function quickChain(steps: readonly ChainStep[], parts: readonly Code[]): Quick | undefined {
  const [first, ...rest] = parts;
  const operand = first && operandOf(first);
  if (operand === undefined || quickOfAll(rest) === undefined || steps.length > MAX_QUICK_STEPS) return undefined;
  let left: Operand = operand;
  let run: Quick | undefined;
  for (const [index, { operator }] of steps.entries()) {
    run = quickStep(operator, left, rest[index] as Code);
    if (run === undefined) return undefined;
    left = { read: run as Operand["read"], base: "frame", slot: 0 };
  }
  return run;
}

function quickStep(operator: BinaryOperator, left: Operand, right: Code): Quick | undefined {
  const { constant } = right;
  const withConstant = constant === undefined ? undefined : quickConstant(operator, left, constant);
  if (withConstant !== undefined) return withConstant;
  const other = operandOf(right);
  const apply = APPLY[operator];
  if (other === undefined) return undefined;
  return (frame) => {
    const a = take(left, frame);
    if (a === undefined) return undefined;
    const b = take(other, frame);
    return b === undefined ? undefined : apply(a, b);
  };
}

function quickConstant(operator: BinaryOperator, left: Operand, constant: CelValue): Quick | undefined {
  // Only the same text and the same truth value are equal to one.
  if ((typeof constant === "string" && constant.length <= QUICK_TEXT_LENGTH) || typeof constant === "boolean") {
    return quickSame(operator, left, constant);
  }
  if (operator === "in" && isList(constant)) return quickIn(left, constant);
  if (typeof constant === "number" && Number.isSafeInteger(constant)) return quickNumber(operator, left, constant);
  return undefined;
}

function quickSame(operator: BinaryOperator, left: Operand, constant: string | boolean): Quick | undefined {
  switch (operator) {
    case "==":
      return (frame) => {
        const value = take(left, frame);
        return value === undefined ? undefined : value === constant;
      };
    case "!=":
      return (frame) => {
        const value = take(left, frame);
        return value === undefined ? undefined : value !== constant;
      };
    default:
      return undefined;
  }
}

function quickIn(left: Operand, list: readonly CelValue[]): Quick {
  const texts: ReadonlySet<CelValue> = new Set(list.filter((item) => typeof item === "string"));
  return (frame) => {
    const item = take(left, frame);
    return typeof item === "string" ? texts.has(item) : undefined;
  };
}

/**
 * A plain number is an int or a double; against an int both compare by value. Not NaN, whose order the whole way
 * refuses. One closure for each operator, so that none calls another to compare.
 */
function quickNumber(operator: BinaryOperator, left: Operand, constant: number): Quick | undefined {
  switch (operator) {
    case "==":
      return (frame) => {
        const value = take(left, frame);
        return typeof value === "number" ? value === constant : undefined;
      };
    case "!=":
      return (frame) => {
        const value = take(left, frame);
        return typeof value === "number" ? value !== constant : undefined;
      };
    case "<":
      return (frame) => {
        const value = take(left, frame);
        return isNumber(value) ? value < constant : undefined;
      };
    case "<=":
      return (frame) => {
        const value = take(left, frame);
        return isNumber(value) ? value <= constant : undefined;
      };
    case ">":
      return (frame) => {
        const value = take(left, frame);
        return isNumber(value) ? value > constant : undefined;
      };
    case ">=":
      return (frame) => {
        const value = take(left, frame);
        return isNumber(value) ? value >= constant : undefined;
      };
    default:
      return undefined;
  }
}

/** The number is not NaN, which is the only value that is not equal to itself. */
function isNumber(value: CelValue | undefined): value is number {
  // oxlint-disable-next-line no-self-compare
  return typeof value === "number" && value === value;
}

/** Whether equal means the same in JavaScript: short texts, plain numbers (NaN equals nothing), truth values. */
function isPlainPair(left: CelValue, right: CelValue): boolean {
  if (typeof left === "string") return typeof right === "string" && left.length <= QUICK_TEXT_LENGTH;
  return typeof left === typeof right && (typeof left === "number" || typeof left === "boolean");
}

const compared =
  (holds: (left: number, right: number) => boolean): Apply =>
  (left, right) =>
    isNumber(left) && isNumber(right) ? holds(left, right) : undefined;

const calculated =
  (make: (left: number, right: number) => number): Apply =>
  (left, right) => {
    if (!Number.isSafeInteger(left) || !Number.isSafeInteger(right)) return undefined;
    const result = make(left as number, right as number);
    // + 0: CEL's int has no -0. Division by zero is no safe integer either.
    return Number.isSafeInteger(result) ? result + 0 : undefined;
  };

const APPLY: Readonly<Record<BinaryOperator, Apply>> = {
  "==": (left, right) => (isPlainPair(left, right) ? left === right : undefined),
  "!=": (left, right) => (isPlainPair(left, right) ? left !== right : undefined),
  "<": compared((left, right) => left < right),
  "<=": compared((left, right) => left <= right),
  ">": compared((left, right) => left > right),
  ">=": compared((left, right) => left >= right),
  in: (item, map) => (typeof item === "string" && isPlainMap(map) ? Object.hasOwn(map, item) : undefined),
  "+": calculated((left, right) => left + right),
  "-": calculated((left, right) => left - right),
  "*": calculated((left, right) => left * right),
  // Exact: the dividend is a multiple of the divisor.
  "/": calculated((left, right) => (left - (left % right)) / right),
  "%": calculated((left, right) => left % right),
};
