import type { DatabaseSync } from "node:sqlite";
import { encodeUtf8, startHash } from "../../base/index.ts";
import type { AdvisoryChanges, ImportOptions } from "../../ports/index.ts";
import { writeSummary } from "./summary.ts";

/** States that are remembered; of an older one nothing is known, so that all is scanned again. */
const REMEMBERED_STATES = 10_000;
/** Counts imports, in the table `state`. */
const COUNTER = "imports";
const NOTE =
  `VALUES (%, (SELECT value FROM state WHERE key = '${COUNTER}')) ` +
  "ON CONFLICT (kind, name) DO UPDATE SET sequence = excluded.sequence";
const note = (kind: string, name: string): string =>
  `INSERT INTO change (kind, name, sequence) ${NOTE.replace("%", `'${kind}', ${name}`)};`;
const IS_OTHER_SCORE =
  "OLD.probability IS NOT NEW.probability OR OLD.percentile IS NOT NEW.percentile OR OLD.date IS NOT NEW.date";

/**
 * What each import changed. Triggers write it, so that no way to change a record can leave it out. Scores change as a
 * whole every day, so that only the fact is kept.
 */
export const CHANGE_SCHEMA = `
CREATE TABLE import_state (sequence INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE change (kind TEXT NOT NULL, name TEXT NOT NULL, sequence INTEGER NOT NULL, PRIMARY KEY (kind, name))
  WITHOUT ROWID;
CREATE INDEX change_sequence ON change (sequence);
CREATE TRIGGER advisory_key_added AFTER INSERT ON advisory_key BEGIN ${note("key", "NEW.key")} END;
CREATE TRIGGER advisory_key_gone AFTER DELETE ON advisory_key BEGIN ${note("key", "OLD.key")} END;
CREATE TRIGGER cve_added AFTER INSERT ON cve BEGIN ${note("cve", "NEW.cve")} END;
CREATE TRIGGER cve_changed AFTER UPDATE ON cve WHEN OLD.record IS NOT NEW.record BEGIN ${note("cve", "NEW.cve")} END;
CREATE TRIGGER cve_gone AFTER DELETE ON cve BEGIN ${note("cve", "OLD.cve")} END;
CREATE TRIGGER epss_added AFTER INSERT ON epss BEGIN ${note("epss", "''")} END;
CREATE TRIGGER epss_changed AFTER UPDATE ON epss WHEN ${IS_OTHER_SCORE} BEGIN ${note("epss", "''")} END;
CREATE TRIGGER epss_gone AFTER DELETE ON epss BEGIN ${note("epss", "''")} END;
`;

/** The log of one import, inside its transaction. */
export class ChangeLog {
  readonly #database: DatabaseSync;
  readonly #sequence: number;
  readonly #hash = startHash("sha256");

  constructor(database: DatabaseSync) {
    this.#database = database;
    const last = database.prepare("SELECT max(sequence) AS last FROM import_state").get()?.["last"];
    this.#sequence = Number(last ?? 0) + 1;
    database
      .prepare("INSERT INTO state (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value")
      .run(COUNTER, String(this.#sequence));
    // A catalogue is taken out and written anew: what is the same afterwards did not change.
    database.exec("DROP TABLE IF EXISTS temp.kev_before; CREATE TEMP TABLE kev_before AS SELECT cve, entry FROM kev");
    this.add(currentState(database));
  }

  /** Something that the import brought: the name of the new state stands for all of it. */
  add(text: string): void {
    this.#hash.update(encodeUtf8(`${text.length} ${text}\n`));
  }

  /** Writes what is left, and the name of the new state. */
  finish({ importedAt, source, leftOut, partial }: ImportOptions, complete: readonly string[]): void {
    const told = [importedAt, source ?? null, complete, partial?.() ?? [], leftOut?.() ?? 0];
    this.add(JSON.stringify(told));
    const changed =
      "SELECT cve FROM (SELECT * FROM kev_now EXCEPT SELECT * FROM temp.kev_before) UNION " +
      "SELECT cve FROM (SELECT * FROM temp.kev_before EXCEPT SELECT * FROM kev_now)";
    this.#database
      .prepare(
        `WITH kev_now AS (SELECT cve, entry FROM kev) INSERT OR REPLACE INTO change (kind, name, sequence) ` +
          `SELECT 'cve', cve, ? FROM (${changed})`,
      )
      .run(this.#sequence);
    this.#database.exec("DROP TABLE temp.kev_before");
    const state = `sha256:${this.#hash.digestHex()}`;
    this.#database.prepare("INSERT INTO import_state (sequence, name) VALUES (?, ?)").run(this.#sequence, state);
    writeSummary(this.#database, state);
    this.#database.prepare("DELETE FROM import_state WHERE sequence <= ?").run(this.#sequence - REMEMBERED_STATES);
  }
}

/** The name of the state that a database is in; empty for one that nothing was imported into. */
export function currentState(database: DatabaseSync): string {
  const row = database.prepare("SELECT name FROM import_state ORDER BY sequence DESC LIMIT 1").get();
  return String(row?.["name"] ?? "");
}

/** What changed since a state, undefined where the database was never in it. */
export function changesSince(database: DatabaseSync, state: string): AdvisoryChanges | undefined {
  // One statement: another process may import meanwhile.
  const rows = database
    .prepare(
      "SELECT change.kind, change.name, known.sequence AS since FROM import_state AS known " +
        "LEFT JOIN change ON change.sequence > known.sequence WHERE known.name = ?",
    )
    .all(state);
  if (rows.length === 0) return undefined;
  const namesOf = (kind: string): ReadonlySet<string> =>
    new Set(rows.flatMap((row) => (row["kind"] === kind ? [String(row["name"])] : [])));
  return { keys: namesOf("key"), cves: namesOf("cve"), hasNewScores: namesOf("epss").size > 0 };
}
