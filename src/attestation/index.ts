/** The door of `attestation`: statements, envelopes, bundles, keys, storage forms and their verification. */
export {
  BUNDLE_MEDIA_TYPE,
  type Bundle,
  type BundleInput,
  type BundleMaterial,
  type BundleRules,
  decodeBundle,
  encodeBundle,
  type MessageSignature,
  type SignedMessage,
} from "./bundle.ts";
export { encodeBundleDocument } from "./bundle-document.ts";
export { type Certificate, decodeCertificate } from "./certificate/certificate.ts";
export { decodeCertificatesPem } from "./certificate/certificates-pem.ts";
export {
  type CertificatePurpose,
  type ChainOptions,
  type TrustedAuthority,
  type VerifiedChain,
  verifyCertificateChain,
} from "./certificate/chain.ts";
export type { AlternativeName, CertificateExtension, KeyUsage } from "./certificate/extensions.ts";
export {
  type CertificateIdentity,
  describeSigner,
  FULCIO_EXTENSIONS,
  type FulcioExtension,
  type IdentityExpectation,
  isExtensionName,
  matchIdentity,
  type TextExpectation,
} from "./certificate/identity.ts";
export { encodeCosignStatement } from "./cosign-statement.ts";
export {
  decodeEnvelope,
  type Envelope,
  type EnvelopeSignature,
  encodeEnvelope,
  preAuthEncoding,
} from "./envelope.ts";
export type {
  Candidate,
  CertificateSigner,
  FoundAt,
  KeySigner,
  RejectedCandidate,
  SignedTime,
  SignerIdentity,
  Verification,
  VerificationCheck,
  VerifiedAttestation,
  VerifiedSignature,
} from "./evidence.ts";
export {
  type AllowedSigner,
  type AllowedSigners,
  decodeAllowedSigners,
  isPrincipal,
} from "./git-signature/allowed-signers.ts";
export {
  type CommitSignatureFlaw,
  type CommitSignatureVerdict,
  verifyCommitSignature,
} from "./git-signature/verify-commit-signature.ts";
export {
  decryptPrivateKey,
  ENCRYPTED_KEY_NONCE_BYTES,
  ENCRYPTED_KEY_SALT_BYTES,
  encryptPrivateKey,
} from "./key/encrypted-key.ts";
export { type PlainPrivateKey, readPlainPrivateKey } from "./key/plain-key.ts";
export {
  addToKeyRing,
  type RetirementRequest,
  type Rotation,
  retireInKeyRing,
  rotateKeyRing,
} from "./key-ring/change-key-ring.ts";
export { decodeKeyRing } from "./key-ring/decode-key-ring.ts";
export { encodeKeyRing, keyRingToValue } from "./key-ring/encode-key-ring.ts";
export {
  type KeyRing,
  type KeyRingEntry,
  type KeyRingIdentity,
  type KeyRingKey,
  type KeyRingStatus,
  type KeyRingText,
  type KeyRingUsage,
  type KeyRingUse,
  type Retirement,
  statusOfEntry,
} from "./key-ring/key-ring.ts";
export {
  isUsageLimited,
  type KeyRingPurpose,
  type KeyRingTrust,
  mayBeUsedFor,
  toVerifierTrust,
} from "./key-ring/key-ring-trust.ts";
export { decodeOldBundle, type OldBundle } from "./old-bundle.ts";
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
export type { SignedArtifact } from "./signed-artifact.ts";
export { decodeLogAnswer, encodeLogRequest, type LogApiVersion } from "./signing/log-request.ts";
export {
  createSigningConfig,
  parseServiceSelection,
  parseSigningService,
  type SigningConfigInput,
} from "./signing-config/create-signing-config.ts";
export { type ServiceNeed, selectServices } from "./signing-config/select-services.ts";
export {
  decodeSigningConfig,
  encodeSigningConfig,
  type ServiceSelection,
  SIGNING_CONFIG_MEDIA_TYPE,
  type SigningConfig,
  type SigningService,
} from "./signing-config.ts";
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
  type AppendOptions,
  type AttachmentImage,
  type AttachmentLayer,
  appendAttachmentLayer,
  createSignatureReferrer,
  type ExistingAttachments,
  findSameLayer,
  removeAttachmentLayers,
  type StoredBlob,
} from "./storage/attachment-layer.ts";
export { type Attachment, attachmentsOf, readCandidate } from "./storage/attachments.ts";
export { EMPTY_CONFIG, encodeBundleManifest } from "./storage/bundle-manifest.ts";
export { encodeCosignIndex, encodeCosignManifest } from "./storage/manifest-json.ts";
export { ATTACHMENT_ANNOTATIONS, ATTACHMENT_MEDIA_TYPES, SBOM_MEDIA_TYPES } from "./storage/media-types.ts";
export { type AttachmentKind, attachmentTag, referrersTag } from "./storage/tags.ts";
export { encodeTimestampRequest, type TimestampRequest } from "./timestamp/timestamp-request.ts";
export { decodeTimestampToken, type TimestampToken } from "./timestamp/timestamp-token.ts";
export { type VerifiedTimestamp, verifyTimestamp } from "./timestamp/verify-timestamp.ts";
export {
  decodeLogEntry,
  encodeLogEntry,
  encodeLogEntryAnnotation,
  type InclusionProof,
  type LogEntry,
  logEntryOfAnnotation,
} from "./tlog/log-entry.ts";
export { type VerifiedCertificateTimestamps, verifyCertificateTimestamps } from "./tlog/sct.ts";
export {
  type LogEntryRequirements,
  matchLogEntry,
  type SignedContent,
  type VerifiedLogEntry,
  verifyLogEntry,
} from "./tlog/verify-log-entry.ts";
export {
  type AuthorityInput,
  createTrustRoot,
  type LogInput,
  parseServiceSpecification,
  type ServiceSpecification,
  type TrustRootInput,
} from "./trust-root/create-trust-root.ts";
export { encodeTrustRoot } from "./trust-root/encode-trust-root.ts";
export {
  type CertificateAuthority,
  decodeTrustRoot,
  mergeTrustRoots,
  type TransparencyLog,
  type TrustRoot,
  type ValidityPeriod,
} from "./trust-root.ts";
export { createVerifier, type Verifier, verifyCandidates } from "./verifier.ts";
export type {
  TrustedIdentity,
  TrustedKey,
  TrustedPeriod,
  VerificationPolicy,
  VerificationThresholds,
  VerifierOptions,
} from "./verifier-options.ts";
export { type BundleVerifier, createBundleVerifier, type RefusedBundle, type VerifiedBundle } from "./verify-bundle.ts";
