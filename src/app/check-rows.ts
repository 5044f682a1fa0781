import { memberOf, type Value } from "../base/index.ts";
import type { RuleResponse } from "../policy/index.ts";
import type { EvidenceRow, ImageRow, RejectedRow, RuleRow } from "../report/index.ts";

/** One image's evidence facts (one for each set of attestors asked for) as the row that reports show. */
export function toImageRow(name: string, evidence: readonly Value[]): ImageRow {
  const rows = evidence.flatMap(evidenceRowsOf);
  const accepted = new Set(rows.map((row) => row.manifest));
  const rejected = evidence.flatMap((each) => listOf(each, "rejected").map(toRejectedRow));
  const [first = null] = evidence;
  const findings = uniqueBy(
    evidence.flatMap((each) => listOf(each, "findings")),
    (finding) => `${textOf(finding, "vulnerability")} ${textOf(finding, "purl")}`,
  );
  return {
    image: name,
    digest: textOf(first, "digest"),
    platforms: listOf(first, "platforms").length,
    evidence: uniqueBy(rows, (row) => `${row.manifest} ${row.predicateType ?? ""} ${row.signer}`),
    // Refused for one attestor and accepted for another is accepted; a report lists what counts for nobody.
    rejected: uniqueBy(rejected, (row) => `${row.manifest} ${row.code} ${row.message}`).filter(
      (row) => !accepted.has(row.manifest) || row.code === "DOCUMENT_INVALID",
    ),
    sboms: uniqueBy(
      evidence.flatMap((each) => listOf(each, "sboms")),
      (sbom) => `${textOf(sbom, "format")} ${textOf(sbom, "createdAt")}`,
    ).map((sbom) => ({
      format: textOf(sbom, "format"),
      specVersion: textOf(sbom, "specVersion"),
      components: Number(memberOf(sbom, "components") ?? 0),
    })),
    scans: uniqueBy(
      evidence.flatMap((each) => listOf(each, "scans")),
      (scan) => textOf(scan, "finishedAt"),
    ).map((scan) => ({
      scanner: textOf(memberOf(scan, "scanner") ?? null, "name"),
      finishedAt: textOf(scan, "finishedAt"),
      databaseUpdatedAt: textOf(memberOf(scan, "database") ?? null, "updatedAt"),
      findings: Number(memberOf(scan, "findings") ?? 0),
    })),
    findings: countBy(findings, (finding) => textOf(finding, "severity")),
    answers: countBy(findings, (finding) => {
      const statement = memberOf(finding, "statement") ?? null;
      return statement === null ? "without statement" : textOf(statement, "status");
    }),
  };
}

/** One rule's response as the row that reports show. */
export function toRuleRow(response: RuleResponse): RuleRow {
  const { policy, rule, status } = response;
  switch (response.status) {
    case "pass":
      return { policy, rule, status };
    case "skip":
      return { policy, rule, status, message: response.reason };
    case "error":
      return { policy, rule, status, code: response.code, message: messageOfError(response.code, response.message) };
    default:
      return { policy, rule, status, message: response.message };
  }
}

/**
 * Where in an expression a fact was asked for says nothing about why it could not be loaded; where an expression itself
 * failed, the place stays.
 */
function messageOfError(code: string, message: string): string {
  if (code === "EXPRESSION_FAILED") return message;
  return (message.split("\n")[0] ?? "").replace(/^\d+:\d+: /, "");
}

function evidenceRowsOf(evidence: Value): readonly EvidenceRow[] {
  const toRow =
    (kind: EvidenceRow["kind"]) =>
    (entry: Value): EvidenceRow => {
      const time = memberOf(entry, "signedTime") ?? null;
      const stated = memberOf(time, "at") ?? memberOf(entry, "statedAt");
      const predicateType = memberOf(entry, "predicateType");
      const foundAt = memberOf(entry, "foundAt") ?? null;
      return {
        kind,
        ...(typeof predicateType === "string" ? { predicateType } : {}),
        signer: textOf(memberOf(entry, "signer") ?? null, "name"),
        timeSource: textOf(time, "source"),
        ...(typeof stated === "string" ? { statedAt: stated } : {}),
        form: textOf(foundAt, "form"),
        manifest: `${textOf(foundAt, "manifest")}/${textOf(foundAt, "blob")}`,
      };
    };
  return [
    ...listOf(evidence, "signatures").map(toRow("signature")),
    ...listOf(evidence, "attestations").map(toRow("attestation")),
  ];
}

function toRejectedRow(entry: Value): RejectedRow {
  const foundAt = memberOf(entry, "foundAt") ?? null;
  const claimed = memberOf(memberOf(entry, "claims"), "predicateType");
  return {
    kind: textOf(entry, "kind"),
    code: textOf(entry, "code"),
    message: textOf(entry, "message"),
    manifest: `${textOf(foundAt, "manifest")}/${textOf(foundAt, "blob")}`,
    ...(typeof claimed === "string" ? { predicateType: claimed } : {}),
  };
}

function listOf(value: Value, key: string): readonly Value[] {
  const list = memberOf(value, key);
  return Array.isArray(list) ? (list as readonly Value[]) : [];
}

function textOf(value: Value, key: string): string {
  const text = memberOf(value, key);
  return typeof text === "string" ? text : "";
}

function uniqueBy<T>(items: readonly T[], key: (item: T) => string): readonly T[] {
  return [...new Map(items.map((item) => [key(item), item])).values()];
}

function countBy<T>(items: readonly T[], key: (item: T) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of items) counts[key(item)] = (counts[key(item)] ?? 0) + 1;
  return counts;
}
