import { compareText } from "../../../base/index.ts";
import { type MergeSchema, mergeSchemaOf } from "./merge-schema.ts";
import { type Charge, expectKind, PatchError, PatchNode, textNode } from "./node.ts";

type MaybeNode = PatchNode | undefined;

/** The object and the patch; the object's side becomes the patch's own node where the patch is taken over. */
interface Sides {
  target: MaybeNode;
  readonly patch: MaybeNode;
}

/**
 * Merges a patch into an object as kustomize's kyaml merges two YAML nodes, with its lists growing at the front. Both
 * are changed. Undefined when the patch takes all away.
 * @throws {PatchError} where the two do not fit
 */
export function mergeNodes(target: PatchNode, patch: PatchNode, charge: Charge): MaybeNode {
  return walk({ target, patch }, undefined, charge);
}

function walk(sides: Sides, known: MergeSchema | undefined, charge: Charge): MaybeNode {
  charge(1);
  const schema = known ?? schemaOf(sides.target) ?? schemaOf(sides.patch);
  if (sides.patch === undefined && sides.target?.isNull === false) return walkAlone(sides.target, schema, charge);
  const first = isMissing(sides.target) ? sides.patch : sides.target;
  // Two nulls, or nothing and a null, are walked as objects without members.
  if (first === undefined || first.isNull) return walkObject(sides, schema, charge);
  expectKind(sides.target, first.kind);
  expectKind(sides.patch, first.kind);
  if (first.kind === "object") return walkObject(sides, schema, charge);
  if (first.kind === "scalar") return sides.patch ?? sides.target;
  if (schema?.mergeKeys === undefined) return sides.patch ?? sides.target;
  return walkList(sides, schema.mergeKeys, schema.elements(), charge);
}

/** What the patch says nothing of: only its merged lists can change, where elements have the same keys. */
function walkAlone(target: PatchNode, known: MergeSchema | undefined, charge: Charge): PatchNode {
  charge(1);
  const schema = known ?? schemaOf(target);
  if (target.kind === "scalar" || schema?.isPlain === true) return target;
  if (target.kind === "object") {
    for (const { key, value } of target.fields) {
      const below = value.isNull ? value : walkAlone(value, schema?.member(key), charge);
      if (below !== value) value.become(below);
    }
    return target;
  }
  if (schema?.mergeKeys === undefined) return target;
  if (!hasClearKeys(target, schema.mergeKeys, charge)) {
    return walkList({ target, patch: undefined }, schema.mergeKeys, schema.elements(), charge) ?? target;
  }
  const elements = schema.elements();
  for (const item of target.items) walkAlone(item, elements, charge);
  return target;
}

/** Whether each element has all keys, with a value that no other has. */
function hasClearKeys(list: PatchNode, keys: readonly string[], charge: Charge): boolean {
  charge(list.items.length);
  const seen = new Set<string>();
  for (const item of list.items) {
    const texts = keys.length === 0 ? [item.isNull ? "" : item.text] : keys.map((key) => keyText(item, key));
    if (texts.includes("")) return false;
    seen.add(texts.length === 1 ? (texts[0] as string) : JSON.stringify(texts));
  }
  return seen.size === list.items.length;
}

/** What an element has under a key; empty where it has nothing. */
function keyText(item: PatchNode, key: string): string {
  const value = item.field(key);
  return value === undefined || value.isEmpty ? "" : value.text;
}

function schemaOf(node: MaybeNode): MergeSchema | undefined {
  if (node === undefined || node.kind !== "object") return undefined;
  const kind = node.field("kind");
  const apiVersion = node.field("apiVersion");
  return kind === undefined || apiVersion === undefined ? undefined : mergeSchemaOf(apiVersion.text, kind.text);
}

function isMissing(node: MaybeNode): boolean {
  return node === undefined || node.isNull;
}

function walkObject(sides: Sides, schema: MergeSchema | undefined, charge: Charge): MaybeNode {
  const merged = startObject(sides, charge);
  if (merged === undefined) return undefined;
  sides.target = merged;
  const keys = new Set([...merged.fields, ...(sides.patch?.fields ?? [])].map((field) => field.key));
  charge(keys.size);
  for (const key of [...keys].sort(compareText)) {
    const below = { target: merged.field(key), patch: sides.patch?.field(key) };
    merged.set(key, walk(below, schema?.member(key), charge));
  }
  return merged;
}

