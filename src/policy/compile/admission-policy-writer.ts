import { type Decoded, type Issue, isValueObject, memberOf, type Value, type ValueObject } from "../../base/index.ts";
import { decodePolicy, type PolicyResource } from "../resource/decode-policies.ts";
import type { PolicyMatchConstraints } from "../resource/policies/policy-parts.ts";
import { type ClusterPolicyParts, readCelRule } from "./admission-policy-rule.ts";
import { expandPodControllers } from "./cel-autogen.ts";
import type { CelPolicyResource } from "./cel-plan.ts";
import { compileCelPolicy } from "./cel-policy.ts";
import { liftExceptions } from "./lifted-exceptions.ts";

/** What one of Kubernetes' admission policies can be made of. */
type ConvertibleResource = Extract<
  PolicyResource,
  { readonly kind: "ValidatingPolicy" | "MutatingPolicy" | "ClusterPolicy" }
>;

/** What is written beside the policy itself. */
export interface AdmissionPolicyOptions {
  /** PolicyExceptions of either group: those that name the policy become part of what is written. */
  readonly exceptions?: readonly PolicyResource[];
}

/**
 * The ValidatingAdmissionPolicy (of a ValidatingPolicy, or of a ClusterPolicy with one validate.cel rule) or
 * MutatingAdmissionPolicy (of a MutatingPolicy) that says the same, and its binding: two documents, named as Kyverno names
 * those it makes. What Kubernetes cannot say is an issue NOT_SUPPORTED with its path in the policy, and nothing is
 * written: functions that Kyverno alone has, namespaces of policies, pod controllers, exceptions that expire. Unlike
 * Kyverno it keeps failurePolicy and all of matchConstraints, joins the conditions of one exception, and gives no owner.
 *
 * @see https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
 * @example
 * ```ts
 * import { decodePolicies, writeAdmissionPolicy } from "../index.ts";
 * const text = `
 * apiVersion: policies.kyverno.io/v1
 * kind: ValidatingPolicy
 * metadata: { name: replicas }
 * spec:
 *   matchConstraints:
 *     resourceRules: [{ apiGroups: [apps], apiVersions: [v1], operations: [CREATE], resources: [deployments] }]
 *   validations: [{ expression: object.spec.replicas < 10 }]
 * `;
 * const decoded = decodePolicies(text, "policy.yaml");
 * const written = decoded.ok ? writeAdmissionPolicy(decoded.value[0]) : decoded;
 * written.ok && written.value.map((document) => document.metadata.name); // ["vpol-replicas", "vpol-replicas-binding"]
 * ```
 */
export function writeAdmissionPolicy(
  resource: PolicyResource,
  options: AdmissionPolicyOptions = {},
): Decoded<readonly ValueObject[]> {
  const { exceptions = [] } = options;
  const issues: Issue[] = [];
  const parts = partsOf(resource, exceptions, issues);
  if (parts === undefined || issues.length > 0) return { ok: false, issues };
  const documents = documentsOf(resource, parts);
  const refused = checkDocuments(documents).map((issue) => ({ ...issue, path: parts.place(issue.path) }));
  return refused.length === 0 ? { ok: true, value: Object.freeze(documents) } : { ok: false, issues: refused };
}

/** What a policy says, in the words of Kubernetes. */
interface Parts {
  readonly kind: "ValidatingAdmissionPolicy" | "MutatingAdmissionPolicy";
  readonly prefix: "vpol" | "mpol" | "cpol";
  readonly spec: Readonly<Record<string, unknown>>;
  readonly binding: Readonly<Record<string, unknown>>;
  /** Where what is at a path of the written policy is in the policy it is made of. */
  place(path: string): string;
}

function partsOf(resource: PolicyResource, exceptions: readonly PolicyResource[], issues: Issue[]): Parts | undefined {
  switch (resource.kind) {
    case "ValidatingPolicy":
      return validatingParts(resource, exceptions, issues);
    case "MutatingPolicy":
      return mutatingParts(resource, exceptions, issues);
    case "ClusterPolicy":
      return ruleParts(readCelRule(resource, exceptions, issues));
    default: {
      const expected = "expected a ValidatingPolicy, a MutatingPolicy or a ClusterPolicy with a validate.cel rule";
      issues.push(unsayable("kind", `${expected}, found ${resource.kind}`));
      return undefined;
    }
  }
}

