import { closeSync, openSync } from "node:fs";
import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import {
  type CompiledQuery,
  type DatabaseConnection,
  type Driver,
  Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from "kysely";
import { AmapError } from "../../base/index.ts";
import type { Database } from "./database.ts";
import type { DatabaseSession, Db } from "./session.ts";

/** "AMST" in ASCII: tells amap's stores from other SQLite files. */
const APPLICATION_ID = 0x41_4d_53_54;
/** Another process may write for this long. */
const BUSY_TIMEOUT_MS = 10_000;
const BUSY_STEP_MS = 1;
/** Who writes without pause lets other processes in for so long, so often: SQLite's lock knows no queue. */
const REST_MS = 3;
const REST_EVERY_MS = 30;
const SQLITE_BUSY = 5;
const CACHE_KIB = 32_768;
const CACHED_STATEMENTS = 256;
/** Writes that share one commit, and with it one wait for the disk. */
const WRITES_PER_COMMIT = 64;
/** What is left of the write-ahead log's file after one large transaction. */
const KEPT_LOG_BYTES = 64 * 1024 * 1024;

/** A SQLite file, or memory for `:memory:`. Its calls block the thread: it runs in a worker. */
export function openSqliteSession(path: string): DatabaseSession {
  if (path !== ":memory:") makeFile(path);
  const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true });
  try {
    prepareFile(database, path);
  } catch (error) {
    database.close();
    throw error;
  }
  return new SqliteSession(database, path !== ":memory:");
}

/** For its owner only, as SQLite's own files beside it will be: it holds what people's objects say. */
function makeFile(path: string): void {
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch {
    // It is there already, or SQLite says what is wrong with the place.
  }
}

function prepareFile(database: DatabaseSync, path: string): void {
  const pragma = (name: string): unknown => Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
  const isEmpty = database.prepare("SELECT count(*) AS count FROM sqlite_schema").get()?.["count"] === 0;
  if (!isEmpty && pragma("application_id") !== APPLICATION_ID) {
    throw new AmapError("STORE_INVALID", `${path} is another program's SQLite file, not a store of amap`);
  }
  // A commit is on disk before it is acknowledged: WAL with FULL waits for the disk at each commit.
  whenNotBusy(() => database.exec("PRAGMA journal_mode = WAL"));
  database.exec("PRAGMA synchronous = FULL");
  database.exec(`PRAGMA cache_size = -${CACHE_KIB}`);
  database.exec(`PRAGMA journal_size_limit = ${KEPT_LOG_BYTES}`);
  if (pragma("application_id") !== APPLICATION_ID) database.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
}

/** SQLite does not wait by itself where the journal's mode changes: https://www.sqlite.org/wal.html#sometimes_queries_return_sqlite_busy_in_wal_mode */
function whenNotBusy(run: () => void): void {
  for (const begunMs = performance.now(); ; sleep(BUSY_STEP_MS)) {
    try {
      run();
      return;
    } catch (error) {
      if (performance.now() - begunMs >= BUSY_TIMEOUT_MS || !isBusy(error)) throw error;
    }
  }
}

function sleep(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && (Number(error.errcode) & 0xff) === SQLITE_BUSY;
}

interface WaitingWrite {
  readonly run: (db: Db) => Promise<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

/** One connection; reads and commits take turns, and writes that wait together are committed together. */
class SqliteSession implements DatabaseSession {
  readonly kind = "sqlite";
  readonly positionFunction = "instr";
  readonly types = { id: "integer PRIMARY KEY AUTOINCREMENT", text: "text", integer: "integer", real: "real" };
  readonly #database: DatabaseSync;
  /** Whether other processes may write too. */
  readonly #isShared: boolean;
  readonly #kysely: Db;
  readonly #writes: WaitingWrite[] = [];
  #turn: Promise<void> = Promise.resolve();
  #releasedMs = 0;
  #restedMs = 0;

  constructor(database: DatabaseSync, isShared: boolean) {
    this.#database = database;
    this.#isShared = isShared;
    this.#kysely = createKysely(database);
  }

  read<T>(run: (db: Db) => Promise<T>): Promise<T> {
    return this.#inTurn(async () => {
      this.#database.exec("BEGIN");
      try {
        return await run(this.#kysely);
      } finally {
        if (this.#database.isTransaction) this.#database.exec("COMMIT");
      }
    });
  }

