import type { DatabaseSync } from "node:sqlite";
import {
  encodeUtf8,
  formatTime,
  isAmapError,
  isValueObject,
  readJsonFast,
  startHash,
  type Value,
} from "../../base/index.ts";
import type { AdvisoryDatabaseStatus } from "../../ports/index.ts";

/** What only a pass over all records tells of a database; most of what its status says. */
type Summary = Pick<AdvisoryDatabaseStatus, "newestRecordAt" | "ecosystems" | "epss" | "kev" | "cves" | "version">;

/** Where the summary is, in the table `state`: the name of the state that it is of, a line feed, and the summary. */
const KEY = "summary";
const HASHED_AT_ONCE = 64 * 1024;

/** Counts and hashes all records. */
export function makeSummary(database: DatabaseSync): Summary {
  const counts = database
    .prepare("SELECT ecosystem, count(*) AS count FROM advisory_ecosystem GROUP BY ecosystem ORDER BY ecosystem")
    .all();
  const newest = database.prepare("SELECT max(modified) AS newest FROM advisory").get()?.["newest"];
  return {
    newestRecordAt: formatTime(Number(newest ?? 0)),
    ecosystems: Object.fromEntries(counts.map((row) => [String(row["ecosystem"]), Number(row["count"])])),
    ...countFacts(database, "epss", "date"),
    ...countFacts(database, "kev", "added"),
    cves: Number(database.prepare("SELECT count(*) AS count FROM cve").get()?.["count"]),
    version: digestContent(database),
  };
}

/** Keeps the summary, in the transaction that made the state; one that an older amap makes later goes by another name. */
export function writeSummary(database: DatabaseSync, state: string): void {
  database
    .prepare("INSERT INTO state (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value")
    .run(KEY, `${state}\n${JSON.stringify(makeSummary(database))}`);
}

/** The summary that was kept of this state; undefined where there is none, or one that is not as amap writes it. */
export function readSummary(database: DatabaseSync, state: string): Summary | undefined {
  const kept = database.prepare("SELECT value FROM state WHERE key = ?").get(KEY)?.["value"];
  if (typeof kept !== "string" || !kept.startsWith(`${state}\n`)) return undefined;
  try {
    const summary = readJsonFast(kept.slice(state.length + 1));
    return isSummary(summary) ? (summary as unknown as Summary) : undefined;
  } catch (error) {
    if (isAmapError(error)) return undefined;
    throw error;
  }
}

function isSummary(value: Value): boolean {
  if (!isValueObject(value)) return false;
  const { newestRecordAt, ecosystems, epss, kev, cves, version } = value;
  const isCount = (count: Value | undefined): boolean => typeof count === "number";
  const isFacts = (facts: Value | undefined): boolean =>
    facts === undefined || (isValueObject(facts) && isCount(facts["count"]) && typeof facts["date"] === "string");
  return (
    [newestRecordAt, version].every((text) => typeof text === "string") &&
    isValueObject(ecosystems) &&
    [cves, ...Object.values(ecosystems)].every(isCount) &&
    [epss, kev].every(isFacts)
  );
}

function countFacts(
  database: DatabaseSync,
  table: "epss" | "kev",
  day: "date" | "added",
): Pick<Summary, "epss" | "kev"> {
  const row = database.prepare(`SELECT count(*) AS count, max(${day}) AS day FROM ${table}`).get();
  const count = Number(row?.["count"]);
  return count === 0 ? {} : { [table]: { count, date: String(row?.["day"]) } };
}

function digestContent(database: DatabaseSync): string {
  const hash = startHash("sha256");
  // Few long texts are hashed in a fraction of the time of many short ones.
  let text = "";
  for (const row of database.prepare("SELECT id, digest FROM advisory ORDER BY id").iterate()) {
    text += `${String(row["id"])}\n${String(row["digest"])}\n`;
    if (text.length < HASHED_AT_ONCE) continue;
    hash.update(encodeUtf8(text));
    text = "";
  }
  hash.update(encodeUtf8(text));
  return `sha256:${hash.digestHex()}`;
}
