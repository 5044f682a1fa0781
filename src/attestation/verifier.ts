import { type Digest, decodeBase64, encodeBase64, LIMITS } from "../base/index.ts";
import { decodeBundle } from "./bundle.ts";
import { decodeEnvelope, type Envelope } from "./envelope.ts";
import type {
  Candidate,
  RejectedCandidate,
  Verification,
  VerificationCheck,
  VerifiedAttestation,
  VerifiedSignature,
} from "./evidence.ts";
import { legacyEvidence } from "./legacy-evidence.ts";
import { IMAGE_SIGNATURE_PREDICATE_TYPE } from "./predicate-types.ts";
import { quoteText } from "./quote-text.ts";
import { type Refusal, type Refused, refuse, refuseIssues, refuseSubject } from "./refusal.ts";
import { refuseCertificates, refuseUnverified } from "./refuse-unverified.ts";
import { checkOfMessage, isSignedByKey } from "./signature-schemes.ts";
import {
  type FoundSigner,
  findCertificateSigner,
  findEnvelopeKeySigners,
  findKeySigners,
  readSigningCertificate,
  readSigningCertificatePem,
  refuseForCertificate,
  type SigningCertificate,
} from "./signers.ts";
import { decodeSimpleSigning, simpleSigningToValue } from "./simple-signing.ts";
import { statedTimeOf } from "./stated-time.ts";
import { decodeStatement, STATEMENT_PAYLOAD_TYPE, type Statement } from "./statement.ts";
import { ATTACHMENT_ANNOTATIONS, annotationOf } from "./storage/media-types.ts";
import { indexSubjects, matchStatement, type SubjectIndex, type SubjectMatch } from "./subject-match.ts";
import { createTrustContext, type TrustContext } from "./trust-context.ts";
import { type ParsedKey, parseTrustedKeys } from "./trusted-keys.ts";
import type { TrustedKey, VerificationPolicy, VerifierOptions } from "./verifier-options.ts";
import { toEvidence } from "./verify-bundle.ts";
import { type ProvenEvidence, type SignatureEvidence, verifyEvidence } from "./verify-evidence.ts";

/** Verifies candidates against keys that are parsed once. */
export interface Verifier {
  /** As {@link verifyCandidates}, for one image's subjects. */
  verify(candidates: readonly Candidate[], subjects: readonly Digest[]): Verification;
}

type Verified = VerifiedSignature | VerifiedAttestation;
type Outcome = { readonly ok: true; readonly verified: readonly Verified[] } | RefusedAfterChecks;

/** A cause of rejection, with what was checked before. */
interface RefusedAfterChecks extends Refused {
  readonly checks?: readonly VerificationCheck[];
}

/** What a step needs of the whole. */
interface Context {
  readonly keys: readonly ParsedKey[];
  readonly trust: TrustContext;
  readonly subjects: SubjectIndex;
}

/**
 * Judges everything found beside one image: which signatures and attestations count, and why the rest does not. Every
 * candidate ends in exactly one of the two; a rejected one never takes an accepted one away, and nothing a candidate
 * holds makes this throw. With several trusted signers of one envelope, each gives its own entry.
 *
 * Codes of rejection: ENVELOPE_INVALID, BUNDLE_INVALID, PAYLOAD_INVALID, STATEMENT_INVALID (malformed, or a payload that
 * is not an in-toto Statement), BUNDLE_UNSUPPORTED (another version, or it signs a blob), SUBJECT_MISMATCH,
 * SIGNATURE_INVALID and SIGNER_UNKNOWN. The last two: where a hint or keyid names a key, a trusted key's signature that
 * does not verify is SIGNATURE_INVALID and another key's is SIGNER_UNKNOWN. Without a hint (cosign's tags have none) a
 * stranger's signature and a changed payload look the same; that is SIGNATURE_INVALID, with both causes in the message.
 * LIMIT_EXCEEDED: so many keys are trusted, or so much was to be hashed for them, that not every one could be tried.
 *
 * A hint is advice, not signed: any trusted key that verifies counts. A certificate counts with a trust root and a trusted
 * identity, by the rules and with the codes of {@link createBundleVerifier}. For a key, log entries and timestamps are
 * looked at where `thresholds` ask for them, timestamps also where the key has a validity; otherwise they are not
 * checked, as with cosign's --insecure-ignore-tlog, and `notes` say so.
 *
 * @throws {AmapError} KEY_INVALID, KEY_UNSUPPORTED for a trusted key, USAGE for a threshold; never for a candidate
 * @see DSSE v1.0.2 protocol.md; in-toto Statement v1; sigstore_bundle.proto
 * @example
 * ```ts
 * import { verifyCandidates } from "./index.ts";
 * verifyCandidates([], { keys: [], subjects: [`sha256:${"ab".repeat(32)}`] }).rejected.length; // 0
 * ```
 */
