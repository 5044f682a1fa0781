/** The door of `attestation`: statements, envelopes, bundles, keys, storage forms and their verification. */
export type { Envelope, EnvelopeSignature } from "./envelope.ts";
export type {
  AttachmentSubject,
  Candidate,
  FoundAt,
  RejectedCandidate,
  SignedTime,
  SignerIdentity,
  TrustedKey,
  Verification,
  VerificationPolicy,
  VerifiedAttestation,
  VerifiedSignature,
} from "./evidence.ts";
export type { Statement, Subject } from "./statement.ts";
