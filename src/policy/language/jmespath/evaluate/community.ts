/** What the JMESPath Community's dialect has beside Kyverno's: variables, `let`, arithmetic. */
import type { Value } from "../../../../base/index.ts";
import { failed } from "../functions/failure.ts";
import type { JmesContext, JmesRoot } from "../program.ts";
import type { ArithmeticOperator } from "../syntax/ast.ts";
import { RootFailure } from "./failure.ts";
import type { Part, Run } from "./part.ts";
import { numberOf, valueOfNumber } from "./values.ts";

/** An operand: its value without missing keys. */
interface Operand {
  readonly run: (value: Value | JmesRoot, context: JmesContext) => Value;
  readonly cost: number;
}

export function compileVariable(name: string): Part {
  const run: Run = (_, context) => {
    const value = readVariable(name, context);
    if (value === undefined) throw failed(`variable not defined: $${name}`);
    return value;
  };
  return { run, cost: 1 };
}

/** What making a variable throws is none of the operators' that read a failure as null. */
function readVariable(name: string, context: JmesContext): Value | undefined {
  try {
    return context.variable?.(name);
  } catch (error) {
    throw error instanceof RootFailure ? error : new RootFailure(error);
  }
}

/** `let`: what is bound sees what was bound outside, and the expression behind `in` sees both. */
export function compileLet(bindings: readonly (Operand & { readonly name: string })[], operand: Part): Part {
  const run: Run = (value, context) => {
    const own = new Map(bindings.map(({ name, run: make }) => [name, make(value, context)] as const));
    const inner: JmesContext = {
      now: context.now,
      charge: (steps) => context.charge(steps),
      entropy: () => context.entropy(),
      variable: (name) => (own.has(name) ? own.get(name) : context.variable?.(name)),
    };
    return operand.run(value, inner);
  };
  return { run, cost: bindings.reduce((sum, { cost }) => sum + cost + 1, operand.cost) };
}

/** Numbers are computed as doubles; of anything else an operation is null. */
export function compileArithmetic(operator: ArithmeticOperator, left: Operand, right: Operand): Part {
  const compute = OPERATIONS[operator];
  const run: Run = (value, context) => {
    const [first, second] = [numberOf(left.run(value, context)), numberOf(right.run(value, context))];
    if (first === undefined || second === undefined) return null;
    return finite(compute(Number(first), Number(second)));
  };
  return { run, cost: left.cost + right.cost + 1 };
}

const OPERATIONS: Readonly<Record<ArithmeticOperator, (left: number, right: number) => number>> = {
  tPlus: (left, right) => left + right,
  tMinus: (left, right) => left - right,
  tMultiply: (left, right) => left * right,
  tDivide: (left, right) => left / right,
  tModulo: (left, right) => left % right,
  tDiv: (left, right) => Math.floor(left / right),
};

export function compileSign(isMinus: boolean, operand: Operand): Part {
  const run: Run = (value, context) => {
    const number = numberOf(operand.run(value, context));
    if (number === undefined) return null;
    return isMinus ? finite(-Number(number)) : finite(Number(number));
  };
  return { run, cost: operand.cost + 1 };
}

/** @throws {AmapError} EXPRESSION_FAILED for a division by zero, and for what is beyond a double */
function finite(number: number): Value {
  if (!Number.isFinite(number)) throw failed(`the result is not a finite number: ${number}`);
  return valueOfNumber(number);
}
