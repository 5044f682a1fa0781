import { AmapError, isAmapError } from "../base/index.ts";
import type { AdvisoryDatabase, AdvisoryDatabaseStatus } from "../ports/index.ts";
import { type PulledDatabase, type PullOptions, pullDatabase } from "./advisory-database-images.ts";
import { isAddress } from "./download-file.ts";
import { type ImageTarget, parseImageTarget } from "./image-target.ts";
import { type ImportAdvisoriesOptions, type ImportedAdvisories, importAdvisories } from "./import-advisories.ts";
import type { World } from "./world.ts";

/** How a database is brought up to date. */
interface UpdateOptions {
  /** Where it is pulled from; where it was pulled from the last time when left out. */
  readonly from?: ImageTarget;
  /** Asked only where something is pulled. */
  readonly pull: () => Promise<PullOptions>;
  readonly imports: Omit<ImportAdvisoriesOptions, "complete">;
}

/** What an update did. */
interface UpdatedDatabase {
  readonly pulled?: PulledDatabase;
  readonly imported?: ImportedAdvisories;
  /** Sources that are not where they were: what they said stays, and gets older. */
  readonly missing: readonly string[];
  /** Sources that were not imported, for which reason: what they said stays, and gets older. */
  readonly failed: readonly FailedSource[];
}

/** A source that an update did not import. */
interface FailedSource {
  readonly name: string;
  readonly error: AmapError;
}

const MAX_TOLD = 20;
/** What is no matter of one source: the run ends, or the database itself cannot be written to. */
const OF_ALL: ReadonlySet<string> = new Set(["INTERRUPTED", "DATABASE_INVALID", "BUG"]);

/**
 * Brings a database up to date: pulls it again from where it was pulled from, or imports again every file, folder and
 * address that it was filled from; what did not change is not read. A source that fails is told at once and in the result, is
 * imported wholly or not at all, and keeps its age; the others are updated.
 * @throws {AmapError} USAGE where nothing says from where, NOT_SUPPORTED for one that is both pulled and imported into; as
 * pullDatabase; INTERRUPTED, and DATABASE_INVALID of the database itself
 */
export async function updateAdvisories(
  world: World,
  database: AdvisoryDatabase,
  options: UpdateOptions,
): Promise<UpdatedDatabase> {
  const status = await database.status();
  const target = options.from ?? originOf(status);
  const own = status.sources.filter(({ origin }) => origin === undefined);
  if (target !== undefined && own.length > 0) {
    throw new AmapError(
      "NOT_SUPPORTED",
      `${status.uri} was pulled, or is to be, and holds imports of its own, which pulling would take away`,
      { hint: "Keep them apart by --database, or pull with --replace-imports and import again." },
    );
  }
  if (target !== undefined) {
    return { pulled: await pullDatabase(world, database, target, await options.pull()), missing: [], failed: [] };
  }
  if (own.length === 0) {
    throw new AmapError("USAGE", `nothing says where ${status.uri} comes from`, {
      hint: "Name a registry's reference with --from, or import with `amap db import`.",
    });
  }
  return importAgain(world, database, own, options.imports);
}

/** By its tag: under its digest there is never anything newer. */
function originOf({ origin }: AdvisoryDatabaseStatus): ImageTarget | undefined {
  if (origin === undefined) return undefined;
  const [, tagged] = /^(.*:[^/:@]+)@sha256:[0-9a-f]{64}$/.exec(origin) ?? [];
  return parseImageTarget(tagged ?? origin);
}

async function importAgain(
  world: World,
  database: AdvisoryDatabase,
  sources: AdvisoryDatabaseStatus["sources"],
  options: UpdateOptions["imports"],
): Promise<UpdatedDatabase> {
  const missing: string[] = [];
  const failed: FailedSource[] = [];
  let imported: ImportedAdvisories | undefined;
  // What is in a folder before the folder, which would find it, too: only its own name tells what it is whole of.
  for (const { name, complete } of sources.toSorted((a, b) => b.name.length - a.name.length)) {
    const isThere = isAddress(name) || (await world.files.kindOf(name, { followLinks: true })) !== undefined;
    if (!isThere) {
      missing.push(name);
      continue;
    }
    try {
      const result = await importAdvisories(world, database, [name], {
        ...options,
        ...(complete === undefined ? {} : { complete }),
      });
      imported = imported === undefined ? result : add(imported, result);
    } catch (error) {
      if (!isAmapError(error) || OF_ALL.has(error.code)) throw error;
      failed.push({ name, error });
      options.tell?.(describeFailure(name, error));
    }
  }
  return { ...(imported === undefined ? {} : { imported }), missing, failed };
}

function describeFailure(name: string, { code, message, hint }: AmapError): string {
  const reason = message.includes(name) ? message : `${name}: ${message}`;
  return `not updated (${code}): ${reason}; ${hint}`;
}

/**
 * Throws where sources failed: of those that servers give SOURCES_NOT_UPDATED, else what is wrong with the first file.
 * @throws {AmapError} SOURCES_NOT_UPDATED; as importAdvisories
 */
export function refuseFailures({ failed, missing, imported }: UpdatedDatabase): void {
  const [first] = failed;
  if (first === undefined) return;
  const far = failed.filter(({ name }) => isAddress(name));
  if (far.length === 0) throw first.error;
  const names = failed.map(({ name }) => name);
  const told = names.slice(0, MAX_TOLD).join(", ");
  const more = names.length > MAX_TOLD ? `, and ${names.length - MAX_TOLD} more` : "";
  const rest = imported === undefined ? "nothing was" : "the others were";
  throw new AmapError("SOURCES_NOT_UPDATED", `${names.length} sources were not updated, ${rest}: ${told}${more}`, {
    details: { failed: names.slice(0, MAX_TOLD), missing: missing.slice(0, MAX_TOLD) },
  });
}

function add(one: ImportedAdvisories, other: ImportedAdvisories): ImportedAdvisories {
  return {
    written: one.written + other.written,
    outdated: one.outdated + other.outdated,
    removed: one.removed + other.removed,
    facts: one.facts + other.facts,
    unchanged: one.unchanged + other.unchanged,
    broken: [...one.broken, ...other.broken],
    brokenCount: one.brokenCount + other.brokenCount,
    notes: [...one.notes, ...other.notes],
  };
}
