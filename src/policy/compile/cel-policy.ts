import type { Decoded } from "../../base/index.ts";
import type { CelEnvironment } from "../language/cel/environment.ts";
import type { PolicyCondition, PolicyMatchConstraints, PolicyVariable } from "../resource/policies/policy-parts.ts";
import { compileAuthorizations } from "./cel-authorizations.ts";
import { expandPodControllers } from "./cel-autogen.ts";
import { compileCelBindings } from "./cel-bindings.ts";
import { VariantCompiler } from "./cel-compiler.ts";
import { compileDeletions } from "./cel-deletions.ts";
import { authorizationEnvironment, kyvernoEnvironment, mutationEnvironment } from "./cel-environment.ts";
import { compileGenerations } from "./cel-generations.ts";
import { compileMutations } from "./cel-mutations.ts";
import type {
  CelBinding,
  CelBindingResource,
  CelMode,
  CelPart,
  CelPlan,
  CelPolicyKind,
  CelPolicyResource,
  CelVariant,
} from "./cel-plan.ts";
import { compileValidations } from "./cel-validations.ts";
import { createExpressionCompiler, type ExpressionCompiler } from "./expressions.ts";
import { compileMatchResources } from "./match-constraints.ts";
import type { NamedProgram } from "./plan.ts";

/** What a policy is compiled with. */
export interface CelPolicyCompileOptions {
  /** Of Kubernetes' kinds: their bindings; those of other policies are left out. */
  readonly bindings?: readonly CelBindingResource[];
}

/** In what the kinds differ before they are asked to do anything. */
interface KindRow {
  readonly rules: CelPlan["rules"];
  readonly phase: CelPlan["phases"][number];
  readonly type: CelPlan["type"];
  /** Whether conditions see `variables`. */
  readonly conditionsSeeVariables: boolean;
  /** Whether lists and maps in expressions may mix types. */
  readonly isMixed: boolean;
}

const KYVERNO = { rules: "kyverno", conditionsSeeVariables: false, isMixed: false } as const;
const KUBERNETES = { rules: "kubernetes", conditionsSeeVariables: false, isMixed: false } as const;
const VALIDATING: KindRow = { ...KYVERNO, phase: "validate", type: "Validation" };
const MUTATING: KindRow = { ...KYVERNO, phase: "mutate", type: "Mutation", conditionsSeeVariables: true };
const GENERATING: KindRow = { ...KYVERNO, phase: "generate", type: "Generation", isMixed: true };
const DELETING: KindRow = { ...KYVERNO, phase: "cleanup", type: "Deletion", conditionsSeeVariables: true };

const KINDS: Readonly<Record<CelPolicyKind, KindRow>> = {
  ValidatingPolicy: VALIDATING,
  NamespacedValidatingPolicy: VALIDATING,
  MutatingPolicy: MUTATING,
  NamespacedMutatingPolicy: MUTATING,
  GeneratingPolicy: GENERATING,
  NamespacedGeneratingPolicy: GENERATING,
  DeletingPolicy: DELETING,
  NamespacedDeletingPolicy: DELETING,
  ValidatingAdmissionPolicy: { ...KUBERNETES, phase: "validate", type: "Validation" },
  MutatingAdmissionPolicy: { ...KUBERNETES, phase: "mutate", type: "Mutation" },
};

/** What the specs of all kinds have, each of its own. */
interface CommonSpec {
  readonly matchConstraints?: PolicyMatchConstraints;
  readonly matchConditions?: readonly PolicyCondition[];
  readonly variables?: readonly PolicyVariable[];
  readonly auditAnnotations?: readonly { readonly key: string; readonly valueExpression: string }[];
  readonly failurePolicy?: "Fail" | "Ignore";
  readonly validationActions?: CelPlan["validationActions"];
  readonly reinvocationPolicy?: "Never" | "IfNeeded";
  readonly paramKind?: unknown;
  readonly webhookConfiguration?: { readonly timeoutSeconds?: number };
  readonly evaluation?: {
    readonly mode?: CelMode;
    readonly admission?: { readonly enabled?: boolean };
    readonly background?: { readonly enabled?: boolean };
  };
}

