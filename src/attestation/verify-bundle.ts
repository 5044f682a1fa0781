import { encodeHex } from "../base/index.ts";
import type { Bundle, BundleMaterial, MessageSignature } from "./bundle.ts";
import type { SignedTime, SignerIdentity, VerificationCheck } from "./evidence.ts";
import { quoteText } from "./quote-text.ts";
import { type Refused, refuse, refuseIssues, refuseSubject } from "./refusal.ts";
import { refuseCertificates, refuseUnverified } from "./refuse-unverified.ts";
import { checkOfBlob, checkOfDigests, type SignatureCheck } from "./signature-schemes.ts";
import { type ArtifactDigests, knowDigests, type SignedArtifact } from "./signed-artifact.ts";
import {
  type FoundSigner,
  findCertificateSigner,
  findEnvelopeKeySigners,
  findKeySigners,
  readSigningCertificate,
  refuseForCertificate,
} from "./signers.ts";
import { statedTimeOf } from "./stated-time.ts";
import { decodeStatement, STATEMENT_PAYLOAD_TYPE, type Statement } from "./statement.ts";
import { matchStatement } from "./subject-match.ts";
import type { SignedContent } from "./tlog/verify-log-entry.ts";
import { createTrustContext, type TrustContext } from "./trust-context.ts";
import { type ParsedKey, parseTrustedKeys } from "./trusted-keys.ts";
import type { VerifierOptions } from "./verifier-options.ts";
import { type SignatureEvidence, type UnreadList, verifyEvidence } from "./verify-evidence.ts";

/** A bundle that verifies. */
export interface VerifiedBundle {
  readonly ok: true;
  readonly signer: SignerIdentity;
  /** The earliest proven time, else what the signer states. */
  readonly signedTime: SignedTime;
  /** Every proven time. */
  readonly times: readonly SignedTime[];
  /** Of an envelope. */
  readonly statement?: Statement;
  readonly checks: readonly VerificationCheck[];
  /** What was seen and did not count, in one sentence each. */
  readonly notes?: readonly string[];
}

/** A bundle that does not count, with the cause and what was checked before. */
export interface RefusedBundle extends Refused {
  readonly checks: readonly VerificationCheck[];
}

/** Verifies bundles against keys and a trust root that are parsed once. */
export interface BundleVerifier {
  /** Nothing that a bundle holds makes it throw. */
  verify(bundle: Bundle, artifact: SignedArtifact): VerifiedBundle | RefusedBundle;
}

/**
 * A verifier of bundles, for blobs and images, that keeps its parsed keys and trust root. It accepts a bundle when a
 * trusted key or a trusted identity's certificate signed it, the artifact is what was signed, and enough distinct logs
 * and authorities vouch for it: unless told otherwise one transparency log, one proven time and, for a certificate,
 * one log of certificates.
 *
 * Codes of refusal: SIGNER_UNKNOWN, SIGNATURE_INVALID, SUBJECT_MISMATCH, ENVELOPE_INVALID, STATEMENT_INVALID,
 * IDENTITY_MISMATCH, CERTIFICATE_INVALID, CERTIFICATE_UNTRUSTED, CERTIFICATE_EXPIRED, KEY_EXPIRED, TIME_UNPROVEN,
 * TIMESTAMP_INVALID, TIMESTAMP_UNKNOWN, TLOG_ENTRY_INVALID, TLOG_ENTRY_MISMATCH, TLOG_UNKNOWN, TLOG_INCLUSION_PROMISE,
 * TLOG_INCLUSION_PROOF, TLOG_CHECKPOINT, SCT_INVALID, THRESHOLD_UNMET, IDENTITY_EXPIRED, and LIMIT_EXCEEDED where not every
 * trusted key could be tried.
 *
 * @throws {AmapError} KEY_INVALID, KEY_UNSUPPORTED for a trusted key, USAGE for a threshold; never for a bundle
 * @see sigstore/architecture-docs, client-spec.md §4
 * @example
 * ```ts
 * import { createBundleVerifier, decodeBundle, encodeBundle } from "./index.ts";
 * const envelope = { payload: new Uint8Array(2), payloadType: "t", signatures: [{ sig: new Uint8Array(8) }] };
 * const bundle = decodeBundle(encodeBundle({ envelope, keyHint: "AAAA" }));
 * const verifier = createBundleVerifier({ keys: [] });
 * bundle.ok && verifier.verify(bundle.value, { kind: "bytes", bytes: new Uint8Array() }).ok; // false
 * ```
 */
