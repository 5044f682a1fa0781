import { decodeUtf8, encodeUtf8 } from "../bytes/text.ts";
import { AmapError } from "../errors/amap-error.ts";
import type { ErrorCode } from "../errors/codes.ts";
import { LIMITS } from "../limits.ts";

/** Limits of one read; a limit above {@link LIMITS} has no effect. */
export interface ReadOptions {
  /** Bytes of UTF-8 that are accepted, LIMITS.documentBytes when left out. */
  readonly maxBytes?: number;
  /** Lists and objects inside one another, the outermost counting 1; LIMITS.documentDepth when left out. */
  readonly maxDepth?: number;
}

/** A line's place in what the user wrote, where the text that is read is a part or a changed copy of it. */
export interface Lines {
  /** The number of the text's first line; 1 when left out. */
  readonly first?: number;
  /** Characters at the beginning of a line that are not the user's, by the line's number within the text, from 1. */
  readonly padding?: ReadonlyMap<number, number>;
}

/** The text of a document: size checked, well-formed Unicode. A byte order mark is kept: the reader decides. */
export function sourceText(
  input: Uint8Array | string,
  options: ReadOptions,
  code: "JSON_INVALID" | "YAML_INVALID" | "TOML_INVALID",
  lines: Lines = {},
): string {
  const maxBytes = Math.min(options.maxBytes ?? LIMITS.documentBytes, LIMITS.documentBytes);
  const size = byteLength(input, maxBytes);
  if (size > maxBytes) {
    throw new AmapError("LIMIT_EXCEEDED", `expected a document of at most ${maxBytes} bytes, found ${size}`);
  }
  if (typeof input !== "string") {
    const text = decodeUtf8(input);
    if (text === undefined) {
      throw new AmapError(
        code,
        `expected UTF-8, found other bytes at line ${lineOfInvalidByte(input) + (lines.first ?? 1) - 1}`,
      );
    }
    return text;
  }
  if (!input.isWellFormed()) {
    throw errorAt(code, input, loneSurrogate(input), "expected Unicode text, found half of a surrogate pair", lines);
  }
  return input;
}

/** The depth limit that holds for a read. */
export function depthLimit(options: ReadOptions): number {
  return Math.min(options.maxDepth ?? LIMITS.documentDepth, LIMITS.documentDepth);
}

/**
 * An error that says where: line and column count from 1, the column in UTF-16 code units.
 */
export function errorAt(code: ErrorCode, text: string, offset: number, message: string, lines: Lines = {}): AmapError {
  const { line, column } = placeAt(text, offset, lines);
  return new AmapError(code, `${message} at line ${line}, column ${column}`, { details: { line, column } });
}

/** The line and column of an offset, counted as {@link errorAt} does. */
export function placeAt(
  text: string,
  offset: number,
  lines: Lines = {},
): { readonly line: number; readonly column: number } {
  const at = Math.max(0, Math.min(offset, text.length));
  let line = 1;
  let lineStart = 0;
  for (let next = text.indexOf("\n"); next !== -1 && next < at; next = text.indexOf("\n", next + 1)) {
    line++;
    lineStart = next + 1;
  }
  const column = Math.max(1, at - lineStart + 1 - (lines.padding?.get(line) ?? 0));
  return { line: line + (lines.first ?? 1) - 1, column };
}

/** A short, printable piece of a document for a message. */
export function excerpt(text: string): string {
  const short = text.length > 40 ? `${text.slice(0, 40).toWellFormed()}…` : text;
  return JSON.stringify(short);
}

function byteLength(input: Uint8Array | string, maxBytes: number): number {
  if (typeof input !== "string") return input.length;
  // A UTF-16 code unit becomes one to three bytes, so the exact count is only needed near the limit.
  if (input.length > maxBytes || input.length * 3 <= maxBytes) return input.length;
  return encodeUtf8(input).length;
}

function lineOfInvalidByte(bytes: Uint8Array): number {
  // A line feed is never part of a longer UTF-8 sequence, so each line can be judged alone.
  let line = 1;
  let start = 0;
  for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, start)) {
    if (decodeUtf8(bytes.subarray(start, end)) === undefined) return line;
    line++;
    start = end + 1;
  }
  return line;
}

function loneSurrogate(text: string): number {
  return text.search(/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/);
}
