import { CelError } from "../error.ts";
import type { ConditionalNode, LogicalNode, UnaryNode } from "../syntax/ast.ts";
import { negate, noOverload } from "../values/arithmetic.ts";
import type { CelValue } from "../values/value.ts";
import { type Code, type Compiling, makeCode, type Scope } from "./code.ts";
import { fold } from "./fold.ts";
import type { Frame, Run } from "./frame.ts";
import { quickOfAll, withQuick } from "./quick.ts";
import type { Quick } from "./quick-writer.ts";

/**
 * `&&` and `||`: an operand that decides wins over operands that failed, on either side. Operands are asked in order
 * and the first missing fact ends it, since a later operand may never be needed.
 */
export function compileLogical(node: LogicalNode, scope: Scope | undefined, compiling: Compiling): Code {
  const parts = node.operands.map((operand) => compiling.compile(operand, scope));
  const decides = node.operator === "||";
  const quicks = quickOfAll(parts);
  return withQuick(makeCode(parts, many(node, parts, decides)), parts, quicks && quickLogical(quicks, decides));
}

/** Where an operand gives no truth value, the whole way says what that means. */
function quickLogical(operands: readonly Quick[], decides: boolean): Quick {
  const [first, ...rest] = operands as readonly [Quick, ...Quick[]];
  const last = rest.length - 1;
  return (writer) => {
    const start = writer.boolean(first(writer));
    const result = writer.declare(start);
    writer.labelled(`if (${decides ? "!" : ""}${start})`, (label) => {
      rest.forEach((operand, index) => {
        const value = writer.boolean(operand(writer));
        if (index === last) writer.line(`${result} = ${value};`);
        else writer.line(`if (${decides ? "" : "!"}${value}) { ${result} = ${decides}; break ${label}; }`);
      });
    });
    return writer.know("boolean", result);
  };
}

function many({ offset, operator }: LogicalNode, parts: readonly Code[], decides: boolean): Run {
  const runs = parts.map((part) => part.run);
  const last = runs.length - 1;
  const lastRun = runs[last] as Run;
  return (frame) => {
    let failure: CelError | undefined;
    let index = 0;
    // A failure leaves the inner loop; the operands behind it may still decide.
    while (index < last) {
      try {
        while (index < last) {
          const value = (runs[index++] as Run)(frame);
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
  const quickValues = quickOfAll([...values, otherwise]);
  if (quickTests === undefined || quickValues === undefined) return undefined;
  return (writer) => {
    let areBooleans = true;
    const result = writer.declare("undefined");
    const give = (index: number): void => {
      const value = (quickValues[index] as Quick)(writer);
      areBooleans &&= writer.knows("boolean", value);
      writer.line(`${result} = ${value};`);
    };
    writer.labelled("", (label) => {
      quickTests.forEach((test, index) => {
        writer.block(`if (${writer.boolean(test(writer))})`, () => {
          give(index);
          writer.line(`break ${label};`);
        });
      });
      give(tests.length);
    });
    return areBooleans ? writer.know("boolean", result) : result;
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
  const { quick } = part;
  if (operator === "-") {
    const quickMinus: Quick | undefined = quick && ((writer) => writer.call(negate, [writer.present(quick(writer))]));
    return fold([part], withQuick(makeCode([part], minus), [part], quickMinus));
  }
  const quickNot: Quick | undefined =
    quick && ((writer) => writer.know("boolean", writer.define(`!${writer.boolean(quick(writer))}`)));
  return fold([part], withQuick(makeCode([part], not), [part], quickNot));
}
