import { type Digest, decodeBase64, encodeBase64, memberOf, parseTime } from "../base/index.ts";
import { decodeBundle } from "./bundle.ts";
import { decodeEnvelope, type Envelope, preAuthEncoding } from "./envelope.ts";
import type {
  Candidate,
  RejectedCandidate,
  SignedTime,
  SignerIdentity,
  TrustedKey,
  Verification,
  VerificationPolicy,
  VerifiedAttestation,
  VerifiedSignature,
} from "./evidence.ts";
import { COSIGN_CUSTOM_PREDICATE_TYPE, IMAGE_SIGNATURE_PREDICATE_TYPE } from "./predicate-types.ts";
import { quoteText } from "./quote-text.ts";
import {
  hintsOf,
  type Refusal,
  type Refused,
  refuse,
  refuseIssues,
  refuseSubject,
  refuseUnverified,
} from "./refusal.ts";
import { decodeSimpleSigning, simpleSigningToValue } from "./simple-signing.ts";
import { decodeStatement, STATEMENT_PAYLOAD_TYPE, type Statement } from "./statement.ts";
import { ATTACHMENT_ANNOTATIONS, annotationOf } from "./storage/media-types.ts";
import { indexSubjects, matchStatement, type SubjectIndex, type SubjectMatch } from "./subject-match.ts";
import { type ParsedKey, parseTrustedKeys } from "./trusted-keys.ts";

/** Verifies candidates against keys that are parsed once. */
export interface Verifier {
  /** As {@link verifyCandidates}, for one image's subjects. */
  verify(candidates: readonly Candidate[], subjects: readonly Digest[]): Verification;
}

type Verified = VerifiedSignature | VerifiedAttestation;
type Outcome = { readonly ok: true; readonly verified: readonly Verified[] } | Refused;

/** What a step needs of the whole. */
interface Context {
  readonly keys: readonly ParsedKey[];
  readonly subjects: SubjectIndex;
}

/**
 * Judges everything found beside one image: which signatures and attestations count, and why the rest does not. Every
 * candidate ends in exactly one of the two; a rejected one never takes an accepted one away, and nothing a candidate
 * holds makes this throw. With several trusted signers of one envelope, each gives its own entry.
 *
 * Codes of rejection: ENVELOPE_INVALID, BUNDLE_INVALID, PAYLOAD_INVALID, STATEMENT_INVALID (malformed, or a payload that
 * is not an in-toto Statement), BUNDLE_UNSUPPORTED (needs a certificate, or signs a blob), SUBJECT_MISMATCH,
 * SIGNATURE_INVALID and SIGNER_UNKNOWN. The last two: where a hint or keyid names a key, a trusted key's signature that
 * does not verify is SIGNATURE_INVALID and another key's is SIGNER_UNKNOWN. Without a hint (cosign's tags have none) a
 * stranger's signature and a changed payload look the same; that is SIGNATURE_INVALID, with both causes in the message.
 *
 * A hint is advice, not signed: any trusted key that verifies counts. Transparency log entries and timestamps of a
 * key-signed bundle are not checked, as cosign's --insecure-ignore-tlog; `notes` says so.
 *
 * @throws {AmapError} KEY_INVALID, KEY_UNSUPPORTED for a trusted key, never for a candidate
 * @see DSSE v1.0.2 protocol.md; in-toto Statement v1; sigstore_bundle.proto
 * @example
 * ```ts
 * import { verifyCandidates } from "./index.ts";
 * verifyCandidates([], { keys: [], subjects: [`sha256:${"ab".repeat(32)}`] }).rejected.length; // 0
 * ```
 */
export function verifyCandidates(candidates: readonly Candidate[], policy: VerificationPolicy): Verification {
  return createVerifier(policy.keys).verify(candidates, policy.subjects);
}

/**
 * A verifier that keeps its parsed keys, for many images.
 *
 * @throws {AmapError} KEY_INVALID, KEY_UNSUPPORTED
 * @example
 * ```ts
 * import { createVerifier } from "./index.ts";
 * createVerifier([]).verify([], [`sha256:${"ab".repeat(32)}`]).signatures.length; // 0
 * ```
 */
