import { Double, isValueObject, type Value } from "../../base/index.ts";
import { findVariables, type TextPart } from "../language/variables/find-variables.ts";
import { and, quote, TRUE } from "./cel-text.ts";
import { NotConvertible } from "./not-convertible.ts";
import { presence } from "./place.ts";
import type { Query } from "./query.ts";
import { convertQuery, type QueryScope } from "./query-to-cel.ts";

/**
 * Whether a template of a GeneratingPolicy can hold a value: it takes no variables in names of members, nor texts in
 * which a bracket or a backslash stands right before a variable.
 */
export function fitsTemplate(value: Value): boolean {
  if (typeof value === "string") return !/[\\(]\{\{/.test(value);
  if (Array.isArray(value)) return (value as readonly Value[]).every(fitsTemplate);
  if (!isValueObject(value)) return true;
  return Object.entries(value).every(([key, member]) => !key.includes("{{") && fitsTemplate(member));
}

/** Whether there is a variable anywhere in a value. */
export function hasVariable(value: Value): boolean {
  if (typeof value === "string") return findVariables(value).some((part) => typeof part !== "string");
  if (Array.isArray(value)) return (value as readonly Value[]).some(hasVariable);
  return isValueObject(value) && Object.entries(value).some(([key, member]) => hasVariable(key) || hasVariable(member));
}

/** A value of a policy as the literal in CEL that makes the same value. It throws NotConvertible. */
export function literalOf(value: Value, scope: QueryScope, path: string): string {
  if (typeof value === "string") return literalOfText(value, scope, path);
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  if (value instanceof Double) {
    const text = String(value.value);
    return /^-?[0-9]+$/.test(text) ? `${text}.0` : text;
  }
  if (Array.isArray(value)) {
    return `[${(value as readonly Value[]).map((item, index) => literalOf(item, scope, `${path}[${index}]`)).join(", ")}]`;
  }
  if (!isValueObject(value)) throw new NotConvertible(path, "a value of this type has no literal");
  const members = Object.entries(value).map(([key, member]) => {
    const name = hasVariable(key) ? textOf(key, scope, path) : quote(key);
    return `${name}: ${literalOf(member, scope, `${path}.${key}`)}`;
  });
  return `{${members.join(", ")}}`;
}

function literalOfText(text: string, scope: QueryScope, path: string): string {
  const whole = wholeQuery(text, scope, path);
  return whole === undefined ? textOf(text, scope, path) : valueText(whole, path);
}

/** A text with variables as CEL that makes the text. */
export function textOf(text: string, scope: QueryScope, path: string): string {
  const parts = partsOf(text);
  if (parts.length === 0) return "''";
  return parts
    .map((part) => (typeof part === "string" ? quote(part) : inText(queryOfPart(part, scope, path), path)))
    .join(" + ");
}

/** A value of a policy as a template of a GeneratingPolicy has it: variables are `(( … ))`. It throws NotConvertible. */
export function templateOf(value: Value, scope: QueryScope, path: string): Value {
  if (typeof value === "string") return templateText(value, scope, path);
  if (Array.isArray(value)) {
    return (value as readonly Value[]).map((item, index) => templateOf(item, scope, `${path}[${index}]`));
  }
  if (!isValueObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [key, templateOf(member, scope, `${path}.${key}`)]),
  );
}

function templateText(text: string, scope: QueryScope, path: string): string {
  const whole = wholeQuery(text, scope, path);
  const constant = whole?.kind === "single" ? whole.constant : undefined;
  if (typeof constant === "string" && !constant.includes("((")) return constant;
  if (whole !== undefined) return placeholder(valueText(whole, path));
  return partsOf(text)
    .map((part) => {
      // What looks like a placeholder and is none is escaped.
      if (typeof part === "string") return part.replaceAll("((", "\\((");
      const query = queryOfPart(part, scope, path);
      refuseInText(query, path);
      return placeholder(query.text);
    })
    .join("");
}

const placeholder = (expression: string): string => `(( ${expression} ))`;

const partsOf = (text: string): readonly TextPart[] => findVariables(text).filter((part) => part !== "");

function wholeQuery(text: string, scope: QueryScope, path: string): Query | undefined {
  const [only, ...others] = partsOf(text);
  if (others.length > 0 || only === undefined || typeof only === "string") return undefined;
  return queryOfPart(only, scope, path);
}

function queryOfPart({ parts }: Exclude<TextPart, string>, scope: QueryScope, path: string): Query {
  const [only] = parts;
  if (parts.length !== 1 || typeof only !== "string") throw new NotConvertible(path, "a variable stands in a variable");
  return convertQuery(only.trim(), scope, path);
}

/** What a query gives, of whatever type. */
function valueText(query: Query, path: string): string {
  if (query.kind === "single") {
    if (query.members !== undefined || query.whenThere !== undefined)
      throw new NotConvertible(path, "a value is worked out in its own way");
    return query.text;
  }
  const { text, item, condition, next } = query;
  if (next.kind === "list") throw new NotConvertible(path, "lists in lists are put together in their own way");
  const counts = and(condition, next.place ? presence(next.place) : TRUE);
  const kept = counts === TRUE ? text : `${text}.filter(${item}, ${counts.text})`;
  return next.text === item ? kept : `${kept}.map(${item}, ${next.text})`;
}

function refuseInText(query: Query, path: string): void {
  if (query.kind === "list") throw new NotConvertible(path, "a list is put into a text");
  if (query.members !== undefined || query.whenThere !== undefined)
    throw new NotConvertible(path, "a value is worked out in its own way");
  const { kind } = query.type;
  if (kind !== "string" && kind !== "integer" && kind !== "boolean")
    throw new NotConvertible(path, `a value of the type ${kind} is put into a text`);
}

function inText(query: Query, path: string): string {
  refuseInText(query, path);
  return query.kind === "single" && query.type.kind === "string" ? query.text : `string(${query.text})`;
}
