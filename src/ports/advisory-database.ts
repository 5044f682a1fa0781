import type { Digest } from "../base/index.ts";
import type { Advisory, AdvisoryBatch, CveFacts } from "../metadata/index.ts";

/** One file or folder that a database was filled from. */
export interface AdvisorySource {
  /** As it was named to the import. */
  readonly name: string;
  /** Of its bytes. */
  readonly digest: Digest;
  /** RFC 3339. */
  readonly importedAt: string;
  /** RFC 3339: the latest change of its advisories and CVE records; 1970 where it has none with a time. */
  readonly newestRecordAt: string;
  /** Everything that it says: advisories, scores, entries of the catalogue, CVE records. */
  readonly records: number;
  /** Records that were left out of it, for they could not be read; left out where there were none. */
  readonly leftOut?: number;
}

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
  /** Scores of exploitation, with the day of the newest; left out where there is none. */
  readonly epss?: { readonly count: number; readonly date: string };
  /** Vulnerabilities known to be exploited, with the day of the newest; left out where there is none. */
  readonly kev?: { readonly count: number; readonly date: string };
  /** CVEs whose own records are there. */
  readonly cves: number;
  /** What it was filled from, sorted by name. */
  readonly sources: readonly AdvisorySource[];
  /** `sha256:…` over the advisories, so that a scan names exactly what it used. */
  readonly version: string;
}

/** What an import did. */
export interface ImportResult {
  /** Advisories that were added or replaced another. */
  readonly written: number;
  /** Advisories left out because a newer one of the same id was there. */
  readonly outdated: number;
  /** Advisories of the source's last dump that this one no longer has. */
  readonly removed: number;
  /** Scores, entries of the catalogue and CVE records. */
  readonly facts: number;
}

/** What is said of one import. */
export interface ImportOptions {
  /** RFC 3339. */
  readonly importedAt: string;
  /** Recorded, and what an import of the same name brought before and this one does not have is removed if it is whole. */
  readonly source?: { readonly name: string; readonly digest: Digest };
  /**
   * The ecosystems, with or without release suffix, that the records are a whole dump of; kept over later imports. Asked
   * for at the end: only then it is known what the records are about.
   * @throws {AmapError} whatever it throws undoes the import
   */
  readonly complete?: () => readonly string[];
  /** The ecosystems that are partial from now on, whatever was said before; asked for after `complete`. */
  readonly partial?: () => readonly string[];
  /** How many records of the source could not be read; asked for at the end, and told in the status. */
  readonly leftOut?: () => number;
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
   * What is known of CVEs beside advisories; CVEs of which nothing is known are left out.
   * @throws {AmapError} DATABASE_INVALID when the stored data is damaged
   */
  factsOf(cves: readonly string[]): Promise<ReadonlyMap<string, CveFacts>>;
  /**
   * Adds records batch by batch, or replaces those of the same id that are not newer (`modified`), withdrawn ones too.
   * The first batch that is a whole catalogue removes the one before, but what a newer one brought. All or nothing: until it is done everybody reads what was there before, also when it fails, the batches throw, or the
   * process dies. One import at a time; another waits, five seconds at most.
   * @throws {AmapError} VALUE_INVALID for an `importedAt` that is no RFC 3339 time; what the batches throw
   */
  import(
    batches: AsyncIterable<AdvisoryBatch> | Iterable<AdvisoryBatch>,
    options: ImportOptions,
  ): Promise<ImportResult>;
  close(): Promise<void>;
}
