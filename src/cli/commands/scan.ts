import {
  agesForSbom,
  answerFindings,
  describeTooOld,
  isPartUnread,
  judgeFindings,
  markPlatforms,
  markReachability,
  productOfSbom,
  readBaseline,
  readReachability,
  refuseBlindGates,
  refuseUnknownAges,
  type ScanReport,
  type ScanTarget,
  sbomWithOrigin,
  scanSbom,
  toJsonChunks,
} from "../../app/index.ts";
import { encodeUtf8 } from "../../base/index.ts";
import { printable } from "../../report/index.ts";
import { VERSION } from "../../wiring/index.ts";
import { isOn, textOf, textsOf } from "../flags.ts";
import { collectSoon, stopYoungGeneration } from "../heap-growth.ts";
import type { Flags, Verb, VerbContext } from "../verb.ts";
import { databasePathOf, openDatabase } from "./advisory-database.ts";
import { readAnswers, readDatabaseAge } from "./answer-flags.ts";
import { readPublisher } from "./csaf-flags.ts";
import { noteDecisions } from "./decision-flags.ts";
import { noteReachability } from "./reachability-flags.ts";
import { noteUnverified, putChunks } from "./sbom-output.ts";
import { declareScanFlags, readGates, readTargets } from "./scan-flags.ts";
import { type ScanOutcome, writeScanSummaries } from "./scan-summary.ts";
import { layOutFindings } from "./scan-table.ts";
import { openSummaries } from "./summary-flags.ts";
import { noteInert } from "./vex-flags.ts";

const TOOL = { name: "amap", version: VERSION };

/** `amap scan`. */
export const scan: Verb = {
  positional: ["<artifact>"],
  registry: true,
  declare: declareScanFlags,
  run: async (context, [artifact = ""], flags) => {
    // Most of what is read of a database is needed once.
    collectSoon();
    stopYoungGeneration();
    const { terminal } = context;
    const targets = readTargets(flags, terminal.isTerminal);
    const gates = readGates(flags);
    const summaries = await openSummaries(context, flags);
    const { report, tooOld, inert, isStated } = await makeReport(context, artifact, flags);
    const { notLookedAt } = report.scan;
    for (const { path, reason } of notLookedAt.slice(0, 20))
      terminal.note(printable(`not looked at: ${path}: ${reason}`));
    if (notLookedAt.length > 20) terminal.note(`not looked at: ${notLookedAt.length - 20} more, all in -o json`);
    const left = report.findings.length - report.shown.length;
    if (left > 0) terminal.note(`${left} findings without a fix are neither shown nor counted (--only-fixed)`);
    const publisher = readPublisher(flags);
    for (const target of targets) await writeTarget(context, target, { ...report, publisher });
    const accepted = report.shown.filter(({ acceptance }) => acceptance !== undefined).length;
    if (accepted > 0) terminal.note(`the risk of ${accepted} findings is accepted, which gates do not count`);
    const known = report.shown.filter(({ answered, isNew }) => !answered && isNew === false).length;
    if (known > 0) terminal.note(`${known} unanswered findings were there before (--new-since), and do not count`);
    if (gates.failOnEpss !== undefined) {
      const unscored = report.shown.filter(({ epss, answered }) => epss === undefined && !answered).length;
      if (unscored > 0) terminal.note(`${unscored} findings have no EPSS score, which --fail-on-epss cannot judge`);
    }
    const failures = judgeFindings(report.shown, gates);
    for (const { gate, count, says } of failures) terminal.note(`${count} unanswered findings ${says} (${gate})`);
    for (const sentence of tooOld) terminal.note(`${printable(sentence)} (--max-database-age)`);
    await writeScanSummaries(context, summaries, { artifact, report, gates, failures, tooOld, inert, isStated, flags });
    if (failures.length > 0) return 1;
    if (inert > 0 && isOn(flags, "strictVex")) {
      terminal.note(`${inert} VEX statements match nothing (--strict-vex)`);
      return 1;
    }
    if (tooOld.length > 0) return 2;
    if (isPartUnread(report.scan)) {
      terminal.note("a whole layer or part of it was not looked at, so that this is no all-clear");
      return 2;
    }
    if (notLookedAt.length === 0 || !isOn(flags, "failOnNotLookedAt")) return 0;
    terminal.note(`${notLookedAt.length} gaps: what was not looked at is no all-clear (--fail-on-not-looked-at)`);
    return 2;
  },
};

/** Everything that can be wrong with what the user gave is read before the artifact is. */
async function makeReport(
  context: VerbContext,
  artifact: string,
  flags: Flags,
): Promise<Pick<ScanOutcome, "report" | "tooOld" | "inert" | "isStated">> {
  const { world } = context;
  const gates = readGates(flags);
  const limits = readDatabaseAge(flags);
  const answers = await readAnswers(context, flags);
  const baseline = textOf(flags, "newSince");
  const wasKnown = baseline === undefined ? undefined : await readBaseline(world, baseline);
  const evidence = await readReachability(world, textsOf(flags, "reachability"));
  const database = await openDatabase(world, databasePathOf(context, flags));
  // Everything is asked of one state, whatever is imported meanwhile.
  const snapshot = await database.snapshot();
  try {
    const status = await snapshot.status();
    refuseBlindGates(status, gates);
    refuseUnknownAges(status, limits);
    noteUnverified(context, artifact);
    const { sbom, isStated, platforms } = await sbomWithOrigin(world, artifact, TOOL);
    const scanned = await scanSbom(world, sbom, snapshot, TOOL);
    const made =
      platforms === undefined ? scanned : { ...scanned, findings: markPlatforms(scanned.findings, sbom, platforms) };
    const product = productOfSbom(sbom, platforms);
    const answered = answerFindings(world, answers, { sbom, scan: made, product });
    const inert = noteInert(context, answered.statements);
    const reached = markReachability(answered.findings, evidence);
    noteReachability(context, reached.notes);
    const findings = reached.findings.map((each) =>
      wasKnown === undefined ? each : { ...each, isNew: !wasKnown(each) },
    );
    const shown = isOn(flags, "onlyFixed") ? findings.filter((each) => each.fixedVersions.length > 0) : findings;
    const { unknownSeverity } = gates;
    const tooOld = describeTooOld(agesForSbom(status, sbom), limits, world.clock.now());
    const unknown = unknownSeverity === undefined ? {} : { unknownSeverity };
    const file = answers.decisions;
    const noted = file === undefined ? {} : { decisions: noteDecisions(context, { file, judged: answered.judged }) };
    return { report: { sbom, scan: made, product, findings, shown, ...unknown, ...noted }, tooOld, inert, isStated };
  } finally {
    await snapshot.close();
    await database.close();
  }
}

async function writeTarget(context: VerbContext, target: ScanTarget, report: ScanReport): Promise<void> {
  const { world, terminal } = context;
  const { form, file } = target;
  const chunks =
    form === undefined
      ? [encodeUtf8(layOutFindings(report, terminal.width, terminal.paint))]
      : toJsonChunks(await form.write(world, report));
  await putChunks(context, chunks, file);
}