export function verifyCandidates(candidates: readonly Candidate[], policy: VerificationPolicy): Verification {
  return createVerifier(policy.keys, policy).verify(candidates, policy.subjects);
}

/** What is asked of a key's signature unless the caller states thresholds: nothing but the signature. */
const KEY_THRESHOLDS = { logs: 0, timestamps: 0, times: 0, certificateTimestamps: 0 };

/**
 * A verifier that keeps its parsed keys, for many images.
 *
 * @throws {AmapError} KEY_INVALID, KEY_UNSUPPORTED, USAGE for a threshold
 * @example
 * ```ts
 * import { createVerifier } from "./index.ts";
 * createVerifier([]).verify([], [`sha256:${"ab".repeat(32)}`]).signatures.length; // 0
 * ```
 */
export function createVerifier(trusted: readonly TrustedKey[], options: Omit<VerifierOptions, "keys"> = {}): Verifier {
  const keys = parseTrustedKeys(trusted);
  const trust = createTrustContext(options, KEY_THRESHOLDS);
  return {
    verify: (candidates, subjects) => {
      const context = { keys, trust, subjects: indexSubjects(subjects) };
      const signatures: VerifiedSignature[] = [];
      const attestations: VerifiedAttestation[] = [];
      const rejected: RejectedCandidate[] = [];
      for (const candidate of candidates) {
        const outcome = verifyCandidate(candidate, context);
        if (!outcome.ok) {
          const { refusal, checks = [] } = outcome;
          const checked = checks.length === 0 ? {} : { checks };
          rejected.push({ foundAt: candidate.foundAt, kind: candidate.kind, ...refusal, ...checked });
          continue;
        }
        for (const verified of outcome.verified) {
          if (verified.kind === "signature") signatures.push(verified);
          else attestations.push(verified);
        }
      }
      return { signatures, attestations, rejected };
    },
  };
}

function verifyCandidate(candidate: Candidate, context: Context): Outcome {
  if (candidate.kind === "simple-signing") return verifySimpleSigning(candidate, context);
  return candidate.kind === "envelope" ? verifyLegacyEnvelope(candidate, context) : verifyBundle(candidate, context);
}

function verifySimpleSigning(candidate: Candidate & { kind: "simple-signing" }, context: Context): Outcome {
  const { annotations } = candidate;
  // Every trusted key hashes it.
  if (candidate.payload.length > LIMITS.simpleSigningBytes) {
    const found = `found ${candidate.payload.length}`;
    return refuse("PAYLOAD_INVALID", `expected a payload of at most ${LIMITS.simpleSigningBytes} bytes, ${found}`);
  }
  const text = annotationOf(annotations, ATTACHMENT_ANNOTATIONS.signature);
  const sig = text === undefined ? undefined : decodeBase64(text);
  if (sig === undefined || sig.length === 0) {
    const found = quoteText(text);
    return refuse("SIGNATURE_INVALID", `${ATTACHMENT_ANNOTATIONS.signature}: expected base64, found ${found}`);
  }
  const signers = findSimpleSigners(candidate, sig, context);
  if (!signers.ok) return signers;
  const proven = proveFirst(signers.signers, (found) => legacyEvidence(candidate, found), context);
  if (!proven.ok) return proven;
  const payload = decodeSimpleSigning(candidate.payload);
  if (!payload.ok) return refuseIssues(payload);
  const { digest, annotations: stated = {} } = payload.value;
  if (context.subjects.positionOf(digest) === undefined) return refuseSubject([digest], context.subjects);
  const verified = proven.evidence.slice(0, 1).map(
    (evidence): VerifiedSignature => ({
      kind: "signature",
      signer: evidence.signer,
      foundAt: candidate.foundAt,
      subject: digest,
      annotations: stated,
      signedTime: evidence.times[0] ?? { source: "self-asserted" },
      payload: simpleSigningToValue(payload.value, "cosign container image signature"),
      ...describeChecks(evidence, []),
    }),
  );
  return { ok: true, verified };
}

/** The trusted keys that signed a payload; where there is none, the certificate beside it. */
function findSimpleSigners(
  { payload, annotations }: Candidate & { kind: "simple-signing" },
  sig: Uint8Array,
  context: Context,
): Signers | Refused {
  const { signers, limit } = findKeySigners(checkOfMessage(payload), { signatures: [sig], hints: [] }, context.keys);
  if (signers.length > 0) return { ok: true, signers };
  const certificate = readAnnotatedCertificate(annotations, context);
  if (certificate === undefined) return limit ?? refuseUnverified({ signatures: [{ sig }], annotations }, context.keys);
  if (!certificate.ok) return certificate;
  if (!isSignedByKey(certificate.publicKey, payload, sig)) return refuseForCertificate();
  return { ok: true, signers: [{ signer: certificate.signer, signature: sig }] };
}

