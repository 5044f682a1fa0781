/** The door of `app`: the use cases that the shells call. */

export type {
  KeyRing,
  KeyRingUse,
  SigningConfig,
  VerifiedAttestation,
  VerifiedSignature,
} from "../attestation/index.ts";
export { QUALITY_STANDARDS, SBOM_FORMS, type Sbom, writeSbom } from "../metadata/index.ts";
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
  Signer,
  Store,
  StoreChange,
} from "../ports/index.ts";
export {
  type PulledDatabase,
  type PullOptions,
  pullDatabase,
  pushDatabase,
} from "./advisory-database-images.ts";
export { AnswerTally, answerFindings, type GivenAnswers } from "./answers.ts";
export type {
  Artifact,
  FilesArtifact,
  FilesLayer,
  FilesTree,
  ImageArtifact,
  LayerFile,
  SbomArtifact,
} from "./artifacts/artifact.ts";
export { generateImageSbom, generateSbom } from "./artifacts/generate-sbom.ts";
export { openArtifact } from "./artifacts/open-artifact.ts";
export {
  attestImage,
  type SigningOptions,
  type StorageForm,
  type StoreOptions,
  signImage,
  storeAttachment,
} from "./attachments/attach.ts";
export {
  type AttachedFile,
  attachAttestationFile,
  attachSbomFile,
  attachSignature,
  type DetachedSignature,
  isBundleFile,
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
export {
  type CleanedAttachment,
  type CleanSupersededOptions,
  cleanSuperseded,
} from "./attachments/clean-superseded.ts";
export { type Copied, type CopyOptions, copyImage } from "./attachments/copy-image.ts";
export type { Defect, DefectKind } from "./attachments/doctor/defect.ts";
export { downloadAttestations, downloadSbom, downloadSignatures } from "./attachments/download-attachments.ts";
export {
  type ImageSignatureOptions,
  type MadeAttachment,
  type MadeSignature,
  makeAttestation,
  makeImageSignature,
  statementAboutImage,
} from "./attachments/make-attachment.ts";
export {
  removeOwnReferrers,
  type Superseded,
  supersedeOwnSignatures,
  supersedePredicateType,
} from "./attachments/replace-own.ts";
export { loadImage, openSavedImage, saveImage } from "./attachments/saved-image.ts";
export { simpleSigningPayloadOf } from "./attachments/simple-signing-payload.ts";
export { readTree, subjectsOf, type TreeNode, type TreeSubject } from "./attachments/tree.ts";
export { createManifestJudge } from "./attestors/manifest-verifier.ts";
export { type BuildImageInput, type BuiltImage, buildImage } from "./build-image.ts";
export { type CreateBundleRequest, createBundleFile } from "./bundles/create-bundle.ts";
export { describeBundleFile } from "./bundles/describe-bundle.ts";
export { type UpgradedBundle, upgradeBundleFile } from "./bundles/upgrade-bundle.ts";
export { type Chain, type ChainNode, describeChain, loadChain } from "./chain.ts";
export { type CheckInput, type CheckResult, checkResources, podOf } from "./check.ts";
export { type CheckSubjects, readSubjects, showNames } from "./check-subjects.ts";
export { describeTooOld, parseAgeLimits, refuseUnknownAges } from "./database-age.ts";
export { type AskedImage, type DecidedResource, decideResource } from "./decide-resource.ts";
export { APPROVAL_MODES, type ApprovalOptions } from "./decisions/approvals.ts";
export { DECISIONS_PATH, readDecisionsIfThere } from "./decisions/edit-file.ts";
export { decisionsFor, type GivenDecisions, readGivenDecisions } from "./decisions/given-decisions.ts";
export {
  DECISION_TOOLS,
  type ImportedDecision,
  type ImportedDecisions,
  importDecisions,
} from "./decisions/import-decisions.ts";
export {
  listOpenFindings,
  productOf,
  settles,
  TRIAGE_JUSTIFICATIONS,
  type TriageAnswers,
  type TriageItem,
  type TriageScope,
  TriageSession,
  toDecision,
} from "./decisions/triage.ts";
export { readScanForTriage, scanForTriage, type TriageScan } from "./decisions/triage-scan.ts";
export {
  compileLoaded,
  judgeLoaded,
  type LoadedDecisions,
  loadDecisions,
  productOfImage,
  type UsedDecisions,
  useDecisions,
} from "./decisions/use-decisions.ts";
export { type DemoOptions, type DemoReport, type DemoTwin, runDemo } from "./demo/demo.ts";
export { DEMO_CLUSTER, fillStoreFromDemo } from "./demo/fill-store.ts";
export {
  encodeAcceptances,
  encodeSbom,
  encodeVex,
  readScan,
  readVexFile,
  SBOM_OUTPUTS,
  sbomOf,
  sbomWithOrigin,
  toJsonBytes,
  toJsonChunks,
} from "./documents.ts";
export { parseMirror } from "./download-file.ts";
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
export { createEvidenceLoader } from "./evidence/evidence-facts.ts";
export { type ExplainedFact, type ExplainedRule, type Explanation, explainAdmission } from "./explain.ts";
export { type ClusterFacts, createClusterFacts } from "./facts/cluster-facts.ts";
export { DEFAULT_RETENTION, type Housekeeping, type Retention, startHousekeeping } from "./housekeeping.ts";
export { markPlatforms } from "./image-platforms.ts";
export {
  formatImageTarget,
  type ImageSource,
  type ImageTarget,
  parseImageSource,
  parseImageTarget,
  parseRegistry,
} from "./image-target.ts";
export { type ImportAdvisoriesOptions, type ImportedAdvisories, importAdvisories } from "./import-advisories.ts";
export { describeEntry, type EntryDescription, keyRingValue } from "./key-rings/describe-key-ring.ts";
export {
  createKeyRing,
  type GivenSigner,
  type KeyRingChange,
  type KeyRingEntryRequest,
  parseNamedKey,
  planAddition,
  planRetirement,
  planRotation,
  writeKeyRingChange,
} from "./key-rings/key-ring-changes.ts";
export { readKeyRing } from "./key-rings/key-ring-file.ts";
export {
  type KeyRingPreview,
  type PreviewedEvidence,
  type PreviewedRefusal,
  type PreviewRequest,
  previewKeyRing,
} from "./key-rings/preview-key-ring.ts";
export { type DockerfileOptions, readDockerfileImages } from "./named-images/dockerfile-images.ts";
export { readManifestImages } from "./named-images/manifest-images.ts";
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
export { type ProduceConfiguration, readProduceConfiguration } from "./produce-configuration.ts";
export { createProvenance, encodeProvenanceDocument, readProvenance } from "./provenance.ts";
export { createCiProvenance } from "./provenance-create.ts";
export { type SummaryOutcome, signProvenanceSummary, verifySummary } from "./provenance-summary.ts";
export {
  type BuilderTrust,
  type BuiltArtifact,
  type JudgedProvenance,
  openBuiltArtifact,
  type ProvenanceOutcome,
  readBuilderTrust,
  verifyProvenance,
} from "./provenance-verify.ts";
export { markReachability, readReachability } from "./reachability.ts";
export { type Rescan, type RescannedSbom, rescanFolder } from "./rescan.ts";
export { readResources } from "./resources.ts";
export {
  type CreatedReview,
  createReview,
  reviewPredicate,
  reviewStatement,
  sourceSummaryStatement,
} from "./review/create-review.ts";
export { type ImportedSast, importSarif } from "./sast.ts";
export type { Tool } from "./sbom.ts";
export {
  type ConvertedSbom,
  convertSbom,
  encodeLosses,
  isLossy,
  parseSbomTarget,
  type SbomTarget,
  streamConversion,
} from "./sboms/convert.ts";
export { readSbomFile, type SbomFile } from "./sboms/sbom-file.ts";
export {
  type ComparedSboms,
  compareSbomFiles,
  type EnrichedFile,
  type EnrichSources,
  enrichSbomFile,
  type MergedFiles,
  mergeSbomFiles,
  type SearchResult,
  searchSbomFiles,
} from "./sboms/sbom-files.ts";
export { type DeprecatedLicenseUse, type ScoredSbom, scoreSbomFile } from "./sboms/score.ts";
export type { SearchHit } from "./sboms/search.ts";
export { type SbomValidation, validateSbom } from "./sboms/validate-sbom.ts";
export { agesForSbom, isPartUnread, scanSbom } from "./scan.ts";
export { readBaseline } from "./scan-outputs/baseline-file.ts";
export {
  parseScanTarget,
  SCAN_FORMS,
  type ScanReport,
  type ScanTarget,
} from "./scan-outputs/scan-forms.ts";
export { type GateFailure, judgeFindings, refuseBlindGates, type ScanGates } from "./scan-outputs/scan-gates.ts";
export {
  generateKeyPair,
  generateKeyPairSecret,
  importKeyPair,
  type KeyPairFiles,
  type KeyPassword,
  type Overwriting,
  openSigner,
  readTrustedKey,
} from "./signing/keys.ts";
export { type DetachedParts, encodeOldBundle, encodeOldTimestamp } from "./signing/old-files.ts";
export {
  attestBlob,
  type ReadStatement,
  readStatement,
  type SignedBlob,
  signBlob,
  statementAboutBlob,
} from "./signing/sign-blob.ts";
export {
  createSigningConfigFile,
  readDefaultSigningConfig,
  readSigningConfig,
  type SigningConfigRequest,
} from "./signing/signing-config.ts";
export { encodeStatementFile } from "./signing/statement-file.ts";
export { type AskedServices, type ReadWitnessRequest, readWitnessRequest } from "./signing/witness-request.ts";
export { type SignatureWitnesses, type WitnessRequest, witnessSignature } from "./signing/witness-signature.ts";
export { importTestResults, TEST_REPORT_FORMATS } from "./test-results.ts";
export { refuseFailures, updateAdvisories } from "./update-advisories.ts";
export {
  parseUploadFiles,
  type Upload,
  type UploadFile,
  type UploadOptions,
  uploadFiles,
  uploadWasm,
} from "./uploads/upload-files.ts";
export { openAttachedSbom } from "./verification/attached-image.ts";
export {
  type GivenCertificate,
  type GivenMaterial,
  readGivenCertificate,
  readGivenSignature,
} from "./verification/given-candidates.ts";
export type { GivenServices } from "./verification/given-services.ts";
export { type InitializeRequest, initializeTrust } from "./verification/initialize-trust.ts";
export type { OldBlobMaterial, VerifiedBlob } from "./verification/old-blob.ts";
export { type GivenIdentity, type GivenText, readTrust, type Trust, type TrustRequest } from "./verification/trust.ts";
export { createTrustRootFile, type TrustRootRequest } from "./verification/trust-root-file.ts";
export {
  type ImageVerdict,
  judgeImage,
  judgeImageAttestations,
  type NamedSignature,
  type VerifyAttestationOptions,
  type VerifyOptions,
  type VerifySignatureOptions,
  verifyImage,
  verifyImageAttestations,
} from "./verification/verify.ts";
export { type BlobRequest, verifyBlob, verifyBlobAttestation } from "./verification/verify-blob.ts";
export { judgePlatforms, type PlatformVerdict } from "./verification/verify-platforms.ts";
export {
  type GateOutcome,
  signScanResult,
  signScanSummary,
  signVerificationResult,
  signVerificationSummary,
} from "./verification-summary.ts";
export { describeDecisions, type ScannedFinding, SEVERITIES } from "./vex.ts";
export {
  type ConvertedVex,
  checkCsafFacts,
  convertVex,
  encodeVexAs,
  parseVexTarget,
  VEX_TARGETS,
  type VexFacts,
} from "./vex-conversion.ts";
export {
  addToVexFile,
  filterVexFile,
  mergeVexFiles,
  parseMoment,
  startVexFile,
} from "./vex-edit.ts";
export { explainDocuments, inertStatements, productOfSbom, readFindings } from "./vex-explain.ts";
export {
  judgeVexValidation,
  mandatoryNotRun,
  type VexValidation,
  type VexVerdict,
  validateVex,
} from "./vex-validation.ts";
export type { ClusterPlace, LoginDocument, World } from "./world.ts";
export { readYamlFile } from "./yaml-file.ts";
