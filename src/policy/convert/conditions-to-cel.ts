import { parseDurationNs, parseQuantity, type Value } from "../../base/index.ts";
import { isRange } from "../language/pattern/scalar.ts";
import type { Condition, Conditions } from "../resource/kyverno/conditions.ts";
import { and, atom, type CelText, FALSE, matchesText, not, or, quote, relation } from "./cel-text.ts";
import { NotConvertible } from "./not-convertible.ts";
import { isSure, presence } from "./place.ts";
import { everyElement, type ListQuery, type Query, type SingleQuery, someElement } from "./query.ts";
import { type QueryScope } from "./query-to-cel.ts";
import { queryOf } from "./template-to-cel.ts";

/** What surrounds conditions. */
export interface ConditionPlace {
  readonly scope: QueryScope;
  readonly path: string;
  /** A value that is missing means that the conditions do not hold, as in a foreach; elsewhere it is an error. */
  readonly missingFails?: boolean;
}

/** Conditions as one CEL condition: when they hold. */
export function convertConditions(source: Conditions, place: ConditionPlace): CelText {
  if (isList(source)) return and(...convertEach(source, place, place.path));
  const { any, all = [] } = source;
  const anyOf = any === undefined ? [] : [joinAny(any, place)];
  return and(...anyOf, ...convertEach(all, place, `${place.path}.all`));
}

function joinAny(any: readonly Condition[], place: ConditionPlace): CelText {
  if (any.length === 0) return FALSE;
  return or(...convertEach(any, { ...place, ...(any.length > 1 && { missingFails: false }) }, `${place.path}.any`));
}

const isList = (source: Conditions): source is readonly Condition[] => Array.isArray(source);

/** Messages of conditions are put together with the rule's as they hold. */
export function hasMessages(source: Conditions): boolean {
  const all = isList(source) ? source : [...(source.any ?? []), ...(source.all ?? [])];
  return all.some(({ message = "" }) => message !== "");
}

function convertEach(conditions: readonly Condition[], place: ConditionPlace, path: string): readonly CelText[] {
  return conditions.map((condition, index) => convertCondition(condition, { ...place, path: `${path}[${index}]` }));
}

function convertCondition({ key, operator, value }: Condition, place: ConditionPlace): CelText {
  const { path, scope } = place;
  const left = queryIn(key ?? null, scope, `${path}.key`);
  const right = typeof value === "string" ? queryOf(value, scope, `${path}.value`) : undefined;
  if (right === undefined && JSON.stringify(value ?? null).includes("{{")) {
    throw new NotConvertible(`${path}.value`, "the value has variables inside a text or a list");
  }
  const compared = compare(left, operator, right ?? value ?? null, path);
  if (place.missingFails !== true) return compared;
  const queries = [left, ...(right === undefined ? [] : [right])];
  return and(...queries.map(presenceOf), compared);
}

/** Whether a query gives anything. */
function presenceOf(query: Query): CelText {
  const { place, text } = query;
  // With a default of its own it always gives something.
  if (place === undefined || isSure(place) || text.includes(".orValue(")) return and();
  return presence(place);
}

function queryIn(key: Value, scope: QueryScope, path: string): Query {
  if (typeof key !== "string") throw new NotConvertible(path, "the key is no variable");
  const query = queryOf(key, scope, path);
  if (query === undefined) throw new NotConvertible(path, "the key is not one variable alone");
  return query;
}

type Other = Query | Value;

function compare(key: Query, operator: Condition["operator"], value: Other, path: string): CelText {
  switch (operator) {
    case "Equal":
    case "Equals":
      return equals(key, value, path);
    case "NotEqual":
    case "NotEquals":
      return not(equals(key, value, path));
    case "In":
    case "NotIn":
      if (key.kind === "list" || key.type.kind === "list")
        throw new NotConvertible(path, `${operator} of a list reads its values in its own way`);
      if (!Array.isArray(value)) throw new NotConvertible(path, `${operator} with a value that is no list of texts`);
      return operator === "In" ? isIn(key, value, path) : not(isIn(key, value, path));
    case "AnyIn":
    case "AllIn":
    case "AnyNotIn":
    case "AllNotIn":
      return membership(key, operator, value, path);
    default:
      return ordered(key, operator, value, path);
  }
}

const isQuery = (value: Other): value is Query =>
  typeof value === "object" &&
  value !== null &&
  !Array.isArray(value) &&
  ((value as Query).kind === "single" || (value as Query).kind === "list") &&
  "text" in (value as Query);

