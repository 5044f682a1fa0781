import {
  predicateTypeAliases,
  type Verification,
  type VerifiedAttestation,
  type VerifiedSignature,
} from "../../attestation/index.ts";
import type { Value, ValueObject } from "../../base/index.ts";
import {
  type AnsweredFinding,
  type CodeReview,
  type DecidingStatement,
  type DecodedSbom,
  describeImage,
  type SastPredicate,
  type VexSubject,
} from "../../metadata/index.ts";
import type { AttestorRequest, EvidenceKind } from "../../policy/index.ts";
import { platformsOf } from "../image-platforms.ts";
import type { OpenImage } from "../open-image.ts";
import { documentKindOf } from "./document-kinds.ts";
import { type AttestedAcceptance, findAcceptance, judgeAcceptances } from "./evidence-acceptances.ts";
import { type Attested, decodeDocuments, type JudgedScan, judgeScans, type Uncounted } from "./evidence-documents.ts";
import { type Answers, answerAll, mergeFindings } from "./evidence-findings.ts";
import { describeProvenance } from "./evidence-provenance.ts";

/**
 * The evidence of one image as policies see it: plain data made of verified signatures and attestations, decoded views of
 * their documents, and the findings of the current scans, each with the VEX statement that decides it.
 *
 * Stated rules: a scan supersedes older ones of the same subject, signer and scanner (`current: false`); where scanners
 * differ about a finding the worst severity counts; VEX merges statement by statement and the newest wins; every time
 * here is the signer's own word (`self-asserted`) until a timestamp authority says more, and a document dated more than
 * five minutes after `now` is rejected. A document that cannot be read is in `unreadable`, so that a policy need not fall
 * back to an older one in silence. A signer may only state what the attestors under whose names it goes may; the
 * dependencies of all SBOMs together say which components a VEX statement cuts off.
 * @param now milliseconds since 1970
 * @param attestors for whom it was verified
 */
export function describeEvidence(
  image: OpenImage,
  verification: Verification,
  now: number,
  attestors: readonly Pick<AttestorRequest, "name" | "states">[],
): Value {
  const mayState = trustOf(attestors);
  const documents = decodeDocuments(verification.attestations, now, mayState);
  const scans = judgeScans(documents.scans);
  const platforms = image.platforms.map(({ digest }) => digest);
  const findings = mergeFindings(scans.filter(({ current }) => current).map(({ document }) => document));
  const product = subjectOf(image);
  const acceptances = judgeAcceptances(documents.acceptances, product, now);
  const acceptanceOf = findAcceptance(acceptances, product);
  const answers = answerAll({
    product,
    findings,
    vex: documents.vex,
    sboms: documents.sboms.map(({ document }) => document.sbom),
    now,
  });
  const signatures = verification.signatures.filter((each) => mayState(each, "signature"));
  const distrusted = verification.signatures.filter((each) => !mayState(each, "signature"));
  return {
    image: image.name,
    digest: image.descriptor.digest,
    platforms,
    signatures: signatures.map(describeSignature),
    attestations: documents.attestations.map(({ attestation, statedAt }) => describeAttestation(attestation, statedAt)),
    rejected: [
      ...verification.rejected.map(({ kind, code, message, foundAt, claims }) => ({
        kind,
        code,
        message,
        foundAt: { ...foundAt },
        ...(claims === undefined ? {} : { claims: { ...claims } }),
      })),
      ...distrusted.map(describeDistrusted),
      ...documents.uncounted.map(describeRejected),
    ],
    unreadable: documents.uncounted.flatMap(describeUnreadable),
    sboms: documents.sboms.map(describeSbom),
    scans: scans.map(describeScan),
    vex: answers.documents.map(describeVex),
    provenance: documents.provenance.map(({ document, attestation }) => ({
      ...describeProvenance(document, attestation),
      signer: describeSigner(attestation),
    })),
    sast: documents.sast.map(describeSast),
    reviews: documents.reviews.map(describeReview),
    acceptances: acceptances.map((each) => ({ ...describeAcceptance(each), counts: each.counts })),
    findings: answers.findings.map((finding) => {
      const acceptance = acceptanceOf(finding);
      const accepted = acceptance === undefined ? null : describeAcceptance(acceptance);
      return { ...describeFinding(finding, answers.attestations), accepted };
    }),
  };
}

