import {
  predicateTypeUris,
  type Verification,
  type VerifiedAttestation,
  type VerifiedSignature,
} from "../attestation/index.ts";
import {
  type Decoded,
  type Digest,
  encodeUtf8,
  type Issue,
  LIMITS,
  parseTime,
  readJson,
  type Value,
} from "../base/index.ts";
import {
  type AnsweredFinding,
  answerFindings,
  type DecodedSbom,
  decodeOpenVex,
  decodeProvenance,
  decodeSbom,
  decodeScan,
  type Finding,
  type Provenance,
  type Scan,
  type VexDocument,
} from "../metadata/index.ts";
import type { OpenImage } from "./open-image.ts";

/** A decoded document with the attestation that carries it. */
interface Attested<T> {
  readonly attestation: VerifiedAttestation;
  readonly document: T;
}

/** The documents of an image's verified attestations, decoded; what cannot be decoded is listed with its reason. */
interface Documents {
  readonly sboms: readonly Attested<DecodedSbom>[];
  readonly scans: readonly Attested<Scan>[];
  readonly vex: readonly Attested<VexDocument>[];
  readonly provenance: readonly Attested<Provenance>[];
  readonly unreadable: readonly { readonly attestation: VerifiedAttestation; readonly issues: readonly Issue[] }[];
}

const SBOM_TYPES: ReadonlySet<string> = new Set([...predicateTypeUris("cyclonedx"), ...predicateTypeUris("spdx")]);
const SCAN_TYPES: ReadonlySet<string> = new Set([...predicateTypeUris("vuln"), ...predicateTypeUris("vulns")]);
const VEX_TYPES: ReadonlySet<string> = new Set(predicateTypeUris("openvex"));
const PROVENANCE_TYPES: ReadonlySet<string> = new Set(predicateTypeUris("slsaprovenance1"));

/**
 * The evidence of one image as policies see it: plain data made of verified signatures and attestations, decoded views of
 * their documents, and the findings of the newest scans, each with the VEX statement that decides it.
 *
 * Stated rules: a scan supersedes older ones of the same signer and scanner; VEX merges statement by statement and the
 * newest wins; every time here is the signer's own word (`self-asserted`) until a timestamp authority says more.
 */
export function describeEvidence(image: OpenImage, verification: Verification): Value {
  const documents = decodeDocuments(verification.attestations);
  const scans = newestFirst(documents.scans, ({ document }) => document.finishedAt);
  const findings = answerAll(image, currentScans(scans), documents.vex);
  const platforms = image.platforms.map(({ digest }) => digest);
  return {
    image: image.name,
    digest: image.descriptor.digest,
    platforms,
    signatures: verification.signatures.map(describeSignature),
    attestations: newestFirst(
      [...verification.attestations],
      (attestation) => statedAt(attestation, documents) ?? "",
    ).map((attestation) => describeAttestation(attestation, statedAt(attestation, documents))),
    rejected: [
      ...verification.rejected.map(({ kind, code, message, foundAt, claims }) => ({
        kind,
        code,
        message,
        foundAt: { ...foundAt },
        ...(claims === undefined ? {} : { claims: { ...claims } }),
      })),
      ...documents.unreadable.map(describeUnreadable),
    ],
    sboms: documents.sboms.map(({ document, attestation }) => ({
      format: document.format,
      specVersion: document.specVersion,
      components: document.sbom.components.length,
      name: document.sbom.subject.name,
      createdAt: document.sbom.createdAt,
      subject: attestation.subject,
      notLookedAt: document.sbom.notLookedAt.length,
    })),
    scans: scans.map(({ document }) => ({
      scanner: { name: document.scanner.name, version: document.scanner.version },
      database: { ...document.database },
      startedAt: document.startedAt,
      finishedAt: document.finishedAt,
      findings: document.findings.length,
      notLookedAt: document.notLookedAt.length,
    })),
    vex: documents.vex.map(({ document }) => ({
      id: document.id,
      author: document.author,
      timestamp: document.timestamp,
      statements: document.statements.length,
    })),
    provenance: documents.provenance.map(({ document }) => ({
      builderId: document.builderId,
      buildType: document.buildType,
    })),
    findings: findings.map(describeFinding),
  };
}