function verifyLegacyEnvelope(candidate: Candidate & { kind: "envelope" }, context: Context): Outcome {
  const { annotations } = candidate;
  const envelope = decodeEnvelope(candidate.bytes);
  if (!envelope.ok)
    return refuseIssues(envelope, claimOf(annotationOf(annotations, ATTACHMENT_ANNOTATIONS.predicateType)));
  return verifyEnvelope(
    {
      candidate,
      envelope: envelope.value,
      annotations,
      certificate: () => readAnnotatedCertificate(annotations, context),
      evidence: (found) => legacyEvidence({ ...candidate, envelope: envelope.value }, found),
    },
    context,
  );
}

function verifyBundle(candidate: Candidate & { kind: "bundle" }, context: Context): Outcome {
  const decoded = decodeBundle(candidate.bytes, context.trust);
  if (!decoded.ok) return refuseIssues(decoded);
  const bundle = decoded.value;
  const { material, content } = bundle;
  if (content.kind !== "envelope") {
    return refuse("BUNDLE_UNSUPPORTED", "expected a DSSE envelope, found the signature of a blob");
  }
  const { envelope } = content;
  const shared = { candidate, envelope, annotations: {}, evidence: (found: FoundSigner) => toEvidence(bundle, found) };
  if (material.kind === "publicKey") {
    return verifyEnvelope({ ...shared, hint: material.hint, certificate: () => undefined }, context);
  }
  if (context.trust.identities.length === 0) return refuseCertificates(claimedType(envelope));
  // A key that made the signature too would not make this the key's bundle.
  return verifyEnvelope(
    { ...shared, certificate: () => readSigningCertificate(material, context.trust.memory) },
    { ...context, keys: [] },
  );
}

function readAnnotatedCertificate(
  annotations: Readonly<Record<string, string>>,
  { trust }: Context,
): SigningCertificate | Refused | undefined {
  const pem = annotationOf(annotations, ATTACHMENT_ANNOTATIONS.certificate) ?? "";
  if (pem === "" || trust.identities.length === 0) return undefined;
  return readSigningCertificatePem(pem, annotationOf(annotations, ATTACHMENT_ANNOTATIONS.chain) ?? "");
}

/** Payloads up to this size are read for what they claim although nobody trusted signed them. */
const CLAIM_BYTES = 1024 * 1024;

/** An envelope with what stands around it, none of which is signed. */
interface EnvelopeInput {
  readonly candidate: Candidate;
  readonly envelope: Envelope;
  readonly hint?: string | undefined;
  readonly annotations: Readonly<Record<string, string>>;
  /** The certificate beside it, where one is there and may count. */
  readonly certificate: () => SigningCertificate | Refused | undefined;
  /** What stands beside a signature of it. */
  readonly evidence: (found: FoundSigner) => SignatureEvidence;
}

/** The steps for every envelope: payload type, signature, what stands beside it, statement, subject, then what it is. */
function verifyEnvelope(input: EnvelopeInput, context: Context): Outcome {
  const { envelope, annotations } = input;
  if (envelope.payloadType !== STATEMENT_PAYLOAD_TYPE) {
    const found = quoteText(envelope.payloadType);
    return refuse("ENVELOPE_INVALID", `payloadType: expected "${STATEMENT_PAYLOAD_TYPE}", found ${found}`);
  }
  const signers = findEnvelopeSigners(input, context);
  if (!signers.ok) return withClaims(signers, envelope);
  const proven = proveFirst(signers.signers, input.evidence, context);
  if (!proven.ok) return withClaims(proven, envelope);
  const statement = decodeStatement(envelope.payload);
  if (!statement.ok) return refuseIssues(statement);
  const subject = matchStatement(statement.value, context.subjects);
  if (subject === undefined) {
    const found = statement.value.subject.map(({ digest }) => digest);
    return refuseSubject(found, context.subjects, claimOf(statement.value.predicateType));
  }
  const notes = annotationNotes(annotations, statement.value.predicateType);
  const found = { statement: statement.value, subject, notes };
  return { ok: true, verified: proven.evidence.map((evidence) => toVerified(input, { ...found, evidence })) };
}

type Signers = { readonly ok: true; readonly signers: readonly FoundSigner[] };

