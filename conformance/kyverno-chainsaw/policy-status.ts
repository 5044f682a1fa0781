/** The status that Kyverno's controllers write into a policy, as far as a plan tells it. */
import type { Value, ValueObject } from "../../src/base/index.ts";
import type { ClusterPolicy, KyvernoPlan } from "../../src/policy/index.ts";

/** `status` of a policy that is ready. */
export function statusOf(plan: KyvernoPlan, policy: ClusterPolicy): ValueObject {
  const written = policy.spec.rules ?? [];
  const names = new Set(written.map(({ name }) => name));
  const generated = plan.rules
    .filter(({ name }) => !names.has(name))
    .map(({ source }): Value => ({ skipBackgroundRequests: true, ...(source as unknown as ValueObject) }));
  const count = (key: "validate" | "mutate" | "generate" | "verifyImages"): number =>
    written.filter((rule) => rule[key] !== undefined).length;
  return {
    conditions: [{ message: "Ready", reason: "Succeeded", status: "True", type: "Ready" }],
    autogen: generated.length === 0 ? {} : { rules: generated },
    rulecount: {
      validate: count("validate"),
      mutate: count("mutate"),
      generate: count("generate"),
      verifyimages: count("verifyImages"),
    },
    validatingadmissionpolicy: { generated: false, message: "" },
  };
}
