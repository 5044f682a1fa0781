import { AmapError, parseTime, readJson, type Value } from "../base/index.ts";
import {
  type Advisory,
  addCveFacts,
  advisoryKeysOf,
  matchAdvisories,
  placeFindings,
  type Sbom,
  type Scan,
} from "../metadata/index.ts";
import type { AdvisoryDatabase, AdvisoryDatabaseStatus } from "../ports/index.ts";
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
  const cves = result.findings.flatMap(({ vulnerability, aliases }) => [vulnerability, ...aliases]);
  const facts = await database.factsOf(cves.filter((name) => name.startsWith("CVE-")));
  return {
    scanner: { name: tool.name, version: tool.version, uri: `pkg:npm/${tool.name}@${tool.version}` },
    database: { uri: status.uri, version: status.version, updatedAt: ageOf(status) },
    startedAt,
    finishedAt: nowOf(world),
    findings: placeFindings(addCveFacts(result.findings, facts), sbom),
    matchedComponents: result.matchedComponents,
    notLookedAt: [...sbom.notLookedAt, ...result.notLookedAt],
  };
}

/**
 * Whether a whole layer, or all files of a package, could not be read: what is noted of the root itself. A scan of the rest
 * says nothing of them.
 * @example
 * ```ts
 * import { isPartUnread } from "./index.ts";
 * isPartUnread({ notLookedAt: [{ path: "/app/broken.jar", reason: "it is cut off" }] }); // false
 * ```
 */
export function isPartUnread({ notLookedAt }: Pick<Scan, "notLookedAt">): boolean {
  return notLookedAt.some(({ path }) => path === "/");
}

/** Old records make no fresh database, and a record's own date is only its author's word. */
function ageOf({ updatedAt, newestRecordAt }: AdvisoryDatabaseStatus): string {
  return (parseTime(newestRecordAt) ?? 0) < (parseTime(updatedAt) ?? 0) ? newestRecordAt : updatedAt;
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
