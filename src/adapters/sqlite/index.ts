import { existsSync, renameSync, rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { AmapError, isAmapError, parseTime } from "../../base/index.ts";
import type { AdvisoryBatch } from "../../metadata/index.ts";
import type {
  AdvisoryDatabase,
  AdvisoryDatabaseStatus,
  AdvisorySnapshot,
  ImportOptions,
  ImportResult,
  TakeOverOptions,
} from "../../ports/index.ts";
import { frozenAddress, isUnwritable, watchFrozen } from "./frozen-file.ts";
import { createGuard, type Guard } from "./guard.ts";
import { ImportRun } from "./import-run.ts";
import { SqliteReader } from "./reader.ts";
import { prepareSchema } from "./schema.ts";
import { copyContent, receiveForeignFile } from "./take-over.ts";

/**
 * Of a file this much is mapped into memory, shared by all processes that read it: its upper pages, which every look-up
 * meets. What a process touched of a mapping counts as its own memory: with all of it a scan is some 55 MB larger, and no
 * faster.
 */
const MAPPED_BYTES = 16 * 1024 * 1024;
const BUSY_TIMEOUT_MS = 5_000;

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

/** One file, and how it is opened. */
interface Place {
  readonly path: string;
  readonly address: string | URL;
  readonly guard: Guard;
  readonly checkState: () => void;
}

function openAt(path: string, address: string | URL, checkState: () => void): AdvisoryDatabase {
  const place: Place = { path, address, guard: createGuard(path), checkState };
  const database = connect(place);
  try {
    return new SqliteAdvisoryDatabase(database, place);
  } catch (error) {
    database.close();
    throw error;
  }
}

function connect({ path, address, guard }: Place): DatabaseSync {
  const options = { timeout: BUSY_TIMEOUT_MS, readOnly: address instanceof URL };
  const database = guard("open", () => new DatabaseSync(address, options));
  try {
    guard("open", () => prepareSchema(database, path));
    guard("open", () => database.exec(`PRAGMA mmap_size = ${MAPPED_BYTES}`));
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

class SqliteAdvisoryDatabase implements AdvisoryDatabase {
  readonly #database: DatabaseSync;
  readonly #place: Place;
  readonly #reader: SqliteReader;

  constructor(database: DatabaseSync, place: Place) {
    this.#database = database;
    this.#place = place;
    this.#reader = new SqliteReader(database, `file:${place.path}`, place);
  }

  status(): Promise<AdvisoryDatabaseStatus> {
    return this.#reader.status();
  }

  lookup(keys: readonly string[]): ReturnType<SqliteReader["lookup"]> {
    return this.#reader.lookup(keys);
  }

  factsOf(cves: readonly string[]): ReturnType<SqliteReader["factsOf"]> {
    return this.#reader.factsOf(cves);
  }

  changesSince(state: string): ReturnType<SqliteReader["changesSince"]> {
    return this.#reader.changesSince(state);
  }

  async snapshot(): Promise<AdvisorySnapshot> {
    const connection = connect(this.#place);
    try {
      // The state is that of the first read, and stays until the transaction ends.
      this.#place.guard("read", () => connection.exec("BEGIN; SELECT count(*) FROM state"));
      const reader = new SqliteReader(connection, `file:${this.#place.path}`, this.#place);
      return {
        status: () => reader.status(),
        lookup: (keys) => reader.lookup(keys),
        factsOf: (cves) => reader.factsOf(cves),
        changesSince: (state) => reader.changesSince(state),
        close: async () => {
          if (connection.isOpen) connection.close();
        },
      };
    } catch (error) {
      connection.close();
      throw error;
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
    return this.#write(async (connection, write) => {
      write(() => connection.exec("BEGIN IMMEDIATE"));
      const run = write(() => new ImportRun(connection, options));
      for await (const batch of batches) write(() => run.add(batch));
      const complete = options.complete?.() ?? [];
      const result = write(() => run.finish(complete));
      write(() => connection.exec("COMMIT"));
      return result;
    });
  }

  async takeOver(bytes: AsyncIterable<Uint8Array>, options: TakeOverOptions): Promise<void> {
    const file = await receiveForeignFile(bytes, this.#place.path, options.origin);
    try {
      await this.#write(async (connection, write) =>
        write(() => copyContent(connection, file, options, () => this.#reader.statusNow())),
      );
    } finally {
      file.remove();
    }
  }

  /** On a connection of its own: what is read meanwhile is what was there before. */
  async #write<T>(run: (connection: DatabaseSync, guard: <R>(step: () => R) => R) => Promise<T>): Promise<T> {
    const { path, guard } = this.#place;
    const connection = guard("open", () => {
      const opened = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS });
      // An exported file is not in this mode, in which others read while it is written.
      opened.exec("PRAGMA journal_mode = WAL; PRAGMA foreign_keys = ON; PRAGMA cache_size = -16384");
      return opened;
    });
    try {
      return await run(connection, (step) => guard("write", step));
    } catch (error) {
      if (connection.isTransaction) connection.exec("ROLLBACK");
      throw error;
    } finally {
      connection.close();
    }
  }

  async export(path: string): Promise<void> {
    const taken = [path, `${path}-wal`, `${path}-journal`].find((each) => existsSync(each));
    if (taken !== undefined) {
      throw new AmapError("USAGE", `expected a new file for the advisory database, and ${taken} is there already`, {
        hint: "Name another file, or remove it: a database that somebody reads cannot be written over.",
      });
    }
    // Whole under its name, or not there.
    const part = `${path}.part-${process.pid}`;
    try {
      this.#place.guard("export", () => this.#database.prepare("VACUUM INTO ?").run(part));
      renameSync(part, path);
    } finally {
      rmSync(part, { force: true });
    }
  }

  async close(): Promise<void> {
    if (this.#database.isOpen) this.#database.close();
  }
}
