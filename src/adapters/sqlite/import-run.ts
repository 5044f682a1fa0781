import type { DatabaseSync, StatementSync } from "node:sqlite";
import { canonicalJson, compareText, digestOf, encodeUtf8, parseTime } from "../../base/index.ts";
import { type Advisory, type AdvisoryBatch, ecosystemsOfAdvisory, keysOfAdvisory } from "../../metadata/index.ts";
import type { EcosystemLoss, ImportOptions, ImportResult } from "../../ports/index.ts";
import { ChangeLog } from "./change-log.ts";

/** Before a source's name: how many of its records could not be read. */
export const LEFT_OUT = "leftOut ";

/** One import inside one transaction: batch by batch, so that memory does not grow with what is imported. */
export class ImportRun {
  readonly #database: DatabaseSync;
  readonly #options: ImportOptions;
  readonly #changes: ChangeLog;
  readonly #statements = new Map<string, StatementSync>();
  #written = 0;
  #outdated = 0;
  #facts = 0;
  #newest = 0;
  readonly #replaced = new Set<string>();
  /** The newest record of each ecosystem that the import speaks of. */
  readonly #ecosystems = new Map<string, number>();
  /** Records of each ecosystem before the import, and those of them that it withdraws or moves elsewhere. */
  readonly #before: ReadonlyMap<string, number>;
  readonly #lost = new Map<string, number>();

