import { AmapError, isAmapError, type Value } from "../../../base/index.ts";
import { compileJmesPath } from "../jmespath/compile.ts";
import type { JmesProgram } from "../jmespath/program.ts";
import type { TextPart, VariablePart } from "./find-variables.ts";
import { textOfValue } from "./json-text.ts";
import { renderEach } from "./render-each.ts";
import { isExpressionFailure, type QueryScope, type Render } from "./scope.ts";

/** A compiled `{{ }}`. */
export interface CompiledVariable {
  readonly render: Render;
  readonly names: readonly string[];
  readonly isNested: boolean;
}

/** A query, and the same one for an object that is deleted. */
interface Query {
  readonly text: string;
  readonly program: JmesProgram;
  whenDeleted: Query | undefined;
}

/**
 * Compiles one variable that stands at `path`.
 * @throws {AmapError} EXPRESSION_INVALID, LIMIT_EXCEEDED
 */
export function compileVariable(variable: VariablePart, path: string): CompiledVariable {
  const [first, ...others] = variable.parts;
  if (typeof first !== "string" || others.length > 0) return compileNested(variable.parts, path);
  const text = queryText(first);
  if (text === "@") return compileSelf(path);
  const query = compileQuery(text, path);
  const names = [...query.program.names, ...forDelete(query, path).program.names];
  return { render: (scope) => runQuery(query, path, scope), names: [...new Set(names)], isNested: false };
}

/** `{{- query }}` is Kyverno's way to keep a value from being read again, which amap never does. */
function queryText(text: string): string {
  const trimmed = text.trim();
  return trimmed.startsWith("-") ? trimmed.slice(1).trim() : trimmed;
}

function compileQuery(text: string, path: string): Query {
  try {
    if (text === "") throw new AmapError("EXPRESSION_INVALID", "invalid query (nil)");
    return { text, program: compileJmesPath(text), whenDeleted: undefined };
  } catch (error) {
    if (!isAmapError(error, "EXPRESSION_INVALID")) throw error;
    const reason = text === "" ? error.message : `incorrect query ${text}: ${error.message}`;
    throw failed(text, path, error, reason);
  }
}

/** Kyverno replaces the words wherever they stand, and so this does. */
function forDelete(query: Query, path: string): Query {
  if (query.whenDeleted === undefined) {
    const text = query.text.replaceAll("request.object", "request.oldObject");
    query.whenDeleted = text === query.text ? query : compileQuery(text, path);
  }
  return query.whenDeleted;
}

function runQuery(query: Query, path: string, scope: QueryScope): Value {
  const { text, program } = scope.operation === "DELETE" ? forDelete(query, path) : query;
  try {
    const value = scope.query(program);
    scope.note?.({ kind: "variable", path, expression: text, value });
    return value;
  } catch (error) {
    if (!isExpressionFailure(error)) throw error;
    scope.note?.({ kind: "variableFailed", path, expression: text, message: error.message });
    throw failed(text, path, error, error.message);
  }
}

function failed(text: string, path: string, cause: AmapError, reason: string): AmapError {
  const message = `failed to resolve ${text} at path ${path}: ${reason}`;
  return new AmapError(cause.code, message, { cause, hint: cause.hint, details: cause.details });
}

/** The text of the query is made by other variables. */
function compileNested(parts: readonly TextPart[], path: string): CompiledVariable {
  const inner = parts.map((part) => (typeof part === "string" ? part : compileVariable(part, path)));
  const render = (scope: QueryScope): Value => {
    const texts = renderEach(inner, (part) => {
      if (typeof part === "string") return part;
      return textOfValue(part.render(scope), scope.context.charge.bind(scope.context));
    });
    const text = queryText(texts.join(""));
    scope.context.charge(text.length);
    if (text === "@") return compileSelf(path).render(scope);
    return runQuery(compileQuery(text, path), path, scope);
  };
  const names = new Set(inner.flatMap((part) => (typeof part === "string" ? [] : part.names)));
  return { render, names: [...names], isNested: true };
}

/** `{{ @ }}`: what the resource, or the target of the mutation, has at the place where the variable stands. */
function compileSelf(path: string): CompiledVariable {
  const below = membersBelow(path);
  const target = compileQuery("target", path);
  const inTarget = compileQuery(`target${below}`, path);
  const inObject = compileQuery(`request.object${below}`, path);
  const render = (scope: QueryScope): Value =>
    runQuery(hasTarget(target, path, scope) ? inTarget : inObject, path, scope);
  return { render, names: ["target", "request"], isNested: false };
}

function hasTarget(target: Query, path: string, scope: QueryScope): boolean {
  try {
    runQuery(target, path, scope);
    return true;
  } catch (error) {
    if (!isExpressionFailure(error)) throw error;
    return false;
  }
}

/** Behind the first two segments (`mutate/patchStrategicMerge`), counted from behind `foreach` if that is one. */
const SKIPPED_SEGMENTS = 2;

/** The place of a variable as JMESPath, to follow what it is looked up in. */
function membersBelow(path: string): string {
  const segments = path
    .split(/(?<!\\)\//)
    .filter((segment) => segment !== "")
    .map((segment) => segment.replaceAll("\\/", "/"));
  const past = segments.slice(segments.indexOf("foreach") + 1);
  return past.slice(SKIPPED_SEGMENTS).map(memberQuery).join("");
}

function memberQuery(segment: string): string {
  if (/^[0-9]+$/.test(segment)) return `[${segment}]`;
  return /^[A-Za-z_][)0-9A-Za-z_]*$/.test(segment) ? `.${segment}` : `.${JSON.stringify(segment)}`;
}
