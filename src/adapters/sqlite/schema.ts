import { DatabaseSync } from "node:sqlite";
import { AmapError } from "../../base/index.ts";
import { CHANGE_SCHEMA } from "./change-log.ts";

/** "AMAP" in ASCII: tells amap's files from other SQLite files. */
const APPLICATION_ID = 0x41_4d_41_50;
/**
 * To be raised, too, where advisories get other keys: those of records that did not change are not made anew. 3: sources,
 * scores of exploitation, known exploited vulnerabilities and CVE records stand beside the advisories. 4: what each import
 * changed, and the age of each ecosystem.
 */
const SCHEMA_VERSION = 4;

/** The tables with their columns; what another database's content is taken over by. */
export const TABLES = {
  advisory: ["id", "withdrawn", "modified", "digest", "record"],
  advisory_key: ["key", "id"],
  advisory_ecosystem: ["ecosystem", "id"],
  complete_ecosystem: ["ecosystem", "source", "imported_at"],
  ecosystem_source: ["ecosystem", "source", "imported_at", "newest"],
  source: ["name", "digest", "imported_at", "newest", "records", "etag", "origin"],
  advisory_source: ["source", "id"],
  epss: ["cve", "probability", "percentile", "date"],
  kev: ["cve", "added", "entry"],
  cve: ["cve", "modified", "record"],
} as const;

const SCHEMA = `
CREATE TABLE state (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE advisory (
  id TEXT PRIMARY KEY,
  withdrawn INTEGER NOT NULL,
  modified INTEGER NOT NULL,
  digest TEXT NOT NULL,
  record TEXT NOT NULL
) STRICT;
CREATE TABLE advisory_key (
  key TEXT NOT NULL,
  id TEXT NOT NULL REFERENCES advisory (id) ON DELETE CASCADE,
  PRIMARY KEY (key, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX advisory_key_id ON advisory_key (id);
CREATE INDEX advisory_version ON advisory (id, digest);
CREATE INDEX advisory_modified ON advisory (modified);
CREATE TABLE advisory_ecosystem (
  ecosystem TEXT NOT NULL,
  id TEXT NOT NULL REFERENCES advisory (id) ON DELETE CASCADE,
  PRIMARY KEY (ecosystem, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX advisory_ecosystem_id ON advisory_ecosystem (id);
CREATE TABLE complete_ecosystem (ecosystem TEXT PRIMARY KEY, source TEXT NOT NULL, imported_at INTEGER NOT NULL)
  STRICT, WITHOUT ROWID;
CREATE TABLE ecosystem_source (
  ecosystem TEXT NOT NULL,
  source TEXT NOT NULL,
  imported_at INTEGER NOT NULL,
  newest INTEGER NOT NULL,
  PRIMARY KEY (ecosystem, source)
) STRICT, WITHOUT ROWID;
CREATE TABLE source (
  name TEXT PRIMARY KEY,
  digest TEXT NOT NULL,
  imported_at TEXT NOT NULL,
  newest INTEGER NOT NULL,
  records INTEGER NOT NULL,
  etag TEXT,
  origin TEXT
) STRICT, WITHOUT ROWID;
CREATE TABLE advisory_source (
  source TEXT NOT NULL REFERENCES source (name) ON DELETE CASCADE,
  id TEXT NOT NULL REFERENCES advisory (id) ON DELETE CASCADE,
  PRIMARY KEY (source, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX advisory_source_id ON advisory_source (id);
CREATE TABLE epss (cve TEXT PRIMARY KEY, probability REAL NOT NULL, percentile REAL NOT NULL, date TEXT NOT NULL)
  STRICT, WITHOUT ROWID;
CREATE TABLE kev (cve TEXT PRIMARY KEY, added TEXT NOT NULL, entry TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE cve (cve TEXT PRIMARY KEY, modified INTEGER NOT NULL, record TEXT NOT NULL) STRICT, WITHOUT ROWID;
${CHANGE_SCHEMA}
PRAGMA application_id = ${APPLICATION_ID};
PRAGMA user_version = ${SCHEMA_VERSION};
`;

function pragma(database: DatabaseSync, name: string): unknown {
  return Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0];
}

/**
 * Makes the tables in an empty file, and looks whether they are those of this version in another.
 * @throws {AmapError} DATABASE_INVALID
 */
export function prepareSchema(database: DatabaseSync, path: string): void {
  database.exec("PRAGMA foreign_keys = ON");
  const isEmpty = (): boolean => database.prepare("SELECT count(*) AS count FROM sqlite_schema").get()?.["count"] === 0;
  if (isEmpty()) {
    // An import writes beside what others read.
    database.exec("PRAGMA journal_mode = WAL");
    database.exec("BEGIN IMMEDIATE");
    // Another process may have made it meanwhile.
    if (isEmpty()) database.exec(SCHEMA);
    database.exec("COMMIT");
  }
  checkVersion(database, path);
}

/** @throws {AmapError} DATABASE_INVALID for another program's file, or another version's. */
function checkVersion(database: DatabaseSync, path: string): void {
  if (pragma(database, "application_id") !== APPLICATION_ID) {
    throw new AmapError("DATABASE_INVALID", `${path} is another program's SQLite file, not an advisory database`);
  }
  const version = pragma(database, "user_version");
  if (version === SCHEMA_VERSION) return;
  const isNewer = Number(version) > SCHEMA_VERSION;
  throw new AmapError(
    "DATABASE_INVALID",
    `${path} has version ${String(version)} of the advisory database's schema; this amap reads ${SCHEMA_VERSION}`,
    {
      hint: isNewer
        ? "A newer amap wrote it: use that version or a later one."
        : "Import the advisories again, into a new file, with `amap db import`.",
    },
  );
}

/**
 * Looks through a file of unknown origin: it must hold exactly the tables, indexes and triggers that this version makes,
 * word for word, so that nothing in it is ever run that amap did not write; and be whole.
 * @throws {AmapError} DATABASE_INVALID
 */
export function checkForeignFile(database: DatabaseSync, name: string): void {
  checkVersion(database, name);
  const own = new DatabaseSync(":memory:");
  try {
    own.exec(SCHEMA);
    const [expected, found] = [own, database].map((each) => new Set(describeSchema(each)));
    const strange = [...(found ?? [])].find((text) => !expected?.has(text));
    const missing = [...(expected ?? [])].find((text) => !found?.has(text));
    if (strange !== undefined || missing !== undefined) {
      const what = strange === undefined ? `lacks ${missing}` : `holds ${strange}, which amap does not make`;
      throw new AmapError("DATABASE_INVALID", `${name} ${what.slice(0, 200)}`);
    }
  } finally {
    own.close();
  }
  const problem = pragma(database, "integrity_check(1)");
  if (problem !== "ok") throw new AmapError("DATABASE_INVALID", `${name} is damaged: ${String(problem).slice(0, 200)}`);
  const orphan = database.prepare("PRAGMA foreign_key_check").get();
  if (orphan !== undefined) {
    throw new AmapError("DATABASE_INVALID", `${name} is damaged: ${String(orphan["table"])} names what is not there`);
  }
}

function describeSchema(database: DatabaseSync): readonly string[] {
  const rows = database.prepare("SELECT type, name, tbl_name, sql FROM sqlite_schema").all();
  return rows.map(
    ({ type, name, tbl_name: table, sql }) => `${String(type)} ${String(name)} of ${String(table)}: ${String(sql)}`,
  );
}
