import { isDeepStrictEqual } from "node:util";
import { AmapError, canonicalJson, decodeUtf8, digestOf, encodeUtf8, formatTime, parseTime } from "../base/index.ts";
import {
  type Advisory,
  type AdvisoryBatch,
  type CveRecord,
  type ExploitPrediction,
  ecosystemsOfAdvisory,
  type KnownExploited,
  keysOfAdvisory,
} from "../metadata/index.ts";
import type {
  AdvisoryChanges,
  AdvisoryDatabase,
  AdvisoryDatabaseStatus,
  AdvisoryReader,
  AdvisorySource,
  EcosystemAge,
  ImportOptions,
  ImportResult,
} from "../ports/index.ts";

const NEVER = "1970-01-01T00:00:00Z";

/** All that a database holds; an import works on a copy, which takes its place at the end. */
class Content {
  readonly advisories: Map<string, Advisory>;
  readonly epss: Map<string, ExploitPrediction>;
  readonly kev: Map<string, KnownExploited>;
  readonly cves: Map<string, CveRecord>;
  /** Whole ecosystems, with the source that they are whole by. */
  readonly complete: Map<string, { readonly source: string; readonly importedAt: string }>;
  /** What each source said of each ecosystem, by `ECOSYSTEM SOURCE`. */
  readonly parts: Map<string, EcosystemAge & { readonly ecosystem: string; readonly source: string }>;
  readonly sources: Map<string, { readonly told: AdvisorySource; readonly ids: ReadonlySet<string> }>;
  updatedAt: string;
  state: string;
  origin: string | undefined;

  constructor(from?: Content) {
    this.advisories = new Map(from?.advisories);
    this.epss = new Map(from?.epss);
    this.kev = new Map(from?.kev);
    this.cves = new Map(from?.cves);
    this.complete = new Map(from?.complete);
    this.parts = new Map(from?.parts);
    this.sources = new Map(from?.sources);
    this.updatedAt = from?.updatedAt ?? NEVER;
    this.state = from?.state ?? "";
    this.origin = from?.origin;
  }

  get sorted(): readonly Advisory[] {
    return [...this.advisories.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
  }

  get live(): readonly Advisory[] {
    return this.sorted.filter((advisory) => advisory.withdrawn === undefined);
  }
}

const timeOf = ({ modified }: { readonly modified: string }): number => parseTime(modified) ?? 0;

/** What was exported, by the name of the file: its bytes are its name. */
const EXPORTED = new Map<string, Content>();

/** The bytes of a file that a fake database exported. */
export async function* readExported(path: string): AsyncGenerator<Uint8Array> {
  yield encodeUtf8(path);
}

/** An advisory database in memory, with records that are there from the start. */
export function createFakeAdvisoryDatabase(initial: readonly Advisory[] = [], importedAt = NEVER): AdvisoryDatabase {
  let content = new Content();
  /** Every state that there was, to be compared with the present one. */
  const states = new Map<string, Content>();
  content.updatedAt = importedAt;
  for (const advisory of initial) content.advisories.set(advisory.id, advisory);
  recordAges(content, initial, { importedAt }, false);
  const enter = (next: Content, told: unknown): void => {
    next.state = digestOf(encodeUtf8(`${content.state}\n${states.size}\n${JSON.stringify(told)}`));
    content = next;
    states.set(next.state, next);
  };
  return {
    ...readerOf(() => content, states),
    snapshot: async () => {
      const kept = content;
      return { ...readerOf(() => kept, states), close: async () => undefined };
    },
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
      askForLosses(content, next, options);
      enter(next, [options, all]);
      return result;
    },
    export: async (path) => {
      if (EXPORTED.has(path)) throw new AmapError("USAGE", `${path} is there already`);
      EXPORTED.set(path, content);
    },
    takeOver: async (bytes, { origin, approve }) => {
      let name = "";
      for await (const chunk of bytes) name += decodeUtf8(chunk) ?? "";
      const offered = EXPORTED.get(name);
      if (offered === undefined) throw new AmapError("DATABASE_INVALID", `${origin} is no advisory database`);
      approve(statusOf(offered, origin), statusOf(content, "memory:"));
      const next = new Content(offered);
      next.origin = origin;
      for (const [key, { told, ids }] of offered.sources) {
        next.sources.set(key, { told: told.origin === undefined ? { ...told, origin } : told, ids });
      }
      enter(next, origin);
    },
    close: async () => undefined,
  };
}

