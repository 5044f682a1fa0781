import { AmapError, type ErrorCode } from "../../../../base/index.ts";

/** A place in an expression: both from 1, the column in code points. */
export interface SourcePosition {
  readonly line: number;
  readonly column: number;
}

/** The position of an offset (UTF-16 units) in a text. */
export function positionAt(source: string, offset: number): SourcePosition {
  const before = source.slice(0, offset);
  const lineStart = before.lastIndexOf("\n") + 1;
  let line = 1;
  for (let at = before.indexOf("\n"); at !== -1; at = before.indexOf("\n", at + 1)) line++;
  return { line, column: Array.from(before.slice(lineStart)).length + 1 };
}

const EXCERPT_BEFORE = 60;
const EXCERPT_AFTER = 40;

/** The line around an offset and a caret below it, cut to about 100 characters. */
export function excerptAt(source: string, offset: number): string {
  const lineStart = source.lastIndexOf("\n", offset - 1) + 1;
  const nextLine = source.indexOf("\n", offset);
  const lineEnd = nextLine === -1 ? source.length : nextLine;
  const start = Math.max(lineStart, offset - EXCERPT_BEFORE);
  const end = Math.min(lineEnd, offset + EXCERPT_AFTER);
  const before = `${start > lineStart ? "…" : ""}${source.slice(start, offset)}`;
  const line = `${before}${source.slice(offset, end)}${end < lineEnd ? "…" : ""}`.replaceAll("\t", " ");
  return `  | ${line}\n  | ${" ".repeat(Array.from(before).length)}^`;
}

const MAX_MESSAGE = 1000;

/** Names and literals may be as long as an expression. */
function shorten(message: string): string {
  return message.length > MAX_MESSAGE ? `${message.slice(0, MAX_MESSAGE)}…` : message;
}

/** `line:column`, what is wrong, and the excerpt: the form of every message about an expression. */
export function describeAt(source: string, offset: number, message: string): string {
  const { line, column } = positionAt(source, offset);
  return `${line}:${column}: ${shorten(message)}\n${excerptAt(source, offset)}`;
}

/** An error about a place in an expression that cannot be compiled. */
export function sourceError(
  source: string,
  offset: number,
  message: string,
  code: ErrorCode = "EXPRESSION_INVALID",
): AmapError {
  return new AmapError(code, describeAt(source, offset, message), { details: { ...positionAt(source, offset) } });
}

/** Something wrong at a place in an expression. */
export interface SourceIssue {
  /** UTF-16 units from the source's start. */
  readonly offset: number;
  readonly message: string;
}

/** All that is wrong with an expression as one error: at least one issue; line and column are the first one's. */
export function sourceErrors(source: string, issues: readonly SourceIssue[]): AmapError {
  const sorted = issues.toSorted((a, b) => a.offset - b.offset);
  const [first] = sorted;
  const message = sorted.map((issue) => describeAt(source, issue.offset, issue.message)).join("\n");
  const places = sorted.map((issue) => ({ ...positionAt(source, issue.offset), message: shorten(issue.message) }));
  const details = { ...positionAt(source, first?.offset ?? 0), ...(places.length > 1 ? { issues: places } : {}) };
  return new AmapError("EXPRESSION_INVALID", message, { details });
}
