import type { Advisory } from "../metadata/index.ts";

/** What a database covers and how old it is. */
export interface AdvisoryDatabaseStatus {
  /** `file:…` or a name. */
  readonly uri: string;
  /** RFC 3339: the time of its last import; 1970 for one that nothing was imported into. */
  readonly updatedAt: string;
  /** Number of advisories per OSV ecosystem, with and without release suffix (`npm`, `Debian`, `Debian:12`). */
  readonly ecosystems: Readonly<Record<string, number>>;
  /** `sha256:…` over the records, so that a scan names exactly what it used. */
  readonly version: string;
}

/** A local vulnerability database. "Not covered" must stay visible: ask `status` before trusting an empty answer. */
export interface AdvisoryDatabase {
  status(): Promise<AdvisoryDatabaseStatus>;
  /**
   * Advisories by key (`ecosystem/name`, see metadata's advisoryKeysOf), each list sorted by id; withdrawn ones are
   * left out, and so are keys without any.
   * @throws {AmapError} DATABASE_INVALID when the stored data is damaged
   */
  lookup(keys: readonly string[]): Promise<ReadonlyMap<string, readonly Advisory[]>>;
  /**
   * Adds or replaces records by id, withdrawn ones too. All or nothing.
   * @throws {AmapError} VALUE_INVALID for an `importedAt` that is no RFC 3339 time
   */
  import(advisories: readonly Advisory[], importedAt: string): Promise<void>;
  close(): Promise<void>;
}
