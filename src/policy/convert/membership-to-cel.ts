import type { Value } from "../../base/index.ts";
import { isRange } from "../language/pattern/scalar.ts";
import { and, atom, type CelText, FALSE, matchesText, not, or, quote, relation, TRUE } from "./cel-text.ts";
import { booleanIs, isAmount } from "./comparison-to-cel.ts";
import { TEXT } from "./field-types.ts";
import { NotConvertible } from "./not-convertible.ts";
import { memberPlace, presence, valueOf } from "./place.ts";
import { everyElement, type ListQuery, type Query, type SingleQuery, someElement } from "./query.ts";
import { constantOf } from "./query-literals.ts";

type Operator = "AnyIn" | "AllIn" | "AnyNotIn" | "AllNotIn";

/** A key, or the items of a key, that are looked for among values. */
export function membership(key: Query, operator: Operator, value: Query, path: string): CelText {
  const stated = constantOf(key);
  const values = constantOf(value);
  if (stated !== undefined && values === undefined) return statedAmong(stated, operator, value, path);
  if (stated !== undefined) throw new NotConvertible(path, "both sides are constants");
  const among = amongTest(key, value, path);
  if (key.kind === "single" && key.type.kind !== "list") {
    const found = among(key);
    return operator === "AnyIn" || operator === "AllIn" ? found : not(found);
  }
  const elements = key.kind === "list" ? key : opened(key, path);
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

/** The deprecated In and NotIn: no ranges, and for lists no wildcards. */
export function oldMembership(operator: "In" | "NotIn", key: Query, value: Query, path: string): CelText {
  const values = constantOf(value);
  if (!Array.isArray(values)) throw new NotConvertible(path, `${operator} with a value that is no list of texts`);
  if (key.kind === "single" && key.type.kind !== "list") {
    const found = isIn(key, values as readonly Value[], path);
    return operator === "In" ? found : not(found);
  }
  const elements = key.kind === "list" ? key : opened(key, path);
  const texts = textsOf(values as readonly Value[], path);
  const exact = (element: SingleQuery): CelText => {
    if (element.type.kind !== "string") throw new NotConvertible(path, "a list that does not hold texts");
    return inList(element.text, texts);
  };
  return operator === "In" ? everyElement(elements, exact) : someElement(elements, (element) => not(exact(element)));
}

/** Whether one element is among the values: constants with wildcards, or another query, whose texts have none. */
function amongTest(key: Query, value: Query, path: string): (element: SingleQuery) => CelText {
  const constant = constantOf(value);
  if (constant !== undefined) {
    const values = valuesOf(constant, path);
    return (element) => isIn(element, values, path);
  }
  const isList = key.kind === "list" || key.type.kind === "list";
  if (value.kind === "single" && value.type.kind === "string" && !isList) {
    return (element) => {
      if (element.type.kind !== "string") throw new NotConvertible(path, "values of different types are compared");
      return relation(element.text, "==", value.text);
    };
  }
  if (value.kind === "single" && value.type.kind === "list" && value.type.items.kind === "string") {
    return (element) => {
      if (element.type.kind !== "string") throw new NotConvertible(path, "values of different types are compared");
      return {
        ...relation(element.text, "in", value.text),
        contrary: () => atom(`!(${element.text} in ${value.text})`),
      };
    };
  }
  if (value.kind !== "list") throw new NotConvertible(path, "a value is looked for in something that is no list");
  return (element) =>
    someElement(value, (other) => {
      if (element.type.kind !== "string" || other.type.kind !== "string") {
        throw new NotConvertible(path, "values of different types are compared");
      }
      return relation(other.text, "==", element.text);
    });
}

/** Constants that are looked for in what a query gives. */
function statedAmong(key: Value, operator: Operator, value: Query, path: string): CelText {
  if (!Array.isArray(key)) {
    const found = constantIn(key, value, path);
    return operator === "AnyIn" || operator === "AllIn" ? found : not(found);
  }
  if (value.kind === "single" && value.type.kind !== "list") {
    throw new NotConvertible(path, "a list of constants is looked for in a single value");
  }
  const keys = key as readonly Value[];
  switch (operator) {
    case "AnyIn":
      return someAmong(keys, value, path);
    case "AllNotIn":
      return not(someAmong(keys, value, path));
    case "AllIn":
      return and(...keys.map((each) => constantIn(each, value, path)));
    default:
      return or(...keys.map((each) => not(constantIn(each, value, path))));
  }
}

/** Whether one of several constants is there: asked once of each element. */
function someAmong(keys: readonly Value[], value: Query, path: string): CelText {
  if (keys.length === 1 || (value.kind === "list" && value.namesOf !== undefined)) {
    return or(...keys.map((each) => constantIn(each, value, path)));
  }
  return someElement(elementsOf(value, path), (element) => isIn(element, keys, path));
}

function constantIn(key: Value, value: Query, path: string): CelText {
  if (value.kind === "single" && value.type.kind === "string" && typeof key === "string") {
    return matchesText(value.text, key);
  }
  if (
    value.kind === "list" &&
    value.namesOf !== undefined &&
    value.condition === TRUE &&
    typeof key === "string" &&
    !/[*?]/.test(key)
  ) {
    const { namesOf } = value;
    const { type } = namesOf;
    const field = type.kind === "object" ? type.field(key) : { type: TEXT, isCertain: false };
    // Where the map is missing the call fails.
    const map = value.found === undefined ? namesOf : { ...namesOf, base: valueOf(namesOf), optional: [] };
    return field === undefined ? FALSE : presence(memberPlace(map, key, { ...field, isCertain: false }));
  }
  if (value.kind === "single" && value.type.kind === "list" && typeof key === "string" && !/[*?]/.test(key)) {
    if (value.type.items.kind !== "string") throw new NotConvertible(path, "a text is looked for among other values");
    const text = `${quote(key)} in ${value.text}`;
    return { text, level: "relation", contrary: () => atom(`!(${text})`) };
  }
  return someElement(elementsOf(value, path), (element) => isIn(element, [key], path));
}

function elementsOf(value: Query, path: string): ListQuery {
  return value.kind === "list" ? value : opened(value, path);
}

function opened({ type, text, place }: SingleQuery, path: string): ListQuery {
  if (type.kind !== "list") throw new NotConvertible(path, "something that is no list is taken as one");
  const item = "item";
  return {
    kind: "list",
    text,
    item,
    condition: TRUE,
    next: { kind: "single", type: type.items, text: item },
    ...(place && { place }),
  };
}

/** Whether one value is among literals. */
function isIn(query: SingleQuery, values: readonly Value[], path: string): CelText {
  const { type, text } = query;
  if (type.kind === "integer" && values.every((each) => typeof each === "number" && Number.isSafeInteger(each))) {
    return inLiterals(
      text,
      values.map((each) => JSON.stringify(each)),
    );
  }
  if (type.kind === "boolean" && values.every((each) => typeof each === "boolean")) {
    return or(...values.map((each) => booleanIs(query, each)));
  }
  if (type.kind !== "string")
    throw new NotConvertible(path, `a value of the type ${type.kind} is looked for among texts`);
  const texts = textsOf(values, path);
  const plain = texts.filter((each) => !/[*?]/.test(each));
  const wild = texts.filter((each) => /[*?]/.test(each)).map((each) => matchesText(text, each));
  return or(plain.length === 0 ? FALSE : inList(text, plain), ...wild);
}

function textsOf(values: readonly Value[], path: string): readonly string[] {
  return values.map((each) => {
    if (typeof each !== "string") throw new NotConvertible(path, "a text is looked for among values of other types");
    return each;
  });
}

function inList(text: string, texts: readonly string[]): CelText {
  return inLiterals(text, texts.map(quote));
}

function inLiterals(text: string, literals: readonly string[]): CelText {
  const [only] = literals;
  if (only === undefined) return FALSE;
  if (literals.length === 1) return relation(text, "==", only);
  const list = `[${literals.join(", ")}]`;
  return { ...relation(text, "in", list), contrary: () => atom(`!(${text} in ${list})`) };
}

function valuesOf(value: Value, path: string): readonly Value[] {
  if (Array.isArray(value)) return value as readonly Value[];
  // A single text is a list of one, unless it is read as something else.
  if (typeof value !== "string" || isRange(value) || /^\s*[[{"]/.test(value) || isAmount(value)) {
    throw new NotConvertible(path, `the value ${JSON.stringify(value)} is read in several ways`);
  }
  return [value];
}
