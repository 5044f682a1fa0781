import type { Value } from "../../base/index.ts";
import type { ContextEntry } from "../resource/kyverno/context-entry.ts";
import type { ForEachValidation, Validation } from "../resource/kyverno/rule-actions.ts";
import { and, atom, type CelText, FALSE, not, or } from "./cel-text.ts";
import { convertConditions, hasMessages } from "./conditions-to-cel.ts";
import { convertEntry } from "./context-to-cel.ts";
import type { FieldType } from "./field-types.ts";
import { NotConvertible } from "./not-convertible.ts";
import { convertPattern } from "./pattern-to-cel.ts";
import { isSure, type Place, rootPlace, valueOr } from "./place.ts";
import type { PolicyVariables } from "./policy-variables.ts";
import { everyElement, type ListQuery, type Query, type SingleQuery } from "./query.ts";
import { convertQuery, openList, type QueryScope } from "./query-to-cel.ts";

/** `object`, or `oldObject` for what an update finds. */
export type Subject = "object" | "oldObject";

/** What the queries of a rule may name: the request, and the variables of its context. */
export function scopeOf(
  subject: Subject,
  type: FieldType,
  context: readonly ContextEntry[] | undefined,
  path: string,
  { operations, variables }: { readonly operations?: readonly string[]; readonly variables?: PolicyVariables } = {},
): QueryScope {
  // In Kyverno the object of a deletion is the old one.
  const isDeletion = operations?.length === 1 && operations[0] === "DELETE";
  const base: QueryScope = {
    object: rootPlace(isDeletion ? "oldObject" : subject, type),
    ...(operations && { operations }),
    ...(variables && { variables }),
    oldObject: subject === "object" ? rootPlace("oldObject", type) : undefined,
    operation: subject === "object" ? "request.operation" : "'CREATE'",
    names: { get: () => undefined },
    taken: new Set(["object", "oldObject"]),
  };
  return withContext(base, context, path);
}

/** Variables of a context are put where they are used; those that come from elsewhere cannot be. */
export function withContext(scope: QueryScope, context: readonly ContextEntry[] | undefined, path: string): QueryScope {
  if (context === undefined || context.length === 0) return scope;
  const find = (name: string, before: number, taken: ReadonlySet<string> = scope.taken): Query | undefined => {
    const index = context.findLastIndex((entry, at) => entry.name === name && at < before);
    const entry = context[index];
    if (entry === undefined) return scope.names.get(name, taken);
    const at = `${path}[${index}]`;
    return convertEntry(entry, { ...scope, taken, names: { get: (other, around) => find(other, index, around) } }, at);
  };
  return { ...scope, names: { get: (name, taken) => find(name, context.length, taken) } };
}

/** What must hold of an object, as one CEL condition. */
export function convertValidation(
  source: Validation,
  scope: QueryScope,
  path: string,
  missingFails: boolean = false,
): CelText {
  return convertDemands(source, { scope, subject: scope.object, path, missingFails });
}

interface DemandPlace {
  readonly scope: QueryScope;
  /** What patterns are about. */
  readonly subject: Place;
  readonly path: string;
  /** What is missing is no error: it is as if no condition held. */
  readonly missingFails: boolean;
}

type Demands = Pick<ForEachValidation, "pattern" | "anyPattern" | "deny" | "foreach">;

function convertDemands(
  { deny, pattern, anyPattern, foreach }: Demands,
  { scope, subject, path, missingFails }: DemandPlace,
): CelText {
  if (deny !== undefined) {
    const { conditions } = deny;
    if (conditions === undefined) return FALSE;
    if (hasMessages(conditions)) {
      throw new NotConvertible(
        `${path}.deny.conditions`,
        "conditions have messages of their own, which are put together as they hold",
      );
    }
    return not(convertConditions(conditions, { scope, path: `${path}.deny.conditions`, missingFails }));
  }
  if (pattern !== undefined) return convertPattern(pattern, subject, `${path}.pattern`).ok;
  if (anyPattern !== undefined) return convertAnyPattern(anyPattern, subject, `${path}.anyPattern`);
  if (foreach === undefined) throw new NotConvertible(path, "there is nothing to check");
  return and(
    ...foreach.map((loop, index) =>
      convertLoop(loop, { scope, subject, path: `${path}.foreach[${index}]`, missingFails }),
    ),
  );
}

/** One that fails is fine where another passes; where none passes or fails, all are skipped. */
function convertAnyPattern(patterns: Value, subject: Place, path: string): CelText {
  if (!Array.isArray(patterns)) throw new NotConvertible(path, "anyPattern is no list");
  const texts = (patterns as readonly Value[]).map((each, index) => convertPattern(each, subject, `${path}[${index}]`));
  const passes = or(...texts.map(({ ok, skip }) => and(ok, not(skip))));
  return or(passes, and(...texts.map(({ skip }) => skip)));
}

function convertLoop(loop: ForEachValidation, { scope, subject, path, missingFails }: DemandPlace): CelText {
  if (loop.elementScope !== undefined)
    throw new NotConvertible(`${path}.elementScope`, "it says what patterns are about");
  const list = elementsOf(loop.list ?? "", scope, `${path}.list`);
  return overElements(list, (element) => {
    const { place } = element;
    const inner = withContext(
      {
        ...scope,
        names: { get: (name, taken) => (name === "element" ? element : scope.names.get(name, taken)) },
        taken: new Set([...scope.taken, ...(place?.taken ?? []), list.item]),
      },
      loop.context,
      `${path}.context`,
    );
    const isObject = element.type.kind === "object" || element.type.kind === "map";
    if (!isObject && (loop.pattern !== undefined || loop.anyPattern !== undefined)) {
      throw new NotConvertible(path, "the pattern of elements that are no objects is about the whole object");
    }
    const demands = convertDemands(loop, { scope: inner, subject: place ?? subject, path, missingFails });
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
export function elementsOf(source: string, scope: QueryScope, path: string): ListQuery {
  const query = convertQuery(source, scope, path);
  const list = query.kind === "list" ? query : openList(query, scope.taken);
  if (list === undefined) throw new NotConvertible(path, "the elements of something that is no list");
  const { place } = list;
  return place === undefined || isSure(place) ? list : { ...list, text: valueOr(place, "[]") };
}

function overElements(list: ListQuery, test: (element: SingleQuery) => CelText): CelText {
  const whole = everyElement(list, test);
  return atom(whole.text, whole.contrary);
}
