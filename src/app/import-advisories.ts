import {
  AmapError,
  compareText,
  type Decoded,
  type Digest,
  digestOf,
  encodeUtf8,
  gunzip,
  LIMITS,
  startHash,
} from "../base/index.ts";
import { type AdvisoryBatch, ecosystemsOfAdvisory, readAdvisoryDocument } from "../metadata/index.ts";
import type { AdvisoryDatabase, ImportResult } from "../ports/index.ts";
import { nowOf } from "./sbom.ts";
import { readNamed } from "./scan.ts";
import type { World } from "./world.ts";

/** Documents whose records are written together. */
const BATCH = 200;
/** What OSV's export of an ecosystem is called, in a folder with the ecosystem's name. */
const EXPORT = /(?:^|\/)([^/]+)\/all\.zip$/;
const READABLE = /\.(?:json|csv)(?:\.gz)?$/;
const MAX_TOLD = 20;
const ZIP_IN_MEMORY_BYTES = 64 * 1024 * 1024;

/** How advisories are imported. */
export interface ImportAdvisoriesOptions {
  /** OSV ecosystems, with or without release suffix, that the records are a whole dump of. */
  readonly complete?: readonly string[];
  /** Broken records are left out and told, and their source counts as partial; else one of them undoes its source. */
  readonly skipsBroken?: boolean;
  /** Reads sources again whose bytes are what they were at the last import. */
  readonly force?: boolean;
}

/** What importing some sources did, together. */
export interface ImportedAdvisories extends ImportResult {
  /** Sources that are what they were at the last import: nothing of them was read. */
  readonly unchanged: number;
  /** Records that were left out, `file: why`: twenty at most, and how many there were. */
  readonly broken: readonly string[];
  readonly brokenCount: number;
}

/** One file with records, or a folder of them: imported wholly or not at all. */
interface Source {
  readonly name: string;
  readonly digest: Digest;
  readonly files: () => AsyncIterable<NamedBytes>;
  /** The ecosystem that it is a whole export of by its place. */
  readonly exportOf?: string;
}

