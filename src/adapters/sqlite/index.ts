import { existsSync } from "node:fs";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import {
  AmapError,
  type Digest,
  encodeUtf8,
  formatTime,
  isAmapError,
  parseTime,
  readJsonFast,
  startHash,
} from "../../base/index.ts";
import {
  type Advisory,
  type AdvisoryBatch,
  type CveFacts,
  type CveRecord,
  decodeAdvisory,
  type KnownExploited,
} from "../../metadata/index.ts";
import type { AdvisoryDatabase, AdvisoryDatabaseStatus, ImportOptions, ImportResult } from "../../ports/index.ts";
import { frozenAddress, isUnwritable, watchFrozen } from "./frozen-file.ts";
import { ImportRun, LEFT_OUT } from "./import-run.ts";

/** "AMAP" in ASCII: tells amap's files from other SQLite files. */
const APPLICATION_ID = 0x41_4d_41_50;
/** To be raised, too, where advisories get other keys: those of records that did not change are not made anew. 3: sources, scores of exploitation, known exploited vulnerabilities and CVE records stand beside the advisories. */
const SCHEMA_VERSION = 3;
/** Of a file this much is mapped into memory, shared by all processes that read it. */
const MAPPED_BYTES = 1024 * 1024 * 1024;
const BUSY_TIMEOUT_MS = 5_000;
const NEVER = "1970-01-01T00:00:00Z";
/** Keys of one query: keeps its parameter small, at no cost that shows. */
const LOOKUP_BATCH = 1_000;

const SCHEMA = `
CREATE TABLE state (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE advisory (
  id TEXT PRIMARY KEY,
  withdrawn INTEGER NOT NULL,
  modified INTEGER NOT NULL,
  digest TEXT NOT NULL,
  record TEXT NOT NULL
);
CREATE TABLE advisory_key (
  key TEXT NOT NULL,
  id TEXT NOT NULL REFERENCES advisory (id) ON DELETE CASCADE,
  PRIMARY KEY (key, id)
) WITHOUT ROWID;
CREATE INDEX advisory_key_id ON advisory_key (id);
CREATE TABLE advisory_ecosystem (
  ecosystem TEXT NOT NULL,
  id TEXT NOT NULL REFERENCES advisory (id) ON DELETE CASCADE,
  PRIMARY KEY (ecosystem, id)
) WITHOUT ROWID;
CREATE INDEX advisory_ecosystem_id ON advisory_ecosystem (id);
CREATE TABLE complete_ecosystem (ecosystem TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE source (
  name TEXT PRIMARY KEY,
  digest TEXT NOT NULL,
  imported_at TEXT NOT NULL,
  newest INTEGER NOT NULL,
  records INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE advisory_source (
  source TEXT NOT NULL REFERENCES source (name) ON DELETE CASCADE,
  id TEXT NOT NULL REFERENCES advisory (id) ON DELETE CASCADE,
  PRIMARY KEY (source, id)
) WITHOUT ROWID;
CREATE INDEX advisory_source_id ON advisory_source (id);
CREATE TABLE epss (cve TEXT PRIMARY KEY, probability REAL NOT NULL, percentile REAL NOT NULL, date TEXT NOT NULL)
  WITHOUT ROWID;
CREATE TABLE kev (cve TEXT PRIMARY KEY, added TEXT NOT NULL, entry TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE cve (cve TEXT PRIMARY KEY, modified INTEGER NOT NULL, record TEXT NOT NULL) WITHOUT ROWID;
PRAGMA application_id = ${APPLICATION_ID};
PRAGMA user_version = ${SCHEMA_VERSION};
`;

/** How a database file is opened. */
export interface OpenAdvisoryDatabaseOptions {
  /** Whether a missing file is made; true when left out. */
  readonly create?: boolean;
}

/**
 * An advisory database in a SQLite file, mapped into memory. Where its folder cannot be written to it can be read, as long as
 * nobody writes it. Its calls run on the calling thread: a look-up of a whole image
 * takes milliseconds, an import of a whole ecosystem seconds.
 * @throws {AmapError} DATABASE_INVALID for a file that is no SQLite file, is another program's, is of another version
 * of amap's schema or is damaged; FILE_NOT_FOUND for a missing file with `create: false`
 */
