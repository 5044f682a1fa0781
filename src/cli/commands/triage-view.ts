import type { TriageItem } from "../../app/index.ts";
import { describePlatformAnswers } from "../../report/index.ts";

/** A document's texts are shown up to so many characters. */
const SHOWN = 300;

/** What is known of a finding, line by line, the first its head. */
export function describeItem({ finding, purls, drafts, suggestion }: TriageItem): readonly string[] {
  const { vulnerability, severity, score, kev, epss, component, version, summary, path, layer, statement } = finding;
  const head = [
    vulnerability,
    score === undefined ? severity : `${severity} ${score.toFixed(1)}`,
    ...(kev === undefined ? [] : [kev.isUsedByRansomware ? "KEV: exploited, by ransomware" : "KEV: exploited"]),
    ...(epss === undefined ? [] : [`EPSS ${(epss.probability * 100).toFixed(1)}%`]),
  ];
  const names = finding.aliases.slice(0, 5).join(", ");
  const lines = [
    head.join(" · "),
    `${component} ${version}${purls.length === 0 ? " (without package URL)" : `: ${purls.slice(0, 4).join(" ")}`}`,
    ...(purls.length > 4 ? [`and ${purls.length - 4} more package URLs`] : []),
    ...(names === "" ? [] : [`also known as ${names}`]),
    ...(summary === undefined ? [] : [summary]),
    `fixed in: ${finding.fixedVersions.join(", ") || "no version that is known"}`,
    ...(path === undefined ? [] : [`path: ${path.join(" → ")}`]),
    ...(layer === undefined ? [] : [`layer: ${layer}`]),
    ...(statement === null ? [] : [`VEX: ${sayStatement(statement)}`]),
    ...(finding.byPlatform === undefined ? [] : [`VEX by platform: ${describePlatformAnswers(finding)}`]),
    ...finding.unmatched.map(({ source, reason }) => `VEX that does not apply: ${source}: ${reason}`),
    ...drafts.map(({ decision, reasons }) => `draft: ${decision.status}, by ${decision.author}: ${reasons.join("; ")}`),
    ...(finding.reachability ?? []).map(({ tool, source, says }) => `${tool} (${source}): ${says}`),
    ...(suggestion === undefined ? [] : [`the evidence could support: ${suggestion}`]),
  ];
  return lines.map((line) => (line.length <= SHOWN ? line : `${line.slice(0, SHOWN)}…`));
}

function sayStatement(statement: NonNullable<TriageItem["finding"]["statement"]>): string {
  const { status, justification, impactStatement, actionStatement, author, source, timestamp } = statement;
  const said = [status, justification, impactStatement, actionStatement].filter((part) => part !== undefined);
  return `${said.join(": ")} (${author}, ${timestamp}, ${source})`;
}