function equals(key: Query, value: Other, path: string): CelText {
  if (key.kind === "list") throw new NotConvertible(path, "a list is compared with a value");
  if (isQuery(value)) {
    if (value.kind === "list" || key.type.kind !== value.type.kind || !["integer", "boolean"].includes(key.type.kind)) {
      throw new NotConvertible(
        path,
        "two variables are compared as texts, of which one may have wildcards or be an amount",
      );
    }
    return relation(key.text, "==", value.text);
  }
  const { type, text } = key;
  if (type.kind === "string" && typeof value === "string") return equalsText(text, value, path);
  if (type.kind === "boolean" && typeof value === "boolean") return booleanIs(key, value);
  if (type.kind === "integer") {
    const number = typeof value === "string" && /^[+-]?[0-9]{1,15}$/.test(value) ? Number(value) : value;
    if (typeof number === "number" && Number.isSafeInteger(number)) return relation(text, "==", String(number));
  }
  throw new NotConvertible(path, `a value of the type ${type.kind} is compared with ${JSON.stringify(value)}`);
}

function booleanIs({ text }: SingleQuery, value: boolean): CelText {
  // What is worked out is a condition already; a field is not known to be one.
  const isCondition = text.endsWith(")") && !text.includes("orValue(");
  if (!isCondition) return relation(text, "==", String(value));
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

const isAmount = (text: string): boolean => parseDurationNs(text) !== undefined || parseQuantity(text) !== undefined;

/** Whether one value is among literals. */
function isIn({ type, text }: SingleQuery, values: readonly Value[], path: string): CelText {
  if (type.kind === "integer" && values.every((each) => typeof each === "number" && Number.isSafeInteger(each))) {
    const numbers = `[${values.map((each) => JSON.stringify(each)).join(", ")}]`;
    return { ...relation(text, "in", numbers), contrary: () => atom(`!(${text} in ${numbers})`) };
  }
  if (type.kind !== "string")
    throw new NotConvertible(path, `a value of the type ${type.kind} is looked for among texts`);
  const texts = values.map((each) => {
    if (typeof each !== "string") throw new NotConvertible(path, "a text is looked for among values of other types");
    return each;
  });
  const plain = texts.filter((each) => !/[*?]/.test(each));
  const list = `[${plain.map(quote).join(", ")}]`;
  const among: CelText = { ...relation(text, "in", list), contrary: () => atom(`!(${text} in ${list})`) };
  const [only] = plain;
  const exact =
    plain.length === 0 ? FALSE : plain.length === 1 && only !== undefined ? relation(text, "==", quote(only)) : among;
  return or(exact, ...texts.filter((each) => /[*?]/.test(each)).map((each) => matchesText(text, each)));
}

function membership(
  key: Query,
  operator: "AnyIn" | "AllIn" | "AnyNotIn" | "AllNotIn",
  value: Other,
  path: string,
): CelText {
  if (isQuery(value)) throw new NotConvertible(path, `${operator} between two variables`);
  const values = valuesOf(value, path);
  if (key.kind === "single" && key.type.kind !== "list") {
    const among = isIn(key, values, path);
    return operator === "AnyIn" || operator === "AllIn" ? among : not(among);
  }
  const elements = key.kind === "list" ? key : opened(key, path);
  const among = (element: SingleQuery): CelText => isIn(element, values, path);
  switch (operator) {
    case "AnyIn":
      return someElement(elements, among);
    case "AllIn":
      return everyElement(elements, among);
    case "AnyNotIn":
      return someElement(elements, (element) => not(among(element)));
    default:
      return everyElement(elements, (element) => not(among(element)));
  }
}

function opened({ type, text, place }: SingleQuery, path: string): ListQuery {
  if (type.kind !== "list") throw new NotConvertible(path, "something that is no list is taken as one");
  const item = "item";
  return {
    kind: "list",
    text,
    item,
    condition: and(),
    next: { kind: "single", type: type.items, text: item },
    ...(place && { place }),
  };
}

function valuesOf(value: Value, path: string): readonly Value[] {
  if (Array.isArray(value)) return value as readonly Value[];
  // A single text is a list of one, unless it is read as something else.
  if (typeof value !== "string" || isRange(value) || /^\s*[[{"]/.test(value) || isAmount(value)) {
    throw new NotConvertible(path, `the value ${JSON.stringify(value)} is read in several ways`);
  }
  return [value];
}

function ordered(key: Query, operator: string, value: Other, path: string): CelText {
  const sign = { GreaterThan: ">", GreaterThanOrEquals: ">=", LessThan: "<", LessThanOrEquals: "<=" }[operator];
  if (sign === undefined) throw new NotConvertible(path, `${operator} has no counterpart yet`);
  if (key.kind === "list" || key.type.kind !== "integer")
    throw new NotConvertible(path, `${operator} of something that is no whole number`);
  const number = typeof value === "string" && /^[+-]?[0-9]{1,15}$/.test(value) ? Number(value) : value;
  if (typeof number !== "number" || !Number.isSafeInteger(number)) {
    throw new NotConvertible(path, `${operator} with something that is no whole number`);
  }
  return relation(key.text, sign, String(number));
}
