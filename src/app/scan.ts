import { AmapError, compareText, readJson, type Value } from "../base/index.ts";
import {
  addCveFacts,
  advisoryKeysOf,
  type Component,
  type Finding,
  isCve,
  type MatchInput,
  type MatchResult,
  namesOfFindings,
  placeFindings,
  type Sbom,
  type Scan,
  startMatching,
} from "../metadata/index.ts";
import type { AdvisoryDatabase, AdvisoryDatabaseStatus, AdvisoryReader, AdvisorySnapshot } from "../ports/index.ts";
import { agesOf, earlier, type NeededAge } from "./database-age.ts";
import { withDescribedPackage } from "./described-package.ts";
import { nowOf, type Tool } from "./sbom.ts";
import type { World } from "./world.ts";

/** Components whose advisories are asked for, and held, at once. */
const BATCH = 200;

/**
 * Matches an SBOM's components with a database, and the described package where it is one. What could not be judged (an ecosystem without data, a component without
 * version) is listed in `notLookedAt`, so that an empty result is never mistaken for a clean one; an ecosystem that no import was said to be whole of is listed
 * as partial. The whole scan is of one state of the database, whatever is imported meanwhile. It is as old as the oldest of
 * the ecosystems that the components needed: as its import, or its newest record, whichever is older.
 * @throws {AmapError} DATABASE_INVALID
 */
export async function scanSbom(
  world: World,
  sbom: Sbom,
  database: AdvisoryDatabase | AdvisorySnapshot,
  tool: Tool,
): Promise<Scan> {
  if (!("snapshot" in database)) {
    const status = await usableStatus(database);
    return scanWithStatus(world, withDescribedPackage(sbom), database, { tool, status });
  }
  const snapshot = await database.snapshot();
  try {
    return await scanSbom(world, sbom, snapshot, tool);
  } finally {
    await snapshot.close();
  }
}

/** As {@link scanSbom}, where the status is known already. */
export async function scanWithStatus(
  world: World,
  sbom: Sbom,
  database: AdvisoryReader,
  { tool, status }: Pick<ScanFrame, "tool" | "status">,
): Promise<Scan> {
  const startedAt = nowOf(world);
  const { ecosystems: coverage, complete } = status;
  const matching = startMatching({ components: sbom.components, coverage, complete });
  for (const components of batchesOf(sbom.components)) {
    matching.add(components, (await lookUp(database, status, keysOf({ components }))).advisoriesByKey);
  }
  const result = matching.finish();
  const findings = await completeFindings(database, result.findings, sbom);
  return toScan({ ...result, findings }, { sbom, status, tool, startedAt, finishedAt: nowOf(world) });
}

/**
 * The status of a database that a scan can trust.
 * @throws {AmapError} DATABASE_INVALID for one that holds nothing
 */
export async function usableStatus(database: AdvisoryReader): Promise<AdvisoryDatabaseStatus> {
  const status = await database.status();
  if (Object.keys(status.ecosystems).length > 0) return status;
  const message = `${status.uri} holds no advisories: a scan against it would say that all is well`;
  throw new AmapError("DATABASE_INVALID", message, { hint: "Import advisories with `amap db import`." });
}

/** Components by the few, those of one package together: only their advisories are held at once. */
function* batchesOf(components: readonly Component[]): Generator<readonly Component[]> {
  const sorted = components
    .map((component) => ({ component, key: advisoryKeysOf(component)[0] ?? "" }))
    .sort((a, b) => compareText(a.key, b.key));
  for (let start = 0; start < sorted.length; start += BATCH) {
    yield sorted.slice(start, start + BATCH).map(({ component }) => component);
  }
}

/** The keys that a database is asked for, each once. */
export function keysOf({ components }: Pick<Sbom, "components">): readonly string[] {
  return [...new Set(components.flatMap((component) => advisoryKeysOf(component)))];
}

/** What a database knows of keys, to match with. */
export async function lookUp(
  database: AdvisoryReader,
  { ecosystems: coverage, complete }: AdvisoryDatabaseStatus,
  keys: readonly string[],
): Promise<Omit<MatchInput, "components">> {
  return { advisoriesByKey: await database.lookup(keys), coverage, complete };
}

/** Findings with the facts about their CVEs, and with their place in the SBOM. */
export async function completeFindings(
  database: AdvisoryReader,
  findings: readonly Finding[],
  sbom: Sbom,
): Promise<readonly Finding[]> {
  const facts = await database.factsOf(namesOfFindings(findings).filter(isCve));
  return placeFindings(addCveFacts(findings, facts), sbom);
}

/** What a scan is told with beside its result. */
interface ScanFrame {
  readonly sbom: Sbom;
  readonly status: AdvisoryDatabaseStatus;
  readonly tool: Tool;
  readonly startedAt: string;
  readonly finishedAt: string;
}

/** A result as a scan. */
export function toScan(result: MatchResult, { sbom, status, tool, startedAt, finishedAt }: ScanFrame): Scan {
  return {
    scanner: { name: tool.name, version: tool.version, uri: `pkg:npm/${tool.name}@${tool.version}` },
    database: databaseOf(status, keysOf(sbom)),
    startedAt,
    finishedAt,
    findings: result.findings,
    matchedComponents: result.matchedComponents,
    notLookedAt: [...sbom.notLookedAt, ...result.notLookedAt],
  };
}

/** The ages of the ecosystems that the components of an SBOM need, the oldest first. */
export function agesForSbom(status: AdvisoryDatabaseStatus, sbom: Sbom): readonly NeededAge[] {
  return agesOf(status, keysOf(withDescribedPackage(sbom)));
}

/** The database as a scan names it that needed these keys; as old as the oldest of its ecosystems without them. */
export function databaseOf(status: AdvisoryDatabaseStatus, keys?: Iterable<string>): Scan["database"] {
  const [oldest] = agesOf(status, keys);
  const updatedAt = oldest?.updatedAt ?? earlier(status.updatedAt, status.newestRecordAt);
  return { uri: status.uri, version: status.version, updatedAt };
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
