/** The door of `policy`: policies as users write them, compiled and evaluated against plain data. */

export { type AdmissionPolicyOptions, writeAdmissionPolicy } from "./compile/admission-policy-writer.ts";
export { type AutogenRules, autogenRules } from "./compile/autogen.ts";
export type { DeletionPart } from "./compile/cel-deletions.ts";
export {
  CEL_POLICY_KINDS,
  type CelBinding,
  type CelBindingResource,
  type CelEngine,
  type CelMode,
  type CelPlan,
  type CelPolicyKind,
  type CelPolicyResource,
  type CelVariant,
  type ValidationAction,
} from "./compile/cel-plan.ts";
export { type CelPolicyCompileOptions, compileCelPolicy } from "./compile/cel-policy.ts";
export { type CleanupPlan, type CleanupPolicyResource, compileCleanupPolicy } from "./compile/cleanup-policy.ts";
export {
  type ClusterPolicyResource,
  compileClusterPolicy,
  KYVERNO_PHASES,
  type KyvernoPlan,
} from "./compile/cluster-policy.ts";
export {
  compileImagePolicy,
  compilePolicies,
  type ImagePolicyOptions,
  type ImagePolicyResource,
} from "./compile/compile-policies.ts";
export { type NextRun, nextRun } from "./compile/cron-schedule.ts";
export { nextDeletion } from "./compile/deletion-times.ts";
export { createKindIndex, type KindIndex } from "./compile/kyverno-index.ts";
export { type LabelSelector, matchesLabels } from "./compile/label-selector.ts";
export { createPlanIndex, type Plan, type PlanIndex } from "./compile/plan.ts";
export type { PlannedKyvernoRule } from "./compile/planned-rule.ts";
export { type WebhookRule, webhookRulesOf } from "./compile/webhook-rules.ts";
export { type AttestorDefaults, type PolicyPart, writeAttestor } from "./convert/attestor-to-cel.ts";
export { convertCleanupPolicy, type DocumentConversion } from "./convert/cleanup-to-cel.ts";
export { convertClusterImagePolicy } from "./convert/cluster-image-policy.ts";
export { type Conversion, type ConversionOptions, convertPolicy } from "./convert/convert-policy.ts";
export type { ConversionNote, ConvertedPart, ConvertedRule } from "./convert/converted-rule.ts";
export {
  type CounterexampleOptions,
  createObjectMaker,
  makeCounterexamples,
  type ObjectMaker,
} from "./convert/counterexamples.ts";
export {
  type ConvertedException,
  convertException,
  type ExceptedRule,
  type ExceptionConversion,
} from "./convert/exception-to-cel.ts";
export { convertNotationPolicy, isNotationPolicy, type TrustStores } from "./convert/notation-policy.ts";
export {
  type AttestorRequest,
  checkAttestorKey,
  type EvidenceKind,
  type RequestedIdentity,
  type RequestedLogs,
  requestedAttestors,
  unansweredAttestor,
} from "./evaluate/attestor-request.ts";
export type { CelExceptionIndex } from "./evaluate/cel/cel-exception.ts";
export {
  type CelExceptionOptions,
  type CompiledCelException,
  type CompiledCelExceptions,
  compileCelExceptions,
} from "./evaluate/cel/cel-exceptions.ts";
export type { GenerationPart } from "./evaluate/cel/generations.ts";
export type { EntrySource } from "./evaluate/context-entries.ts";
export { decide, type Outcome } from "./evaluate/decide.ts";
export { type DeletionTime, deletionTimeOf, type PropagationPolicy } from "./evaluate/deletion-time.ts";
export { abandonCelPolicy, type CelPolicyOptions, evaluateCelPolicy } from "./evaluate/evaluate-cel-policy.ts";
export {
  abandonCleanupPolicy,
  type CleanupEvaluation,
  type CleanupOptions,
  type CleanupVerdict,
  evaluateCleanupPolicy,
} from "./evaluate/evaluate-cleanup-policy.ts";
export { abandonClusterPolicy, evaluateClusterPolicy } from "./evaluate/evaluate-cluster-policy.ts";
export { abandonEvaluation, type EvaluateOptions, evaluatePlan } from "./evaluate/evaluate-plan.ts";
export { evidenceFunctions } from "./evaluate/evidence-functions.ts";
export {
  type CompiledException,
  compileExceptions,
  type ExceptionIndex,
  exceptionsThatHold,
} from "./evaluate/exceptions.ts";
export {
  type Fact,
  type FactKind,
  type FactReader,
  type FactRequest,
  type Facts,
  MISSING_FACT,
  notServed,
} from "./evaluate/facts.ts";
export { type GlobalContextFacts, globalContextFacts, globalContextRequest } from "./evaluate/global-context.ts";
export {
  abandonImagePolicies,
  evaluateImagePolicies,
  type ImagePoliciesEvaluation,
  type ImagePoliciesOptions,
} from "./evaluate/image-policies.ts";
export type { Operation, PolicyInput } from "./evaluate/input.ts";
export type { ClusterPolicyOptions } from "./evaluate/kyverno-options.ts";
export type {
  FailureAction,
  ImageOutcomes,
  KyvernoEffect,
  KyvernoEvaluation,
  KyvernoPhase,
  KyvernoRuleResponse,
  KyvernoRuleStatus,
  PatchedTarget,
  PodSecurityChecks,
  PodSecurityFinding,
  UnmatchedRule,
} from "./evaluate/kyverno-response.ts";
export { findTaggedImages, type TaggedImage } from "./evaluate/pin-digests.ts";
export {
  extractPodImages,
  extractPullSecrets,
  type ImageExtraction,
  type PodPullSecrets,
  pullSecretNames,
} from "./evaluate/pod-images.ts";
export type { GivenVariable, PolicyValues } from "./evaluate/policy-values.ts";
export type { Decision, Evaluation, RuleResponse } from "./evaluate/response.ts";
export type { RuleTrace, TraceStep } from "./evaluate/rule-trace.ts";
export { type CheckedExpression, type CheckOptions, checkTree } from "./language/cel/check/check.ts";
export { type CompileOptions, compileExpression } from "./language/cel/compile/compile.ts";
export { type CostEstimate, type EstimateOptions, estimateCost } from "./language/cel/cost/estimate.ts";
export { KUBERNETES_COST_LIMITS } from "./language/cel/cost/limits.ts";
export {
  type CelEnvironment,
  type CelEnvironmentOptions,
  type CelVariable,
  createEnvironment,
} from "./language/cel/environment.ts";
export { CelError, type CelErrorReason } from "./language/cel/error.ts";
export {
  type CelContext,
  type CelEffect,
  type CelFunction,
  celFunction,
  formatSignature,
} from "./language/cel/function.ts";
export {
  type AuthorizedResource,
  type AuthorizedUser,
  authorizerValue,
  requestResourceValue,
} from "./language/cel/functions/kubernetes/authorizer.ts";
export { KUBERNETES_LIBRARIES, NETWORK_LIBRARY } from "./language/cel/functions/kubernetes/libraries.ts";
export { KYVERNO_LIBRARIES, kyvernoLibraries } from "./language/cel/functions/kyverno/libraries.ts";
export { STANDARD_LIBRARIES, standardLibraries } from "./language/cel/functions/table.ts";
export {
  ADMISSION_STEPS,
  type AdmissionEnvironmentOptions,
  type AdmissionResult,
  compileAdmissionExpression,
  createAdmissionEnvironment,
} from "./language/cel/kubernetes/admission-environment.ts";
export { withMutationTypes } from "./language/cel/kubernetes/mutation-environment.ts";
export type { SchemaOptions } from "./language/cel/kubernetes/schema.ts";
export { type SchemaSizeOptions, sizesOfSchema } from "./language/cel/kubernetes/schema-size.ts";
export { typeOfSchema } from "./language/cel/kubernetes/schema-type.ts";
export type { CelLibrary, CelMacro } from "./language/cel/library.ts";
export type { CelActivation, CelProgram, StepBudget } from "./language/cel/program.ts";
export type { Ast, AstNode } from "./language/cel/syntax/ast.ts";
export { parseExpression } from "./language/cel/syntax/parser.ts";
export { printExpression } from "./language/cel/syntax/print.ts";
export { type CelType, celTypes, formatType } from "./language/cel/types.ts";
export {
  CelMap,
  type CelObject,
  type CelValue,
  Duration,
  Message,
  Opaque,
  Optional,
  Timestamp,
  TypeValue,
  Uint,
} from "./language/cel/values/value.ts";
export { compileJmesPath, compileJmesProgram } from "./language/jmespath/compile.ts";
export { drawExplanation, type JmesExplanation } from "./language/jmespath/explain/explanation.ts";
export {
  formatJmesSignature,
  type JmesArgument,
  type JmesFunction,
  type JmesType,
} from "./language/jmespath/function.ts";
export { JMES_FUNCTIONS, STANDARD_JMES_FUNCTIONS } from "./language/jmespath/functions/table.ts";
export { indentGoJson, writeGoJson } from "./language/jmespath/go-json.ts";
export { type JmesContext, type JmesProgram, JmesRoot } from "./language/jmespath/program.ts";
export { highlightJmesError } from "./language/jmespath/syntax/error.ts";
export { formatJmesTree } from "./language/jmespath/syntax/print.ts";
export { type KindSelector, parseKindSelector } from "./language/match/kind-selector.ts";
export {
  type CompiledMatch,
  compileMatch,
  type KindSet,
  type MatchResult,
  type RuleMatchSource,
} from "./language/match/match.ts";
export { MatchTarget } from "./language/match/target.ts";
export { diffJson, type PatchOperation } from "./language/patch/json-diff.ts";
export { type ConversionOutcome, convertToKubernetesType } from "./language/patch/kubernetes-conversion.ts";
export { DEDUCED_MERGE_TYPE, type MergeType, mergeTypeOf } from "./language/patch/merge-type.ts";
export {
  mergeStructured,
  type StructuredMergeOptions,
  type StructuredMergeOutcome,
} from "./language/patch/structured-merge.ts";
export type { MergeIssue } from "./language/patch/typed-validation.ts";
export {
  checkPodSecurity,
  type PodSecurityOptions,
  type PodSecurityOutcome,
  type PodSecurityViolation,
} from "./language/podsecurity/pod-security.ts";
export { compileTextPattern } from "./language/text-pattern.ts";
export { pluralOf } from "./resource/built-in-kinds.ts";
export { encodeCrd, type KindVersion, POLICY_KINDS, type PrinterColumn, type ResourceKind } from "./resource/crd.ts";
export {
  decodePolicies,
  decodePolicy,
  isPolicyDocument,
  type PolicyReading,
  type PolicyResource,
} from "./resource/decode-policies.ts";
export {
  findKubernetesKind,
  type KubernetesKind,
  type KubernetesSubresource,
  kubernetesKinds,
} from "./resource/kubernetes-kinds.ts";
export { KUBERNETES_VERSION } from "./resource/kubernetes-types.ts";
export type { CleanupPolicy } from "./resource/kyverno/cleanup-policy.ts";
export type { CliFile } from "./resource/kyverno/cli-file.ts";
export type {
  ClusterPolicy,
  ClusterPolicySpec,
  ImageExtractor,
  KyvernoRule,
} from "./resource/kyverno/cluster-policy.ts";
export type { AnyAllConditions, Condition, Conditions } from "./resource/kyverno/conditions.ts";
export type { ContextEntry } from "./resource/kyverno/context-entry.ts";
export {
  type ClusterResourceFile,
  type ContextFile,
  decodeClusterResourceFile,
  decodeContextFile,
} from "./resource/kyverno/context-file.ts";
export { type FixedDocument, fixPolicyDocument } from "./resource/kyverno/fix-policy.ts";
export {
  type FixedCliFile,
  type FixTestOptions,
  fixTestFile,
  fixUserInfoFile,
  fixValuesFile,
} from "./resource/kyverno/fix-test-file.ts";
export type { GlobalContextEntry } from "./resource/kyverno/global-context-entry.ts";
export type { Attestation, Attestor, AttestorSet, ImageVerification } from "./resource/kyverno/image-verification.ts";
export { CLI_FILE_KINDS, type FileKind, KYVERNO_KINDS } from "./resource/kyverno/kinds.ts";
export type { MatchResources, ResourceDescription, ResourceFilter } from "./resource/kyverno/match-resources.ts";
export type { PolicyException } from "./resource/kyverno/policy-exception.ts";
export type {
  ForEachGeneration,
  ForEachMutation,
  ForEachValidation,
  Generation,
  Mutation,
  Validation,
} from "./resource/kyverno/rule-actions.ts";
export { decodeTestFile, type TestFile, type TestResult } from "./resource/kyverno/test-file.ts";
export type { ApiCallResponse, GlobalContextMock } from "./resource/kyverno/test-mocks.ts";
export { decodeUserInfoFile, type UserInfoFile } from "./resource/kyverno/user-info-file.ts";
export { decodeValuesFile, type InlineValues, type ValuesFile } from "./resource/kyverno/values-file.ts";
export type {
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
  ParamRef,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from "./resource/policies/admission-policy.ts";
export type { CelPolicyException } from "./resource/policies/cel-policy-exception.ts";
export type { DeletingPolicy } from "./resource/policies/deleting-policy.ts";
export type { GeneratingPolicy, PolicyGeneration } from "./resource/policies/generating-policy.ts";
export { ADMISSION_KINDS, CEL_KINDS } from "./resource/policies/kinds.ts";
export type { MutatingPolicy, PolicyMutation } from "./resource/policies/mutating-policy.ts";
export type { ValidatingPolicy } from "./resource/policies/validating-policy.ts";
export {
  type CustomKind,
  findKubernetesSchema,
  type ResourceSchema,
  readCustomKinds,
} from "./resource/resource-schema.ts";
export type { Field, ObjectSchema, PolicyWarning, Schema } from "./resource/schema.ts";
export { decodeManifestAnnotation, type ManifestSignature } from "./rules/manifests/signed-message.ts";
