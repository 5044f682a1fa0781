import { type Decoded, type Issue, isAmapError } from "../../base/index.ts";
import { ATTESTOR, asAttestor, createImageFunctions } from "../evaluate/image-functions.ts";
import { BUILT_IN_IMAGE_LISTS } from "../evaluate/pod-images.ts";
import { compileExpression } from "../language/cel/compile/compile.ts";
import type { CelEnvironment } from "../language/cel/environment.ts";
import { imageDataFunction } from "../language/cel/functions/kyverno/image-data.ts";
import type { CelProgram } from "../language/cel/program.ts";
import { type CelType, celTypes } from "../language/cel/types.ts";
import type { PolicyResource } from "../resource/decode-policies.ts";
import { deferredReasonAt, type ImageValidatingPolicy, ignoredFields } from "../resource/image-validating-policy.ts";
import { createExpressionCompiler, type ExpressionCompiler } from "./expressions.ts";
import { compileCoverage } from "./image-coverage.ts";
import { compileMatchConstraints, MATCHING } from "./match-constraints.ts";
import type { NamedProgram, Plan, PlannedRule } from "./plan.ts";
import { type AttestorText, planAttestors } from "./plan-attestors.ts";
import { policyEnvironments } from "./policy-environment.ts";
import { ruleNamesOf } from "./rule-names.ts";

/**
 * The policies as Plans, in the order given: every expression compiled, every key read. All issues of all policies are
 * listed: a CEL error EXPRESSION_INVALID with its line and column, a key that cannot be read KEY_INVALID or
 * KEY_UNSUPPORTED, what amap would not act on NOT_SUPPORTED, a name that is there twice POLICY_INVALID.
 *
 * @example
 * ```ts
 * import { compilePolicies } from "../index.ts";
 * compilePolicies([]); // { ok: true, value: [] }
 * ```
 */
export function compilePolicies(policies: readonly PolicyResource[]): Decoded<readonly Plan[]> {
  const plans: Plan[] = [];
  const issues: Issue[] = [];
  const seen = new Set<string>();
  for (const resource of policies) {
    if (seen.has(resource.name)) {
      const message = `${resource.source}: a policy named ${resource.name} was already read`;
      issues.push({ code: "POLICY_INVALID", path: "metadata.name", message });
    }
    seen.add(resource.name);
    const compiled = resource.kind === "ImageValidatingPolicy" ? compileImagePolicy(resource) : refuseKind(resource);
    if (compiled.ok) plans.push(compiled.value);
    else issues.push(...compiled.issues);
  }
  return issues.length === 0 ? { ok: true, value: Object.freeze(plans) } : { ok: false, issues };
}

const IMAGE_VARIABLES = {
  attestors: celTypes.map(celTypes.string, ATTESTOR),
  attestations: celTypes.map(celTypes.string, celTypes.string),
} as const;

const IMAGE_LISTS = { images: celTypes.map(celTypes.string, celTypes.list(celTypes.string)) } as const;

function refuseKind({ name, kind, policy }: PolicyResource): Decoded<Plan> {
  const found = `${policy.apiVersion} ${kind}`;
  const message = `policy ${name}: expected policies.kyverno.io/v1 ImageValidatingPolicy, found ${found}`;
  return { ok: false, issues: [{ code: "NOT_SUPPORTED", path: "kind", message }] };
}

/** A policy about images, as read. */
export type ImagePolicyResource = Extract<
  PolicyResource,
  { readonly kind: "ImageValidatingPolicy" | "NamespacedImageValidatingPolicy" }
>;

/** How a policy about images is compiled. */
export interface ImagePolicyOptions {
  /**
   * As Kyverno's command line takes it: matched as its other policies, and with attestors that amap cannot ask where it
   * was read with `defersUnanswered`. What needs one is an error.
   */
  readonly asInKyverno?: boolean;
}