  write<T>(run: (db: Db) => Promise<T>): Promise<T> {
    const result = new Promise<T>((resolve, reject) => {
      this.#writes.push({ run, resolve: resolve as (value: unknown) => void, reject });
    });
    void this.#inTurn(() => this.#commitWaiting());
    return result;
  }

  #inTurn<T>(run: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(run);
    this.#turn = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }

  async #commitWaiting(): Promise<void> {
    const batch = this.#writes.splice(0, WRITES_PER_COMMIT);
    if (batch.length === 0) return;
    const done: (() => void)[] = [];
    try {
      this.#begin();
      for (const write of batch) {
        const end = await this.#runInSavepoint(write);
        if (end !== undefined) done.push(end);
        // SQLite gives up the whole transaction for a full disk and the like: nothing of the batch happened.
        if (!this.#database.isTransaction) throw new AmapError("STORE_UNAVAILABLE", "the transaction was given up");
      }
      this.#database.exec("COMMIT");
    } catch (error) {
      for (const write of batch) write.reject(error);
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      return;
    } finally {
      this.#releasedMs = performance.now();
    }
    for (const resolve of done) resolve();
  }

  /**
   * Begins to write. SQLite's own wait looks again after up to 100 ms, and so finds the lock taken by a busy process each
   * time: ours looks every millisecond.
   */
  #begin(): void {
    if (!this.#isShared) {
      this.#database.exec("BEGIN IMMEDIATE");
      return;
    }
    const now = performance.now();
    if (now - this.#releasedMs > REST_MS) this.#restedMs = now;
    else if (now - this.#restedMs > REST_EVERY_MS) {
      sleep(REST_MS);
      this.#restedMs = performance.now();
    }
    this.#database.exec("PRAGMA busy_timeout = 0");
    try {
      whenNotBusy(() => this.#database.exec("BEGIN IMMEDIATE"));
    } finally {
      this.#database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    }
  }

  /** What to call once it is committed; undefined when it failed and was undone alone. */
  async #runInSavepoint(write: WaitingWrite): Promise<(() => void) | undefined> {
    this.#database.exec("SAVEPOINT one_write");
    try {
      const value = await write.run(this.#kysely);
      this.#database.exec("RELEASE one_write");
      return () => write.resolve(value);
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK TO one_write; RELEASE one_write");
      write.reject(error);
      return undefined;
    }
  }

  async lock(): Promise<void> {}

  async lockKeys(): Promise<void> {}

  async close(): Promise<void> {
    await this.#inTurn(() => this.#commitWaiting());
    await this.#inTurn(async () => {
      if (this.#database.isOpen) this.#database.close();
    });
  }
}

function createKysely(database: DatabaseSync): Db {
  const connection = new SqliteConnection(database);
  return new Kysely<Database>({
    dialect: {
      createAdapter: () => new SqliteAdapter(),
      createDriver: () => new SqliteDriver(connection),
      createIntrospector: (db) => new SqliteIntrospector(db),
      createQueryCompiler: () => new SqliteQueryCompiler(),
    },
  });
}

/** Transactions are the session's: Kysely only ever runs single queries. */
class SqliteDriver implements Driver {
  readonly #connection: DatabaseConnection;
  constructor(connection: DatabaseConnection) {
    this.#connection = connection;
  }
  async init(): Promise<void> {}
  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection;
  }
  async beginTransaction(): Promise<void> {
    throw new Error("transactions are begun by the session");
  }
  async commitTransaction(): Promise<void> {}
  async rollbackTransaction(): Promise<void> {}
  async releaseConnection(): Promise<void> {}
  async destroy(): Promise<void> {}
}

class SqliteConnection implements DatabaseConnection {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const statement = this.#prepare(query.sql);
    const parameters = query.parameters as readonly SQLInputValue[];
    if (statement.columns().length > 0) return { rows: statement.all(...parameters) as R[] };
    const { changes, lastInsertRowid } = statement.run(...parameters);
    return { rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid) };
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const statement = this.#database.prepare(sql);
    this.#statements.set(sql, statement);
    const oldest = this.#statements.keys().next().value;
    if (this.#statements.size > CACHED_STATEMENTS && oldest !== undefined) this.#statements.delete(oldest);
    return statement;
  }

  streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error("queries are not streamed");
  }
}