interface NamedBytes {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/**
 * Imports vulnerability data: files that `readAdvisoryDocument` reads (also with gzip), zips and folders of them, and folders
 * laid out as OSV's exports (`npm/all.zip`), each of which is a whole dump of its ecosystem. Each file, zip or folder is
 * imported wholly or not at all and recorded as a source; one whose bytes did not change is passed over, so that an import
 * that was interrupted goes on where it stopped.
 * @throws {AmapError} FILE_NOT_FOUND, JSON_INVALID, DOCUMENT_INVALID, NOT_SUPPORTED with the file's name; VALUE_INVALID for a
 * complete ecosystem that no record is about
 */
export async function importAdvisories(
  world: World,
  database: AdvisoryDatabase,
  paths: readonly string[],
  options: ImportAdvisoriesOptions = {},
): Promise<ImportedAdvisories> {
  const { sources, complete } = await database.status();
  // What was not read wholly, or was not said to be whole, is read again.
  const isSaid = (options.complete ?? []).every((name) => complete.includes(name));
  const whole = isSaid && options.force !== true ? sources.filter(({ leftOut }) => leftOut === undefined) : [];
  const known = new Map(whole.map(({ name, digest }) => [name, digest]));
  const run = new Run(world, database, options);
  for (const path of paths) {
    for await (const source of sourcesOf(world, path)) {
      if (known.get(source.name) === source.digest) run.unchanged += 1;
      else await run.import(source);
    }
  }
  run.checkComplete();
  // A source that did not change is as fresh as one that did.
  if (run.unchanged > 0) await database.import([], { importedAt: nowOf(world) });
  return run.finish();
}

class Run {
  readonly #world: World;
  readonly #database: AdvisoryDatabase;
  readonly #options: ImportAdvisoriesOptions;
  readonly #named = new Set<string>();
  readonly #broken: string[] = [];
  #brokenCount = 0;
  #sum: ImportResult = { written: 0, outdated: 0, removed: 0, facts: 0 };
  unchanged = 0;

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
      source: { name: source.name, digest: source.digest },
      complete: () => (leftOut() > 0 ? [] : [...stated].filter((name) => named.has(name))),
      // A dump that was whole and has records now that nobody could read, or nothing of its ecosystem, is whole no more.
      partial: () => (leftOut() > 0 ? [...stated] : exported.filter((name) => !named.has(name))),
      leftOut,
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
    for await (const file of source.files()) {
      count += 1;
      const read = readDocument(file);
      if (!read.ok) {
        this.#refuse(file.path, read);
        continue;
      }
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
    yield join(documents);
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
    const missing = this.unchanged > 0 ? undefined : this.#options.complete?.find((name) => !this.#named.has(name));
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
    return { ...this.#sum, unchanged: this.unchanged, broken: this.#broken, brokenCount: this.#brokenCount };
  }
}

/** Nothing that was read is no clean database. */
function nothingReadable(name: string): AmapError {
  const message = `${name}: expected files with the ending .json or .csv, also with .gz, found none`;
  return new AmapError("NOT_SUPPORTED", message, { hint: "Records in YAML are not read: convert them to JSON first." });
}

function join(batches: readonly AdvisoryBatch[]): AdvisoryBatch {
  return {
    advisories: batches.flatMap(({ advisories }) => advisories),
    predictions: batches.flatMap(({ predictions }) => predictions),
    exploited: batches.flatMap(({ exploited }) => exploited),
    cves: batches.flatMap(({ cves }) => cves),
  };
}

function readDocument({ path, bytes }: NamedBytes): Decoded<AdvisoryBatch> {
  return readNamed(path, () =>
    readAdvisoryDocument(path.endsWith(".gz") ? gunzip(bytes, LIMITS.documentBytes) : bytes),
  );
}

async function* sourcesOf(world: World, path: string): AsyncGenerator<Source> {
  const kind = await world.files.kindOf(path, { followLinks: true });
  if (kind === undefined) throw new AmapError("FILE_NOT_FOUND", `${path} does not exist`);
  if (kind !== "directory") {
    yield await sourceOfFile(world, path, path);
    return;
  }
  const paths = (await world.files.list(path, LIMITS.layerEntries)).map((entry) => entry.path);
  for (const each of paths.filter((name) => name.endsWith(".zip"))) {
    yield await sourceOfFile(world, `${path}/${each}`, `${path}/${each}`);
  }
  const readable = paths.filter((name) => READABLE.test(name));
  if (!paths.some((name) => READABLE.test(name) || name.endsWith(".zip"))) throw nothingReadable(path);
  if (readable.length === 0) return;
  const lines: string[] = [];
  for (const each of readable) {
    lines.push(`${digestOf(await world.files.read(`${path}/${each}`, LIMITS.documentBytes))} ${each}\n`);
  }
  const files = async function* (): AsyncGenerator<NamedBytes> {
    for (const each of readable) {
      const file = `${path}/${each}`;
      yield { path: file, bytes: await world.files.read(file, LIMITS.documentBytes) };
    }
  };
  yield { name: path, digest: digestOf(encodeUtf8(lines.join(""))), files };
}

async function sourceOfFile(world: World, path: string, name: string): Promise<Source> {
  if (!path.endsWith(".zip")) {
    const bytes = await world.files.read(path, LIMITS.documentBytes);
    const files = async function* (): AsyncGenerator<NamedBytes> {
      yield { path, bytes };
    };
    return { name, digest: digestOf(bytes), files };
  }
  const exportOf = EXPORT.exec(path)?.[1];
  const hash = startHash("sha256");
  for await (const chunk of world.files.readChunks(path)) hash.update(chunk);
  const files = () => readZipFile(world, path);
  return { name, digest: `sha256:${hash.digestHex()}`, files, ...(exportOf === undefined ? {} : { exportOf }) };
}

/**
 * Larger ones by parts of the file: some exports have hundreds of megabytes. Entry by entry that takes more than twice as long as
 * from memory (30,136 entries: 26 s of processor time against 11).
 */
async function* readZipFile(world: World, path: string): AsyncGenerator<NamedBytes> {
  const choice = {
    wants: (entry: { readonly path: string }) => READABLE.test(entry.path),
    maxFileBytes: LIMITS.documentBytes,
    maxEntries: LIMITS.advisoryZipEntries,
    passedOver: (entry: string, reason: string) => {
      throw new AmapError("ARCHIVE_INVALID", `${path}: ${entry}: ${reason}`);
    },
  };
  const opened = await world.files.open(path);
  try {
    const source = opened.size > ZIP_IN_MEMORY_BYTES ? opened : await opened.read(0, opened.size);
    for await (const { entry, content } of world.archives.readZip(source, choice)) {
      if (content !== undefined) yield { path: `${path}!${entry.path}`, bytes: content };
    }
  } finally {
    await opened.close();
  }
}
