import type { CelPlan } from "../../compile/cel-plan.ts";
import { kindOf, type PolicyInput, subjectOf } from "../input.ts";
import type { CelOutcome } from "./cel-outcome.ts";
import { podInputsOf } from "./pod-templates.ts";

/**
 * What a policy for Pods comes to for an object of a custom kind, which holds templates of Pods somewhere: the first Pod
 * that does not pass decides. An object without a template is an error: nobody would see that it is not checked.
 */
export function judgePods(
  plan: CelPlan,
  input: PolicyInput,
  judge: (pod: PolicyInput, place: string) => readonly CelOutcome[],
): readonly CelOutcome[] {
  if (plan.type !== "Validation") return [NO_MUTATION];
  const pods = podInputsOf(input);
  if (pods.length === 0) return [noTemplate(input)];
  let passed: CelOutcome | undefined;
  let lifted: CelOutcome | undefined;
  let unmet: CelOutcome | undefined;
  for (const [index, { path, input: pod }] of pods.entries()) {
    const [outcome] = judge(pod, `/pod${index}`);
    if (outcome === undefined) continue;
    // One that an exception lifts, or that the conditions leave out, says nothing of the others.
    if (outcome.exceptions !== undefined) lifted ??= outcome;
    else if (outcome.status === "skip") unmet ??= outcome;
    else if (outcome.status === "pass") passed = outcome;
    else return [{ ...outcome, message: `${outcome.message} (pod template at ${path})` }];
  }
  const outcome = passed ?? lifted ?? unmet;
  return outcome === undefined ? [] : [outcome];
}

const NO_MUTATION: CelOutcome = Object.freeze({
  status: "skip",
  rule: "",
  message: "extraction mode: mutation for custom workload CRDs is not yet supported",
});

function noTemplate(input: PolicyInput): CelOutcome {
  const { group, version, kind } = kindOf(subjectOf(input));
  const type = [group === "" ? version : `${group}/${version}`, kind].join("/");
  const message = `error: extraction mode: no pod template found in ${type}`;
  return { status: "error", code: "VALUE_INVALID", rule: "", message };
}
