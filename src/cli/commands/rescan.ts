import {
  AnswerTally,
  describeTooOld,
  type GateFailure,
  type GivenAnswers,
  isPartUnread,
  judgeFindings,
  type Rescan,
  type RescannedSbom,
  refuseBlindGates,
  refuseUnknownAges,
  rescanFolder,
} from "../../app/index.ts";
import { AmapError } from "../../base/index.ts";
import { type DecisionsNote, printable } from "../../report/index.ts";
import { VERSION } from "../../wiring/index.ts";
import { isOn, textOf } from "../flags.ts";
import { collectSoon, stopYoungGeneration } from "../heap-growth.ts";
import type { Flags, Verb, VerbContext } from "../verb.ts";
import { databasePathOf, declareDatabase, openDatabase } from "./advisory-database.ts";
import { declareAnswers, declareDatabaseAge, readAnswers, readDatabaseAge } from "./answer-flags.ts";
import { declareApprovals, noteDecisions } from "./decision-flags.ts";
import { declareReport, putReport, type SbomReport } from "./sbom-output.ts";
import { declareGates, readGates } from "./scan-flags.ts";
import { noteInert, noteSome } from "./vex-flags.ts";

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
      .option(
        "--only-new",
        "only findings that the stored scan did not have, or that were answered then, make it fail",
      );
    declareAnswers(command);
    declareApprovals(command);
    declareGates(command, "unanswered findings");
    declareDatabaseAge(command);
    declareReport(command);
  },
  run: async (context, [folder = ""], flags) => {
    const { terminal } = context;
    const scans = textOf(flags, "scans") ?? "";
    if (scans === "") {
      throw new AmapError("USAGE", "expected --scans with the folder that the scans are kept in", {
        hint: "It is made where it is not there: `amap rescan SBOMS --scans SCANS`.",
      });
    }
    const answers = await readAnswers(context, flags);
    const run = new Run(context, flags, answers);
    const told = await run.rescan(folder, scans);
    if (told.otherFiles > 0) terminal.note(`${told.otherFiles} files are not called as SBOMs are, and not looked at`);
    noteSome(
      context,
      told.withoutSbom.map((path) => `${scans}/${path}: its SBOM is gone; the scan is as it was`),
      "scans have no SBOM any more",
    );
    if (told.cutSince !== undefined) {
      const what = `a run that began at ${printable(told.cutSince)} did not end`;
      terminal.note(`warning: ${what}; all findings of the scans that were stored since then count as new`);
    }
    const inert = noteInert(context, run.tally.statements);
    const { decisions: file } = answers;
    const decisions = file === undefined ? undefined : noteDecisions(context, { file, judged: run.tally.judged });
    putReport(context, flags, describe(run.rows, told, decisions));
    const exitCode = run.end(folder, inert);
    await told.end();
    return exitCode;
  },
};

/** One run over a folder: of each SBOM little is kept. */
class Run {
  readonly #context: VerbContext;
  readonly #flags: Flags;
  readonly #answers: GivenAnswers;
  readonly #gates: ReturnType<typeof readGates>;
  readonly #limits: ReturnType<typeof readDatabaseAge>;
  readonly tally: AnswerTally;
  readonly rows: SbomRow[] = [];
  readonly #failures = new Map<string, GateFailure>();
  readonly #unread: string[] = [];
  /** Sentences, most of them the same for many SBOMs. */
  readonly #tooOld = new Set<string>();

  constructor(context: VerbContext, flags: Flags, answers: GivenAnswers) {
    this.#context = context;
    this.#flags = flags;
    this.#answers = answers;
    this.#gates = readGates(flags);
    this.#limits = readDatabaseAge(flags);
    this.tally = new AnswerTally(context.world, answers);
  }