/**
 * One policy about images as a plan, with its issues as {@link compilePolicies} has them.
 *
 * @example
 * ```ts
 * import { compileImagePolicy, decodePolicies } from "../index.ts";
 * const decoded = decodePolicies(`
 * apiVersion: policies.kyverno.io/v1
 * kind: NamespacedImageValidatingPolicy
 * metadata: {name: no-latest, namespace: shop}
 * spec:
 *   validationConfigurations: {verifyDigest: false, required: false}
 *   matchConstraints:
 *     resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
 *   attestors: []
 *   validations: [{expression: 'images.containers.all(i, image(i).tag() != "latest")', message: pin a version}]
 * `, "no-latest.yaml");
 * const [policy] = decoded.ok ? decoded.value : [];
 * const plan = policy?.kind === "NamespacedImageValidatingPolicy" ? compileImagePolicy(policy) : undefined;
 * plan?.ok ? plan.value.namespace : ""; // "shop"
 * ```
 */
export function compileImagePolicy(
  resource: ImagePolicyResource,
  { asInKyverno = false }: ImagePolicyOptions = {},
): Decoded<Plan> {
  const { name, policy } = resource;
  const compiler = createExpressionCompiler(name);
  const { spec } = policy;
  const { request: requestEnvironment, rules } = policyEnvironments();
  for (const { path, message } of ignoredFields(policy)) {
    compiler.warnings.push(`policy ${name}: ${path} is not acted on: ${message}`);
  }
  const { attestors, texts, issues: unusable, warnings } = planAttestors(policy, asInKyverno);
  compiler.issues.push(...unusable);
  compiler.warnings.push(...warnings);
  const covers = compileCoverage(policy, compiler);
  const attestations = new Map((spec.attestations ?? []).map((each) => [each.name, typeOfAttestation(each)]));
  const base = rules.extend({
    variables: IMAGE_VARIABLES,
    lazyVariables: IMAGE_LISTS,
    functions: createImageFunctions({ attestors, attestations, unanswered: unansweredOf(policy), covers }),
  });
  const { environment, variables } = compileVariables(policy, base, compiler);
  const asked = compileAttestorTexts(policy, texts, compiler);
  const plan: Plan = {
    ...headOf(resource),
    warnings: compiler.warnings,
    match: compileMatchConstraints(policy, asInKyverno ? MATCHING.kyverno : MATCHING.images),
    matchConditions: compileNamed(spec.matchConditions ?? [], "spec.matchConditions", compiler, celTypes.bool),
    rules: compileRules(policy, environment, compiler),
    variables: asked.size === 0 ? variables : new Map([...variables, ...asked]),
    extractors: compileExtractors(policy, compiler),
    covers,
    ...configurationsOf(policy),
    requestEnvironment,
    environment,
    constants: {
      attestors: Object.fromEntries(attestors.map((attestor) => [attestor.request.name, asAttestor(attestor)])),
      attestations: Object.fromEntries([...attestations.keys()].map((each) => [each, each])),
    },
  };
  refuseDoubleNames(policy, compiler.issues);
  if (compiler.issues.length > 0) return { ok: false, issues: compiler.issues };
  return { ok: true, value: Object.freeze(plan) };
}

/** What a plan says of its policy without any expression. */
type PlanHead = Pick<
  Plan,
  | "policy"
  | "kind"
  | "namespace"
  | "annotations"
  | "mode"
  | "source"
  | "failurePolicy"
  | "validationActions"
  | "admission"
  | "background"
  | "timeoutSeconds"
>;

function headOf({ kind, name, namespace = "default", source, policy }: ImagePolicyResource): PlanHead {
  const { evaluation, failurePolicy = "Fail" } = policy.spec;
  // JSON is there only in policies that were read for Kyverno's command line.
  const mode: string | undefined = evaluation?.mode;
  return {
    policy: name,
    kind,
    namespace: kind === "ImageValidatingPolicy" ? "" : namespace,
    annotations: policy.metadata.annotations ?? {},
    mode: mode === "JSON" ? "JSON" : "Kubernetes",
    source,
    failurePolicy,
    validationActions: Object.freeze(actionsOf(policy)),
    admission: evaluation?.admission?.enabled ?? true,
    background: evaluation?.background?.enabled ?? true,
    ...timeoutOf(policy),
  };
}

