import { compareText, isValueObject, type Value, type ValueObject } from "../../../base/index.ts";
import { parseAnchor } from "./anchor.ts";
import { type Failure, negationFailure, plainFailure, SkipList, skipFailure } from "./failure.ts";
import { printed, typeName } from "./go-text.ts";
import { findMetadataPattern } from "./metadata.ts";
import type { ResourcePath } from "./resource-path.ts";
import { compileScalar } from "./scalar.ts";
import type { Charge } from "./wildcard.ts";

/** What one match carries along. */
export interface MatchState {
  readonly charge: Charge;
  /** The index of the item that is looked at, by depth of lists. */
  readonly indices: number[];
  /**
   * Whether the key of a conditional or existence anchor was in any part of the resource that the anchor's map met, by
   * the anchor's text. Kyverno calls a failure an error when one was in none of them.
   */
  anchors: Map<string, boolean> | undefined;
}

/** Matches a part of a resource (undefined for a missing key) against a part of a pattern; undefined: it matches. */
type Matcher = (resource: Value | undefined, state: MatchState) => Failure | undefined;

/** Matches one key of a pattern's map. */
type MemberMatcher = (resource: ValueObject, state: MatchState) => Failure | undefined;

/** Kept matchers of one map whose labels depend on the resource. */
const MAX_VARIANTS = 64;

/** Compiles one part of a pattern. */
export function compileNode(pattern: Value, path: ResourcePath): Matcher {
  if (Array.isArray(pattern)) return compileList(pattern, path);
  return isValueObject(pattern) ? compileMap(pattern, path) : compileLeaf(pattern, path);
}

function compileLeaf(pattern: Value, path: ResourcePath): Matcher {
  const matches = compileScalar(pattern);
  const fail = (resource: Value | undefined, state: MatchState) => {
    const at = path.text(state.indices);
    return plainFailure(
      at,
      () => `resource value '${printed(resource)}' does not match '${printed(pattern, true)}' at path ${at}`,
    );
  };
  return (resource, state) => {
    state.charge(1);
    if (!Array.isArray(resource)) return matches(resource, state.charge) ? undefined : fail(resource, state);
    for (const item of resource as readonly Value[]) {
      state.charge(1);
      if (!matches(item, state.charge)) return fail(resource, state);
    }
    return undefined;
  };
}

function compileMap(pattern: ValueObject, path: ResourcePath): Matcher {
  const tracked = Object.keys(pattern).flatMap(trackedAnchor);
  const matchMembers = compileMembers(pattern, path);
  return (resource, state) => {
    state.charge(1);
    if (!isValueObject(resource)) {
      const at = path.text(state.indices);
      const found = typeName(resource);
      const expected = "Expected map[string]interface {}";
      return plainFailure(
        at,
        () => `pattern and resource have different structures. Path: ${at}. ${expected}, found ${found}`,
      );
    }
    if (tracked.length > 0) trackAnchors(tracked, resource, state);
    return matchMembers(resource, state);
  };
}

function trackedAnchor(text: string): { text: string; key: string }[] {
  const anchor = parseAnchor(text);
  return anchor?.kind === "condition" || anchor?.kind === "existence" ? [{ text, key: anchor.key }] : [];
}

function trackAnchors(
  tracked: readonly { text: string; key: string }[],
  resource: ValueObject,
  state: MatchState,
): void {
  state.anchors ??= new Map();
  for (const { text, key } of tracked) {
    if (state.anchors.get(text) !== true) state.anchors.set(text, Object.hasOwn(resource, key));
  }
}

/** The members of a map; those below metadata may have to be compiled anew for the names of a resource's labels. */
function compileMembers(pattern: ValueObject, path: ResourcePath): MemberMatcher {
  const members = new Map(Object.keys(pattern).map((key) => [key, compileMember(key, pattern[key] as Value, path)]));
  const match = orderMembers(pattern, members, path);
  const metadata = findMetadataPattern(pattern);
  if (metadata === undefined) return match;
  const variants = new Map<string, MemberMatcher>();
  return (resource, state) => {
    const names = metadata.chooseNames(resource, state.charge);
    if (names === undefined) return match(resource, state);
    const id = JSON.stringify(names);
    let variant = variants.get(id);
    if (variant === undefined) {
      const renamed = metadata.rename(names);
      const changed = new Map(members).set(metadata.key, compileMember(metadata.key, renamed, path));
      variant = orderMembers({ ...pattern, [metadata.key]: renamed }, changed, path);
      if (variants.size >= MAX_VARIANTS) variants.clear();
      variants.set(id, variant);
    }
    return variant(resource, state);
  };
}

