import { AmapError, type Value } from "../../../base/index.ts";
import { renderEach } from "../../language/variables/render-each.ts";
import { isExpressionFailure } from "../../language/variables/scope.ts";
import type { Template } from "../../language/variables/template.ts";
import type { ContextEntry } from "../../resource/kyverno/context-entry.ts";
import type { RuleContext } from "../rule-context.ts";
import { type CompiledEntry, compileOptional, renderPart, shownText } from "./entry.ts";
import { applyPath, compilePath, compilePathTemplate } from "./jmes-path.ts";

interface VariableEntry {
  readonly name: string;
  readonly path: Template;
  readonly pathText: string;
  readonly value: Template | undefined;
  readonly fallback: Template | undefined;
}

/** `variable`: a value, or what a JMESPath makes of it or of the context. */
export function compileVariableEntry(name: string, source: NonNullable<ContextEntry["variable"]>): CompiledEntry {
  const pathText = source.jmesPath ?? "";
  const entry: VariableEntry = {
    name,
    path: compilePathTemplate(source.jmesPath),
    pathText,
    value: compileOptional(source.value),
    fallback: compileOptional(source.default),
  };
  return { name, source: "variable", replaces: true, load: (scope) => loadVariable(entry, scope) };
}

function loadVariable(entry: VariableEntry, scope: RuleContext): Value {
  const { name, pathText } = entry;
  const [path = "", fallback = null, value = null] = renderEach(
    [
      () => renderPart(entry.path, scope, `context entry ${name} ${pathText}`),
      () => renderOptional(entry.fallback, scope, name),
      () => renderOptional(entry.value, scope, name),
    ],
    (render) => render(),
  );
  if (typeof path !== "string") {
    throw new AmapError("EXPRESSION_FAILED", `jmespath value must be a string ${name} ${pathText}: <nil>`);
  }
  const output = evaluateVariable(entry, { path, fallback, value }, scope);
  if (output !== null) return output;
  const message = `failed to add context entry for variable ${name} since it evaluated to nil`;
  throw new AmapError("VARIABLE_NOT_FOUND", message);
}

function renderOptional(template: Template | undefined, scope: RuleContext, name: string): Value {
  return template === undefined ? null : renderPart(template, scope, `context entry ${name} ${shownText(template)}`);
}

/**
 * A value that is there replaces the default, also when the path makes null of it; without one the path is asked of the
 * context, and null leaves the default.
 */
function evaluateVariable(
  entry: VariableEntry,
  { path, fallback, value }: { readonly path: string; readonly fallback: Value; readonly value: Value },
  scope: RuleContext,
): Value {
  if (path === "") return entry.value === undefined ? fallback : value;
  try {
    if (entry.value !== undefined) return applyPath(path, value, scope);
    return scope.query(compilePath(path)) ?? fallback;
  } catch (error) {
    if (!isExpressionFailure(error)) throw error;
    // A default is for what an expression does not find, not for a fact that could not be loaded.
    if (fallback !== null && isOfExpression(error)) return fallback;
    throw new AmapError(error.code, `failed to apply jmespath ${path} to variable <nil>: ${error.message}`, {
      cause: error,
      hint: error.hint,
      details: error.details,
    });
  }
}

function isOfExpression({ code }: AmapError): boolean {
  return code === "VARIABLE_NOT_FOUND" || code === "EXPRESSION_FAILED" || code === "EXPRESSION_INVALID";
}