export function createBundleVerifier(options: VerifierOptions): BundleVerifier {
  const keys = parseTrustedKeys(options.keys ?? []);
  const context = createTrustContext(options, { logs: 1, timestamps: 0, times: 1, certificateTimestamps: 1 });
  return { verify: (bundle, artifact) => verifyBundle(bundle, artifact, { keys, context }) };
}

/** What a step needs of the whole. */
interface Trust {
  readonly keys: readonly ParsedKey[];
  readonly context: TrustContext;
}

function verifyBundle(bundle: Bundle, artifact: SignedArtifact, trust: Trust): VerifiedBundle | RefusedBundle {
  const digests = knowDigests(artifact);
  const signers = findSigners(bundle, digests, trust);
  if (!signers.ok) {
    const { message } = signers.refusal;
    return { ...signers, checks: [{ name: "signature", passed: false, expected: SIGNED, found: message }] };
  }
  // One key that the caller trusts for two periods is two signers: the first that counts decides.
  let refused: RefusedBundle | undefined;
  for (const found of signers.signers) {
    const outcome = verifyFound(bundle, found, digests, trust);
    if (outcome.ok) return outcome;
    refused ??= outcome;
  }
  return refused as RefusedBundle;
}

const SIGNED = "a signature by a trusted key, or by the key of a certificate";

function verifyFound(
  bundle: Bundle,
  found: FoundSigner,
  digests: ArtifactDigests,
  trust: Trust,
): VerifiedBundle | RefusedBundle {
  const by = found.signer.kind === "key" ? found.signer.key.signer.name : "the certificate's key";
  const signature = { name: "signature", passed: true, expected: SIGNED, found: by } as const;
  const proven = verifyEvidence(toEvidence(bundle, found), trust.context);
  const checks: readonly VerificationCheck[] = [signature, ...proven.checks];
  if (!proven.ok) return { ...proven, checks };
  const expected = digests.subjects.shown;
  const subject = verifySubject(bundle.content, digests);
  if (!subject.ok) {
    const { message } = subject.refusal;
    return { ...subject, checks: [...checks, { name: "subject", passed: false, expected, found: message }] };
  }
  const { statement, digest } = subject;
  return {
    ok: true,
    signer: proven.signer,
    signedTime: proven.times[0] ?? (statement === undefined ? { source: "self-asserted" } : statedTimeOf(statement)),
    times: proven.times,
    ...(statement === undefined ? {} : { statement }),
    checks: [...checks, { name: "subject", passed: true, expected, found: digest }],
    ...(proven.notes.length === 0 ? {} : { notes: proven.notes }),
  };
}

type Signers = { readonly ok: true; readonly signers: readonly FoundSigner[] };

function findSigners({ material, content }: Bundle, digests: ArtifactDigests, trust: Trust): Signers | Refused {
  if (content.kind === "envelope" && content.envelope.signatures.length !== 1) {
    const count = content.envelope.signatures.length;
    return refuse("ENVELOPE_INVALID", `expected one signature in a bundle's envelope, found ${count}`);
  }
  if (content.kind === "messageSignature") {
    const other = refuseOtherDigest(content.messageSignature, digests);
    if (other !== undefined) return other;
  }
  return material.kind === "publicKey"
    ? findKeys(material.hint, content, digests, trust.keys)
    : findCertificate(material, content, digests, trust);
}

function findKeys(
  hint: string | undefined,
  content: Bundle["content"],
  digests: ArtifactDigests,
  keys: readonly ParsedKey[],
): Signers | Refused {
  const found =
    content.kind === "envelope"
      ? findEnvelopeKeySigners(content.envelope, hint, keys)
      : findKeySigners(
          checkOfArtifact(content.messageSignature, digests),
          { signatures: [content.messageSignature.signature], hints: hint === undefined ? [] : [hint] },
          keys,
        );
  if (found.signers.length > 0) return { ok: true, signers: found.signers };
  const signatures = content.kind === "envelope" ? content.envelope.signatures : [];
  return found.limit ?? refuseUnverified({ signatures, hint, annotations: {} }, keys);
}

