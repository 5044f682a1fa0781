import { AmapError, canonicalJson, digestOf, encodeUtf8, formatTime, parseTime } from "../base/index.ts";
import {
  type Advisory,
  type AdvisoryBatch,
  type CveRecord,
  type ExploitPrediction,
  ecosystemsOfAdvisory,
  type KnownExploited,
  keysOfAdvisory,
} from "../metadata/index.ts";
import type { AdvisoryDatabase, AdvisorySource, ImportOptions, ImportResult } from "../ports/index.ts";

/** All that a database holds; an import works on a copy, which takes its place at the end. */
class Content {
  readonly advisories: Map<string, Advisory>;
  readonly epss: Map<string, ExploitPrediction>;
  readonly kev: Map<string, KnownExploited>;
  readonly cves: Map<string, CveRecord>;
  readonly complete: Set<string>;
  readonly sources: Map<string, { readonly told: AdvisorySource; readonly ids: ReadonlySet<string> }>;
  updatedAt: string;

  constructor(from?: Content) {
    this.advisories = new Map(from?.advisories);
    this.epss = new Map(from?.epss);
    this.kev = new Map(from?.kev);
    this.cves = new Map(from?.cves);
    this.complete = new Set(from?.complete);
    this.sources = new Map(from?.sources);
    this.updatedAt = from?.updatedAt ?? "1970-01-01T00:00:00Z";
  }

