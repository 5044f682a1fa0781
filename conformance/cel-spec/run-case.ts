import { isAmapError, LIMITS } from "../../src/base/index.ts";
import {
  type CelEnvironment,
  CelError,
  type CelFunction,
  type CelLibrary,
  type CelProgram,
  type CelValue,
  celFunction,
  celTypes,
  compileExpression,
  createEnvironment,
  formatType,
  NETWORK_LIBRARY,
  STANDARD_LIBRARIES,
} from "../../src/policy/index.ts";
import { factReader } from "../../src/testing/cel-activation.ts";
import { evaluateWarm } from "../../src/testing/cel-warm.ts";
import type { CelCase, DeclaredFunction } from "./case.ts";
import { showExactly } from "./values.ts";

/** How a case went: what is wrong, or undefined when it passed. */
export interface CaseOutcome {
  readonly fault?: string;
  /** An expected error was found when the expression was loaded. */
  readonly refused?: true;
}

/** Those of cel-spec; network is not among the standard ones. */
const LIBRARIES: readonly CelLibrary[] = [...STANDARD_LIBRARIES, NETWORK_LIBRARY];

type Compiled = { readonly program: CelProgram } | { readonly refusal: string };

/**
 * Compiles and evaluates a case and compares exactly: values by kind, types by their text.
 *
 * Where an error is expected, a refusal when the expression is loaded passes too, if the expression without its check
 * gives an error when it runs. The suite's own runner fails where the check fails; amap is stricter by design about
 * constants that can only fail, such as a malformed pattern or address. A case that switches the check off must run,
 * and a case about protobuf never passes by a refusal: it would be refused for the message, not for the error.
 */
export function runCase(test: CelCase, isProtobuf: boolean): CaseOutcome {
  const environment = environmentOf(test);
  const compiled = compile(test, environment, !test.disableCheck);
  if ("refusal" in compiled) {
    const mayBeRefused = test.expected.kind === "error" && !test.disableCheck && !isProtobuf;
    const unchecked = mayBeRefused ? compile(test, environment, false) : compiled;
    if ("refusal" in unchecked) return { fault: `refused: ${compiled.refusal}` };
    const fault = compareResult(test, unchecked.program, environment);
    return fault === undefined ? { refused: true } : { fault };
  }
  const { program } = compiled;
  const fault =
    compareType(test, program) ?? compareResult(test, program, environment) ?? compareCelGoType(test, program);
  return fault === undefined ? {} : { fault };
}

function environmentOf(test: CelCase): CelEnvironment {
  const declared = [...test.variables].map(([name, { type }]) => [name, type] as const);
  // Without the check a case may bind what it does not declare.
  const undeclared = [...test.bindings.keys()].filter((name) => !test.variables.has(name));
  return createEnvironment({
    libraries: test.disableMacros ? LIBRARIES.map(({ name, functions }) => ({ name, functions })) : LIBRARIES,
    variables: Object.fromEntries([...declared, ...undeclared.map((name) => [name, celTypes.dyn] as const)]),
    functions: test.functions.map(functionRow),
    container: test.container,
  });
}

/** The suite declares functions to check calls, and never runs them. */
function functionRow(row: DeclaredFunction): CelFunction {
  return celFunction({
    name: row.name,
    ...(row.receiver ? { receiver: true as const } : {}),
    args: row.args.map((arg) => arg.type),
    result: row.result.type,
    note: "Declared by a case.",
    example: "true",
    since: "0.2.0",
    call: () => {
      throw new CelError("failed", `${row.name} has no body`);
    },
  });
}

function compile(test: CelCase, environment: CelEnvironment, isChecked: boolean): Compiled {
  try {
    return { program: compileExpression(test.expression, environment, isChecked ? {} : { check: false }) };
  } catch (error) {
    if (isAmapError(error) && error.code !== "BUG") return { refusal: firstLine(error) };
    throw error;
  }
}

function compareType(test: CelCase, program: CelProgram): string | undefined {
  const type = "type" in test.expected ? test.expected.type : undefined;
  const found = formatType(program.type);
  return type === undefined || type.text === found ? undefined : `expected the type ${type.text}, found ${found}`;
}

function compareCelGoType(
  { celGoType, disableCheck, expression, expected }: CelCase,
  program: CelProgram,
): string | undefined {
  if (celGoType === undefined || disableCheck || ("type" in expected && expected.type !== undefined)) return undefined;
  // cel-go's runner declares the parts of a block as dyn; amap knows what they are.
  if (expression.startsWith("cel.block(")) return undefined;
  const found = formatType(program.type);
  return celGoType === found ? undefined : `cel-go deduces ${celGoType}, found ${found}`;
}

function compareResult(test: CelCase, program: CelProgram, environment: CelEnvironment): string | undefined {
  const { expected } = test;
  if (expected.kind === "type") return undefined;
  if (expected.kind === "unknown") return "unknown inputs are not supported";
  const result = evaluate(program, environment.bind(Object.fromEntries(test.bindings)));
  const found = result instanceof CelError ? `the error ${firstLine(result)}` : showExactly(result);
  if (expected.kind === "error") return result instanceof CelError ? undefined : `expected an error, found ${found}`;
  const wanted = showExactly(expected.value);
  return !(result instanceof CelError) && found === wanted ? undefined : `expected ${wanted}, found ${found}`;
}

function evaluate(program: CelProgram, variables: readonly (CelValue | undefined)[]): CelValue | CelError {
  try {
    return evaluateWarm(program, () => ({
      variables,
      now: 0,
      facts: factReader(),
      budget: { steps: LIMITS.evaluationSteps },
    }));
  } catch (error) {
    if (error instanceof CelError) return error;
    throw error;
  }
}

/** A message without the excerpt of the source. */
function firstLine(error: Error): string {
  return error.message.split("\n", 1)[0] as string;
}