function decodeDocuments(attestations: readonly VerifiedAttestation[]): Documents {
  const sboms: Attested<DecodedSbom>[] = [];
  const scans: Attested<Scan>[] = [];
  const vex: Attested<VexDocument>[] = [];
  const provenance: Attested<Provenance>[] = [];
  const unreadable: { attestation: VerifiedAttestation; issues: readonly Issue[] }[] = [];
  const keep = <T>(list: Attested<T>[], attestation: VerifiedAttestation, decoded: Decoded<T>): void => {
    if (decoded.ok) list.push({ attestation, document: decoded.value });
    else unreadable.push({ attestation, issues: decoded.issues });
  };
  for (const attestation of attestations) {
    const { predicateType, predicate } = attestation;
    if (SBOM_TYPES.has(predicateType)) keep(sboms, attestation, decodeSbomPredicate(predicate));
    else if (SCAN_TYPES.has(predicateType)) keep(scans, attestation, decodeScan(predicateType, predicate));
    else if (VEX_TYPES.has(predicateType)) keep(vex, attestation, decodeOpenVex(predicate));
    else if (PROVENANCE_TYPES.has(predicateType)) keep(provenance, attestation, decodeProvenance(predicate));
  }
  return { sboms, scans, vex, provenance, unreadable };
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

/** The newest scan of each signer and scanner: older ones are superseded, other scanners' are not. */
function currentScans(newest: readonly Attested<Scan>[]): readonly Attested<Scan>[] {
  const seen = new Set<string>();
  return newest.filter(({ attestation, document }) => {
    const key = `${attestation.signer.keyId} ${document.scanner.name}`;
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

function answerAll(
  image: OpenImage,
  scans: readonly Attested<Scan>[],
  vex: readonly Attested<VexDocument>[],
): readonly AnsweredFinding[] {
  const findings = new Map<string, Finding>();
  for (const { document } of scans) {
    for (const finding of document.findings) {
      const key = `${finding.vulnerability} ${finding.purl}`;
      if (!findings.has(key)) findings.set(key, finding);
    }
  }
  const digests: Digest[] = [image.descriptor.digest, ...image.platforms.map(({ digest }) => digest)];
  return answerFindings({
    findings: [...findings.values()],
    product: { purls: [], digests },
    documents: vex.map(({ document, attestation }) => ({
      document,
      source: attestation.foundAt.manifest,
      isAttestedForProduct: true,
    })),
  });
}

function newestFirst<T>(items: readonly T[], timeOf: (item: T) => string): readonly T[] {
  const time = (item: T): number => parseTime(timeOf(item)) ?? Number.NEGATIVE_INFINITY;
  return [...items].sort((a, b) => time(b) - time(a));
}

/** The time that an attestation's own document states, for lack of a better one. */
function statedAt(attestation: VerifiedAttestation, documents: Documents): string | undefined {
  const of = <T>(list: readonly Attested<T>[], time: (document: T) => string | undefined): string | undefined => {
    const found = list.find((each) => each.attestation === attestation);
    return found === undefined ? undefined : time(found.document);
  };
  return (
    attestation.signedTime.at ??
    of(documents.scans, (scan) => scan.finishedAt) ??
    of(documents.vex, (document) => document.timestamp) ??
    of(documents.provenance, (provenance) => provenance.finishedOn) ??
    of(documents.sboms, ({ sbom }) => sbom.createdAt)
  );
}

function describeSignature({ signer, annotations, signedTime, foundAt, subject }: VerifiedSignature): Value {
  return {
    signer: { name: signer.name, keyId: signer.keyId },
    annotations,
    signedTime: { ...signedTime },
    foundAt: { ...foundAt },
    subject,
  };
}

function describeAttestation(attestation: VerifiedAttestation, stated: string | undefined): Value {
  const { predicateType, predicate, signer, signedTime, foundAt, subject } = attestation;
  return {
    predicateType,
    predicateTypes: [...predicateTypeUris(predicateType)],
    predicate,
    signer: { name: signer.name, keyId: signer.keyId },
    signedTime: { ...signedTime },
    foundAt: { ...foundAt },
    subject,
    ...(stated === undefined ? {} : { statedAt: stated }),
  };
}

function describeUnreadable({ attestation, issues }: Documents["unreadable"][number]): Value {
  const [first] = issues;
  return {
    kind: "attestation",
    code: first?.code ?? "DOCUMENT_INVALID",
    message: `the signature holds, the document cannot be read: ${first?.path ?? ""} ${first?.message ?? ""}`.trimEnd(),
    foundAt: { ...attestation.foundAt },
    claims: { predicateType: attestation.predicateType },
  };
}

function describeFinding(finding: AnsweredFinding): Value {
  const { vulnerability, aliases, purl, component, version, severity, score, fixedVersions, statement, answered } =
    finding;
  return {
    vulnerability,
    aliases,
    purl,
    component,
    version,
    severity,
    ...(score === undefined ? {} : { score }),
    fixedVersions,
    statement: statement === null ? null : describeStatement(statement),
    answered,
  };
}

function describeStatement(statement: NonNullable<AnsweredFinding["statement"]>): Value {
  const { status, justification, impactStatement, actionStatement, timestamp, author } = statement;
  return {
    status,
    ...(justification === undefined ? {} : { justification }),
    ...(impactStatement === undefined ? {} : { impactStatement }),
    ...(actionStatement === undefined ? {} : { actionStatement }),
    timestamp,
    author,
  };
}
