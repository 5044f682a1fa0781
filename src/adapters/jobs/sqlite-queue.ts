/** The queue in a SQLite file: synchronous, so each call is one step that nothing interleaves. It runs in a worker. */
import { randomUUID } from "node:crypto";
import { closeSync, openSync } from "node:fs";
import { DatabaseSync, type SQLInputValue } from "node:sqlite";
import { AmapError } from "../../base/index.ts";
import type { StoredRequest } from "./job-requests.ts";

/** The store's application id: the queue lives in the store's file. */
const APPLICATION_ID = 0x41_4d_53_54;
/** Of the queue's tables; the store counts its own otherwise. */
const SCHEMA_VERSION = 1;
const BUSY_TIMEOUT_MS = 10_000;
const BUSY_STEP_MS = 1;
const SQLITE_BUSY = 5;
const KEPT_MS = 7 * 86_400_000;
const PRUNE_EVERY = 100;
const MAX_RETRY_DELAY_MS = 300_000;

const SCHEMA = `
CREATE TABLE jobs (
  id INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, key_text TEXT NOT NULL, key_hash TEXT NOT NULL,
  payload_json TEXT NOT NULL, state TEXT NOT NULL, attempts INTEGER NOT NULL, max_attempts INTEGER NOT NULL,
  created_ms INTEGER NOT NULL, start_after_ms INTEGER NOT NULL, ended_ms INTEGER, error TEXT,
  lease TEXT, lease_until_ms INTEGER);
CREATE UNIQUE INDEX jobs_fresh ON jobs (kind, key_hash) WHERE state = 'waiting' AND attempts = 0;
CREATE UNIQUE INDEX jobs_running ON jobs (kind, key_hash) WHERE state = 'running';
CREATE INDEX jobs_key ON jobs (kind, key_hash) WHERE state IN ('waiting', 'running');
CREATE INDEX jobs_waiting ON jobs (kind, id) WHERE state = 'waiting';
CREATE INDEX jobs_lease ON jobs (lease_until_ms) WHERE state = 'running';
CREATE INDEX jobs_ended ON jobs (ended_ms) WHERE ended_ms IS NOT NULL;
CREATE INDEX jobs_state ON jobs (state, id);
PRAGMA user_version = ${SCHEMA_VERSION};
`;

/** A job's row as it crosses threads. */
export interface JobRow {
  readonly id: number;
  readonly kind: string;
  readonly key_text: string;
  readonly payload_json: string;
  readonly state: "waiting" | "running" | "done" | "failed";
  readonly attempts: number;
  readonly max_attempts: number;
  readonly created_ms: number;
  readonly start_after_ms: number;
  readonly ended_ms: number | null;
  readonly error: string | null;
  readonly lease: string | null;
}

export interface JobFilter {
  readonly before?: number;
  readonly limit: number;
  readonly kind?: string;
  readonly state?: string;
}

export interface QueueOptions {
  readonly path: string;
  readonly leaseMs: number;
  /** Before the second attempt; it doubles with each. */
  readonly retryDelayMs: number;
}

const COLUMNS =
  "id, kind, key_text, payload_json, state, attempts, max_attempts, created_ms, start_after_ms, ended_ms, error, lease";

export class SqliteQueue {
  readonly #database: DatabaseSync;
  readonly #options: QueueOptions;

  /** @throws {AmapError} STORE_INVALID */
  constructor(options: QueueOptions) {
    this.#options = options;
    if (options.path !== ":memory:") makeFile(options.path);
    this.#database = new DatabaseSync(options.path, { timeout: BUSY_TIMEOUT_MS });
    try {
      this.#prepare();
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  #prepare(): void {
    const count = this.#database.prepare("SELECT count(*) AS count FROM sqlite_schema").get()?.["count"];
    if (count !== 0 && this.#pragma("application_id") !== APPLICATION_ID) {
      throw new AmapError(
        "STORE_INVALID",
        `${this.#options.path} is another program's SQLite file, not a store of amap`,
      );
    }
    whenNotBusy(() => this.#database.exec("PRAGMA journal_mode = WAL"));
    this.#database.exec("PRAGMA synchronous = FULL");
    this.#transaction(() => {
      if (this.#pragma("application_id") !== APPLICATION_ID) {
        this.#database.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
      }
      const version = Number(this.#pragma("user_version"));
      if (version > SCHEMA_VERSION) {
        throw new AmapError("STORE_INVALID", `the queue was written by a newer amap: it has version ${version}`);
      }
      if (version === 0) this.#database.exec(SCHEMA);
    });
  }

  #pragma(name: string): unknown {
    return Object.values(this.#database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
  }

  #transaction<T>(run: () => T): T {
    this.#begin();
    try {
      const result = run();
      this.#database.exec("COMMIT");
      return result;
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec("ROLLBACK");
      throw error;
    }
  }

