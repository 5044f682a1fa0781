import { parse, TomlDate, TomlError } from "smol-toml";
import type { Decoded } from "../decoded.ts";
import { AmapError, isAmapError } from "../errors/amap-error.ts";
import { LIMITS } from "../limits.ts";
import { depthLimit, type ReadOptions, sourceText } from "../value/source.ts";
import { Double, type Value, type ValueObject } from "../value/value.ts";

/** A table, list or value as the parser gives it: all integers are bigint, so that `1` and `1.0` can be told apart. */
type Parsed = string | number | bigint | boolean | TomlDate | readonly Parsed[] | { readonly [key: string]: Parsed };

/**
 * Reads one TOML 1.0 or 1.1 document into the value tree. A malformed document is data: one issue TOML_INVALID with line
 * and column. Integers beyond 2^53 are bigint and `1.0` is a Double, as in JSON; dates and times are text in the form of
 * RFC 3339, with milliseconds where the document has fractions of a second; `inf` and `nan` are the texts `inf`, `-inf`
 * and `nan`. A key `__proto__` is refused. A byte order mark is skipped.
 * @throws {AmapError} LIMIT_EXCEEDED above `maxBytes` (LIMITS.documentBytes), `maxDepth` (LIMITS.documentDepth) or
 * LIMITS.tomlValues
 * @see https://toml.io/en/v1.0.0
 * @example
 * ```ts
 * import { decodeToml } from "../index.ts";
 * const decoded = decodeToml('[package]\nname = "a"\nversion = "1.0.0"\n');
 * decoded.ok && decoded.value; // { package: { name: "a", version: "1.0.0" } }
 * ```
 */
export function decodeToml(input: Uint8Array | string, options: ReadOptions = {}): Decoded<ValueObject> {
  const maxDepth = depthLimit(options);
  try {
    const text = sourceText(input, options, "TOML_INVALID");
    // The parser counts inline structures only; tables of headers and dotted keys are counted in the result, and a key
    // of very many parts is found before it makes as many tables.
    if (hasLongKey(text, maxDepth)) throw tooDeep(maxDepth);
    const parsed = parse(text, { integersAsBigInt: true, maxDepth: maxDepth + 1 }) as Parsed;
    return { ok: true, value: new Converter(maxDepth).table(parsed as { readonly [key: string]: Parsed }, 1) };
  } catch (error) {
    if (error instanceof TomlError) return invalid(messageOf(error), maxDepth);
    if (isAmapError(error, "TOML_INVALID")) return invalid(error.message, maxDepth);
    throw error;
  }
}

/** Whether somewhere more bare words than `maxParts` follow one another with single points between them. */
function hasLongKey(text: string, maxParts: number): boolean {
  let parts = 0;
  let wasPoint = true;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === POINT) {
      parts = wasPoint ? 0 : parts + 1;
      if (parts > maxParts) return true;
      wasPoint = true;
    } else if (isBareKeyCharacter(code)) wasPoint = false;
    else if (code !== SPACE && code !== TAB) {
      parts = 0;
      wasPoint = true;
    }
  }
  return false;
}

const POINT = 0x2e;
const SPACE = 0x20;
const TAB = 0x09;

function isBareKeyCharacter(code: number): boolean {
  const letter = code | 0x20;
  return (letter >= 0x61 && letter <= 0x7a) || (code >= 0x30 && code <= 0x39) || code === 0x5f || code === 0x2d;
}

const NESTED = "excessively nested";

function messageOf(error: TomlError): string {
  const [first = ""] = error.message.split("\n", 1);
  return `${first.replace(/^Invalid TOML document: /, "")} at line ${error.line}, column ${error.column}`;
}

function invalid(message: string, maxDepth: number): Decoded<ValueObject> {
  if (message.includes(NESTED)) throw tooDeep(maxDepth);
  return { ok: false, issues: [{ code: "TOML_INVALID", path: "", message }] };
}

function tooDeep(maxDepth: number): AmapError {
  return new AmapError("LIMIT_EXCEEDED", `expected at most ${maxDepth} levels of tables and lists, found more`);
}

/** Makes the value tree of what the parser made, within the limits. */
class Converter {
  readonly #maxDepth: number;
  #values = 0;

  constructor(maxDepth: number) {
    this.#maxDepth = maxDepth;
  }

  table(parsed: { readonly [key: string]: Parsed }, depth: number): ValueObject {
    if (depth > this.#maxDepth) throw tooDeep(this.#maxDepth);
    const table: Record<string, Value> = {};
    for (const key of Object.keys(parsed)) {
      if (key === "__proto__") throw new AmapError("TOML_INVALID", "the key __proto__ is not accepted");
      table[key] = this.#value(parsed[key] as Parsed, depth);
    }
    return table;
  }

  #value(parsed: Parsed, depth: number): Value {
    this.#values += 1;
    if (this.#values > LIMITS.tomlValues) {
      throw new AmapError("LIMIT_EXCEEDED", `expected at most ${LIMITS.tomlValues} values, found more`);
    }
    if (typeof parsed === "bigint") return toInteger(parsed);
    if (typeof parsed === "number") return toFloat(parsed);
    if (typeof parsed !== "object") return parsed;
    if (parsed instanceof TomlDate) return parsed.toISOString();
    if (!Array.isArray(parsed)) return this.table(parsed as { readonly [key: string]: Parsed }, depth + 1);
    if (depth >= this.#maxDepth) throw tooDeep(this.#maxDepth);
    return parsed.map((item: Parsed) => this.#value(item, depth + 1));
  }
}

function toInteger(integer: bigint): Value {
  const number = Number(integer);
  return Number.isSafeInteger(number) ? number : integer;
}

function toFloat(float: number): Value {
  if (Number.isNaN(float)) return "nan";
  if (!Number.isFinite(float)) return float > 0 ? "inf" : "-inf";
  return Number.isInteger(float) ? new Double(float) : float;
}
