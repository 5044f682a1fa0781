import { AmapError, isAmapError, type Value } from "../../../base/index.ts";
import { compileJmesPath } from "../jmespath/compile.ts";
import { explainJmesSyntax } from "../jmespath/explain/explain-syntax.ts";
import type { JmesProgram } from "../jmespath/program.ts";
import type { TextPart, VariablePart } from "./find-variables.ts";
import { textOfValue } from "./json-text.ts";
import { renderEach } from "./render-each.ts";
import { explanationIn, isExpressionFailure, type QueryScope, type Render } from "./scope.ts";

/** A compiled `{{ }}`. */
export interface CompiledVariable {
  readonly render: Render;
  readonly names: readonly string[];
  readonly isNested: boolean;
}

/** Where a variable stands. */
export interface VariablePlace {
  /** In the document that Kyverno substitutes in one go, as messages show it. */
  readonly path: string;
  /** In its policy, as explanations show it. */
  readonly at: string;
}

/** A query, and the same one for an object that is deleted. */
interface Query {
  readonly text: string;
  readonly program: JmesProgram;
  whenDeleted: Query | undefined;
}

/**
 * Compiles one variable that stands at `place`.
 * @throws {AmapError} EXPRESSION_INVALID, LIMIT_EXCEEDED
 */
export function compileVariable(variable: VariablePart, place: VariablePlace): CompiledVariable {
  const [first, ...others] = variable.parts;
  if (typeof first !== "string" || others.length > 0) return compileNested(variable.parts, place);
  const text = queryText(first);
  if (text === "@") return compileSelf(place);
  const query = compileQuery(text, place);
  const names = [...query.program.names, ...forDelete(query, place).program.names];
  return { render: (scope) => runQuery(query, place, scope), names: [...new Set(names)], isNested: false };
}

/** `{{- query }}` is Kyverno's way to keep a value from being read again, which amap never does. */
function queryText(text: string): string {
  const trimmed = text.trim();
  return trimmed.startsWith("-") ? trimmed.slice(1).trim() : trimmed;
}

function compileQuery(text: string, place: VariablePlace): Query {
  try {
    if (text === "") throw new AmapError("EXPRESSION_INVALID", "invalid query (nil)");
    return { text, program: compileJmesPath(text), whenDeleted: undefined };
  } catch (error) {
    if (!isAmapError(error, "EXPRESSION_INVALID")) throw error;
    const reason = text === "" ? error.message : `incorrect query ${text}: ${error.message}`;
    throw failed(text, place, error, reason);
  }
}

/** Kyverno replaces the words wherever they stand, and so this does. */
function forDelete(query: Query, place: VariablePlace): Query {
  if (query.whenDeleted === undefined) {
    const text = query.text.replaceAll("request.object", "request.oldObject");
    query.whenDeleted = text === query.text ? query : compileQuery(text, place);
  }
  return query.whenDeleted;
}

function runQuery(query: Query, place: VariablePlace, scope: QueryScope): Value {
  const { text, program } = scope.operation === "DELETE" ? forDelete(query, place) : query;
  try {
    const value = scope.query(program);
    scope.note?.({ kind: "variable", path: place.at, expression: text, value });
    return value;
  } catch (error) {
    if (!isExpressionFailure(error)) throw error;
    scope.note?.({
      kind: "variableFailed",
      path: place.at,
      expression: text,
      message: error.message,
      ...explanationIn(error),
    });
    throw failed(text, place, error, error.message);
  }
}

function failed(text: string, place: VariablePlace, cause: AmapError, reason: string): AmapError {
  const message = `failed to resolve ${text} at path ${place.path}: ${reason}`;
  return new AmapError(cause.code, message, { cause, hint: cause.hint, details: cause.details });
}

/** The text of the query is made by other variables. */
function compileNested(parts: readonly TextPart[], place: VariablePlace): CompiledVariable {
  const inner = parts.map((part) => (typeof part === "string" ? part : compileVariable(part, place)));
  const render = (scope: QueryScope): Value => {
    const texts = renderEach(inner, (part) => {
      if (typeof part === "string") return part;
      return textOfValue(part.render(scope), scope.context.charge.bind(scope.context));
    });
    const text = queryText(texts.join(""));
    scope.context.charge(text.length);
    if (text === "@") return compileSelf(place).render(scope);
    return runQuery(compileMade(text, place, scope), place, scope);
  };
  const names = new Set(inner.flatMap((part) => (typeof part === "string" ? [] : part.names)));
  return { render, names: [...names], isNested: true };
}

/** A query whose text was made by variables. */
function compileMade(text: string, place: VariablePlace, scope: QueryScope): Query {
  try {
    return compileQuery(text, place);
  } catch (error) {
    if (scope.note !== undefined && isAmapError(error, "EXPRESSION_INVALID")) {
      const explanation = explainJmesSyntax(text, error);
      scope.note({ kind: "variableFailed", path: place.at, expression: text, message: error.message, explanation });
    }
    throw error;
  }
}

/** `{{ @ }}`: what the resource, or the target of the mutation, has at the place where the variable stands. */
function compileSelf(place: VariablePlace): CompiledVariable {
  const below = membersBelow(place.path);
  const target = compileQuery("target", place);
  const inTarget = compileQuery(`target${below}`, place);
  const inObject = compileQuery(`request.object${below}`, place);
  const render = (scope: QueryScope): Value => runQuery(hasTarget(target, scope) ? inTarget : inObject, place, scope);
  return { render, names: ["target", "request"], isNested: false };
}

function hasTarget(target: Query, scope: QueryScope): boolean {
  try {
    scope.query(target.program);
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