/**
 * A policy of policies.kyverno.io or admissionregistration.k8s.io as a plan: every expression compiled as its engine
 * compiles it, autogen's variants beside the policy as written. All issues are listed with the path of the expression: a
 * CEL error EXPRESSION_INVALID with line and column, what amap would not act on NOT_SUPPORTED.
 *
 * @example
 * ```ts
 * import { compileCelPolicy, decodePolicies } from "../index.ts";
 * const decoded = decodePolicies(`
 * apiVersion: policies.kyverno.io/v1
 * kind: ValidatingPolicy
 * metadata: {name: owned}
 * spec:
 *   matchConstraints:
 *     resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}]
 *   validations: [{expression: "has(object.metadata.labels) && 'team' in object.metadata.labels"}]
 * `, "owned.yaml");
 * const [policy] = decoded.ok ? decoded.value : [];
 * const plan = policy?.kind === "ValidatingPolicy" ? compileCelPolicy(policy) : undefined;
 * plan?.ok; // true
 * ```
 */
export function compileCelPolicy(resource: CelPolicyResource, options: CelPolicyCompileOptions = {}): Decoded<CelPlan> {
  const row = KINDS[resource.kind];
  const expressions = createExpressionCompiler(resource.name);
  const variants: CelVariant[] = [];
  for (const variant of variantsOf(resource)) {
    // What is wrong with the policy as written would be said again of what autogen makes of it.
    if (expressions.issues.length > 0) break;
    variants.push(compileVariant(variant, row, expressions));
  }
  const { bindings, warnings } = bindingsOf(resource, options.bindings ?? []);
  if (expressions.issues.length > 0) return { ok: false, issues: expressions.issues };
  const { metadata } = resource.policy;
  const spec: CommonSpec = specOf(resource);
  const { timeoutSeconds } = spec.webhookConfiguration ?? {};
  const annotations = metadata.annotations ?? {};
  const actions = spec.validationActions ?? [];
  const plan: CelPlan = {
    engine: "cel",
    kind: resource.kind,
    rules: row.rules,
    policy: resource.name,
    namespace: namespaceOf(resource),
    labels: metadata.labels ?? {},
    annotations,
    source: resource.source,
    warnings: Object.freeze([...expressions.warnings, ...warnings]),
    ...evaluationOf(spec),
    phases: Object.freeze([row.phase]),
    type: row.type,
    failurePolicy: spec.failurePolicy ?? "Fail",
    reinvokes: row.rules === "kubernetes" && spec.reinvocationPolicy === "IfNeeded",
    validationActions: Object.freeze(actions.length === 0 ? ["Deny"] : actions),
    isScored: annotations["policies.kyverno.io/scored"] !== "false",
    ...(timeoutSeconds === undefined ? {} : { timeoutSeconds }),
    variants: Object.freeze(variants),
    bindings,
    resource,
  };
  return { ok: true, value: Object.freeze(plan) };
}

/** What is evaluated, and when. */
function evaluationOf({ evaluation = {} }: CommonSpec): Pick<CelPlan, "mode" | "admission" | "background"> {
  const { mode = "Kubernetes", admission, background } = evaluation;
  return { mode, admission: admission?.enabled ?? true, background: background?.enabled ?? true };
}

/** A policy as written, or with the spec that autogen makes. */
interface WrittenVariant {
  readonly name: string;
  readonly resource: CelPolicyResource;
  readonly extractsPods: boolean;
}

/** Kyverno extends what validates and mutates. */
function variantsOf(resource: CelPolicyResource): readonly WrittenVariant[] {
  switch (resource.kind) {
    case "ValidatingPolicy":
    case "NamespacedValidatingPolicy":
      return expandPodControllers(resource.policy.spec, "paths").map(({ name, spec, extractsPods }) => ({
        name,
        resource: { ...resource, policy: { ...resource.policy, spec } },
        extractsPods,
      }));
    case "MutatingPolicy":
    case "NamespacedMutatingPolicy":
      return expandPodControllers(resource.policy.spec, "objects").map(({ name, spec, extractsPods }) => ({
        name,
        resource: { ...resource, policy: { ...resource.policy, spec } },
        extractsPods,
      }));
    default:
      return [{ name: "", resource, extractsPods: false }];
  }
}