/** The node that the members are then merged into: the object's, or the patch's own. */
function startObject({ target, patch }: Sides, charge: Charge): MaybeNode {
  if (target === undefined || target.isNull) {
    if (takeDirectiveLeniently(patch, charge) === "delete") return undefined;
    if (patch === undefined && target !== undefined) {
      // A null that the object had before stays.
      const kept = new PatchNode();
      kept.kept = true;
      return kept;
    }
    return patch;
  }
  if (patch?.isNull === true) return undefined;
  const directive = takeDirective(patch, charge);
  if (directive === "delete") return undefined;
  return directive === "replace" ? patch : target;
}

type Directive = "merge" | "replace" | "delete";

/** `$patch` of a patch that is added as it is: kustomize does not look whether it understood it. */
function takeDirectiveLeniently(patch: MaybeNode, charge: Charge): Directive {
  if (patch === undefined || patch.kind === "scalar") return "merge";
  try {
    return takeDirective(patch, charge);
  } catch (error) {
    if (error instanceof PatchError) return "merge";
    throw error;
  }
}

/** What `$patch` in a patch says; it is taken out. */
function takeDirective(patch: MaybeNode, charge: Charge): Directive {
  if (patch === undefined) return "merge";
  const holder = patch.kind === "list" ? patch.items.find((item) => item.field("$patch") !== undefined) : patch;
  const said = holder?.field("$patch");
  // Beside other members `$patch` speaks of the element, not of its list.
  if (holder === undefined || said === undefined) return "merge";
  if (patch.kind === "list" && holder.fields.length > 1) return "merge";
  const directive = said.text;
  if (directive !== "merge" && directive !== "replace" && directive !== "delete") {
    throw new PatchError(`unknown patch strategy '${directive}'`);
  }
  if (patch.kind === "list") setElement(patch, undefined, ["$patch"], [directive], charge);
  else patch.clear("$patch");
  return directive;
}

function walkList(sides: Sides, keys: readonly string[], elements: MergeSchema, charge: Charge): MaybeNode {
  const merged = startList(sides, charge);
  if (merged === undefined) return undefined;
  sides.target = merged;
  const tuples = keys.length > 0 ? keyTuples(sides, keys) : scalarTuples(sides);
  return mergeElements({ ...sides, target: merged }, keys.length > 0 ? keys : [""], tuples, elements, charge);
}

function startList({ target, patch }: Sides, charge: Charge): MaybeNode {
  if (target === undefined || target.isNull) return patch;
  if (patch?.isNull === true) return undefined;
  const directive = takeDirective(patch, charge);
  if (directive === "delete") return undefined;
  return directive === "replace" ? patch : target;
}

/** What the elements have under the keys, the patch's first, each once; "" where an element has nothing. */
function keyTuples(sides: Sides, keys: readonly string[]): string[][] {
  const tuples = [sides.patch, sides.target].flatMap((side) =>
    (side?.items ?? []).map((item) => keys.map((key) => keyText(item, key))),
  );
  return unique(tuples);
}

function scalarTuples(sides: Sides): string[][] {
  return unique([sides.patch, sides.target].flatMap((side) => (side?.items ?? []).map((item) => [item.text])));
}

function unique(tuples: readonly string[][]): string[][] {
  const seen = new Set<string>();
  return tuples.filter((tuple) => {
    const key = JSON.stringify(tuple);
    return !seen.has(key) && seen.add(key);
  });
}

function mergeElements(
  sides: { readonly target: PatchNode; readonly patch: MaybeNode },
  keys: readonly string[],
  found: string[][],
  elements: MergeSchema,
  charge: Charge,
): PatchNode {
  const tuples = keys.length > 1 ? joinTuples(found, charge) : found;
  const front = new PatchNode();
  front.kind = "list";
  const used = usedKeys(tuples, keys);
  for (const tuple of tuples) {
    const values = tuple.filter((value, index) => value !== "" || used.includes(keys[index] as string));
    const below = {
      target: findElement(sides.target, used, values, charge),
      patch: findElement(sides.patch, used, values, charge),
    };
    const element = walk(below, elements, charge);
    if (element === undefined || element.isNull || (element.kind === "object" && element.fields.length === 0)) {
      for (const _ of used) setElement(sides.target, undefined, used, values, charge);
      continue;
    }
    nameElement(element, used, values);
    setElement(front, element, used, values, charge);
  }
  return tuples.length === 0 ? sides.target : appendElements(front, sides.target, used, charge);
}

/** An element has the keys it was found by. */
function nameElement(element: PatchNode, keys: readonly string[], values: readonly string[]): void {
  for (const [index, key] of keys.entries()) {
    const value = values[index] ?? "";
    if (value !== "" && element.kind === "object" && element.field(key) === undefined)
      element.set(key, textNode(value));
  }
}

