import { AmapError, decodeUtf8, LIMITS, readJson, type Value } from "../base/index.ts";
import {
  type Advisory,
  advisoryKeysOf,
  decodeAdvisory,
  matchAdvisories,
  type Sbom,
  type Scan,
} from "../metadata/index.ts";
import type { AdvisoryDatabase } from "../ports/index.ts";
import { nowOf, type Tool } from "./sbom.ts";
import type { World } from "./world.ts";

/** Keys asked of the database at once. */
const BATCH = 500;

/**
 * Matches an SBOM's components with a database. What could not be judged (an ecosystem without data, a component without
 * version) is listed in `notLookedAt`, so that an empty result is never mistaken for a clean one.
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
  const result = matchAdvisories({ components: sbom.components, advisoriesByKey, coverage: status.ecosystems });
  return {
    scanner: { name: tool.name, version: tool.version, uri: `pkg:npm/${tool.name}@${tool.version}` },
    database: { uri: status.uri, version: status.version, updatedAt: status.updatedAt },
    startedAt,
    finishedAt: nowOf(world),
    findings: result.findings,
    matchedComponents: result.matchedComponents,
    notLookedAt: [...sbom.notLookedAt, ...result.notLookedAt],
  };
}

/**
 * Imports advisories in OSV form from JSON files (one record or a list each) or folders of them. All or nothing.
 * @throws {AmapError} FILE_NOT_FOUND, JSON_INVALID, DOCUMENT_INVALID with the file's name
 */
export async function importAdvisories(
  world: World,
  database: AdvisoryDatabase,
  paths: readonly string[],
): Promise<number> {
  const advisories: Advisory[] = [];
  for (const path of paths) {
    for (const file of await jsonFilesOf(world, path)) advisories.push(...(await readAdvisories(world, file)));
  }
  await database.import(advisories, nowOf(world));
  return advisories.length;
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
  try {
    return readJson(bytes);
  } catch (error) {
    if (error instanceof AmapError) throw new AmapError(error.code, `${path}: ${error.message}`, { cause: error });
    throw error;
  }
}
