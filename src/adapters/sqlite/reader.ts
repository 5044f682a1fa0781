import type { DatabaseSync, StatementSync } from "node:sqlite";
import { AmapError, type Digest, formatTime, readJsonFast } from "../../base/index.ts";
import {
  type Advisory,
  type CveFacts,
  type CveRecord,
  decodeAdvisory,
  type KnownExploited,
} from "../../metadata/index.ts";
import type { AdvisoryChanges, AdvisoryDatabaseStatus, AdvisoryReader, EcosystemAge } from "../../ports/index.ts";
import { changesSince, currentState } from "./change-log.ts";
import type { Guard } from "./guard.ts";
import { LEFT_OUT } from "./import-run.ts";
import { makeSummary, readSummary } from "./summary.ts";

const NEVER = "1970-01-01T00:00:00Z";
/** Keys of one query: keeps its parameter small, at no cost that shows. */
const LOOKUP_BATCH = 1_000;

/** What is read through one connection. */
export class SqliteReader implements AdvisoryReader {
  readonly #database: DatabaseSync;
  readonly #uri: string;
  readonly #guard: Guard;
  readonly #checkState: () => void;
  readonly #lookup: StatementSync;
  readonly #facts: StatementSync;
  readonly #believesSummary: boolean;
  /** The one that was made last, with the state that it is of. */
  #made: { readonly state: string; readonly summary: ReturnType<typeof makeSummary> } | undefined;

