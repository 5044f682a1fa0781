import {
  compareQuantities,
  isValueObject,
  parseDurationNs,
  parseQuantity,
  type Quantity,
  type Value,
} from "../../../base/index.ts";
import { exponentText, fixedText, goNumber, parseFloat64, trimBlanks, trimSpace } from "./go-text.ts";
import { type Charge, compileWildcard, type TextMatcher } from "./wildcard.ts";

/** Whether a value (undefined for a missing key) matches the scalar pattern this was compiled from. */
export type ScalarMatcher = (value: Value | undefined, charge: Charge) => boolean;

/** How a condition of a text pattern compares; "" and "!" alone mean something for texts that are no amounts. */
type Operator = "" | "!" | ">=" | "<=" | ">" | "<";

const OPERATORS: readonly Operator[] = [">=", "<=", ">", "<", "!"];
const RANGE = /^([-|+]?[0-9]+(?:\.[0-9]+)?[A-Za-z]*)-([-|+]?[0-9]+(?:\.[0-9]+)?[A-Za-z]*)$/;
const NOT_RANGE = /^([-|+]?[0-9]+(?:\.[0-9]+)?[A-Za-z]*)!-([-|+]?[0-9]+(?:\.[0-9]+)?[A-Za-z]*)$/;
/** Amounts that one comparison remembers, and the longest of them. */
const KNOWN_AMOUNTS = 128;
const KNOWN_LENGTH = 24;
const NANOS = 1_000_000_000n;
const MAX_INTEGER = BigInt(Number.MAX_SAFE_INTEGER);

/** Whether a text is a range `a-b`, and no other operator, in Kyverno's reading of it. */
export function isRange(text: string): boolean {
  return text.length > 1 && operatorOf(text) === "" && !NOT_RANGE.test(text) && RANGE.test(text);
}

/**
 * Compiles one scalar pattern. A map stands for "any map" and a list for nothing at all, as in Kyverno, where only the
 * tree's own walk looks into them.
 */
export function compileScalar(pattern: Value): ScalarMatcher {
  if (typeof pattern === "string") return compileText(pattern);
  if (typeof pattern === "boolean") return (value) => value === pattern;
  if (pattern === null) return isZero;
  if (isValueObject(pattern)) return (value) => isValueObject(value);
  const number = goNumber(pattern);
  return number === undefined ? () => false : compileNumber(Number(number));
}

/** Null matches what Go calls a zero value: nothing, "", 0 and false, but no map or list. */
function isZero(value: Value | undefined): boolean {
  if (value === null || value === undefined || value === "" || value === false || value === 0) return true;
  return typeof value === "object" && Number(goNumber(value)) === 0;
}

/** A number of a policy is a float64 in Kyverno. */
function compileNumber(pattern: number): ScalarMatcher {
  const integer = Number.isInteger(pattern) ? BigInt(pattern) : undefined;
  return (value) => {
    if (value === pattern) return true;
    if (typeof value === "string") return parseFloat64(value) === pattern;
    const number = goNumber(value);
    return typeof number === "bigint" ? number === integer : number === pattern;
  };
}

function compileText(pattern: string): ScalarMatcher {
  const alternatives = pattern.split("|").map((part) => compileAll(trimBlanks(part)));
  const cost = countConditions(pattern);
  const [only] = alternatives;
  const matches = alternatives.length === 1 && only !== undefined ? only : anyOf(alternatives);
  return (value, charge) => {
    if (value === pattern) return true;
    // Each condition is called, and may look at the whole text.
    if (cost > 16) charge(cost >> 2);
    if (typeof value === "string" && cost * value.length > 1_024) charge((cost * value.length) >> 10);
    return matches(value, charge);
  };
}

/** How many conditions a text pattern has, at most. */
export function countConditions(pattern: string): number {
  let count = 1;
  for (const character of pattern) if (character === "|" || character === "&") count++;
  return count;
}

function compileAll(pattern: string): ScalarMatcher {
  const conditions = pattern.split("&").map((part) => compileCondition(trimBlanks(part)));
  const [only] = conditions;
  return conditions.length === 1 && only !== undefined ? only : allOf(conditions);
}

