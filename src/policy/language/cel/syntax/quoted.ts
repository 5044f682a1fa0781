import { concatBytes, encodeUtf8 } from "../../../../base/index.ts";
import { sourceError } from "./source.ts";

const SIMPLE_ESCAPES: ReadonlyMap<string, string> = new Map([
  ["\\", "\\"],
  ["?", "?"],
  ['"', '"'],
  ["'", "'"],
  ["`", "`"],
  ["a", "\x07"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ["v", "\v"],
]);
const NUMERIC_ESCAPE = /(?:[xX]([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2}))/y;

/** A string or bytes literal and where it ends. */
export interface Quoted {
  readonly value: string | Uint8Array;
  readonly end: number;
}

/**
 * The literal that starts at `start` with a prefix of `r` and `b`: one of '…', "…", '''…''' and """…""".
 * @throws {AmapError} EXPRESSION_INVALID
 */
export function readQuoted(source: string, start: number, prefix: string): Quoted {
  const open = start + prefix.length;
  const quote = source[open] as string;
  const isTriple = source.startsWith(quote.repeat(3), open);
  const fence = isTriple ? quote.repeat(3) : quote;
  const body = open + fence.length;
  const isRaw = prefix.includes("r");
  const end = findEnd(source, start, { body, fence, isRaw });
  const text = isRaw ? sliceLines(source, body, end) : undefined;
  const value = prefix.includes("b")
    ? text === undefined
      ? unescapeBytes(source, body, end)
      : encodeUtf8(text)
    : (text ?? unescapeText(source, body, end));
  return { value, end: end + fence.length };
}

interface Fence {
  /** Offset behind the opening quotes. */
  readonly body: number;
  readonly fence: string;
  readonly isRaw: boolean;
}

function findEnd(source: string, start: number, { body, fence, isRaw }: Fence): number {
  for (let at = body; at < source.length; at++) {
    const unit = source[at];
    // In a raw literal a backslash is like any other character, also before a quote.
    if (unit === "\\" && !isRaw) at++;
    else if (unit === fence[0] && source.startsWith(fence, at)) return at;
    else if (fence.length === 1 && (unit === "\n" || unit === "\r")) break;
  }
  throw sourceError(source, start, `the literal is not closed: ${fence} is missing`);
}

/** A part of the source in which every line ends with one line feed, however the source was saved. */
function sliceLines(source: string, start: number, end: number): string {
  const text = source.slice(start, end);
  return text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text;
}

function unescapeText(source: string, body: number, end: number): string {
  const lines = sliceLines(source, body, end);
  if (!lines.includes("\\")) return lines;
  let text = "";
  let at = body;
  while (at < end) {
    const next = source.indexOf("\\", at);
    const stop = next === -1 || next > end ? end : next;
    text += sliceLines(source, at, stop);
    if (stop === end) break;
    const escape = readEscape(source, stop);
    if (escape.code > 0x10ffff || (escape.code >= 0xd800 && escape.code <= 0xdfff)) {
      throw sourceError(source, stop, "the escape is not a Unicode character");
    }
    text += String.fromCodePoint(escape.code);
    at = escape.end;
  }
  return text;
}

function unescapeBytes(source: string, body: number, end: number): Uint8Array {
  const lines = sliceLines(source, body, end);
  if (!lines.includes("\\")) return encodeUtf8(lines);
  const parts: Uint8Array[] = [];
  let at = body;
  while (at < end) {
    const next = source.indexOf("\\", at);
    const stop = next === -1 || next > end ? end : next;
    parts.push(encodeUtf8(sliceLines(source, at, stop)));
    if (stop === end) break;
    const escape = readEscape(source, stop);
    if (escape.isUnicode) throw sourceError(source, stop, "a bytes literal has no \\u and \\U escapes");
    parts.push(Uint8Array.of(escape.code));
    at = escape.end;
  }
  return concatBytes(parts);
}

interface Escape {
  readonly code: number;
  readonly isUnicode: boolean;
  readonly end: number;
}

function readEscape(source: string, backslash: number): Escape {
  const simple = SIMPLE_ESCAPES.get(source[backslash + 1] ?? "");
  if (simple !== undefined) return { code: simple.charCodeAt(0), isUnicode: false, end: backslash + 2 };
  NUMERIC_ESCAPE.lastIndex = backslash + 1;
  const found = NUMERIC_ESCAPE.exec(source);
  if (found === null) throw sourceError(source, backslash, "unknown escape in a literal");
  const [text, byte, short, long, octal] = found;
  return {
    code: octal === undefined ? Number.parseInt(byte ?? short ?? long ?? "", 16) : Number.parseInt(octal, 8),
    isUnicode: short !== undefined || long !== undefined,
    end: backslash + 1 + text.length,
  };
}
