import type { Command } from "commander";
import { type GivenAnswers, parseAgeLimits, readVexFile } from "../../app/index.ts";
import { printable } from "../../report/index.ts";
import { collect, textsOf } from "../flags.ts";
import type { Flags, VerbContext } from "../verb.ts";
import { loadDecisionFlags } from "./decision-flags.ts";

/** Declares what answers findings. */
export function declareAnswers(command: Command): void {
  command
    .option("--vex <file>", "a VEX document that answers findings; may be repeated", collect)
    .option("--strict-vex", "exit 1 where a statement of --vex matches nothing; without it that is a warning")
    .option(
      "--decisions <file>",
      "decisions about findings (kind Decisions); those that are approved and in time count",
    )
    .option("--no-accepted-risk", "findings whose risk is accepted by a decision count as open");
}

/**
 * What answers findings: `--vex`, and `--decisions` with who approved them.
 * @throws {AmapError} USAGE, and those of readVexFile and loadDecisions
 */
export async function readAnswers(context: VerbContext, flags: Flags): Promise<GivenAnswers> {
  const { world, terminal } = context;
  const documents = await Promise.all(
    textsOf(flags, "vex").map((path) => readVexFile(world, path, (message) => terminal.note(printable(message)))),
  );
  const decisions = await loadDecisionFlags(context, flags);
  const ignoresAcceptedRisk = flags["acceptedRisk"] === false;
  return { documents, ignoresAcceptedRisk, ...(decisions === undefined ? {} : { decisions }) };
}

/** Declares how old the database may be. */
export function declareDatabaseAge(command: Command): void {
  command.option(
    "--max-database-age <duration>",
    "exit 2 where the advisories that were needed are older: 7d, 36h, or of one ecosystem CRAN=90d; may be repeated",
    collect,
  );
}

/** @throws {AmapError} USAGE */
export function readDatabaseAge(flags: Flags): ReturnType<typeof parseAgeLimits> {
  return parseAgeLimits(textsOf(flags, "maxDatabaseAge"), "--max-database-age");
}