function compileCondition(pattern: string): ScalarMatcher {
  const operator = operatorOf(pattern);
  if (operator === "" && pattern.length > 1) {
    const outside = NOT_RANGE.exec(pattern);
    if (outside !== null) {
      return anyOf([compileComparison("<", outside[1] as string), compileComparison(">", outside[2] as string)]);
    }
    const inside = RANGE.exec(pattern);
    if (inside !== null) {
      return allOf([compileComparison(">=", inside[1] as string), compileComparison("<=", inside[2] as string)]);
    }
  }
  return compileComparison(operator, trimSpace(pattern.slice(operator.length)));
}

/** A single character is never an operator: it is compared as it stands. */
function operatorOf(pattern: string): Operator {
  if (pattern.length < 2) return "";
  return OPERATORS.find((operator) => pattern.startsWith(operator)) ?? "";
}

/** Durations first, then quantities, then texts; each only where pattern and value both read as such. */
function compileComparison(operator: Operator, operand: string): ScalarMatcher {
  const duration = parseDurationNs(operand);
  const quantity = parseQuantity(operand);
  const matchesText = compileTextComparison(operator, operand);
  if (duration === undefined && quantity === undefined) return matchesText;
  const accepts = ORDERS[operator];
  const whole = quantity === undefined ? undefined : wholeOf(quantity);
  const compareAmount = (text: string): boolean | undefined => {
    const foundNs = duration === undefined ? undefined : parseDurationNs(text);
    if (duration !== undefined && foundNs !== undefined) {
      return accepts(foundNs < duration ? -1 : foundNs > duration ? 1 : 0);
    }
    const found = quantity === undefined ? undefined : parseQuantity(text);
    return quantity === undefined || found === undefined ? undefined : accepts(compareQuantities(found, quantity));
  };
  const known = new Map<string, boolean>();
  return (value, charge) => {
    if (typeof value === "number" && whole !== undefined && Number.isSafeInteger(value) && value !== 0) {
      return accepts(Math.sign(value - whole));
    }
    if (typeof value !== "string") {
      const text = amountText(value);
      return (text === undefined ? undefined : compareAmount(text)) ?? matchesText(value, charge);
    }
    // The same few amounts are met in most resources, and reading one costs more than all the rest.
    const before = known.get(value);
    if (before !== undefined) return before;
    const isAccepted = compareAmount(value) ?? matchesText(value, charge);
    if (value.length <= KNOWN_LENGTH) {
      if (known.size >= KNOWN_AMOUNTS) known.clear();
      known.set(value, isAccepted);
    }
    return isAccepted;
  };
}

const ORDERS: Readonly<Record<Operator, (order: number) => boolean>> = {
  "": (order) => order === 0,
  "!": (order) => order !== 0,
  ">": (order) => order > 0,
  "<": (order) => order < 0,
  ">=": (order) => order >= 0,
  "<=": (order) => order <= 0,
};

/** The safe integer that a quantity is: integers, the usual case, are compared without making bigints of them. */
function wholeOf(quantity: Quantity): number | undefined {
  const integer = quantity.nanos / NANOS;
  const isWhole = quantity.nanos % NANOS === 0n && integer <= MAX_INTEGER && integer >= -MAX_INTEGER;
  return isWhole ? Number(integer) : undefined;
}

/** The text in which a value is read as an amount: a missing one is "0". */
function amountText(value: Value | undefined): string | undefined {
  if (value === null || value === undefined) return "0";
  const number = goNumber(value);
  if (number === undefined) return undefined;
  return typeof number === "bigint" ? String(number) : fixedText(number);
}

/** Null, maps and lists match no text, and not its negation either. */
function compileTextComparison(operator: Operator, operand: string): ScalarMatcher {
  if (operator !== "" && operator !== "!") return () => false;
  const matches: TextMatcher = compileWildcard(operand);
  const isNegated = operator === "!";
  return (value, charge) => {
    const text = typeof value === "string" ? value : plainText(value);
    return text !== undefined && matches(text, charge) !== isNegated;
  };
}

function plainText(value: Value | undefined): string | undefined {
  if (typeof value === "boolean") return String(value);
  const number = goNumber(value);
  if (number === undefined) return undefined;
  return typeof number === "bigint" ? String(number) : exponentText(number);
}

function anyOf(matchers: readonly ScalarMatcher[]): ScalarMatcher {
  return (value, charge) => {
    for (const matches of matchers) if (matches(value, charge)) return true;
    return false;
  };
}

function allOf(matchers: readonly ScalarMatcher[]): ScalarMatcher {
  return (value, charge) => {
    for (const matches of matchers) if (!matches(value, charge)) return false;
    return true;
  };
}
