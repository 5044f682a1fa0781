import { findVariables, type TextPart } from "../language/variables/find-variables.ts";
import { quote } from "./cel-text.ts";
import { NotConvertible } from "./not-convertible.ts";
import { type Query } from "./query.ts";
import { convertQuery, type QueryScope } from "./query-to-cel.ts";

/** A text of a policy: without variables itself, else CEL that makes it. */
export type TemplateText = { readonly text: string } | { readonly expression: string };

/** The query of a text that is one variable and nothing else; undefined for any other. */
export function queryOf(text: string, scope: QueryScope, path: string): Query | undefined {
  const parts = findVariables(text).filter((part) => part !== "");
  const [only] = parts;
  if (parts.length !== 1 || only === undefined || typeof only === "string") return undefined;
  return convertQuery(sourceOf(only, path), scope, path);
}

/** A text with variables as CEL that makes the same text. */
export function convertTemplate(text: string, scope: QueryScope, path: string): TemplateText {
  const parts = findVariables(text).filter((part) => part !== "");
  if (parts.every((part) => typeof part === "string")) return { text: parts.join("") };
  const pieces = parts.map((part) => {
    if (typeof part === "string") return quote(part);
    const query = convertQuery(sourceOf(part, path), scope, path);
    if (query.kind === "list") throw new NotConvertible(path, "a list is put into a text");
    if (query.type.kind === "string") return query.text;
    if (query.type.kind === "integer" || query.type.kind === "boolean") return `string(${query.text})`;
    throw new NotConvertible(path, `a value of the type ${query.type.kind} is put into a text`);
  });
  return { expression: pieces.join(" + ") };
}

function sourceOf({ parts }: Exclude<TextPart, string>, path: string): string {
  const [only] = parts;
  if (parts.length !== 1 || typeof only !== "string") throw new NotConvertible(path, "a variable stands in a variable");
  return only.trim();
}