  /** SQLite's own wait looks again after up to 100 ms, and so misses the moments in which a busy store is free. */
  #begin(): void {
    this.#database.exec("PRAGMA busy_timeout = 0");
    try {
      whenNotBusy(() => this.#database.exec("BEGIN IMMEDIATE"));
    } finally {
      this.#database.exec(`PRAGMA busy_timeout = ${BUSY_TIMEOUT_MS}`);
    }
  }

  #rows(sql: string, ...parameters: readonly SQLInputValue[]): JobRow[] {
    return this.#database.prepare(sql).all(...parameters) as unknown as JobRow[];
  }

  #run(sql: string, ...parameters: readonly SQLInputValue[]): number {
    return Number(this.#database.prepare(sql).run(...parameters).changes);
  }

  /** The job of the same kind and key that waits, or a new one. */
  add(request: StoredRequest): JobRow {
    return this.#transaction(() => {
      const { kind, keyHash } = request;
      const waiting = this.#waiting(kind, keyHash);
      if (waiting !== undefined) return waiting;
      const now = Date.now();
      const [row] = this.#rows(
        `INSERT INTO jobs (kind, key_text, key_hash, payload_json, state, attempts, max_attempts, created_ms, start_after_ms)
         VALUES (?, ?, ?, ?, 'waiting', 0, ?, ?, ?) RETURNING ${COLUMNS}`,
        kind,
        request.keyText,
        keyHash,
        request.payloadJson,
        request.maxAttempts,
        now,
        now + request.delayMs,
      );
      return row as JobRow;
    });
  }

  #waiting(kind: string, keyHash: string): JobRow | undefined {
    return this.#rows(
      `SELECT ${COLUMNS} FROM jobs WHERE kind = ? AND key_hash = ? AND state = 'waiting' ORDER BY attempts DESC LIMIT 1`,
      kind,
      keyHash,
    )[0];
  }

  /** Takes jobs that are due, at most so many of each kind; none whose like runs. Leases that ran out are given back. */
  claim(free: readonly (readonly [kind: string, count: number])[]): JobRow[] {
    const now = Date.now();
    if (!this.#isAnythingDue(free, now)) return [];
    return this.#transaction(() => {
      this.#giveBackLost(now);
      return free.flatMap(([kind, count]) => this.#claimKind(kind, count, now));
    });
  }

  #isAnythingDue(free: readonly (readonly [string, number])[], now: number): boolean {
    const exists = (sql: string, ...parameters: readonly SQLInputValue[]): boolean =>
      this.#database.prepare(`SELECT 1 WHERE EXISTS (${sql})`).get(...parameters) !== undefined;
    return (
      exists("SELECT 1 FROM jobs WHERE state = 'running' AND lease_until_ms <= ?", now) ||
      free.some(([kind]) =>
        exists("SELECT 1 FROM jobs WHERE kind = ? AND state = 'waiting' AND start_after_ms <= ?", kind, now),
      )
    );
  }

  #giveBackLost(now: number): void {
    const lost = this.#rows(`SELECT ${COLUMNS} FROM jobs WHERE state = 'running' AND lease_until_ms <= ?`, now);
    for (const job of lost) this.#endAttempt(job, "the worker did not finish within its lease", now, 0);
  }

  #claimKind(kind: string, count: number, now: number): JobRow[] {
    const claimed: JobRow[] = [];
    while (claimed.length < count) {
      const [row] = this.#rows(
        `UPDATE jobs SET state = 'running', attempts = attempts + 1, lease = ?, lease_until_ms = ?
         WHERE id = (SELECT id FROM jobs AS due WHERE kind = ? AND state = 'waiting' AND start_after_ms <= ?
           AND NOT EXISTS (SELECT 1 FROM jobs AS other
             WHERE other.kind = due.kind AND other.key_hash = due.key_hash AND other.state = 'running')
           ORDER BY id LIMIT 1)
         RETURNING ${COLUMNS}`,
        randomUUID(),
        now + this.#options.leaseMs,
        kind,
        now,
      );
      if (row === undefined) break;
      claimed.push(row);
    }
    return claimed;
  }

  /** Leases that still hold, with more time; those that are missing were lost. */
  renew(leases: readonly string[]): string[] {
    return this.#transaction(() => {
      const until = Date.now() + this.#options.leaseMs;
      const sql = "UPDATE jobs SET lease_until_ms = ? WHERE lease = ? AND state = 'running'";
      return leases.filter((lease) => this.#run(sql, until, lease) === 1);
    });
  }

  /** False when the lease was lost: another attempt decides. */
  finish(lease: string): boolean {
    return this.#transaction(() => {
      const now = Date.now();
      const [row] = this.#rows(
        `UPDATE jobs SET state = 'done', ended_ms = ?, error = NULL, lease = NULL, lease_until_ms = NULL
         WHERE lease = ? AND state = 'running' RETURNING ${COLUMNS}`,
        now,
        lease,
      );
      if (row !== undefined && row.id % PRUNE_EVERY === 0)
        this.#run("DELETE FROM jobs WHERE ended_ms < ?", now - KEPT_MS);
      return row !== undefined;
    });
  }

  /** Ends an attempt that failed: another comes later, or it was the last. False when the lease was lost. */
  fail(lease: string, error: string): boolean {
    return this.#transaction(() => {
      const [job] = this.#rows(`SELECT ${COLUMNS} FROM jobs WHERE lease = ? AND state = 'running'`, lease);
      if (job === undefined) return false;
      const delay = Math.min(MAX_RETRY_DELAY_MS, this.#options.retryDelayMs * 2 ** Math.min(20, job.attempts - 1));
      // Between half of it and all: jobs that failed together do not come back together.
      this.#endAttempt(job, error, Date.now(), Math.round(delay * (0.5 + Math.random() / 2)));
      return true;
    });
  }

  #endAttempt(job: JobRow, error: string, now: number, delayMs: number): void {
    const isLast = job.attempts >= job.max_attempts;
    this.#run(
      `UPDATE jobs SET state = ?, start_after_ms = ?, ended_ms = ?, error = ?, lease = NULL, lease_until_ms = NULL
       WHERE id = ?`,
      isLast ? "failed" : "waiting",
      isLast ? job.start_after_ms : now + delayMs,
      isLast ? now : null,
      error,
      job.id,
    );
  }

  /** Newest first, one more than the limit. */
  list(filter: JobFilter): JobRow[] {
    const conditions: string[] = [];
    const parameters: SQLInputValue[] = [];
    const add = (condition: string, value: SQLInputValue | undefined): void => {
      if (value === undefined) return;
      conditions.push(condition);
      parameters.push(value);
    };
    add("id < ?", filter.before);
    add("kind = ?", filter.kind);
    add("state = ?", filter.state);
    const where = conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;
    return this.#rows(`SELECT ${COLUMNS} FROM jobs ${where} ORDER BY id DESC LIMIT ?`, ...parameters, filter.limit + 1);
  }

  /** One more attempt for a failed job, unless its like waits. */
  retry(id: number): boolean {
    return this.#transaction(() => {
      const sql = `UPDATE jobs SET state = 'waiting', ended_ms = NULL, start_after_ms = ?, max_attempts = attempts + 1
         WHERE id = ? AND state = 'failed' AND NOT EXISTS (SELECT 1 FROM jobs AS other
           WHERE other.kind = jobs.kind AND other.key_hash = jobs.key_hash AND other.state = 'waiting')`;
      return this.#run(sql, Date.now(), id) === 1;
    });
  }

  close(): void {
    if (this.#database.isOpen) this.#database.close();
  }
}

/** For its owner only, as the store makes it. */
function makeFile(path: string): void {
  try {
    closeSync(openSync(path, "wx", 0o600));
  } catch {
    // It is there already, or SQLite says what is wrong with the place.
  }
}

/** SQLite does not wait by itself where the journal's mode changes. */
function whenNotBusy(run: () => void): void {
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  for (const begunMs = performance.now(); ; Atomics.wait(sleeper, 0, 0, BUSY_STEP_MS)) {
    try {
      run();
      return;
    } catch (error) {
      const isBusy = error instanceof Error && "errcode" in error && (Number(error.errcode) & 0xff) === SQLITE_BUSY;
      if (performance.now() - begunMs >= BUSY_TIMEOUT_MS || !isBusy) throw error;
    }
  }
}
