import { type ImportedAdvisories, importAdvisories } from "../../app/index.ts";
import { type Value, writeJson } from "../../base/index.ts";
import { layOutTable, printable } from "../../report/index.ts";
import { collect, textsOf } from "../flags.ts";
import type { Verb } from "../verb.ts";
import { databasePathOf, declareDatabase, makeDatabase, openDatabase } from "./advisory-database.ts";

/** `amap db import`. */
export const dbImport: Verb = {
  positional: ["<path...>"],
  registry: false,
  declare: (command) => {
    declareDatabase(command, "created when it is not there");
    command
      .option("--complete <ecosystem>", "the import is a whole dump of this OSV ecosystem; else it is partial", collect)
      .option("--skip-broken", "leave out records that cannot be read; what they are of then counts as partial")
      .option("--force", "read sources again that did not change since the last import");
  },
  run: async ({ world, terminal, env }, paths, flags) => {
    const database = await makeDatabase({ world, env }, flags);
    try {
      const result = await importAdvisories(world, database, paths, {
        complete: textsOf(flags, "complete"),
        skipsBroken: flags["skipBroken"] === true,
        force: flags["force"] === true,
      });
      for (const line of result.broken) terminal.note(printable(`left out: ${line}`));
      terminal.note(`Imported ${result.written} advisories${describeRest(result)}`);
      return 0;
    } finally {
      await database.close();
    }
  },
};

function describeRest(result: ImportedAdvisories): string {
  const { facts, outdated, removed, unchanged, brokenCount } = result;
  return [
    facts === 0 ? "" : `${facts} scores, entries of the catalogue and CVE records`,
    outdated === 0 ? "" : `${outdated} left out, for the database holds newer ones`,
    removed === 0 ? "" : `${removed} removed, for the dump no longer has them`,
    unchanged === 0 ? "" : `${unchanged} sources did not change`,
    brokenCount === 0 ? "" : `${brokenCount} left out, for they could not be read`,
  ]
    .filter((part) => part !== "")
    .map((part) => `; ${part}`)
    .join("");
}

/** A dump of an ecosystem is one of all its releases. */
function isWhole(name: string, complete: readonly string[]): boolean {
  return complete.some((whole) => name === whole || name.startsWith(`${whole}:`));
}

/** `amap db status`. */
export const dbStatus: Verb = {
  positional: [],
  registry: false,
  declare: (command) => {
    declareDatabase(command, "advisory database, made by `amap db import`");
    command.option("-o, --output <format>", "table or json");
  },
  run: async ({ world, terminal, env }, _, flags) => {
    const database = await openDatabase(world, databasePathOf({ env }, flags));
    try {
      const status = await database.status();
      if (flags["output"] === "json") terminal.result(`${writeJson(status as unknown as Value, { indent: 2 })}\n`);
      else {
        const rows = Object.entries(status.ecosystems).map(([name, count]) => [
          { text: name },
          { text: `${count} advisories` },
          { text: isWhole(name, status.complete) ? "complete" : "partial" },
        ]);
        const facts = [
          status.epss === undefined ? "no EPSS scores" : `${status.epss.count} EPSS scores of ${status.epss.date}`,
          status.kev === undefined
            ? "no known exploited vulnerabilities"
            : `${status.kev.count} known exploited vulnerabilities, the newest of ${status.kev.date}`,
          `${status.cves} CVE records`,
        ];
        const sources = status.sources.map(({ name, importedAt, newestRecordAt, records, leftOut }) => [
          { text: printable(name) },
          { text: `${records} records${leftOut === undefined ? "" : `, ${leftOut} left out`}` },
          { text: `imported ${importedAt}` },
          { text: `newest ${newestRecordAt}` },
        ]);
        const head = `${status.uri}, updated ${status.updatedAt}, newest record of ${status.newestRecordAt}, version ${status.version}`;
        const tables = [rows, sources].filter((table) => table.length > 0);
        terminal.result(
          `${[head, facts.join(", "), ...tables.map((table) => layOutTable(table, terminal.width))].join("\n")}\n`,
        );
      }
      return 0;
    } finally {
      await database.close();
    }
  },
};
