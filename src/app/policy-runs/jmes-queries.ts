import { AmapError, compareText, decodeUtf8, isAmapError, LIMITS, type Value } from "../../base/index.ts";
import {
  compileJmesPath,
  formatJmesSignature,
  formatJmesTree,
  highlightJmesError,
  indentGoJson,
  JMES_FUNCTIONS,
  type JmesContext,
  writeGoJson,
} from "../../policy/index.ts";
import type { World } from "../world.ts";
import { readYamlFile } from "../yaml-file.ts";

/** The process's standard input, as a file. */
const STANDARD_INPUT = "/dev/stdin";

/**
 * The text of an expression's file, or of standard input.
 * @throws {AmapError} FILE_NOT_FOUND, FILE_UNREADABLE, LIMIT_EXCEEDED, EXPRESSION_INVALID (no UTF-8)
 */
export async function readJmesExpression(world: World, path: string = STANDARD_INPUT): Promise<string> {
  const text = decodeUtf8(await world.files.read(path, LIMITS.expressionBytes));
  if (text === undefined) throw new AmapError("EXPRESSION_INVALID", `${path}: expected text in UTF-8`);
  return text;
}

/** What queries start from: the first document of a file, and how many there are. */
export interface QueryInput {
  readonly value: Value;
  readonly documents: number;
}

/**
 * The first document of a JSON or YAML file, or of standard input; null for an empty one.
 * @throws {AmapError} FILE_NOT_FOUND, YAML_INVALID, LIMIT_EXCEEDED
 */
export async function readQueryInput(world: World, path: string = STANDARD_INPUT): Promise<QueryInput> {
  const documents = await readYamlFile(world, path);
  return { value: documents[0] ?? null, documents: documents.length };
}

/**
 * What an expression gives for an input, with the steps of one rule.
 * @throws {AmapError} EXPRESSION_INVALID with a picture of the place, EXPRESSION_FAILED, VARIABLE_NOT_FOUND, BUDGET_EXCEEDED
 */
export function queryJmesPath(world: World, expression: string, input: Value): Value {
  let left: number = LIMITS.evaluationSteps;
  const context: JmesContext = {
    now: world.clock.now(),
    entropy: () => world.entropy.bytes(32),
    charge: (steps) => {
      left -= steps;
      if (left < 0) {
        throw new AmapError("BUDGET_EXCEEDED", `the expression takes more than ${LIMITS.evaluationSteps} steps`);
      }
    },
  };
  return located(expression, () => compileJmesPath(expression)).evaluate(input, context);
}

/**
 * The syntax tree of an expression, as Kyverno's command line prints it.
 * @throws {AmapError} EXPRESSION_INVALID with a picture of the place
 */
export function drawJmesTree(expression: string): string {
  return located(expression, () => formatJmesTree(expression));
}

/** Adds the expression, with the place that the error names, to the message: in the form of an excerpt. */
function located<T>(expression: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (!isAmapError(error, "EXPRESSION_INVALID") || expression.includes("\n")) throw error;
    const excerpt = highlightJmesError(expression, error).split("\n");
    const message = [error.message, ...excerpt.map((line) => `  | ${line}`)].join("\n");
    throw new AmapError(error.code, message, { cause: error, details: error.details });
  }
}

/** A result as Kyverno's command line prints it: JSON in the form of Go, on lines or on one. */
export function writeJmesResult(result: Value, options: { readonly isCompact: boolean }): string {
  const json = writeGoJson(result, () => {});
  return options.isCompact ? json : indentGoJson(json);
}

/** A function of the language, for the listing. */
export interface ListedFunction {
  readonly name: string;
  readonly signature: string;
  readonly note: string;
  readonly example: string;
}

/**
 * The functions of these names, or all, by signature.
 * @throws {AmapError} USAGE for a name that there is not
 */
export function listJmesFunctions(names: readonly string[]): readonly ListedFunction[] {
  const unknown = names.filter((name) => !JMES_FUNCTIONS.has(name));
  if (unknown.length > 0) {
    throw new AmapError("USAGE", `there is no function ${unknown.join(", ")}`, {
      hint: "`amap jp function` lists all functions.",
    });
  }
  return [...JMES_FUNCTIONS.values()]
    .filter(({ name }) => names.length === 0 || names.includes(name))
    .map((row) => ({ name: row.name, signature: formatJmesSignature(row), note: row.note, example: row.example }))
    .sort((one, other) => compareText(one.signature, other.signature));
}
