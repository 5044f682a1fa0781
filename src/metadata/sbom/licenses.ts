import { DEPRECATED_IDS, EXCEPTION_IDS, LICENSE_IDS } from "./license-ids.ts";

/** Longer texts are nobody's expression: they are words, or a whole licence pasted into a field. */
const MAX_EXPRESSION = 4096;
const MAX_NESTING = 64;

const idsByLowerCase = new Map(LICENSE_IDS.map((id) => [id.toLowerCase(), id]));
const exceptionsByLowerCase = new Map(EXCEPTION_IDS.map((id) => [id.toLowerCase(), id]));
const REFERENCE = /^(?:DocumentRef-[A-Za-z0-9.-]+:)?LicenseRef-[A-Za-z0-9.-]+$/;

/** An SPDX licence expression as a tree (SPDX 2.3 Annex D). */
type Expression =
  | { readonly kind: "license"; readonly id: string }
  | { readonly kind: "AND" | "OR"; readonly parts: readonly Expression[] };

/** Whether text is exactly one id of the SPDX list, in the list's own spelling. */
export function isLicenseId(text: string): boolean {
  return idsByLowerCase.get(text.toLowerCase()) === text;
}

/** Whether text is an SPDX expression whose ids are all of the SPDX list or are LicenseRefs. */
export function isLicenseExpression(text: string): boolean {
  return parseExpression(text) !== undefined;
}

/**
 * The licences that a statement gives, in amap's normal form: each element is an SPDX expression without a top-level
 * AND (`MIT`, `MIT OR Apache-2.0`), or the statement's own words where it is not an SPDX expression. All of them apply.
 * Both document formats can hold this form, so that it survives either.
 */
export function readLicenses(statement: string): readonly string[] {
  const words = statement.trim();
  if (words === "") return [];
  const expression = parseExpression(words);
  if (expression === undefined) return [words];
  const parts = expression.kind === "AND" ? expression.parts : [expression];
  return [...new Set(parts.map((part) => writeExpression(part)))];
}

/** {@link readLicenses} of several statements that all apply, each licence once. */
export function readAllLicenses(statements: readonly string[]): readonly string[] {
  return [...new Set(statements.flatMap((statement) => readLicenses(statement)))];
}

/** Writes licences in normal form as one expression, each word replaced by what `reference` gives for it. */
export function joinLicenses(licenses: readonly string[], reference: (words: string) => string): string {
  const parts = licenses.map((license) => {
    const expression = parseExpression(license);
    if (expression === undefined) return reference(license);
    const text = writeExpression(expression);
    return expression.kind === "OR" && licenses.length > 1 ? `(${text})` : text;
  });
  return parts.join(" AND ");
}

/** A licence id that should not be used any more, and the expression that says the same, where there is one. */
export interface DeprecatedLicense {
  readonly id: string;
  readonly instead?: string;
}

/**
 * The deprecated ids of an SPDX expression, each once, with what to write in their place. It is a note: amap never writes
 * another id than the document's, since `GPL-2.0` may have been meant as `GPL-2.0-or-later`.
 * @example
 * ```ts
 * import { deprecatedLicensesOf } from "../index.ts";
 * deprecatedLicensesOf("GPL-2.0 OR MIT"); // [{ id: "GPL-2.0", instead: "GPL-2.0-only" }]
 * ```
 */
export function deprecatedLicensesOf(license: string): readonly DeprecatedLicense[] {
  const expression = parseExpression(license);
  const ids = expression === undefined ? [] : idsIn(expression);
  return [...new Set(ids)].flatMap((id) => {
    if (!DEPRECATED_IDS.has(id)) return [];
    const instead = DEPRECATED_IDS.get(id);
    return [instead === undefined ? { id } : { id, instead }];
  });
}

function idsIn(expression: Expression): readonly string[] {
  if (expression.kind !== "license") return expression.parts.flatMap((part) => idsIn(part));
  return [expression.id.split(" ")[0] ?? ""];
}

/** The LicenseRefs of this document that an expression uses. */
export function licenseReferencesOf(license: string): readonly string[] {
  const expression = parseExpression(license);
  return expression === undefined ? [] : referencesIn(expression);
}

function referencesIn(expression: Expression): readonly string[] {
  if (expression.kind !== "license") return expression.parts.flatMap((part) => referencesIn(part));
  return expression.id.startsWith("LicenseRef-") ? [expression.id] : [];
}

function writeExpression(expression: Expression): string {
  if (expression.kind === "license") return expression.id;
  const parts = expression.parts.map((part) => {
    const text = writeExpression(part);
    // AND binds tighter than OR, so only an OR inside an AND needs its parentheses.
    return expression.kind === "AND" && part.kind === "OR" ? `(${text})` : text;
  });
  return parts.join(` ${expression.kind} `);
}

function parseExpression(text: string): Expression | undefined {
  if (text.length > MAX_EXPRESSION) return undefined;
  const tokens = text.match(/[()]|[^\s()]+/g) ?? [];
  const reader = new ExpressionReader(tokens);
  const expression = reader.readOr(0);
  return reader.atEnd() ? expression : undefined;
}

/** Reads by precedence: OR, then AND, then WITH. Undefined from any step means that it is not an expression. */
class ExpressionReader {
  readonly #tokens: readonly string[];
  #next = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  atEnd(): boolean {
    return this.#next === this.#tokens.length;
  }

  readOr(nesting: number): Expression | undefined {
    return this.#readList("OR", () => this.#readList("AND", () => this.#readOne(nesting)));
  }

  #readList(kind: "AND" | "OR", readPart: () => Expression | undefined): Expression | undefined {
    const parts: Expression[] = [];
    do {
      const part = readPart();
      if (part === undefined) return undefined;
      if (part.kind === kind) parts.push(...part.parts);
      else parts.push(part);
    } while (this.#takeWord(kind));
    const [only] = parts;
    return parts.length === 1 ? only : { kind, parts };
  }

  #readOne(nesting: number): Expression | undefined {
    const token = this.#tokens[this.#next++];
    if (token === undefined || token === ")") return undefined;
    if (token === "(") {
      if (nesting === MAX_NESTING) return undefined;
      const inner = this.readOr(nesting + 1);
      return this.#tokens[this.#next++] === ")" ? inner : undefined;
    }
    const id = toLicenseId(token);
    if (id === undefined) return undefined;
    if (!this.#takeWord("WITH")) return { kind: "license", id };
    const exception = exceptionsByLowerCase.get((this.#tokens[this.#next++] ?? "").toLowerCase());
    return exception === undefined ? undefined : { kind: "license", id: `${id} WITH ${exception}` };
  }

  #takeWord(word: string): boolean {
    if (this.#tokens[this.#next]?.toUpperCase() !== word) return false;
    this.#next += 1;
    return true;
  }
}

function toLicenseId(token: string): string | undefined {
  if (REFERENCE.test(token)) return token;
  const known = idsByLowerCase.get(token.toLowerCase());
  if (known !== undefined || !token.endsWith("+")) return known;
  const base = idsByLowerCase.get(token.slice(0, -1).toLowerCase());
  return base === undefined ? undefined : `${base}+`;
}
