import { predicateTypeUris, type VerifiedAttestation } from "../../attestation/index.ts";
import {
  type Decoded,
  type ErrorCode,
  encodeUtf8,
  formatTime,
  type Issue,
  LIMITS,
  parseTime,
  readJson,
  type Value,
} from "../../base/index.ts";
import {
  type DecodedSbom,
  decodeOpenVex,
  decodeProvenance,
  decodeSbom,
  decodeScan,
  type Provenance,
  type Scan,
  type VexDocument,
} from "../../metadata/index.ts";
import { signerKeyOf } from "../signing/signer-key.ts";

/** A decoded document with the attestation that carries it. */
export interface Attested<T> {
  readonly attestation: VerifiedAttestation;
  readonly document: T;
}

type DocumentKind = "sbom" | "scan" | "vex" | "provenance";

/** A verified attestation whose document does not count, with the cause. */
export interface Uncounted {
  readonly attestation: VerifiedAttestation;
  readonly code: ErrorCode;
  readonly message: string;
}

/** An attestation's document as decoded, with the times that it states. */
interface DocumentReading {
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
  /** All but those from the future, newest first. */
  readonly attestations: readonly { readonly attestation: VerifiedAttestation; readonly statedAt?: string }[];
  readonly sboms: readonly Attested<DecodedSbom>[];
  readonly scans: readonly Attested<Scan>[];
  readonly vex: readonly Attested<VexDocument>[];
  readonly provenance: readonly Attested<Provenance>[];
  readonly uncounted: readonly Uncounted[];
}

/** How far a signer's clock may be ahead of the check's. */
const CLOCK_SKEW_MS = 5 * 60_000;

/** Predicate types of the documents that amap reads, by any of their URIs. */
const KINDS: ReadonlyMap<string, DocumentKind> = new Map(
  (
    [
      ["cyclonedx", "sbom"],
      ["spdx", "sbom"],
      ["vuln", "scan"],
      ["vulns", "scan"],
      ["openvex", "vex"],
      ["slsaprovenance1", "provenance"],
    ] as const
  ).flatMap(([name, kind]) => predicateTypeUris(name).map((uri) => [uri, kind] as const)),
);

/**
 * Decodes the documents of verified attestations. One that is dated more than five minutes after `now` counts nowhere, or
 * it would stay the newest for good; one that cannot be read stays an attestation without a document.
 */
export function decodeDocuments(attestations: readonly VerifiedAttestation[], now: number): Documents {
  const sboms: Attested<DecodedSbom>[] = [];
  const scans: Attested<Scan>[] = [];
  const vex: Attested<VexDocument>[] = [];
  const provenance: Attested<Provenance>[] = [];
  const uncounted: Uncounted[] = [];
  const counted: Documents["attestations"][number][] = [];
  for (const attestation of attestations) {
    const { issues, times, keep, ...stated } = readDocument(attestation, { sboms, scans, vex, provenance });
    const statedAt = attestation.signedTime.at ?? stated.statedAt;
    const future = [attestation.signedTime.at ?? "", ...times].find(
      (time) => (parseTime(time) ?? Number.NEGATIVE_INFINITY) > now + CLOCK_SKEW_MS,
    );
    if (future !== undefined) {
      const message = `the signature holds, but it is dated ${future}, more than 5 minutes after the check at ${formatTime(now)}`;
      uncounted.push({ attestation, code: "EVIDENCE_FROM_THE_FUTURE", message });
      continue;
    }
    counted.push({ attestation, ...(statedAt === undefined ? {} : { statedAt }) });
    const [issue] = issues;
    if (issue === undefined) keep();
    else {
      const place = issue.path === "" ? "" : `${issue.path}: `;
      const message = `the signature holds, but the document cannot be read: ${place}${issue.message}`;
      uncounted.push({ attestation, code: issue.code, message });
    }
  }
  return {
    attestations: newestFirst(counted, (each) => each.statedAt ?? ""),
    sboms,
    scans,
    vex,
    provenance,
    uncounted,
  };
}

/** The kind of document that a predicate type stands for; undefined for one that amap does not read. */
export function documentKindOf(predicateType: string): DocumentKind | undefined {
  return KINDS.get(predicateType);
}

/** Decodes an attestation's document by its predicate type; one of a type that amap does not read has none. */
function readDocument(
  attestation: VerifiedAttestation,
  lists: {
    readonly sboms: Attested<DecodedSbom>[];
    readonly scans: Attested<Scan>[];
    readonly vex: Attested<VexDocument>[];
    readonly provenance: Attested<Provenance>[];
  },
): DocumentReading {
  const { predicateType, predicate } = attestation;
  const read = <T>(
    decoded: Decoded<T>,
    list: Attested<T>[],
    timesOf: (document: T) => readonly [stated: string | undefined, ...others: (string | undefined)[]],
  ): DocumentReading => {
    if (!decoded.ok) return { issues: decoded.issues, times: [], keep: () => {} };
    const document = decoded.value;
    const [statedAt, ...others] = timesOf(document);
    return {
      issues: [],
      ...(statedAt === undefined ? {} : { statedAt }),
      times: [statedAt, ...others].filter((time) => time !== undefined),
      keep: () => list.push({ attestation, document }),
    };
  };
  switch (documentKindOf(predicateType)) {
    case "sbom":
      return read(decodeSbomPredicate(predicate), lists.sboms, ({ sbom }) => [sbom.createdAt]);
    case "scan":
      return read(decodeScan(predicateType, predicate), lists.scans, ({ finishedAt, startedAt, database }) => [
        finishedAt,
        startedAt,
        database.updatedAt,
      ]);
    case "vex":
      return read(decodeOpenVex(predicate), lists.vex, ({ timestamp, statements }) => [
        timestamp,
        ...statements.map((statement) => statement.timestamp),
      ]);
    case "provenance":
      return read(decodeProvenance(predicate), lists.provenance, ({ finishedOn, startedOn }) => [
        finishedOn,
        startedOn,
      ]);
    default:
      return { issues: [], times: [], keep: () => {} };
  }
}

/** cosign's `--type spdx` stores the document as one JSON string. */
function decodeSbomPredicate(predicate: Value): Decoded<DecodedSbom> {
  if (typeof predicate !== "string") return decodeSbom(predicate);
  try {
    return decodeSbom(readJson(encodeUtf8(predicate), { maxBytes: LIMITS.attachmentBytes }));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return {
      ok: false,
      issues: [
        {
          code: "DOCUMENT_INVALID",
          path: "",
          message: `the predicate is text that is not a JSON document: ${message}`,
        },
      ],
    };
  }
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
