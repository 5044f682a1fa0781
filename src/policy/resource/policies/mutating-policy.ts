import { AUDIT_ANNOTATION, OBJECT_META } from "../kubernetes-schema.ts";
import {
  anything,
  boolean,
  list,
  object,
  oneOf,
  optional,
  optionalWithDefault,
  required,
  string,
  type TypeOf,
} from "../schema.ts";
import {
  ADMISSION_FIELDS,
  EVALUATION_FIELDS,
  FAILURE_POLICY_FIELD,
  MATCH_CONDITIONS,
  POD_CONTROLLERS,
  POLICIES_VERSIONS,
  switchedOff,
  TARGET_MATCH_CONSTRAINTS,
} from "./policy-parts.ts";

const expression = (doc: string) => object({ expression: optional(string({ allowEmpty: true }), doc) });

/** One change (admissionregistration Mutation). */
export const MUTATION = object({
  patchType: required(oneOf(["ApplyConfiguration", "JSONPatch"]), "Which of the two it is."),
  applyConfiguration: optional(
    expression("CEL that makes Object{…}: fields to set, merged as server-side apply merges them."),
    "Fields to set, for ApplyConfiguration.",
  ),
  jsonPatch: optional(
    expression("CEL that makes a list of JSONPatch{op, path, from, value}."),
    "A JSON patch (RFC 6902), for JSONPatch.",
  ),
});

const SPEC = object({
  ...ADMISSION_FIELDS,
  mutations: optional(list(MUTATION, { maxItems: 1_000 }), "The changes, one after the other."),
  targetMatchConstraints: optional(TARGET_MATCH_CONSTRAINTS, "The objects to change instead of the one that was sent."),
  targetMatchConditions: optional(MATCH_CONDITIONS, "CEL conditions that a target must fulfil."),
  failurePolicy: FAILURE_POLICY_FIELD,
  auditAnnotations: optional(list(AUDIT_ANNOTATION, { maxItems: 20 }), "Annotations of the audit event."),
  reinvocationPolicy: optionalWithDefault(
    oneOf(["Never", "IfNeeded"]),
    "Whether it is run again after others changed the object.",
    "Never",
  ),
  autogen: optional(
    object({
      podControllers: optional(POD_CONTROLLERS, "The pod controllers a policy for Pods is extended to."),
      mutatingAdmissionPolicy: optional(switchedOff, "Whether a MutatingAdmissionPolicy is made of it."),
    }),
    "What is made of the policy.",
  ),
  evaluation: optional(
    object({
      ...EVALUATION_FIELDS,
      mutateExisting: optional(switchedOff, "Whether objects that are already there are changed."),
      skipBackgroundRequests: optionalWithDefault(
        boolean(),
        "Whether requests of Kyverno's own background controller are left alone.",
        "true",
      ),
      useServerSideApply: optional(boolean(), "Whether changed objects are written by server-side apply."),
    }),
    "What is evaluated, and when.",
  ),
});

/** Kyverno's MutatingPolicy and NamespacedMutatingPolicy, every field of them. */
export const MUTATING_POLICY = object({
  apiVersion: required(oneOf(POLICIES_VERSIONS), "The API version."),
  kind: required(oneOf(["MutatingPolicy", "NamespacedMutatingPolicy"]), "The kind."),
  metadata: required(OBJECT_META, "Name, labels, annotations."),
  spec: required(SPEC, "What the policy changes."),
  status: optional(anything(), "Set by controllers; not read."),
});

/** A MutatingPolicy or NamespacedMutatingPolicy as written, without nulls. */
export type MutatingPolicy = TypeOf<typeof MUTATING_POLICY>;
/** One change of a MutatingPolicy or MutatingAdmissionPolicy. */
export type PolicyMutation = TypeOf<typeof MUTATION>;
