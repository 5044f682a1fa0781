import { isValueObject, type Value, type ValueObject } from "../../../base/index.ts";
import { formatAnchor, parseAnchor } from "./anchor.ts";
import { type Charge, compileWildcard, hasWildcard, type TextMatcher } from "./wildcard.ts";

const TAGS = ["labels", "annotations"] as const;

/**
 * Names of labels and annotations may hold wildcards in a pattern: before matching, each becomes the name of the
 * resource's that it matches, or stays as it is. While doing so, Kyverno leaves out what has no text as its value; so
 * do we, only where the resource has labels (or annotations) at all.
 */
export interface MetadataPattern {
  /** The pattern's key that holds the metadata, an anchor perhaps. */
  readonly key: string;
  /** The names to use for this resource, tag by tag; undefined where the pattern stays as it is. */
  chooseNames(resource: ValueObject, charge: Charge): ChosenNames | undefined;
  /** The metadata part of the pattern with these names. */
  rename(names: ChosenNames): ValueObject;
}

/** For each tag whose pattern depends on the resource: its entries' names in order, or null to leave the tag alone. */
export type ChosenNames = readonly (readonly string[] | null)[];

interface TagPattern {
  readonly tag: string;
  readonly key: string;
  readonly entries: readonly TagEntry[];
}

interface TagEntry {
  readonly text: string;
  choose(candidates: readonly string[], charge: Charge): string;
}

/** What of a map of a pattern depends on the resource's labels and annotations; undefined for nothing, as a rule. */
export function findMetadataPattern(pattern: ValueObject): MetadataPattern | undefined {
  const key = findKey(pattern, "metadata");
  const metadata = key === undefined ? undefined : pattern[key];
  if (key === undefined || !isValueObject(metadata)) return undefined;
  const tags = TAGS.flatMap((tag) => tagPattern(metadata, tag));
  if (tags.length === 0) return undefined;
  return {
    key,
    chooseNames: (resource, charge) => {
      const found = Object.hasOwn(resource, "metadata") ? resource["metadata"] : undefined;
      if (!isValueObject(found)) return undefined;
      const names = tags.map(({ tag, entries }) => {
        const candidates = Object.hasOwn(found, tag) ? found[tag] : undefined;
        if (!isValueObject(candidates)) return null;
        const texts = namesOfTexts(candidates, charge);
        return entries.map((entry) => entry.choose(texts, charge));
      });
      return names.every((chosen) => chosen === null) ? undefined : names;
    },
    rename: (names) => {
      const changed = tags.flatMap(({ key: tagKey, entries }, index) => {
        const chosen = names[index] ?? null;
        if (chosen === null) return [];
        return [[tagKey, Object.fromEntries(entries.map(({ text }, at) => [chosen[at] as string, text]))] as const];
      });
      return { ...metadata, ...Object.fromEntries(changed) };
    },
  };
}

function tagPattern(metadata: ValueObject, tag: string): TagPattern[] {
  const key = findKey(metadata, tag);
  const map = key === undefined ? undefined : metadata[key];
  if (key === undefined || !isValueObject(map)) return [];
  const texts = Object.entries(map).flatMap(([name, value]: [string, Value]) =>
    typeof value === "string" ? [{ name, value }] : [],
  );
  const fixed = texts.filter(({ name }) => !hasWildcard(name));
  if (fixed.length === Object.keys(map).length) return [];
  // Where two names come to the same one of the resource, the last, one that is written out, is kept; Kyverno keeps any.
  const entries = [...texts.filter(({ name }) => hasWildcard(name)), ...fixed];
  return [{ tag, key, entries: entries.map(({ name, value }) => compileEntry(name, value)) }];
}

function compileEntry(name: string, text: string): TagEntry {
  if (!hasWildcard(name)) return { text, choose: () => name };
  const anchor = parseAnchor(name);
  const wanted = anchor?.key ?? name;
  const matches = compileWildcard(wanted);
  return {
    text,
    choose: (candidates, charge) => {
      const chosen = firstMatch(matches, candidates, charge) ?? wanted;
      return anchor === undefined ? chosen : formatAnchor({ kind: anchor.kind, key: chosen });
    },
  };
}

/** The names of the members that are texts, in order: each entry looks through them. */
function namesOfTexts(candidates: ValueObject, charge: Charge): readonly string[] {
  const names = Object.keys(candidates);
  charge(names.length);
  return names.filter((name) => typeof candidates[name] === "string").sort();
}

/** Kyverno takes any of the names that match; the first in order is one that does not change from run to run. */
function firstMatch(matches: TextMatcher, names: readonly string[], charge: Charge): string | undefined {
  return names.find((name) => {
    charge(1);
    return matches(name, charge);
  });
}

function findKey(map: ValueObject, name: string): string | undefined {
  return Object.keys(map).find((key) => key === name || parseAnchor(key)?.key === name);
}
