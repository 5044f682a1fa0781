import { parseDurationNs, parseQuantity, type Value } from "../../base/index.ts";
import { and, atom, type CelText, FALSE, matchesText, not, quote, relation, TRUE } from "./cel-text.ts";
import { NotConvertible } from "./not-convertible.ts";
import type { Query, SingleQuery } from "./query.ts";
import { constantOf } from "./query-literals.ts";

/** Equals: the type of the key decides how the value is read. */
export function equals(key: Query, value: Query, path: string): CelText {
  if (key.kind === "list" || value.kind === "list") throw new NotConvertible(path, "a list is compared with a value");
  const [left, right] = [key.constant, value.constant];
  if (left !== undefined && right !== undefined) return equalsConstants(left, right, path);
  if (right !== undefined) return equalsConstant(key, right, path);
  if (left !== undefined) return constantEquals(left, value, path);
  if (key.type.kind !== value.type.kind || !["integer", "boolean"].includes(key.type.kind)) {
    throw new NotConvertible(
      path,
      "two variables are compared as texts, of which one may have wildcards or be an amount",
    );
  }
  return relation(key.text, "==", value.text);
}

function equalsConstants(left: Value, right: Value, path: string): CelText {
  const isPlain = (value: Value): boolean =>
    typeof value === "boolean" || (typeof value === "string" && !isAmount(value) && !/[*?]/.test(value));
  const isSame = left === right && (isPlain(left) || typeof left === "number");
  if (isSame) return TRUE;
  if (isPlain(left) && isPlain(right)) return FALSE;
  if (typeof left === "number" && typeof right === "number") return FALSE;
  throw new NotConvertible(path, "two constants are compared in their own way");
}

/** A constant key: only the value may have wildcards, and a value of the object is not read so. */
function constantEquals(key: Value, value: SingleQuery, path: string): CelText {
  if (typeof key === "string" && value.type.kind === "string" && !isAmount(key)) {
    return relation(value.text, "==", quote(key));
  }
  if (typeof key === "boolean" && value.type.kind === "boolean") return booleanIs(value, key);
  if (typeof key === "number" && value.type.kind === "integer") return relation(value.text, "==", String(key));
  throw new NotConvertible(path, `${JSON.stringify(key)} is compared with a value of the type ${value.type.kind}`);
}

function equalsConstant(key: SingleQuery, value: Value, path: string): CelText {
  const { type, text, otherwise } = key;
  // A map or a list equals no text.
  if (otherwise !== undefined && typeof value === "string")
    return and(otherwise.isEmpty, equalsConstants(otherwise.constant, value, path));
  if (type.kind === "string" && typeof value === "string") return equalsText(text, value, path);
  // A text equals no truth value, and no number unless it is a duration.
  if (type.kind === "string" && typeof value === "boolean") return FALSE;
  if (type.kind === "boolean" && typeof value === "boolean") return booleanIs(key, value);
  if (type.kind === "boolean") return FALSE;
  if (type.kind === "integer") {
    const number = wholeNumber(value);
    if (number !== undefined) return relation(text, "==", String(number));
  }
  throw new NotConvertible(path, `a value of the type ${type.kind} is compared with ${JSON.stringify(value)}`);
}

function wholeNumber(value: Value): number | undefined {
  const number = typeof value === "string" && /^[+-]?[0-9]{1,15}$/.test(value) ? Number(value) : value;
  return typeof number === "number" && Number.isSafeInteger(number) ? number : undefined;
}

export function booleanIs({ text, place }: SingleQuery, value: boolean): CelText {
  // What is worked out is a condition already; a field is not known to be one.
  if (place !== undefined) return relation(text, "==", String(value));
  const condition = atom(text);
  return value ? condition : not(condition);
}

function equalsText(text: string, value: string, path: string): CelText {
  if (isAmount(value))
    throw new NotConvertible(path, `"${value}" is an amount: it also equals other texts of the same amount`);
  if (/[*?]/.test(value) && !/[^A-Za-z0-9.+*?-]/.test(value)) {
    throw new NotConvertible(path, `"${value}" has wildcards that do not match texts that are amounts`);
  }
  return matchesText(text, value);
}

/** Whether a text is also read as a duration or a quantity. */
export const isAmount = (text: string): boolean =>
  parseDurationNs(text) !== undefined || parseQuantity(text) !== undefined;

const ORDERS: Readonly<Record<string, string>> = {
  GreaterThan: ">",
  GreaterThanOrEquals: ">=",
  LessThan: "<",
  LessThanOrEquals: "<=",
};

/** GreaterThan and its like, between whole numbers. */
export function ordered(key: Query, operator: string, value: Query, path: string): CelText {
  const sign = ORDERS[operator];
  if (sign === undefined) throw new NotConvertible(path, `${operator} has no counterpart yet`);
  return relation(numberOf(key, operator, path), sign, numberOf(value, operator, path));
}

function numberOf(query: Query, operator: string, path: string): string {
  const constant = constantOf(query);
  const number = constant === undefined ? undefined : wholeNumber(constant);
  if (number !== undefined) return String(number);
  if (query.kind === "single" && query.type.kind === "integer" && constant === undefined) return query.text;
  throw new NotConvertible(path, `${operator} of something that is no whole number`);
}