function statusOf(content: Content, uri: string): AdvisoryDatabaseStatus {
  const ecosystems = countEcosystems(content);
  const lines = content.sorted.map(({ id, source }) => `${id}\n${digestOf(encodeUtf8(canonicalJson(source)))}\n`);
  const sources = [...content.sources.values()].sort((a, b) => (a.told.name < b.told.name ? -1 : 1));
  return {
    uri,
    updatedAt: content.updatedAt,
    newestRecordAt: formatTime(Math.max(0, ...content.sorted.map(timeOf))),
    ecosystems: Object.fromEntries(ecosystems),
    complete: [...content.complete.keys()].filter((name) => ecosystems.has(name)).sort(),
    ages: Object.fromEntries([...ecosystems.keys()].map((name) => [name, ageOf(content, name)])),
    ...countOf(
      "epss",
      [...content.epss.values()].map(({ date }) => date),
    ),
    ...countOf(
      "kev",
      [...content.kev.values()].map(({ dateAdded }) => dateAdded),
    ),
    cves: content.cves.size,
    sources: sources.map(({ told }) => {
      const complete = [...content.complete].flatMap(([name, { source }]) => (source === told.name ? [name] : []));
      return complete.length === 0 ? told : { ...told, complete: complete.sort() };
    }),
    ...(content.origin === undefined ? {} : { origin: content.origin }),
    version: digestOf(encodeUtf8(lines.join(""))),
    state: content.state,
  };
}

function countEcosystems(content: Content): ReadonlyMap<string, number> {
  const ecosystems = new Map<string, number>();
  for (const name of content.live.flatMap(ecosystemsOfAdvisory)) {
    ecosystems.set(name, (ecosystems.get(name) ?? 0) + 1);
  }
  return ecosystems;
}

function ageOf({ complete, parts }: Content, name: string): EcosystemAge {
  const dumps = [name, name.split(":")[0] ?? name].flatMap((each) => complete.get(each)?.importedAt ?? []);
  const own = [...parts.values()].filter(({ ecosystem }) => ecosystem === name);
  const times = (texts: readonly string[]): readonly number[] => texts.map((text) => parseTime(text) ?? 0);
  const imports = times(own.map((part) => part.importedAt));
  return {
    importedAt: formatTime(
      dumps.length > 0 ? Math.max(...times(dumps)) : Math.min(...(imports.length > 0 ? imports : [0])),
    ),
    newestRecordAt: formatTime(Math.max(0, ...times(own.map((part) => part.newestRecordAt)))),
  };
}

function recordAges(
  content: Content,
  advisories: readonly Advisory[],
  { importedAt, source, unchanged }: ImportOptions,
  isWhole: boolean,
): void {
  const name = source?.name ?? "";
  const before = new Map(content.parts);
  if (isWhole && source !== undefined)
    for (const [key, part] of before) if (part.source === name) content.parts.delete(key);
  for (const advisory of advisories) {
    for (const ecosystem of ecosystemsOfAdvisory(advisory)) {
      const known = content.parts.get(`${ecosystem} ${name}`)?.newestRecordAt;
      const newest = Math.max(timeOf(advisory), known === undefined ? 0 : (parseTime(known) ?? 0));
      const part = { ecosystem, source: name, importedAt, newestRecordAt: formatTime(newest) };
      content.parts.set(`${ecosystem} ${name}`, part);
    }
  }
  for (const each of unchanged ?? []) {
    for (const [key, part] of content.parts) {
      if (part.source === each) content.parts.set(key, { ...part, importedAt });
    }
    for (const [key, whole] of content.complete) {
      if (whole.source === each) content.complete.set(key, { ...whole, importedAt });
    }
    const known = content.sources.get(each);
    if (known !== undefined) content.sources.set(each, { ...known, told: { ...known.told, importedAt } });
  }
}

