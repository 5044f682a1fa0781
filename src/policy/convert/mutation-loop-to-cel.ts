import { isValueObject, type Value } from "../../base/index.ts";
import type { ForEachMutation } from "../resource/kyverno/rule-actions.ts";
import { type CelText, itemName, TRUE } from "./cel-text.ts";
import { convertConditions } from "./conditions-to-cel.ts";
import { writeJsonPatch } from "./json-patch-to-cel.ts";
import { convertMerge } from "./merge-to-cel.ts";
import { NotConvertible } from "./not-convertible.ts";
import { optionalOf, type Place, rootPlace } from "./place.ts";
import type { ListQuery, SingleQuery } from "./query.ts";
import { convertQuery, openList, type QueryScope, single } from "./query-to-cel.ts";
import { INTEGER } from "./query-types.ts";
import { withContext } from "./validation-to-cel.ts";

/** A loop of changes as one change: each element is changed as the list was before. It throws NotConvertible. */
export function convertMutationLoop(loop: ForEachMutation, scope: QueryScope, path: string): readonly Value[] {
  if (loop.foreach !== undefined) throw new NotConvertible(`${path}.foreach`, "loops in loops of changes");
  const list = listOf(loop.list ?? "", scope, `${path}.list`);
  if (loop.patchStrategicMerge !== undefined) return mergeLoop(loop, list, scope, path);
  if (loop.patchesJson6902 !== undefined) return patchLoop(loop, list, scope, path);
  throw new NotConvertible(path, "there is nothing to change");
}

function listOf(source: string, scope: QueryScope, path: string): ListQuery {
  const query = convertQuery(source, scope, path);
  const list = query.kind === "list" ? query : openList(query, scope.taken);
  if (list === undefined) throw new NotConvertible(path, "the elements of something that is no list");
  if (list.condition !== TRUE || list.next.kind === "list") throw new NotConvertible(path, "a list of chosen elements");
  return list;
}

/** The scope in which an element is looked at, and whether it is changed. */
function inside(
  loop: ForEachMutation,
  element: SingleQuery,
  scope: QueryScope,
  path: string,
): { readonly scope: QueryScope; readonly counts: CelText } {
  const { place } = element;
  const inner = withContext(
    {
      ...scope,
      names: {
        get: (name, taken) => (name === "element" || name === "element0" ? element : scope.names.get(name, taken)),
      },
      taken: new Set([...scope.taken, ...(place?.taken ?? []), ...(place === undefined ? [] : [place.base])]),
    },
    loop.context,
    `${path}.context`,
  );
  const { preconditions } = loop;
  if (preconditions === undefined) return { scope: inner, counts: TRUE };
  return { scope: inner, counts: convertConditions(preconditions, { scope: inner, path: `${path}.preconditions` }) };
}

function mergeLoop(loop: ForEachMutation, list: ListQuery, scope: QueryScope, path: string): readonly Value[] {
  const { item, next, place, text } = list;
  const patch = loop.patchStrategicMerge ?? null;
  const element = next as SingleQuery;
  const own = inside(loop, element, scope, path);
  const at = `${path}.patchStrategicMerge`;
  if (place === undefined) throw new NotConvertible(at, "the elements of several lists are changed");
  refuseOthers(patch, at);
  const { mutations, condition } = convertMerge(patch, own.scope, at, {
    list: optionalOf(place),
    text,
    item,
    counts: () => own.counts,
    scope: own.scope,
  });
  if (condition !== TRUE) throw new NotConvertible(at, "conditions decide about the change of an element");
  return mutations;
}

/** Beside the one list nothing is changed: that would be done only where there is an element. */
function refuseOthers(patch: Value, path: string): void {
  if (!isValueObject(patch)) return;
  const keys = Object.keys(patch);
  if (keys.length > 1) throw new NotConvertible(path, "a loop changes more than its elements");
  for (const key of keys) refuseOthers(patch[key] ?? null, path);
}

function patchLoop(loop: ForEachMutation, list: ListQuery, scope: QueryScope, path: string): readonly Value[] {
  const { place, item, text } = list;
  if (place === undefined)
    throw new NotConvertible(`${path}.list`, "the elements of several lists are counted together");
  if (place.type.kind !== "list") throw new NotConvertible(`${path}.list`, "this is no list");
  const index = indexName(scope.taken);
  const element: Place = {
    ...rootPlace(`${text}[${index}]`, place.type.items),
    name: item,
    taken: new Set([...place.taken, index]),
  };
  const own = inside(loop, single(element), withIndex(scope, index), path);
  const writer = writeJsonPatch(loop.patchesJson6902 ?? "", {
    scope: own.scope,
    root: { place: scope.object, pointer: "" },
    path: `${path}.patchesJson6902`,
    index,
  });
  const all = `lists.range(size(${text}))`;
  const ordered = loop.order === "Descending" ? `${all}.reverse()` : all;
  const counted = own.counts === TRUE ? ordered : `${ordered}.filter(${index}, ${own.counts.text})`;
  const { only } = writer;
  const expression =
    only === undefined ? `${counted}.map(${index}, ${writer.text}).flatten()` : `${counted}.map(${index}, ${only})`;
  return [{ patchType: "JSONPatch", jsonPatch: { expression } }];
}

function indexName(taken: ReadonlySet<string>): string {
  return taken.has("i") ? itemName("indexes", taken) : "i";
}

function withIndex(scope: QueryScope, index: string): QueryScope {
  const query: SingleQuery = { kind: "single", type: INTEGER, text: index };
  return {
    ...scope,
    names: { get: (name, taken) => (/^elementIndex0?$/.test(name) ? query : scope.names.get(name, taken)) },
    taken: new Set([...scope.taken, index]),
  };
}
