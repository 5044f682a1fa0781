import { AmapError, decodeUtf8, LIMITS, type Value } from "../../base/index.ts";
import { compileJmesPath, type JmesContext } from "../../policy/index.ts";
import { readYamlFile } from "../documents.ts";
import type { World } from "../world.ts";

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
 * @throws {AmapError} EXPRESSION_INVALID, EXPRESSION_FAILED, VARIABLE_NOT_FOUND, BUDGET_EXCEEDED
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
  return compileJmesPath(expression).evaluate(input, context);
}