/** Tuples that have something in common and nothing against each other become one: a port with and one without protocol. */
function joinTuples(tuples: string[][], charge: Charge): string[][] {
  for (let left = 0; left < tuples.length; left++) {
    charge(tuples.length);
    const own = tuples[left] as string[];
    for (let right = 0; right < tuples.length; right++) {
      const joined = joinTuple(own, tuples[right] as string[]);
      if (joined === undefined) continue;
      tuples[left] = joined;
      tuples[right] = joined;
    }
  }
  return tuples;
}

function joinTuple(left: readonly string[], right: readonly string[]): string[] | undefined {
  let shares = false;
  const joined: string[] = [];
  for (const [index, value] of left.entries()) {
    const other = right[index] ?? "";
    if (value === other) shares = true;
    else if (value !== "" && other !== "") return undefined;
    joined.push(value === "" ? other : value);
  }
  return shares ? joined : undefined;
}

/** The keys that any of the tuples has; all of them when none has any. */
function usedKeys(tuples: readonly string[][], keys: readonly string[]): readonly string[] {
  const used = keys.filter((_, index) => tuples.some((tuple) => tuple[index] !== ""));
  return used.length === 0 ? keys : used;
}

/** The first element that has these values under the keys that are not empty. */
function findElement(list: MaybeNode, keys: readonly string[], values: readonly string[], charge: Charge): MaybeNode {
  if (list?.kind !== "list") return undefined;
  charge(list.items.length);
  if (keys[0] === "") return list.items.find((item) => item.text === values[0]);
  const given = keys.map((key, index) => [key, values[index] ?? ""] as const).filter(([, value]) => value !== "");
  const pairs = given.length > 0 ? given : keys.map((key, index) => [key, values[index] ?? ""] as const);
  return list.items.find((item) => item.kind === "object" && pairs.every(([key, value]) => hasText(item, key, value)));
}

function hasText(item: PatchNode, key: string, value: string): boolean {
  return item.fields.some((field) => field.key === key && field.value.text === value);
}

/**
 * Puts an element in the place of those that have these values under the keys, or at the end; without an element they
 * are taken away. Nulls and empty objects go at the same time.
 */
function setElement(
  list: PatchNode,
  element: MaybeNode,
  keys: readonly string[],
  values: readonly string[],
  charge: Charge,
): void {
  charge(list.items.length);
  const setsObjects = keys[0] !== "" && (values[0] ?? "") !== "";
  const kept: PatchNode[] = [];
  let found = false;
  for (const item of list.items) {
    if (item.isNull || (item.kind === "object" && item.fields.length === 0)) continue;
    if (item.kind !== "object" && setsObjects) {
      kept.push(item);
    } else if (!matchesElement(item, keys, values)) {
      if (values.length > 0) kept.push(item);
    } else {
      found = true;
      if (element !== undefined) kept.push(element);
    }
  }
  list.items = kept;
  if (element !== undefined && !element.isNull && !found) list.items.push(element);
}

/** As {@link findElement}'s test, but an empty value asks only whether the key is there. */
function matchesElement(item: PatchNode, keys: readonly string[], values: readonly string[]): boolean {
  let last = false;
  for (const [index, key] of keys.entries()) {
    const value = values[index];
    if (value !== undefined) last = matchesField(item, key, value);
    if (!last) return false;
  }
  return true;
}

function matchesField(item: PatchNode, key: string, value: string): boolean {
  if (key === "") {
    expectKind(item, "scalar");
    return item.text === value;
  }
  expectKind(item, "object");
  return value === "" ? item.field(key) !== undefined : hasText(item, key, value);
}

/** Adds the elements of `list` behind those of `front`; one that is in both takes the place it has in `front`. */
function appendElements(front: PatchNode, list: PatchNode, keys: readonly string[], charge: Charge): PatchNode {
  for (const item of list.items) {
    if (keys[0] === "") {
      setElement(front, item, [""], [item.text], charge);
      continue;
    }
    const values: string[] = [];
    for (const key of keys) {
      if (!item.isNull) expectKind(item, "object");
      const value = item.field(key);
      // kustomize appends an element once for each key that it lacks, and once more below.
      if (value === undefined) front.items.push(item);
      else values.push(value.text);
    }
    if (keys.length > 1) setElement(front, undefined, keys, values, charge);
    setElement(front, item, keys, values, charge);
  }
  return front;
}
