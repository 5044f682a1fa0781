import type { VerifiedAttestation } from "../../attestation/index.ts";
import {
  type Decoded,
  type ErrorCode,
  encodeUtf8,
  formatTime,
  type Issue,
  isAmapError,
  LIMITS,
  listOf,
  memberOf,
  parseTime,
  readJson,
  type Value,
} from "../../base/index.ts";
import {
  type CodeReview,
  type DecodedSbom,
  decodeCodeReview,
  decodeProvenance,
  decodeRiskAcceptances,
  decodeSastPredicate,
  decodeSbom,
  decodeScan,
  type Provenance,
  type RiskAcceptance,
  readVexDocument,
  type SastPredicate,
  type Scan,
  type VexDocument,
} from "../../metadata/index.ts";
import type { EvidenceKind } from "../../policy/index.ts";
import { signerKeyOf } from "../signing/signer-key.ts";
import { type DocumentKind, documentKindOf, documentKindsOf } from "./document-kinds.ts";

/** A decoded document with the attestation that carries it. */
export interface Attested<T> {
  readonly attestation: VerifiedAttestation;
  readonly document: T;
}

/** A verified attestation that does not count, or one document of it. */
export interface Uncounted {
  readonly attestation: VerifiedAttestation;
  /** The document that cannot be read, or that its signer may not state; without it the whole attestation counts nowhere. */
  readonly kind?: DocumentKind;
  readonly code: ErrorCode;
  readonly message: string;
}

/** An attestation's document as decoded, with the times that it states. */
interface DocumentReading {
  readonly kind: DocumentKind;
  readonly issues: readonly Issue[];
  /** RFC 3339: the document's own date. */
  readonly statedAt?: string;
  /** Every time in it that says when something was done; none of them can lie in the future. */
  readonly times: readonly string[];
  /** Files the document under its kind. */
  readonly keep: () => void;
}

/** The documents of an image's verified attestations, decoded; what does not count is listed with its reason. */
interface Documents {
  /** All but those from the future and those whose signer may not state what they are named for, newest first. */
  readonly attestations: readonly { readonly attestation: VerifiedAttestation; readonly statedAt?: string }[];
  readonly sboms: readonly Attested<DecodedSbom>[];
  readonly scans: readonly Attested<Scan>[];
  readonly vex: readonly Attested<VexDocument>[];
  readonly provenance: readonly Attested<Provenance>[];
  readonly sast: readonly Attested<SastPredicate>[];
  readonly reviews: readonly Attested<CodeReview>[];
  readonly acceptances: readonly Attested<readonly RiskAcceptance[]>[];
  readonly uncounted: readonly Uncounted[];
}

/** How far a signer's clock may be ahead of the check's. */
const CLOCK_SKEW_MS = 5 * 60_000;

/** The lists that documents are filed under. */
type Lists = {
  readonly sboms: Attested<DecodedSbom>[];
  readonly scans: Attested<Scan>[];
  readonly vex: Attested<VexDocument>[];
  readonly provenance: Attested<Provenance>[];
  readonly sast: Attested<SastPredicate>[];
  readonly reviews: Attested<CodeReview>[];
  readonly acceptances: Attested<readonly RiskAcceptance[]>[];
};

/**
 * Decodes the documents of verified attestations. One that is dated more than five minutes after `now` counts nowhere, or
 * it would stay the newest for good; one that cannot be read stays an attestation without a document; one of a kind that
 * its signer may not state counts nowhere, and of one of two kinds the other alone.
 * @param mayState whether the signer of an attestation is trusted for a kind of evidence
 */