function findCertificate(
  material: BundleMaterial & { kind: "certificate" },
  content: Bundle["content"],
  digests: ArtifactDigests,
  trust: Trust,
): Signers | Refused {
  if (trust.context.identities.length === 0) return refuseCertificates();
  const certificate = readSigningCertificate(material, trust.context.memory);
  if (!certificate.ok) return certificate;
  if (content.kind === "envelope") {
    const signer = findCertificateSigner(content.envelope, certificate);
    return "ok" in signer ? signer : { ok: true, signers: [signer] };
  }
  const { messageSignature } = content;
  const isSigned = checkOfArtifact(messageSignature, digests).isSignedBy(
    certificate.publicKey,
    messageSignature.signature,
  );
  if (!isSigned) return refuseForCertificate();
  return { ok: true, signers: [{ signer: certificate.signer, signature: messageSignature.signature }] };
}

/** The digest beside a blob's signature is not signed; where it is another one the bundle is about something else. */
function refuseOtherDigest({ digest }: MessageSignature, digests: ArtifactDigests): Refused | undefined {
  const found = `${digest.algorithm}:${encodeHex(digest.bytes)}`;
  if (digests.subjects.positionOf(found) !== undefined) return undefined;
  const message = `expected the signature of ${digests.subjects.shown}, found one of ${found}`;
  return refuse("SUBJECT_MISMATCH", message);
}

function checkOfArtifact({ digest }: MessageSignature, digests: ArtifactDigests): SignatureCheck {
  if (digests.bytes !== undefined) return checkOfBlob(digests.bytes, (algorithm) => digests.digestOf(algorithm));
  return checkOfDigests((algorithm) => (algorithm === digest.algorithm ? digest.bytes : digests.digestOf(algorithm)));
}

/** What stands beside a bundle's signature. */
export function toEvidence(bundle: Bundle, { signer, signature }: FoundSigner): SignatureEvidence {
  const { version, content, logEntries, timestamps } = bundle;
  const isCertificate = signer.kind === "certificate";
  const key = isCertificate ? signer.certificate.der : signer.key.key.spki;
  const signed: SignedContent =
    content.kind === "envelope"
      ? { kind: "envelope", envelope: content.envelope, signature, key, isCertificate }
      : { kind: "message", digest: content.messageSignature.digest, signature, key, isCertificate };
  const proof = version === "0.1" ? "promise" : "proof";
  return {
    signer,
    signed,
    logEntries: readList(logEntries),
    proof,
    timestamps: readList(timestamps),
    timestamped: signature,
  };
}

function readList<T>(value: readonly T[]): UnreadList<T> {
  return { count: value.length, read: () => ({ ok: true, value }) };
}

type SubjectFound = { readonly ok: true; readonly statement?: Statement; readonly digest: string };

function verifySubject(content: Bundle["content"], digests: ArtifactDigests): SubjectFound | Refused {
  if (content.kind === "messageSignature") {
    const { algorithm, bytes } = content.messageSignature.digest;
    return { ok: true, digest: `${algorithm}:${encodeHex(bytes)}` };
  }
  const { payloadType, payload } = content.envelope;
  if (payloadType !== STATEMENT_PAYLOAD_TYPE) {
    const message = `payloadType: expected "${STATEMENT_PAYLOAD_TYPE}", found ${quoteText(payloadType)}`;
    return refuse("ENVELOPE_INVALID", message);
  }
  const statement = decodeStatement(payload);
  if (!statement.ok) return refuseIssues(statement);
  const match = matchStatement(statement.value, digests.subjects);
  if (match !== undefined) return { ok: true, statement: statement.value, digest: match.digest };
  const found = statement.value.subject.map(({ digest }) => digest);
  return refuseSubject(found, digests.subjects);
}