type Written<K extends ConvertibleResource["kind"]> = Extract<ConvertibleResource, { readonly kind: K }>;

function validatingParts(
  resource: Written<"ValidatingPolicy">,
  exceptions: readonly PolicyResource[],
  issues: Issue[],
): Parts {
  const { spec } = resource.policy;
  checkEvaluation(spec.evaluation, issues);
  checkAutogen(expandPodControllers(spec, "paths").length, issues);
  const lifted = liftExceptions(resource, exceptions, issues);
  return {
    kind: "ValidatingAdmissionPolicy",
    prefix: "vpol",
    spec: {
      ...commonSpec(spec, lifted),
      validations: spec.validations?.map((validation) => lifted.rename(validation)),
      auditAnnotations: spec.auditAnnotations?.map((annotation) => lifted.rename(annotation)),
    },
    binding: { validationActions: spec.validationActions ?? ["Deny"] },
    place: (path) => placeBeside(path, lifted.variables.length),
  };
}

function mutatingParts(
  resource: Written<"MutatingPolicy">,
  exceptions: readonly PolicyResource[],
  issues: Issue[],
): Parts {
  const { spec } = resource.policy;
  const { evaluation } = spec;
  checkEvaluation(evaluation, issues);
  checkAutogen(expandPodControllers(spec, "objects").length, issues);
  if (evaluation?.useServerSideApply === true) {
    issues.push(unsayable("spec.evaluation.useServerSideApply", "Kubernetes refuses to change atomic fields"));
  }
  if (evaluation?.mutateExisting?.enabled === true || spec.targetMatchConstraints !== undefined) {
    const path =
      spec.targetMatchConstraints === undefined ? "spec.evaluation.mutateExisting" : "spec.targetMatchConstraints";
    issues.push(unsayable(path, "Kubernetes changes no object but the one that was sent"));
  }
  if ((spec.auditAnnotations ?? []).length > 0) {
    issues.push(unsayable("spec.auditAnnotations", "a MutatingAdmissionPolicy has none"));
  }
  const lifted = liftExceptions(resource, exceptions, issues);
  return {
    kind: "MutatingAdmissionPolicy",
    prefix: "mpol",
    spec: {
      ...commonSpec(spec, lifted),
      mutations: spec.mutations?.map((mutation) => lifted.rename(mutation)),
      reinvocationPolicy: spec.reinvocationPolicy ?? "Never",
    },
    binding: {},
    place: (path) => placeBeside(path, lifted.variables.length),
  };
}

function ruleParts(rule: ClusterPolicyParts | undefined): Parts | undefined {
  return rule && { kind: "ValidatingAdmissionPolicy", prefix: "cpol", ...rule, place: placeInRule };
}

/** The variables that exceptions need stand before those of the policy. */
function placeBeside(path: string, lifted: number): string {
  return path.replace(/^spec\.variables\[(\d+)\]/, (_, index) => `spec.variables[${Number(index) - lifted}]`);
}

const RULE_PLACES: Readonly<Record<string, string>> = {
  matchConditions: "celPreconditions",
  validations: "validate.cel.expressions",
  variables: "validate.cel.variables",
  auditAnnotations: "validate.cel.auditAnnotations",
  paramKind: "validate.cel.paramKind",
  paramRef: "validate.cel.paramRef",
  validationActions: "validate.failureAction",
};

function placeInRule(path: string): string {
  return path.replace(/^spec\.(\w+)/, (whole, field: string) =>
    Object.hasOwn(RULE_PLACES, field) ? `spec.rules[0].${RULE_PLACES[field]}` : whole,
  );
}

