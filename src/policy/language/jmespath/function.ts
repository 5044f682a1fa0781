import type { Value } from "../../../base/index.ts";
import type { JmesContext } from "./program.ts";

/** A type of an argument or result, by the name that Kyverno's messages and listings have for it. */
export type JmesType =
  | "any"
  | "array"
  | "array[number]"
  | "array[string]"
  | "bool"
  | "expref"
  | "number"
  | "object"
  | "string";

/** One argument of a function: a value of one of the types. */
export interface JmesArgument {
  readonly types: readonly JmesType[];
  /** The last argument, which may come again any number of times (but once at least). */
  readonly isVariadic?: true;
  /** The argument may be left out, and those behind it too. */
  readonly isOptional?: true;
}

/** One row of the function table: one function and what it does. */
export interface JmesFunction {
  readonly name: string;
  readonly args: readonly JmesArgument[];
  readonly result: JmesType;
  /** One sentence for the reference page and `amap jp function`. */
  readonly note: string;
  /** An expression that is true; it is run by a test. */
  readonly example: string;
  /** The version of amap that had it first. */
  readonly since: string;
  /** Its result may hold its arguments inside new lists or objects: the result is measured. */
  readonly isNesting?: true;
  /**
   * The result. The engine has checked the number and types of `args`, and charged for reading the texts and the lists'
   * lengths once; what is written, and work that grows faster, is charged here.
   * @throws {AmapError} EXPRESSION_FAILED with Kyverno's message
   */
  call(args: readonly Value[], context: JmesContext): Value;
}

/** A row's signature as Kyverno's listing has it: `split(string, string) array[string]`. */
export function formatJmesSignature(row: JmesFunction): string {
  const args = row.args.map((argument) => argument.types.join("|"));
  return `${row.name}(${args.join(", ")}) ${row.result}`;
}
