import { parseDurationNs, parseQuantity, type Value } from "../../base/index.ts";
import { compileScalar } from "../language/pattern/scalar.ts";
import { and, atom, type CelText, matchesText, not, or, quote, relation, TRUE } from "./cel-text.ts";
import { NotConvertible } from "./not-convertible.ts";
import { absence, isSure, type Place, presence, valueOr } from "./place.ts";

const free = (): void => {};
const RANGE = /^([-|+]?[0-9]+(?:\.[0-9]+)?[A-Za-z]*)(!?)-([-|+]?[0-9]+(?:\.[0-9]+)?[A-Za-z]*)$/;
const OPERATORS = [">=", "<=", ">", "<", "!"] as const;

/** A condition, and whether it holds where the place has no value. */
export interface LeafText {
  readonly condition: CelText;
  readonly whenAbsent: boolean;
}

/**
 * A scalar pattern as a condition on what is at a place. Where the value is missing it says what the pattern says of
 * nothing; `absentHolds` is for `=(key)`, where a missing key is fine.
 */
export function convertScalar(pattern: Value, place: Place, path: string, absentHolds?: boolean): LeafText {
  const matcher = compileScalar(pattern);
  const whenAbsent = absentHolds ?? matcher(undefined, free);
  const test = testOf(pattern, place, path);
  if (isSure(place)) return { condition: test(place.base), whenAbsent };
  // A value that stands for the missing one, of which the pattern says the same.
  const stand = standIns(place, pattern).find((value) => matcher(value, free) === whenAbsent);
  if (stand !== undefined && test !== anything) {
    return { condition: test(valueOr(place, literalOf(stand))), whenAbsent };
  }
  const there = presence(place);
  if (test === anything) return { condition: whenAbsent ? TRUE : there, whenAbsent };
  const sample = literalOf(standIns(place, pattern)[0] ?? "");
  const value = valueOr(place, sample);
  return whenAbsent
    ? { condition: or(absence(place), test(value)), whenAbsent }
    : { condition: and(there, test(value)), whenAbsent };
}

function standIns({ type }: Place, pattern: Value): readonly Value[] {
  switch (type.kind) {
    case "string":
      return ["", ...(typeof pattern === "string" ? textsIn(pattern) : []), "none"];
    case "boolean":
      return [false, true];
    case "integer":
      return [0, 1, -1, ...(typeof pattern === "number" ? [pattern] : [])];
    case "quantity":
      return ["0"];
    default:
      return [];
  }
}

const textsIn = (pattern: string): readonly string[] =>
  pattern.split(/[|&]/).map((part) => part.trim().replace("!", ""));

function literalOf(value: Value): string {
  return typeof value === "string" ? quote(value) : JSON.stringify(value);
}

type Test = (subject: string) => CelText;

/** Any value of the type holds. */
const anything: Test = () => TRUE;

function testOf(pattern: Value, place: Place, path: string): Test {
  const { type } = place;
  if (typeof pattern === "boolean" && type.kind === "boolean") {
    return (subject) => relation(subject, "==", String(pattern));
  }
  if (typeof pattern === "number" && type.kind === "integer" && Number.isInteger(pattern)) {
    return (subject) => relation(subject, "==", String(pattern));
  }
  if (typeof pattern === "number" && type.kind === "quantity")
    return (subject) => quantityTest("", String(pattern), path)(subject);
  if (pattern === null) return zeroTest(place, path);
  if (typeof pattern === "string") return textTest(pattern, place, path);
  throw new NotConvertible(
    path,
    `the pattern ${show(pattern)} stands where objects have a value of the type ${type.kind}`,
  );
}

/** Null is Go's zero value. */
function zeroTest({ type }: Place, path: string): Test {
  const zero = { string: "''", boolean: "false", integer: "0" }[type.kind as string];
  if (zero === undefined)
    throw new NotConvertible(path, `null is no clear pattern for a value of the type ${type.kind}`);
  return (subject) => relation(subject, "==", zero);
}

function textTest(pattern: string, place: Place, path: string): Test {
  if (pattern === "*" && ["string", "boolean", "integer"].includes(place.type.kind)) return anything;
  const alternatives = pattern.split("|").map((part) => conditionsOf(part.trim(), place, path));
  const plain = pattern.split("|").map((part) => part.trim());
  if (place.type.kind === "string" && plain.length > 1 && plain.every((part) => isPlainText(part))) {
    return (subject) => {
      const list = `[${plain.map(quote).join(", ")}]`;
      return { ...relation(subject, "in", list), contrary: () => atom(`!(${subject} in ${list})`) };
    };
  }
  const [only] = alternatives;
  if (alternatives.length === 1 && only !== undefined) return only;
  return (subject) => or(...alternatives.map((test) => test(subject)));
}