function compileVariant(
  { name, resource, extractsPods }: WrittenVariant,
  row: KindRow,
  expressions: ExpressionCompiler,
): CelVariant {
  const spec: CommonSpec = specOf(resource);
  const compiler = new VariantCompiler(
    {
      rules: row.rules,
      namespace: namespaceOf(resource),
      isMixed: row.isMixed,
      hasParams: spec.paramKind !== undefined,
      environment: row.rules === "kyverno" ? environmentOf(resource, row) : undefined,
    },
    expressions,
  );
  compiler.declareVariables(spec.variables ?? [], "spec.variables");
  const conditionEnvironment = row.conditionsSeeVariables ? compiler.environment : compiler.requestEnvironment;
  const matchConditions = compileConditions(spec.matchConditions ?? [], compiler, conditionEnvironment);
  const part = compilePart(resource, compiler);
  const auditAnnotations = (spec.auditAnnotations ?? []).flatMap(({ key, valueExpression }, index) => {
    const at = `spec.auditAnnotations[${index}].valueExpression`;
    const program = compiler.compile(valueExpression, at, "string or null");
    return program === undefined ? [] : [{ key, program }];
  });
  return Object.freeze({
    name,
    match: compileMatchResources(row.type === "Deletion" ? ofAnyOperation(spec) : spec.matchConstraints, row.rules),
    matchConditions,
    variables: { programs: compiler.variables, environment: compiler.environment },
    auditAnnotations,
    part,
    extractsPods,
  });
}

/** What the expressions of one of Kyverno's kinds may name. */
function environmentOf(resource: CelPolicyResource, { type }: KindRow): CelEnvironment {
  const { mode } = specOf(resource).evaluation ?? {};
  if (mode === "HTTP" || mode === "Envoy") return authorizationEnvironment(mode);
  const namespace = namespaceOf(resource);
  return type === "Mutation" ? mutationEnvironment(namespace) : kyvernoEnvironment(namespace);
}

/** What a cleanup looks through was not asked for by any operation: Kyverno leaves them out. */
function ofAnyOperation({ matchConstraints }: CommonSpec): PolicyMatchConstraints | undefined {
  const { resourceRules } = matchConstraints ?? {};
  if (resourceRules === undefined) return matchConstraints;
  return { ...matchConstraints, resourceRules: resourceRules.map((rule) => ({ ...rule, operations: ["*"] as const })) };
}

function compileConditions(
  conditions: readonly PolicyCondition[],
  compiler: VariantCompiler,
  environment: CelEnvironment,
): readonly NamedProgram[] {
  return conditions.flatMap(({ name, expression }, index) => {
    const program = compiler.compile(expression, `spec.matchConditions[${index}].expression`, "bool", environment);
    return program === undefined ? [] : [{ name, program }];
  });
}

/** What the policy does with an object that it meets. */
function compilePart(resource: CelPolicyResource, compiler: VariantCompiler): CelPart {
  switch (resource.kind) {
    case "ValidatingPolicy":
    case "NamespacedValidatingPolicy": {
      const { validations = [], evaluation: { mode = "Kubernetes" } = {} } = resource.policy.spec;
      if (mode === "HTTP" || mode === "Envoy") {
        return compileAuthorizations(validations, mode, "spec.validations", compiler);
      }
      return compileValidations(validations, "spec.validations", compiler);
    }
    case "ValidatingAdmissionPolicy":
      return compileValidations(resource.policy.spec.validations ?? [], "spec.validations", compiler);
    case "GeneratingPolicy":
    case "NamespacedGeneratingPolicy":
      return compileGenerations(resource.policy.spec, compiler);
    case "DeletingPolicy":
    case "NamespacedDeletingPolicy":
      return compileDeletions(resource.policy.spec, compiler);
    default:
      return compileMutations(resource.policy.spec, "spec", compiler);
  }
}

function bindingsOf(
  resource: CelPolicyResource,
  bindings: readonly CelBindingResource[],
): { readonly bindings: readonly CelBinding[] | undefined; readonly warnings: readonly string[] } {
  if (resource.kind !== "ValidatingAdmissionPolicy" && resource.kind !== "MutatingAdmissionPolicy") {
    return { bindings: undefined, warnings: [] };
  }
  return compileCelBindings(resource, bindings);
}

const specOf = (resource: CelPolicyResource): CommonSpec => resource.policy.spec;

/** Of a kind that lives in a namespace: where none is written it is the default one, as in the API server. */
function namespaceOf({ kind, namespace = "default" }: CelPolicyResource): string {
  return kind.startsWith("Namespaced") ? namespace : "";
}
