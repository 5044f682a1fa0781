import { encodeUtf8, hashHex, type Value, type ValueObject } from "../base/index.ts";
import {
  type AnsweredFinding,
  type Component,
  packageKeyOf,
  type Reachability,
  type RiskAcceptance,
  type Scan,
  type Severity,
} from "../metadata/index.ts";

import { describePlatformAnswers } from "./platform-answers.ts";

/** A finding as a report shows it. */
export interface ReportedFinding extends AnsweredFinding {
  /** Whether an earlier scan did not have it; left out where nothing was compared. */
  readonly isNew?: boolean;
  /**
   * Who takes its risk, and until when; left out where nobody does, or it is answered. The finding stays what it is: no
   * statement says that it does not affect the artifact.
   */
  readonly acceptance?: AcceptedRisk;
  /** What analyses saw of the way to the vulnerable code, the nearest first; evidence for people, which answers nothing. */
  readonly reachability?: readonly Reachability[];
}

/** A risk that is taken, as the decision file's entry `decision` (from 0) says. */
export interface AcceptedRisk extends Omit<RiskAcceptance, "finding" | "scope"> {
  readonly decision: number;
}

/** What a report of a scan is written from. */
export interface ReportedScan {
  readonly scan: Scan;
  /** The findings to show; all of the scan's or fewer. */
  readonly findings: readonly ReportedFinding[];
  readonly components: readonly Component[];
  /** What was scanned, by name: stands where no file names a component. */
  readonly artifact: string;
  /** Whether the scan looked at all that it was given; else the run counts as failed. */
  readonly isComplete: boolean;
  /** What a severity that nobody knows counts as; high when left out. */
  readonly unknownSeverity?: Severity;
  /** The decision file that counted, where one was given. */
  readonly decisions?: DecisionsNote;
}

/** Which decision file counted for a scan, and which of its decisions did not, with the reasons. */
export interface DecisionsNote {
  readonly file: string;
  readonly digest: string;
  /** How sure approvals had to be. */
  readonly approvals: string;
  /** Decisions that count. */
  readonly counted: number;
  readonly notCounted: readonly {
    /** Place in the file, from 0. */
    readonly decision: number;
    readonly finding: string;
    readonly state: string;
    readonly reasons: readonly string[];
  }[];
}

/** Levels by severity (SARIF §3.27.10), and a score in the middle of its band (CVSS 3.1 §5) for one that has only a word. */
const RATINGS: Readonly<Record<Severity, { readonly level: string; readonly score?: string }>> = {
  critical: { level: "error", score: "9.5" },
  high: { level: "error", score: "8.0" },
  medium: { level: "warning", score: "5.5" },
  low: { level: "note", score: "2.0" },
  none: { level: "note", score: "0.0" },
  unknown: { level: "error" },
};

/**
 * Writes a scan as a SARIF 2.1.0 log with one run: a rule for each vulnerability (`properties.security-severity` is its
 * highest CVSS score), a result for each finding at the first file that names its component, relative to the artifact's
 * root. Every finding that VEX answers as not affected or fixed carries an accepted external suppression with what the
 * statement says, and so does one whose risk somebody takes, with who and until when; every other one has an empty list of
 * them. `partialFingerprints["amapFinding/v1"]` stays the same over
 * versions of the component; `baselineState` is there where an earlier scan was compared. What was not looked at is a
 * notification of the tool, and `executionSuccessful` is false where a whole part was not.
 * @see https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
 * @example
 * ```ts
 * import { encodeScanSarif } from "./index.ts";
 * import { memberOf } from "../base/index.ts";
 * const time = "2026-01-01T00:00:00Z";
 * const log = encodeScanSarif({
 *   scan: {
 *     scanner: { name: "amap", version: "0.1.0", uri: "pkg:npm/amap@0.1.0" },
 *     database: { uri: "file:advisories", version: "sha256:00", updatedAt: time },
 *     startedAt: time, finishedAt: time, findings: [], matchedComponents: 3, notLookedAt: [],
 *   },
 *   findings: [], components: [], artifact: "shop", isComplete: true,
 * });
 * memberOf(log, "version"); // "2.1.0"
 * ```
 */
export function encodeScanSarif(report: ReportedScan): Value {
  const { scan, findings } = report;
  const rules = new Map<string, ReportedFinding[]>();
  for (const finding of findings) {
    const listed = rules.get(finding.vulnerability);
    if (listed === undefined) rules.set(finding.vulnerability, [finding]);
    else listed.push(finding);
  }
  const indexOf = new Map([...rules.keys()].map((id, index) => [id, index]));
  const files = new Map(report.components.map(({ purl, locations }) => [purl, locations[0]]));
  const driver = {
    name: scan.scanner.name,
    version: scan.scanner.version,
    rules: [...rules].map(([id, group]) => encodeRule(id, group, report)),
  };
  const run = {
    tool: { driver },
    columnKind: "utf16CodeUnits",
    invocations: [encodeInvocation(report)],
    results: findings.map((finding) =>
      encodeResult(finding, indexOf.get(finding.vulnerability) ?? -1, files.get(finding.purl), report),
    ),
    properties: {
      artifact: report.artifact,
      database: { ...scan.database },
      matchedComponents: scan.matchedComponents,
      ...(report.decisions === undefined ? {} : { decisions: report.decisions as unknown as Value }),
    },
  };
  return { $schema: "https://json.schemastore.org/sarif-2.1.0.json", version: "2.1.0", runs: [run] };
}

