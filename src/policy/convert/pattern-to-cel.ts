import { compareText, isValueObject, type Value, type ValueObject } from "../../base/index.ts";
import { type AnchorKind, parseAnchor } from "../language/pattern/anchor.ts";
import { and, atom, type CelText, FALSE, not, or, relation, TRUE } from "./cel-text.ts";
import type { Field } from "./field-types.ts";
import { NotConvertible } from "./not-convertible.ts";
import { isSure, itemPlace, memberPlace, type Place, presence, valueOr } from "./place.ts";
import { convertScalar } from "./scalar-to-cel.ts";

/**
 * A part of a pattern as conditions. `ok` holds where the part matches or is skipped; `skip`, a part of that, where an
 * anchor says that the rest around does not count. `whenAbsent` is what `ok` is where the part's place has no value.
 */
export interface PatternText {
  readonly ok: CelText;
  readonly skip: CelText;
  readonly whenAbsent: boolean;
}

/** A pattern over one place. It throws NotConvertible for what CEL cannot say, or not surely the same. */
export function convertPattern(pattern: Value, place: Place, path: string): PatternText {
  return convertNode(pattern, place, path, false);
}

/** `mayMiss`: a missing value is fine, whatever the pattern says. */
function convertNode(pattern: Value, place: Place, path: string, mayMiss: boolean): PatternText {
  if (typeof pattern === "string" && pattern.includes("{{")) {
    throw new NotConvertible(path, "the pattern has a variable");
  }
  if (typeof pattern === "string" && pattern.includes("$(")) {
    throw new NotConvertible(path, "the pattern refers to another part of the policy");
  }
  if (Array.isArray(pattern)) return convertList(pattern as readonly Value[], place, path, mayMiss);
  if (isValueObject(pattern)) return convertMap(pattern, place, path, mayMiss);
  return convertLeaf(pattern, place, path, mayMiss);
}

function convertLeaf(pattern: Value, place: Place, path: string, mayMiss: boolean): PatternText {
  const { type } = place;
  if (type.kind === "list") {
    // Each item of the list must match.
    const item = itemPlace(place, type.items);
    const inner = convertScalar(pattern, item, path).condition;
    return eachItem(place, item, inner, mayMiss);
  }
  const { condition, whenAbsent } = convertScalar(pattern, place, path, mayMiss ? true : undefined);
  return { ok: condition, skip: FALSE, whenAbsent };
}

function eachItem(place: Place, item: Place, inner: CelText, mayMiss: boolean): PatternText {
  const all = atom(`${valueOr(place, "[]")}.all(${item.base}, ${inner.text})`, exists(place, item, not(inner)));
  if (inner === TRUE) return { ok: mayMiss ? TRUE : presence(place), skip: FALSE, whenAbsent: mayMiss };
  if (mayMiss || isSure(place)) return { ok: all, skip: FALSE, whenAbsent: mayMiss };
  return { ok: and(presence(place), all), skip: FALSE, whenAbsent: false };
}

function exists(place: Place, item: Place, inner: CelText): () => CelText {
  return () => atom(`${valueOr(place, "[]")}.exists(${item.base}, ${inner.text})`);
}

function convertList(pattern: readonly Value[], place: Place, path: string, mayMiss: boolean): PatternText {
  const { type } = place;
  const [first] = pattern;
  if (type.kind !== "list") throw new NotConvertible(path, `a list stands where objects have a ${type.kind}`);
  if (first === undefined) throw new NotConvertible(path, "an empty list matches nothing");
  if (Array.isArray(first)) throw new NotConvertible(path, "lists in lists are held against each other item by item");
  const item = itemPlace(place, type.items);
  if (!isValueObject(first)) {
    return eachItem(place, item, convertScalar(first, item, `${path}[0]`).condition, mayMiss);
  }
  const inner = convertMap(first, item, `${path}[0]`, false);
  const text = eachItem(place, item, inner.ok, mayMiss);
  if (inner.skip === FALSE) return text;
  // All items are skipped, and there are some: then what is around is skipped too.
  const list = valueOr(place, "[]");
  const skip = and(
    relation(`size(${list})`, ">", "0"),
    atom(`${list}.all(${item.base}, ${inner.skip.text})`, exists(place, item, not(inner.skip))),
  );
  return { ...text, skip };
}

/** One member of a pattern's map. */
interface Member {
  readonly kind: AnchorKind | undefined;
  readonly text: PatternText;
  /** Whether it is looked at before members without anchors. */
  readonly isFirst: boolean;
}

function convertMap(pattern: ValueObject, place: Place, path: string, mayMiss: boolean): PatternText {
  const { type } = place;
  if (type.kind === "unknown") throw new NotConvertible(path, "the schema of the kinds does not say what is here");
  if (type.kind !== "object" && type.kind !== "map") {
    throw new NotConvertible(path, `a map stands where objects have a ${type.kind}`);
  }
  if (type.kind === "map" && /metadata.*\.(?:labels|annotations)$/.test(path.replaceAll(/[=()X^<+]/g, ""))) {
    const wild = Object.keys(pattern).find((key) => /[*?]/.test(key));
    if (wild !== undefined)
      throw new NotConvertible(`${path}.${wild}`, "a name with wildcards stands for one of several");
  }
  const members = Object.keys(pattern)
    .sort(compareText)
    .map((key): Member => {
      const member = convertMember(key, pattern[key] as Value, place, path);
      return { ...member, isFirst: member.kind === "global" || hasAnchors(pattern[key] as Value) };
    });
  const whole = joinMembers(members, path);
  if (isSure(place)) return { ...whole, whenAbsent: mayMiss };
  if (mayMiss) return whole.whenAbsent ? whole : { ...whole, ok: or(not(presence(place)), whole.ok), whenAbsent: true };
  return whole.whenAbsent ? { ...whole, ok: and(presence(place), whole.ok), whenAbsent: false } : whole;
}

