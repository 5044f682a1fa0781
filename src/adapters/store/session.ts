import type { Kysely } from "kysely";
import type { Database } from "./database.ts";
import type { ColumnTypes } from "./migrations.ts";

export type Db = Kysely<Database>;

/** Locks of PostgreSQL that have a number of their own; SQLite has one writer at a time anyway. */
export type LockName = "migrations" | "changes" | "audit";

/** One database: how it is read and written, and the few places where the two differ. */
export interface DatabaseSession {
  readonly kind: "sqlite" | "postgres";
  readonly types: ColumnTypes;
  /** Reads; with `snapshot` all queries see the same state. */
  read<T>(run: (db: Db) => Promise<T>, options?: { readonly snapshot?: boolean }): Promise<T>;
  /** Reads and writes in one transaction. What it returns is on disk when the promise is kept. May run more than once. */
  write<T>(run: (db: Db) => Promise<T>): Promise<T>;
  /** Held until the transaction ends. */
  lock(db: Db, name: LockName): Promise<void>;
  /** The same for each of many keys, in one order for all, so that two never wait for each other. */
  lockKeys(db: Db, keys: readonly string[]): Promise<void>;
  /** SQL for the position of a text in a column, 0 when it is not there: no wildcard to escape. */
  readonly positionFunction: "instr" | "strpos";
  close(): Promise<void>;
}
