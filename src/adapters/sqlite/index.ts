import { existsSync } from "node:fs";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import {
  AmapError,
  canonicalJson,
  digestOf,
  encodeUtf8,
  formatTime,
  parseTime,
  readJsonFast,
  startHash,
  writeJson,
} from "../../base/index.ts";
import { type Advisory, decodeAdvisory, ecosystemsOfAdvisory, keysOfAdvisory } from "../../metadata/index.ts";
import type { AdvisoryDatabase, AdvisoryDatabaseStatus, ImportResult } from "../../ports/index.ts";

/** "AMAP" in ASCII: tells amap's files from other SQLite files. */
const APPLICATION_ID = 0x41_4d_41_50;
/** 2: Go modules are filed in lower case; records have their time; ecosystems may be marked as complete. */
const SCHEMA_VERSION = 2;
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
PRAGMA application_id = ${APPLICATION_ID};
PRAGMA user_version = ${SCHEMA_VERSION};
`;

/** How a database file is opened. */
export interface OpenAdvisoryDatabaseOptions {
  /** Whether a missing file is made; true when left out. */
  readonly create?: boolean;
}

/**
 * An advisory database in a SQLite file, or in memory for `:memory:`. Its calls run on the calling thread: a look-up of
 * a whole image takes milliseconds, an import of a whole ecosystem seconds.
 * @throws {AmapError} DATABASE_INVALID for a file that is no SQLite file, is another program's, is of another version
 * of amap's schema or is damaged; FILE_NOT_FOUND for a missing file with `create: false`
 */
export function openAdvisoryDatabase(path: string, options: OpenAdvisoryDatabaseOptions = {}): AdvisoryDatabase {
  const isMemory = path === ":memory:";
  if (!isMemory && options.create === false && !existsSync(path)) {
    throw new AmapError("FILE_NOT_FOUND", `there is no advisory database at ${path}`);
  }
  const guard = createGuard(path);
  const database = guard("open", () => new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS, readBigInts: false }));
  try {
    guard("open", () => prepareSchema(database, path));
    return new SqliteAdvisoryDatabase(database, isMemory ? "memory:" : `file:${path}`, guard);
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
  const tables = database.prepare("SELECT count(*) AS count FROM sqlite_schema").get()?.["count"];
  if (tables === 0) {
    database.exec(`BEGIN IMMEDIATE;${SCHEMA}COMMIT;`);
    return;
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
  readonly #uri: string;
  readonly #guard: Guard;
  readonly #lookup: StatementSync;
  /** Of the records, kept until the next import; another process's import changes `data_version`. */
  #version: { readonly dataVersion: unknown; readonly digest: string } | undefined;

  constructor(database: DatabaseSync, uri: string, guard: Guard) {
    this.#database = database;
    this.#uri = uri;
    this.#guard = guard;
    this.#lookup = guard("read", () =>
      database.prepare(
        "SELECT wanted.value AS key, advisory.record FROM json_each(?) AS wanted " +
          "JOIN advisory_key ON advisory_key.key = wanted.value JOIN advisory ON advisory.id = advisory_key.id " +
          "WHERE advisory.withdrawn = 0 ORDER BY wanted.value, advisory.id",
      ),
    );
  }

  async status(): Promise<AdvisoryDatabaseStatus> {
    return this.#guard("read", () => {
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
        version: this.#contentDigest(),
      };
    });
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
      for (const row of this.#guard("read", () => this.#lookup.all(batch))) {
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

  async import(
    advisories: readonly Advisory[],
    importedAt: string,
    complete: readonly string[] = [],
  ): Promise<ImportResult> {
    if (parseTime(importedAt) === undefined) {
      throw new AmapError("VALUE_INVALID", `expected an RFC 3339 time of import, found "${importedAt.slice(0, 60)}"`);
    }
    return this.#guard("write", () => {
      this.#database.exec("BEGIN IMMEDIATE");
      let written: number;
      try {
        written = this.#writeAll(advisories);
        this.#writeState(importedAt, complete);
        this.#database.exec("COMMIT");
      } catch (error) {
        if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
        throw error;
      }
      this.#version = undefined;
      return { written, outdated: advisories.length - written };
    });
  }

  /** Returns how many were written: a newer record of the same id stays. */
  #writeAll(advisories: readonly Advisory[]): number {
    const newer = this.#database.prepare("SELECT 1 FROM advisory WHERE id = ? AND modified > ?");
    const remove = this.#database.prepare("DELETE FROM advisory WHERE id = ?");
    const add = this.#database.prepare(
      "INSERT INTO advisory (id, withdrawn, modified, digest, record) VALUES (?, ?, ?, ?, ?)",
    );
    const addKey = this.#database.prepare("INSERT INTO advisory_key (key, id) VALUES (?, ?)");
    const addEcosystem = this.#database.prepare("INSERT INTO advisory_ecosystem (ecosystem, id) VALUES (?, ?)");
    let written = 0;
    for (const advisory of advisories) {
      const modified = parseTime(advisory.modified) ?? 0;
      if (newer.get(advisory.id, modified) !== undefined) continue;
      written++;
      const withdrawn = advisory.withdrawn === undefined ? 0 : 1;
      remove.run(advisory.id);
      const digest = digestOf(encodeUtf8(canonicalJson(advisory.source)));
      add.run(advisory.id, withdrawn, modified, digest, writeJson(advisory.source));
      for (const key of keysOfAdvisory(advisory)) addKey.run(key, advisory.id);
      // A withdrawn record covers nothing.
      if (withdrawn === 0) for (const name of ecosystemsOfAdvisory(advisory)) addEcosystem.run(name, advisory.id);
    }
    return written;
  }

  #writeState(importedAt: string, complete: readonly string[]): void {
    const addComplete = this.#database.prepare("INSERT OR IGNORE INTO complete_ecosystem (ecosystem) VALUES (?)");
    for (const name of complete) addComplete.run(name);
    this.#database
      .prepare(
        "INSERT INTO state (key, value) VALUES ('importedAt', ?) ON CONFLICT DO UPDATE SET value = excluded.value",
      )
      .run(importedAt);
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
