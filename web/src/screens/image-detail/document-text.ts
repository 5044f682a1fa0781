import { parseExact } from "../../api/exact-json.ts";
import { printableLines } from "../../text/printable.ts";

/** Characters of a document that are put on the page; the rest is behind the link to the raw answer. */
const MAX_DOCUMENT_CHARACTERS = 200_000;

/** A value as text for a block of its own. */
export interface DocumentText {
  readonly text: string;
  /** Characters that are not in `text`. */
  readonly left: number;
}

/**
 * A value as indented JSON, text as it is, with control, direction-changing and invisible characters written as
 * `\u{…}`: what is on the page is what is in the document. Cut at `max` characters.
 */
export function documentText(value: unknown, max: number = MAX_DOCUMENT_CHARACTERS): DocumentText {
  const json = typeof value === "string" ? value : (JSON.stringify(value, undefined, 2) ?? "");
  return { text: printableLines(json.slice(0, max)), left: Math.max(0, json.length - max) };
}

/** Text of JSON, indented where it can be read as such and as it is where not. */
export function indentJson(text: string): DocumentText {
  try {
    return documentText(parseExact(text));
  } catch {
    return documentText(text);
  }
}
