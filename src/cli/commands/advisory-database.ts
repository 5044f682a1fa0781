import type { Command } from "commander";
import type { World } from "../../app/index.ts";
import { AmapError } from "../../base/index.ts";
import { textOf } from "../flags.ts";
import type { Flags, VerbContext } from "../verb.ts";

/** Declares `--database`, which has a default. */
export function declareDatabase(command: Command, description: string): void {
  const otherwise = "$AMAP_DATABASE, else amap/advisories.db in $XDG_CACHE_HOME or $HOME/.cache";
  command.option("--database <file>", `${description} (default: ${otherwise})`);
}

/**
 * The file of the advisory database: the flag, else AMAP_DATABASE, else one in the folder of caches. An empty variable
 * counts as not set.
 * @throws {AmapError} USAGE where nothing names a folder
 */
export function databasePathOf({ env }: Pick<VerbContext, "env">, flags: Flags): string {
  const stated = textOf(flags, "database");
  if (stated === "") throw new AmapError("USAGE", "--database: expected the name of a file, found an empty text");
  const path = stated ?? (env["AMAP_DATABASE"] || undefined);
  if (path !== undefined) return path;
  const { XDG_CACHE_HOME: caches, HOME: home, USERPROFILE: profile } = env;
  if (caches) return `${caches}/amap/advisories.db`;
  if (home || profile) return `${home || profile}/.cache/amap/advisories.db`;
  throw new AmapError("USAGE", "there is no folder for the advisory database: HOME is not set", {
    hint: "Name a file with --database, or set AMAP_DATABASE.",
  });
}

/**
 * Opens a database that must be there: reading from a mistyped name must not make an empty one.
 * @throws {AmapError} FILE_NOT_FOUND, DATABASE_INVALID
 */
export async function openDatabase(world: World, path: string): ReturnType<World["openAdvisoryDatabase"]> {
  if ((await world.files.kindOf(path, { followLinks: true })) === undefined)
    throw new AmapError(
      "FILE_NOT_FOUND",
      `there is no advisory database at ${path}, and without one nothing is known`,
      {
        hint: `Make one: \`amap db import --database ${path} https://osv-vulnerabilities.storage.googleapis.com/npm/all.zip\` (and so of other ecosystems, or of files and folders), or \`amap db pull\` one from a registry.`,
      },
    );
  return world.openAdvisoryDatabase(path);
}

/** Opens a database, and makes it where it is not there; of the one in the folder of caches the folder, too. */
export async function makeDatabase(
  { world, env }: Pick<VerbContext, "world" | "env">,
  flags: Flags,
): ReturnType<World["openAdvisoryDatabase"]> {
  const path = databasePathOf({ env }, flags);
  const isStated = textOf(flags, "database") !== undefined || Boolean(env["AMAP_DATABASE"]);
  if (!isStated) await world.files.makeDirectory(path.slice(0, path.lastIndexOf("/")));
  return world.openAdvisoryDatabase(path);
}