  /** In a transaction that the caller has begun and ends. */
  constructor(database: DatabaseSync, options: ImportOptions) {
    this.#database = database;
    this.#options = options;
    this.#changes = new ChangeLog(database);
    database.exec("CREATE TEMP TABLE IF NOT EXISTS seen (id TEXT PRIMARY KEY) WITHOUT ROWID; DELETE FROM temp.seen");
    this.#before = countByEcosystem(
      options.mayLose === undefined
        ? []
        : database.prepare("SELECT ecosystem, count(*) AS count FROM advisory_ecosystem GROUP BY ecosystem").all(),
    );
  }

  add(batch: AdvisoryBatch): void {
    if (batch.replaces !== undefined && !this.#replaced.has(batch.replaces)) {
      // What a newer one added stays.
      const [day = ""] = batch.exploited.map(({ dateAdded }) => dateAdded).sort((a, b) => compareText(b, a));
      if (batch.replaces === "kev") this.#run("DELETE FROM kev WHERE added <= ?", [day]);
      else this.#run("DELETE FROM epss WHERE date < ?", [batch.predictions[0]?.date ?? ""]);
      this.#replaced.add(batch.replaces);
    }
    const { predictions, exploited, cves, replaces = "" } = batch;
    this.#changes.add(JSON.stringify([replaces, predictions, exploited, cves]));
    for (const advisory of batch.advisories) this.#addAdvisory(advisory);
    for (const { cve, probability, percentile, date } of batch.predictions) {
      // An older day's score never replaces a newer one.
      this.#run(
        "INSERT INTO epss (cve, probability, percentile, date) VALUES (?, ?, ?, ?) ON CONFLICT (cve) DO UPDATE SET " +
          "probability = excluded.probability, percentile = excluded.percentile, date = excluded.date " +
          "WHERE excluded.date >= epss.date",
        [cve, probability, percentile, date],
      );
    }
    for (const entry of batch.exploited) {
      const values = [entry.cve, entry.dateAdded, JSON.stringify(entry)];
      this.#run("INSERT OR REPLACE INTO kev (cve, added, entry) VALUES (?, ?, ?)", values);
    }
    for (const record of batch.cves) {
      const modified = parseTime(record.modified) ?? 0;
      this.#newest = Math.max(this.#newest, modified);
      this.#run(
        "INSERT INTO cve (cve, modified, record) VALUES (?, ?, ?) ON CONFLICT (cve) DO UPDATE SET " +
          "modified = excluded.modified, record = excluded.record WHERE excluded.modified >= cve.modified",
        [record.cve, modified, JSON.stringify(record)],
      );
    }
    this.#facts += batch.predictions.length + batch.exploited.length + batch.cves.length;
  }

  /** A newer record of the same id stays. */
  #addAdvisory(advisory: Advisory): void {
    const modified = parseTime(advisory.modified) ?? 0;
    this.#newest = Math.max(this.#newest, modified);
    const ecosystems = ecosystemsOfAdvisory(advisory);
    for (const name of ecosystems) this.#ecosystems.set(name, Math.max(this.#ecosystems.get(name) ?? 0, modified));
    if (this.#options.source !== undefined) this.#run("INSERT OR IGNORE INTO temp.seen (id) VALUES (?)", [advisory.id]);
    const isOutdated =
      this.#prepare("SELECT 1 FROM advisory WHERE id = ? AND modified > ?").get(advisory.id, modified) !== undefined;
    if (isOutdated) {
      this.#outdated += 1;
      return;
    }
    this.#written += 1;
    const withdrawn = advisory.withdrawn === undefined ? 0 : 1;
    // Stored in the form that it is named by: writing another one would take as long again.
    const record = canonicalJson(advisory.source);
    const digest = digestOf(encodeUtf8(record));
    this.#changes.add(`${advisory.id} ${digest}`);
    const known = this.#prepare("SELECT digest FROM advisory WHERE id = ?").get(advisory.id);
    // Most of a dump is what the last one said.
    if (known?.["digest"] === digest) return;
    const covered = withdrawn === 1 ? [] : ecosystems;
    if (known !== undefined) {
      this.#countLost(advisory.id, covered);
      this.#run("DELETE FROM advisory_key WHERE id = ?", [advisory.id]);
      this.#run("DELETE FROM advisory_ecosystem WHERE id = ?", [advisory.id]);
    }
    // The row stays, and what other sources say of it.
    this.#run(
      "INSERT INTO advisory (id, withdrawn, modified, digest, record) VALUES (?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE " +
        "SET withdrawn = excluded.withdrawn, modified = excluded.modified, digest = excluded.digest, record = excluded.record",
      [advisory.id, withdrawn, modified, digest, record],
    );
    const keys = JSON.stringify(keysOfAdvisory(advisory));
    this.#run("INSERT INTO advisory_key (key, id) SELECT value, ?1 FROM json_each(?2)", [advisory.id, keys]);
    // A withdrawn record covers nothing.
    const names = JSON.stringify(covered);
    this.#run("INSERT INTO advisory_ecosystem (ecosystem, id) SELECT value, ?1 FROM json_each(?2)", [
      advisory.id,
      names,
    ]);
  }

  #countLost(id: string, covered: readonly string[]): void {
    if (this.#options.mayLose === undefined) return;
    for (const row of this.#prepare("SELECT ecosystem FROM advisory_ecosystem WHERE id = ?").all(id)) {
      const name = String(row["ecosystem"]);
      if (!covered.includes(name)) this.#lost.set(name, (this.#lost.get(name) ?? 0) + 1);
    }
  }

  /** What is left to write when all batches were added. */
  finish(complete: readonly string[]): ImportResult {
    const sourceName = this.#options.source?.name ?? "";
    const importedAt = parseTime(this.#options.importedAt) ?? 0;
    for (const name of complete) {
      const sql = "INSERT OR REPLACE INTO complete_ecosystem (ecosystem, source, imported_at) VALUES (?, ?, ?)";
      this.#run(sql, [name, sourceName, importedAt]);
    }
    for (const name of this.#options.partial?.() ?? []) {
      this.#run("DELETE FROM complete_ecosystem WHERE ecosystem = ?", [name]);
    }
    this.#setState("importedAt", this.#options.importedAt);
    const removed = this.#recordSource(complete.length > 0);
    this.#recordAges(sourceName, importedAt, complete.length > 0);
    this.#changes.finish(this.#options, complete);
    this.#database.exec("DROP TABLE temp.seen");
    return { written: this.#written, outdated: this.#outdated, removed, facts: this.#facts };
  }

  #setState(key: string, value: string): void {
    const sql = "INSERT INTO state (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value";
    this.#run(sql, [key, value]);
  }

  /** Returns how many advisories of a whole dump are gone since the last one of the same name. */
  #recordSource(isWhole: boolean): number {
    const { source, importedAt, leftOut } = this.#options;
    if (source === undefined) {
      this.#askForLosses();
      return 0;
    }
    const { name, digest, etag = null } = source;
    const records = this.#written + this.#outdated + this.#facts;
    this.#run(
      "INSERT INTO source (name, digest, imported_at, newest, records, etag) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (name) " +
        "DO UPDATE SET digest = excluded.digest, imported_at = excluded.imported_at, newest = excluded.newest, " +
        "records = excluded.records, etag = excluded.etag, origin = NULL",
      [name, digest, importedAt, this.#newest, records, etag],
    );
    this.#setState(`${LEFT_OUT}${name}`, String(leftOut?.() ?? 0));
    let removed = 0;
    if (isWhole) {
      // Only what this source alone said: another source's word still counts.
      const gone =
        "id IN (SELECT id FROM advisory_source WHERE source = ?1) AND id NOT IN (SELECT id FROM temp.seen) " +
        "AND id NOT IN (SELECT id FROM advisory_source WHERE source <> ?1)";
      const goneOf = `SELECT ecosystem, count(*) AS count FROM advisory_ecosystem WHERE ${gone} GROUP BY ecosystem`;
      const counts = this.#options.mayLose === undefined ? [] : this.#prepare(goneOf).all(name);
      for (const [ecosystem, count] of countByEcosystem(counts)) {
        this.#lost.set(ecosystem, (this.#lost.get(ecosystem) ?? 0) + count);
      }
      this.#askForLosses();
      removed = Number(this.#prepare(`DELETE FROM advisory WHERE ${gone}`).run(name).changes);
      this.#run("DELETE FROM advisory_source WHERE source = ? AND id NOT IN (SELECT id FROM temp.seen)", [name]);
    }
    this.#run("INSERT OR IGNORE INTO advisory_source (source, id) SELECT ?, id FROM temp.seen", [name]);
    if (!isWhole) this.#askForLosses();
    return removed;
  }

  #askForLosses(): void {
    const losses = [...this.#lost].map(([ecosystem, lost]): EcosystemLoss => {
      return { ecosystem, before: this.#before.get(ecosystem) ?? 0, lost };
    });
    if (losses.length > 0) this.#options.mayLose?.(losses.sort((a, b) => compareText(a.ecosystem, b.ecosystem)));
  }

  /** When each ecosystem was imported, and what was found to be as it was. */
  #recordAges(source: string, importedAt: number, isWhole: boolean): void {
    if (isWhole && source !== "") this.#run("DELETE FROM ecosystem_source WHERE source = ?", [source]);
    for (const [name, newest] of this.#ecosystems) {
      this.#run(
        "INSERT INTO ecosystem_source (ecosystem, source, imported_at, newest) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE " +
          "SET imported_at = excluded.imported_at, newest = max(newest, excluded.newest)",
        [name, source, importedAt, newest],
      );
    }
    for (const name of this.#options.unchanged ?? []) {
      this.#run("UPDATE ecosystem_source SET imported_at = ? WHERE source = ?", [importedAt, name]);
      this.#run("UPDATE complete_ecosystem SET imported_at = ? WHERE source = ?", [importedAt, name]);
      this.#run("UPDATE source SET imported_at = ? WHERE name = ?", [this.#options.importedAt, name]);
    }
  }

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql);
    if (known !== undefined) return known;
    const made = this.#database.prepare(sql);
    this.#statements.set(sql, made);
    return made;
  }

  #run(sql: string, values: readonly (string | number | null)[]): void {
    this.#prepare(sql).run(...values);
  }
}

function countByEcosystem(rows: readonly Readonly<Record<string, unknown>>[]): ReadonlyMap<string, number> {
  return new Map(rows.map((row) => [String(row["ecosystem"]), Number(row["count"])]));
}
