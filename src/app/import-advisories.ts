import { AmapError, compareText, type Decoded } from "../base/index.ts";
import { type AdvisoryBatch, ecosystemsOfAdvisory } from "../metadata/index.ts";
import type { AdvisoryDatabase, ImportResult } from "../ports/index.ts";
import { nothingReadable, readDocument, type Source, sourcesOf } from "./advisory-sources.ts";
import { refuseShrinking } from "./database-losses.ts";
import type { Mirror } from "./download-file.ts";
import { nowOf } from "./sbom.ts";
import type { World } from "./world.ts";

/** Documents whose records are written together. */
const BATCH = 200;
const MAX_TOLD = 20;

/** How advisories are imported. */
export interface ImportAdvisoriesOptions {
  /** OSV ecosystems, with or without release suffix, that the records are a whole dump of. */
  readonly complete?: readonly string[];
  /** Broken records are left out and told, and their source counts as partial; else one of them undoes its source. */
  readonly skipsBroken?: boolean;
  /** Reads sources again whose bytes are what they were at the last import. */
  readonly force?: boolean;
  /** Believes a dump that is much smaller than the last one. */
  readonly allowsShrinking?: boolean;
  /** Where addresses are asked for first. */
  readonly mirrors?: readonly Mirror[];
  /** Told what happens beside the result: places that did not answer. */
  readonly tell?: (message: string) => void;
}

/** What importing some sources did, together. */
export interface ImportedAdvisories extends ImportResult {
  /** Sources that are what they were at the last import: nothing of them was read. */
  readonly unchanged: number;
  /** Records that were left out, `file: why`: twenty at most, and how many there were. */
  readonly broken: readonly string[];
  readonly brokenCount: number;
  /** What was read and nothing can be matched with, each reason with its count. */
  readonly notes: readonly { readonly reason: string; readonly count: number }[];
}

/**
 * Imports vulnerability data, from paths and from `https` addresses: files that `readAdvisoryDocument` reads (also with gzip), zips and folders of them, and folders
 * laid out as OSV's exports (`npm/all.zip`), each of which is a whole dump of its ecosystem. Each file, zip or folder is
 * imported wholly or not at all and recorded as a source; one whose bytes did not change is passed over, so that an import
 * that was interrupted goes on where it stopped.
 * A dump that lacks much of what the last one had is refused.
 * @throws {AmapError} FILE_NOT_FOUND, JSON_INVALID, DOCUMENT_INVALID, NOT_SUPPORTED with the file's name; VALUE_INVALID for a
 * complete ecosystem that no record is about; of downloads
 */
export async function importAdvisories(
  world: World,
  database: AdvisoryDatabase,
  paths: readonly string[],
  options: ImportAdvisoriesOptions = {},
): Promise<ImportedAdvisories> {
  const { sources, complete, uri } = await database.status();
  // What was not read wholly, or was not said to be whole, is read again.
  const isSaid = (options.complete ?? []).every((name) => complete.includes(name));
  const whole = isSaid && options.force !== true ? sources.filter(({ leftOut }) => leftOut === undefined) : [];
  const known = new Map(whole.map((source) => [source.name, source]));
  const { mirrors = [], tell = () => {} } = options;
  // Where the database lies there is room for what it is filled from; one without a file is in memory.
  const download = { mirrors, tell, beside: uri.replace(/^file:/, "") };
  const run = new Run(world, database, options);
  for (const path of paths) {
    for await (const source of sourcesOf(world, path, { known, download })) {
      if ("unchanged" in source) run.unchanged.push(source.name);
      else await run.import(source);
    }
  }
  run.checkComplete();
  // A source that did not change is as fresh as one that did.
  if (run.unchanged.length > 0) await database.import([], { importedAt: nowOf(world), unchanged: run.unchanged });
  return run.finish();
}

class Run {
  readonly #world: World;
  readonly #database: AdvisoryDatabase;
  readonly #options: ImportAdvisoriesOptions;
  readonly #named = new Set<string>();
  readonly #broken: string[] = [];
  #brokenCount = 0;
  readonly #notes = new Map<string, number>();
  #sum: ImportResult = { written: 0, outdated: 0, removed: 0, facts: 0 };
  readonly unchanged: string[] = [];

  constructor(world: World, database: AdvisoryDatabase, options: ImportAdvisoriesOptions) {
    this.#world = world;
    this.#database = database;
    this.#options = options;
  }

