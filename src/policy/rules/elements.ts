import type { Value } from "../../base/index.ts";
import type { RuleContext } from "../evaluate/rule-context.ts";
import type { JmesProgram } from "../language/jmespath/program.ts";
import { explanationIn } from "../language/variables/scope.ts";
import { evaluationError } from "./evaluation-error.ts";

/** What looking at one element costs beside what its expressions do: about as much as ten steps of an expression take. */
export const ELEMENT_STEPS = 10;

/**
 * The elements that a loop's `list`, which stands at `path`, gives: those of a list; any other value is its only element.
 * @throws MISSING_FACT, {AmapError} VARIABLE_NOT_FOUND for a list that is not there, and what a query throws
 */
export function elementsOf(list: JmesProgram, context: RuleContext, path: string): readonly Value[] {
  const { source: expression } = list;
  try {
    const value = context.query(list);
    context.note?.({ kind: "variable", path, expression, value });
    return Array.isArray(value) ? value : [value];
  } catch (thrown) {
    const error = evaluationError(thrown);
    context.note?.({ kind: "variableFailed", path, expression, message: error.message, ...explanationIn(error) });
    throw error;
  }
}

/** The names with the nesting's number, which are long in the making for a list of a million elements. */
const NUMBERED = Array.from({ length: 8 }, (_, nesting) => numberedNames(nesting));

function numberedNames(nesting: number): readonly [element: string, index: string] {
  return [`element${nesting}`, `elementIndex${nesting}`];
}

/** The context in which a loop's element is looked at: `element`, `elementIndex`, and both with the nesting's number. */
export function withElement(context: RuleContext, element: Value, index: number, nesting: number): RuleContext {
  const [numberedElement, numberedIndex] = NUMBERED[nesting] ?? numberedNames(nesting);
  return context.withMembers({ element, [numberedElement]: element, elementIndex: index, [numberedIndex]: index });
}