function encodeInvocation({ scan, isComplete }: ReportedScan): ValueObject {
  return {
    executionSuccessful: isComplete,
    startTimeUtc: scan.startedAt,
    endTimeUtc: scan.finishedAt,
    toolExecutionNotifications: scan.notLookedAt.map(({ path, reason }) => ({
      level: path === "/" ? "error" : "warning",
      message: { text: `not looked at: ${path}: ${reason}` },
    })),
  };
}

function encodeRule(id: string, findings: readonly ReportedFinding[], report: ReportedScan): ValueObject {
  const scores = findings.flatMap((finding) => scoreOf(finding, report) ?? []);
  const highest = scores.sort((a, b) => Number(b) - Number(a))[0];
  const [first] = findings;
  const summary = findings.find((finding) => finding.summary !== undefined)?.summary ?? id;
  const fixed = [...new Set(findings.map((finding) => `${finding.component}: ${fixOf(finding)}`))];
  return {
    id,
    shortDescription: { text: summary === id ? id : `${id}: ${summary}` },
    helpUri: `https://osv.dev/vulnerability/${encodeURIComponent(first?.advisory || id)}`,
    help: { text: `${summary}\n${fixed.join("\n")}` },
    properties: {
      ...(highest === undefined ? {} : { "security-severity": highest }),
      tags: ["security", "vulnerability"],
      aliases: [...new Set(findings.flatMap(({ aliases }) => aliases))],
    },
  };
}

function encodeResult(
  finding: ReportedFinding,
  ruleIndex: number,
  file: string | undefined,
  report: ReportedScan,
): ValueObject {
  const { vulnerability, component, version, purl } = finding;
  const fix = finding.fixedVersions.length === 0 ? "No fix is known." : `Fixed in ${finding.fixedVersions.join(", ")}.`;
  return {
    ruleId: vulnerability,
    ruleIndex,
    kind: "fail",
    level: RATINGS[countedSeverity(finding, report)].level,
    message: { text: `${component} ${version} has ${vulnerability} (${finding.severity}). ${fix}${vexOf(finding)}` },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: toRelativeUri(file ?? report.artifact) },
          region: { startLine: 1 },
        },
        logicalLocations: [{ name: component, fullyQualifiedName: purl, kind: "package" }],
      },
    ],
    partialFingerprints: { "amapFinding/v1": fingerprintOf(finding, file) },
    suppressions: suppressionsOf(finding),
    ...(finding.isNew === undefined ? {} : { baselineState: finding.isNew ? "new" : "unchanged" }),
    properties: encodeProperties(finding),
  };
}

function vexOf(finding: ReportedFinding): string {
  const said = describePlatformAnswers(finding);
  return said === "" ? "" : ` VEX: ${said}.`;
}

function encodeProperties(finding: ReportedFinding): ValueObject {
  const { purl, version, severity, score, vector, fixedVersions, epss, kev, path, layer, acceptance, reachability } =
    finding;
  const { platforms, byPlatform } = finding;
  return {
    purl,
    version,
    severity,
    fixedVersions,
    ...(score === undefined ? {} : { score }),
    ...(vector === undefined ? {} : { vector }),
    ...(epss === undefined ? {} : { epss: { ...epss } }),
    ...(kev === undefined ? {} : { kev: { ...kev } }),
    ...(path === undefined ? {} : { path }),
    ...(layer === undefined ? {} : { layer }),
    ...(platforms === undefined ? {} : { platforms }),
    ...(byPlatform === undefined ? {} : { byPlatform: byPlatform as unknown as Value }),
    ...(acceptance === undefined ? {} : { acceptance: acceptance as unknown as Value }),
    ...(reachability === undefined ? {} : { reachability: reachability as unknown as Value }),
  };
}

function suppressionsOf(finding: ReportedFinding): readonly ValueObject[] {
  if (finding.answered) return [encodeSuppression(finding)];
  const { acceptance } = finding;
  if (acceptance === undefined) return [];
  const { owner, until, reason, author, approvers, decidedAt } = acceptance;
  const by = approvers.length === 0 ? "" : `, approved by ${approvers.map(({ identity }) => identity).join(", ")}`;
  const justification = `risk accepted by ${owner} until ${until}: ${reason} (${author}${by}, ${decidedAt})`;
  return [{ kind: "external", status: "accepted", justification }];
}

function encodeSuppression({ statement }: ReportedFinding): ValueObject {
  const said = [statement?.status, statement?.justification, statement?.impactStatement];
  const from = statement === null ? "" : ` (${statement.author}, ${statement.timestamp}, ${statement.documentId})`;
  const justification = `${said.filter((part) => part !== undefined).join(": ")}${from}`;
  return { kind: "external", status: "accepted", justification };
}

function countedSeverity({ severity }: ReportedFinding, { unknownSeverity }: ReportedScan): Severity {
  return severity === "unknown" ? (unknownSeverity ?? "high") : severity;
}

function scoreOf(finding: ReportedFinding, report: ReportedScan): string | undefined {
  return finding.score?.toFixed(1) ?? RATINGS[countedSeverity(finding, report)].score;
}

const fixOf = ({ fixedVersions }: ReportedFinding): string =>
  fixedVersions.length === 0 ? "no fix is known" : `fixed in ${fixedVersions.join(", ")}`;

/** A path or name as a URI reference below the artifact's root. */
function toRelativeUri(path: string): string {
  const parts = path.split("/").filter((part) => part !== "" && part !== "." && part !== "..");
  return parts.map((part) => encodeURIComponent(part.toWellFormed())).join("/") || "artifact";
}

/** The same for every version of the component, so that an update that fixes nothing makes no new alert. */
function fingerprintOf(finding: ReportedFinding, file: string | undefined): string {
  const parts = [finding.vulnerability, packageKeyOf(finding), file ?? ""];
  return hashHex("sha256", encodeUtf8(JSON.stringify(parts)));
}
