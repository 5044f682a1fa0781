import { type AmapError, isAmapError, LIMITS, readJson, type Value } from "../../../../base/index.ts";
import type { JmesDialect } from "./ast.ts";
import { syntaxError } from "./error.ts";

/** Kinds of tokens by the names that Kyverno's messages have for them. */
export type TokenKind =
  | "tUnknown"
  | "tStar"
  | "tDot"
  | "tFilter"
  | "tFlatten"
  | "tLparen"
  | "tRparen"
  | "tLbracket"
  | "tRbracket"
  | "tLbrace"
  | "tRbrace"
  | "tOr"
  | "tPipe"
  | "tNumber"
  | "tUnquotedIdentifier"
  | "tQuotedIdentifier"
  | "tComma"
  | "tColon"
  | "tLT"
  | "tLTE"
  | "tGT"
  | "tGTE"
  | "tEQ"
  | "tNE"
  | "tJSONLiteral"
  | "tStringLiteral"
  | "tCurrent"
  | "tExpref"
  | "tAnd"
  | "tNot"
  | "tVariable"
  | "tRoot"
  | "tAssign"
  | "tPlus"
  | "tMinus"
  | "tMultiply"
  | "tDivide"
  | "tModulo"
  | "tDiv"
  | "tEOF";

export interface Token {
  readonly kind: TokenKind;
  /** The token as written; of a quoted name and of literals, what is meant. */
  readonly text: string;
  /** UTF-16 units from the source's start. */
  readonly start: number;
  /** Of `tJSONLiteral`. */
  readonly value?: Value;
}

const SPACE = /[ \t\n\r]*/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const NUMBER = /-[0-9]*|[0-9]+/y;
const QUOTED_NAME = /"((?:[^"\\]|\\[^])*)"/y;
const RAW_STRING = /'((?:[^'\\]|\\'|\\(?!'))*)'/y;
const LITERAL = /`((?:[^`\\]|\\[^])*)`/y;
const OPERATOR = /\|\||&&|[<>!=]=|\[\?|\[\]|[.*,:{}\]()@[|<>!=&]/y;

const COMMUNITY_NUMBER = /-?[0-9]+/y;
const COMMUNITY_RAW_STRING = /'((?:[^'\\]|\\[^])*)'/y;
const COMMUNITY_OPERATOR = /\|\||&&|[<>!=]=|\[\?|\[\]|\/\/|[.*,:{}\]()@[|<>!=&+\-\u2212\u00d7\u00f7/%]/y;
const VARIABLE = /\$[A-Za-z0-9_]*/y;

const OPERATORS: ReadonlyMap<string, TokenKind> = new Map<string, TokenKind>([
  [".", "tDot"],
  ["*", "tStar"],
  [",", "tComma"],
  [":", "tColon"],
  ["{", "tLbrace"],
  ["}", "tRbrace"],
  ["[", "tLbracket"],
  ["]", "tRbracket"],
  ["[?", "tFilter"],
  ["[]", "tFlatten"],
  ["(", "tLparen"],
  [")", "tRparen"],
  ["@", "tCurrent"],
  ["||", "tOr"],
  ["|", "tPipe"],
  ["&&", "tAnd"],
  ["&", "tExpref"],
  ["<=", "tLTE"],
  ["<", "tLT"],
  [">=", "tGTE"],
  [">", "tGT"],
  ["!=", "tNE"],
  ["!", "tNot"],
  ["==", "tEQ"],
  ["=", "tUnknown"],
]);
const COMMUNITY_OPERATORS: ReadonlyMap<string, TokenKind> = new Map<string, TokenKind>([
  ...OPERATORS,
  ["=", "tAssign"],
  ["+", "tPlus"],
  ["-", "tMinus"],
  ["\u2212", "tMinus"],
  ["\u00d7", "tMultiply"],
  ["/", "tDivide"],
  ["\u00f7", "tDivide"],
  ["%", "tModulo"],
  ["//", "tDiv"],
]);

/**
 * The tokens of an expression, the last one `tEOF`.
 * @throws {AmapError} EXPRESSION_INVALID, LIMIT_EXCEEDED (LIMITS.expressionBytes)
 */
export function readTokens(source: string, dialect: JmesDialect = "kyverno"): readonly Token[] {
  if (source.length > LIMITS.expressionBytes) {
    const message = `the expression is ${source.length} characters long, more than ${LIMITS.expressionBytes}`;
    throw syntaxError(source, 0, message, { code: "LIMIT_EXCEEDED" });
  }
  const tokens: Token[] = [];
  let offset = skipSpace(source, 0);
  while (offset < source.length) {
    const { token, end } = readToken(source, offset, dialect);
    tokens.push(token);
    offset = skipSpace(source, end);
  }
  tokens.push({ kind: "tEOF", text: "", start: source.length });
  return tokens;
}

interface Read {
  readonly token: Token;
  readonly end: number;
}

function readToken(source: string, offset: number, dialect: JmesDialect): Read {
  switch (source[offset]) {
    case '"':
      return readQuotedName(source, offset);
    case "'":
      return readRawString(source, offset, dialect);
    case "`":
      return readLiteral(source, offset);
    default:
      return dialect === "kyverno" ? readPlain(source, offset) : readCommunityPlain(source, offset);
  }
}

