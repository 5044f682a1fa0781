import type { Value } from "../../../base/index.ts";
import { goNumber, printed } from "../pattern/go-text.ts";
import { compileScalar, isRange } from "../pattern/scalar.ts";
import { type Charge, hasWildcard, matchesPaid } from "../pattern/wildcard.ts";
import { readTextList } from "./text-list.ts";

/** The operators that look for a key, or the items of a key, among values. */
export type ListOperator = "AnyIn" | "AllIn" | "AnyNotIn" | "AllNotIn";

/**
 * A single key: a list of values, a text with wildcards, a range (`1-5`), or a text that is a JSON list of texts, which
 * knows no wildcards. A value of another type holds under no operator, not even a negated one.
 */
export function textMembership(operator: ListOperator, key: string, value: Value, charge: Charge): boolean {
  const isIn = isTextIn(key, value, charge);
  if (isIn === undefined) return false;
  return operator === "AnyIn" || operator === "AllIn" ? isIn : !isIn;
}

function isTextIn(key: string, value: Value, charge: Charge): boolean | undefined {
  if (Array.isArray(value)) {
    for (const item of value as readonly Value[]) {
      charge(1);
      if (matchesEitherWay(key, printed(item), charge)) return true;
    }
    return false;
  }
  if (typeof value !== "string") return undefined;
  if (matchesPaid(value, key, charge)) return true;
  if (isRange(value)) return compileScalar(value)(key, charge);
  const list = readTextList(value);
  if (list.kind === "otherJson") return undefined;
  charge(1 + (value.length >> 6));
  return list.kind === "list" && list.items.includes(key);
}

/** A list of keys, of which any or all must (or must not) be among the values. */
export function listMembership(operator: ListOperator, key: readonly Value[], value: Value, charge: Charge): boolean {
  charge(key.length);
  const keys = key.map((item) => printed(item));
  const values = valueTexts(operator, value, charge);
  if (values !== undefined) return decide(operator, keys, new TextSet(values, charge));
  if (typeof value !== "string") return false;
  // The only key is the very text: this comes before all other readings of the text.
  if (keys.length === 1 && keys[0] === value) return operator === "AnyIn" || operator === "AllIn";
  if (isRange(value)) return decideRange(operator, keys, value, charge);
  const list = readTextList(value);
  if (list.kind === "otherJson") return false;
  charge(1 + (value.length >> 6));
  return decide(operator, keys, new TextSet(list.kind === "list" ? list.items : [value], charge));
}

/** The values as texts; a single number or truth value counts as a list of one for the two operators with "Any" alone. */
function valueTexts(operator: ListOperator, value: Value, charge: Charge): readonly string[] | undefined {
  if (Array.isArray(value)) {
    charge(value.length);
    return (value as readonly Value[]).map((item) => printed(item));
  }
  const isScalar = typeof value === "boolean" || goNumber(value) !== undefined;
  return isScalar && (operator === "AnyIn" || operator === "AnyNotIn") ? [printed(value)] : undefined;
}

function decide(operator: ListOperator, keys: readonly string[], values: TextSet): boolean {
  if (operator === "AnyIn") return keys.some((key) => values.has(key));
  if (operator === "AllIn") return keys.every((key) => values.has(key));
  if (operator === "AnyNotIn") return keys.some((key) => !values.has(key));
  return !keys.some((key) => values.has(key));
}

function decideRange(operator: ListOperator, keys: readonly string[], range: string, charge: Charge): boolean {
  // Kyverno writes the range's contrary by putting a "!" before its first "-", a minus sign perhaps; it then reads `!-`.
  const matches = compileScalar(operator === "AnyNotIn" ? range.replace("-", "!-") : range);
  const isInside = (key: string) => matches(key, charge);
  if (operator === "AllIn") return keys.every(isInside);
  return operator === "AllNotIn" ? !keys.some(isInside) : keys.some(isInside);
}

function matchesEitherWay(key: string, value: string, charge: Charge): boolean {
  if (key === value) return true;
  return (
    (hasWildcard(value) && matchesPaid(value, key, charge)) || (hasWildcard(key) && matchesPaid(key, value, charge))
  );
}

/** Texts of which some have wildcards: two large lists need not be compared each with each. */
class TextSet {
  readonly #plain: ReadonlySet<string>;
  readonly #patterns: readonly string[];
  readonly #charge: Charge;

  constructor(texts: readonly string[], charge: Charge) {
    this.#plain = new Set(texts);
    this.#patterns = texts.filter(hasWildcard);
    this.#charge = charge;
  }

  /** Whether the key matches one of the texts as a pattern, or one of the texts matches the key as a pattern. */
  has(key: string): boolean {
    this.#charge(1);
    if (this.#plain.has(key)) return true;
    for (const pattern of this.#patterns) {
      this.#charge(1);
      if (matchesPaid(pattern, key, this.#charge)) return true;
    }
    if (!hasWildcard(key)) return false;
    for (const text of this.#plain) {
      this.#charge(1);
      if (matchesPaid(key, text, this.#charge)) return true;
    }
    return false;
  }
}
