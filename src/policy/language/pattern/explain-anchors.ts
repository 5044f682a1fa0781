import { isValueObject, type Value, type ValueObject } from "../../../base/index.ts";
import { type AnchorKind, parseAnchor } from "./anchor.ts";
import { compilePattern } from "./pattern.ts";

/** What one anchor of a pattern came to, in one place of the resource. */
export interface AnchorNote {
  /** As written: `(image)`. */
  readonly anchor: string;
  readonly sort: AnchorKind;
  /** Where in the resource: `/spec/containers/0/image`. */
  readonly at: string;
  readonly wanted: Value;
  /** Undefined when the key is not there. */
  readonly found: Value | undefined;
  /** "fail" of a condition or a global anchor means that the pattern is not held against what is around it. */
  readonly holds: boolean;
}

/** Anchors that are told of, and steps that this may take: lists in lists have very many. */
const MAX_ANCHORS = 100;
const MAX_STEPS = 100_000;

/** Thrown when there has been enough. */
const ENOUGH = Symbol("enough anchors");

/**
 * What each anchor of a pattern came to, in the order of the pattern; the first of them when there are very many. It is
 * found out apart from matching, which has no time for it.
 */
export function explainAnchors(pattern: Value, resource: Value): readonly AnchorNote[] {
  const notes: AnchorNote[] = [];
  let steps = 0;
  const charge = (taken: number): void => {
    steps += taken;
    if (steps > MAX_STEPS || notes.length >= MAX_ANCHORS) throw ENOUGH;
  };
  try {
    walk(pattern, resource, "", notes, charge);
  } catch (thrown) {
    if (thrown !== ENOUGH) throw thrown;
  }
  return notes;
}

function walk(
  pattern: Value,
  resource: Value | undefined,
  at: string,
  notes: AnchorNote[],
  charge: (steps: number) => void,
): void {
  charge(1);
  if (Array.isArray(pattern)) {
    if (Array.isArray(resource)) walkList(pattern, resource as readonly Value[], at, notes, charge);
    return;
  }
  if (!isValueObject(pattern) || !isValueObject(resource)) return;
  for (const [name, wanted] of Object.entries(pattern)) {
    const anchor = parseAnchor(name);
    const key = anchor?.key ?? name;
    const found = Object.hasOwn(resource, key) ? resource[key] : undefined;
    const inside = `${at}/${key}`;
    if (anchor !== undefined) {
      const holds = holdsAlone(name, wanted, resource, charge);
      notes.push({ anchor: name, sort: anchor.kind, at: inside, wanted, found, holds });
    }
    walk(wanted, found, inside, notes, charge);
  }
}

function walkList(
  pattern: readonly Value[],
  resource: readonly Value[],
  at: string,
  notes: AnchorNote[],
  charge: (steps: number) => void,
): void {
  const isForAll = isValueObject(pattern[0]);
  for (const [index, item] of resource.entries()) {
    const wanted = isForAll ? pattern[0] : pattern[index];
    if (wanted !== undefined) walk(wanted, item, `${at}/${index}`, notes, charge);
  }
}

function holdsAlone(name: string, wanted: Value, resource: ValueObject, charge: (steps: number) => void): boolean {
  return compilePattern({ [name]: wanted }, charge).match(resource, charge).status === "pass";
}
