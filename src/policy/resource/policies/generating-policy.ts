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
import { ADMISSION_FIELDS, POLICIES_VERSIONS, switchedOff, switchedOn } from "./policy-parts.ts";

const GENERATION = object(
  {
    expression: optional(
      string({ allowEmpty: true }),
      "CEL that makes the objects by generator.apply(namespace, [objects]).",
    ),
    template: optional(
      object({
        value: required(string(), "YAML of one or more objects; those without a namespace belong to none."),
        interpolate: optionalWithDefault(oneOf(["none", "cel"]), "Whether (( … )) in the value is CEL.", "none"),
      }),
      "The objects as YAML.",
    ),
  },
  [["expression", "template"]],
);

const SPEC = object({
  ...ADMISSION_FIELDS,
  generate: required(list(GENERATION, { minItems: 1, maxItems: 1_000 }), "The objects to make."),
  auditAnnotations: optional(list(AUDIT_ANNOTATION, { maxItems: 20 }), "Annotations of the audit event."),
  useServerSideApply: optional(boolean(), "Whether made objects are written by server-side apply."),
  evaluation: optional(
    object({
      admission: optional(switchedOn, "Whether the policy applies at admission."),
      generateExisting: optional(switchedOff, "Whether objects that are already there trigger it."),
      synchronize: optional(switchedOff, "Whether made objects follow their source."),
      orphanDownstreamOnPolicyDelete: optional(switchedOff, "Whether made objects stay when the policy is deleted."),
      skipBackgroundRequests: optionalWithDefault(
        boolean(),
        "Whether requests of Kyverno's own background controller are left alone.",
        "true",
      ),
    }),
    "When it applies.",
  ),
});

/** Kyverno's GeneratingPolicy and NamespacedGeneratingPolicy, every field of them. */
export const GENERATING_POLICY = object({
  apiVersion: required(oneOf(POLICIES_VERSIONS), "The API version."),
  kind: required(oneOf(["GeneratingPolicy", "NamespacedGeneratingPolicy"]), "The kind."),
  metadata: required(OBJECT_META, "Name, labels, annotations."),
  spec: required(SPEC, "What is made, and when."),
  status: optional(anything(), "Set by controllers; not read."),
});

/** A GeneratingPolicy or NamespacedGeneratingPolicy as written, without nulls. */
export type GeneratingPolicy = TypeOf<typeof GENERATING_POLICY>;
/** What makes objects in a GeneratingPolicy. */
export type PolicyGeneration = TypeOf<typeof GENERATION>;
