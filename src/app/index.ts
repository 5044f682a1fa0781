/** The door of `app`: the use cases that the shells call. */

export type { SigningConfig, VerifiedAttestation, VerifiedSignature } from "../attestation/index.ts";
export type { Sbom } from "../metadata/index.ts";
export type {
  AuditEvent,
  Certificates,
  CertifiedKey,
  Clock,
  Cluster,
  ClusterEvent,
  ClusterKind,
  ClusterName,
  ClusterPatch,
  ClusterSelection,
  FindingQuery,
  ImageDetail,
  ImageIdentity,
  Jobs,
  PageQuery,
  ResourceIdentity,
  ResultChange,
  Store,
  StoreChange,
} from "../ports/index.ts";
export { attestImage, type SigningOptions, type StorageForm, signImage } from "./attachments/attach.ts";
export {
  type AttachedFile,
  attachAttestationFile,
  attachSbomFile,
  attachSignature,
  type DetachedSignature,
} from "./attachments/attach-existing.ts";
export { type Diagnosis, diagnoseAttachments } from "./attachments/attachment-doctor.ts";
export { readBundleCandidates } from "./attachments/bundle-files.ts";
export {
  type Cleaned,
  type CleanType,
  cleanAttachments,
  type Removed,
  type TriangulatedType,
  triangulate,
} from "./attachments/clean-attachments.ts";
export { type Copied, type CopyOptions, copyImage } from "./attachments/copy-image.ts";
export type { Defect, DefectKind } from "./attachments/doctor/defect.ts";
export { downloadAttestations, downloadSbom, downloadSignatures } from "./attachments/download-attachments.ts";
export { loadImage, saveImage } from "./attachments/saved-image.ts";
export { readTree, type TreeNode } from "./attachments/tree.ts";
export { type BuildImageInput, type BuiltImage, buildImage } from "./build-image.ts";
export { type Chain, type ChainNode, describeChain, loadChain } from "./chain.ts";
export { type CheckInput, type CheckResult, checkResources, podOf } from "./check.ts";
export { type CheckSubjects, readSubjects, showNames } from "./check-subjects.ts";
export { type AskedImage, type DecidedResource, decideResource } from "./decide-resource.ts";
export { type DemoOptions, type DemoReport, type DemoTwin, runDemo } from "./demo/demo.ts";
export { DEMO_CLUSTER, fillStoreFromDemo } from "./demo/fill-store.ts";
export {
  encodeSbom,
  encodeScan,
  encodeVex,
  readScan,
  readVex,
  readYamlFile,
  SBOM_OUTPUTS,
  SCAN_OUTPUTS,
  sbomOf,
  toJsonBytes,
} from "./documents.ts";
export { createEnforcement } from "./enforcement/create-enforcement.ts";
export type {
  Enforcement,
  EnforcementOptions,
  PolicyState,
  Reviewed,
  Scanned,
  WebhookNeed,
} from "./enforcement/enforcement.ts";
export { policySourceOf } from "./enforcement/policy-application.ts";
export { type ExplainedFact, type ExplainedRule, type Explanation, explainAdmission } from "./explain.ts";
export { type ClusterFacts, createClusterFacts } from "./facts/cluster-facts.ts";
export { DEFAULT_RETENTION, type Housekeeping, type Retention, startHousekeeping } from "./housekeeping.ts";
export {
  formatImageTarget,
  type ImageSource,
  type ImageTarget,
  parseImageSource,
  parseImageTarget,
} from "./image-target.ts";
export { nameWithDigest, type OpenImage, openImage, openPlatform, openPlatforms } from "./open-image.ts";
export { type LoadedPolicies, loadPolicies } from "./policies.ts";
export {
  type Application,
  type AppliedObject,
  pathOfResource,
  prepareApplication,
} from "./policy-runs/apply-policies.ts";
export type { ApplyRequest, ClusterRequest } from "./policy-runs/apply-request.ts";
export type { ConvertedPolicy } from "./policy-runs/convert-documents.ts";
export { type ConvertRequest, convertPolicies } from "./policy-runs/convert-policies.ts";
export {
  type FixedFile,
  type FixOptions,
  type FixTestsOptions,
  fixPolicies,
  fixTests,
} from "./policy-runs/fix-files.ts";
export { exceptionsFor } from "./policy-runs/generated-exceptions.ts";
export type { GitAccess } from "./policy-runs/git-folders.ts";
export { answerFromGiven, type GivenWorld } from "./policy-runs/given-facts.ts";
export { reportImagePolicies } from "./policy-runs/image-results.ts";
export {
  drawJmesTree,
  type ListedFunction,
  listJmesFunctions,
  type QueryInput,
  queryJmesPath,
  readJmesExpression,
  readQueryInput,
  writeJmesResult,
} from "./policy-runs/jmes-queries.ts";
export {
  type NewClusterRole,
  type NewException,
  type NewMetricsConfiguration,
  type NewTest,
  type NewUserInfo,
  type NewValues,
  writeNewClusterRole,
  writeNewException,
  writeNewMetricsConfiguration,
  writeNewTest,
  writeNewUserInfo,
  writeNewValues,
} from "./policy-runs/new-documents.ts";
export {
  type ImagePolicy,
  type PolicyBundle,
  pullPolicyImage,
  pushPolicyImage,
  readPolicyBundle,
  savePolicies,
} from "./policy-runs/policy-images.ts";
export type { PolicyRun, RunCounts, RunTrouble } from "./policy-runs/policy-run.ts";
export { proveCleanup } from "./policy-runs/prove-cleanup.ts";
export { type Proof, type ProofInput, type ProofOptions, proveConversion } from "./policy-runs/prove-conversion.ts";
export { proveException } from "./policy-runs/prove-exception.ts";
export { proveRule } from "./policy-runs/prove-rule.ts";
export { addCounts, NO_RESULTS, type PolicyResult, resultsOf } from "./policy-runs/results.ts";
export { runTests, type TestOptions, type TestReport } from "./policy-runs/run-test.ts";
export type { TestRow } from "./policy-runs/test-results.ts";
export { parseTestSelector, type SelectResult } from "./policy-runs/test-selector.ts";
export { predicateTypeOf, readPredicate } from "./predicates.ts";
export { attachDocuments, predicatesOf, produceDocuments, writeDocuments } from "./produce.ts";
export { readProduceConfiguration } from "./produce-configuration.ts";
export { createProvenance, encodeProvenanceDocument, readProvenance } from "./provenance.ts";
export { readResources } from "./resources.ts";
export { generateImageSbom, type Tool } from "./sbom.ts";
export { importAdvisories, scanSbom } from "./scan.ts";
export {
  generateKeyPair,
  generateKeyPairSecret,
  importKeyPair,
  type KeyPairFiles,
  type KeyPassword,
  openSigner,
  readTrustedKey,
} from "./signing/keys.ts";
export { attestBlob, readStatement, signBlob, statementAboutBlob } from "./signing/sign-blob.ts";
export {
  createSigningConfigFile,
  readDefaultSigningConfig,
  readSigningConfig,
  type SigningConfigRequest,
} from "./signing/signing-config.ts";
export { type SignatureWitnesses, witnessSignature } from "./signing/witness-signature.ts";
export { type InitializeRequest, initializeTrust } from "./verification/initialize-trust.ts";
export { type GivenIdentity, type GivenText, readTrust, type Trust, type TrustRequest } from "./verification/trust.ts";
export { createTrustRootFile, type TrustRootRequest } from "./verification/trust-root-file.ts";
export { type VerifyOptions, verifyImage, verifyImageAttestations } from "./verification/verify.ts";
export { type BlobRequest, verifyBlob, verifyBlobAttestation } from "./verification/verify-blob.ts";
export { signVerificationSummary } from "./verification-summary.ts";
export { answersOf, describeDecisions, readDecisions, type ScannedFinding, SEVERITIES } from "./vex.ts";
export type { ClusterPlace, World } from "./world.ts";
