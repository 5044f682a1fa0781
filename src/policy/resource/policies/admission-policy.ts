import { AUDIT_ANNOTATION, LABEL_SELECTOR, OBJECT_META, VALIDATION_ACTIONS } from "../kubernetes-schema.ts";
import { anything, list, object, oneOf, optional, required, string, type TypeOf } from "../schema.ts";
import { MUTATION } from "./mutating-policy.ts";
import {
  FAILURE_POLICY_FIELD,
  MATCH_CONDITIONS,
  MATCH_CONSTRAINTS,
  POLICY_VALIDATION,
  VARIABLES,
} from "./policy-parts.ts";

const text = string({ allowEmpty: true });

/** API versions of Kubernetes' own admission policies; v1alpha1 is read as Kyverno's CLI reads it. */
const ADMISSION_VERSIONS = [
  "admissionregistration.k8s.io/v1",
  "admissionregistration.k8s.io/v1beta1",
  "admissionregistration.k8s.io/v1alpha1",
] as const;

const PARAM_KIND = object({
  apiVersion: optional(text, "The parameters' group and version."),
  kind: optional(text, "Their kind."),
});

const COMMON = {
  paramKind: optional(PARAM_KIND, "The kind of the parameters that bindings name."),
  matchConstraints: optional(MATCH_CONSTRAINTS, "The resources the policy applies to."),
  matchConditions: optional(MATCH_CONDITIONS, "CEL conditions under which it applies."),
  variables: optional(VARIABLES, "Named CEL expressions; each sees those before it."),
  failurePolicy: FAILURE_POLICY_FIELD,
};

const TOP = {
  apiVersion: required(oneOf(ADMISSION_VERSIONS), "The API version."),
  metadata: required(OBJECT_META, "Name, labels, annotations."),
  status: optional(anything(), "Set by the API server; not read."),
};

/** Kubernetes' ValidatingAdmissionPolicy, every field of it. */
export const VALIDATING_ADMISSION_POLICY = object({
  ...TOP,
  kind: required(oneOf(["ValidatingAdmissionPolicy"]), "The kind."),
  spec: required(
    object({
      ...COMMON,
      validations: optional(list(POLICY_VALIDATION, { maxItems: 1_000 }), "The checks."),
      auditAnnotations: optional(list(AUDIT_ANNOTATION, { maxItems: 20 }), "Annotations of the audit event."),
    }),
    "What the policy demands.",
  ),
});

/** Kubernetes' MutatingAdmissionPolicy, every field of it. */
export const MUTATING_ADMISSION_POLICY = object({
  ...TOP,
  kind: required(oneOf(["MutatingAdmissionPolicy"]), "The kind."),
  spec: required(
    object({
      ...COMMON,
      mutations: optional(list(MUTATION, { maxItems: 1_000 }), "The changes, one after the other."),
      reinvocationPolicy: optional(
        oneOf(["Never", "IfNeeded"]),
        "Whether it is run again after others changed the object.",
      ),
    }),
    "What the policy changes.",
  ),
});

const PARAM_REF = object({
  name: optional(text, "The parameters' name."),
  namespace: optional(text, "Their namespace; the object's own when absent."),
  selector: optional(LABEL_SELECTOR, "Labels of the parameters; the policy is evaluated for each."),
  parameterNotFoundAction: optional(oneOf(["Allow", "Deny"]), "What it means that there are none."),
});

const BINDING_COMMON = {
  policyName: required(text, "The policy."),
  paramRef: optional(PARAM_REF, "Its parameters."),
  matchResources: optional(MATCH_CONSTRAINTS, "The objects the binding is about, of those the policy is."),
};

/** Kubernetes' ValidatingAdmissionPolicyBinding, every field of it. */
export const VALIDATING_ADMISSION_POLICY_BINDING = object({
  ...TOP,
  kind: required(oneOf(["ValidatingAdmissionPolicyBinding"]), "The kind."),
  spec: required(
    object({
      ...BINDING_COMMON,
      validationActions: optional(VALIDATION_ACTIONS, "What a fail leads to."),
    }),
    "Which policy holds, and where.",
  ),
});

/** Kubernetes' MutatingAdmissionPolicyBinding, every field of it. */
export const MUTATING_ADMISSION_POLICY_BINDING = object({
  ...TOP,
  kind: required(oneOf(["MutatingAdmissionPolicyBinding"]), "The kind."),
  spec: required(object(BINDING_COMMON), "Which policy holds, and where."),
});

/** A ValidatingAdmissionPolicy as written, without nulls. */
export type ValidatingAdmissionPolicy = TypeOf<typeof VALIDATING_ADMISSION_POLICY>;
/** A MutatingAdmissionPolicy as written, without nulls. */
export type MutatingAdmissionPolicy = TypeOf<typeof MUTATING_ADMISSION_POLICY>;
/** A ValidatingAdmissionPolicyBinding as written, without nulls. */
export type ValidatingAdmissionPolicyBinding = TypeOf<typeof VALIDATING_ADMISSION_POLICY_BINDING>;
/** A MutatingAdmissionPolicyBinding as written, without nulls. */
export type MutatingAdmissionPolicyBinding = TypeOf<typeof MUTATING_ADMISSION_POLICY_BINDING>;
/** The parameters that a binding names. */
export type ParamRef = TypeOf<typeof PARAM_REF>;