/** What both kinds have. */
function commonSpec(
  spec: Pick<
    Written<"ValidatingPolicy">["policy"]["spec"],
    "matchConstraints" | "matchConditions" | "variables" | "failurePolicy"
  >,
  lifted: ReturnType<typeof liftExceptions>,
): Readonly<Record<string, unknown>> {
  const matchConditions = [...(spec.matchConditions ?? []).map((each) => lifted.rename(each)), ...lifted.conditions];
  const variables = [...lifted.variables, ...(spec.variables ?? []).map((each) => lifted.rename(each))];
  return {
    failurePolicy: spec.failurePolicy,
    matchConstraints: spec.matchConstraints satisfies PolicyMatchConstraints | undefined,
    matchConditions: matchConditions.length === 0 ? undefined : matchConditions,
    variables: variables.length === 0 ? undefined : variables,
  };
}

function checkEvaluation(
  evaluation: Written<"ValidatingPolicy">["policy"]["spec"]["evaluation"],
  issues: Issue[],
): void {
  const { mode = "Kubernetes", admission } = evaluation ?? {};
  if (mode !== "Kubernetes") {
    issues.push(
      unsayable("spec.evaluation.mode", `an API server evaluates nothing but its own objects, found ${mode}`),
    );
  }
  if (admission?.enabled === false) {
    issues.push(
      unsayable("spec.evaluation.admission", "an admission policy has no use where admission is switched off"),
    );
  }
}

function checkAutogen(variants: number, issues: Issue[]): void {
  if (variants === 1) return;
  const hint = "write `controllers: []` there to have it for Pods alone";
  issues.push(unsayable("spec.autogen.podControllers", `the policy is extended to the controllers of Pods: ${hint}`));
}

function documentsOf({ name, policy }: PolicyResource, { kind, prefix, spec, binding }: Parts): readonly ValueObject[] {
  const own = `${prefix}-${name}`;
  const isHidden = memberOf(policy.metadata.labels ?? {}, NO_REPORTS) !== undefined;
  const labels = isHidden ? { labels: { [NO_REPORTS]: "true" } } : {};
  const apiVersion = "admissionregistration.k8s.io/v1";
  return [
    withoutGaps({ apiVersion, kind, metadata: { name: own, ...labels }, spec }),
    withoutGaps({
      apiVersion,
      kind: `${kind}Binding`,
      metadata: { name: `${own}-binding`, ...labels },
      spec: { policyName: own, ...binding },
    }),
  ];
}

/** Kyverno's label of what reports leave out. */
const NO_REPORTS = "reports.kyverno.io/disabled";

/** A document without members that are undefined. */
function withoutGaps(value: Readonly<Record<string, unknown>>): ValueObject {
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]) => {
      if (member === undefined) return [];
      return [[key, isValueObject(member as Value) ? withoutGaps(member as ValueObject) : (member as Value)]];
    }),
  );
}

/** What the API server would refuse: Kyverno's own functions, `variables` in match conditions, … */
function checkDocuments(documents: readonly ValueObject[]): readonly Issue[] {
  return documents.flatMap((document) => {
    const decoded = decodePolicy(document, { source: "", document: 1 });
    if (!decoded.ok) return decoded.issues.map(({ path, message }) => unsayable(path, message));
    const resource = decoded.value;
    const refused = resource.warnings
      .filter(({ refusedInCluster }) => refusedInCluster === true)
      .map(({ path, message }) => unsayable(path, message));
    if (refused.length > 0 || !isPolicy(resource)) return refused;
    const compiled = compileCelPolicy(resource);
    return compiled.ok ? [] : compiled.issues.map(({ path, message }) => unsayable(path, message));
  });
}

function isPolicy(resource: PolicyResource): resource is CelPolicyResource {
  return resource.kind === "ValidatingAdmissionPolicy" || resource.kind === "MutatingAdmissionPolicy";
}

function unsayable(path: string, reason: string): Issue {
  // Issues of what is written name it; nobody but this function has seen it.
  const message = `Kubernetes cannot say this: ${reason.replace(/^policy \S+: /, "")}`;
  return { code: "NOT_SUPPORTED", path, message };
}
