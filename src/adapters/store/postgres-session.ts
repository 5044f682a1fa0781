import { createHash } from "node:crypto";
import { Kysely, PostgresDialect, sql } from "kysely";
import pg from "pg";
import type { Database } from "./database.ts";
import { canRunAgain } from "./failure.ts";
import type { DatabaseSession, Db, LockName } from "./session.ts";

const POOL: pg.PoolConfig = {
  max: 10,
  connectionTimeoutMillis: 10_000,
  idleTimeoutMillis: 30_000,
  statement_timeout: 60_000,
  lock_timeout: 30_000,
  idle_in_transaction_session_timeout: 60_000,
  application_name: "amap",
  // A server that went away without a word is noticed, and its connection replaced.
  keepAlive: true,
  keepAliveInitialDelayMillis: 10_000,
  allowExitOnIdle: true,
};
/** PostgreSQL's numbers of types: bigint and numeric, which counts and sums give. */
const NUMERIC_TYPES: ReadonlySet<number> = new Set([20, 1700]);
const ATTEMPTS = 5;
/** First numbers of amap's advisory locks. */
const NAMED_LOCKS = 0x61_6d_61_70;
const KEY_LOCKS = 0x61_6d_61_71;
const LOCK_NUMBERS: Readonly<Record<LockName, number>> = { migrations: 1, changes: 2, audit: 3 };

/** A pool of connections to PostgreSQL 15 or newer. Nothing is asked of it yet. */
export function openPostgresSession(url: string): DatabaseSession {
  const pool = new pg.Pool({
    ...POOL,
    connectionString: url,
    types: { getTypeParser: typeParser },
  });
  // A connection that breaks while nobody uses it is replaced by the pool; the next query tells if that fails.
  pool.on("error", () => undefined);
  return new PostgresSession(new Kysely<Database>({ dialect: new PostgresDialect({ pool }) }));
}

const typeParser: pg.CustomTypesConfig["getTypeParser"] = (id, format) =>
  NUMERIC_TYPES.has(id) ? Number : pg.types.getTypeParser(id, format);

class PostgresSession implements DatabaseSession {
  readonly kind = "postgres";
  readonly positionFunction = "strpos";
  // The order of SQLite: by bytes, whatever the database's own collation is.
  readonly types = {
    id: "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
    text: 'text COLLATE "C"',
    integer: "bigint",
    real: "double precision",
  };
  readonly #kysely: Db;

  constructor(kysely: Db) {
    this.#kysely = kysely;
  }

  read<T>(run: (db: Db) => Promise<T>, options: { readonly snapshot?: boolean } = {}): Promise<T> {
    if (options.snapshot !== true) return run(this.#kysely);
    return this.#kysely
      .transaction()
      .setIsolationLevel("repeatable read")
      .setAccessMode("read only")
      .execute((transaction) => run(transaction));
  }

  async write<T>(run: (db: Db) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.#kysely.transaction().execute((transaction) => run(transaction));
      } catch (error) {
        if (attempt >= ATTEMPTS || !canRunAgain(error)) throw error;
      }
    }
  }

  async lock(db: Db, name: LockName): Promise<void> {
    await sql`SELECT pg_advisory_xact_lock(${NAMED_LOCKS}, ${LOCK_NUMBERS[name]})`.execute(db);
  }

  async lockKeys(db: Db, keys: readonly string[]): Promise<void> {
    const numbers = keys.map((key) => createHash("sha256").update(key).digest().readInt32BE(0));
    for (const number of [...new Set(numbers)].sort((a, b) => a - b)) {
      await sql`SELECT pg_advisory_xact_lock(${KEY_LOCKS}, ${number})`.execute(db);
    }
  }

  async close(): Promise<void> {
    await this.#kysely.destroy();
  }
}