/** The image as documents name it: by its digest, alone or as a package URL with its repository; an index with its platforms. */
function subjectOf(image: OpenImage): VexSubject {
  const { storage, descriptor, document } = image;
  const { repository } = storage;
  const { digest } = descriptor;
  const name = repository.slice(repository.lastIndexOf("/") + 1);
  const { purl } = describeImage({ name, digest, repositoryUrl: repository });
  return {
    purls: purl === undefined ? [] : [purl],
    digests: [digest],
    ...(document.kind === "index" ? { indexDigest: digest, platforms: platformsOf(image) } : {}),
  };
}

/** Whether a signer is, under one of its names, an attestor that may state a kind of evidence. */
function trustOf(
  attestors: readonly Pick<AttestorRequest, "name" | "states">[],
): (by: VerifiedSignature | VerifiedAttestation, kind: EvidenceKind) => boolean {
  const limits = new Map(attestors.map(({ name, states }) => [name, states]));
  return ({ signer: { name, otherNames = [] } }, kind) =>
    [name, ...otherNames].some((each) => limits.has(each) && (limits.get(each)?.includes(kind) ?? true));
}

function describeSigner({ signer }: VerifiedSignature | VerifiedAttestation): Value {
  const { name, otherNames = [] } = signer;
  const names = { name, ...(otherNames.length === 0 ? {} : { otherNames }) };
  if (signer.kind === "key") return { ...names, keyId: signer.keyId };
  const { subject, issuer, extensions, fingerprint } = signer;
  return { ...names, subject, ...(issuer === undefined ? {} : { issuer }), extensions: { ...extensions }, fingerprint };
}

function describeSignature(signature: VerifiedSignature): Value {
  const { annotations, signedTime, foundAt, subject } = signature;
  return {
    signer: describeSigner(signature),
    annotations,
    signedTime: { ...signedTime },
    foundAt: { ...foundAt },
    subject,
  };
}

function describeAttestation(attestation: VerifiedAttestation, stated: string | undefined): Value {
  const { predicateType, predicate, signedTime, foundAt, subject } = attestation;
  return {
    predicateType,
    predicateTypes: [...predicateTypeAliases(predicateType)],
    predicate,
    signer: describeSigner(attestation),
    signedTime: { ...signedTime },
    foundAt: { ...foundAt },
    subject,
    ...(stated === undefined ? {} : { statedAt: stated }),
  };
}

function describeRejected({ attestation, code, message }: Uncounted): Value {
  const { foundAt, predicateType } = attestation;
  return { kind: "attestation", code, message, foundAt: { ...foundAt }, claims: { predicateType } };
}

function describeDistrusted(signature: VerifiedSignature): Value {
  const message = `the signature holds, but the policy does not trust ${signature.signer.name} for signatures`;
  return { kind: "signature", code: "SIGNER_NOT_ALLOWED", message, foundAt: { ...signature.foundAt } };
}

/**
 * Only documents of a kind that amap reads; what it does not read says nothing here anyway, and neither does what somebody
 * states who may not.
 */
function describeUnreadable({ attestation, code, message, ...unread }: Uncounted): readonly Value[] {
  const { foundAt, predicateType } = attestation;
  const kind = unread.kind ?? documentKindOf(predicateType);
  if (kind === undefined || code === "SIGNER_NOT_ALLOWED") return [];
  return [{ kind, code, message, predicateType, signer: describeSigner(attestation), foundAt: { ...foundAt } }];
}