  async rescan(sboms: string, scans: string): Promise<Rescan> {
    const { world } = this.#context;
    stopYoungGeneration();
    collectSoon();
    const database = await openDatabase(world, databasePathOf(this.#context, this.#flags));
    try {
      const status = await database.status();
      refuseBlindGates(status, this.#gates);
      refuseUnknownAges(status, this.#limits);
      const { documents, decisions } = this.#answers;
      return await rescanFolder(world, database, {
        sboms,
        scans,
        tool: TOOL,
        ...(documents.length === 0 && decisions === undefined ? {} : { answers: this.#answers }),
        isWhole: isOn(this.#flags, "all"),
        onSbom: (sbom) => this.#take(sbom),
      });
    } finally {
      await database.close();
    }
  }

  #take(sbom: RescannedSbom): void {
    const { terminal, world } = this.#context;
    this.rows.push(toRow(sbom));
    this.tally.add(sbom);
    const counted = sbom.findings
      .filter(({ isNew }) => !isOn(this.#flags, "onlyNew") || isNew === true)
      .map((finding) => ({ ...finding, isNew: true }));
    for (const failure of judgeFindings(counted, this.#gates)) {
      const count = failure.count + (this.#failures.get(failure.gate)?.count ?? 0);
      this.#failures.set(failure.gate, { ...failure, count });
    }
    for (const sentence of describeTooOld(sbom.ages, this.#limits, world.clock.now())) this.#tooOld.add(sentence);
    if (sbom.scan !== undefined && isPartUnread(sbom.scan)) this.#unread.push(sbom.path);
    if (sbom.outcome === "failed") terminal.note(printable(`not scanned: ${sbom.path}: ${sbom.reason}`));
    if (sbom.isDistrusted) {
      const why = `warning: ${sbom.path}: ${sbom.reason}`;
      terminal.note(printable(`${why}; it was scanned anew, and all of its findings count as new`));
    }
  }

  /** Says what makes the run fail, and gives the exit code: what is found comes before what is not known. */
  end(folder: string, inert: number): number {
    const { terminal } = this.#context;
    const failures = [...this.#failures.values()];
    for (const { gate, count, says } of failures) terminal.note(`${count} findings ${says} (${gate})`);
    for (const sentence of this.#tooOld) terminal.note(`${printable(sentence)} (--max-database-age)`);
    if (failures.length > 0) return 1;
    if (inert > 0 && isOn(this.#flags, "strictVex")) {
      terminal.note(`${inert} VEX statements match nothing in any SBOM (--strict-vex)`);
      return 1;
    }
    noteSome(
      this.#context,
      this.#unread.map((path) => `${path}: a part of what it describes was not read`),
      "SBOMs of which a part was not read",
    );
    if (this.rows.length === 0) terminal.note(`${folder} holds no SBOMs, so that this is no all-clear`);
    const isBlind = this.rows.length === 0 || this.#unread.length > 0 || this.#tooOld.size > 0;
    return isBlind || this.rows.some(({ outcome }) => outcome === "failed") ? 2 : 0;
  }
}

/** One SBOM, as it is told. */
interface SbomRow extends Pick<RescannedSbom, "outcome" | "reason" | "matched"> {
  readonly sbom: string;
  readonly findings: number;
  /** Of the findings those that a statement answers, and those whose risk is accepted. */
  readonly answered: number;
  readonly accepted: number;
  /** What the scan says nothing of: without it, no findings would look like a clean SBOM. */
  readonly notLookedAt: number;
  readonly fresh: readonly RowFinding[];
  /** Open now, and closed when the stored scan was judged. */
  readonly reopened: readonly RowFinding[];
  readonly gone: readonly { readonly vulnerability: string; readonly purl: string }[];
}

interface RowFinding {
  readonly vulnerability: string;
  readonly purl: string;
  readonly severity: string;
}

const toRowFinding = ({ vulnerability, purl, severity }: RowFinding): RowFinding => ({ vulnerability, purl, severity });

function toRow(sbom: RescannedSbom): SbomRow {
  const { path, outcome, reason, matched, scan, findings, fresh, reopened, gone } = sbom;
  return {
    sbom: path,
    outcome,
    ...(reason === undefined ? {} : { reason }),
    matched,
    findings: findings.length,
    answered: findings.filter(({ answered }) => answered).length,
    accepted: findings.filter(({ acceptance }) => acceptance !== undefined).length,
    notLookedAt: scan?.notLookedAt.length ?? 0,
    fresh: fresh.map(toRowFinding),
    reopened: reopened.map(toRowFinding),
    gone: gone.map(({ vulnerability, purl }) => ({ vulnerability, purl })),
  };
}

/** The table shows what changed; the other forms show all. */
function describe(
  rows: readonly SbomRow[],
  { database, otherFiles, withoutSbom }: Rescan,
  decisions: DecisionsNote | undefined,
): SbomReport {
  const count = (wanted: SbomRow["outcome"]): number => rows.filter(({ outcome }) => outcome === wanted).length;
  const changed = rows.filter(
    ({ fresh, reopened, gone, outcome }) => fresh.length + reopened.length + gone.length > 0 || outcome === "failed",
  );
  const parts = [
    `${count("kept")} kept`,
    `${count("part")} in part`,
    `${count("whole")} whole`,
    `${count("failed")} failed`,
  ];
  const sumOf = (of: (row: SbomRow) => number): number => rows.reduce((sum, row) => sum + of(row), 0);
  const findings = sumOf((row) => row.findings);
  const [answered, accepted] = [sumOf((row) => row.answered), sumOf((row) => row.accepted)];
  const closed = `${answered > 0 ? `, ${answered} of them answered` : ""}${accepted > 0 ? `, the risk of ${accepted} accepted` : ""}`;
  const gaps = rows.filter(({ notLookedAt }) => notLookedAt > 0).length;
  const blind = gaps === 0 ? "" : `; of ${gaps} SBOMs a part was not looked at`;
  return {
    value: { database, sboms: rows, otherFiles, withoutSbom, ...(decisions === undefined ? {} : { decisions }) },
    tables: [
      {
        title: "",
        header: ["SBOM", "scanned", "components", "findings", "new", "open again", "gone"],
        rows: changed.map(({ sbom, outcome, matched, findings: all, fresh, reopened, gone }) => [
          sbom,
          outcome,
          ...[matched, all, fresh.length, reopened.length, gone.length].map(String),
        ]),
      },
    ],
    summary: `${rows.length} SBOMs: ${parts.join(", ")}; ${findings} findings${closed} by ${database.uri} of ${database.updatedAt}${blind}`,
  };
}
