import { CelError } from "../error.ts";
import type { CelValue } from "./value.ts";

const SURROGATE = /[\ud800-\udfff]/;

/** The number of code points, CEL's length of a text. */
export function textLength(text: string): number {
  let length = 0;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    // A low surrogate belongs to the high one before it.
    if (unit < 0xdc00 || unit > 0xdfff) length++;
  }
  return length;
}

/** A text addressed by code points; plain slices where no character is longer than one unit. */
export class CodePoints {
  readonly #text: string;
  readonly #points: readonly string[] | undefined;
  constructor(text: string) {
    this.#text = text;
    this.#points = SURROGATE.test(text) ? Array.from(text) : undefined;
  }
  /** Whether it had to be taken apart into characters. */
  get isSplit(): boolean {
    return this.#points !== undefined;
  }
  get length(): number {
    return this.#points?.length ?? this.#text.length;
  }
  slice(start: number, end: number): string {
    return this.#points?.slice(start, end).join("") ?? this.#text.slice(start, end);
  }
  /** The UTF-16 offset of a code point. */
  #unitsBefore(index: number): number {
    return this.#points === undefined ? index : this.slice(0, index).length;
  }
  #pointsBefore(unit: number): number {
    return this.#points === undefined ? unit : textLength(this.#text.slice(0, unit));
  }
  indexOf(part: string, from: number): number {
    const found = this.#text.indexOf(part, this.#unitsBefore(from));
    return found === -1 ? -1 : this.#pointsBefore(found);
  }
  lastIndexOf(part: string, from: number): number {
    const found = this.#text.lastIndexOf(part, this.#unitsBefore(from));
    return found === -1 ? -1 : this.#pointsBefore(found);
  }
}

/** A double as Go's format `g` prints it: the shortest digits that read back, with an exponent below 1e-4 and from 1e6. */
export function formatDouble(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  if (value === 0) return Object.is(value, -0) ? "-0" : "0";
  const [digits, power] = value.toExponential().split("e") as [string, string];
  const exponent = Number(power);
  if (exponent >= -4 && exponent < 6) return value.toString();
  return `${digits}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

const DECIMAL = /^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/;
/** An underscore that is not between two digits. */
const LONE_UNDERSCORE = /(?:^|[^0-9])_|_(?:[^0-9]|$)/;
const SPECIAL = /^(?:([+-]?)inf(?:inity)?|nan)$/i;

/**
 * The double a text spells in decimal digits, `Inf`, `Infinity` or `NaN`.
 * @throws {CelError} invalid_argument
 */
export function parseDouble(text: string): number {
  const digits = LONE_UNDERSCORE.test(text) ? text : text.replaceAll("_", "");
  if (DECIMAL.test(digits)) {
    const value = Number(digits);
    if (Number.isFinite(value)) return value;
  }
  const special = SPECIAL.exec(text);
  if (special === null) throw new CelError("invalid_argument", `not a double: ${JSON.stringify(text.slice(0, 80))}`);
  if (special[1] === undefined) return Number.NaN;
  return special[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

/** Unicode's White_Space, which differs from JavaScript's `trim` in U+0085 and U+FEFF. */
const WHITE_SPACE = /[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

/** Without white space at both ends. */
export function trimText(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && WHITE_SPACE.test(text.charAt(start))) start++;
  while (end > start && WHITE_SPACE.test(text.charAt(end - 1))) end--;
  return text.slice(start, end);
}

/** Characters that a literal of Go writes with a letter behind a backslash. */
export const GO_ESCAPES: ReadonlyMap<string, string> = new Map([
  ["\x07", "\\a"],
  ["\b", "\\b"],
  ["\f", "\\f"],
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
  ["\v", "\\v"],
  ["\\", "\\\\"],
  ['"', '\\"'],
]);
const ESCAPED_BY_GO = /["\\]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu;

/** A text between double quotes as Go's `%q` writes it: what cannot be printed is escaped. */
export function quoteAsGo(text: string): string {
  const escaped = text.toWellFormed().replace(ESCAPED_BY_GO, (character) => {
    const known = GO_ESCAPES.get(character);
    if (known !== undefined) return known;
    const code = character.codePointAt(0) as number;
    if (code < 0x80) return `\\x${code.toString(16).padStart(2, "0")}`;
    return code < 0x10000 ? `\\u${code.toString(16).padStart(4, "0")}` : `\\U${code.toString(16).padStart(8, "0")}`;
  });
  return `"${escaped}"`;
}

/** A text longer than this is not for the quick lane: reading it costs steps. */
export const QUICK_TEXT_LENGTH = 64;

/** Whether it is a text that may be read without charging. */
export function isShortText(value: CelValue | undefined): value is string {
  return typeof value === "string" && value.length <= QUICK_TEXT_LENGTH;
}

/** Whether it is one whose characters are all of one unit. */
export function isSimpleText(value: CelValue | undefined): value is string {
  return isShortText(value) && !SURROGATE.test(value);
}
