import type { CelValue } from "../../src/policy/index.ts";
import type { MessageSource } from "./message.ts";
import { type CaseType, readType } from "./types.ts";
import { readValue, showExactly } from "./values.ts";

/** A function that a case declares; it has no body. */
export interface DeclaredFunction {
  readonly name: string;
  readonly receiver: boolean;
  readonly args: readonly CaseType[];
  readonly result: CaseType;
}

/** What a case expects. */
export type Expected =
  | { readonly kind: "value"; readonly value: CelValue; readonly type?: CaseType }
  /** Of a case that is checked and not run. */
  | { readonly kind: "type"; readonly type: CaseType }
  | { readonly kind: "error" }
  /** An unknown result: of evaluations with unknown inputs, which amap has as missing facts alone. */
  | { readonly kind: "unknown" };

/** One conformance case: cel.expr.conformance.test.SimpleTest. */
export interface CelCase {
  /** `file/section/test`. */
  readonly name: string;
  readonly expression: string;
  readonly disableMacros: boolean;
  readonly disableCheck: boolean;
  readonly container: string;
  readonly variables: ReadonlyMap<string, CaseType>;
  readonly functions: readonly DeclaredFunction[];
  readonly bindings: ReadonlyMap<string, CelValue>;
  readonly expected: Expected;
  /** The type that cel-go deduces, where the source says it; compared and counted apart. */
  readonly celGoType?: string;
}

/** @throws {Error} for what the runner does not understand: a case is never read as something else */
export function readCase(name: string, source: MessageSource): CelCase {
  const declarations = source.messages("type_env");
  if (source.text("locale") !== "") throw new Error(`${name}: a locale, which amap does not have`);
  return {
    name,
    expression: source.text("expr"),
    disableMacros: source.bool("disable_macros"),
    disableCheck: source.bool("disable_check"),
    container: source.text("container"),
    variables: new Map(declarations.flatMap(readVariable)),
    functions: declarations.flatMap(readFunctions),
    bindings: new Map(source.entries("bindings").map(([key, value]) => [key, readBinding(name, value)])),
    expected: readExpected(source),
  };
}

function readVariable(declaration: MessageSource): [string, CaseType][] {
  const type = declaration.message("ident")?.message("type");
  return type === undefined ? [] : [[declaration.text("name"), readType(type)]];
}

function readFunctions(declaration: MessageSource): DeclaredFunction[] {
  return (declaration.message("function")?.messages("overloads") ?? []).map((overload) => {
    const result = overload.message("result_type");
    if (result === undefined) throw new Error("a function without a result");
    return {
      name: declaration.text("name"),
      receiver: overload.bool("is_instance_function"),
      args: overload.messages("params").map(readType),
      result: readType(result),
    };
  });
}

function readBinding(name: string, source: MessageSource): CelValue {
  const value = source.message("value");
  if (value === undefined) throw new Error(`${name}: a binding that is not a value`);
  return readValue(value);
}

function readExpected(source: MessageSource): Expected {
  const value = source.message("value");
  if (value !== undefined) return { kind: "value", value: readValue(value) };
  const typed = source.message("typed_result");
  if (typed !== undefined) return readTypedResult(typed, source.bool("check_only"));
  // The messages and codes of errors are the implementation's own; the suite's runners do not compare them.
  if (source.has("eval_error") || source.has("any_eval_errors")) return { kind: "error" };
  if (source.has("unknown") || source.has("any_unknowns")) return { kind: "unknown" };
  return { kind: "value", value: true };
}

function readTypedResult(typed: MessageSource, isCheckOnly: boolean): Expected {
  const deduced = typed.message("deduced_type");
  const type = deduced && readType(deduced);
  if (isCheckOnly && type !== undefined) return { kind: "type", type };
  const result = typed.message("result");
  if (result === undefined) throw new Error("a typed result without a result");
  return { kind: "value", value: readValue(result), ...(type === undefined ? {} : { type }) };
}

/**
 * A text that two cases share when they ask for the same. Messages count by their type alone: both sources take them
 * from the same files, and no case is told apart by them.
 */
export function fingerprint(test: CelCase): string {
  const functions = test.functions.map((row) => [row.name, row.receiver, row.args.map(textOf), textOf(row.result)]);
  return JSON.stringify([
    test.expression,
    [test.disableMacros, test.disableCheck, test.container],
    [...test.variables].map(([name, type]) => `${name}: ${type.text}`).sort(),
    functions,
    [...test.bindings].map(([name, value]) => `${name} = ${showExactly(value)}`).sort(),
    showExpected(test.expected),
  ]);
}

const textOf = (type: CaseType): string => type.text;

function showExpected(expected: Expected): string {
  const type = "type" in expected && expected.type !== undefined ? ` of type ${expected.type.text}` : "";
  return `${expected.kind}${expected.kind === "value" ? ` ${showExactly(expected.value)}` : ""}${type}`;
}