  async import(source: Source): Promise<void> {
    const named = new Set<string>();
    const brokenBefore = this.#brokenCount;
    const leftOut = (): number => this.#brokenCount - brokenBefore;
    const exported = source.exportOf === undefined ? [] : [source.exportOf];
    const stated = new Set([...(this.#options.complete ?? []), ...exported]);
    const result = await this.#database.import(this.#batches(source, named), {
      importedAt: nowOf(this.#world),
      source: { name: source.name, digest: source.digest, ...(source.etag === undefined ? {} : { etag: source.etag }) },
      complete: () => (leftOut() > 0 ? [] : [...stated].filter((name) => named.has(name))),
      // A dump that was whole and has records now that nobody could read, or nothing of its ecosystem, is whole no more.
      partial: () => (leftOut() > 0 ? [...stated] : exported.filter((name) => !named.has(name))),
      leftOut,
      ...(this.#options.allowsShrinking === true ? {} : { mayLose: (losses) => refuseShrinking(source.name, losses) }),
    });
    for (const name of named) this.#named.add(name);
    this.#sum = {
      written: this.#sum.written + result.written,
      outdated: this.#sum.outdated + result.outdated,
      removed: this.#sum.removed + result.removed,
      facts: this.#sum.facts + result.facts,
    };
  }

  async *#batches(source: Source, named: Set<string>): AsyncGenerator<AdvisoryBatch> {
    let documents: AdvisoryBatch[] = [];
    let count = 0;
    const brought = { any: false, notes: new Set<string>() };
    for await (const file of source.files()) {
      count += 1;
      const read = readDocument(file);
      if (!read.ok) {
        this.#refuse(file.path, read);
        continue;
      }
      this.#countNotes(read.value, brought);
      for (const advisory of read.value.advisories) {
        for (const name of ecosystemsOfAdvisory(advisory)) named.add(name);
      }
      if (read.value.replaces !== undefined) yield read.value;
      else documents.push(read.value);
      if (documents.length < BATCH) continue;
      yield join(documents);
      documents = [];
    }
    if (count === 0) throw nothingReadable(source.name);
    if (!brought.any && brought.notes.size > 0) {
      const message = `${source.name} holds nothing that can be matched: ${[...brought.notes].join("; ")}`;
      throw new AmapError("NOT_SUPPORTED", message, { hint: "Nothing of it was imported." });
    }
    yield join(documents);
  }

  #countNotes(batch: AdvisoryBatch, brought: { any: boolean; readonly notes: Set<string> }): void {
    const { advisories, predictions, exploited, cves, notes = [] } = batch;
    brought.any ||= advisories.length + predictions.length + exploited.length + cves.length > 0;
    for (const { reason, count } of notes) {
      brought.notes.add(reason);
      this.#notes.set(reason, (this.#notes.get(reason) ?? 0) + count);
    }
  }

  #refuse(path: string, read: Extract<Decoded<AdvisoryBatch>, { readonly ok: false }>): void {
    const [issue] = read.issues;
    const place = issue?.path === "" || issue === undefined ? "" : `${issue.path}: `;
    const message = `${path}: ${place}${issue?.message ?? "is no record"}`;
    if (this.#options.skipsBroken !== true) {
      const code = issue?.code === "NOT_SUPPORTED" ? "NOT_SUPPORTED" : "DOCUMENT_INVALID";
      throw new AmapError(code, message, {
        details: { issues: read.issues },
        hint: "Nothing of its source was imported. Leave such records out with --skip-broken.",
      });
    }
    this.#brokenCount += 1;
    if (this.#broken.length < MAX_TOLD) this.#broken.push(message);
  }

  /** Ecosystems that were said to be whole and that nothing was about are mistyped. */
  checkComplete(): void {
    const missing =
      this.unchanged.length > 0 ? undefined : this.#options.complete?.find((name) => !this.#named.has(name));
    if (missing === undefined) return;
    const about = [...this.#named].sort(compareText).slice(0, 10).join(", ") || "nothing";
    throw new AmapError(
      "VALUE_INVALID",
      `none of the advisories is about ${missing}, so they are no whole dump of it`,
      {
        hint: `They are about ${about}. They were imported, as partial.`,
      },
    );
  }

  finish(): ImportedAdvisories {
    return {
      ...this.#sum,
      unchanged: this.unchanged.length,
      broken: this.#broken,
      brokenCount: this.#brokenCount,
      notes: [...this.#notes].map(([reason, count]) => ({ reason, count })),
    };
  }
}

function join(batches: readonly AdvisoryBatch[]): AdvisoryBatch {
  return {
    advisories: batches.flatMap(({ advisories }) => advisories),
    predictions: batches.flatMap(({ predictions }) => predictions),
    exploited: batches.flatMap(({ exploited }) => exploited),
    cves: batches.flatMap(({ cves }) => cves),
  };
}