export function decodeDocuments(
  attestations: readonly VerifiedAttestation[],
  now: number,
  mayState: (attestation: VerifiedAttestation, kind: EvidenceKind) => boolean,
): Documents {
  const lists: Lists = { sboms: [], scans: [], vex: [], provenance: [], sast: [], reviews: [], acceptances: [] };
  const uncounted: Uncounted[] = [];
  const counted: Documents["attestations"][number][] = [];
  for (const attestation of attestations) {
    const kinds = documentKindsOf(attestation.predicateType);
    const stated = kinds.filter((kind) => mayState(attestation, kind));
    if (kinds.length === 0 ? !mayState(attestation, "other") : stated.length === 0) {
      uncounted.push({ attestation, code: "SIGNER_NOT_ALLOWED", message: describeKinds(attestation, kinds) });
      continue;
    }
    const readings = stated.map((kind) => readDocument(kind, attestation, lists));
    const statedAt = attestation.signedTime.at ?? readings[0]?.statedAt;
    const future = [attestation.signedTime.at ?? "", ...readings.flatMap(({ times }) => times)].find(
      (time) => (parseTime(time) ?? Number.NEGATIVE_INFINITY) > now + CLOCK_SKEW_MS,
    );
    if (future !== undefined) {
      const message = `the signature holds, but it is dated ${future}, more than 5 minutes after the check at ${formatTime(now)}`;
      uncounted.push({ attestation, code: "EVIDENCE_FROM_THE_FUTURE", message });
      continue;
    }
    // What an attestation is named for is what it passes for: analyses alone make no SBOM.
    if (kinds.length === 0 || kinds[0] === stated[0])
      counted.push({ attestation, ...(statedAt === undefined ? {} : { statedAt }) });
    for (const kind of kinds.filter((each) => !stated.includes(each) && holds(attestation.predicate, each)))
      uncounted.push({ attestation, kind, code: "SIGNER_NOT_ALLOWED", message: describeKinds(attestation, [kind]) });
    for (const { kind, issues, keep } of readings) {
      const [issue] = issues;
      if (issue === undefined) keep();
      else uncounted.push({ attestation, kind, code: issue.code, message: describeUnread(issue) });
    }
  }
  return {
    attestations: newestFirst(counted, (each) => each.statedAt ?? ""),
    ...lists,
    uncounted,
  };
}

function describeKinds({ signer }: VerifiedAttestation, kinds: readonly DocumentKind[]): string {
  const kind = kinds.length === 0 ? "attestations of other types" : kinds.join(" or ");
  return `the signature holds, but the policy does not trust ${signer.name} for ${kind}`;
}

function describeUnread({ path, message }: Issue): string {
  return `the signature holds, but the document cannot be read: ${path === "" ? "" : `${path}: `}${message}`;
}

/** Decodes an attestation's document as one of its kinds. */
function readDocument(
  kind: DocumentKind,
  attestation: VerifiedAttestation,
  { sboms, scans, vex, provenance, sast, reviews, acceptances }: Lists,
): DocumentReading {
  const { predicateType, predicate } = attestation;
  const read = <T>(
    decoded: Decoded<T>,
    list: Attested<T>[],
    timesOf: (document: T) => readonly [stated: string | undefined, ...others: (string | undefined)[]],
  ): DocumentReading => {
    if (!decoded.ok) return { kind, issues: decoded.issues, times: [], keep: () => {} };
    const document = decoded.value;
    const [statedAt, ...others] = timesOf(document);
    return {
      kind,
      issues: [],
      ...(statedAt === undefined ? {} : { statedAt }),
      times: [statedAt, ...others].filter((time) => time !== undefined),
      keep: () => list.push({ attestation, document }),
    };
  };
  switch (kind) {
    case "sbom":
      return read(decodeSbomPredicate(predicate), sboms, ({ sbom }) => [sbom.createdAt]);
    case "scan":
      return read(decodeScan(predicateType, predicate), scans, ({ finishedAt, startedAt, database }) => [
        finishedAt,
        startedAt,
        database.updatedAt,
      ]);
    case "vex":
      if (documentKindOf(predicateType) === "sbom" && !hasAnalyses(predicate)) {
        return { kind, issues: [], times: [], keep: () => {} };
      }
      return read(decodeVexPredicate(predicate), vex, ({ timestamp, statements }) => [
        timestamp,
        ...statements.map((statement) => statement.timestamp),
      ]);
    case "provenance":
      return read(decodeProvenance(predicate), provenance, ({ finishedOn, startedOn }) => [finishedOn, startedOn]);
    case "sast":
      return read(
        attempt(() => decodeSastPredicate(predicate)),
        sast,
        ({ summary }) => [summary.endedAt],
      );
    case "review":
      return read(decodeCodeReview(predicate), reviews, ({ createdAt }) => [createdAt]);
    case "acceptance":
      return read(decodeRiskAcceptances(predicate), acceptances, (document) => [
        latestOf(document.map((acceptance) => acceptance.decidedAt)),
      ]);
    default:
      return { kind, issues: [], times: [], keep: () => {} };
  }
}

