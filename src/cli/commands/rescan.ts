import {
  type GateFailure,
  isPartUnread,
  judgeFindings,
  type Rescan,
  type RescannedSbom,
  refuseBlindGates,
  rescanFolder,
} from "../../app/index.ts";
import { AmapError } from "../../base/index.ts";
import { printable, type ReportedFinding } from "../../report/index.ts";
import { VERSION } from "../../wiring/index.ts";
import { isOn, textOf } from "../flags.ts";
import { collectSoon, stopYoungGeneration } from "../heap-growth.ts";
import type { Verb } from "../verb.ts";
import { databasePathOf, declareDatabase, openDatabase } from "./advisory-database.ts";
import { declareReport, putReport, type SbomReport } from "./sbom-output.ts";
import { declareGates, readGates } from "./scan-flags.ts";

const TOOL = { name: "amap", version: VERSION };

/** `amap rescan`. */
export const rescan: Verb = {
  positional: ["<folder>"],
  registry: false,
  declare: (command) => {
    declareDatabase(command, "advisory database, made by `amap db import`");
    command
      .option("--scans <folder>", "where the scans are kept: cosign-vuln predicates, SBOM.vuln.json for each SBOM")
      .option("--all", "scan every SBOM anew, whatever changed")
      .option("--only-new", "only findings that the stored scan did not have make it fail");
    declareGates(command, "findings");
    declareReport(command);
  },
  run: async (context, [folder = ""], flags) => {
    const { world, terminal } = context;
    const scans = textOf(flags, "scans") ?? "";
    if (scans === "") {
      throw new AmapError("USAGE", "expected --scans with the folder that the scans are kept in", {
        hint: "It is made where it is not there: `amap rescan SBOMS --scans SCANS`.",
      });
    }
    const gates = readGates(flags);
    const rows: SbomRow[] = [];
    const failures = new Map<string, GateFailure>();
    const unread: string[] = [];
    // One SBOM after the other, of which little is kept.
    stopYoungGeneration();
    collectSoon();
    const database = await openDatabase(world, databasePathOf(context, flags));
    let told: Rescan;
    try {
      refuseBlindGates(await database.status(), gates);
      const onSbom = (sbom: RescannedSbom): void => {
        rows.push(toRow(sbom));
        const counted = isOn(flags, "onlyNew") ? sbom.fresh : (sbom.scan?.findings ?? []);
        for (const failure of judgeFindings(counted.map(unanswered), gates)) {
          const count = failure.count + (failures.get(failure.gate)?.count ?? 0);
          failures.set(failure.gate, { ...failure, count });
        }
        if (sbom.scan !== undefined && isPartUnread(sbom.scan)) unread.push(sbom.path);
        if (sbom.outcome === "failed") terminal.note(printable(`not scanned: ${sbom.path}: ${sbom.reason}`));
      };
      told = await rescanFolder(world, database, {
        sboms: folder,
        scans,
        tool: TOOL,
        isWhole: isOn(flags, "all"),
        onSbom,
      });
    } finally {
      await database.close();
    }
    if (told.otherFiles > 0) terminal.note(`${told.otherFiles} files are not called as SBOMs are, and not looked at`);
    for (const path of told.withoutSbom.slice(0, 20))
      terminal.note(printable(`${scans}/${path}: its SBOM is gone; the scan is as it was`));
    if (told.withoutSbom.length > 20) terminal.note(`${told.withoutSbom.length - 20} more scans have no SBOM any more`);
    putReport(context, flags, describe(rows, told));
    for (const { gate, count, says } of failures.values()) terminal.note(`${count} findings ${says} (${gate})`);
    if (failures.size > 0) return 1;
    for (const path of unread.slice(0, 20))
      terminal.note(printable(`${path}: a part of what it describes was not read`));
    if (unread.length > 20) terminal.note(`and so it is for ${unread.length - 20} more SBOMs`);
    if (rows.length === 0) terminal.note(`${folder} holds no SBOMs, so that this is no all-clear`);
    return rows.length === 0 || unread.length > 0 || rows.some(({ outcome }) => outcome === "failed") ? 2 : 0;
  },
};

/** One SBOM, as it is told. */
interface SbomRow extends Pick<RescannedSbom, "outcome" | "reason" | "matched"> {
  readonly sbom: string;
  readonly findings: number;
  /** What the scan says nothing of: without it, no findings would look like a clean SBOM. */
  readonly notLookedAt: number;
  readonly fresh: readonly { readonly vulnerability: string; readonly purl: string; readonly severity: string }[];
  readonly gone: readonly { readonly vulnerability: string; readonly purl: string }[];
}

function toRow({ path, outcome, reason, matched, scan, fresh, gone }: RescannedSbom): SbomRow {
  return {
    sbom: path,
    outcome,
    ...(reason === undefined ? {} : { reason }),
    matched,
    findings: scan?.findings.length ?? 0,
    notLookedAt: scan?.notLookedAt.length ?? 0,
    fresh: fresh.map(({ vulnerability, purl, severity }) => ({ vulnerability, purl, severity })),
    gone: gone.map(({ vulnerability, purl }) => ({ vulnerability, purl })),
  };
}

const unanswered = (finding: ReportedFinding | RescannedSbom["fresh"][number]): ReportedFinding => ({
  ...finding,
  statement: null,
  answered: false,
  unmatched: [],
});

/** The table shows what changed; the other forms show all. */
function describe(rows: readonly SbomRow[], { database, otherFiles, withoutSbom }: Rescan): SbomReport {
  const count = (wanted: SbomRow["outcome"]): number => rows.filter(({ outcome }) => outcome === wanted).length;
  const changed = rows.filter(({ fresh, gone, outcome }) => fresh.length + gone.length > 0 || outcome === "failed");
  const parts = [
    `${count("kept")} kept`,
    `${count("part")} in part`,
    `${count("whole")} whole`,
    `${count("failed")} failed`,
  ];
  const findings = rows.reduce((sum, row) => sum + row.findings, 0);
  const gaps = rows.filter(({ notLookedAt }) => notLookedAt > 0).length;
  const blind = gaps === 0 ? "" : `; of ${gaps} SBOMs a part was not looked at`;
  return {
    value: { database, sboms: rows, otherFiles, withoutSbom },
    tables: [
      {
        title: "",
        header: ["SBOM", "scanned", "components", "findings", "new", "gone"],
        rows: changed.map(({ sbom, outcome, matched, findings: all, fresh, gone }) => [
          sbom,
          outcome,
          ...[matched, all, fresh.length, gone.length].map(String),
        ]),
      },
    ],
    summary: `${rows.length} SBOMs: ${parts.join(", ")}; ${findings} findings by ${database.uri} of ${database.updatedAt}${blind}`,
  };
}