function askForLosses(before: Content, after: Content, { mayLose }: ImportOptions): void {
  const lost = new Map<string, number>();
  for (const advisory of before.live) {
    const now = after.advisories.get(advisory.id);
    const covered = now === undefined || now.withdrawn !== undefined ? [] : ecosystemsOfAdvisory(now);
    for (const name of ecosystemsOfAdvisory(advisory)) {
      if (!covered.includes(name)) lost.set(name, (lost.get(name) ?? 0) + 1);
    }
  }
  const counts = countEcosystems(before);
  const losses = [...lost].map(([ecosystem, count]) => ({
    ecosystem,
    before: counts.get(ecosystem) ?? 0,
    lost: count,
  }));
  if (losses.length > 0) mayLose?.(losses.sort((a, b) => (a.ecosystem < b.ecosystem ? -1 : 1)));
}

function readerOf(current: () => Content, states: ReadonlyMap<string, Content>): AdvisoryReader {
  return {
    status: async () => statusOf(current(), "memory:"),
    lookup: async (keys) => {
      const wanted = new Set(keys);
      const found = new Map<string, Advisory[]>();
      for (const advisory of current().live) {
        for (const key of keysOfAdvisory(advisory)) {
          if (wanted.has(key)) found.set(key, [...(found.get(key) ?? []), advisory]);
        }
      }
      return found;
    },
    factsOf: async (cves) =>
      new Map(
        cves.flatMap((cve) => {
          const [epss, kev, record] = [current().epss.get(cve), current().kev.get(cve), current().cves.get(cve)];
          const facts = {
            ...(epss === undefined ? {} : { epss }),
            ...(kev === undefined ? {} : { kev }),
            ...(record === undefined ? {} : { record }),
          };
          return Object.keys(facts).length === 0 ? [] : [[cve, facts] as const];
        }),
      ),
    changesSince: async (earlier) => {
      const before = states.get(earlier);
      return before === undefined ? undefined : compareContents(before, current());
    },
  };
}

function compareContents(before: Content, now: Content): AdvisoryChanges {
  const differing = <T>(a: ReadonlyMap<string, T>, b: ReadonlyMap<string, T>): readonly string[] =>
    [...new Set([...a.keys(), ...b.keys()])].filter((name) => !isDeepStrictEqual(a.get(name), b.get(name)));
  const advisories = differing(before.advisories, now.advisories).flatMap((id) =>
    [before.advisories.get(id), now.advisories.get(id)].filter((each) => each !== undefined),
  );
  return {
    keys: new Set(advisories.flatMap(keysOfAdvisory)),
    cves: new Set([...differing(before.kev, now.kev), ...differing(before.cves, now.cves)]),
    hasNewScores: differing(before.epss, now.epss).length > 0,
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
  for (const name of complete) {
    content.complete.set(name, { source: options.source?.name ?? "", importedAt: options.importedAt });
  }
  for (const name of options.partial?.() ?? []) content.complete.delete(name);
  content.updatedAt = options.importedAt;
  const newest = Math.max(0, ...[...advisories, ...batches.flatMap(({ cves }) => cves)].map(timeOf));
  const removed = recordSource(content, options, {
    ids: new Set(advisories.map(({ id }) => id)),
    isWhole: complete.length > 0,
    newestRecordAt: formatTime(newest),
    records: advisories.length + facts,
  });
  recordAges(content, advisories, options, complete.length > 0);
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