/** Whether a document of several kinds has anything of one of them; one that has nothing at all is what it is named for. */
function holds(predicate: Value, kind: DocumentKind): boolean {
  if (kind === "vex") return hasAnalyses(predicate);
  return !hasAnalyses(predicate) || listOf(predicate, "components").length > 0;
}

/** Whether an SBOM says something about the vulnerabilities that it lists. */
function hasAnalyses(sbom: Value): boolean {
  return listOf(sbom, "vulnerabilities").some((each) => memberOf(each, "analysis") !== undefined);
}

function decodeVexPredicate(predicate: Value): Decoded<VexDocument> {
  const read = attempt(() => readVexDocument(predicate));
  return read.ok ? { ok: true, value: read.value.document } : read;
}

/** cosign's `--type spdx` stores the document as one JSON string. */
function decodeSbomPredicate(predicate: Value): Decoded<DecodedSbom> {
  if (typeof predicate !== "string") return decodeSbom(predicate);
  const text = "the predicate is text that is not a JSON document: ";
  return attempt(() => decodeSbom(readJson(encodeUtf8(predicate), { maxBytes: LIMITS.attachmentBytes })), text);
}

/** What is beyond a limit is a document that cannot be read. */
function attempt<T>(decode: () => Decoded<T>, before = ""): Decoded<T> {
  try {
    return decode();
  } catch (error) {
    if (!isAmapError(error)) throw error;
    const code = error.code === "JSON_INVALID" ? "DOCUMENT_INVALID" : error.code;
    return { ok: false, issues: [{ code, path: "", message: `${before}${error.message}` }] };
  }
}

function latestOf(times: readonly string[]): string | undefined {
  return newestFirst(times, (time) => time)[0];
}

function newestFirst<T>(items: readonly T[], timeOf: (item: T) => string): readonly T[] {
  const time = (item: T): number => parseTime(timeOf(item)) ?? Number.NEGATIVE_INFINITY;
  const compare = (a: number, b: number): number => (a === b ? 0 : a < b ? 1 : -1);
  return [...items].sort((a, b) => compare(time(a), time(b)));
}

/** A scan that no newer one of the same subject, signer and scanner supersedes, or one that is. */
export type JudgedScan = Attested<Scan> & { readonly current: boolean };

/**
 * Scans, newest first, each marked whether it is current: no newer one of its subject, signer and scanner. Of two that finished at the same
 * time neither supersedes the other.
 */
export function judgeScans(scans: readonly Attested<Scan>[]): readonly JudgedScan[] {
  const finished = new Map<string, number | undefined>();
  return newestFirst(scans, ({ document }) => document.finishedAt).map((scan) => {
    const { attestation, document } = scan;
    const key = JSON.stringify([attestation.subject, signerKeyOf(attestation.signer), document.scanner.name]);
    const time = parseTime(document.finishedAt);
    if (!finished.has(key)) finished.set(key, time);
    return { ...scan, current: finished.get(key) === time };
  });
}
