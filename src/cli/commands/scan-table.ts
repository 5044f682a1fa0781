import type { ScanReport } from "../../app/index.ts";
import {
  type Cell,
  describePlatformAnswers,
  layOutTable,
  type Paint,
  printable,
  type ReportedFinding,
} from "../../report/index.ts";

/** The findings as a table for people, with a line that counts them. */
export function layOutFindings(report: ScanReport, width: number, paint: Paint): string {
  const { shown: findings, scan } = report;
  const isCompared = findings.some(({ isNew }) => isNew !== undefined);
  const names = ["severity", "vulnerability", "component", "version", "fixed in", "EPSS", "KEV", "VEX"];
  const isReached = findings.some(({ reachability }) => reachability !== undefined);
  const more = [...(isCompared ? ["since"] : []), ...(isReached ? ["reachability"] : [])];
  const head = [...names, ...more].map((text) => ({ text, paint: paint.strong }));
  // Platforms of one image carry the same package under several architectures: one line says it.
  const lines = [
    ...new Map(
      findings.map((finding) => {
        // One that is answered, or whose risk is taken, never stands for one that is open.
        const outcome = `${finding.answered} ${finding.acceptance !== undefined} ${describePlatformAnswers(finding)}`;
        return [`${finding.vulnerability} ${finding.component} ${finding.version} ${outcome}`, finding];
      }),
    ).values(),
  ];
  const rows = lines.map((finding) => toRow(finding, { isCompared, isReached }, paint));
  const left = report.findings.length - findings.length;
  const accepted = findings.filter(({ acceptance }) => acceptance !== undefined).length;
  const rest = [
    lines.length === findings.length ? "" : `, ${lines.length} without counting architectures apart`,
    accepted === 0 ? "" : `; the risk of ${accepted} is accepted`,
    left === 0 ? "" : `; ${left} without a fix are left out (--only-fixed)`,
  ].join("");
  const total = `${findings.length} findings in ${scan.matchedComponents} components${rest}`;
  return `${layOutTable([head, ...rows], width, "")}\n${total}\n${describeDecisions(report)}`;
}

function describeDecisions({ decisions }: ScanReport): string {
  if (decisions === undefined) return "";
  const { file, digest, counted, notCounted, approvals } = decisions;
  const all = counted + notCounted.length;
  return `${printable(`decisions: ${counted} of ${all} in ${file} (${digest}) count, approvals ${approvals}`)}\n`;
}

/** Columns that are there where something is in them. */
interface MoreColumns {
  readonly isCompared: boolean;
  readonly isReached: boolean;
}

function toRow(finding: ReportedFinding, { isCompared, isReached }: MoreColumns, paint: Paint): readonly Cell[] {
  const { severity, statement, epss, kev } = finding;
  const isBad = severity === "critical" || severity === "high";
  const words = [statement?.status, statement?.justification].filter((part) => part !== undefined).join(": ");
  const said = describePlatformAnswers(finding) || words;
  const { acceptance } = finding;
  const taken = acceptance === undefined ? said : `risk accepted by ${acceptance.owner} until ${acceptance.until}`;
  const isClosed = finding.answered || acceptance !== undefined;
  return [
    { text: severity, paint: isClosed ? paint.dim : isBad ? paint.bad : paint.warn },
    { text: finding.vulnerability },
    { text: finding.component },
    { text: finding.version },
    { text: finding.fixedVersions.join(", ") || "–" },
    { text: epss === undefined ? "" : `${(epss.probability * 100).toFixed(1)}%` },
    kev === undefined ? { text: "" } : { text: kev.isUsedByRansomware ? "ransomware" : "exploited", paint: paint.bad },
    { text: taken },
    ...(isCompared ? [{ text: finding.isNew === true ? "new" : "known" }] : []),
    ...(isReached ? [{ text: finding.reachability?.[0]?.says ?? "" }] : []),
  ];
}
