import type { Advisory } from "../metadata/index.ts";

/** What a database covers and how old it is. */
export interface AdvisoryDatabaseStatus {
  /** `file:…` or a name. */
  readonly uri: string;
  /** RFC 3339: the newest `modified` of its records, or the time of its last import when that is stated. */
  readonly updatedAt: string;
  /** Number of advisories per OSV ecosystem without release suffix (`Debian`, `npm`). */
  readonly ecosystems: Readonly<Record<string, number>>;
  /** Content digest of the records, so that a scan names exactly what it used. */
  readonly version: string;
}

/** A local vulnerability database. "Not covered" must stay visible: ask `status` before trusting an empty answer. */
export interface AdvisoryDatabase {
  status(): Promise<AdvisoryDatabaseStatus>;
  /** Advisories by key (`ecosystem/name`, see metadata's advisoryKeysOf), in batches; withdrawn ones are left out. */
  lookup(keys: readonly string[]): Promise<ReadonlyMap<string, readonly Advisory[]>>;
  /** Adds or replaces records by id. All or nothing. */
  import(advisories: readonly Advisory[], importedAt: string): Promise<void>;
  close(): Promise<void>;
}
