import { isValueObject, type Value, type ValueObject } from "../../../base/index.ts";
import { keyOfElement } from "./list-key.ts";
import type { MergeAtom, MergeList, MergeMap, MergeType } from "./merge-type.ts";
import type { Charge } from "./node.ts";
import { checkDepth, deduceForm } from "./typed-validation.ts";

type MaybeValue = Value | undefined;

/**
 * What `live` and `patch`, both valid values of the type, are together, as structured-merge-diff's Merge makes it: the
 * patch's scalars and atomic values, all members and elements of both. What the patch does not change is shared.
 */
export function mergeTyped(live: Value, patch: Value, type: MergeType, charge: Charge): Value {
  return new TypedMerge(charge).merge(live, patch, type, 0) as Value;
}

/** A list with the key of each element. */
interface KeyedList {
  readonly items: readonly Value[];
  readonly ids: readonly string[];
  /** The element by key; null for one that is there twice, which nothing is merged with. */
  readonly byId: ReadonlyMap<string, Value>;
}

class TypedMerge {
  readonly #charge: Charge;

  constructor(charge: Charge) {
    this.#charge = charge;
  }

  merge(live: MaybeValue, patch: MaybeValue, type: MergeType, depth: number): MaybeValue {
    this.#charge(1);
    checkDepth(depth);
    // One side alone is taken as it is: a merge with nothing rebuilds the same.
    if (patch === undefined) return live;
    if (live === undefined) return patch;
    const atom: MergeAtom = deduceForm(type(), patch);
    if (atom.map !== undefined) return this.#mergeMaps(live, patch, atom.map, depth);
    if (atom.scalar !== undefined || atom.list === undefined) return patch;
    return this.#mergeLists(live, patch, atom.list, depth);
  }

  /** A value of another form, null among them, counts as no object at all. */
  #mergeMaps(live: Value, patch: Value, map: MergeMap, depth: number): MaybeValue {
    const before: ValueObject = isValueObject(live) ? live : {};
    const changes: ValueObject = isValueObject(patch) ? patch : {};
    const keys = Object.keys(changes);
    const areEmpty = keys.length === 0 && Object.keys(before).length === 0;
    if (areEmpty && before === live && changes === patch) return live;
    if (map.isAtomic || areEmpty) return patch;
    this.#charge(keys.length);
    let isSame = before === live;
    const merged = new Map<string, Value>();
    for (const key of keys) {
      const type = map.field(key)?.type ?? map.others;
      // The patch was held against the type before.
      if (type === undefined) throw new Error(`a valid patch has the member ${key} that its type has not`);
      const known = Object.hasOwn(before, key) ? before[key] : undefined;
      const value = this.merge(known, changes[key], type, depth + 1) as Value;
      if (value !== known) isSame = false;
      merged.set(key, value);
    }
    if (isSame) return before;
    this.#charge(Object.keys(before).length);
    return Object.fromEntries(new Map([...Object.entries(before), ...merged]));
  }

  #mergeLists(live: Value, patch: Value, list: MergeList, depth: number): MaybeValue {
    const before = Array.isArray(live) ? (live as readonly Value[]) : [];
    const changes = Array.isArray(patch) ? (patch as readonly Value[]) : [];
    const areEmpty = before.length === 0 && changes.length === 0;
    if (areEmpty && before === live && changes === patch) return live;
    if (list.isAtomic || areEmpty) return patch;
    this.#charge(before.length + changes.length);
    const mergeItem = (known: MaybeValue, change: MaybeValue): Value =>
      this.merge(known, change, list.element, depth + 1) as Value;
    const merged = mergeOrdered(readKeys(list, before), readKeys(list, changes), mergeItem);
    const isSame = merged.length === before.length && merged.every((item, index) => item === before[index]);
    return isSame && Array.isArray(live) ? live : merged;
  }
}

function readKeys(list: MergeList, items: readonly Value[]): KeyedList {
  const byId = new Map<string, Value>();
  const ids = items.map((item) => {
    const key = keyOfElement(list, item);
    // Both sides were held against the type before.
    if (!key.ok) throw new Error(`an element of a valid list has no key: ${key.message}`);
    byId.set(key.id, byId.has(key.id) ? null : item);
    return key.id;
  });
  return { items, ids, byId };
}

/**
 * The elements of both lists in the order that structured-merge-diff gives them: shared ones as in the patch, those of
 * one list alone where they stand between shared ones, the object's before the patch's.
 */
function mergeOrdered(
  live: KeyedList,
  patch: KeyedList,
  mergeItem: (live: MaybeValue, patch: MaybeValue) => Value,
): readonly Value[] {
  const merged: Value[] = [];
  const taken = new Set<string>();
  const shared = patch.ids.filter((id) => live.byId.has(id));
  let nextShared = 0;
  let left = 0;
  let right = 0;
  const takePatch = (id: string): void => {
    taken.add(id);
    merged.push(mergeItem(live.byId.get(id), patch.byId.get(id)));
    right++;
  };
  while (left < live.ids.length || right < patch.ids.length) {
    const liveId = live.ids[left];
    const patchId = patch.ids[right];
    if (liveId !== undefined && patchId !== undefined) {
      if (liveId === patchId) {
        takePatch(patchId);
        left++;
        nextShared++;
        continue;
      }
      const wanted = shared[nextShared];
      if (patch.byId.has(liveId) && wanted !== undefined && wanted !== liveId) {
        // It comes where the patch has it.
        left++;
        continue;
      }
    }
    if (liveId !== undefined && !patch.byId.has(liveId)) {
      // By position: the key stands for none of two elements that share it.
      merged.push(live.items[left] as Value);
      left++;
      continue;
    }
    if (liveId !== undefined && taken.has(liveId)) left++;
    if (patchId !== undefined) {
      if (shared[nextShared] === patchId) nextShared++;
      takePatch(patchId);
    }
  }
  return merged;
}