  constructor(
    database: DatabaseSync,
    uri: string,
    {
      guard,
      checkState,
      believesSummary = true,
    }: { readonly guard: Guard; readonly checkState: () => void; readonly believesSummary?: boolean },
  ) {
    this.#database = database;
    this.#uri = uri;
    this.#guard = guard;
    this.#checkState = checkState;
    this.#believesSummary = believesSummary;
    this.#lookup = guard("read", () =>
      database.prepare(
        "SELECT wanted.value AS key, advisory.record FROM json_each(?) AS wanted " +
          "JOIN advisory_key ON advisory_key.key = wanted.value JOIN advisory ON advisory.id = advisory_key.id " +
          "WHERE advisory.withdrawn = 0 ORDER BY wanted.value, advisory.id",
      ),
    );
    this.#facts = guard("read", () =>
      database.prepare(
        "SELECT wanted.value AS cve, epss.probability, epss.percentile, epss.date, kev.entry AS kev, cve.record " +
          "FROM json_each(?) AS wanted LEFT JOIN epss ON epss.cve = wanted.value " +
          "LEFT JOIN kev ON kev.cve = wanted.value LEFT JOIN cve ON cve.cve = wanted.value",
      ),
    );
  }

  async status(): Promise<AdvisoryDatabaseStatus> {
    return this.#read(() => this.statusNow());
  }

  /** As `status`, for who is inside a transaction. */
  statusNow(): AdvisoryDatabaseStatus {
    const imported = this.#database.prepare("SELECT value FROM state WHERE key = 'importedAt'").get();
    const complete = this.#database
      .prepare(
        "SELECT ecosystem FROM complete_ecosystem WHERE ecosystem IN (SELECT ecosystem FROM advisory_ecosystem) " +
          "ORDER BY ecosystem",
      )
      .all();
    const state = currentState(this.#database);
    const summary = this.#summaryOf(state);
    const origin = this.#database.prepare("SELECT value FROM state WHERE key = 'origin'").get();
    return {
      uri: this.#uri,
      updatedAt: String(imported?.["value"] ?? NEVER),
      ...summary,
      complete: complete.map((row) => String(row["ecosystem"])),
      ages: this.#ages(Object.keys(summary.ecosystems)),
      sources: this.#sources(),
      ...(origin === undefined ? {} : { origin: String(origin["value"]) }),
      state,
    };
  }

  /** As the last import left it; made anew for a state that an older amap made. */
  #summaryOf(state: string): ReturnType<typeof makeSummary> {
    const kept = this.#believesSummary ? readSummary(this.#database, state) : undefined;
    if (kept !== undefined) return kept;
    if (this.#made?.state !== state) this.#made = { state, summary: makeSummary(this.#database) };
    return this.#made.summary;
  }

  #read<T>(run: () => T): T {
    const result = this.#guard("read", run);
    this.#checkState();
    return result;
  }

  /** A whole dump is as old as itself; what is partial is as old as the oldest import that it consists of. */
  #ages(names: readonly string[]): AdvisoryDatabaseStatus["ages"] {
    const whole = new Map(
      this.#database
        .prepare("SELECT ecosystem, imported_at FROM complete_ecosystem")
        .all()
        .map((row) => [String(row["ecosystem"]), Number(row["imported_at"])]),
    );
    const parts = new Map(
      this.#database
        .prepare(
          "SELECT ecosystem, min(imported_at) AS oldest, max(newest) AS newest FROM ecosystem_source GROUP BY ecosystem",
        )
        .all()
        .map((row) => [String(row["ecosystem"]), row]),
    );
    return Object.fromEntries(
      names.map((name): [string, EcosystemAge] => {
        const dumps = [name, name.split(":")[0] ?? name].flatMap((each) => whole.get(each) ?? []);
        const part = parts.get(name);
        const imported = dumps.length > 0 ? Math.max(...dumps) : Number(part?.["oldest"] ?? 0);
        const newestRecordAt = formatTime(Number(part?.["newest"] ?? 0));
        return [name, { importedAt: formatTime(imported), newestRecordAt }];
      }),
    );
  }

  #sources(): AdvisoryDatabaseStatus["sources"] {
    const whole = Map.groupBy(
      this.#database.prepare("SELECT source, ecosystem FROM complete_ecosystem ORDER BY ecosystem").all(),
      (row) => String(row["source"]),
    );
    const rows = this.#database
      .prepare("SELECT source.*, value FROM source LEFT JOIN state ON key = ? || name ORDER BY name")
      .all(LEFT_OUT);
    return rows.map((row) => {
      const complete = (whole.get(String(row["name"])) ?? []).map(({ ecosystem }) => String(ecosystem));
      return {
        name: String(row["name"]),
        digest: String(row["digest"]) as Digest,
        importedAt: String(row["imported_at"]),
        newestRecordAt: formatTime(Number(row["newest"])),
        records: Number(row["records"]),
        ...(complete.length === 0 ? {} : { complete }),
        ...(row["etag"] === null ? {} : { etag: String(row["etag"]) }),
        ...(row["origin"] === null ? {} : { origin: String(row["origin"]) }),
        ...((row["value"] ?? "0") === "0" ? {} : { leftOut: Number(row["value"]) }),
      };
    });
  }

  async lookup(keys: readonly string[]): Promise<ReadonlyMap<string, readonly Advisory[]>> {
    const found = new Map<string, Advisory[]>();
    const decoded = new Map<string, Advisory>();
    const wanted = [...new Set(keys)];
    for (let start = 0; start < wanted.length; start += LOOKUP_BATCH) {
      const batch = JSON.stringify(wanted.slice(start, start + LOOKUP_BATCH));
      for (const row of this.#read(() => this.#lookup.all(batch))) {
        const [key, record] = [String(row["key"]), String(row["record"])];
        const advisory = decoded.get(record) ?? this.#decode(record);
        decoded.set(record, advisory);
        const listed = found.get(key);
        if (listed === undefined) found.set(key, [advisory]);
        else listed.push(advisory);
      }
    }
    return found;
  }

  #decode(record: string): Advisory {
    const result = decodeRecord(record);
    if (result !== undefined) return result;
    throw new AmapError("DATABASE_INVALID", `the advisory database ${this.#uri} holds a record that is no advisory`);
  }

  async changesSince(state: string): Promise<AdvisoryChanges | undefined> {
    return this.#read(() => changesSince(this.#database, state));
  }

  async factsOf(cves: readonly string[]): Promise<ReadonlyMap<string, CveFacts>> {
    const found = new Map<string, CveFacts>();
    const wanted = [...new Set(cves)];
    for (let start = 0; start < wanted.length; start += LOOKUP_BATCH) {
      const batch = JSON.stringify(wanted.slice(start, start + LOOKUP_BATCH));
      for (const row of this.#read(() => this.#facts.all(batch))) {
        const facts = this.#decodeFacts(row);
        if (Object.keys(facts).length > 0) found.set(String(row["cve"]), facts);
      }
    }
    return found;
  }

  #decodeFacts(row: Readonly<Record<string, unknown>>): CveFacts {
    const { cve, record, kev, date, probability, percentile } = row;
    return {
      ...(typeof date === "string"
        ? { epss: { cve: String(cve), probability: Number(probability), percentile: Number(percentile), date } }
        : {}),
      ...(kev === null ? {} : { kev: this.#parse(kev) as KnownExploited }),
      ...(record === null ? {} : { record: this.#parse(record) as CveRecord }),
    };
  }

  #parse(text: unknown): unknown {
    try {
      return readJsonFast(String(text));
    } catch (cause) {
      throw new AmapError("DATABASE_INVALID", `the advisory database ${this.#uri} holds a damaged record`, { cause });
    }
  }
}

function decodeRecord(record: string): Advisory | undefined {
  try {
    const decoded = decodeAdvisory(readJsonFast(record));
    return decoded.ok ? decoded.value : undefined;
  } catch (error) {
    if (error instanceof AmapError) return undefined;
    throw error;
  }
}