function conditionsOf(pattern: string, place: Place, path: string): Test {
  const tests = pattern.split("&").map((part) => conditionOf(part.trim(), place, path));
  const [only] = tests;
  if (tests.length === 1 && only !== undefined) return only;
  return (subject) => and(...tests.map((test) => test(subject)));
}

const isPlainText = (text: string): boolean =>
  text !== "" && !/[*?&]/.test(text) && !startsAsOperator(text) && !isAmount(text) && !RANGE.test(text);
const startsAsOperator = (text: string): boolean => text.length > 1 && OPERATORS.some((sign) => text.startsWith(sign));
const isAmount = (text: string): boolean => parseDurationNs(text) !== undefined || parseQuantity(text) !== undefined;

function conditionOf(pattern: string, place: Place, path: string): Test {
  const sign = pattern.length < 2 ? "" : (OPERATORS.find((each) => pattern.startsWith(each)) ?? "");
  const range = sign === "" && pattern.length > 1 ? RANGE.exec(pattern) : null;
  if (range !== null) {
    const [, low = "", outside = "", high = ""] = range;
    const [one, two] = outside === "!" ? (["<", ">"] as const) : ([">=", "<="] as const);
    const lower = comparisonOf(one, low, place, path);
    const upper = comparisonOf(two, high, place, path);
    return (subject) => (outside === "!" ? or : and)(lower(subject), upper(subject));
  }
  return comparisonOf(sign, pattern.slice(sign.length).trim(), place, path);
}

function comparisonOf(sign: string, operand: string, place: Place, path: string): Test {
  switch (place.type.kind) {
    case "string":
      return stringTest(sign, operand, path);
    case "boolean":
      return booleanTest(sign, operand, path);
    case "integer":
      return integerTest(sign, operand, path);
    case "quantity":
      return quantityTest(sign, operand, path);
    default:
      throw new NotConvertible(
        path,
        place.type.kind === "unknown"
          ? "the schema does not say what type of value is here"
          : `a text pattern stands where objects have a ${place.type.kind}`,
      );
  }
}

function stringTest(sign: string, operand: string, path: string): Test {
  if (sign !== "" && sign !== "!") {
    throw new NotConvertible(
      path,
      `the pattern compares a text as an amount (${sign}${operand}): which texts are amounts CEL reads otherwise`,
    );
  }
  if (isAmount(operand)) {
    throw new NotConvertible(
      path,
      `the pattern ${show(operand)} is an amount: it also matches other texts of the same amount`,
    );
  }
  if (operand === "") throw new NotConvertible(path, "an empty text is no pattern that says something");
  const test: Test = (subject) => matchesText(subject, operand);
  return sign === "!" ? (subject) => not(test(subject)) : test;
}

function booleanTest(sign: string, operand: string, path: string): Test {
  if ((sign === "" || sign === "!") && (operand === "true" || operand === "false")) {
    return (subject) => relation(subject, sign === "!" ? "!=" : "==", operand);
  }
  if (sign === "" && (operand === "?*" || operand === "*")) return anything;
  throw new NotConvertible(path, `${show(sign + operand)} is no pattern for true or false`);
}

function integerTest(sign: string, operand: string, path: string): Test {
  if (sign === "" && (operand === "?*" || operand === "*")) return anything;
  if (!/^[+-]?[0-9]{1,15}$/.test(operand)) {
    throw new NotConvertible(path, `${show(sign + operand)} is no whole number`);
  }
  const operator = sign === "" ? "==" : sign === "!" ? "!=" : sign;
  return (subject) => relation(subject, operator, String(Number(operand)));
}

function quantityTest(sign: string, operand: string, path: string): Test {
  if (sign === "" && (operand === "?*" || operand === "*")) return anything;
  if (parseQuantity(operand) === undefined || (parseDurationNs(operand) !== undefined && operand !== "0")) {
    throw new NotConvertible(path, `${show(sign + operand)} is no quantity`);
  }
  const operator = sign === "" ? "==" : sign === "!" ? "!=" : sign;
  return (subject) => relation(`quantity(string(${subject})).compareTo(quantity(${quote(operand)}))`, operator, "0");
}

const show = (value: Value): string => (typeof value === "string" ? `"${value}"` : JSON.stringify(value));
