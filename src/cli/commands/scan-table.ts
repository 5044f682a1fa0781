import type { ScanReport } from "../../app/index.ts";
import { type Cell, layOutTable, type Paint, type ReportedFinding } from "../../report/index.ts";

/** The findings as a table for people, with a line that counts them. */
export function layOutFindings(report: ScanReport, width: number, paint: Paint): string {
  const { shown: findings, scan } = report;
  const isCompared = findings.some(({ isNew }) => isNew !== undefined);
  const names = ["severity", "vulnerability", "component", "version", "fixed in", "EPSS", "KEV", "VEX"];
  const head = [...names, ...(isCompared ? ["since"] : [])].map((text) => ({ text, paint: paint.strong }));
  // Platforms of one image carry the same package under several architectures: one line says it.
  const lines = [
    ...new Map(
      findings.map((finding) => [`${finding.vulnerability} ${finding.component} ${finding.version}`, finding]),
    ).values(),
  ];
  const rows = lines.map((finding) => toRow(finding, isCompared, paint));
  const left = report.findings.length - findings.length;
  const rest = [
    lines.length === findings.length ? "" : `, ${lines.length} without counting architectures apart`,
    left === 0 ? "" : `; ${left} without a fix are left out (--only-fixed)`,
  ].join("");
  return `${layOutTable([head, ...rows], width, "")}\n${findings.length} findings in ${scan.matchedComponents} components${rest}\n`;
}

function toRow(finding: ReportedFinding, isCompared: boolean, paint: Paint): readonly Cell[] {
  const { severity, statement, epss, kev } = finding;
  const isBad = severity === "critical" || severity === "high";
  const said = [statement?.status, statement?.justification].filter((part) => part !== undefined);
  return [
    { text: severity, paint: finding.answered ? paint.dim : isBad ? paint.bad : paint.warn },
    { text: finding.vulnerability },
    { text: finding.component },
    { text: finding.version },
    { text: finding.fixedVersions.join(", ") || "–" },
    { text: epss === undefined ? "" : `${(epss.probability * 100).toFixed(1)}%` },
    kev === undefined ? { text: "" } : { text: kev.isUsedByRansomware ? "ransomware" : "exploited", paint: paint.bad },
    { text: said.join(": ") },
    ...(isCompared ? [{ text: finding.isNew === true ? "new" : "known" }] : []),
  ];
}