  get sorted(): readonly Advisory[] {
    return [...this.advisories.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  get live(): readonly Advisory[] {
    return this.sorted.filter((advisory) => advisory.withdrawn === undefined);
  }
}

const timeOf = ({ modified }: { readonly modified: string }): number => parseTime(modified) ?? 0;

/** An advisory database in memory, with records that are there from the start. */
export function createFakeAdvisoryDatabase(
  initial: readonly Advisory[] = [],
  importedAt = "1970-01-01T00:00:00Z",
): AdvisoryDatabase {
  let content = new Content();
  for (const advisory of initial) content.advisories.set(advisory.id, advisory);
  content.updatedAt = importedAt;
  return {
    status: async () => {
      const ecosystems = new Map<string, number>();
      for (const name of content.live.flatMap(ecosystemsOfAdvisory)) {
        ecosystems.set(name, (ecosystems.get(name) ?? 0) + 1);
      }
      const lines = content.sorted.map(({ id, source }) => `${id}\n${digestOf(encodeUtf8(canonicalJson(source)))}\n`);
      const sources = [...content.sources.values()].sort((a, b) => (a.told.name < b.told.name ? -1 : 1));
      return {
        uri: "memory:",
        updatedAt: content.updatedAt,
        newestRecordAt: formatTime(Math.max(0, ...content.sorted.map(timeOf))),
        ecosystems: Object.fromEntries(ecosystems),
        complete: [...content.complete].filter((name) => ecosystems.has(name)).sort(),
        ...countOf(
          "epss",
          [...content.epss.values()].map(({ date }) => date),
        ),
        ...countOf(
          "kev",
          [...content.kev.values()].map(({ dateAdded }) => dateAdded),
        ),
        cves: content.cves.size,
        sources: sources.map(({ told }) => told),
        version: digestOf(encodeUtf8(lines.join(""))),
      };
    },
    lookup: async (keys) => {
      const wanted = new Set(keys);
      const found = new Map<string, Advisory[]>();
      for (const advisory of content.live) {
        for (const key of keysOfAdvisory(advisory)) {
          if (wanted.has(key)) found.set(key, [...(found.get(key) ?? []), advisory]);
        }
      }
      return found;
    },
    factsOf: async (cves) =>
      new Map(
        cves.flatMap((cve) => {
          const [epss, kev, record] = [content.epss.get(cve), content.kev.get(cve), content.cves.get(cve)];
          const facts = {
            ...(epss === undefined ? {} : { epss }),
            ...(kev === undefined ? {} : { kev }),
            ...(record === undefined ? {} : { record }),
          };
          return Object.keys(facts).length === 0 ? [] : [[cve, facts] as const];
        }),
      ),
    import: async (batches, options) => {
      if (parseTime(options.importedAt) === undefined) {
        throw new AmapError("VALUE_INVALID", "expected an RFC 3339 time of import");
      }
      const next = new Content(content);
      const all: AdvisoryBatch[] = [];
      for await (const batch of batches) all.push(batch);
      for (const { replaces, predictions, exploited } of all) {
        if (replaces === "kev") {
          const last = exploited.map(({ dateAdded }) => dateAdded).reduce((a, b) => (a > b ? a : b), "");
          for (const [cve, { dateAdded }] of next.kev) if (dateAdded <= last) next.kev.delete(cve);
        } else if (replaces === "epss") {
          const day = predictions[0]?.date ?? "";
          for (const [cve, { date }] of next.epss) if (date < day) next.epss.delete(cve);
        }
      }
      const result = importAll(next, all, options);
      content = next;
      return result;
    },
    close: async () => undefined,
  };
}

function countOf<K extends string>(
  name: K,
  days: readonly string[],
): Partial<Record<K, { count: number; date: string }>> {
  const date = [...days].sort().at(-1);
  return date === undefined
    ? {}
    : ({ [name]: { count: days.length, date } } as Record<K, { count: number; date: string }>);
}

function importAll(content: Content, batches: readonly AdvisoryBatch[], options: ImportOptions): ImportResult {
  const advisories = batches.flatMap((batch) => batch.advisories);
  let outdated = 0;
  for (const advisory of advisories) {
    const known = content.advisories.get(advisory.id);
    if (known !== undefined && timeOf(known) > timeOf(advisory)) outdated++;
    else content.advisories.set(advisory.id, advisory);
  }
  const facts = importFacts(content, batches);
  const complete = options.complete?.() ?? [];
  for (const name of complete) content.complete.add(name);
  for (const name of options.partial?.() ?? []) content.complete.delete(name);
  content.updatedAt = options.importedAt;
  const newest = Math.max(0, ...[...advisories, ...batches.flatMap(({ cves }) => cves)].map(timeOf));
  const removed = recordSource(content, options, {
    ids: new Set(advisories.map(({ id }) => id)),
    isWhole: complete.length > 0,
    newestRecordAt: formatTime(newest),
    records: advisories.length + facts,
  });
  return { written: advisories.length - outdated, outdated, removed, facts };
}

function importFacts(content: Content, batches: readonly AdvisoryBatch[]): number {
  for (const each of batches.flatMap(({ predictions }) => predictions)) {
    if ((content.epss.get(each.cve)?.date ?? "") <= each.date) content.epss.set(each.cve, each);
  }
  for (const each of batches.flatMap(({ exploited }) => exploited)) content.kev.set(each.cve, each);
  for (const each of batches.flatMap(({ cves }) => cves)) {
    const known = content.cves.get(each.cve);
    if (known === undefined || timeOf(known) <= timeOf(each)) content.cves.set(each.cve, each);
  }
  return batches.reduce((sum, each) => sum + each.predictions.length + each.exploited.length + each.cves.length, 0);
}

/** Returns how many advisories of a whole dump are gone since the last one of the same name. */
function recordSource(
  content: Content,
  { source, importedAt, leftOut }: ImportOptions,
  brought: {
    readonly ids: ReadonlySet<string>;
    readonly isWhole: boolean;
    readonly newestRecordAt: string;
    readonly records: number;
  },
): number {
  if (source === undefined) return 0;
  const { ids, isWhole, newestRecordAt, records } = brought;
  const before = content.sources.get(source.name)?.ids ?? new Set<string>();
  const others = [...content.sources.values()].filter(({ told: { name } }) => name !== source.name);
  const gone = [...before].filter((id) => isWhole && !ids.has(id) && !others.some((other) => other.ids.has(id)));
  for (const id of gone) content.advisories.delete(id);
  const kept = isWhole ? ids : new Set([...before, ...ids]);
  const unread = leftOut?.() ?? 0;
  const told = { ...source, importedAt, newestRecordAt, records, ...(unread === 0 ? {} : { leftOut: unread }) };
  content.sources.set(source.name, { told, ids: kept });
  return gone.length;
}