function describeSbom({ document, attestation }: Attested<DecodedSbom>): Value {
  return {
    format: document.format,
    specVersion: document.specVersion,
    components: document.sbom.components.length,
    name: document.sbom.subject.name,
    createdAt: document.sbom.createdAt,
    subject: attestation.subject,
    notLookedAt: document.sbom.notLookedAt.length,
    signer: describeSigner(attestation),
  };
}

function describeScan({ document, attestation, current }: JudgedScan): Value {
  return {
    scanner: { name: document.scanner.name, version: document.scanner.version },
    database: { ...document.database },
    startedAt: document.startedAt,
    finishedAt: document.finishedAt,
    findings: document.findings.length,
    notLookedAt: document.notLookedAt.length,
    current,
    signer: describeSigner(attestation),
  };
}

function describeVex({ document, attestation, withoutEffect }: Answers["documents"][number]): Value {
  return {
    id: document.id,
    author: document.author,
    timestamp: document.timestamp,
    statements: document.statements.length,
    withoutEffect,
    signer: describeSigner(attestation),
  };
}

/** The summary without its rules: those are in the attestation's predicate. */
function describeSast({ document, attestation }: Attested<SastPredicate>): Value {
  const { outcome, endedAt, counts, runs } = document.summary;
  return {
    outcome,
    ...(endedAt === undefined ? {} : { endedAt }),
    counts: { ...counts },
    tools: runs.map(({ tool }) => ({ ...tool })),
    problems: runs.flatMap(({ problems }) => problems),
    revisions: runs.flatMap(({ revisions }) => revisions.map((revision) => ({ ...revision }))),
    signer: describeSigner(attestation),
  };
}

function describeReview({ document, attestation }: Attested<CodeReview>): Value {
  const { repository, revision, base, branch, createdAt, countsStale, summary, notes } = document;
  return {
    repository,
    revision,
    ...(base === undefined ? {} : { base }),
    branch: branch.name,
    createdAt,
    countsStale,
    summary: { ...summary },
    notes,
    signer: describeSigner(attestation),
  };
}

function describeAcceptance({ acceptance, attestation }: AttestedAcceptance): ValueObject {
  const { finding, scope, owner, reason, author, approvers, decidedAt, until } = acceptance;
  return {
    finding,
    scope: { ...scope },
    owner,
    reason,
    author,
    approvers: approvers.map((approver) => ({ ...approver })),
    decidedAt,
    until,
    signer: describeSigner(attestation),
  };
}

function describeFinding(finding: AnsweredFinding, attestations: Answers["attestations"]): ValueObject {
  const { vulnerability, aliases, purl, component, version, severity, score, fixedVersions, statement } = finding;
  const { platforms, byPlatform } = finding;
  const describe = (deciding: DecidingStatement | null): Value =>
    deciding === null ? null : describeStatement(deciding, attestations.get(deciding.source));
  return {
    vulnerability,
    aliases,
    purl,
    component,
    version,
    severity,
    ...(score === undefined ? {} : { score }),
    fixedVersions,
    ...(platforms === undefined ? {} : { platforms }),
    statement: describe(statement),
    answered: finding.answered,
    ...(byPlatform === undefined
      ? {}
      : { byPlatform: byPlatform.map((each) => ({ ...each, statement: describe(each.statement) })) }),
    unmatched: finding.unmatched.map(({ documentId, reason }) => ({ documentId, reason })),
  };
}

function describeStatement(statement: DecidingStatement, attestation: VerifiedAttestation | undefined): Value {
  const { status, justification, impactStatement, actionStatement, timestamp, author, documentId } = statement;
  return {
    status,
    ...(justification === undefined ? {} : { justification }),
    ...(impactStatement === undefined ? {} : { impactStatement }),
    ...(actionStatement === undefined ? {} : { actionStatement }),
    timestamp,
    author,
    documentId,
    ...(attestation === undefined ? {} : { signer: describeSigner(attestation) }),
  };
}