function hasAnchors(pattern: Value): boolean {
  if (Array.isArray(pattern)) return (pattern as readonly Value[]).some(hasAnchors);
  if (!isValueObject(pattern)) return false;
  return Object.entries(pattern).some(([key, value]) => parseAnchor(key) !== undefined || hasAnchors(value));
}

function convertMember(key: string, pattern: Value, place: Place, path: string): Omit<Member, "isFirst"> {
  const anchor = parseAnchor(key);
  const name = anchor?.key ?? key;
  const at = `${path}.${key}`;
  const inside = memberPlace(place, name, fieldOf(place, name, at));
  switch (anchor?.kind) {
    case undefined:
      if (pattern === "*")
        return { kind: undefined, text: { ok: presence(inside), skip: FALSE, whenAbsent: isSure(inside) } };
      return { kind: undefined, text: convertNode(pattern, inside, at, false) };
    case "addIfNotPresent":
      throw new NotConvertible(at, "+() is for mutation");
    case "negation":
      return { kind: "negation", text: { ok: not(presence(inside)), skip: FALSE, whenAbsent: true } };
    case "equality":
      return { kind: "equality", text: convertNode(pattern, inside, at, true) };
    case "existence":
      return { kind: "existence", text: convertExistence(pattern, inside, at) };
    default: {
      const isGlobal = anchor?.kind === "global";
      const inner = convertNode(pattern, inside, at, isGlobal);
      const passes = and(inner.ok, not(inner.skip));
      const holds = isGlobal ? passes : and(inner.whenAbsent ? presence(inside) : TRUE, passes);
      // Such a member never fails: it holds, or all around is skipped.
      return { kind: anchor?.kind, text: { ok: TRUE, skip: not(holds), whenAbsent: true } };
    }
  }
}

function convertExistence(pattern: Value, place: Place, path: string): PatternText {
  const { type } = place;
  if (type.kind !== "list" || !Array.isArray(pattern)) throw new NotConvertible(path, "^() is for lists of maps");
  const item = itemPlace(place, type.items);
  const wanted = (pattern as readonly Value[]).map((each, index) => {
    if (!isValueObject(each)) throw new NotConvertible(`${path}[${index}]`, "^() is for lists of maps");
    const inner = convertMap(each, item, `${path}[${index}]`, false);
    const passes = and(inner.ok, not(inner.skip));
    const all = () => atom(`${valueOr(place, "[]")}.all(${item.base}, ${not(passes).text})`);
    return atom(`${valueOr(place, "[]")}.exists(${item.base}, ${passes.text})`, all);
  });
  return {
    ok: isSure(place) ? and(...wanted) : or(not(presence(place)), and(...wanted)),
    skip: FALSE,
    whenAbsent: true,
  };
}

/** First the anchors, which decide whether the map counts at all, then the rest, what holds anchors first. */
function joinMembers(members: readonly Member[], path: string): PatternText {
  const conditions = members.filter(({ kind }) => kind === "condition").map(({ text }) => text);
  const anchors = members
    .filter(({ kind }) => kind === "equality" || kind === "negation" || kind === "existence")
    .map(({ text }) => text);
  const plain = members.filter(({ kind }) => kind === undefined || kind === "global");
  const first = plain.filter(({ isFirst }) => isFirst).toReversed();
  const rest = [...first, ...plain.filter(({ isFirst }) => !isFirst)].map(({ text }) => text);
  const skipping = anchors.filter(({ skip }) => skip !== FALSE);
  if (skipping.length > 0 && rest.some(({ skip }) => skip !== FALSE)) {
    throw new NotConvertible(path, "anchors at several levels decide together which part of the object counts");
  }
  const unmet = or(...conditions.map(({ skip }) => skip));
  const anchorsOk = and(...anchors.map(({ ok }) => ok));
  // Skips from further down count only where no anchor of this map applies.
  const deepSkip =
    conditions.length === 0 && skipping.length > 0 && skipping.length === anchors.length
      ? and(...skipping.map(({ skip }) => skip))
      : FALSE;
  const tail = joinRest(rest);
  const stop = or(unmet, deepSkip);
  const whenAbsent = conditions.length > 0 || [...anchors, ...rest].every((text) => text.whenAbsent);
  return { ok: or(unmet, and(anchorsOk, or(deepSkip, tail.ok))), skip: or(stop, tail.skip), whenAbsent };
}

/** One after the other: a skip ends it well. */
function joinRest(rest: readonly PatternText[]): { readonly ok: CelText; readonly skip: CelText } {
  let ok: CelText = TRUE;
  let skip: CelText = FALSE;
  for (const text of rest.toReversed()) {
    skip = or(text.skip, and(text.ok, skip));
    ok = and(text.ok, or(text.skip, ok));
  }
  return { ok, skip };
}

function fieldOf({ type }: Place, name: string, path: string): Field {
  if (type.kind === "map") return { type: type.value, isCertain: false };
  const field = type.kind === "object" ? type.field(name) : undefined;
  if (field === undefined) throw new NotConvertible(path, `objects of these kinds have no field ${name}`);
  return field;
}
