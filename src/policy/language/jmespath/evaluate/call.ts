import { isValueObject, type Value } from "../../../../base/index.ts";
import { printed } from "../../pattern/go-text.ts";
import type { JmesArgument, JmesFunction, JmesType } from "../function.ts";
import { failed } from "../functions/failure.ts";
import { CHARACTERS_PER_STEP } from "../go-json.ts";
import type { JmesContext, JmesRoot } from "../program.ts";
import { ExpressionReference, isList, numberOf } from "./values.ts";

type ArgumentValue = Value | ExpressionReference;

/** A compiled argument. */
export interface Argument {
  readonly run: (value: Value | JmesRoot, context: JmesContext) => ArgumentValue;
  readonly cost: number;
}

type Call = (value: Value | JmesRoot, context: JmesContext) => Value;

/** A call of a function: its arguments in order, their number and types, the row's own function. */
export function compileCall(
  name: string,
  args: readonly Argument[],
  functions: ReadonlyMap<string, JmesFunction>,
): Call {
  const row = functions.get(name);
  const runs = args.map((argument) => argument.run);
  const resolve = (value: Value | JmesRoot, context: JmesContext): readonly ArgumentValue[] => {
    const values: ArgumentValue[] = [];
    for (let index = 0; index < runs.length; index++) values.push((runs[index] as Argument["run"])(value, context));
    return values;
  };
  if (row === undefined) {
    return (value, context) => {
      resolve(value, context);
      throw failed(`unknown function: ${name}`);
    };
  }
  const wrongCount = countFault(row, args.length);
  return (value, context) => {
    const values = resolve(value, context);
    if (wrongCount !== undefined) throw failed(wrongCount);
    checkTypes(row, values);
    context.charge(readingSteps(values));
    const result = row.call(values as readonly Value[], context);
    if (typeof result === "string") context.charge(result.length / CHARACTERS_PER_STEP);
    return result;
  };
}

function countFault(row: JmesFunction, count: number): string | undefined {
  const last = row.args.at(-1);
  // Kyverno takes any number where a function has none; the arguments are not looked at.
  if (last === undefined) return undefined;
  if (last.isVariadic) return count < row.args.length ? "Invalid arity." : undefined;
  const least = row.args.filter(({ isOptional }) => isOptional !== true).length;
  return count >= least && count <= row.args.length ? undefined : "incorrect number of args";
}

function checkTypes(row: JmesFunction, values: readonly ArgumentValue[]): void {
  const last = row.args.length - 1;
  if (last < 0) return;
  for (let index = 0; index < values.length; index++) {
    const argument = row.args[Math.min(index, last)] as JmesArgument;
    const value = values[index] as ArgumentValue;
    if (!argument.types.some((type) => fits(value, type))) throw failed(typeFault(argument, value));
  }
}

function typeFault(argument: JmesArgument, value: ArgumentValue): string {
  const found = value instanceof ExpressionReference ? "expref" : printed(value, true);
  const types = argument.types.map((type) => `"${type}"`).join(", ");
  return `Invalid type for: ${found}, expected: []jmespath.JpType{${types}}`;
}

function fits(value: ArgumentValue, type: JmesType): boolean {
  return value instanceof ExpressionReference ? type === "expref" : isOfType(value, type);
}

/** Whether a value is of a type that a function asks for; none is an `expref`. */
export function isOfType(value: Value, type: JmesType): boolean {
  switch (type) {
    case "any":
      return true;
    case "array":
      return isList(value);
    case "array[number]":
      return isList(value) && value.every((item) => numberOf(item) !== undefined);
    case "array[string]":
      return isList(value) && value.every((item) => typeof item === "string");
    case "bool":
      return typeof value === "boolean";
    case "number":
      return numberOf(value) !== undefined;
    case "object":
      return isValueObject(value);
    case "string":
      return typeof value === "string";
    default:
      return false;
  }
}

/** What reading the arguments takes: their texts, the lengths of their lists, the texts right in a list. */
function readingSteps(values: readonly ArgumentValue[]): number {
  let steps = 1;
  for (const value of values) {
    if (typeof value === "string") steps += value.length / CHARACTERS_PER_STEP;
    else if (isList(value as Value)) {
      const list = value as readonly Value[];
      steps += list.length;
      for (const item of list) if (typeof item === "string") steps += item.length / CHARACTERS_PER_STEP;
    }
  }
  return steps;
}
