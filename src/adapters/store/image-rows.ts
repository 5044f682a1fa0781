/** What an image's row holds of its documents and findings, so that no list has to read them. */
import type { Insertable, Selectable } from "kysely";
import { parseTime } from "../../base/index.ts";
import type { Severity } from "../../metadata/index.ts";
import type {
  ImageRecord,
  ImageSummary,
  StoredDocument,
  StoredDocumentContent,
  StoredFinding,
} from "../../ports/index.ts";
import type { Database, Flag } from "./database.ts";
import { cutForIndex, escapeText, fromJson, hashKey, searchText, toJson, unescapeText } from "./stored-text.ts";

/** As metadata orders them (a test compares): its code is not loaded into the store's threads for six words. */
const SEVERITY_RANKS: Readonly<Record<Severity, number>> = {
  none: 0,
  low: 1,
  medium: 2,
  unknown: 3,
  high: 4,
  critical: 5,
};
const RANKS = 6;
const SBOM_STANDARD = /^(?:CycloneDX|SPDX)\b/i;

export const flag = (value: boolean): Flag => (value ? 1 : 0);

/** 0 for the mildest. */
export function severityRank(severity: Severity): number {
  return SEVERITY_RANKS[severity];
}

/** The mildest that counts as at least this: what nobody knows counts as high. */
export function leastRank(severity: Severity): number {
  return severityRank(severity === "high" ? "unknown" : severity);
}

/** Smaller is worse: running before not, then severity, then what a fixed version exists for. */
export function findingPlace(running: boolean, rank: number, fixable: boolean): number {
  return (running ? 0 : RUNNING_PLACES) + (RANKS - 1 - rank) * 2 + (fixable ? 0 : 1);
}

/** How far a finding moves when its image begins or ends to run. */
export const RUNNING_PLACES = RANKS * 2;

type ContentColumns = Omit<
  Insertable<Database["images"]>,
  | "id"
  | "key"
  | "repository"
  | "digest"
  | "search"
  | "tags_json"
  | "content_hash"
  | "first_seen_at"
  | "observed_at"
  | "observed_ms"
  | "running"
  | "denied"
>;

/** The columns that documents and findings decide. */
export function contentColumns(image: ImageRecord): ContentColumns {
  const verified = image.documents.filter((document) => document.status === "verified");
  const has = (kind: StoredDocument["kind"]): Flag => flag(verified.some((document) => document.kind === kind));
  const sbom = newest(verified, "sbom");
  const scan = newest(verified, "scan");
  const open = image.findings.filter((finding) => !finding.answered);
  const openOf = (...severities: readonly Severity[]): number =>
    open.filter((finding) => severities.includes(finding.severity)).length;
  return {
    platforms_json: toJson(image.platforms),
    signed: has("signature"),
    provenance: has("provenance"),
    vex: has("vex"),
    sbom: sbom === undefined ? null : escapeText(formatOf(sbom.summary)),
    sbom_standard: flag(verified.some((document) => document.kind === "sbom" && SBOM_STANDARD.test(document.summary))),
    scanned_at: scan?.statedAt === undefined ? null : escapeText(scan.statedAt),
    scanned_ms: scan === undefined ? null : statedMs(scan),
    rejected: image.documents.filter((document) => document.status === "rejected").length,
    findings_json: toJson(countSeverities(image.findings)),
    open_json: toJson(countSeverities(open)),
    findings: image.findings.length,
    answered: image.findings.length - open.length,
    unstated: image.findings.filter((finding) => finding.statement === undefined).length,
    open: open.length,
    open_critical: openOf("critical"),
    open_high: openOf("critical", "high", "unknown"),
    worst_open: Math.max(-1, ...new Set(open.map((finding) => severityRank(finding.severity)))),
    fixable: open.filter((finding) => finding.fixedVersions.length > 0).length,
  };
}

function countSeverities(findings: readonly StoredFinding[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { severity } of findings) counts[severity] = (counts[severity] ?? 0) + 1;
  return counts;
}

function newest(verified: readonly StoredDocument[], kind: StoredDocument["kind"]): StoredDocument | undefined {
  return verified.filter((document) => document.kind === kind).toSorted((a, b) => statedMs(b) - statedMs(a))[0];
}

function statedMs(document: StoredDocument): number {
  return (document.statedAt === undefined ? undefined : parseTime(document.statedAt)) ?? 0;
}

/** `CycloneDX 1.6` of `CycloneDX 1.6, 42 components`. */
function formatOf(summary: string): string {
  return summary.split(",", 1)[0] ?? summary;
}

const STATUS_RANKS: Readonly<Record<StoredDocument["status"], number>> = { verified: 0, unreadable: 1, rejected: 2 };

export function documentRow(imageId: number, document: StoredDocumentContent): Insertable<Database["documents"]> {
  const { predicate, ...rest } = document;
  return {
    image_id: imageId,
    document_key: hashKey(document.id),
    document_id: escapeText(document.id),
    kind: document.kind,
    status: document.status,
    status_rank: STATUS_RANKS[document.status],
    stated_ms: statedMs(document),
    document_json: toJson(rest),
    predicate_json: predicate === undefined ? null : toJson(predicate),
  };
}

export function findingRow(
  imageId: number,
  isRunning: boolean,
  finding: StoredFinding,
): Insertable<Database["findings"]> {
  const rank = severityRank(finding.severity);
  const fixable = finding.fixedVersions.length > 0;
  return {
    image_id: imageId,
    place: findingPlace(isRunning, rank, fixable),
    sort_key: cutForIndex(escapeText(finding.vulnerability)),
    rank,
    fixable: flag(fixable),
    answered: flag(finding.answered),
    search: searchText(finding.vulnerability, ...finding.aliases, finding.component, finding.purl),
    finding_json: toJson(finding),
  };
}

export const SUMMARY_COLUMNS = [
  "id",
  "key",
  "repository",
  "digest",
  "tags_json",
  "platforms_json",
  "first_seen_at",
  "observed_at",
  "observed_ms",
  "running",
  "denied",
  "signed",
  "provenance",
  "vex",
  "sbom",
  "scanned_at",
  "rejected",
  "findings_json",
  "open_json",
  "fixable",
] as const satisfies readonly (keyof Database["images"])[];

export type SummaryRow = Pick<Selectable<Database["images"]>, (typeof SUMMARY_COLUMNS)[number]>;

export function toImageSummary(row: SummaryRow): ImageSummary {
  return {
    repository: unescapeText(row.repository),
    digest: unescapeText(row.digest) as ImageSummary["digest"],
    tags: fromJson<readonly string[]>(row.tags_json),
    platforms: fromJson<readonly string[]>(row.platforms_json).length,
    firstSeenAt: row.first_seen_at,
    observedAt: row.observed_at,
    running: row.running,
    verdict: row.denied > 0 ? "denied" : row.running > 0 ? "allowed" : "unknown",
    signed: row.signed === 1,
    provenance: row.provenance === 1,
    vex: row.vex === 1,
    ...(row.sbom === null ? {} : { sbom: unescapeText(row.sbom) }),
    ...(row.scanned_at === null ? {} : { scannedAt: unescapeText(row.scanned_at) }),
    rejected: row.rejected,
    findings: fromJson<ImageSummary["findings"]>(row.findings_json),
    open: fromJson<ImageSummary["open"]>(row.open_json),
    fixable: row.fixable,
  };
}
