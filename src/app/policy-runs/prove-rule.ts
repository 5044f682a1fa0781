import type { ClusterPolicyResource, ConvertedRule } from "../../policy/index.ts";
import { type Proof, type ProofOptions, proveConversion } from "./prove-conversion.ts";
import { proveGeneration } from "./prove-generation.ts";
import { proveImages } from "./prove-images.ts";

/** Holds a rule and the policy it was converted to against each other, by what the rule does. */
export function proveRule(resource: ClusterPolicyResource, rule: ConvertedRule, options: ProofOptions): Proof {
  switch (rule.phase) {
    case "generate":
      return proveGeneration(resource, rule, options);
    case "verifyImages":
      return proveImages(resource, rule, options);
    default:
      return proveConversion(resource, rule, options);
  }
}
