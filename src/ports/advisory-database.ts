import type { Advisory } from "../metadata/index.ts";

/** What a database covers and how old it is. */
export interface AdvisoryDatabaseStatus {
  /** `file:…` or a name. */
  readonly uri: string;
  /** RFC 3339: the time of its last import; 1970 for one that nothing was imported into. */
  readonly updatedAt: string;
  /**
   * RFC 3339: the latest `modified` of its records, withdrawn ones too; 1970 for one without any. An import of old
   * records makes a database no fresher, so its age counts from the earlier of this and `updatedAt`.
   */
  readonly newestRecordAt: string;
  /** Number of advisories per OSV ecosystem, with and without release suffix (`npm`, `Debian`, `Debian:12`). */
  readonly ecosystems: Readonly<Record<string, number>>;
  /** Of those, the ones that an import was said to be a whole dump of, sorted. The others are partial. */
  readonly complete: readonly string[];
  /** `sha256:…` over the records, so that a scan names exactly what it used. */
  readonly version: string;
}

/** What an import did. */
export interface ImportResult {
  /** Records that were added or replaced another. */
  readonly written: number;
  /** Records left out because a newer one of the same id was there. */
  readonly outdated: number;
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
   * Adds records, or replaces those of the same id that are not newer (`modified`), withdrawn ones too. All or nothing.
   * `complete` names the ecosystems, with or without release suffix, that the records are a whole dump of; it is kept
   * over later imports.
   * @throws {AmapError} VALUE_INVALID for an `importedAt` that is no RFC 3339 time
   */
  import(advisories: readonly Advisory[], importedAt: string, complete?: readonly string[]): Promise<ImportResult>;
  close(): Promise<void>;
}