function findEnvelopeSigners(input: EnvelopeInput, context: Context): Signers | Refused {
  const { envelope, hint, annotations } = input;
  const { signers, limit } = findEnvelopeKeySigners(envelope, hint, context.keys);
  if (signers.length > 0) return { ok: true, signers };
  const certificate = input.certificate();
  if (certificate === undefined) {
    return limit ?? refuseUnverified({ signatures: envelope.signatures, hint, annotations }, context.keys);
  }
  if (!certificate.ok) return certificate;
  const signer = findCertificateSigner(envelope, certificate);
  return "ok" in signer ? signer : { ok: true, signers: [signer] };
}

/**
 * What stands beside each signer's signature, for those for whom it is enough; else the first cause. One key that is
 * trusted for two periods is two signers here, and counts once.
 */
function proveFirst(
  signers: readonly FoundSigner[],
  evidenceOf: (found: FoundSigner) => SignatureEvidence,
  { trust }: Context,
): { readonly ok: true; readonly evidence: readonly ProvenEvidence[] } | RefusedAfterChecks {
  const proven: ProvenEvidence[] = [];
  let refused: RefusedAfterChecks | undefined;
  for (const found of signers) {
    const outcome = verifyEvidence(evidenceOf(found), trust);
    if (!outcome.ok) refused ??= outcome;
    else if (!proven.some(({ signer }) => isSameKey(signer, outcome.signer))) proven.push(outcome);
  }
  if (proven.length > 0) return { ok: true, evidence: proven };
  return refused ?? refuse("SIGNER_UNKNOWN", "no signer was found");
}

function isSameKey(left: ProvenEvidence["signer"], right: ProvenEvidence["signer"]): boolean {
  return left.kind === "key" && right.kind === "key" && left.keyId === right.keyId;
}

/** By its signed predicate type alone: an attestation is never a signature, wherever it is stored. */
function toVerified(
  input: EnvelopeInput,
  found: {
    readonly evidence: ProvenEvidence;
    readonly statement: Statement;
    readonly subject: SubjectMatch;
    readonly notes: readonly string[];
  },
): Verified {
  const { evidence, statement, subject, notes } = found;
  // Only the digests of images are asked for here.
  const digest = subject.digest as Digest;
  const { predicateType } = statement;
  const shared = {
    signer: evidence.signer,
    foundAt: input.candidate.foundAt,
    subject: digest,
    ...describeChecks(evidence, notes),
  };
  const signedTime = evidence.times[0] ?? statedTimeOf(statement);
  if (predicateType === IMAGE_SIGNATURE_PREDICATE_TYPE) {
    const { annotations } = subject;
    const payload = simpleSigningToValue({ dockerReference: "", digest, annotations }, predicateType);
    return { kind: "signature", ...shared, annotations, signedTime, payload };
  }
  return {
    kind: "attestation",
    ...shared,
    statement,
    predicateType,
    // A large predicate is made when it is asked for, and not before.
    get predicate() {
      return statement.predicate;
    },
    signedTime,
    envelope: toText(input.envelope),
  };
}

function toText({ payload, payloadType, signatures }: Envelope): VerifiedAttestation["envelope"] {
  return {
    payload,
    payloadType,
    signatures: signatures.map(({ sig, keyid }) => ({
      sig: encodeBase64(sig),
      ...(keyid === undefined ? {} : { keyid }),
    })),
  };
}

/** What an unverified envelope says it is, for reports. */
function claimedType(envelope: Envelope): Refusal["claims"] {
  // Nobody vouches for these bytes: reading megabytes of them for a word in a report would be work for an attacker (C8).
  if (envelope.payload.length > CLAIM_BYTES) return undefined;
  const statement = decodeStatement(envelope.payload);
  return statement.ok ? claimOf(statement.value.predicateType) : undefined;
}

function claimOf(predicateType: string | undefined): Refusal["claims"] {
  return predicateType === undefined ? undefined : { predicateType };
}

function annotationNotes(annotations: Readonly<Record<string, string>>, predicateType: string): readonly string[] {
  const stated = annotationOf(annotations, ATTACHMENT_ANNOTATIONS.predicateType);
  if (stated === undefined || stated === predicateType) return [];
  return [`the unsigned annotation says ${quoteText(stated)}, the signed statement ${quoteText(predicateType)}`];
}

/** What was checked, and what was seen and does not count; nothing where there is nothing to say. */
function describeChecks(
  evidence: ProvenEvidence,
  others: readonly string[],
): Pick<VerifiedSignature, "checks" | "notes"> {
  const notes = [...evidence.notes, ...others];
  return {
    ...(evidence.checks.length === 0 ? {} : { checks: evidence.checks }),
    ...(notes.length === 0 ? {} : { notes }),
  };
}

function withClaims(refused: RefusedAfterChecks, envelope: Envelope): RefusedAfterChecks {
  const claims = refused.refusal.claims ?? claimedType(envelope);
  return claims === undefined ? refused : { ...refused, refusal: { ...refused.refusal, claims } };
}
