import { encodeUtf8 } from "../../../base/index.ts";
import { createFindings, type FindingsWriter, type PolicyFindings } from "../kyverno/findings.ts";
import type {
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
  ParamRef,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from "./admission-policy.ts";
import { nameFault, repeated } from "./name-checks.ts";
import type { PolicyMatchConstraints, PolicyValidation } from "./policy-parts.ts";
import {
  checkAdmissionConstraints,
  checkConditions,
  checkExpression,
  checkSelector,
  checkVariables,
  isPathSegment,
} from "./validate-match.ts";
import { checkMutation, checkObjectName } from "./validate-policies.ts";

type PolicySpec = ValidatingAdmissionPolicy["spec"];

/**
 * What the API server refuses in a ValidatingAdmissionPolicy beyond its schema. What leaves no doubt about what the policy
 * means is refused in a cluster only, since Kyverno's CLI evaluates such policies.
 */
export function validateValidatingAdmissionPolicy({ metadata, spec }: ValidatingAdmissionPolicy): PolicyFindings {
  const findings = createFindings();
  checkObjectName(metadata.name, findings);
  checkPolicySpec(spec, findings);
  const { validations = [], auditAnnotations = [] } = spec;
  if (validations.length + auditAnnotations.length === 0) {
    findings.fail("spec.validations", "expected at least 1 of validations or auditAnnotations, found none");
  }
  validations.forEach((validation, index) => {
    checkValidation(validation, `spec.validations[${index}]`, findings);
  });
  checkAuditAnnotations(metadata.name, spec.auditAnnotations, findings);
  return findings;
}

/** As {@link validateValidatingAdmissionPolicy}. */
export function validateMutatingAdmissionPolicy({ metadata, spec }: MutatingAdmissionPolicy): PolicyFindings {
  const findings = createFindings();
  checkObjectName(metadata.name, findings);
  checkPolicySpec(spec, findings);
  refuseDeletion(spec.matchConstraints, "spec.matchConstraints", findings);
  const { mutations = [] } = spec;
  if (mutations.length === 0) findings.fail("spec.mutations", "expected at least 1 item, found none");
  mutations.forEach((mutation, index) => {
    checkMutation(mutation, `spec.mutations[${index}]`, findings);
  });
  if (spec.reinvocationPolicy === undefined) {
    findings.failInCluster("spec.reinvocationPolicy", "expected one of Never, IfNeeded, found nothing");
  }
  return findings;
}

/** As {@link validateValidatingAdmissionPolicy}. */
export function validateValidatingAdmissionPolicyBinding(binding: ValidatingAdmissionPolicyBinding): PolicyFindings {
  const findings = createFindings();
  checkBinding(binding, findings);
  const { validationActions: actions = [] } = binding.spec;
  const path = "spec.validationActions";
  if (actions.length === 0) findings.failInCluster(path, "expected at least 1 of Deny, Audit, Warn, found none");
  for (const index of repeated(actions)) {
    findings.failInCluster(`${path}[${index}]`, `expected each action once, found ${actions[index]} again`);
  }
  if (actions.includes("Deny") && actions.includes("Warn")) {
    findings.failInCluster(path, "expected Deny or Warn: together they tell the user the same twice");
  }
  return findings;
}

/** As {@link validateValidatingAdmissionPolicy}. */
export function validateMutatingAdmissionPolicyBinding(binding: MutatingAdmissionPolicyBinding): PolicyFindings {
  const findings = createFindings();
  checkBinding(binding, findings);
  refuseDeletion(binding.spec.matchResources, "spec.matchResources", findings);
  return findings;
}

function checkPolicySpec(
  spec: Pick<PolicySpec, "paramKind" | "matchConstraints" | "matchConditions" | "variables">,
  findings: FindingsWriter,
): void {
  checkParamKind(spec.paramKind, findings);
  if (spec.matchConstraints === undefined) findings.fail("spec.matchConstraints", "expected an object, found nothing");
  else if ((spec.matchConstraints.resourceRules ?? []).length === 0) {
    findings.fail("spec.matchConstraints.resourceRules", "expected at least 1 item, found none");
  }
  checkAdmissionConstraints(spec.matchConstraints, "spec.matchConstraints", findings);
  checkConditions(spec.matchConditions, "spec.matchConditions", findings, "failInCluster");
  checkVariables(spec.variables, "spec.variables", findings);
}

function checkParamKind(paramKind: PolicySpec["paramKind"], findings: FindingsWriter): void {
  if (paramKind === undefined) return;
  const { apiVersion = "", kind = "" } = paramKind;
  const path = "spec.paramKind";
  const [version = "", group = "", ...more] = apiVersion.split("/").toReversed();
  if (apiVersion === "") findings.fail(`${path}.apiVersion`, "expected group/version or v1, found nothing");
  else if (
    more.length > 0 ||
    (group !== "" && nameFault(group, "dns1123Subdomain")) ||
    nameFault(version, "dns1035Label")
  ) {
    findings.fail(`${path}.apiVersion`, `expected group/version or v1, found ${JSON.stringify(apiVersion)}`);
  }
  const fault = kind === "" ? "expected a kind, found nothing" : nameFault(kind.toLowerCase(), "dns1035Label");
  if (fault !== undefined) findings.fail(`${path}.kind`, fault);
}

const REASONS = ["Forbidden", "Invalid", "RequestEntityTooLarge"];

function checkValidation(validation: PolicyValidation, path: string, findings: FindingsWriter): void {
  const { expression, message = "", messageExpression = "", reason } = validation;
  checkExpression(expression, `${path}.expression`, findings);
  if (messageExpression !== "") checkExpression(messageExpression, `${path}.messageExpression`, findings);
  const text = message.trim();
  if (message !== "" && text === "") findings.failInCluster(`${path}.message`, "expected a message, found spaces only");
  if (/[\n\r]/.test(text)) findings.failInCluster(`${path}.message`, "expected a message of one line");
  if (reason !== undefined && !REASONS.includes(reason)) {
    findings.failInCluster(`${path}.reason`, `expected one of ${REASONS.join(", ")}, found ${JSON.stringify(reason)}`);
  }
}

/** Kubernetes allows expressions of audit annotations 5 KiB. */
const MAX_VALUE_EXPRESSION_BYTES = 5 * 1024;

function checkAuditAnnotations(
  policy: string,
  annotations: PolicySpec["auditAnnotations"] = [],
  findings: FindingsWriter,
): void {
  annotations.forEach(({ key, valueExpression }, index) => {
    const path = `spec.auditAnnotations[${index}]`;
    const fault = nameFault(`${policy}/${key}`, "qualifiedName");
    if (fault !== undefined) findings.failInCluster(`${path}.key`, fault);
    checkExpression(valueExpression, `${path}.valueExpression`, findings);
    if (encodeUtf8(valueExpression.trim()).length > MAX_VALUE_EXPRESSION_BYTES) {
      findings.failInCluster(`${path}.valueExpression`, `expected at most ${MAX_VALUE_EXPRESSION_BYTES} bytes`);
    }
  });
  for (const index of repeated(annotations.map(({ key }) => key))) {
    findings.fail(`spec.auditAnnotations[${index}].key`, "expected each key once, found it again");
  }
}

function refuseDeletion(constraints: PolicyMatchConstraints | undefined, path: string, findings: FindingsWriter): void {
  constraints?.resourceRules?.forEach(({ operations }, index) => {
    if (!operations?.includes("DELETE")) return;
    const at = `${path}.resourceRules[${index}].operations`;
    findings.failInCluster(at, "expected no DELETE: what is deleted cannot be changed");
  });
}

function checkBinding(
  { apiVersion, metadata, spec }: ValidatingAdmissionPolicyBinding | MutatingAdmissionPolicyBinding,
  findings: FindingsWriter,
): void {
  checkObjectName(metadata.name, findings);
  if (spec.policyName === "") findings.fail("spec.policyName", "expected a policy's name, found nothing");
  else {
    const fault = nameFault(spec.policyName, "dns1123Subdomain");
    if (fault !== undefined) findings.failInCluster("spec.policyName", fault);
  }
  if (spec.paramRef !== undefined) {
    checkParamRef(spec.paramRef, findings);
    // Only v1alpha1 has a default: Deny.
    if (spec.paramRef.parameterNotFoundAction === undefined && !apiVersion.endsWith("/v1alpha1")) {
      findings.failInCluster("spec.paramRef.parameterNotFoundAction", "expected one of Allow, Deny, found nothing");
    }
  }
  checkAdmissionConstraints(spec.matchResources, "spec.matchResources", findings);
}

function checkParamRef({ name = "", selector }: ParamRef, findings: FindingsWriter): void {
  const found = [...(name === "" ? [] : ["name"]), ...(selector === undefined ? [] : ["selector"])];
  if (found.length !== 1) {
    findings.fail("spec.paramRef", `expected exactly one of name, selector, found ${found.join(" and ") || "none"}`);
  }
  if (!isPathSegment(name)) {
    findings.failInCluster("spec.paramRef.name", "expected a name that is not . or .. and has no / or %");
  }
  checkSelector(selector, "spec.paramRef.selector", findings);
}
