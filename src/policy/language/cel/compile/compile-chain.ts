import type { BinaryOperator, ChainNode, ChainStep } from "../syntax/ast.ts";
import { calculate, noOverload } from "../values/arithmetic.ts";
import { equals, listContains, order } from "../values/equality.ts";
import { isList, isMap, isPlainMap, mapGet } from "../values/kinds.ts";
import type { CelValue } from "../values/value.ts";
import { type Code, type Compiling, makeCode, type Scope } from "./code.ts";
import { fold } from "./fold.ts";
import { type Frame, lookAhead, type Run } from "./frame.ts";
import { withQuick } from "./quick.ts";
import { type Operate, quickChain } from "./quick-operators.ts";

const APPLY: Readonly<Record<BinaryOperator, Operate>> = {
  "==": equals,
  "!=": (left, right, frame) => !equals(left, right, frame),
  "<": (left, right, frame) => order("<", left, right, frame) < 0,
  "<=": (left, right, frame) => order("<=", left, right, frame) <= 0,
  ">": (left, right, frame) => order(">", left, right, frame) > 0,
  ">=": (left, right, frame) => order(">=", left, right, frame) >= 0,
  in: contains,
  "+": add,
  "-": (left, right, frame) => calculate("-", left, right, frame),
  "*": (left, right, frame) => calculate("*", left, right, frame),
  "/": (left, right, frame) => calculate("/", left, right, frame),
  "%": (left, right, frame) => calculate("%", left, right, frame),
};

function add(left: CelValue, right: CelValue, frame: Frame): CelValue {
  if (typeof left === "number" && typeof right === "number") {
    const sum = left + right;
    if (Number.isSafeInteger(left) && Number.isSafeInteger(right) && Number.isSafeInteger(sum)) return sum + 0;
  }
  return calculate("+", left, right, frame);
}

function contains(item: CelValue, collection: CelValue, frame: Frame): boolean {
  if (isList(collection)) return listContains(collection, item, frame);
  if (typeof item === "string" && isPlainMap(collection)) return Object.hasOwn(collection, item);
  if (isMap(collection)) return mapGet(collection, item) !== undefined;
  throw noOverload("in", item, collection);
}

/** Binary operators of one precedence, from left to right; a loop, so that a long chain needs no deep stack. */
export function compileChain(node: ChainNode, scope: Scope | undefined, compiling: Compiling): Code {
  const first = compiling.compile(node.first, scope);
  const rest = node.steps.map((step) => compiling.compile(step.operand, scope));
  const parts = [first, ...rest];
  const [step] = node.steps as readonly [ChainStep];
  const right = rest[0] as Code;
  if (parts.some((part) => part.loads)) return makeCode(parts, lookingAhead(node.steps, parts));
  const run = node.steps.length === 1 ? single(step, first, right) : loop(node.steps, parts);
  return fold(parts, withQuick(makeCode(parts, run), parts, quickChain(node.steps, parts, APPLY)));
}

function single(step: ChainStep, left: Code, right: Code): Run {
  const apply = APPLY[step.operator];
  const { offset } = step;
  const { run: leftRun } = left;
  const { run: rightRun } = right;
  return (frame) => {
    const a = leftRun(frame);
    const b = rightRun(frame);
    frame.at = offset;
    return apply(a, b, frame);
  };
}

function loop(steps: readonly ChainStep[], parts: readonly Code[]): Run {
  const runs = parts.map((part) => part.run);
  return (frame) => {
    let value = (runs[0] as Run)(frame);
    for (let index = 0; index < steps.length; index++) {
      const step = steps[index] as ChainStep;
      const right = (runs[index + 1] as Run)(frame);
      frame.at = step.offset;
      value = APPLY[step.operator](value, right, frame);
    }
    return value;
  };
}

/** The operands do not depend on each other: the facts they miss are loaded together. */
function lookingAhead(steps: readonly ChainStep[], parts: readonly Code[]): Run {
  const runs = parts.map((part) => part.run);
  return (frame) => {
    const values = lookAhead(frame, runs);
    let value = values[0] as CelValue;
    steps.forEach((step, index) => {
      frame.at = step.offset;
      value = APPLY[step.operator](value, values[index + 1] as CelValue, frame);
    });
    return value;
  };
}