export function createVerifier(trusted: readonly TrustedKey[]): Verifier {
  const keys = parseTrustedKeys(trusted);
  return {
    verify: (candidates, subjects) => {
      const context = { keys, subjects: indexSubjects(subjects) };
      const signatures: VerifiedSignature[] = [];
      const attestations: VerifiedAttestation[] = [];
      const rejected: RejectedCandidate[] = [];
      for (const candidate of candidates) {
        const outcome = verifyCandidate(candidate, context);
        if (!outcome.ok) {
          rejected.push({ foundAt: candidate.foundAt, kind: candidate.kind, ...outcome.refusal });
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
  const text = annotationOf(candidate.annotations, ATTACHMENT_ANNOTATIONS.signature);
  const sig = text === undefined ? undefined : decodeBase64(text);
  if (sig === undefined || sig.length === 0) {
    const found = quoteText(text);
    return refuse("SIGNATURE_INVALID", `${ATTACHMENT_ANNOTATIONS.signature}: expected base64, found ${found}`);
  }
  const signer = context.keys.find(({ key }) => key.verifies(candidate.payload, sig));
  if (signer === undefined) {
    return refuseUnverified({ signatures: [{ sig }], annotations: candidate.annotations }, context.keys);
  }
  const payload = decodeSimpleSigning(candidate.payload);
  if (!payload.ok) return refuseIssues(payload);
  const { digest, annotations = {} } = payload.value;
  if (context.subjects.positionOf(digest) === undefined) return refuseSubject([digest], context.subjects);
  const verified: VerifiedSignature = {
    kind: "signature",
    signer: signer.signer,
    foundAt: candidate.foundAt,
    subject: digest,
    annotations,
    signedTime: { source: "self-asserted" },
    payload: simpleSigningToValue(payload.value, "cosign container image signature"),
    ...withNotes(logNotes(Object.hasOwn(candidate.annotations, ATTACHMENT_ANNOTATIONS.transparencyLog) ? 1 : 0)),
  };
  return { ok: true, verified: [verified] };
}

function verifyLegacyEnvelope(candidate: Candidate & { kind: "envelope" }, context: Context): Outcome {
  const { annotations } = candidate;
  const envelope = decodeEnvelope(candidate.bytes);
  if (!envelope.ok)
    return refuseIssues(envelope, claimOf(annotationOf(annotations, ATTACHMENT_ANNOTATIONS.predicateType)));
  const notes = logNotes(Object.hasOwn(annotations, ATTACHMENT_ANNOTATIONS.transparencyLog) ? 1 : 0);
  return verifyEnvelope({ candidate, envelope: envelope.value, annotations, notes }, context);
}

function verifyBundle(candidate: Candidate & { kind: "bundle" }, context: Context): Outcome {
  const bundle = decodeBundle(candidate.bytes);
  if (!bundle.ok) return refuseIssues(bundle);
  const { material, content, transparencyLogEntries, signedTimestamps } = bundle.value;
  if (content.kind !== "envelope") {
    return refuse("BUNDLE_UNSUPPORTED", "expected a DSSE envelope, found the signature of a blob");
  }
  const { envelope } = content;
  if (material.kind !== "publicKey") {
    const message = "expected a bundle signed with a key, found one signed with a certificate (keyless)";
    return refuse("BUNDLE_UNSUPPORTED", message, claimedType(envelope));
  }
  const notes = [...logNotes(transparencyLogEntries), ...timestampNotes(signedTimestamps)];
  return verifyEnvelope({ candidate, envelope, hint: material.hint, annotations: {}, notes }, context);
}

/** Payloads up to this size are read for what they claim although no trusted key signed them. */
const CLAIM_BYTES = 1024 * 1024;

/** An envelope with what stands around it, none of which is signed. */
interface EnvelopeInput {
  readonly candidate: Candidate;
  readonly envelope: Envelope;
  readonly hint?: string | undefined;
  readonly annotations: Readonly<Record<string, string>>;
  readonly notes: readonly string[];
}

/** The steps for every envelope: payload type, signature, statement, subject, then what it is. */
function verifyEnvelope(input: EnvelopeInput, context: Context): Outcome {
  const { envelope, annotations } = input;
  if (envelope.payloadType !== STATEMENT_PAYLOAD_TYPE) {
    const found = quoteText(envelope.payloadType);
    return refuse("ENVELOPE_INVALID", `payloadType: expected "${STATEMENT_PAYLOAD_TYPE}", found ${found}`);
  }
  const { signatures } = envelope;
  const signers = verifySignatures(envelope, input.hint, context.keys);
  if (signers.length === 0) {
    return refuseUnverified({ signatures, hint: input.hint, annotations, claims: claimedType(envelope) }, context.keys);
  }
  const statement = decodeStatement(envelope.payload);
  if (!statement.ok) return refuseIssues(statement);
  const subject = matchStatement(statement.value, context.subjects);
  if (subject === undefined) {
    const found = statement.value.subject.map(({ digest }) => digest);
    return refuseSubject(found, context.subjects, claimOf(statement.value.predicateType));
  }
  const notes = [...input.notes, ...annotationNotes(annotations, statement.value.predicateType)];
  const verified = signers.map((signer) => toVerified(input, { signer, statement: statement.value, subject, notes }));
  return { ok: true, verified };
}

/**
 * The trusted keys that signed an envelope, each once. A key that the envelope names is tried first, and the search
 * ends when as many keys were found as there are signatures: one signature verifies with one key.
 */
function verifySignatures(
  envelope: Envelope,
  hint: string | undefined,
  keys: readonly ParsedKey[],
): readonly SignerIdentity[] {
  const { signatures } = envelope;
  const hints = hintsOf(hint, signatures);
  const isNamed = ({ ids }: ParsedKey): boolean => hints.some((id) => ids.has(id));
  const message = preAuthEncoding(envelope.payloadType, envelope.payload);
  const signers: SignerIdentity[] = [];
  for (const { key, signer } of [...keys.filter(isNamed), ...keys.filter((key) => !isNamed(key))]) {
    if (signers.length === signatures.length) break;
    if (signatures.some(({ sig }) => key.verifies(message, sig))) signers.push(signer);
  }
  return signers;
}

/** By its signed predicate type alone: an attestation is never a signature, wherever it is stored. */
function toVerified(
  input: EnvelopeInput,
  found: {
    readonly signer: SignerIdentity;
    readonly statement: Statement;
    readonly subject: SubjectMatch;
    readonly notes: readonly string[];
  },
): Verified {
  const { signer, statement, subject, notes } = found;
  const { predicateType, predicate } = statement;
  const shared = { signer, foundAt: input.candidate.foundAt, subject: subject.digest, ...withNotes(notes) };
  const signedTime = signedTimeOf(statement);
  if (predicateType === IMAGE_SIGNATURE_PREDICATE_TYPE) {
    const { annotations } = subject;
    const payload = simpleSigningToValue({ dockerReference: "", digest: subject.digest, annotations }, predicateType);
    return { kind: "signature", ...shared, annotations, signedTime, payload };
  }
  return {
    kind: "attestation",
    ...shared,
    statement,
    predicateType,
    predicate,
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

/** A key alone proves no time. cosign's `custom` states one in the signed statement itself. */
function signedTimeOf(statement: Statement): SignedTime {
  const at = memberOf(statement.predicate, "Timestamp");
  const states = statement.predicateType === COSIGN_CUSTOM_PREDICATE_TYPE && typeof at === "string";
  return states && parseTime(at) !== undefined ? { source: "self-asserted", at } : { source: "self-asserted" };
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

function logNotes(entries: number): readonly string[] {
  return entries === 0
    ? []
    : [`${entries} transparency log ${entries === 1 ? "entry was" : "entries were"} not checked`];
}

function timestampNotes(timestamps: number): readonly string[] {
  return timestamps === 0
    ? []
    : [`${timestamps} signed ${timestamps === 1 ? "timestamp was" : "timestamps were"} not checked`];
}

function withNotes(notes: readonly string[]): { readonly notes?: readonly string[] } {
  return notes.length === 0 ? {} : { notes };
}
