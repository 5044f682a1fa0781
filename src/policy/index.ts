/** The door of `policy`: policies as users write them, compiled and evaluated against plain data. */

export { compilePolicies } from "./compile/compile-policies.ts";
export { createPlanIndex, type Plan, type PlanIndex } from "./compile/plan.ts";
export { type WebhookRule, webhookRulesOf } from "./compile/webhook-rules.ts";
export { decide, type Outcome } from "./evaluate/decide.ts";
export { abandonEvaluation, type EvaluateOptions, evaluatePlan } from "./evaluate/evaluate-plan.ts";
export { evidenceFunctions } from "./evaluate/evidence-functions.ts";
export {
  type Fact,
  type FactKind,
  type FactReader,
  type FactRequest,
  type Facts,
  MISSING_FACT,
  notServed,
} from "./evaluate/facts.ts";
export type { Operation, PolicyInput } from "./evaluate/input.ts";
export { findTaggedImages, type TaggedImage } from "./evaluate/pin-digests.ts";
export { extractPodImages, type ImageExtraction } from "./evaluate/pod-images.ts";
export type { Decision, Evaluation, RuleResponse } from "./evaluate/response.ts";
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
  Opaque,
  Optional,
  Timestamp,
  TypeValue,
  Uint,
} from "./language/cel/values/value.ts";
export { encodeCrd, type KindVersion, POLICY_KINDS, type PrinterColumn, type ResourceKind } from "./resource/crd.ts";
export { decodePolicies, type PolicyResource } from "./resource/decode-policies.ts";