function configurationsOf({ spec }: ImageValidatingPolicy): Pick<Plan, "verifyDigest" | "mutateDigest" | "required"> {
  const { verifyDigest = true, mutateDigest = true, required = true } = spec.validationConfigurations ?? {};
  return { verifyDigest, mutateDigest, required };
}

function timeoutOf({ spec }: ImageValidatingPolicy): Pick<Plan, "timeoutSeconds"> {
  const timeoutSeconds = spec.webhookConfiguration?.timeoutSeconds;
  return timeoutSeconds === undefined ? {} : { timeoutSeconds };
}

/** Without an action a fail denies, as in Kyverno. */
function actionsOf(policy: ImageValidatingPolicy): Plan["validationActions"] {
  const actions = policy.spec.validationActions ?? [];
  return actions.length === 0 ? ["Deny"] : actions;
}

/** The predicate type; of an artifact that refers to the image, which amap reads only where it is given, its own type. */
function typeOfAttestation(attestation: Attestation): string {
  const { referrer } = attestation as { readonly referrer?: { readonly type: string } };
  return attestation.intoto?.type ?? referrer?.type ?? "";
}

type Attestation = NonNullable<ImageValidatingPolicy["spec"]["attestations"]>[number];

/** Attestations that amap cannot read, by name, with the reason. */
function unansweredOf(policy: ImageValidatingPolicy): ReadonlyMap<string, string> {
  const reasons = new Map<string, string>();
  (policy.spec.attestations ?? []).forEach(({ name }, index) => {
    const reason = deferredReasonAt(policy, `spec.attestations[${index}]`);
    if (reason !== undefined) reasons.set(name, reason);
  });
  return reasons;
}

const CEL_IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]*$/;

function refuseName(
  policy: ImageValidatingPolicy,
  path: string,
  message: string,
  { issues }: ExpressionCompiler,
): void {
  issues.push({ code: "POLICY_INVALID", path, message: `policy ${policy.metadata.name}: ${message}` });
}

/** `spec.images`, which may add lists and never replace those that the Pod itself has. */
function compileExtractors(policy: ImageValidatingPolicy, compiler: ExpressionCompiler): readonly NamedProgram[] {
  const entries = policy.spec.images ?? [];
  entries.forEach(({ name }, index) => {
    const path = `spec.images[${index}].name`;
    if (BUILT_IN_IMAGE_LISTS.includes(name)) {
      refuseName(policy, path, `images.${name} is the object's own list: choose another name`, compiler);
    } else if (!CEL_IDENTIFIER.test(name)) {
      refuseName(policy, path, `expected a CEL identifier, found ${JSON.stringify(name)}`, compiler);
    }
  });
  return compileNamed(entries, "spec.images", compiler, celTypes.list(celTypes.string));
}

/** Each variable sees those before it, so none can depend on itself. */
function compileVariables(
  policy: ImageValidatingPolicy,
  base: CelEnvironment,
  compiler: ExpressionCompiler,
): { environment: CelEnvironment; variables: ReadonlyMap<string, CelProgram> } {
  const programs = new Map<string, CelProgram>();
  let environment = base;
  for (const [index, variable] of (policy.spec.variables ?? []).entries()) {
    const path = `spec.variables[${index}]`;
    if (!CEL_IDENTIFIER.test(variable.name)) {
      refuseName(policy, `${path}.name`, `expected a CEL identifier, found ${JSON.stringify(variable.name)}`, compiler);
      continue;
    }
    const name = `variables.${variable.name}`;
    // One that is there twice is refused elsewhere.
    if (environment.variables.has(name)) continue;
    const program = compiler.compile(variable.expression, `${path}.expression`, environment);
    if (program !== undefined) programs.set(name, program);
    environment = environment.extend({ lazyVariables: { [name]: program?.type ?? celTypes.dyn } });
  }
  return { environment, variables: programs };
}

