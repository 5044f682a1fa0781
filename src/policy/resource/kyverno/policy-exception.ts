import { OBJECT_META } from "../kubernetes-schema.ts";
import {
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
import { ANY_ALL_CONDITIONS } from "./conditions.ts";
import { MATCH_ANY_ALL } from "./match-resources.ts";
import { POD_SECURITY_EXCLUSION } from "./rule-actions.ts";

/** API versions in which the kind is served; v2alpha1 is read as Kyverno's CLI reads it. */
export const POLICY_EXCEPTION_VERSIONS = ["kyverno.io/v2", "kyverno.io/v2beta1", "kyverno.io/v2alpha1"] as const;

const text = string({ allowEmpty: true });

/** Kyverno's PolicyException (kyverno.io), every field of it. */
export const POLICY_EXCEPTION = object({
  apiVersion: required(oneOf(POLICY_EXCEPTION_VERSIONS), "The API version."),
  kind: required(oneOf(["PolicyException"]), "The kind."),
  metadata: required(OBJECT_META, "Name, labels, annotations."),
  spec: required(
    object({
      background: optionalWithDefault(boolean(), "Whether it holds in background scans.", "true"),
      match: required(MATCH_ANY_ALL, "The objects it is about."),
      conditions: optional(ANY_ALL_CONDITIONS, "Conditions under which it holds."),
      exceptions: required(
        list(
          object({
            policyName: required(text, "The policy; namespace/name for a Policy."),
            ruleNames: required(list(text), "Its rules; * and ? are wildcards."),
          }),
        ),
        "The rules that do not apply.",
      ),
      podSecurity: optional(list(POD_SECURITY_EXCLUSION), "Controls that podSecurity rules leave out."),
    }),
    "What is allowed, and to whom.",
  ),
});

/** A PolicyException of kyverno.io as written, without nulls. */
export type PolicyException = TypeOf<typeof POLICY_EXCEPTION>;
