import { isValueObject, type Value } from "../../base/index.ts";
import { relation, TRUE } from "./cel-text.ts";
import type { FieldType } from "./field-types.ts";
import { valueOr } from "./place.ts";
import { foundOf, type Query, type SingleQuery } from "./query.ts";

type Refuse = (reason: string) => never;

/** `a || b`: b where a is missing or empty. */
export function defaultOf(from: Query, other: () => Query, refuse: Refuse): Query {
  if (from.kind === "single" && from.isFull === true) return from;
  if (from.kind === "single" && from.constant !== undefined) return other();
  const { constant, ...rest } = other() as SingleQuery;
  if (constant === undefined) return defaultQuery(from, rest, refuse);
  if (Array.isArray(constant) && constant.length === 0) return emptyListFor(from, refuse);
  if (from.kind === "list") return refuse(`the default ${JSON.stringify(constant)} stands beside a list`);
  return constantDefault(from, { constant, text: rest.text }, refuse);
}

/** What a policy writes down as the default. */
interface StatedDefault {
  readonly constant: Value;
  readonly text: string;
}

function constantDefault(from: SingleQuery, { constant, text }: StatedDefault, refuse: Refuse): Query {
  const { type, place } = from;
  if (type.kind === "boolean" && constant === true) return refuse("with the default true it is always true");
  if (place === undefined) {
    // What is worked out is there; false is what a condition is anyway.
    return type.kind === "boolean" && constant === false ? from : refuse("the default of a worked out value");
  }
  if (isZeroOf(type, constant)) return settled(from, valueOr(place, text));
  const isMany = type.kind === "map" || type.kind === "object" || type.kind === "list";
  if (isMany && typeof constant === "string") {
    const isEmpty = relation(`size(${valueOr(place, type.kind === "list" ? "[]" : "{}")})`, "==", "0");
    return { kind: "single", type: { kind: "unknown" }, text: "", isSettled: true, otherwise: { isEmpty, constant } };
  }
  if (type.kind === "string" && typeof constant === "string") {
    const value = valueOr(place, "''");
    return { kind: "single", type, text: `(${value} != '' ? ${value} : ${text})`, isFull: true };
  }
  return refuse(`the default ${JSON.stringify(constant)} is of another type than the field`);
}

/** Whether all values that count as nothing are this one, or there are none. */
function isZeroOf({ kind }: FieldType, constant: Value): boolean {
  switch (kind) {
    case "string":
      return constant === "";
    case "boolean":
      return constant === false;
    case "integer":
      return Number.isSafeInteger(constant);
    case "quantity":
      return typeof constant === "string" || Number.isSafeInteger(constant);
    case "map":
    case "object":
      return isValueObject(constant) && Object.keys(constant).length === 0;
    default:
      return false;
  }
}

/** With a default of its own it always gives something. */
function settled({ kind, type, place }: SingleQuery, text: string): SingleQuery {
  return { kind, type, text, ...(place && { place }), isSettled: true };
}

/** A default that is another query. */
function defaultQuery(from: Query, other: Query, refuse: Refuse): Query {
  if (from.kind === "list" || other.kind === "list" || from.place === undefined) {
    return refuse("the default of a worked out value");
  }
  if (from.type.kind !== other.type.kind) return refuse("a default of another type");
  // Where neither is there the classic rule has null, which is no error.
  if (foundOf(other) !== TRUE) return refuse("a default that may be missing itself");
  if (from.type.kind === "string") {
    const value = valueOr(from.place, "''");
    return { kind: "single", type: from.type, text: `(${value} != '' ? ${value} : ${other.text})` };
  }
  if (from.type.kind === "integer" || from.type.kind === "quantity") {
    return { kind: "single", type: from.type, text: valueOr(from.place, other.text) };
  }
  return refuse("a default that is no literal has no counterpart yet");
}

/** A list that may be missing, as an empty one. */
export function emptyListFor(from: Query, refuse: Refuse): Query {
  if (from.kind === "single") {
    const { place, type } = from;
    if (place === undefined || type.kind !== "list")
      return refuse("the default [] stands beside something that is no list");
    return settled(from, valueOr(place, "[]"));
  }
  return from.place === undefined ? from : { ...from, text: valueOr(from.place, "[]") };
}