/**
 * The expressions by which attestors work out keys and certificates. They see what rules see, except attestors and what
 * asks them, and variables that stand on these: whom an attestor trusts cannot depend on whom it trusts.
 */
function compileAttestorTexts(
  policy: ImageValidatingPolicy,
  texts: readonly AttestorText[],
  compiler: ExpressionCompiler,
): ReadonlyMap<string, CelProgram> {
  const programs = new Map<string, CelProgram>();
  if (texts.length === 0) return programs;
  const environment = withoutAttestors(policy);
  for (const { variable, expression, path } of texts) {
    const program = compiler.compile(expression, path, environment, celTypes.string);
    if (program !== undefined) programs.set(variable, program);
  }
  return programs;
}

function withoutAttestors({ spec }: ImageValidatingPolicy): CelEnvironment {
  const { attestations } = IMAGE_VARIABLES;
  let environment = policyEnvironments().rules.extend({
    variables: { attestations },
    lazyVariables: IMAGE_LISTS,
    functions: [imageDataFunction("getImageData")],
  });
  for (const { name, expression } of spec.variables ?? []) {
    const declared = `variables.${name}`;
    if (!CEL_IDENTIFIER.test(name) || environment.variables.has(declared)) continue;
    try {
      const { type } = compileExpression(expression, environment);
      environment = environment.extend({ lazyVariables: { [declared]: type } });
    } catch (error) {
      // It asks attestors, or is refused where variables are compiled.
      if (!isAmapError(error)) throw error;
    }
  }
  return environment;
}

function compileNamed(
  entries: readonly { readonly name: string; readonly expression: string }[],
  path: string,
  compiler: ExpressionCompiler,
  expected: CelType,
): readonly NamedProgram[] {
  const { request } = policyEnvironments();
  return entries.flatMap(({ name, expression }, index) => {
    const program = compiler.compile(expression, `${path}[${index}].expression`, request, expected);
    return program === undefined ? [] : [{ name, program }];
  });
}

function compileRules(
  policy: ImageValidatingPolicy,
  environment: CelEnvironment,
  compiler: ExpressionCompiler,
): readonly PlannedRule[] {
  const names = ruleNamesOf(policy);
  if (!names.ok) compiler.issues.push(...names.issues);
  return policy.spec.validations.flatMap((validation, index) => {
    const path = `spec.validations[${index}]`;
    const program = compiler.compile(validation.expression, `${path}.expression`, environment, celTypes.bool);
    const messageProgram =
      validation.messageExpression === undefined
        ? undefined
        : compiler.compile(validation.messageExpression, `${path}.messageExpression`, environment, celTypes.string);
    if (program === undefined || !names.ok) return [];
    const rule: PlannedRule = {
      name: names.value[index] ?? "",
      expression: validation.expression,
      program,
      ...(validation.message === undefined ? {} : { message: validation.message }),
      ...(messageProgram === undefined ? {} : { messageProgram }),
      ...(validation.reason === undefined ? {} : { statusReason: validation.reason }),
    };
    return [Object.freeze(rule)];
  });
}

function refuseDoubleNames(policy: ImageValidatingPolicy, issues: Issue[]): void {
  const { attestors, attestations = [], variables = [], images = [] } = policy.spec;
  const lists: Readonly<Record<string, readonly { readonly name: string }[]>> = {
    attestors,
    attestations,
    variables,
    images,
  };
  for (const [field, entries] of Object.entries(lists)) {
    entries.forEach(({ name }, index) => {
      if (entries.findIndex((entry) => entry.name === name) === index) return;
      const message = `policy ${policy.metadata.name}: the name ${name} is there twice`;
      issues.push({ code: "POLICY_INVALID", path: `spec.${field}[${index}].name`, message });
    });
  }
}
