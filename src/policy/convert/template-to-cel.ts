import { findVariables, type TextPart, type VariablePart } from "../language/variables/find-variables.ts";
import { quote } from "./cel-text.ts";
import { TEXT } from "./field-types.ts";
import { NotConvertible } from "./not-convertible.ts";
import type { Query, SingleQuery } from "./query.ts";
import { textOfQuery } from "./query-functions.ts";
import { constantQuery } from "./query-literals.ts";
import { convertQuery, type QueryScope } from "./query-to-cel.ts";

/** A text of a policy: without variables itself, else CEL that makes it. */
export type TemplateText = { readonly text: string } | { readonly expression: string };

/** What a text of a policy stands for: one variable, a text around several, or itself. */
export function queryOf(text: string, scope: QueryScope, path: string): Query {
  const parts = findVariables(text).filter((part) => part !== "");
  const [only] = parts;
  if (parts.length === 1 && only !== undefined && typeof only !== "string") return queryOfPart(only, scope, path);
  const made = convertTemplate(text, scope, path);
  if ("text" in made) return constantQuery(made.text) as SingleQuery;
  return { kind: "single", type: TEXT, text: `(${made.expression})` };
}

/** A text with variables as CEL that makes the same text. */
export function convertTemplate(text: string, scope: QueryScope, path: string): TemplateText {
  const parts = findVariables(text).filter((part) => part !== "");
  if (parts.every((part) => typeof part === "string")) return { text: parts.join("") };
  const pieces = parts.map((part) => {
    if (typeof part === "string") return quote(part);
    const query = queryOfPart(part, scope, path);
    if (query.kind === "list") throw new NotConvertible(path, "a list is put into a text");
    if (query.whenThere !== undefined) throw new NotConvertible(path, "what may be null is put into a text");
    const made = query.type.kind === "quantity" ? undefined : textOfQuery(query);
    if (made !== undefined) return made;
    throw new NotConvertible(path, `a value of the type ${query.type.kind} is put into a text`);
  });
  return { expression: pieces.join(" + ") };
}

/** A variable, in whose quoted texts others may stand. */
function queryOfPart({ parts }: VariablePart, scope: QueryScope, path: string): Query {
  const inserted = new Map<string, SingleQuery>();
  const source = parts.map((part) => (typeof part === "string" ? part : insert(part, inserted, scope, path))).join("");
  for (const mark of inserted.keys()) {
    if (!standsInText(source, mark)) {
      throw new NotConvertible(path, "a variable stands in a variable, and not in a text of it");
    }
  }
  const query = source.trim().replace(/^-/, "").trim();
  if (query === "@") throw new NotConvertible(path, "the value that is already there");
  return convertQuery(query, scope, path, { inserted });
}

/** A constant is put in as it is; another value gets a mark that stands for it. */
function insert(part: TextPart, inserted: Map<string, SingleQuery>, scope: QueryScope, path: string): string {
  const query = queryOfPart(part as VariablePart, scope, path);
  if (query.kind === "list") throw new NotConvertible(path, "a list is put into a query");
  if (typeof query.constant === "string") return query.constant;
  const text = textOfQuery(query);
  if (text === undefined) throw new NotConvertible(path, "a variable stands in a variable");
  const mark = `\uE000${inserted.size}\uE001`;
  inserted.set(mark, { kind: "single", type: TEXT, text, ...(query.isFull === true && { isFull: true }) });
  return mark;
}

/** Whether a mark is inside single quotes: an apostrophe in the value would end the text in Kyverno, and nowhere else. */
function standsInText(source: string, mark: string): boolean {
  const before = source.slice(0, source.indexOf(mark));
  return (before.replaceAll("\\'", "").match(/'/g) ?? []).length % 2 === 1;
}
