import { isValueObject, type Value, writeJson } from "../../../../base/index.ts";
import { numberOf } from "../evaluate/values.ts";

/** Why an expression has no value, for someone who has not written many. */
export interface JmesExplanation {
  readonly expression: string;
  /** Where in the expression, in code points from 1. */
  readonly column: number;
  /** What was expected and what was met there, the value and its type included. */
  readonly reason: string;
  /** What to do about it. */
  readonly hint: string;
}

/** Characters of one value in an explanation. */
const SHOWN_LENGTH = 80;
const SHOWN_KEYS = 12;

/**
 * An explanation as lines: the reason, the expression with a caret below the place, what to do. All but the first begin as
 * lines of an excerpt do.
 */
export function drawExplanation({ expression, column, reason, hint }: JmesExplanation): string {
  const characters = Array.from(expression);
  const before = characters.slice(0, column - 1);
  const lineStart = before.lastIndexOf("\n") + 1;
  const lineEnd = characters.indexOf("\n", column - 1);
  // Of a long line what is around the place.
  const start = Math.max(lineStart, column - 1 - SHOWN_LENGTH);
  const end = Math.min(lineEnd < 0 ? characters.length : lineEnd, column - 1 + SHOWN_LENGTH);
  const [head, tail] = [start > lineStart ? "…" : "", end < (lineEnd < 0 ? characters.length : lineEnd) ? "…" : ""];
  const excerpt = `${head}${characters.slice(start, end).join("")}${tail}`.replaceAll("\t", " ");
  const pointer = " ".repeat(head.length + column - 1 - start);
  return [reason, `  | ${excerpt}`, `  | ${pointer}^`, ...(hint === "" ? [] : [`  | ${hint}`])].join("\n");
}

/** A value with its type: `the text "web"`, `a list of 2 items`, `null`. */
export function describeValue(value: Value): string {
  if (value === null) return "null";
  if (typeof value === "string") return value === "" ? 'the empty text ""' : `the text ${shorten(writeJson(value))}`;
  if (typeof value === "boolean") return `the boolean ${value}`;
  if (numberOf(value) !== undefined) return `the number ${writeJson(value)}`;
  if (Array.isArray(value)) {
    if (value.length === 0) return "an empty list";
    return value.length === 1 ? "a list of 1 item" : `a list of ${value.length} items`;
  }
  const keys = isValueObject(value) ? Object.keys(value) : [];
  return keys.length === 0
    ? "an empty object"
    : `an object with the ${keys.length === 1 ? "key" : "keys"} ${listKeys(keys)}`;
}

/** Some keys, and how many more there are. */
export function listKeys(keys: readonly string[]): string {
  const shown = keys.slice(0, SHOWN_KEYS).map((key) => shorten(key));
  const more = keys.length - shown.length;
  return `${shown.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}

function shorten(text: string): string {
  return text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH).toWellFormed()}…` : text;
}
