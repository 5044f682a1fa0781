import { importAdvisories, type World } from "../../app/index.ts";
import { AmapError, type Value, writeJson } from "../../base/index.ts";
import { layOutTable } from "../../report/index.ts";
import { collect, requireText, textsOf } from "../flags.ts";
import type { Verb } from "../verb.ts";

/**
 * Opens a database that must be there: reading from a mistyped name must not make an empty one.
 * @throws {AmapError} FILE_NOT_FOUND, DATABASE_INVALID
 */
export async function openDatabase(world: World, path: string): ReturnType<World["openAdvisoryDatabase"]> {
  if ((await world.files.kindOf(path)) === undefined)
    throw new AmapError("FILE_NOT_FOUND", `there is no advisory database at ${path}`, {
      hint: "Make one with `amap db import --database FILE ADVISORIES`.",
    });
  return world.openAdvisoryDatabase(path);
}

/** `amap db import`. */
export const dbImport: Verb = {
  positional: ["<path...>"],
  registry: false,
  declare: (command) =>
    void command
      .requiredOption("--database <file>", "created when it is not there")
      .option(
        "--complete <ecosystem>",
        "the import is a whole dump of this OSV ecosystem; else it is partial",
        collect,
      ),
  run: async ({ world, terminal }, paths, flags) => {
    const database = await world.openAdvisoryDatabase(requireText(flags, "database", "--database"));
    try {
      const { written, outdated } = await importAdvisories(world, database, paths, textsOf(flags, "complete"));
      const left = outdated === 0 ? "" : `; ${outdated} left out, for the database holds newer ones`;
      terminal.note(`Imported ${written} advisories${left}`);
      return 0;
    } finally {
      await database.close();
    }
  },
};

/** A dump of an ecosystem is one of all its releases. */
function isWhole(name: string, complete: readonly string[]): boolean {
  return complete.some((whole) => name === whole || name.startsWith(`${whole}:`));
}

/** `amap db status`. */
export const dbStatus: Verb = {
  positional: [],
  registry: false,
  declare: (command) =>
    void command.requiredOption("--database <file>").option("-o, --output <format>", "table or json"),
  run: async ({ world, terminal }, _, flags) => {
    const database = await openDatabase(world, requireText(flags, "database", "--database"));
    try {
      const status = await database.status();
      if (flags["output"] === "json") terminal.result(`${writeJson(status as unknown as Value, { indent: 2 })}\n`);
      else {
        const rows = Object.entries(status.ecosystems).map(([name, count]) => [
          { text: name },
          { text: `${count} advisories` },
          { text: isWhole(name, status.complete) ? "complete" : "partial" },
        ]);
        terminal.result(
          `${status.uri}, updated ${status.updatedAt}, newest record of ${status.newestRecordAt}, version ${status.version}\n${layOutTable(rows, terminal.width)}\n`,
        );
      }
      return 0;
    } finally {
      await database.close();
    }
  },
};
