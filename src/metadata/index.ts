/** The door of `metadata`: the models and codecs of every document about an artifact. */
export {
  acceptancesOf,
  type CompiledDecisions,
  compileDecisions,
  toVexDecisions,
  toVexDocuments,
} from "./decisions/compile-decisions.ts";
export type { Decision } from "./decisions/decision.ts";
export { speaksOfPart, speaksOfProduct, takenBy } from "./decisions/decision-scope.ts";
export { decodeDecisions } from "./decisions/decode-decisions.ts";
export { type DecisionEdit, decisionKey, editDecisions, encodeDecisions } from "./decisions/encode-decisions.ts";
export { DECISION_IMPORTS, findDecisionImport } from "./decisions/imports/import-formats.ts";
export type { DecisionTool, ImportContext, ImportedEntry } from "./decisions/imports/imported-entry.ts";
export {
  type ApprovalVerdict,
  fitsFinding,
  type JudgedDecision,
  judgeDecisions,
  judgeStatedApproval,
  problemsOf,
} from "./decisions/judge-decisions.ts";
export { isSamePerson, mayBeSamePerson } from "./decisions/people.ts";
export {
  type Approver,
  acceptancesAt,
  decodeRiskAcceptances,
  encodeRiskAcceptances,
  RISK_ACCEPTANCE_PREDICATE_TYPE,
  type RiskAcceptance,
} from "./decisions/risk-acceptance.ts";
export type { BuildCheck, BuildSigner } from "./provenance/build-check.ts";
export {
  type BuildClaims,
  readBuildClaims,
  readBuildSurroundings,
} from "./provenance/build-claims.ts";
export {
  type BuilderList,
  decodeBuilderList,
  type TrustedBuilder,
} from "./provenance/builder-list.ts";
export type { CiBuild, CiSystem } from "./provenance/ci/ci-build.ts";
export { type BuildAdditions, createBuildProvenance } from "./provenance/ci/create-build.ts";
export { type CiInput, detectCiSystems, readCiBuild } from "./provenance/ci/read-ci.ts";
export { findUntellable, looksSecret, toSourceUri } from "./provenance/ci/secrets.ts";
export { type BuildExpectations, type BuildVerdict, judgeBuild } from "./provenance/judge-build.ts";
export { believedBuilders, KNOWN_BUILDERS, unlistedBuilders } from "./provenance/known-builders.ts";
export type { Provenance, ResourceDescriptor } from "./provenance/provenance.ts";
export {
  decodeSimpleVerificationResult,
  encodeSimpleVerificationResult,
  type SimpleVerificationResult,
} from "./provenance/simple-verification-result.ts";
export { decodeProvenance, encodeProvenance } from "./provenance/slsa.ts";
export { decodeVersionedProvenance, isProvenanceType, type VersionedProvenance } from "./provenance/slsa-old.ts";
export { parseSourceUri } from "./provenance/source-uri.ts";
export {
  coversLevel,
  decodeVerificationSummary,
  encodeVerificationSummary,
  type VerificationSummary,
} from "./provenance/verification-summary.ts";
export {
  type Approval,
  type ApprovalFlaw,
  type ApprovalRules,
  judgeApprovals,
} from "./review/approvals.ts";
export type {
  BranchProtection,
  ForgeChange,
  ForgeCommit,
  ForgeData,
  ForgeFile,
  ForgePerson,
  ForgeReview,
} from "./review/change.ts";
export { CODE_REVIEW_PREDICATE_TYPE, type CodeReview, type ReviewedCommit } from "./review/code-review.ts";
export { decodeCodeReview, encodeCodeReview } from "./review/code-review-codec.ts";
export { type Commit, type CommitPerson, type CommitTrailer, decodeCommit } from "./review/commit.ts";
export { createCodeReview, type SignatureFact } from "./review/create-review.ts";
export { readForgeData } from "./review/forge/read-forge-data.ts";
export { createIdentities, type Identities, type PersonNames } from "./review/identities.ts";
export { judgeSourceLevel, type SourceLevel } from "./review/source-level.ts";
export { decodeSarif, readSarif, writeSarifMessage } from "./sast/decode-sarif.ts";
export type {
  SarifBaseline,
  SarifInvocation,
  SarifKind,
  SarifLevel,
  SarifLocation,
  SarifLog,
  SarifMessage,
  SarifResult,
  SarifRevision,
  SarifRule,
  SarifRun,
  SarifSuppression,
  SarifTool,
} from "./sast/sarif.ts";
export {
  createSastPredicate,
  decodeSastPredicate,
  SAST_PREDICATE_TYPE,
  type SastPredicate,
} from "./sast/sast-predicate.ts";
export {
  type SastCounts,
  type SastOutcome,
  type SastRuleCounts,
  type SastRunSummary,
  type SastSummary,
  type SastTool,
  summariseSarif,
} from "./sast/summary.ts";
export { type Catalog, type CatalogDetails, catalogFiles, mergeCatalogs } from "./sbom/catalogers/catalog.ts";
export type {
  ArchiveForm,
  Cataloger,
  CatalogerResult,
  CatalogProblem,
  FileDigests,
  OperatingSystem,
} from "./sbom/catalogers/cataloger.ts";
export {
  archiveCatalogerOf,
  CATALOG_PLACES,
  CATALOGERS,
  fileKindOf,
  needsDigests,
  PACKAGE_LIST_FORMATS,
  readProgram,
  readsFile,
  wantsFile,
} from "./sbom/catalogers/catalogers.ts";
export type {
  ListFile,
  PackageIdentity,
  PackageList,
  PackageListFormat,
  StatedPackage,
} from "./sbom/catalogers/package-list.ts";
export { createSbom, describeImage, type ImageDescription, type SbomInput } from "./sbom/create-sbom.ts";
export { type CycloneDxOptions, convertToCycloneDx, encodeCycloneDx } from "./sbom/cyclonedx/encode.ts";
export { CYCLONEDX_VERSIONS, type CycloneDxVersion } from "./sbom/cyclonedx/versions.ts";
export type { DecodeOptions } from "./sbom/decode-options.ts";
export {
  type ChangedComponent,
  type ComparedComponent,
  type ComparedDependency,
  compareSboms,
  type FieldChange,
  isSame,
  keyOfComponent,
  type SbomDifference,
} from "./sbom/diff/diff.ts";
export { jsonChunksOf } from "./sbom/document-stream.ts";
export { type EnrichedSbom, type Enrichment, enrichFromSbom, enrichSbom } from "./sbom/enrich/enrich.ts";
export {
  type EnrichRule,
  type EnrichRules,
  type EnrichValues,
  readEnrichRules,
} from "./sbom/enrich/enrich-rules.ts";
export {
  decodeSbom,
  readSbom,
  SBOM_FORMS,
  type SbomForm,
  type SbomStream,
  streamSbom,
  type WrittenSbom,
  writeSbom,
} from "./sbom/formats.ts";
export { type DeprecatedLicense, deprecatedLicensesOf } from "./sbom/licenses.ts";
export {
  type MergeConflict,
  type MergedSbom,
  type MergeInput,
  type MergeOptions,
  mergeSboms,
} from "./sbom/merge/merge.ts";
export { partiesOf } from "./sbom/parties.ts";
export {
  type ElementNeed,
  type ElementScore,
  type LackingComponent,
  QUALITY_STANDARDS,
  type QualityReading,
  type QualityStandard,
} from "./sbom/quality/quality.ts";
export { type ScoreOptions, scoreSbom } from "./sbom/quality/score.ts";
export type {
  Component,
  ComponentHash,
  ComponentKind,
  DecodedSbom,
  EncodedSbom,
  ExternalReference,
  Loss,
  NotLookedAt,
  Party,
  PartyRole,
  Property,
  Remainder,
  Sbom,
  SbomFormat,
} from "./sbom/sbom.ts";
export { convertToSpdx, encodeSpdx, type SpdxOptions } from "./sbom/spdx/encode.ts";
export { convertToSpdx3 } from "./sbom/spdx3/encode.ts";
export { checkSbom } from "./sbom/validation/check-sbom.ts";
export type { CheckedSbom, SbomFinding } from "./sbom/validation/finding.ts";
export { decodeJunit } from "./test-results/junit.ts";
export { decodeTap } from "./test-results/tap.ts";
export type { TestCase, TestReport } from "./test-results/test-report.ts";
export {
  createTestResult,
  decodeTestResult,
  encodeTestResult,
  TEST_RESULT_PREDICATE_TYPE,
  type TestResult,
} from "./test-results/test-result.ts";
export {
  type AnsweredFinding,
  type AnswerInput,
  answerFindings,
  type DecidingStatement,
} from "./vex/answering.ts";
export { checkVex, type VexFinding } from "./vex/check-vex.ts";
export type { StatementName, VexConflict } from "./vex/conflicts.ts";
export { type CreateVexInput, createVex, unusedDecisions, type VexDecision } from "./vex/create-vex.ts";
export type { DependencyGraph } from "./vex/dependency-paths.ts";
export {
  addStatement,
  type ExtendedVex,
  type FilteredVex,
  filterVex,
  fitsQuery,
  type GivenStatement,
  startVex,
  type VexQuery,
} from "./vex/edit-vex.ts";
export {
  type CsafOptions,
  type EncodedVex,
  encodeCsafVex,
  PUBLISHER_CATEGORIES,
  TLP_LABELS,
} from "./vex/encode-csaf.ts";
export { CYCLONEDX_VEX_VERSIONS, type CycloneDxVexVersion, encodeCycloneDxVex } from "./vex/encode-cyclonedx-vex.ts";
export { type ExplainedFinding, type ExplainedStatement, explainVex, type VexExplanation } from "./vex/explain.ts";
export { type MergedVex, type MergeVexOptions, mergeVex } from "./vex/merge-vex.ts";
export { decodeOpenVex, encodeOpenVex } from "./vex/openvex.ts";
export type { ComponentIdentity, TrustedVexDocument } from "./vex/prepared-statements.ts";
export { matchesPackage } from "./vex/purl-matching.ts";
export { readVexDocument } from "./vex/read-vex.ts";
export { bomOf, dependenciesOf, identitiesOf } from "./vex/scanned-sbom.ts";
export { isFuture } from "./vex/statement-index.ts";
export {
  VEX_JUSTIFICATIONS,
  VEX_STATUSES,
  type VexBom,
  type VexComponent,
  type VexDocument,
  type VexJustification,
  type VexPlatform,
  type VexProduct,
  type VexStatement,
  type VexStatus,
  type VexSubject,
} from "./vex/vex.ts";
export type { VexSource } from "./vex/vex-entries.ts";
export type { VexMiss, VexMissReason } from "./vex/vex-miss.ts";
export type { ReadVex, VexNote } from "./vex/vex-notes.ts";
export { decodeAdvisory } from "./vulnerability/advisory.ts";
export { compareWithBaseline, decodeBaseline, type KnownFinding, packageKeyOf } from "./vulnerability/baseline.ts";
export { addCveFacts } from "./vulnerability/cve-facts.ts";
export { encodeCycloneDxFindings } from "./vulnerability/cyclonedx-findings.ts";
export {
  advisoryKeysOf,
  compareFindings,
  type MatchInput,
  type MatchResult,
  matchAdvisories,
  startMatching,
} from "./vulnerability/matching.ts";
export { ecosystemsOfAdvisory, keysOfAdvisory } from "./vulnerability/package-identity.ts";
export { placeFindings } from "./vulnerability/placement.ts";
export { judgeVersion, type RangeVerdict } from "./vulnerability/range.ts";
export { decodeGovulncheck } from "./vulnerability/reachability/govulncheck.ts";
export {
  type Reachability,
  type ReachabilityEvidence,
  reachabilityOf,
  type SourcedReachability,
  suggestJustification,
} from "./vulnerability/reachability/reachability.ts";
export {
  coverageOf,
  isCve,
  isReached,
  matchReached,
  namesOfFindings,
  reachedPackages,
  replaceReached,
} from "./vulnerability/rematching.ts";
export {
  COSIGN_VULN_PREDICATE_TYPE,
  decodeScan,
  encodeCosignVuln,
  encodeInTotoVulns,
  IN_TOTO_VULNS_PREDICATE_TYPE,
} from "./vulnerability/scan.ts";
export { decodeScanJson, isScanJson } from "./vulnerability/scan-json.ts";
export {
  type CvssScores,
  compareSeverity,
  type RatedSeverity,
  rateVector,
  scoreVector,
} from "./vulnerability/severity.ts";
export { readAdvisoryDocument } from "./vulnerability/sources/read-source.ts";
export {
  decodeStoredBasis,
  decodeStoredScan,
  encodeStoredScan,
  isStoredScan,
  renewStoredScan,
  type StoredScanBasis,
  storedFindingKey,
} from "./vulnerability/stored-scan.ts";
export type { VersionScheme } from "./vulnerability/versions/scheme.ts";
export { VERSION_SCHEMES, versionSchemeOf } from "./vulnerability/versions/versions.ts";
export type {
  Advisory,
  AdvisoryBatch,
  AdvisoryRange,
  AdvisorySeverity,
  AffectedPackage,
  CveFacts,
  CveRecord,
  ExploitPrediction,
  Finding,
  KnownExploited,
  Scan,
  Severity,
} from "./vulnerability/vulnerability.ts";
