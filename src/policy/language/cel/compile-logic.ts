import { negate, noOverload } from "./arithmetic.ts";
import type { ConditionalNode, LogicalNode, UnaryNode } from "./ast.ts";
import { type Code, type Compiling, makeCode, type Scope } from "./code.ts";
import { CelError } from "./error.ts";
import { fold } from "./fold.ts";
import type { Frame, Run } from "./frame.ts";
import type { CelValue } from "./value.ts";

/**
 * `&&` and `||`: an operand that decides wins over operands that failed, on either side. Operands are asked in order
 * and the first missing fact ends it, since a later operand may never be needed.
 */
export function compileLogical(node: LogicalNode, scope: Scope | undefined, compiling: Compiling): Code {
  const parts = node.operands.map((operand) => compiling.compile(operand, scope));
  const runs = parts.map((part) => part.run);
  const decides = node.operator === "||";
  const [left, right] = runs;
  const isPair = left !== undefined && right !== undefined && runs.length === 2;
  const run = isPair ? pair(node, left, right, decides) : many(node, runs, decides);
  return makeCode(parts, run);
}

function pair(node: LogicalNode, left: Run, right: Run, decides: boolean): Run {
  const { offset, operator } = node;
  return (frame) => {
    let first: CelValue;
    let failure: CelError | undefined;
    try {
      first = left(frame);
    } catch (error) {
      failure = frame.absorb(error);
      first = null;
    }
    if (first === decides) return decides;
    if (first === !decides) {
      const second = right(frame);
      if (typeof second === "boolean") return second;
      throw frame.error(offset, noOverload(operator, first, second));
    }
    failure ??= frame.error(offset, noOverload(operator, first));
    return afterFailure(frame, right, decides, failure);
  };
}

/** The left side failed: only a right side that decides can still give a result. */
function afterFailure(frame: Frame, right: Run, decides: boolean, failure: CelError): boolean {
  let second: CelValue;
  try {
    second = right(frame);
  } catch (error) {
    frame.absorb(error);
    throw failure;
  }
  if (second === decides) return decides;
  throw failure;
}

function many(node: LogicalNode, runs: readonly Run[], decides: boolean): Run {
  const { offset, operator } = node;
  return (frame) => {
    let failure: CelError | undefined;
    let index = 0;
    // A failure leaves the inner loop; the operands behind it may still decide.
    while (index < runs.length) {
      try {
        while (index < runs.length) {
          const value = (runs[index++] as Run)(frame);
          if (value === decides) return decides;
          if (value !== !decides) failure ??= frame.error(offset, noOverload(operator, value));
        }
      } catch (error) {
        const absorbed = frame.absorb(error);
        failure ??= absorbed;
      }
    }
    if (failure !== undefined) throw failure;
    return !decides;
  };
}

/** `?:` asks for its tests in order and for one value only. */
export function compileConditional(node: ConditionalNode, scope: Scope | undefined, compiling: Compiling): Code {
  const tests = node.branches.map((branch) => compiling.compile(branch.test, scope));
  const values = node.branches.map((branch) => compiling.compile(branch.value, scope));
  const otherwise = compiling.compile(node.otherwise, scope);
  const testRuns = tests.map((code) => code.run);
  const valueRuns = values.map((code) => code.run);
  const { offset } = node;
  const run: Run = (frame) => {
    for (let index = 0; index < testRuns.length; index++) {
      const test = (testRuns[index] as Run)(frame);
      if (test === true) return (valueRuns[index] as Run)(frame);
      if (test !== false) throw frame.error(offset, noOverload("?:", test));
    }
    return otherwise.run(frame);
  };
  return makeCode([...tests, ...values, otherwise], run);
}

/** `!x` and `-x`. */
export function compileUnary(node: UnaryNode, scope: Scope | undefined, compiling: Compiling): Code {
  const part = compiling.compile(node.operand, scope);
  const { offset, operator } = node;
  const { run: operand } = part;
  const not: Run = (frame) => {
    const value = operand(frame);
    if (typeof value !== "boolean") throw frame.error(offset, noOverload("!", value));
    return !value;
  };
  const minus: Run = (frame) => {
    const value = operand(frame);
    frame.at = offset;
    return negate(value);
  };
  return fold([part], makeCode([part], operator === "!" ? not : minus));
}
