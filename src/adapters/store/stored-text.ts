import { Buffer } from "node:buffer";
import { createHash } from "node:crypto";
import {
  AmapError,
  Double,
  isValueObject,
  LIMITS,
  parseTime,
  readJsonFast,
  type Value,
  writeJson,
} from "../../base/index.ts";

/**
 * PostgreSQL's text holds neither NUL nor half of a surrogate pair, and SQLite's UTF-8 not the latter; outside text holds
 * both. They are written as DLE and four hexadecimal digits, and so is DLE itself.
 */
const ESCAPE = "\u0010";
// oxlint-disable-next-line no-control-regex -- they are what is looked for.
const NEEDS_ESCAPE = /[\0\u0010]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;
// oxlint-disable-next-line no-control-regex -- see above.
const ESCAPED = /\u0010([0-9a-f]{4})/g;
/** UTF-16 units of a text that an index holds: three bytes each at most, within PostgreSQL's 2,704 bytes of an entry. */
const INDEXED_LENGTH = 200;
/** UTF-16 units of a name that is indexed whole, alone or before a cut one. */
const NAME_LENGTH = 512;

/** Any text as both databases can hold it; {@link unescapeText} gives it back. */
export function escapeText(text: string): string {
  return text.replace(NEEDS_ESCAPE, (unit) => ESCAPE + unit.charCodeAt(0).toString(16).padStart(4, "0"));
}

export function unescapeText(stored: string): string {
  if (!stored.includes(ESCAPE)) return stored;
  return stored.replace(ESCAPED, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}

/** An escaped name that an index holds whole. @throws {AmapError} LIMIT_EXCEEDED */
export function escapeName(name: string): string {
  const escaped = escapeText(name);
  if (escaped.length <= NAME_LENGTH) return escaped;
  throw new AmapError(
    "LIMIT_EXCEEDED",
    `the store takes names of at most ${NAME_LENGTH} characters, found ${name.length}`,
  );
}

/** The beginning of an escaped text, for an index; never ends inside an escape or a surrogate pair. */
export function cutForIndex(escaped: string, length: number = INDEXED_LENGTH): string {
  if (escaped.length <= length) return escaped;
  const cut = escaped.slice(0, length);
  const open = cut.lastIndexOf(ESCAPE);
  return (open > length - 5 ? cut.slice(0, open) : cut).replace(/[\ud800-\udbff]$/, "");
}

/** What is searched, and what is searched for: escaped, in lower case. */
export function searchText(...parts: readonly string[]): string {
  return escapeText(parts.join("\n").toLowerCase());
}

/** A short name for any list of texts. */
export function hashKey(...parts: readonly string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("base64url");
}

/**
 * JSON text of a value or of an interface made of values; members that are undefined are left out.
 * @throws {AmapError} LIMIT_EXCEEDED, and VALUE_INVALID for a member `__proto__`: neither could be read again
 */
export function toJson(value: unknown): string {
  const text = writeJson(plain(value));
  if (text.length * 3 > LIMITS.documentBytes && Buffer.byteLength(text) > LIMITS.documentBytes) {
    throw new AmapError("LIMIT_EXCEEDED", `the store takes documents of at most ${LIMITS.documentBytes} bytes`);
  }
  return text;
}

/** The row's column says of what type its JSON is. @throws {AmapError} STORE_INVALID */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- a cast at each of two dozen calls says no more.
export function fromJson<T = Value>(stored: string): T {
  try {
    const value = readJsonFast(stored);
    return (stored.includes("\\u0010") ? mapTexts(value, unescapeText) : value) as T;
  } catch (cause) {
    throw new AmapError("STORE_INVALID", "the store holds a document that is not JSON", { cause });
  }
}

/** JSON writes NUL as an escape of its own; only half pairs and our own escape need ours. */
function plain(value: unknown): Value {
  return mapTexts(value as Value, (text) => (text.isWellFormed() && !text.includes(ESCAPE) ? text : escapeText(text)));
}

function mapTexts(value: Value, map: (text: string) => string): Value {
  if (typeof value === "string") return map(value);
  if (Array.isArray(value)) return value.map((item: Value) => mapTexts(item, map));
  if (value instanceof Double || !isValueObject(value)) return value;
  const copy: Record<string, Value> = {};
  for (const [key, member] of Object.entries(value)) {
    // No reader of amap's lets it in, so nobody can have meant it; an assignment would lose it without a word.
    if (key === "__proto__") throw new AmapError("VALUE_INVALID", "the store takes no member of the name __proto__");
    if (member !== undefined) copy[map(key)] = mapTexts(member, map);
  }
  return copy;
}

/** Milliseconds of a time that must be one. @throws {AmapError} VALUE_INVALID */
export function timeMs(rfc3339: string): number {
  const ms = parseTime(rfc3339);
  if (ms !== undefined) return ms;
  throw new AmapError("VALUE_INVALID", `expected an RFC 3339 time, found "${rfc3339.slice(0, 60)}"`);
}
