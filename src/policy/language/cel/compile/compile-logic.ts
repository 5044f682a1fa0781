import { CelError } from "../error.ts";
import type { ConditionalNode, LogicalNode, UnaryNode } from "../syntax/ast.ts";
import { negate, noOverload } from "../values/arithmetic.ts";
import type { CelValue } from "../values/value.ts";
import { type Code, type Compiling, makeCode, type Operand, type Quick, type Scope } from "./code.ts";
import { fold } from "./fold.ts";
import type { Frame, Run } from "./frame.ts";
import { operandOf, quickOf, quickOfAll, take, withQuick } from "./quick.ts";

/**
 * `&&` and `||`: an operand that decides wins over operands that failed, on either side. Operands are asked in order
 * and the first missing fact ends it, since a later operand may never be needed.
 */
export function compileLogical(node: LogicalNode, scope: Scope | undefined, compiling: Compiling): Code {
  const parts = node.operands.map((operand) => compiling.compile(operand, scope));
  const decides = node.operator === "||";
  const operands = parts.map(operandOf).filter((operand) => operand !== undefined);
  const whole = many(node, parts, decides);
  if (operands.length < parts.length) return makeCode(parts, mixed(parts, decides, whole));
  const code = makeCode(parts, (frame) => whole(frame, 0));
  return withQuick(code, parts, quickLogical(operands, decides));
}

/** Where an operand gives no truth value, the whole way says what that means. */
function quickLogical(operands: readonly Operand[], decides: boolean): Quick {
  const [left, right] = operands as readonly [Operand, Operand];
  if (operands.length === 2) {
    return (frame) => {
      const first = take(left, frame);
      if (first === decides) return decides;
      if (first !== !decides) return undefined;
      const second = take(right, frame);
      return typeof second === "boolean" ? second : undefined;
    };
  }
  return (frame) => {
    for (const operand of operands) {
      const value = take(operand, frame);
      if (value === decides) return decides;
      if (value !== !decides) return undefined;
    }
    return !decides;
  };
}

/** From an operand on; those before it gave the truth value that does not decide. */
type From = (frame: Frame, start: number) => CelValue;

/** The quick operands in front need no `try`: often one of them decides. */
function mixed(parts: readonly Code[], decides: boolean, whole: From): Run {
  const foreign = parts.findIndex((part) => quickOf(part) === undefined);
  const quicks = parts.slice(0, foreign).map((part) => quickOf(part) as Quick);
  return (frame) => {
    for (let index = 0; index < quicks.length; index++) {
      const value = (quicks[index] as Quick)(frame);
      if (value === decides) return decides;
      if (value !== !decides) return whole(frame, index);
    }
    return whole(frame, quicks.length);
  };
}

function many({ offset, operator }: LogicalNode, parts: readonly Code[], decides: boolean): From {
  const runs = parts.map((part) => part.run);
  const quicks = parts.map(quickOf);
  const last = runs.length - 1;
  const lastRun = runs[last] as Run;
  return (frame, start) => {
    let failure: CelError | undefined;
    let index = start;
    // A failure leaves the inner loop; the operands behind it may still decide.
    while (index < last) {
      try {
        while (index < last) {
          const at = index++;
          const quick = quicks[at];
          const plain = quick === undefined ? undefined : quick(frame);
          const value = plain === undefined ? (runs[at] as Run)(frame) : plain;
          if (value === decides) return decides;
          if (value !== !decides) failure ??= frame.error(offset, noOverload(operator, value));
        }
      } catch (error) {
        const absorbed = frame.absorb(error);
        failure ??= absorbed;
      }
    }
    if (failure !== undefined) return afterFailure(frame, lastRun, decides, failure);
    // Nothing is behind the last operand that could set its failure aside.
    const value = lastRun(frame);
    if (typeof value === "boolean") return value;
    throw frame.error(offset, noOverload(operator, value));
  };
}

/** An operand before the last one failed: only a last one that decides can still give a result. */
function afterFailure(frame: Frame, last: Run, decides: boolean, failure: CelError): boolean {
  let value: CelValue;
  try {
    value = last(frame);
  } catch (error) {
    frame.absorb(error);
    throw failure;
  }
  if (value === decides) return decides;
  throw failure;
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
  const parts = [...tests, ...values, otherwise];
  return withQuick(makeCode(parts, run), parts, quickConditional(tests, values, otherwise));
}

function quickConditional(tests: readonly Code[], values: readonly Code[], otherwise: Code): Quick | undefined {
  const quickTests = quickOfAll(tests);
  const quickValues = quickOfAll(values);
  const quickOtherwise = quickOf(otherwise);
  if (quickTests === undefined || quickValues === undefined || quickOtherwise === undefined) return undefined;
  return (frame) => {
    for (let index = 0; index < quickTests.length; index++) {
      const test = (quickTests[index] as Quick)(frame);
      if (test === true) return (quickValues[index] as Quick)(frame);
      if (test !== false) return undefined;
    }
    return quickOtherwise(frame);
  };
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
  if (operator === "-") return fold([part], makeCode([part], minus));
  const quick = operandOf(part);
  const quickNot: Quick | undefined =
    quick &&
    ((frame) => {
      const value = take(quick, frame);
      return typeof value === "boolean" ? !value : undefined;
    });
  return fold([part], withQuick(makeCode([part], not), [part], quickNot));
}
