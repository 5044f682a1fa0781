/** The door of `attestation`: statements, envelopes, bundles, keys, storage forms and their verification. */
export { BUNDLE_MEDIA_TYPE, type Bundle, decodeBundle, encodeBundle } from "./bundle.ts";
export {
  decodeEnvelope,
  type Envelope,
  type EnvelopeSignature,
  encodeEnvelope,
  preAuthEncoding,
} from "./envelope.ts";
export type {
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
export {
  decryptPrivateKey,
  ENCRYPTED_KEY_NONCE_BYTES,
  ENCRYPTED_KEY_SALT_BYTES,
  encryptPrivateKey,
} from "./key/encrypted-key.ts";
export {
  COSIGN_CUSTOM_PREDICATE_TYPE,
  IMAGE_SIGNATURE_PREDICATE_TYPE,
  isSamePredicateType,
  PREDICATE_TYPES,
  type PredicateTypeRow,
  predicateTypeAliases,
  predicateTypeUris,
  resolvePredicateType,
} from "./predicate-types.ts";
export { decodeSimpleSigning, encodeSimpleSigning, type SimpleSigning } from "./simple-signing.ts";
export {
  createSignatureStatement,
  createStatement,
  decodeStatement,
  encodeStatement,
  STATEMENT_PAYLOAD_TYPE,
  type Statement,
  type StatementType,
  type Subject,
} from "./statement.ts";
export {
  type AttachmentImage,
  type AttachmentLayer,
  appendAttachmentLayer,
  type ExistingAttachments,
  findSameLayer,
  type StoredBlob,
} from "./storage/attachment-layer.ts";
export { type Attachment, attachmentsOf, readCandidate } from "./storage/attachments.ts";
export { EMPTY_CONFIG, encodeBundleManifest } from "./storage/bundle-manifest.ts";
export { ATTACHMENT_ANNOTATIONS, ATTACHMENT_MEDIA_TYPES, SBOM_MEDIA_TYPES } from "./storage/media-types.ts";
export { type AttachmentKind, attachmentTag, referrersTag } from "./storage/tags.ts";
export { createVerifier, type Verifier, verifyCandidates } from "./verifier.ts";
