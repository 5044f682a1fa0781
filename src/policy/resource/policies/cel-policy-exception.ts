import { MATCH_CONDITION, OBJECT_META } from "../kubernetes-schema.ts";
import { list, map, object, oneOf, optional, optionalWithDefault, required, string, type TypeOf } from "../schema.ts";
import { EVALUATION_MODE, POLICIES_VERSIONS } from "./policy-parts.ts";

const text = string({ allowEmpty: true });

/** Kyverno's PolicyException of policies.kyverno.io, every field of it. */
export const CEL_POLICY_EXCEPTION = object({
  apiVersion: required(oneOf(POLICIES_VERSIONS), "The API version."),
  kind: required(oneOf(["PolicyException"]), "The kind."),
  metadata: required(OBJECT_META, "Name, labels, annotations."),
  spec: required(
    object({
      policyRefs: required(
        list(
          object({
            name: required(text, "The policy."),
            kind: required(text, "Its kind: ValidatingPolicy and so on."),
          }),
        ),
        "The policies that do not apply.",
      ),
      matchConditions: optional(list(MATCH_CONDITION), "CEL conditions under which it holds."),
      images: optional(list(text), "Images that are allowed; expressions see them as exceptions.allowedImages."),
      allowedValues: optional(list(text), "Values that are allowed; expressions see them as exceptions.allowedValues."),
      reportResult: optionalWithDefault(oneOf(["skip", "pass"]), "What reports say of it.", "skip"),
      expiresAt: optional(string(), "When it stops to hold (RFC 3339)."),
      properties: optional(map(text), "For people: the reason, a ticket, who allowed it."),
      evaluationMode: EVALUATION_MODE,
    }),
    "What is allowed, and where.",
  ),
});

/** A PolicyException of policies.kyverno.io as written, without nulls. */
export type CelPolicyException = TypeOf<typeof CEL_POLICY_EXCEPTION>;
