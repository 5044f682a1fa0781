/** The door of `metadata`: the models and codecs of every document about an artifact. */
export type { Provenance, ResourceDescriptor } from "./provenance/provenance.ts";
export { decodeProvenance, encodeProvenance } from "./provenance/slsa.ts";
export {
  decodeVerificationSummary,
  encodeVerificationSummary,
  type VerificationSummary,
} from "./provenance/verification-summary.ts";
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
  type TrustedVexDocument,
} from "./vex/answering.ts";
export { type CreateVexInput, createVex, unusedDecisions, type VexDecision } from "./vex/create-vex.ts";
export type { DependencyGraph } from "./vex/dependency-paths.ts";
export { decodeOpenVex, encodeOpenVex } from "./vex/openvex.ts";
export { matchesPackage } from "./vex/purl-matching.ts";
export { readVexDocument } from "./vex/read-vex.ts";
export { bomOf, dependenciesOf } from "./vex/scanned-sbom.ts";
export {
  VEX_JUSTIFICATIONS,
  VEX_STATUSES,
  type VexBom,
  type VexComponent,
  type VexDocument,
  type VexJustification,
  type VexProduct,
  type VexStatement,
  type VexStatus,
  type VexSubject,
} from "./vex/vex.ts";
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
} from "./vulnerability/matching.ts";
export { ecosystemsOfAdvisory, keysOfAdvisory } from "./vulnerability/package-identity.ts";
export { placeFindings } from "./vulnerability/placement.ts";
export { judgeVersion, type RangeVerdict } from "./vulnerability/range.ts";
export {
  COSIGN_VULN_PREDICATE_TYPE,
  decodeScan,
  encodeCosignVuln,
  encodeInTotoVulns,
  IN_TOTO_VULNS_PREDICATE_TYPE,
} from "./vulnerability/scan.ts";
export {
  type CvssScores,
  compareSeverity,
  type RatedSeverity,
  rateVector,
  scoreVector,
} from "./vulnerability/severity.ts";
export { readAdvisoryDocument } from "./vulnerability/sources/read-source.ts";
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
