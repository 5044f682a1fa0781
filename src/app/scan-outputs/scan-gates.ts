import { AmapError } from "../../base/index.ts";
import { compareSeverity, type Severity } from "../../metadata/index.ts";
import type { AdvisoryDatabaseStatus } from "../../ports/index.ts";
import type { ReportedFinding } from "../../report/index.ts";

/** What makes a scan fail. Without any of them no finding does. */
export interface ScanGates {
  /** This severity or worse. */
  readonly failOn?: Severity;
  /** What a severity that nobody knows counts as; high when left out. */
  readonly unknownSeverity?: Severity;
  /** Known to be exploited. */
  readonly failsOnKev?: boolean;
  /** A probability of exploitation of at least this, from 0 to 1. */
  readonly failOnEpss?: number;
}

/** A gate that findings do not pass. */
export interface GateFailure {
  readonly gate: "--fail-on" | "--fail-on-kev" | "--fail-on-epss";
  readonly count: number;
  /** What the findings are, as the rest of a sentence: `are high or worse`. */
  readonly says: string;
}

/**
 * The gates that findings do not pass, with how many findings each stops. A finding that VEX answers is stopped by none, nor
 * one whose risk somebody takes, nor one that an earlier scan had (`isNew` is false).
 * @example
 * ```ts
 * import { judgeFindings } from "../index.ts";
 * judgeFindings([], { failOn: "high" }); // []
 * ```
 */
export function judgeFindings(findings: readonly ReportedFinding[], gates: ScanGates): readonly GateFailure[] {
  const counted = findings.filter(
    ({ answered, acceptance, isNew }) => !answered && acceptance === undefined && isNew !== false,
  );
  const failures: GateFailure[] = [];
  const add = (gate: GateFailure["gate"], says: string, stops: (finding: ReportedFinding) => boolean): void => {
    const count = counted.filter(stops).length;
    if (count > 0) failures.push({ gate, count, says });
  };
  const { failOn, failOnEpss } = gates;
  const unknown = gates.unknownSeverity ?? "high";
  if (failOn !== undefined)
    add(
      "--fail-on",
      `are ${failOn} or worse`,
      ({ severity }) => compareSeverity(severity === "unknown" ? unknown : severity, failOn) >= 0,
    );
  if (gates.failsOnKev === true) add("--fail-on-kev", "are known to be exploited", ({ kev }) => kev !== undefined);
  if (failOnEpss !== undefined)
    add(
      "--fail-on-epss",
      `are exploited with a probability of ${failOnEpss} or more`,
      ({ epss }) => epss !== undefined && epss.probability >= failOnEpss,
    );
  return failures;
}

/**
 * A gate that asks for facts that the database does not have would let everything pass.
 * @throws {AmapError} DATABASE_INVALID
 */
export function refuseBlindGates(status: AdvisoryDatabaseStatus, gates: ScanGates): void {
  const refuse = (flag: string, what: string, source: string): never => {
    throw new AmapError(
      "DATABASE_INVALID",
      `${flag}: ${status.uri} holds no ${what}, so that nothing would ever fail`,
      {
        hint: `Import ${source} with \`amap db import\`.`,
      },
    );
  };
  if (gates.failsOnKev === true && status.kev === undefined)
    refuse("--fail-on-kev", "known exploited vulnerabilities", "CISA's known_exploited_vulnerabilities.json");
  if (gates.failOnEpss !== undefined && status.epss === undefined)
    refuse("--fail-on-epss", "EPSS scores", "FIRST's epss_scores-current.csv.gz");
}
