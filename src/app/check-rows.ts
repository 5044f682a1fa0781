import { listOf, memberOf, parseTime, textOf, type Value } from "../base/index.ts";
import { compareSeverity, type Severity } from "../metadata/index.ts";
import type { RuleResponse } from "../policy/index.ts";
import type { EvidenceRow, ImageRow, RejectedRow, RuleRow } from "../report/index.ts";
import { signerKeyOfEvidence } from "./signing/signer-key.ts";

/** One image's evidence facts (one for each set of attestors asked for) as the row that reports show. */
export function toImageRow(name: string, evidence: readonly Value[]): ImageRow {
  const rows = evidence.flatMap(evidenceRowsOf);
  const accepted = new Set(rows.map((row) => row.manifest));
  const rejected = evidence.flatMap((each) => listOf(each, "rejected").map(toRejectedRow));
  const [first = null] = evidence;
  const findings = mergeFindings(evidence.flatMap((each) => listOf(each, "findings")));
  const vex = uniqueBy(
    evidence.flatMap((each) => listOf(each, "vex")),
    (document) => keyOf(document, ["id", "author", "timestamp"]),
  );
  return {
    image: name,
    digest: textOf(first, "digest"),
    platforms: listOf(first, "platforms").length,
    evidence: uniqueBy(rows, (row) => `${row.manifest} ${row.predicateType ?? ""} ${row.signer}`),
    // Refused for one attestor and accepted for another is accepted; a report lists what counts for nobody, and verified
    // attestations whose document does not count.
    rejected: uniqueBy(rejected, (row) => `${row.manifest} ${row.code} ${row.message}`).filter(
      (row) => !accepted.has(row.manifest) || row.kind === "attestation",
    ),
    sboms: uniqueBy(
      evidence.flatMap((each) => listOf(each, "sboms")),
      (sbom) => keyOf(sbom, ["format", "specVersion", "name", "createdAt", "subject"]),
    ).map((sbom) => ({
      format: textOf(sbom, "format"),
      specVersion: textOf(sbom, "specVersion"),
      components: Number(memberOf(sbom, "components") ?? 0),
    })),
    scans: uniqueBy(
      evidence.flatMap((each) => listOf(each, "scans")),
      (scan) => JSON.stringify([scanKey(scan), textOf(scan, "startedAt"), memberOf(scan, "findings") ?? 0]),
    ).map((scan) => ({
      scanner: textOf(memberOf(scan, "scanner") ?? null, "name"),
      finishedAt: textOf(scan, "finishedAt"),
      databaseUpdatedAt: textOf(memberOf(scan, "database") ?? null, "updatedAt"),
      findings: Number(memberOf(scan, "findings") ?? 0),
      current: memberOf(scan, "current") === true,
      signer: textOf(memberOf(scan, "signer") ?? null, "name"),
    })),
    findings: countBy(findings, (finding) => textOf(finding, "severity")),
    answers: countBy(findings, (finding) => {
      const statement = memberOf(finding, "statement") ?? null;
      return statement === null ? "without statement" : textOf(statement, "status");
    }),
    statementsWithoutEffect: vex.reduce<number>((sum, each) => sum + Number(memberOf(each, "withoutEffect") ?? 0), 0),
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

/**
 * The findings of several facts about one image, one for each vulnerability and component: the worst severity that any
 * fact gives, with the newest statement, for a fact with fewer attestors knows fewer documents.
 */
function mergeFindings(findings: readonly Value[]): readonly Value[] {
  const merged = new Map<string, { readonly [key: string]: Value }>();
  for (const finding of findings) {
    const key = keyOf(finding, ["vulnerability", "purl", "component", "version"]);
    const known = merged.get(key) ?? null;
    const severities = [textOf(known, "severity"), textOf(finding, "severity")] as Severity[];
    const statements = [memberOf(known, "statement") ?? null, memberOf(finding, "statement") ?? null];
    merged.set(key, {
      severity: severities.reduce((a, b) => (compareSeverity(a, b) >= 0 ? a : b)),
      statement: statements.reduce((a, b) => (timeOf(b) > timeOf(a) ? b : a)),
    });
  }
  return [...merged.values()];
}

function timeOf(statement: Value): number {
  if (statement === null) return Number.NEGATIVE_INFINITY;
  return parseTime(textOf(statement, "timestamp")) ?? Number.MIN_SAFE_INTEGER;
}

/** One scan under two storage forms is one; two scanners that finish in the same second are two. */
function scanKey(scan: Value): string {
  const scanner = memberOf(scan, "scanner") ?? null;
  const signer = signerKeyOfEvidence(memberOf(scan, "signer"));
  return JSON.stringify([keyOf(scanner, ["name", "version"]), signer, textOf(scan, "finishedAt")]);
}

function keyOf(value: Value, members: readonly string[]): string {
  return JSON.stringify(members.map((member) => textOf(value, member)));
}

function uniqueBy<T>(items: readonly T[], key: (item: T) => string): readonly T[] {
  return [...new Map(items.map((item) => [key(item), item])).values()];
}

function countBy<T>(items: readonly T[], key: (item: T) => string): Record<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(key(item), (counts.get(key(item)) ?? 0) + 1);
  return Object.fromEntries(counts);
}
