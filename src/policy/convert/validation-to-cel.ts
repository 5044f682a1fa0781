import type { Value } from "../../base/index.ts";
import type { ContextEntry } from "../resource/kyverno/context-entry.ts";
import type { ForEachValidation, Validation } from "../resource/kyverno/rule-actions.ts";
import { and, atom, type CelText, not, or } from "./cel-text.ts";
import { convertConditions, hasMessages } from "./conditions-to-cel.ts";
import type { FieldType } from "./field-types.ts";
import { NotConvertible } from "./not-convertible.ts";
import { convertPattern } from "./pattern-to-cel.ts";
import { type Place, rootPlace } from "./place.ts";
import { everyElement, type ListQuery, type Query, type SingleQuery } from "./query.ts";
import { convertQuery, type QueryScope } from "./query-to-cel.ts";

/** `object`, or `oldObject` for what an update finds. */
export type Subject = "object" | "oldObject";

/** What the queries of a rule may name: the request, and the variables of its context. */
export function scopeOf(
  subject: Subject,
  type: FieldType,
  context: readonly ContextEntry[] | undefined,
  path: string,
): QueryScope {
  const base: QueryScope = {
    object: rootPlace(subject, type),
    oldObject: subject === "object" ? rootPlace("oldObject", type) : undefined,
    operation: subject === "object" ? "request.operation" : "'CREATE'",
    names: { get: () => undefined },
    taken: new Set(["object", "oldObject"]),
  };
  return withContext(base, context, path);
}

/** Variables of a context are put where they are used; those that come from elsewhere cannot be. */
function withContext(scope: QueryScope, context: readonly ContextEntry[] | undefined, path: string): QueryScope {
  if (context === undefined || context.length === 0) return scope;
  const find = (name: string, before: number): Query | undefined => {
    const index = context.findLastIndex((entry, at) => entry.name === name && at < before);
    const entry = context[index];
    if (entry === undefined) return scope.names.get(name);
    const at = `${path}[${index}]`;
    const { variable } = entry;
    if (variable === undefined) throw new NotConvertible(at, `the variable ${name} comes from outside the request`);
    const inner = { ...scope, names: { get: (other: string) => find(other, index) } };
    if (variable.value === undefined && variable.default === undefined && typeof variable.jmesPath === "string") {
      const source = /^\s*\{\{(.*)\}\}\s*$/.exec(variable.jmesPath)?.[1] ?? variable.jmesPath;
      return convertQuery(source, inner, at);
    }
    throw new NotConvertible(at, `the variable ${name} has a value or default that is worked out in its own way`);
  };
  return { ...scope, names: { get: (name) => find(name, context.length) } };
}

/** What must hold of an object, as one CEL condition. */
export function convertValidation(source: Validation, scope: QueryScope, path: string): CelText {
  return convertDemands(source, { scope, subject: scope.object, path });
}

interface DemandPlace {
  readonly scope: QueryScope;
  /** What patterns are about. */
  readonly subject: Place;
  readonly path: string;
}

type Demands = Pick<ForEachValidation, "pattern" | "anyPattern" | "deny" | "foreach">;

function convertDemands(
  { deny, pattern, anyPattern, foreach }: Demands,
  { scope, subject, path }: DemandPlace,
): CelText {
  if (deny !== undefined) {
    const { conditions } = deny;
    if (conditions === undefined) throw new NotConvertible(`${path}.deny`, "it denies whatever it meets");
    if (hasMessages(conditions)) {
      throw new NotConvertible(
        `${path}.deny.conditions`,
        "conditions have messages of their own, which are put together as they hold",
      );
    }
    return not(convertConditions(conditions, { scope, path: `${path}.deny.conditions` }));
  }
  if (pattern !== undefined) return convertPattern(pattern, subject, `${path}.pattern`).ok;
  if (anyPattern !== undefined) return convertAnyPattern(anyPattern, subject, `${path}.anyPattern`);
  if (foreach === undefined) throw new NotConvertible(path, "there is nothing to check");
  return and(...foreach.map((loop, index) => convertLoop(loop, { scope, subject, path: `${path}.foreach[${index}]` })));
}

/** One that fails is fine where another passes; where none passes or fails, all are skipped. */
function convertAnyPattern(patterns: Value, subject: Place, path: string): CelText {
  if (!Array.isArray(patterns)) throw new NotConvertible(path, "anyPattern is no list");
  const texts = (patterns as readonly Value[]).map((each, index) => convertPattern(each, subject, `${path}[${index}]`));
  const passes = or(...texts.map(({ ok, skip }) => and(ok, not(skip))));
  return or(passes, and(...texts.map(({ skip }) => skip)));
}

function convertLoop(loop: ForEachValidation, { scope, subject, path }: DemandPlace): CelText {
  if (loop.elementScope !== undefined)
    throw new NotConvertible(`${path}.elementScope`, "it says what patterns are about");
  const list = elementsOf(loop.list ?? "", scope, `${path}.list`);
  return overElements(list, (element) => {
    const { place } = element;
    const inner = withContext(
      {
        ...scope,
        names: { get: (name) => (name === "element" ? element : scope.names.get(name)) },
        taken: new Set([...scope.taken, ...(place?.taken ?? []), list.item]),
      },
      loop.context,
      `${path}.context`,
    );
    const isObject = element.type.kind === "object" || element.type.kind === "map";
    if (!isObject && (loop.pattern !== undefined || loop.anyPattern !== undefined)) {
      throw new NotConvertible(path, "the pattern of elements that are no objects is about the whole object");
    }
    const demands = convertDemands(loop, { scope: inner, subject: place ?? subject, path });
    if (loop.preconditions === undefined) return demands;
    const counts = convertConditions(loop.preconditions, {
      scope: inner,
      path: `${path}.preconditions`,
      missingFails: true,
    });
    return or(not(counts), demands);
  });
}

/** A list that is not there has no elements. */
function elementsOf(source: string, scope: QueryScope, path: string): ListQuery {
  const query = convertQuery(source, scope, path);
  if (query.kind === "list") {
    const { place } = query;
    return place === undefined || place.optional.length === 0
      ? query
      : { ...query, text: `${place.base}${place.optional.join("")}.orValue([])` };
  }
  const opened = convertQuery(`${source}[]`.replace(/\[\]\[\]$/, "[]"), scope, path);
  if (opened.kind !== "list") throw new NotConvertible(path, "the elements of something that is no list");
  const { place } = opened;
  return place === undefined || place.optional.length === 0
    ? opened
    : { ...opened, text: `${place.base}${place.optional.join("")}.orValue([])` };
}

function overElements(list: ListQuery, test: (element: SingleQuery) => CelText): CelText {
  const whole = everyElement(list, test);
  return atom(whole.text, whole.contrary);
}
