import { IMAGE_VALIDATING_POLICY } from "../image-validating-policy.ts";
import { type KindReader, kindReader } from "../kind-reader.ts";
import type { PolicyFindings } from "../kyverno/findings.ts";
import type { ObjectSchema } from "../schema.ts";
import {
  MUTATING_ADMISSION_POLICY,
  MUTATING_ADMISSION_POLICY_BINDING,
  VALIDATING_ADMISSION_POLICY,
  VALIDATING_ADMISSION_POLICY_BINDING,
} from "./admission-policy.ts";
import { CEL_POLICY_EXCEPTION } from "./cel-policy-exception.ts";
import { DELETING_POLICY } from "./deleting-policy.ts";
import { GENERATING_POLICY } from "./generating-policy.ts";
import { MUTATING_POLICY } from "./mutating-policy.ts";
import {
  validateMutatingAdmissionPolicy,
  validateMutatingAdmissionPolicyBinding,
  validateValidatingAdmissionPolicy,
  validateValidatingAdmissionPolicyBinding,
} from "./validate-admission-policies.ts";
import {
  validateCelPolicyException,
  validateDeletingPolicy,
  validateGeneratingPolicy,
  validateImageValidatingPolicy,
  validateMutatingPolicy,
  validateValidatingPolicy,
} from "./validate-policies.ts";
import { VALIDATING_POLICY } from "./validating-policy.ts";

const POLICIES = "policies.kyverno.io";
const ADMISSION = "admissionregistration.k8s.io";

/** Readers of a kind and of its form for policies of a namespace: they differ in nothing but the name. */
function both<K extends string>(
  kind: K,
  schema: ObjectSchema,
  validate: (policy: never) => PolicyFindings,
): readonly [KindReader<K>, KindReader<`Namespaced${K}`>] {
  return [
    kindReader(kind, POLICIES, schema, validate),
    kindReader(`Namespaced${kind}` as const, POLICIES, schema, validate),
  ];
}

/** Readers of the kinds of policies.kyverno.io and of Kubernetes' own admission policies. */
export const CEL_READERS = [
  ...both("ImageValidatingPolicy", IMAGE_VALIDATING_POLICY, validateImageValidatingPolicy),
  ...both("ValidatingPolicy", VALIDATING_POLICY, validateValidatingPolicy),
  ...both("MutatingPolicy", MUTATING_POLICY, validateMutatingPolicy),
  ...both("GeneratingPolicy", GENERATING_POLICY, validateGeneratingPolicy),
  ...both("DeletingPolicy", DELETING_POLICY, validateDeletingPolicy),
  {
    ...kindReader("CelPolicyException", POLICIES, CEL_POLICY_EXCEPTION, validateCelPolicyException),
    documentKind: "PolicyException",
  },
  kindReader("ValidatingAdmissionPolicy", ADMISSION, VALIDATING_ADMISSION_POLICY, validateValidatingAdmissionPolicy),
  kindReader(
    "ValidatingAdmissionPolicyBinding",
    ADMISSION,
    VALIDATING_ADMISSION_POLICY_BINDING,
    validateValidatingAdmissionPolicyBinding,
  ),
  kindReader("MutatingAdmissionPolicy", ADMISSION, MUTATING_ADMISSION_POLICY, validateMutatingAdmissionPolicy),
  kindReader(
    "MutatingAdmissionPolicyBinding",
    ADMISSION,
    MUTATING_ADMISSION_POLICY_BINDING,
    validateMutatingAdmissionPolicyBinding,
  ),
];
