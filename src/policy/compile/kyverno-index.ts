import { matchesWildcard } from "../../base/index.ts";
import type { KindSet } from "../language/match/match.ts";

/** Items by the kinds of objects they can concern, so that an object meets only its own. */
export interface KindIndex<Item> {
  /** The items that may match objects of a kind, in the order they were given. */
  lookup(kind: string): readonly Item[];
}

/**
 * Makes an index of items, most often a policy's rules. The kind that is looked up is that of the resource asked for.
 *
 * @example
 * ```ts
 * import { createKindIndex } from "../index.ts";
 * const pods = { all: false, names: new Set(["Pod"]), patterns: [] };
 * createKindIndex([{ item: "rule", kinds: pods }]).lookup("Service"); // []
 * ```
 */
export function createKindIndex<Item>(
  entries: readonly { readonly item: Item; readonly kinds: KindSet }[],
): KindIndex<Item> {
  const named = new Set(entries.flatMap(({ kinds }) => [...kinds.names]));
  const itemsOf = (kind: string): readonly Item[] =>
    entries.filter(({ kinds }) => mayConcern(kinds, kind)).map(({ item }) => item);
  const byKind = new Map([...named].map((kind) => [kind, itemsOf(kind)]));
  const open = entries.filter(({ kinds }) => kinds.all || kinds.patterns.length > 0);
  const hasPatterns = open.some(({ kinds }) => !kinds.all);
  const others = open.map(({ item }) => item);
  // Kinds come from outside: only those that are named are remembered.
  return { lookup: (kind) => byKind.get(kind) ?? (hasPatterns ? itemsOf(kind) : others) };
}

function mayConcern(kinds: KindSet, kind: string): boolean {
  return kinds.all || kinds.names.has(kind) || kinds.patterns.some((pattern) => matchesWildcard(pattern, kind));
}