export function openAdvisoryDatabase(path: string, options: OpenAdvisoryDatabaseOptions = {}): AdvisoryDatabase {
  if (options.create === false && !existsSync(path)) {
    throw new AmapError("FILE_NOT_FOUND", `there is no advisory database at ${path}`);
  }
  try {
    return openAt(path, path, () => {});
  } catch (error) {
    if (!isAmapError(error, "DATABASE_INVALID") || !isUnwritable(error.cause) || !existsSync(path)) throw error;
  }
  return openAt(path, frozenAddress(path), watchFrozen(path));
}

function openAt(path: string, address: string | URL, checkState: () => void): AdvisoryDatabase {
  const guard = createGuard(path);
  const options = { timeout: BUSY_TIMEOUT_MS, readOnly: address instanceof URL };
  const database = guard("open", () => new DatabaseSync(address, options));
  try {
    guard("open", () => prepareSchema(database, path));
    guard("open", () => database.exec(`PRAGMA mmap_size = ${MAPPED_BYTES}`));
    return new SqliteAdvisoryDatabase(database, path, { guard, checkState });
  } catch (error) {
    database.close();
    throw error;
  }
}

type Guard = <T>(action: string, run: () => T) => T;

/** Turns SQLite's errors into one of amap's, with the file's name; amap's own pass. */
function createGuard(path: string): Guard {
  return (action, run) => {
    try {
      return run();
    } catch (cause) {
      if (!isSqliteError(cause)) throw cause;
      throw new AmapError("DATABASE_INVALID", `cannot ${action} the advisory database ${path}: ${cause.message}`, {
        cause,
      });
    }
  };
}

function isSqliteError(cause: unknown): cause is Error {
  return cause instanceof Error && "code" in cause && cause.code === "ERR_SQLITE_ERROR";
}

function prepareSchema(database: DatabaseSync, path: string): void {
  database.exec("PRAGMA foreign_keys = ON");
  const number = (pragma: string): unknown => Object.values(database.prepare(`PRAGMA ${pragma}`).get() ?? {})[0];
  const isEmpty = (): boolean => database.prepare("SELECT count(*) AS count FROM sqlite_schema").get()?.["count"] === 0;
  if (isEmpty()) {
    // An import writes beside what others read.
    database.exec("PRAGMA journal_mode = WAL");
    database.exec("BEGIN IMMEDIATE");
    // Another process may have made it meanwhile.
    if (isEmpty()) database.exec(SCHEMA);
    database.exec("COMMIT");
  }
  if (number("application_id") !== APPLICATION_ID) {
    throw new AmapError("DATABASE_INVALID", `${path} is another program's SQLite file, not an advisory database`);
  }
  const version = number("user_version");
  if (version !== SCHEMA_VERSION) {
    throw new AmapError(
      "DATABASE_INVALID",
      `${path} has version ${String(version)} of the advisory database's schema; this amap reads ${SCHEMA_VERSION}`,
      { hint: "Import the advisories again, into a new file, with `amap db import`." },
    );
  }
}

class SqliteAdvisoryDatabase implements AdvisoryDatabase {
  readonly #database: DatabaseSync;
  readonly #path: string;
  readonly #uri: string;
  readonly #guard: Guard;
  readonly #checkState: () => void;
  readonly #lookup: StatementSync;
  readonly #facts: StatementSync;
  /** Of the records, kept until the next import; another process's import changes `data_version`. */
  #version: { readonly dataVersion: unknown; readonly digest: string } | undefined;

