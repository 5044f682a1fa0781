import type { Value } from "../../base/index.ts";
import type { Condition, Conditions } from "../resource/kyverno/conditions.ts";
import { and, type CelText, choice, FALSE, not, or, TRUE } from "./cel-text.ts";
import { equals, ordered } from "./comparison-to-cel.ts";
import { membership, oldMembership } from "./membership-to-cel.ts";
import { NotConvertible } from "./not-convertible.ts";
import { valueOr } from "./place.ts";
import { foundOf, itemsOf, type Query } from "./query.ts";
import { constantOf, constantQuery } from "./query-literals.ts";
import type { QueryScope } from "./query-to-cel.ts";
import { holdsFor } from "./stated-operations.ts";
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
  if (isList(source)) return joinAll(convertEach(source, place, place.path), place);
  const { any, all = [] } = source;
  const met = convertEach(all, place, `${place.path}.all`);
  if (any === undefined) return joinAll(met, place);
  const anyOf = joinAny(convertEach(any, place, `${place.path}.any`), place);
  // Kyverno looks at all of `all` also where `any` has failed.
  if (place.missingFails !== true && anyOf.constant === undefined && met.some(({ found }) => found !== TRUE)) {
    throw new NotConvertible(place.path, "what is missing in all is an error beside an any that does not hold");
  }
  return and(anyOf, joinAll(met, place));
}

/** A condition, and what must hold for it not to fail. */
interface Tried {
  readonly met: CelText;
  readonly found: CelText;
}

/** One after the other: the first that does not hold ends it, and so does the first that fails. */
function joinAll(tried: readonly Tried[], { missingFails }: ConditionPlace): CelText {
  return tried.reduceRight<Joined>((rest, { met, found }) => joinOne(rest, { met, found }, missingFails, "all"), {
    text: TRUE,
    founds: [],
  }).text;
}

function joinAny(tried: readonly Tried[], { missingFails }: ConditionPlace): CelText {
  return tried.reduceRight<Joined>((rest, { met, found }) => joinOne(rest, { met, found }, missingFails, "any"), {
    text: FALSE,
    founds: [],
  }).text;
}

/** Conditions from one on, and what each of them needs. */
interface Joined {
  readonly text: CelText;
  readonly founds: readonly CelText[];
}

function joinOne(rest: Joined, { met, found }: Tried, missingFails: boolean | undefined, word: "all" | "any"): Joined {
  const join = word === "all" ? and : or;
  const founds = [found, ...rest.founds];
  if (missingFails === true) return { text: and(found, join(met, rest.text)), founds };
  // In CEL what fails beside a false operand of && does not count.
  const isStrict = found === TRUE || rest.founds.every((other) => needs(other, found));
  if (isStrict || rest.text.constant !== undefined) return { text: join(met, rest.text), founds };
  return { text: word === "all" ? choice(met, rest.text, FALSE) : choice(met, TRUE, rest.text), founds };
}

/** Whether one fails wherever the other does. */
function needs(other: CelText, found: CelText): boolean {
  return other.text === found.text || (other.parts ?? []).some(({ text }) => text === found.text);
}

const isList = (source: Conditions): source is readonly Condition[] => Array.isArray(source);

/** Messages of conditions are put together with the rule's as they hold. */
export function hasMessages(source: Conditions): boolean {
  const all = isList(source) ? source : [...(source.any ?? []), ...(source.all ?? [])];
  return all.some(({ message = "" }) => message !== "");
}

function convertEach(conditions: readonly Condition[], place: ConditionPlace, path: string): readonly Tried[] {
  return conditions.map((condition, index) => convertCondition(condition, { ...place, path: `${path}[${index}]` }));
}

function convertCondition({ key, operator, value }: Condition, { path, scope }: ConditionPlace): Tried {
  const left = queryIn(key ?? null, scope, `${path}.key`);
  const taken = new Set([...scope.taken, ...itemsOf(left)]);
  const right = queryIn(value ?? null, { ...scope, taken }, `${path}.value`);
  const compared = compare(emptyWhenMissing(left), operator, emptyWhenMissing(right), path);
  const found = and(...[left, right].map((query) => (query.kind === "list" ? (query.found ?? TRUE) : foundOf(query))));
  return { met: and(notNull(left, operator), notNull(right, ""), compared), found };
}

/** A list that is missing is null, which holds under no operator; some of no elements is false anyway. */
function notNull(query: Query, operator: string): CelText {
  if (query.kind === "single") return query.whenThere ?? TRUE;
  if (query.place === undefined || query.found !== undefined) return TRUE;
  const holdsNever = operator === "AnyIn" || operator === "AnyNotIn";
  return holdsNever ? TRUE : foundOf(query);
}

function emptyWhenMissing(query: Query): Query {
  const { place } = query;
  if (query.kind === "single" || query.found !== undefined || place === undefined || foundOf(query) === TRUE)
    return query;
  return { ...query, text: valueOr(place, query.namesOf === undefined ? "[]" : "{}") };
}

/** A key or a value, as a policy states it. */
function queryIn(stated: Value, scope: QueryScope, path: string): Query {
  if (typeof stated === "string") return queryOf(stated, scope, path);
  if (Array.isArray(stated) && JSON.stringify(stated).includes("{{")) return listOf(stated, scope, path);
  const constant = JSON.stringify(stated).includes("{{") ? undefined : constantQuery(stated);
  if (constant === undefined) throw new NotConvertible(path, "a value of this type is compared in its own way");
  return constant;
}

/** A list of which some items have variables: only what is looked for among constants. */
function listOf(items: readonly Value[], scope: QueryScope, path: string): Query {
  const [only] = items;
  const query = items.length === 1 && typeof only === "string" ? queryOf(only, scope, path) : undefined;
  if (query?.kind !== "single" || query.type.kind !== "string") {
    throw new NotConvertible(path, "a list has variables among others");
  }
  const item = "item";
  const next = { kind: "single", type: query.type, text: item } as const;
  return { kind: "list", text: `[${query.text}]`, item, condition: TRUE, next, found: foundOf(query) };
}

function compare(key: Query, operator: Condition["operator"], value: Query, path: string): CelText {
  if (key.kind === "single" && key.constant === null) return FALSE;
  const known = ofKnownValues(key, operator, value);
  if (known !== undefined) return known;
  switch (operator) {
    case "Equal":
    case "Equals":
      return equals(key, value, path);
    case "NotEqual":
    case "NotEquals":
      return not(equals(key, value, path));
    case "In":
    case "NotIn":
      return oldMembership(operator, key, value, path);
    case "AnyIn":
    case "AllIn":
    case "AnyNotIn":
    case "AllNotIn":
      return membership(key, operator, value, path);
    default:
      return ordered(key, operator, value, path);
  }
}

/** What holds, or does not, for each value that the key can have. */
function ofKnownValues(key: Query, operator: Condition["operator"], value: Query): CelText | undefined {
  const constant = constantOf(value);
  if (key.kind === "list" || key.among === undefined || constant === undefined) return undefined;
  const outcomes = new Set(key.among.map((each) => holdsFor(each, operator, constant)));
  const [only] = outcomes;
  if (outcomes.size !== 1 || only === undefined) return undefined;
  return only ? TRUE : FALSE;
}