/** First the anchors, which decide whether the map counts at all, then the rest, what holds anchors deeper down first. */
function orderMembers(
  pattern: ValueObject,
  members: ReadonlyMap<string, MemberMatcher>,
  path: ResourcePath,
): MemberMatcher {
  const anchors: MemberMatcher[] = [];
  const first: MemberMatcher[] = [];
  const last: MemberMatcher[] = [];
  for (const key of Object.keys(pattern).sort(compareText)) {
    const member = members.get(key) as MemberMatcher;
    const kind = parseAnchor(key)?.kind;
    if (kind === "global") first.unshift(member);
    else if (kind !== undefined && kind !== "addIfNotPresent") anchors.push(member);
    else if (hasAnchors(pattern[key] as Value)) first.unshift(member);
    else last.push(member);
  }
  const rest = [...first, ...last];
  const matchRest: MemberMatcher = (resource, state) => {
    for (const match of rest) {
      const failure = match(resource, state);
      if (failure !== undefined) return failure;
    }
    return undefined;
  };
  if (anchors.length === 0) return matchRest;
  return (resource, state) => matchAnchors(anchors, path, resource, state) ?? matchRest(resource, state);
}

/**
 * One failed condition of this very map skips it, and hides what else failed behind it; skips from further down do so
 * only when no anchor of this map applied.
 */
function matchAnchors(
  anchors: readonly MemberMatcher[],
  path: ResourcePath,
  resource: ValueObject,
  state: MatchState,
): Failure | undefined {
  let skips: SkipList | undefined;
  let hasApplied = false;
  for (const match of anchors) {
    const failure = match(resource, state);
    if (failure === undefined) {
      hasApplied = true;
    } else if (failure.kind === "skip") {
      skips ??= new SkipList();
      skips.add(failure);
    } else if (skips?.hasSingle !== true) {
      return failure;
    }
  }
  return skips !== undefined && (!hasApplied || skips.hasSingle) ? skips.combine(path.text(state.indices)) : undefined;
}

/** Found once for each map and list: nested ones would otherwise be walked at every level above them. */
const ANCHORED = new WeakMap<object, boolean>();

function hasAnchors(pattern: Value): boolean {
  if (typeof pattern !== "object" || pattern === null) return false;
  let isAnchored = ANCHORED.get(pattern);
  if (isAnchored === undefined) {
    isAnchored = Array.isArray(pattern) ? pattern.some(hasAnchors) : hasAnchoredMember(pattern as ValueObject);
    ANCHORED.set(pattern, isAnchored);
  }
  return isAnchored;
}

function hasAnchoredMember(pattern: ValueObject): boolean {
  return Object.entries(pattern).some(([key, value]) => {
    const kind = parseAnchor(key)?.kind;
    return (kind !== undefined && kind !== "addIfNotPresent") || hasAnchors(value);
  });
}

function compileMember(name: string, pattern: Value, path: ResourcePath): MemberMatcher {
  const anchor = parseAnchor(name);
  if (anchor === undefined || anchor.kind === "addIfNotPresent") return compilePlain(name, pattern, path);
  const { kind, key } = anchor;
  const inside = path.member(key);
  if (kind === "negation") {
    return (resource, state) =>
      Object.hasOwn(resource, key) ? negationFailure(inside.text(state.indices)) : undefined;
  }
  if (kind === "existence") return compileExistence(key, pattern, inside);
  const match = compileNode(pattern, inside);
  const isInherited = key in Object.prototype;
  if (kind === "equality") {
    return (resource, state) => {
      const value = ownMember(resource, key, isInherited);
      return value === undefined ? undefined : match(value, state);
    };
  }
  const word = kind === "condition" ? "conditional" : "global";
  return (resource, state) => {
    const value = ownMember(resource, key, isInherited);
    if (value !== undefined) {
      const failure = match(value, state);
      return failure === undefined ? undefined : skipFailure(word, failure.path, () => failure.describe());
    }
    if (kind === "global") return undefined;
    const reason = "conditional anchor key doesn't exist in the resource";
    return skipFailure(word, inside.text(state.indices), () => reason);
  };
}

/** The own member of a key. Only a few names can be inherited, which is known when the pattern is compiled. */
function ownMember(resource: ValueObject, key: string, isInherited: boolean): Value | undefined {
  return isInherited && !Object.hasOwn(resource, key) ? undefined : resource[key];
}

/** A key without anchor. The pattern "*" asks for any value, and is the one whose failure lies a level higher. */
function compilePlain(key: string, pattern: Value, path: ResourcePath): MemberMatcher {
  if (pattern === "*") {
    return (resource, state) => {
      state.charge(1);
      if (Object.hasOwn(resource, key) && resource[key] !== null) return undefined;
      const at = path.text(state.indices);
      return plainFailure(at, () => `${at}/${key} not found`);
    };
  }
  const match = compileNode(pattern, path.member(key));
  const isInherited = key in Object.prototype;
  return (resource, state) => match(ownMember(resource, key, isInherited), state);
}

