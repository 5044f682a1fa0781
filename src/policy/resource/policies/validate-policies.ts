import { parseTime } from "../../../base/index.ts";
import type { ImageValidatingPolicy } from "../image-validating-policy.ts";
import { createFindings, type FindingsWriter, type PolicyFindings } from "../kyverno/findings.ts";
import { nearestName } from "../nearest-name.ts";
import type { CelPolicyException } from "./cel-policy-exception.ts";
import type { DeletingPolicy } from "./deleting-policy.ts";
import { readDeletionSchedule } from "./deletion-schedule.ts";
import type { GeneratingPolicy } from "./generating-policy.ts";
import type { MutatingPolicy, PolicyMutation } from "./mutating-policy.ts";
import { nameFault, repeated } from "./name-checks.ts";
import { expressionsInTemplate, namesUsed } from "./names-in-expressions.ts";
import type { PolicyMatchConstraints, PolicyValidation } from "./policy-parts.ts";
import {
  checkConditions,
  checkConstraints,
  checkExpression,
  checkVariables,
  RULE_LISTS,
  warnOfEmptyLists,
} from "./validate-match.ts";
import type { ValidatingPolicy } from "./validating-policy.ts";

/** Any of Kyverno's CEL policies: what all of them have. */
interface AnyPolicy {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

/** What Kyverno refuses in a ValidatingPolicy or NamespacedValidatingPolicy beyond its schema; some of it in a cluster only. */
export function validateValidatingPolicy(policy: ValidatingPolicy): PolicyFindings {
  const findings = createFindings();
  const { spec } = policy;
  checkHead(policy, findings);
  // What JSON, HTTP and Envoy policies are about is no object of a cluster.
  if ((spec.evaluation?.mode ?? "Kubernetes") === "Kubernetes") needRules(spec.matchConstraints, findings);
  checkParts(spec, findings);
  checkValidations(spec.validations, findings);
  if ((spec.validations ?? []).length === 0)
    findings.warn("spec.validations", "there are none: the policy checks nothing");
  checkActions(spec.validationActions, findings);
  checkControllers(spec.autogen, findings);
  refuseShared(policy, [...expressionsOf(spec), ...expressionsOfValidations(spec.validations)], findings);
  return findings;
}

/** As {@link validateValidatingPolicy}, for an ImageValidatingPolicy or NamespacedImageValidatingPolicy; `compilePolicies` judges the rest. */
export function validateImageValidatingPolicy(policy: ImageValidatingPolicy): PolicyFindings {
  const findings = createFindings();
  const { spec } = policy;
  checkHead(policy, findings);
  checkConstraints(spec.matchConstraints, "spec.matchConstraints", findings);
  checkActions(spec.validationActions, findings);
  const expressions = [
    ...expressionsOf(spec),
    ...expressionsOfValidations(spec.validations),
    ...(spec.images ?? []).map(({ expression }) => expression),
    ...(spec.matchImageReferences ?? []).map(({ expression }) => expression),
  ];
  refuseShared(policy, expressions, findings);
  return findings;
}

/** As {@link validateValidatingPolicy}, for a MutatingPolicy or NamespacedMutatingPolicy. */
export function validateMutatingPolicy(policy: MutatingPolicy): PolicyFindings {
  const findings = createFindings();
  const { spec } = policy;
  const { mutations = [], targetMatchConstraints: targets, targetMatchConditions } = spec;
  checkHead(policy, findings);
  needRules(spec.matchConstraints, findings);
  checkParts(spec, findings);
  checkConstraints(targets, "spec.targetMatchConstraints", findings);
  checkConditions(targetMatchConditions, "spec.targetMatchConditions", findings);
  mutations.forEach((mutation, index) => {
    checkMutation(mutation, `spec.mutations[${index}]`, findings);
  });
  if (mutations.length === 0) findings.warn("spec.mutations", "there are none: the policy changes nothing");
  if (spec.evaluation?.admission?.enabled === false && spec.evaluation.mutateExisting?.enabled !== true) {
    findings.failInCluster("spec.evaluation", "expected admission or mutateExisting to be enabled, found neither");
  }
  if (spec.autogen?.mutatingAdmissionPolicy?.enabled === true) refuseVariablesInConditions(spec, findings);
  checkControllers(spec.autogen, findings);
  const expressions = [
    ...expressionsOf(spec),
    ...mutations.flatMap(({ applyConfiguration, jsonPatch }) => [
      applyConfiguration?.expression,
      jsonPatch?.expression,
    ]),
    targets?.expression,
    ...(targetMatchConditions ?? []).map(({ expression }) => expression),
  ];
  refuseShared(policy, expressions, findings);
  return findings;
}

/** As {@link validateValidatingPolicy}, for a GeneratingPolicy or NamespacedGeneratingPolicy. */
export function validateGeneratingPolicy(policy: GeneratingPolicy): PolicyFindings {
  const findings = createFindings();
  const { spec } = policy;
  checkHead(policy, findings);
  needRules(spec.matchConstraints, findings);
  checkParts(spec, findings);
  spec.generate.forEach(({ expression, template }, index) => {
    if (template === undefined) checkExpression(expression, `spec.generate[${index}].expression`, findings);
  });
  refuseShared(policy, [...expressionsOf(spec), ...spec.generate.flatMap(expressionsOfGeneration)], findings);
  return findings;
}

/** As {@link validateValidatingPolicy}, for a DeletingPolicy or NamespacedDeletingPolicy. */
export function validateDeletingPolicy(policy: DeletingPolicy): PolicyFindings {
  const findings = createFindings();
  const { spec } = policy;
  checkHead(policy, findings);
  // No operation leads to a deletion.
  const lists = RULE_LISTS.filter((name) => name !== "operations");
  needRules(spec.matchConstraints, findings, lists);
  checkConstraints(spec.matchConstraints, "spec.matchConstraints", findings);
  checkConditions(spec.conditions, "spec.conditions", findings);
  checkVariables(spec.variables, "spec.variables", findings);
  const schedule = readDeletionSchedule(spec.schedule);
  if (spec.schedule === "")
    findings.failInCluster("spec.schedule", "expected a schedule such as 0 3 * * *, found nothing");
  else if ("fault" in schedule) findings.failInCluster("spec.schedule", schedule.fault);
  refuseShared(
    policy,
    [...(spec.variables ?? []), ...(spec.conditions ?? [])].map(({ expression }) => expression),
    findings,
  );
  return findings;
}

const EXCEPTED_KINDS = ["Validating", "Mutating", "Generating", "Deleting", "ImageValidating"].flatMap((verb) => [
  `${verb}Policy`,
  `Namespaced${verb}Policy`,
]);

/** As {@link validateValidatingPolicy}, for a PolicyException of policies.kyverno.io. */
export function validateCelPolicyException({ metadata, spec }: CelPolicyException): PolicyFindings {
  const findings = createFindings();
  checkObjectName(metadata.name, findings);
  if (spec.policyRefs.length === 0) findings.failInCluster("spec.policyRefs", "expected at least 1 item, found none");
  spec.policyRefs.forEach(({ name, kind }, index) => {
    const path = `spec.policyRefs[${index}]`;
    if (name === "") findings.failInCluster(`${path}.name`, "expected a policy's name, found nothing");
    if (kind === "") findings.failInCluster(`${path}.kind`, "expected a policy's kind, found nothing");
    else if (!EXCEPTED_KINDS.includes(kind)) findings.warn(`${path}.kind`, unknownKind(kind));
  });
  spec.matchConditions?.forEach(({ expression }, index) => {
    checkExpression(expression, `spec.matchConditions[${index}].expression`, findings);
  });
  if (spec.expiresAt !== undefined && parseTime(spec.expiresAt) === undefined) {
    const found = JSON.stringify(spec.expiresAt);
    findings.fail("spec.expiresAt", `expected a time such as 2026-05-01T00:00:00Z (RFC 3339), found ${found}`);
  }
  return findings;
}

function unknownKind(kind: string): string {
  const near = nearestName(kind, EXCEPTED_KINDS);
  const hint = near === undefined ? `the kinds are ${EXCEPTED_KINDS.join(", ")}` : `did you mean ${near}?`;
  return `no policy is of kind ${JSON.stringify(kind)}, so that the exception holds for none: ${hint}`;
}

/** What all kinds have: a name, and versions in which a cluster serves them. */
function checkHead({ apiVersion, kind, metadata }: AnyPolicy, findings: FindingsWriter): void {
  checkObjectName(metadata.name, findings);
  if (kind.startsWith("Namespaced") && apiVersion.endsWith("/v1alpha1")) {
    findings.fail("apiVersion", `expected policies.kyverno.io/v1 or v1beta1: v1alpha1 has no ${kind}`);
  }
}

/** Finds a name under which the API server would not store an object. */
export function checkObjectName(name: string, findings: FindingsWriter): void {
  const fault = nameFault(name, "dns1123Subdomain");
  if (fault !== undefined) findings.failInCluster("metadata.name", fault);
}

function needRules(
  constraints: PolicyMatchConstraints | undefined,
  findings: FindingsWriter,
  lists: readonly (typeof RULE_LISTS)[number][] = RULE_LISTS,
): void {
  if ((constraints?.resourceRules ?? []).length === 0) {
    findings.failInCluster("spec.matchConstraints", "expected at least 1 of resourceRules, found none");
  }
  warnOfEmptyLists(constraints, lists, findings);
}

type AdmissionSpec = Pick<
  MutatingPolicy["spec"],
  "matchConstraints" | "matchConditions" | "variables" | "auditAnnotations"
>;

function checkParts(spec: AdmissionSpec, findings: FindingsWriter): void {
  checkConstraints(spec.matchConstraints, "spec.matchConstraints", findings);
  checkConditions(spec.matchConditions, "spec.matchConditions", findings);
  checkVariables(spec.variables, "spec.variables", findings);
  for (const index of repeated((spec.auditAnnotations ?? []).map(({ key }) => key))) {
    findings.fail(`spec.auditAnnotations[${index}].key`, "expected each key once, found it again");
  }
}

/** Finds checks that say nothing; an empty messageExpression counts as none. */
function checkValidations(validations: readonly PolicyValidation[] | undefined, findings: FindingsWriter): void {
  validations?.forEach(({ expression }, index) => {
    checkExpression(expression, `spec.validations[${index}].expression`, findings);
  });
}

function checkActions(actions: readonly string[] | undefined, findings: FindingsWriter): void {
  const path = "spec.validationActions";
  for (const index of repeated(actions ?? [])) {
    findings.fail(`${path}[${index}]`, `expected each action once, found ${actions?.[index]} again`);
  }
  if (actions?.includes("Deny") && actions.includes("Warn")) {
    findings.warn(path, "Deny and Warn together tell the user the same twice: write one of them");
  }
}

/** Finds what is wrong in one mutation: a patch that is not of the type that was named would be left out silently. */
export function checkMutation(mutation: PolicyMutation, path: string, findings: FindingsWriter): void {
  const [wanted, other] =
    mutation.patchType === "JSONPatch"
      ? (["jsonPatch", "applyConfiguration"] as const)
      : (["applyConfiguration", "jsonPatch"] as const);
  const patch = mutation[wanted];
  if (patch === undefined)
    findings.fail(`${path}.${wanted}`, `expected an object, because patchType is ${mutation.patchType}`);
  else checkExpression(patch.expression, `${path}.${wanted}.expression`, findings);
  if (mutation[other] !== undefined) {
    findings.fail(`${path}.${other}`, `expected nothing, because patchType is ${mutation.patchType}`);
  }
}

/** The API server looks at match conditions before it makes variables. */
function refuseVariablesInConditions({ matchConditions }: MutatingPolicy["spec"], findings: FindingsWriter): void {
  matchConditions?.forEach(({ expression }, index) => {
    if (!namesUsed(expression, ["variables"]).has("variables")) return;
    const why =
      "a MutatingAdmissionPolicy, which autogen makes of this policy, has no variables in its matchConditions";
    findings.fail(`spec.matchConditions[${index}].expression`, `${why}: write the expression itself`);
  });
}

const CONTROLLERS = ["daemonsets", "deployments", "replicasets", "statefulsets", "jobs", "cronjobs"];
const isResourceName = (name: string): boolean => /^[^.]+\.[^.]+\..+$/.test(name);

function checkControllers(autogen: ValidatingPolicy["spec"]["autogen"], findings: FindingsWriter): void {
  autogen?.podControllers?.controllers?.forEach((name, index) => {
    if (CONTROLLERS.includes(name) || isResourceName(name)) return;
    const near = nearestName(name, CONTROLLERS);
    const instead =
      near === undefined
        ? "write resource.version.group, such as jobsets.v1alpha2.jobset.x-k8s.io"
        : `did you mean ${near}?`;
    const path = `spec.autogen.podControllers.controllers[${index}]`;
    findings.warn(path, `${JSON.stringify(name)} is extended to nothing without a cluster that knows it: ${instead}`);
  });
}

type Expressions = readonly (string | undefined)[];

function expressionsOf({
  variables = [],
  matchConditions = [],
  auditAnnotations = [],
}: Partial<AdmissionSpec>): Expressions {
  return [
    ...[...variables, ...matchConditions].map(({ expression }) => expression),
    ...auditAnnotations.map(({ valueExpression }) => valueExpression),
  ];
}

function expressionsOfValidations(validations: readonly PolicyValidation[] = []): Expressions {
  return validations.flatMap(({ expression, messageExpression }) => [expression, messageExpression]);
}

function expressionsOfGeneration({ expression, template }: GeneratingPolicy["spec"]["generate"][number]): Expressions {
  return template?.interpolate === "cel" ? expressionsInTemplate(template.value) : [expression];
}

/** A policy of a namespace must not see what belongs to others, nor send requests in Kyverno's name. */
function refuseShared({ kind }: AnyPolicy, expressions: Expressions, findings: FindingsWriter): void {
  if (!kind.startsWith("Namespaced")) return;
  const used = new Set(
    expressions.flatMap((expression) => [...namesUsed(expression ?? "", ["globalContext", "http"])]),
  );
  if (used.has("globalContext"))
    findings.failInCluster("spec", "globalContext is not there for a policy of a namespace");
  if (used.has("http")) {
    findings.failInCluster("spec", "http is not there for a policy of a namespace, unless Kyverno is told to allow it");
  }
}