function readPlain(source: string, offset: number): Read {
  const name = match(NAME, source, offset);
  if (name !== undefined) return tokenOf("tUnquotedIdentifier", name, offset);
  const number = match(NUMBER, source, offset);
  if (number !== undefined) return tokenOf("tNumber", number, offset);
  const operator = match(OPERATOR, source, offset);
  if (operator !== undefined) return tokenOf(OPERATORS.get(operator) as TokenKind, operator, offset);
  throw unknownCharacter(source, offset);
}

function readCommunityPlain(source: string, offset: number): Read {
  const name = match(NAME, source, offset);
  if (name !== undefined) return tokenOf("tUnquotedIdentifier", name, offset);
  const number = match(COMMUNITY_NUMBER, source, offset);
  if (number !== undefined) return tokenOf("tNumber", number, offset);
  const variable = match(VARIABLE, source, offset);
  if (variable !== undefined) return tokenOf(variable === "$" ? "tRoot" : "tVariable", variable, offset);
  const operator = match(COMMUNITY_OPERATOR, source, offset);
  if (operator !== undefined) return tokenOf(COMMUNITY_OPERATORS.get(operator) as TokenKind, operator, offset);
  throw unknownCharacter(source, offset);
}

function unknownCharacter(source: string, offset: number): AmapError {
  const found = String.fromCodePoint(source.codePointAt(offset) as number);
  return syntaxError(source, offset, `SyntaxError: Unknown char: ${quoteCharacter(found)}`, {
    hint: 'A name with other characters than letters, digits and _ is written in double quotes: "app.kubernetes.io/name".',
  });
}

function tokenOf(kind: TokenKind, text: string, start: number): Read {
  return { token: { kind, text, start }, end: start + text.length };
}

function readQuotedName(source: string, offset: number): Read {
  const written = delimited(QUOTED_NAME, '"', source, offset);
  const text = readQuoted(source, offset, `"${written}"`);
  return {
    token: { kind: "tQuotedIdentifier", text: text as string, start: offset },
    end: offset + written.length + 2,
  };
}

/**
 * Only the quote is escaped: a backslash before anything else, in Kyverno's dialect another backslash included, is itself.
 */
function readRawString(source: string, offset: number, dialect: JmesDialect): Read {
  const isKyverno = dialect === "kyverno";
  const written = delimited(isKyverno ? RAW_STRING : COMMUNITY_RAW_STRING, "'", source, offset);
  const text = written.replace(isKyverno ? /\\(')/g : /\\(['\\])/g, "$1");
  return { token: { kind: "tStringLiteral", text, start: offset }, end: offset + written.length + 2 };
}

function readLiteral(source: string, offset: number): Read {
  const written = delimited(LITERAL, "`", source, offset);
  const text = written.replaceAll("\\`", "`");
  const value = deepFreeze(readQuoted(source, offset, text));
  return { token: { kind: "tJSONLiteral", text, start: offset, value }, end: offset + written.length + 2 };
}

function delimited(pattern: RegExp, delimiter: string, source: string, offset: number): string {
  const found = match(pattern, source, offset);
  if (found !== undefined) return found.slice(1, -1);
  throw syntaxError(source, source.length, `SyntaxError: Unclosed delimiter: ${delimiter}`);
}

/** The JSON of a literal or of a quoted name. */
function readQuoted(source: string, offset: number, json: string): Value {
  try {
    return readJson(json);
  } catch (error) {
    if (!isAmapError(error)) throw error;
    const code = error.code === "LIMIT_EXCEEDED" ? error.code : "EXPRESSION_INVALID";
    throw syntaxError(source, offset, jsonReason(json, error), { code, hint: hintFor(json) });
  }
}

function jsonReason(json: string, error: AmapError): string {
  return json.trim() === "" ? "a literal between backticks is empty" : `not valid JSON: ${error.message}`;
}

function hintFor(json: string): string {
  return /^\s*[A-Za-z]/.test(json)
    ? "Between backticks stands JSON; a text is written between single quotes: 'text'."
    : "Between backticks stands JSON.";
}

function match(pattern: RegExp, source: string, offset: number): string | undefined {
  pattern.lastIndex = offset;
  return pattern.exec(source)?.[0];
}

function skipSpace(source: string, offset: number): number {
  return offset + (match(SPACE, source, offset)?.length ?? 0);
}

/** As Go quotes a character in ASCII. */
function quoteCharacter(character: string): string {
  const code = character.codePointAt(0) as number;
  if (code === 0x5c) return "'\\\\'";
  if (code >= 0x20 && code < 0x7f) return `'${character}'`;
  const hex = code.toString(16);
  if (code < 0x20 || code === 0x7f) return `'\\x${hex.padStart(2, "0")}'`;
  return code > 0xffff ? `'\\U${hex.padStart(8, "0")}'` : `'\\u${hex.padStart(4, "0")}'`;
}

/** Literals are shared by all evaluations. */
function deepFreeze(value: Value): Value {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const item of Object.values(value)) deepFreeze(item as Value);
  }
  return value;
}