  constructor(
    database: DatabaseSync,
    path: string,
    { guard, checkState }: { readonly guard: Guard; readonly checkState: () => void },
  ) {
    this.#database = database;
    this.#path = path;
    this.#uri = `file:${path}`;
    this.#guard = guard;
    this.#checkState = checkState;
    this.#lookup = guard("read", () =>
      database.prepare(
        "SELECT wanted.value AS key, advisory.record FROM json_each(?) AS wanted " +
          "JOIN advisory_key ON advisory_key.key = wanted.value JOIN advisory ON advisory.id = advisory_key.id " +
          "WHERE advisory.withdrawn = 0 ORDER BY wanted.value, advisory.id",
      ),
    );
    this.#facts = guard("read", () =>
      database.prepare(
        "SELECT wanted.value AS cve, epss.probability, epss.percentile, epss.date, kev.entry AS kev, cve.record " +
          "FROM json_each(?) AS wanted LEFT JOIN epss ON epss.cve = wanted.value " +
          "LEFT JOIN kev ON kev.cve = wanted.value LEFT JOIN cve ON cve.cve = wanted.value",
      ),
    );
  }

  async status(): Promise<AdvisoryDatabaseStatus> {
    return this.#read(() => {
      const counts = this.#database
        .prepare("SELECT ecosystem, count(*) AS count FROM advisory_ecosystem GROUP BY ecosystem ORDER BY ecosystem")
        .all();
      const imported = this.#database.prepare("SELECT value FROM state WHERE key = 'importedAt'").get();
      const newest = this.#database.prepare("SELECT max(modified) AS newest FROM advisory").get()?.["newest"];
      const complete = this.#database
        .prepare(
          "SELECT ecosystem FROM complete_ecosystem WHERE ecosystem IN (SELECT ecosystem FROM advisory_ecosystem) " +
            "ORDER BY ecosystem",
        )
        .all();
      return {
        uri: this.#uri,
        updatedAt: String(imported?.["value"] ?? NEVER),
        newestRecordAt: formatTime(Number(newest ?? 0)),
        ecosystems: Object.fromEntries(counts.map((row) => [String(row["ecosystem"]), Number(row["count"])])),
        complete: complete.map((row) => String(row["ecosystem"])),
        ...this.#countFacts("epss", "date"),
        ...this.#countFacts("kev", "added"),
        cves: Number(this.#database.prepare("SELECT count(*) AS count FROM cve").get()?.["count"]),
        sources: this.#sources(),
        version: this.#contentDigest(),
      };
    });
  }

  #read<T>(run: () => T): T {
    const result = this.#guard("read", run);
    this.#checkState();
    return result;
  }

  #countFacts(table: "epss" | "kev", day: "date" | "added"): Partial<Pick<AdvisoryDatabaseStatus, "epss" | "kev">> {
    const row = this.#database.prepare(`SELECT count(*) AS count, max(${day}) AS day FROM ${table}`).get();
    const count = Number(row?.["count"]);
    return count === 0 ? {} : { [table]: { count, date: String(row?.["day"]) } };
  }

  #sources(): AdvisoryDatabaseStatus["sources"] {
    const rows = this.#database
      .prepare("SELECT source.*, value FROM source LEFT JOIN state ON key = ? || name ORDER BY name")
      .all(LEFT_OUT);
    return rows.map((row) => ({
      name: String(row["name"]),
      digest: String(row["digest"]) as Digest,
      importedAt: String(row["imported_at"]),
      newestRecordAt: formatTime(Number(row["newest"])),
      records: Number(row["records"]),
      ...((row["value"] ?? "0") === "0" ? {} : { leftOut: Number(row["value"]) }),
    }));
  }

  #contentDigest(): string {
    const dataVersion = this.#database.prepare("PRAGMA data_version").get()?.["data_version"];
    if (this.#version?.dataVersion === dataVersion && this.#version !== undefined) return this.#version.digest;
    const hash = startHash("sha256");
    for (const row of this.#database.prepare("SELECT id, digest FROM advisory ORDER BY id").iterate()) {
      hash.update(encodeUtf8(`${String(row["id"])}\n${String(row["digest"])}\n`));
    }
    const digest = `sha256:${hash.digestHex()}`;
    this.#version = { dataVersion, digest };
    return digest;
  }

  async lookup(keys: readonly string[]): Promise<ReadonlyMap<string, readonly Advisory[]>> {
    const found = new Map<string, Advisory[]>();
    const decoded = new Map<string, Advisory>();
    const wanted = [...new Set(keys)];
    for (let start = 0; start < wanted.length; start += LOOKUP_BATCH) {
      const batch = JSON.stringify(wanted.slice(start, start + LOOKUP_BATCH));
      for (const row of this.#read(() => this.#lookup.all(batch))) {
        const [key, record] = [String(row["key"]), String(row["record"])];
        const advisory = decoded.get(record) ?? this.#decode(record);
        decoded.set(record, advisory);
        const listed = found.get(key);
        if (listed === undefined) found.set(key, [advisory]);
        else listed.push(advisory);
      }
    }
    return found;
  }

  #decode(record: string): Advisory {
    const result = decodeRecord(record);
    if (result !== undefined) return result;
    throw new AmapError("DATABASE_INVALID", `the advisory database ${this.#uri} holds a record that is no advisory`);
  }

  async factsOf(cves: readonly string[]): Promise<ReadonlyMap<string, CveFacts>> {
    const found = new Map<string, CveFacts>();
    const wanted = [...new Set(cves)];
    for (let start = 0; start < wanted.length; start += LOOKUP_BATCH) {
      const batch = JSON.stringify(wanted.slice(start, start + LOOKUP_BATCH));
      for (const row of this.#read(() => this.#facts.all(batch))) {
        const facts = this.#decodeFacts(row);
        if (Object.keys(facts).length > 0) found.set(String(row["cve"]), facts);
      }
    }
    return found;
  }

  #decodeFacts(row: Readonly<Record<string, unknown>>): CveFacts {
    const { cve, record, kev, date, probability, percentile } = row;
    return {
      ...(typeof date === "string"
        ? { epss: { cve: String(cve), probability: Number(probability), percentile: Number(percentile), date } }
        : {}),
      ...(kev === null ? {} : { kev: this.#parse(kev) as KnownExploited }),
      ...(record === null ? {} : { record: this.#parse(record) as CveRecord }),
    };
  }

  #parse(text: unknown): unknown {
    try {
      return readJsonFast(String(text));
    } catch (cause) {
      throw new AmapError("DATABASE_INVALID", `the advisory database ${this.#uri} holds a damaged record`, { cause });
    }
  }

  async import(
    batches: AsyncIterable<AdvisoryBatch> | Iterable<AdvisoryBatch>,
    options: ImportOptions,
  ): Promise<ImportResult> {
    if (parseTime(options.importedAt) === undefined) {
      const message = `expected an RFC 3339 time of import, found "${options.importedAt.slice(0, 60)}"`;
      throw new AmapError("VALUE_INVALID", message);
    }
    // On a connection of its own: what is read meanwhile is what was there before.
    const connection = this.#writer();
    const write = <T>(run: () => T): T => this.#guard("write", run);
    try {
      write(() => connection.exec("BEGIN IMMEDIATE"));
      const run = write(() => new ImportRun(connection, options));
      for await (const batch of batches) write(() => run.add(batch));
      const complete = options.complete?.() ?? [];
      const result = write(() => run.finish(complete));
      write(() => connection.exec("COMMIT"));
      this.#version = undefined;
      return result;
    } catch (error) {
      if (connection.isTransaction) connection.exec("ROLLBACK");
      throw error;
    } finally {
      connection.close();
    }
  }

  #writer(): DatabaseSync {
    return this.#guard("open", () => {
      const connection = new DatabaseSync(this.#path, { timeout: BUSY_TIMEOUT_MS });
      connection.exec("PRAGMA foreign_keys = ON; PRAGMA cache_size = -16384");
      return connection;
    });
  }

  async close(): Promise<void> {
    if (this.#database.isOpen) this.#database.close();
  }
}

function decodeRecord(record: string): Advisory | undefined {
  try {
    const decoded = decodeAdvisory(readJsonFast(record));
    return decoded.ok ? decoded.value : undefined;
  } catch (error) {
    if (error instanceof AmapError) return undefined;
    throw error;
  }
}
