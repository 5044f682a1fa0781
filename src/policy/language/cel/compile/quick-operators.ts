/** The quick lane of operators: texts, truth values and numbers are written out, for all others the operator is called. */
import type { BinaryOperator, ChainStep } from "../syntax/ast.ts";
import { isList } from "../values/kinds.ts";
import { QUICK_TEXT_LENGTH } from "../values/text.ts";
import type { CelValue } from "../values/value.ts";
import type { Code } from "./code.ts";
import type { Frame } from "./frame.ts";
import { quickOfAll } from "./quick.ts";
import type { Quick, QuickWriter } from "./quick-writer.ts";

/** What an operator does with two values that are there. */
export type Operate = (left: CelValue, right: CelValue, frame: Frame) => CelValue;

/** A list of so few texts is compared one by one. */
const MAX_COMPARED_TEXTS = 4;

/** The quick run of a chain of operators. */
export function quickChain(
  steps: readonly ChainStep[],
  parts: readonly Code[],
  operators: Readonly<Record<BinaryOperator, Operate>>,
): Quick | undefined {
  const quicks = quickOfAll(parts);
  if (quicks === undefined) return undefined;
  return (writer) => {
    const [first, ...rest] = quicks as readonly [Quick, ...Quick[]];
    let left = first(writer);
    for (const [index, { operator }] of steps.entries()) {
      const constant = (parts[index + 1] as Code).constant;
      // In order, as the whole way: what is not there fails before the right side is asked.
      left = writer.present(left);
      left =
        withConstant(writer, operator, left, constant) ??
        withAny(writer, operator, [left, writer.present((rest[index] as Quick)(writer))], operators[operator]);
    }
    return left;
  };
}

/** Equal to a short text or to a truth value is only the same one; and whether a text is in a list of constants. */
function withConstant(
  writer: QuickWriter,
  operator: BinaryOperator,
  left: string,
  constant: CelValue | undefined,
): string | undefined {
  if (constant === undefined) return undefined;
  if (operator === "in" && isList(constant)) return inConstant(writer, left, constant);
  if (operator !== "==" && operator !== "!=") return undefined;
  const isPlain =
    typeof constant === "boolean" || (typeof constant === "string" && constant.length <= QUICK_TEXT_LENGTH);
  return isPlain ? truth(writer, `${left} ${operator}= ${writer.constant(constant)}`) : undefined;
}

function inConstant(writer: QuickWriter, item: string, list: readonly CelValue[]): string | undefined {
  if (list.length === 0 || !list.every((each) => typeof each === "string")) return undefined;
  writer.line(`if (typeof ${item} !== "string" || ${item}.length > ${QUICK_TEXT_LENGTH}) return undefined;`);
  writer.spend(list.length);
  if (list.length > MAX_COMPARED_TEXTS) return truth(writer, `${writer.capture(new Set(list))}.has(${item})`);
  return truth(writer, list.map((text) => `${item} === ${writer.constant(text)}`).join(" || "));
}

function withAny(
  writer: QuickWriter,
  operator: BinaryOperator,
  [left, right]: readonly [string, string],
  operate: Operate,
): string {
  const whole = `${writer.capture(operate)}(${left}, ${right}, ${writer.frame()})`;
  switch (operator) {
    case "==":
    case "!=":
      // Numbers by their value: NaN equals nothing in both.
      return truth(writer, `${areNumbers(writer, left, right)} ? ${left} ${operator}= ${right} : ${whole}`);
    case "<":
    case "<=":
    case ">":
    case ">=":
      return truth(
        writer,
        `${areNumbers(writer, left, right)} && ${left} === ${left} && ${right} === ${right} ? ${left} ${operator} ${right} : ${whole}`,
      );
    case "in":
      return truth(writer, whole);
    default:
      return writer.know("present", writer.define(whole));
  }
}

function areNumbers(writer: QuickWriter, left: string, right: string): string {
  const unknown = [left, right].filter((name) => !writer.knows("number", name));
  return unknown.map((name) => `typeof ${name} === "number"`).join(" && ") || "true";
}

function truth(writer: QuickWriter, expression: string): string {
  return writer.know("boolean", writer.define(expression));
}
