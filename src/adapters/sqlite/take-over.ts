import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { AmapError, isAmapError, LIMITS, parseTime } from "../../base/index.ts";
import type { AdvisoryDatabaseStatus, TakeOverOptions } from "../../ports/index.ts";
import { ChangeLog } from "./change-log.ts";
import { createGuard } from "./guard.ts";
import { LEFT_OUT } from "./import-run.ts";
import { SqliteReader } from "./reader.ts";
import { checkForeignFile, TABLES } from "./schema.ts";

/** Tables whose rows are all written anew, in this order; those of the others are compared, so that little is written. */
const REPLACED = ["source", "advisory_source", "complete_ecosystem", "ecosystem_source", "kev"] as const;

/** A file of unknown origin that was looked through. */
interface ForeignFile {
  readonly path: string;
  readonly status: AdvisoryDatabaseStatus;
  remove(): void;
}

/**
 * Writes the bytes into a folder of its own beside the database, which nobody else can write to, and looks through them.
 * @throws {AmapError} DATABASE_INVALID, LIMIT_EXCEEDED; what the bytes throw
 */
export async function receiveForeignFile(
  bytes: AsyncIterable<Uint8Array>,
  besidePath: string,
  origin: string,
): Promise<ForeignFile> {
  const folder = makeFolder(besidePath);
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  const path = join(folder, "offered.db");
  try {
    await writeChunks(bytes, path);
    return { path, status: readForeignFile(path, origin), remove };
  } catch (error) {
    remove();
    throw error;
  }
}

function makeFolder(besidePath: string): string {
  try {
    return mkdtempSync(join(dirname(besidePath), `.${basename(besidePath)}-`));
  } catch (cause) {
    const message = `the folder of the advisory database ${besidePath} cannot be written to`;
    throw new AmapError("FILE_UNREADABLE", message, { cause });
  }
}

async function writeChunks(bytes: AsyncIterable<Uint8Array>, path: string): Promise<void> {
  const file = openSync(path, "wx", 0o600);
  try {
    let size = 0;
    for await (const chunk of bytes) {
      size += chunk.length;
      if (size > LIMITS.advisoryDatabaseBytes) {
        const message = `expected an advisory database of at most ${LIMITS.advisoryDatabaseBytes} bytes`;
        throw new AmapError("LIMIT_EXCEEDED", message);
      }
      for (let at = 0; at < chunk.length; ) at += writeSync(file, chunk, at);
    }
  } finally {
    closeSync(file);
  }
}

function readForeignFile(path: string, origin: string): AdvisoryDatabaseStatus {
  const guard = createGuard(origin);
  return guard("open", () => {
    const database = new DatabaseSync(frozen(path), {
      readOnly: true,
      allowExtension: false,
      defensive: true,
      enableForeignKeyConstraints: false,
    });
    try {
      database.exec("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0");
      checkForeignFile(database, origin);
      // What the file says of itself is counted anew.
      const reader = new SqliteReader(database, origin, { guard, checkState: () => {}, believesSummary: false });
      return checkTimes(reader.statusNow(), origin);
    } catch (cause) {
      if (!isAmapError(cause, "VALUE_INVALID")) throw cause;
      throw new AmapError("DATABASE_INVALID", `${origin} states a time that is none`, { cause });
    } finally {
      database.close();
    }
  });
}

/** Times are compared, shown and passed on: they must be some. */
function checkTimes(status: AdvisoryDatabaseStatus, origin: string): AdvisoryDatabaseStatus {
  const times = [status.updatedAt, ...status.sources.map(({ importedAt }) => importedAt)];
  const days = [status.epss, status.kev].flatMap((facts) => (facts === undefined ? [] : [`${facts.date}T00:00:00Z`]));
  if ([...times, ...days].every((text) => parseTime(text) !== undefined)) return status;
  throw new AmapError("DATABASE_INVALID", `${origin} states a time that is none`);
}

function frozen(path: string): URL {
  const address = pathToFileURL(path);
  address.searchParams.set("immutable", "1");
  return address;
}

/**
 * Copies the records of a file that was looked through, in one transaction of a connection that the caller opened: tables,
 * indexes and triggers stay the database's own.
 */
export function copyContent(
  connection: DatabaseSync,
  file: ForeignFile,
  options: TakeOverOptions,
  now: () => AdvisoryDatabaseStatus,
): void {
  connection.exec("PRAGMA trusted_schema = OFF");
  connection.prepare("ATTACH ? AS offered").run(`${frozen(file.path).href}&mode=ro`);
  connection.exec("BEGIN IMMEDIATE");
  options.approve(file.status, now());
  const changes = new ChangeLog(connection);
  changes.add(`${options.origin} ${file.status.version} ${file.status.state}`);
  connection.exec(COPY);
  connection.prepare("UPDATE source SET origin = ? WHERE origin IS NULL").run(options.origin);
  const setState = connection.prepare(
    "INSERT INTO state (key, value) VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value",
  );
  setState.run("importedAt", file.status.updatedAt);
  setState.run("origin", options.origin);
  changes.finish({ importedAt: file.status.updatedAt }, file.status.complete);
  connection.exec("COMMIT");
}

const columnsOf = (table: keyof typeof TABLES): string => TABLES[table].join(", ");
const copy = (table: keyof typeof TABLES, conflict = ""): string =>
  `INSERT ${conflict} INTO main.${table} (${columnsOf(table)}) SELECT ${columnsOf(table)} FROM offered.${table};`;

/** Scores and CVE records: only what differs is written, for writing is noted as a change. */
const upsert = (table: "epss" | "cve"): string => {
  const others = TABLES[table].slice(1);
  const set = others.map((name) => `${name} = excluded.${name}`).join(", ");
  const differs = others.map((name) => `${name} IS NOT excluded.${name}`).join(" OR ");
  const rows = `SELECT ${columnsOf(table)} FROM offered.${table} WHERE true`;
  return `DELETE FROM main.${table} WHERE cve NOT IN (SELECT cve FROM offered.${table});
INSERT INTO main.${table} (${columnsOf(table)}) ${rows} ON CONFLICT (cve) DO UPDATE SET ${set} WHERE ${differs};`;
};

const COPY = `
CREATE TEMP TABLE differing AS SELECT own.id FROM main.advisory AS own LEFT JOIN offered.advisory AS theirs USING (id)
  WHERE theirs.id IS NULL OR theirs.digest <> own.digest OR theirs.withdrawn <> own.withdrawn
    OR theirs.modified <> own.modified OR theirs.record <> own.record;
${REPLACED.map((table) => `DELETE FROM main.${table};`).join("\n")}
DELETE FROM main.advisory_key WHERE id IN (SELECT id FROM temp.differing);
DELETE FROM main.advisory_ecosystem WHERE id IN (SELECT id FROM temp.differing);
DELETE FROM main.advisory WHERE id IN (SELECT id FROM temp.differing);
${copy("advisory", "OR IGNORE")}
${copy("advisory_key", "OR IGNORE")}
${copy("advisory_ecosystem", "OR IGNORE")}
${REPLACED.map((table) => copy(table)).join("\n")}
${upsert("epss")}
${upsert("cve")}
DELETE FROM main.state WHERE key LIKE '${LEFT_OUT}%';
INSERT INTO main.state (key, value) SELECT key, value FROM offered.state WHERE key LIKE '${LEFT_OUT}%';
DROP TABLE temp.differing;
`;
