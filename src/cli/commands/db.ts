import type { Command } from "commander";
import {
  type ImportAdvisoriesOptions,
  type ImportedAdvisories,
  importAdvisories,
  parseMirror,
} from "../../app/index.ts";
import { type Value, writeJson } from "../../base/index.ts";
import { layOutTable, printable } from "../../report/index.ts";
import { collect, isOn, requireText, textsOf } from "../flags.ts";
import type { Flags, Verb, VerbContext } from "../verb.ts";
import { databasePathOf, declareDatabase, makeDatabase, openDatabase } from "./advisory-database.ts";

/** Declares the flags of every verb that imports. */
export function declareImportFlags(command: Command): void {
  command
    .option("--skip-broken", "leave out records that cannot be read; what they are of then counts as partial")
    .option("--force", "read sources again that did not change since the last import")
    .option("--mirror <from=to>", "ask there first for addresses that begin so; may be repeated", collect);
  declareShrinking(command);
}

/** Declares the flag by which a much smaller dump is believed. */
export function declareShrinking(command: Command): void {
  command.option("--allow-shrinking", "take what lacks more than a tenth (and 100) of an ecosystem's advisories");
}

/** What those flags say. */
export function importOptionsOf({ terminal }: Pick<VerbContext, "terminal">, flags: Flags): ImportAdvisoriesOptions {
  return {
    skipsBroken: isOn(flags, "skipBroken"),
    force: isOn(flags, "force"),
    allowsShrinking: isOn(flags, "allowShrinking"),
    mirrors: textsOf(flags, "mirror").map(parseMirror),
    tell: (message) => terminal.note(printable(message)),
  };
}

/** Says what was imported, and what was not. */
export function noteImported({ terminal }: Pick<VerbContext, "terminal">, result: ImportedAdvisories): void {
  for (const { reason, count } of result.notes) terminal.note(printable(`not imported: ${reason} (${count})`));
  for (const line of result.broken) terminal.note(printable(`left out: ${line}`));
  terminal.note(`Imported ${result.written} advisories${describeRest(result)}`);
}

/** `amap db import`. */
export const dbImport: Verb = {
  positional: ["<path...>"],
  registry: false,
  declare: (command) => {
    declareDatabase(command, "created when it is not there");
    const complete = "the import is a whole dump of this OSV ecosystem; else it is partial";
    command.option("--complete <ecosystem>", complete, collect);
    declareImportFlags(command);
  },
  run: async (context, paths, flags) => {
    const options = { ...importOptionsOf(context, flags), complete: textsOf(flags, "complete") };
    const database = await makeDatabase(context, flags);
    try {
      noteImported(context, await importAdvisories(context.world, database, paths, options));
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
          { text: printable(name) },
          { text: `${count} advisories` },
          { text: isWhole(name, status.complete) ? "complete" : "partial" },
          { text: `imported ${status.ages[name]?.importedAt ?? ""}` },
          { text: `newest ${status.ages[name]?.newestRecordAt ?? ""}` },
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
          { text: printable(`imported ${importedAt}`) },
          { text: `newest ${newestRecordAt}` },
        ]);
        const origin = status.origin === undefined ? "" : `, pulled from ${status.origin}`;
        const head = `${status.uri}${origin}, updated ${status.updatedAt}, newest record of ${status.newestRecordAt}, version ${status.version}`;
        const tables = [rows, sources].filter((table) => table.length > 0);
        terminal.result(
          `${[printable(head), printable(facts.join(", ")), ...tables.map((table) => layOutTable(table, terminal.width))].join("\n")}\n`,
        );
      }
      return 0;
    } finally {
      await database.close();
    }
  },
};

/** `amap db export`. */
export const dbExport: Verb = {
  positional: [],
  registry: false,
  declare: (command) => {
    declareDatabase(command, "advisory database, made by `amap db import`");
    command.option("--file <file>", "the new file");
  },
  run: async ({ world, terminal, env }, _, flags) => {
    const file = requireText(flags, "file", "--file");
    const database = await openDatabase(world, databasePathOf({ env }, flags));
    try {
      await database.export(file);
      terminal.note(`Wrote the database to ${printable(file)}`);
      return 0;
    } finally {
      await database.close();
    }
  },
};
