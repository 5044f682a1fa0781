import {
  answersOf,
  isPartUnread,
  judgeFindings,
  readBaseline,
  readVex,
  refuseBlindGates,
  type ScanReport,
  type ScanTarget,
  sbomOf,
  scanSbom,
  toJsonBytes,
} from "../../app/index.ts";
import { decodeUtf8, encodeUtf8 } from "../../base/index.ts";
import { printable } from "../../report/index.ts";
import { VERSION } from "../../wiring/index.ts";
import { isOn, textOf, textsOf } from "../flags.ts";
import type { Flags, Verb, VerbContext } from "../verb.ts";
import { databasePathOf, openDatabase } from "./advisory-database.ts";
import { noteUnverified } from "./sbom-output.ts";
import { declareScanFlags, readGates, readTargets } from "./scan-flags.ts";
import { layOutFindings } from "./scan-table.ts";

const TOOL = { name: "amap", version: VERSION };

/** `amap scan`. */
export const scan: Verb = {
  positional: ["<artifact>"],
  registry: true,
  declare: declareScanFlags,
  run: async (context, [artifact = ""], flags) => {
    const { terminal } = context;
    const targets = readTargets(flags, terminal.isTerminal);
    const gates = readGates(flags);
    const report = await makeReport(context, artifact, flags);
    const { notLookedAt } = report.scan;
    for (const { path, reason } of notLookedAt.slice(0, 20))
      terminal.note(printable(`not looked at: ${path}: ${reason}`));
    if (notLookedAt.length > 20) terminal.note(`not looked at: ${notLookedAt.length - 20} more, all in -o json`);
    const left = report.findings.length - report.shown.length;
    if (left > 0) terminal.note(`${left} findings without a fix are neither shown nor counted (--only-fixed)`);
    for (const target of targets) await writeTarget(context, target, report);
    const known = report.shown.filter(({ answered, isNew }) => !answered && isNew === false).length;
    if (known > 0) terminal.note(`${known} unanswered findings were there before (--new-since), and do not count`);
    if (gates.failOnEpss !== undefined) {
      const unscored = report.shown.filter(({ epss, answered }) => epss === undefined && !answered).length;
      if (unscored > 0) terminal.note(`${unscored} findings have no EPSS score, which --fail-on-epss cannot judge`);
    }
    const failures = judgeFindings(report.shown, gates);
    for (const { gate, count, says } of failures) terminal.note(`${count} unanswered findings ${says} (${gate})`);
    if (failures.length > 0) return 1;
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
async function makeReport(context: VerbContext, artifact: string, flags: Flags): Promise<ScanReport> {
  const { world, terminal } = context;
  const gates = readGates(flags);
  const documents = await Promise.all(
    textsOf(flags, "vex").map((path) => readVex(world, path, (message) => terminal.note(printable(message)))),
  );
  const baseline = textOf(flags, "newSince");
  const wasKnown = baseline === undefined ? undefined : await readBaseline(world, baseline);
  const database = await openDatabase(world, databasePathOf(context, flags));
  try {
    refuseBlindGates(await database.status(), gates);
    noteUnverified(context, artifact);
    const sbom = await sbomOf(world, artifact, TOOL);
    const made = await scanSbom(world, sbom, database, TOOL);
    const { subject, subjectDigest } = sbom;
    const product = {
      purls: subject.purl === undefined ? [] : [subject.purl],
      digests: subjectDigest === undefined ? [] : [subjectDigest],
    };
    const answered = answersOf(made, documents, product, world.clock.now(), sbom);
    const findings = answered.map((each) => (wasKnown === undefined ? each : { ...each, isNew: !wasKnown(each) }));
    const shown = isOn(flags, "onlyFixed") ? findings.filter((each) => each.fixedVersions.length > 0) : findings;
    const { unknownSeverity } = gates;
    return {
      sbom,
      scan: made,
      product,
      findings,
      shown,
      ...(unknownSeverity === undefined ? {} : { unknownSeverity }),
    };
  } finally {
    await database.close();
  }
}

async function writeTarget({ world, terminal }: VerbContext, target: ScanTarget, report: ScanReport): Promise<void> {
  const { form, file } = target;
  const bytes =
    form === undefined
      ? encodeUtf8(layOutFindings(report, terminal.width, terminal.paint))
      : toJsonBytes(form.write(world, report));
  if (file === undefined) terminal.result(decodeUtf8(bytes) ?? "");
  else await world.files.write(file, bytes);
}
