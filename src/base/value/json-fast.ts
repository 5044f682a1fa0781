import { readJson } from "./json-reader.ts";
import { depthLimit, type ReadOptions, sourceText } from "./source.ts";
import type { Value } from "./value.ts";

/**
 * Reads one JSON document with the meaning of {@link readJson}: the same value or the same error, at close to the speed
 * of JSON.parse where the document has no unusual token. For resources and other large input that is not signed.
 * @throws {AmapError} JSON_INVALID (with line and column), LIMIT_EXCEEDED (bytes, depth)
 * @see docs/adr/0003-values.md
 * @example
 * ```ts
 * import { readJsonFast } from "../index.ts";
 * readJsonFast('{"kind": "Pod"}'); // { kind: "Pod" }
 * ```
 */
export function readJsonFast(input: Uint8Array | string, options: ReadOptions = {}): Value {
  const text = sourceText(input, options, "JSON_INVALID");
  const value = parseWhenPlain(text, depthLimit(options));
  // The strict reader judges what the quick look cannot, and words every error.
  return value === undefined ? readJson(text, options) : value;
}

/**
 * JSON.parse's result where it is proven to be the strict reader's, else undefined. JSON.parse differs in four things:
 * it keeps the last of two equal keys, accepts `__proto__`, accepts half of a surrogate pair as an escape, and makes
 * every number a double. So: the text has at least as many `":` as keys (see countKeys), the result at most as many, and
 * when both counts agree no key was lost; numbers are looked at in the text after a key, and in lists in the result.
 */
function parseWhenPlain(text: string, maxDepth: number): Value | undefined {
  if (text.includes("\\ud") || text.includes("\\uD")) return undefined;
  const keysInText = countKeys(text);
  if (keysInText === undefined) return undefined;
  let value: Value;
  try {
    value = JSON.parse(text) as Value;
  } catch {
    return undefined;
  }
  if (typeof value === "number") return undefined;
  const count = { keys: 0 };
  if (typeof value === "object" && value !== null && !isPlain(value, maxDepth, count)) return undefined;
  return count.keys === keysInText ? value : undefined;
}

/**
 * How often `":` stands in the text with a quote that is not escaped: each key once, and each string that begins with a
 * colon. Undefined where white space stands before a colon, or a number after `":` is not surely the same to both readers.
 */
function countKeys(text: string): number | undefined {
  let keys = 0;
  for (let colon = text.indexOf(":"); colon !== -1; colon = text.indexOf(":", colon + 1)) {
    const before = text.charCodeAt(colon - 1);
    if (isSpace(before)) return undefined;
    if (before !== 0x22 || isEscaped(text, colon - 1)) continue;
    keys++;
    let at = colon + 1;
    while (isSpace(text.charCodeAt(at))) at++;
    const first = text.charCodeAt(at);
    if ((first === 0x2d || isDigit(first)) && !isPlainNumber(text, at)) return undefined;
  }
  return keys;
}

function isEscaped(text: string, quote: number): boolean {
  let at = quote;
  while (text.charCodeAt(at - 1) === 0x5c) at--;
  return (quote - at) % 2 === 1;
}

/** Whether the number token at `start` is a short integer other than -0, or certainly not integral. */
function isPlainNumber(text: string, start: number): boolean {
  let at = start + 1;
  while (isDigit(text.charCodeAt(at))) at++;
  const after = text.charCodeAt(at);
  if (after !== 0x2e && after !== 0x45 && after !== 0x65) {
    return at - start <= 15 && !(text.charCodeAt(start) === 0x2d && text.charCodeAt(start + 1) === 0x30);
  }
  while (isNumberPart(text.charCodeAt(at))) at++;
  const number = Number(text.slice(start, at));
  return Number.isFinite(number) && !Number.isInteger(number);
}

/** Counts keys; false for `__proto__`, a list's number that may have been written in another way, or too many levels. */
function isPlain(value: object, levels: number, count: { keys: number }): boolean {
  if (levels === 0) return false;
  if (Array.isArray(value)) {
    for (const item of value) {
      if (typeof item === "number" && (Number.isInteger(item) || !Number.isFinite(item))) return false;
      if (typeof item === "object" && item !== null && !isPlain(item, levels - 1, count)) return false;
    }
    return true;
  }
  for (const key in value) {
    if (key === "__proto__") return false;
    count.keys++;
    const member: unknown = value[key as never];
    if (typeof member === "object" && member !== null && !isPlain(member, levels - 1, count)) return false;
  }
  return true;
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09;
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

function isNumberPart(code: number): boolean {
  return isDigit(code) || code === 0x2e || code === 0x45 || code === 0x65 || code === 0x2b || code === 0x2d;
}
