import { compareText, type ValueObject } from "../../base/index.ts";
import { withoutUndefined } from "../document-reader.ts";
import { findConflicts, type VexConflict } from "./conflicts.ts";
import { OPENVEX_CONTEXT } from "./openvex.ts";
import { atomsOf } from "./statement-atoms.ts";
import { isFuture } from "./statement-index.ts";
import { entriesOf, textOfEntry, type VexEntry, type VexSource, withoutAtoms } from "./vex-entries.ts";

/** How documents become one. */
export interface MergeVexOptions {
  /** IRI of the merged document. */
  readonly id: string;
  readonly author: string;
  readonly role?: string;
  readonly tooling?: string;
  /** RFC 3339. */
  readonly timestamp: string;
  /** Milliseconds since 1970: a statement from the future takes the place of none. */
  readonly now: number;
  /** Leaves out what a newer statement replaces; without it the history stays. */
  readonly latestOnly?: boolean;
  /** Statements to keep; all when left out. */
  readonly keeps?: (entry: VexEntry) => boolean;
}

/** One document made of several. */
export interface MergedVex {
  /** OpenVEX 0.2.0. */
  readonly value: ValueObject;
  readonly statements: number;
  readonly conflicts: readonly VexConflict[];
  /** What the merged document does not say any more, for people. */
  readonly losses: readonly string[];
}

/**
 * Makes one OpenVEX document of several, of any format that is read. Each statement keeps its time, its products and
 * subcomponents; the order is that of time, so that the newest decides as it does with the documents side by side. What
 * is said twice is said once. Of two editions of one document at the same time the later one's statements stay.
 *
 * Findings are answered as by the documents together. One case can only become less favourable: two editions of one
 * document that at the same time speak of products that overlap and are not equal.
 * @example
 * ```ts
 * import { mergeVex } from "../index.ts";
 * const options = { id: "https://example.com/vex-1", author: "me", timestamp: "2026-01-01T00:00:00Z", now: 0 };
 * mergeVex([], options).statements; // 0
 * ```
 */
export function mergeVex(sources: readonly VexSource[], options: MergeVexOptions): MergedVex {
  const losses = new Set(lossesOf(sources, options));
  const { keeps = () => true } = options;
  const entries = sources.flatMap((source) => entriesOf(source, (lack) => losses.add(lack))).filter(keeps);
  const isReplaced = replacedBy(entries, options);
  const left = entries.flatMap((entry) => withoutAtoms(entry, ({ key }) => isReplaced(entry, key)) ?? []);
  const unique = [...new Map(left.map((entry) => [textOfEntry(entry), entry])).entries()]
    .sort(([a, one], [b, other]) => one.time - other.time || compareText(a, b))
    .map(([, entry]) => entry);
  return {
    value: withoutUndefined({
      "@context": OPENVEX_CONTEXT,
      "@id": options.id,
      author: options.author,
      role: options.role,
      timestamp: options.timestamp,
      version: 1,
      tooling: options.tooling,
      statements: unique.map(({ written }) => written),
    }),
    statements: unique.length,
    conflicts: findConflicts(unique),
    losses: [...losses],
  };
}

/** Whether another statement about the very same takes an entry's place. */
function replacedBy(
  entries: readonly VexEntry[],
  { latestOnly, now }: MergeVexOptions,
): (entry: VexEntry, key: string) => boolean {
  const latest = new Map<string, number>();
  const versions = new Map<string, number>();
  const raise = (map: Map<string, number>, key: string, value: number): void =>
    void map.set(key, Math.max(map.get(key) ?? Number.NEGATIVE_INFINITY, value));
  const editionOf = ({ origin: { document }, time }: VexEntry, key: string): string =>
    JSON.stringify([document.id, document.author, time, key]);
  for (const entry of entries) {
    for (const { key } of atomsOf(entry.statement)) {
      if (!isFuture(entry.time, now)) raise(latest, key, entry.time);
      raise(versions, editionOf(entry, key), entry.origin.document.version);
    }
  }
  return (entry, key) =>
    entry.origin.document.version < (versions.get(editionOf(entry, key)) ?? 0) ||
    (latestOnly === true && entry.time < (latest.get(key) ?? Number.NEGATIVE_INFINITY));
}

function lossesOf(sources: readonly VexSource[], { author, role }: MergeVexOptions): readonly string[] {
  const authors = new Set(sources.map(({ document }) => document.author));
  const roles = new Set(sources.flatMap((source) => source.document.role ?? []));
  return [
    ...sources.flatMap(({ source, format }) =>
      format === "OpenVEX" ? [] : [`${source}: ${format} is written as OpenVEX`],
    ),
    ...(authors.size > 1 || (authors.size === 1 && !authors.has(author))
      ? [`statements by ${[...authors].sort(compareText).join(", ")} are by ${author} now`]
      : []),
    ...(roles.size > 1 || (roles.size === 1 && !roles.has(role ?? ""))
      ? [`the authors' roles are not kept: ${[...roles].sort(compareText).join(", ")}`]
      : []),
  ];
}
