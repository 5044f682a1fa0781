import { AUDIT_ANNOTATION, OBJECT_META, VALIDATION_ACTIONS } from "../kubernetes-schema.ts";
import { anything, list, object, oneOf, optional, optionalWithDefault, required, type TypeOf } from "../schema.ts";
import {
  ADMISSION_FIELDS,
  EVALUATION_FIELDS,
  FAILURE_POLICY_FIELD,
  POD_CONTROLLERS,
  POLICIES_VERSIONS,
  POLICY_VALIDATION,
  switchedOff,
} from "./policy-parts.ts";

const SPEC = object({
  ...ADMISSION_FIELDS,
  validations: optional(list(POLICY_VALIDATION, { maxItems: 1_000 }), "The checks."),
  failurePolicy: FAILURE_POLICY_FIELD,
  auditAnnotations: optional(list(AUDIT_ANNOTATION, { maxItems: 20 }), "Annotations of the audit event."),
  validationActions: optionalWithDefault(VALIDATION_ACTIONS, "What a fail leads to.", "[Deny]"),
  autogen: optional(
    object({
      podControllers: optional(POD_CONTROLLERS, "The pod controllers a policy for Pods is extended to."),
      validatingAdmissionPolicy: optional(switchedOff, "Whether a ValidatingAdmissionPolicy is made of it."),
    }),
    "What is made of the policy.",
  ),
  evaluation: optional(object(EVALUATION_FIELDS), "What is evaluated, and when."),
});

/** Kyverno's ValidatingPolicy and NamespacedValidatingPolicy, every field of them. */
export const VALIDATING_POLICY = object({
  apiVersion: required(oneOf(POLICIES_VERSIONS), "The API version."),
  kind: required(oneOf(["ValidatingPolicy", "NamespacedValidatingPolicy"]), "The kind."),
  metadata: required(OBJECT_META, "Name, labels, annotations."),
  spec: required(SPEC, "What the policy demands."),
  status: optional(anything(), "Set by controllers; not read."),
});

/** A ValidatingPolicy or NamespacedValidatingPolicy as written, without nulls. */
export type ValidatingPolicy = TypeOf<typeof VALIDATING_POLICY>;
