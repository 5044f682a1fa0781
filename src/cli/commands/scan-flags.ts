import type { Command } from "commander";
import {
  checkCsafFacts,
  parseScanTarget,
  SCAN_FORMS,
  type ScanGates,
  type ScanTarget,
  SEVERITIES,
} from "../../app/index.ts";
import { AmapError } from "../../base/index.ts";
import { collect, isOn, textOf, textsOf } from "../flags.ts";
import type { Flags } from "../verb.ts";
import { declareDatabase } from "./advisory-database.ts";
import { declareAnswers, declareDatabaseAge } from "./answer-flags.ts";
import { declarePublisher, readPublisher } from "./csaf-flags.ts";
import { declareApprovals } from "./decision-flags.ts";
import { declareReachability } from "./reachability-flags.ts";
import { refuseTwoOnOutput } from "./sbom-output.ts";
import { declareSummaries } from "./summary-flags.ts";

const WORDS = SEVERITIES.join(", ");

/** Declares the flags of `amap scan`. */
export function declareScanFlags(command: Command): void {
  const forms = ["table", ...SCAN_FORMS.map(({ id }) => id)].join(", ");
  declareDatabase(command, "advisory database, made by `amap db import`");
  declareAnswers(command);
  declareGates(command, "unanswered findings");
  command.option(
    "--fail-on-not-looked-at",
    "exit 2 where anything was not looked at, or the database is partial for it",
  );
  declareDatabaseAge(command);
  command
    .option(
      "--new-since <file>",
      "only findings that an earlier scan did not have make it fail: its JSON output, or a cosign-vuln or in-toto vulns predicate",
    )
    .option(
      "--only-fixed",
      "findings without a fix are neither shown nor counted; cyclonedx, openvex, cosign-vuln and in-toto-vulns keep them",
    )
    .option(
      "-o, --output <form>",
      `FORM[=FILE], may be repeated: ${forms} (default: table on a terminal, else json)`,
      collect,
    )
    .option("--file <file>", "write it there instead of standard output");
  declareReachability(command);
  declareApprovals(command);
  declareSummaries(command);
  declarePublisher(command);
}

/** Declares what makes a scan fail. */
export function declareGates(command: Command, findings: string): void {
  command
    .option("--fail-on <severity>", `exit 1 for ${findings} of this severity or worse: ${WORDS}`)
    .option("--unknown-severity <severity>", `what a severity that nobody knows counts as: ${WORDS} (default: high)`)
    .option("--fail-on-kev", `exit 1 for ${findings} that are known to be exploited`)
    .option("--fail-on-epss <probability>", `exit 1 for ${findings} that are exploited at least so likely, 0 to 1`);
}

/**
 * What makes the scan fail.
 * @throws {AmapError} USAGE
 */
export function readGates(flags: Flags): ScanGates {
  const failOn = severityOf(flags, "failOn", "--fail-on");
  const unknownSeverity = severityOf(flags, "unknownSeverity", "--unknown-severity");
  const epss = textOf(flags, "failOnEpss");
  return {
    ...(failOn === undefined ? {} : { failOn }),
    ...(unknownSeverity === undefined ? {} : { unknownSeverity }),
    ...(epss === undefined ? {} : { failOnEpss: readProbability(epss) }),
    failsOnKev: isOn(flags, "failOnKev"),
  };
}

function severityOf(flags: Flags, name: string, flag: string): (typeof SEVERITIES)[number] | undefined {
  const word = textOf(flags, name);
  const severity = SEVERITIES.find((each) => each === word);
  if (word !== undefined && severity === undefined)
    throw new AmapError("USAGE", `${flag}: expected one of ${WORDS}, found "${word}"`);
  return severity;
}

function readProbability(text: string): number {
  const number = /^(?:\d+(?:\.\d+)?|\.\d+)$/.test(text) ? Number(text) : Number.NaN;
  if (number >= 0 && number <= 1) return number;
  throw new AmapError("USAGE", `--fail-on-epss: expected a probability from 0 to 1, found "${text}"`, {
    hint: "10 percent is 0.1.",
  });
}

/**
 * What to write, and where; `--file` is for the one output that names no file.
 * @throws {AmapError} USAGE for a form that there is not, and for two documents on standard output
 */
export function readTargets(flags: Flags, isTerminal: boolean): readonly ScanTarget[] {
  const stated = textsOf(flags, "output");
  const outputs = stated.length > 0 ? stated : [isTerminal ? "table" : "json"];
  const file = textOf(flags, "file");
  const targets = outputs.map((text) => ({ ...(file === undefined ? {} : { file }), ...parseScanTarget(text) }));
  refuseTwoOnOutput(targets.map((target) => target.file));
  // Before the artifact is read, which may take long.
  for (const { form } of targets) {
    if (form?.id.startsWith("csaf") === true)
      checkCsafFacts(form.id === "csaf-2.1" ? "2.1" : "2.0", readPublisher(flags));
  }
  return targets;
}
