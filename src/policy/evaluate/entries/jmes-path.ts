import { AmapError, isAmapError, type Value } from "../../../base/index.ts";
import { compileJmesPath } from "../../language/jmespath/compile.ts";
import type { JmesContext, JmesProgram } from "../../language/jmespath/program.ts";
import { compileTemplate, type Template } from "../../language/variables/template.ts";

/**
 * The expression of an entry's `jmesPath` after its variables are replaced.
 * @throws {AmapError} EXPRESSION_FAILED for one that does not parse
 */
export function compilePath(path: string): JmesProgram {
  try {
    return compileJmesPath(path);
  } catch (error) {
    if (!isAmapError(error, "EXPRESSION_INVALID")) throw error;
    throw new AmapError("EXPRESSION_FAILED", `incorrect query ${path}: ${error.message}`, { cause: error });
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
export function applyPath(path: string, data: Value, context: JmesContext): Value {
  return path === "" ? data : compilePath(path).evaluate(data, context);
}

/** A failure with what was being done before its message: Kyverno's messages are chains of these. */
export function explained(error: AmapError, doing: string): AmapError {
  return new AmapError(error.code, `${doing}: ${error.message}`, { cause: error, hint: error.hint });
}
