import {
  answersOf,
  encodeScan,
  isPartUnread,
  readVex,
  SCAN_OUTPUTS,
  type ScannedFinding,
  SEVERITIES,
  sbomOf,
  scanSbom,
  toJsonBytes,
} from "../../app/index.ts";
import { AmapError, decodeUtf8, encodeUtf8, type Value, writeJson } from "../../base/index.ts";
import { layOutTable, type Paint, printable } from "../../report/index.ts";
import { VERSION } from "../../wiring/index.ts";
import { choiceOf, collect, requireText, textOf, textsOf } from "../flags.ts";
import type { Verb } from "../verb.ts";
import { openDatabase } from "./db.ts";
import { noteUnverified } from "./sbom-output.ts";

const TOOL = { name: "amap", version: VERSION };

/** `amap scan`. */
export const scan: Verb = {
  positional: ["<artifact>"],
  registry: true,
  declare: (command) =>
    void command
      .requiredOption("--database <file>", "advisory database, made by `amap db import`")
      .option("--vex <file>", "an OpenVEX document that answers findings", collect)
      .option(
        "--fail-on <severity>",
        `exit 1 for unanswered findings of this severity or worse: ${SEVERITIES.join(", ")}`,
      )
      .option(
        "-o, --output <format>",
        `table, json, ${SCAN_OUTPUTS.join(" or ")} (default: table on a terminal, else json)`,
      )
      .option("--file <file>", "write it there instead of standard output"),
  run: async (context, [artifact = ""], flags) => {
    const { world, terminal } = context;
    const output = choiceOf(
      flags,
      "output",
      "--output",
      [...SCAN_OUTPUTS, "json", "table"],
      terminal.isTerminal ? "table" : "json",
    );
    const limit = limitOf(textOf(flags, "failOn"));
    const documents = await Promise.all(textsOf(flags, "vex").map((path) => readVex(world, path)));
    const database = await openDatabase(world, requireText(flags, "database", "--database"));
    try {
      noteUnverified(context, artifact);
      const sbom = await sbomOf(world, artifact, TOOL);
      const made = await scanSbom(world, sbom, database, TOOL);
      const { subject, subjectDigest } = sbom;
      const product = {
        purls: subject.purl === undefined ? [] : [subject.purl],
        digests: subjectDigest === undefined ? [] : [subjectDigest],
      };
      const findings = answersOf(made, documents, product, world.clock.now());
      for (const { path, reason } of made.notLookedAt.slice(0, 20))
        terminal.note(printable(`not looked at: ${path}: ${reason}`));
      const text =
        output === "table"
          ? layOutFindings(findings, made.matchedComponents, terminal.width, terminal.paint)
          : output === "json"
            ? `${writeJson({ scanner: made.scanner, database: made.database, startedAt: made.startedAt, finishedAt: made.finishedAt, findings, notLookedAt: made.notLookedAt } as unknown as Value, { indent: 2 })}\n`
            : (decodeUtf8(toJsonBytes(encodeScan(made, output))) ?? "");
      const file = textOf(flags, "file");
      if (file === undefined) terminal.result(text);
      else await world.files.write(file, encodeUtf8(text));
      const over = limit === undefined ? 0 : countOver(findings, limit);
      if (over > 0) terminal.note(`${over} unanswered findings are ${textOf(flags, "failOn")} or worse (--fail-on)`);
      if (over > 0) return 1;
      if (!isPartUnread(made)) return 0;
      terminal.note("a whole layer or part of it was not looked at, so that this is no all-clear");
      return 2;
    } finally {
      await database.close();
    }
  },
};

/** The place of `--fail-on` among the severities, worst first. */
function limitOf(threshold: string | undefined): number | undefined {
  if (threshold === undefined) return undefined;
  const limit = SEVERITIES.findIndex((severity) => severity === threshold);
  if (limit === -1)
    throw new AmapError("USAGE", `--fail-on: expected one of ${SEVERITIES.join(", ")}, found "${threshold}"`);
  return limit;
}

/** A severity that nobody knows counts as high. */
function countOver(findings: readonly ScannedFinding[], limit: number): number {
  return findings.filter(
    ({ answered, severity }) =>
      !answered && SEVERITIES.findIndex((each) => each === (severity === "unknown" ? "high" : severity)) <= limit,
  ).length;
}

function layOutFindings(findings: readonly ScannedFinding[], matched: number, width: number, paint: Paint): string {
  const head = ["severity", "vulnerability", "component", "version", "fixed in", "VEX"].map((text) => ({
    text,
    paint: paint.strong,
  }));
  // Platforms of one image carry the same package under several architectures: one line says it.
  const shown = [
    ...new Map(
      findings.map((finding) => [`${finding.vulnerability} ${finding.component} ${finding.version}`, finding]),
    ).values(),
  ];
  const rows = shown.map((finding) => [
    {
      text: finding.severity,
      paint: finding.answered
        ? paint.dim
        : finding.severity === "critical" || finding.severity === "high"
          ? paint.bad
          : paint.warn,
    },
    { text: finding.vulnerability },
    { text: finding.component },
    { text: finding.version },
    { text: finding.fixedVersions.join(", ") || "–" },
    {
      text:
        finding.statement === null
          ? ""
          : [finding.statement.status, finding.statement.justification].filter((part) => part !== undefined).join(": "),
    },
  ]);
  return `${layOutTable([head, ...rows], width, "")}\n${findings.length} findings in ${matched} components${shown.length === findings.length ? "" : `, ${shown.length} without counting architectures apart`}\n`;
}
