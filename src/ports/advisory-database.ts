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
  /** The ecosystems that the database holds whole by it, sorted; left out where there is none. */
  readonly complete?: readonly string[];
  /** What the server that it came from calls this version of it; left out where none does. */
  readonly etag?: string;
  /** Set where it was imported elsewhere, into a database that this one took over: the name of that one. */
  readonly origin?: string;
  /** Records that were left out of it, for they could not be read; left out where there were none. */
  readonly leftOut?: number;
}

/** How old a database's advisories about one ecosystem are. */
export interface EcosystemAge {
  /**
   * RFC 3339: when the dump was imported, or found to be unchanged, that the ecosystem is whole by; of a partial one the
   * oldest of the imports that it consists of, for an import of a few records makes the others no fresher.
   */
  readonly importedAt: string;
  /** RFC 3339: the latest `modified` among the records that were imported about it, withdrawn ones too. */
  readonly newestRecordAt: string;
}

/** Records of an ecosystem that an import would take away: removed, withdrawn, or moved to another ecosystem. */
export interface EcosystemLoss {
  readonly ecosystem: string;
  /** How many there were. */
  readonly before: number;
  readonly lost: number;
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
  /** The age of each of those ecosystems. */
  readonly ages: Readonly<Record<string, EcosystemAge>>;
  /** Scores of exploitation, with the day of the newest; left out where there is none. */
  readonly epss?: { readonly count: number; readonly date: string };
  /** Vulnerabilities known to be exploited, with the day of the newest; left out where there is none. */
  readonly kev?: { readonly count: number; readonly date: string };
  /** CVEs whose own records are there. */
  readonly cves: number;
  /** What it was filled from, sorted by name. */
  readonly sources: readonly AdvisorySource[];
  /** The name of the database that this one last took over; left out where there was none. */
  readonly origin?: string;
  /** `sha256:…` over the advisories, so that a scan names exactly what it used. */
  readonly version: string;
  /**
   * The name of the state that the last import made, for {@link AdvisoryDatabase.changesSince}: databases of one state hold
   * the same. Empty where nothing was imported.
   */
  readonly state: string;
}

/** What imports changed since a state: what is not named here gives the same answers as before. */
export interface AdvisoryChanges {
  /** Keys of advisories that were added, changed, withdrawn or removed. */
  readonly keys: ReadonlySet<string>;
  /** CVEs whose own records or entries of the catalogue changed. */
  readonly cves: ReadonlySet<string>;
  /** Whether any score of exploitation changed. */
  readonly hasNewScores: boolean;
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
  readonly source?: { readonly name: string; readonly digest: Digest; readonly etag?: string };
  /** Names of sources that are what they were at their last import: what they say is as old as this import. */
  readonly unchanged?: readonly string[];
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
  /**
   * Told at the end what the import takes away, where it takes anything; sorted by ecosystem.
   * @throws {AmapError} whatever it throws undoes the import
   */
  readonly mayLose?: (losses: readonly EcosystemLoss[]) => void;
}

/** How a database takes over the content of another one. */
export interface TakeOverOptions {
  /** Recorded as where it came from. */
  readonly origin: string;
  /**
   * Told what would come and what would go. Nobody writes meanwhile.
   * @throws {AmapError} whatever it throws leaves the database as it was
   */
  readonly approve: (offered: AdvisoryDatabaseStatus, own: AdvisoryDatabaseStatus) => void;
}

/** What a database is asked. "Not covered" must stay visible: ask `status` before trusting an empty answer. */
export interface AdvisoryReader {
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
   * What imports changed since the state of an earlier status; undefined where this database was never in that state, or
   * too long ago to remember: then everything may have changed. More may be named than changed, never less. What the
   * status says (coverage, times) is not in it.
   * @throws {AmapError} DATABASE_INVALID when the stored data is damaged
   */
  changesSince(state: string): Promise<AdvisoryChanges | undefined>;
}

/** One state of a database, whatever is imported meanwhile. */
export interface AdvisorySnapshot extends AdvisoryReader {
  close(): Promise<void>;
}

/** A local vulnerability database. Several questions that belong together are asked of one snapshot. */
export interface AdvisoryDatabase extends AdvisoryReader {
  /** The state of now, for several questions; its caller closes it. */
  snapshot(): Promise<AdvisorySnapshot>;
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
  /**
   * Writes all of it into one new file, as of one state.
   * @throws {AmapError} USAGE where something is there already; DATABASE_INVALID
   */
  export(path: string): Promise<void>;
  /**
   * Takes over the content of an exported file, given by its bytes, in place of its own. The file may come from anywhere:
   * nothing in it is trusted but its records. All or nothing, and readers see one or the other, as with an import.
   * @throws {AmapError} DATABASE_INVALID (no such file, damaged, another version, anything in it that amap did not make),
   * LIMIT_EXCEEDED (LIMITS.advisoryDatabaseBytes); what the bytes and `approve` throw
   */
  takeOver(bytes: AsyncIterable<Uint8Array>, options: TakeOverOptions): Promise<void>;
  close(): Promise<void>;
}