/** Each map of the pattern's list must match at least one item of the resource's list, where that list is there. */
function compileExistence(key: string, pattern: Value, path: ResourcePath): MemberMatcher {
  const items = path.items();
  const wanted = Array.isArray(pattern)
    ? (pattern as readonly Value[]).map((item) => (isValueObject(item) ? compileMap(item, items) : undefined))
    : undefined;
  // A number of a policy is a float64.
  const type = typeof pattern === "number" ? "float64" : typeName(pattern);
  return (resource, state) => {
    if (!Object.hasOwn(resource, key)) return undefined;
    const list = resource[key];
    const at = path.text(state.indices);
    if (!Array.isArray(list)) {
      const rule = "Existence ^ () anchor can be used only on list/array type resource";
      return plainFailure(at, () => `invalid resource type ${typeName(list)}: ${rule}`);
    }
    if (wanted === undefined) {
      return plainFailure(
        at,
        () => `invalid pattern type ${type}: Pattern has to be of list to compare against resource`,
      );
    }
    for (const match of wanted) {
      if (match === undefined) {
        const rule = "Pattern has to be of type map to compare against items in resource";
        return plainFailure(at, () => `invalid pattern type ${type}: ${rule}`);
      }
      if (!matchesAnyItem(match, list, path.listDepth, state)) {
        return plainFailure(at, () => `existence anchor validation failed at path ${at}`);
      }
    }
    return undefined;
  };
}

function matchesAnyItem(match: Matcher, list: readonly Value[], depth: number, state: MatchState): boolean {
  for (let index = 0; index < list.length; index++) {
    state.indices[depth] = index;
    if (match(list[index], state) === undefined) return true;
  }
  return false;
}

/** The first item says what kind of list it is: a map or a scalar is for all items, a list for the one in its place. */
function compileList(pattern: readonly Value[], path: ResourcePath): Matcher {
  const matchItems = compileItems(pattern, path);
  return (resource, state) => {
    state.charge(1);
    if (Array.isArray(resource)) return matchItems(resource as readonly Value[], state);
    const at = path.text(state.indices);
    const rule = "resource does not satisfy the expected overlay pattern";
    return plainFailure(at, () => `validation rule failed at path ${at}, ${rule}`);
  };
}

type ListMatcher = (resource: readonly Value[], state: MatchState) => Failure | undefined;

function compileItems(pattern: readonly Value[], path: ResourcePath): ListMatcher {
  const [first] = pattern;
  if (first === undefined) return (_, state) => plainFailure(path.text(state.indices), () => "pattern Array empty");
  if (isValueObject(first)) return compileEachItem(first, path);
  return Array.isArray(first) ? compileInPlace(pattern, path) : compileLeaf(first, path);
}

function compileEachItem(pattern: ValueObject, path: ResourcePath): ListMatcher {
  const match = compileMap(pattern, path.items());
  const depth = path.listDepth;
  const matchAt = (item: Value | undefined, index: number, state: MatchState): Failure | undefined => {
    state.indices[depth] = index;
    return match(item, state);
  };
  return (resource, state) => matchInOrder(resource, resource.length, matchAt, path, state);
}

function compileInPlace(pattern: readonly Value[], path: ResourcePath): ListMatcher {
  const matchers = pattern.map((item, index) => compileNode(item, path.member(String(index))));
  const matchAt = (item: Value | undefined, index: number, state: MatchState): Failure | undefined =>
    matchers[index]?.(item, state);
  return (resource, state) => {
    if (resource.length < matchers.length) {
      const lengths = `resource Array len is ${resource.length} and pattern Array len is ${matchers.length}`;
      return plainFailure("", () => `validate Array failed, array length mismatch, ${lengths}`);
    }
    return matchInOrder(resource, matchers.length, matchAt, path, state);
  };
}

/** The first failure ends it; skips count only when the pattern applied to no item. */
function matchInOrder(
  resource: readonly Value[],
  length: number,
  matchAt: (item: Value | undefined, index: number, state: MatchState) => Failure | undefined,
  path: ResourcePath,
  state: MatchState,
): Failure | undefined {
  let skips: SkipList | undefined;
  let hasApplied = false;
  for (let index = 0; index < length; index++) {
    const failure = matchAt(resource[index], index, state);
    if (failure === undefined) {
      hasApplied = true;
    } else if (failure.kind === "skip") {
      skips ??= new SkipList();
      skips.add(failure);
    } else {
      return failure;
    }
  }
  return skips !== undefined && !hasApplied ? skips.combine(path.text(state.indices)) : undefined;
}
