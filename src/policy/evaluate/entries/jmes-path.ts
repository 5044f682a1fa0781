import { AmapError, isAmapError, type Value } from "../../../base/index.ts";
import { compileJmesPath } from "../../language/jmespath/compile.ts";
import { explainJmesFailure } from "../../language/jmespath/explain/explain-failure.ts";
import { explainJmesSyntax } from "../../language/jmespath/explain/explain-syntax.ts";
import type { JmesProgram } from "../../language/jmespath/program.ts";
import { isExpressionFailure } from "../../language/variables/scope.ts";
import { compileTemplate, type Template } from "../../language/variables/template.ts";
import type { RuleContext } from "../rule-context.ts";

/**
 * The expression of an entry's `jmesPath` after its variables are replaced.
 * @throws {AmapError} EXPRESSION_FAILED for one that does not parse
 */
export function compilePath(path: string): JmesProgram {
  try {
    return compileJmesPath(path);
  } catch (error) {
    if (!isAmapError(error, "EXPRESSION_INVALID")) throw error;
    const details = { explanation: explainJmesSyntax(path, error) };
    throw new AmapError("EXPRESSION_FAILED", `incorrect query ${path}: ${error.message}`, { cause: error, details });
  }
}

/**
 * A template of a `jmesPath`. One without variables is tried: a mistake in it is the policy's, not the object's.
 * @throws {AmapError} EXPRESSION_INVALID
 */
export function compilePathTemplate(path: string | undefined): Template {
  const template = compileTemplate(path ?? "");
  if (template.isConstant && path !== undefined && path !== "") compileJmesPath(path);
  return template;
}

/** What a `jmesPath` makes of data; the data itself when the path is empty. */
export function applyPath(path: string, data: Value, { context, note }: RuleContext): Value {
  if (path === "") return data;
  const program = compilePath(path);
  try {
    return program.evaluate(data, context);
  } catch (error) {
    if (note === undefined || !isExpressionFailure(error)) throw error;
    const explanation = explainJmesFailure(path, data, context.now);
    if (explanation === undefined) throw error;
    throw new AmapError(error.code, error.message, { cause: error, hint: error.hint, details: { explanation } });
  }
}

/** A failure with what was being done before its message: Kyverno's messages are chains of these. */
export function explained(error: AmapError, doing: string): AmapError {
  const { code, hint, details } = error;
  return new AmapError(code, `${doing}: ${error.message}`, { cause: error, hint, details });
}
