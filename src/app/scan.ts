import { AmapError, decodeUtf8, LIMITS, parseTime, readJson, type Value } from "../base/index.ts";
import {
  type Advisory,
  advisoryKeysOf,
  decodeAdvisory,
  ecosystemsOfAdvisory,
  matchAdvisories,
  type Sbom,
  type Scan,
} from "../metadata/index.ts";
import type { AdvisoryDatabase, AdvisoryDatabaseStatus, ImportResult } from "../ports/index.ts";
import { nowOf, type Tool } from "./sbom.ts";
import type { World } from "./world.ts";

/** Keys asked of the database at once. */
const BATCH = 500;

/**
 * Matches an SBOM's components with a database. What could not be judged (an ecosystem without data, a component without
 * version) is listed in `notLookedAt`, so that an empty result is never mistaken for a clean one; an ecosystem that no import was said to be whole of is listed
 * as partial. The database is as old as its last import or its newest record, whichever is older.
 * @throws {AmapError} DATABASE_INVALID
 */
export async function scanSbom(world: World, sbom: Sbom, database: AdvisoryDatabase, tool: Tool): Promise<Scan> {
  const startedAt = nowOf(world);
  const status = await database.status();
  if (Object.keys(status.ecosystems).length === 0) {
    throw new AmapError(
      "DATABASE_INVALID",
      `${status.uri} holds no advisories: a scan against it would say that all is well`,
      {
        hint: "Import advisories with `amap db import`.",
      },
    );
  }
  const keys = [...new Set(sbom.components.flatMap((component) => advisoryKeysOf(component)))];
  const advisoriesByKey = new Map<string, readonly Advisory[]>();
  for (let start = 0; start < keys.length; start += BATCH) {
    for (const [key, advisories] of await database.lookup(keys.slice(start, start + BATCH)))
      advisoriesByKey.set(key, advisories);
  }
  const result = matchAdvisories({
    components: sbom.components,
    advisoriesByKey,
    coverage: status.ecosystems,
    complete: status.complete,
  });
  return {
    scanner: { name: tool.name, version: tool.version, uri: `pkg:npm/${tool.name}@${tool.version}` },
    database: { uri: status.uri, version: status.version, updatedAt: ageOf(status) },
    startedAt,
    finishedAt: nowOf(world),
    findings: result.findings,
    matchedComponents: result.matchedComponents,
    notLookedAt: [...sbom.notLookedAt, ...result.notLookedAt],
  };
}

/** Old records make no fresh database, and a record's own date is only its author's word. */
function ageOf({ updatedAt, newestRecordAt }: AdvisoryDatabaseStatus): string {
  return (parseTime(newestRecordAt) ?? 0) < (parseTime(updatedAt) ?? 0) ? newestRecordAt : updatedAt;
}

/**
 * Imports advisories in OSV form from JSON files (one record or a list each) or folders of them. All or nothing.
 * @param complete OSV ecosystems, with or without release suffix, that they are a whole dump of
 * @throws {AmapError} FILE_NOT_FOUND, JSON_INVALID, DOCUMENT_INVALID with the file's name; VALUE_INVALID for a complete
 * ecosystem that none of them names
 */
export async function importAdvisories(
  world: World,
  database: AdvisoryDatabase,
  paths: readonly string[],
  complete: readonly string[] = [],
): Promise<ImportResult> {
  const advisories: Advisory[] = [];
  for (const path of paths) {
    for (const file of await jsonFilesOf(world, path)) advisories.push(...(await readAdvisories(world, file)));
  }
  const named = new Set(advisories.flatMap(ecosystemsOfAdvisory));
  const missing = complete.find((name) => !named.has(name));
  if (missing !== undefined) {
    throw new AmapError(
      "VALUE_INVALID",
      `none of the advisories is about ${missing}, so they are no whole dump of it`,
      {
        hint: `They are about ${[...named].sort().slice(0, 10).join(", ") || "nothing"}.`,
      },
    );
  }
  return database.import(advisories, nowOf(world), complete);
}

async function jsonFilesOf(world: World, path: string): Promise<readonly string[]> {
  const kind = await world.files.kindOf(path);
  if (kind === undefined) throw new AmapError("FILE_NOT_FOUND", `${path} does not exist`);
  if (kind !== "directory") {
    if (path.endsWith(".zip"))
      throw new AmapError("NOT_SUPPORTED", `${path}: zip archives of advisories are not read yet; unpack it`);
    return [path];
  }
  return (await world.files.list(path, LIMITS.layerEntries))
    .filter((entry) => entry.path.endsWith(".json"))
    .map((entry) => `${path}/${entry.path}`);
}

async function readAdvisories(world: World, path: string): Promise<readonly Advisory[]> {
  const bytes = await world.files.read(path, LIMITS.documentBytes);
  if (decodeUtf8(bytes) === undefined) throw new AmapError("JSON_INVALID", `${path}: expected text in UTF-8`);
  const value = readNamedJson(bytes, path);
  const records: readonly Value[] = Array.isArray(value) ? (value as readonly Value[]) : [value];
  return records.map((record, index) => {
    const decoded = decodeAdvisory(record);
    if (decoded.ok) return decoded.value;
    const [issue] = decoded.issues;
    throw new AmapError("DOCUMENT_INVALID", `${path}: record ${index}: ${issue?.path ?? ""} ${issue?.message ?? ""}`, {
      details: { issues: decoded.issues },
    });
  });
}

/** Reads JSON, naming the file in the error. */
export function readNamedJson(bytes: Uint8Array, path: string): Value {
  return readNamed(path, () => readJson(bytes));
}

/** What `read` makes of a file's content, with the file's name in its errors. */
export function readNamed<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof AmapError) throw new AmapError(error.code, `${path}: ${error.message}`, { cause: error });
    throw error;
  }
}
