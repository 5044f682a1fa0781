import { LIMITS } from "../../../../base/index.ts";
import { INT_MAX, INT_MIN, toDouble, UINT_MAX } from "../values/arithmetic.ts";
import { type CelValue, Uint } from "../values/value.ts";
import { readQuoted } from "./quoted.ts";
import { sourceError } from "./source.ts";

export type TokenKind = "identifier" | "quoted-field" | "literal" | "number" | "operator" | "end";

export interface Token {
  readonly kind: TokenKind;
  /** The token as written; of a quoted field, the name without its backticks. */
  readonly text: string;
  /** UTF-16 units from the source's start. */
  readonly start: number;
  /** Of `literal` and `number`. An int that only fits when it is negated is the bigint 2^63. */
  readonly value?: CelValue;
}

const SPACE = /[\t\n\f\r ]*(?:\/\/[^\n]*[\t\n\f\r ]*)*/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const QUOTED_FIELD = /`([A-Za-z0-9_.\-/ ]+)`/y;
const STRING_START = /[bB]?[rR]?(?="|')/y;
const DOUBLE = /(?:[0-9]*\.[0-9]+(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+)/y;
const INTEGER = /(?:0[xX]([0-9a-fA-F]+)|([0-9]+))([uU]?)/y;
const OPERATOR = /&&|\|\||==|!=|<=|>=|[-+*/%!<>?:.,()[\]{}]/y;

const KEYWORDS: ReadonlyMap<string, CelValue> = new Map<string, CelValue>([
  ["true", true],
  ["false", false],
  ["null", null],
]);

/**
 * The tokens of an expression, the last one `end`. `in` is an operator; `true`, `false` and `null` are literals;
 * reserved words are identifiers here (they may be field names) and the parser refuses them elsewhere.
 * @throws {AmapError} EXPRESSION_INVALID, LIMIT_EXCEEDED (LIMITS.expressionBytes)
 */
export function readTokens(source: string): readonly Token[] {
  if (source.length > LIMITS.expressionBytes) {
    const message = `the expression is ${source.length} characters long, more than ${LIMITS.expressionBytes}`;
    throw sourceError(source, 0, message, "LIMIT_EXCEEDED");
  }
  const tokens: Token[] = [];
  let offset = skipSpace(source, 0);
  while (offset < source.length) {
    const { token, end } = readToken(source, offset);
    tokens.push(token);
    offset = skipSpace(source, end);
  }
  tokens.push({ kind: "end", text: "the end", start: source.length });
  return tokens;
}

function match(pattern: RegExp, source: string, offset: number): RegExpExecArray | null {
  pattern.lastIndex = offset;
  return pattern.exec(source);
}

function skipSpace(source: string, offset: number): number {
  return offset + (match(SPACE, source, offset)?.[0].length ?? 0);
}

interface Read {
  readonly token: Token;
  readonly end: number;
}

function readToken(source: string, offset: number): Read {
  const prefix = match(STRING_START, source, offset);
  if (prefix !== null) {
    const { value, end } = readQuoted(source, offset, prefix[0].toLowerCase());
    return { token: { kind: "literal", text: source.slice(offset, end), start: offset, value }, end };
  }
  const name = match(NAME, source, offset);
  if (name !== null) return { token: nameToken(name[0], offset), end: offset + name[0].length };
  const number = match(DOUBLE, source, offset) ?? match(INTEGER, source, offset);
  if (number !== null) return readNumber(source, offset, number);
  const operator = match(OPERATOR, source, offset);
  if (operator !== null) {
    return { token: { kind: "operator", text: operator[0], start: offset }, end: offset + operator[0].length };
  }
  const field = match(QUOTED_FIELD, source, offset);
  if (field !== null) {
    return {
      token: { kind: "quoted-field", text: field[1] as string, start: offset },
      end: offset + field[0].length,
    };
  }
  throw sourceError(source, offset, refusal(source, offset));
}

function refusal(source: string, offset: number): string {
  const found = String.fromCodePoint(source.codePointAt(offset) as number);
  const hints: Readonly<Record<string, string>> = {
    "`": "a quoted field is letters, digits and _ . - / or space between two backticks",
    "=": "unexpected =; equality is written ==",
    "&": "unexpected &; and is written &&",
    "|": "unexpected |; or is written ||",
  };
  return Object.hasOwn(hints, found) ? (hints[found] as string) : `unexpected character ${JSON.stringify(found)}`;
}

function nameToken(text: string, start: number): Token {
  if (text === "in") return { kind: "operator", text, start };
  const value = KEYWORDS.get(text);
  return value === undefined ? { kind: "identifier", text, start } : { kind: "literal", text, start, value };
}

function readNumber(source: string, start: number, found: RegExpExecArray): Read {
  const text = found[0];
  const end = start + text.length;
  const following = match(NAME, source, end);
  if (following !== null) {
    throw sourceError(source, end, `unexpected ${JSON.stringify(following[0])} directly behind a number`);
  }
  return { token: { kind: "number", text, start, value: numberValue(source, start, found) }, end };
}

function numberValue(source: string, start: number, found: RegExpExecArray): CelValue {
  const [text, hex, decimal, suffix] = found;
  if (hex === undefined && decimal === undefined) {
    const value = Number(text);
    if (!Number.isFinite(value)) throw sourceError(source, start, `${text} is too large for a double`);
    return toDouble(value);
  }
  // 64 bits have at most 20 digits: longer ones need no conversion, whose time grows with the square of the length.
  const digits = (hex ?? decimal ?? "").replace(/^0+(?=.)/, "");
  const value = digits.length > 20 ? UINT_MAX + 1n : BigInt(hex === undefined ? digits : `0x${digits}`);
  if (suffix !== "") {
    if (value > UINT_MAX) throw sourceError(source, start, "the uint is outside 64 bits");
    return new Uint(value);
  }
  if (value > -INT_MIN) throw sourceError(source, start, "the int is outside 64 bits");
  return value <= INT_MAX && Number.isSafeInteger(Number(value)) ? Number(value) : value;
}
