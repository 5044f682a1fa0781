import type { Value } from "../../base/index.ts";
import {
  abandonImagePolicies,
  type CompiledCelExceptions,
  evaluateImagePolicies,
  type Facts,
  type ImagePoliciesEvaluation,
  type KyvernoEvaluation,
  type Plan,
} from "../../policy/index.ts";
import { resolveFacts } from "../fact-loop.ts";
import { explainCelRun } from "./explain-run.ts";
import type { PolicyRun } from "./policy-run.ts";
import type { CelRunOptions, CelSubject } from "./run-cel-policy.ts";

/** How objects are judged by policies about images. */
interface ImageRunOptions extends Omit<CelRunOptions, "exceptions"> {
  readonly exceptions: Pick<CompiledCelExceptions, "forPolicy">;
}

/**
 * What policies about images say of one object or payload, as Kyverno's command line reports it: to its `test` a policy
 * that is not about the object is as if it were not there. All are evaluated together: an image that one of them has
 * verified is verified for the others.
 */
export async function runImagePolicies(
  plans: readonly Plan[],
  subject: CelSubject,
  options: ImageRunOptions,
): Promise<readonly PolicyRun[]> {
  if (plans.length === 0) return [];
  const { exceptions, places, load, now, seed, elapsed, isExplained } = options;
  const payload = subject.payload === undefined ? {} : { payload: subject.payload };
  const pass = (facts: Facts, previous: ImagePoliciesEvaluation | undefined, explain = false) =>
    evaluateImagePolicies(plans, subject.input, { exceptions, now, seed, facts, previous, explain, ...payload });
  const { evaluation, facts } = await resolveFacts<ImagePoliciesEvaluation>({
    evaluate: pass,
    load: (requests) => load(requests),
    abandon: (unfinished, failure) => abandonImagePolicies(plans, unfinished, failure),
    now: elapsed,
  });
  let told: ImagePoliciesEvaluation | undefined;
  const runs: PolicyRun[] = [];
  for (const [place, plan] of plans.entries()) {
    const own = evaluation.evaluations[place] as KyvernoEvaluation;
    const run = runOf(plan, subject.object, own);
    if (isExplained(own)) {
      // In one pass from the begin: what earlier passes have finished would not be told.
      told ??= pass(facts, undefined, true);
      const locate = await places.ofPlan(plan);
      const explained = { plan, evaluation: told.evaluations[place] ?? own, object: subject.object, locate };
      runs.push({ ...run, explained: explainCelRun(explained) });
    } else runs.push(run);
  }
  return runs;
}

function runOf(plan: Plan, object: Value, { responses }: KyvernoEvaluation): PolicyRun {
  const { kind, namespace, policy, annotations, background } = plan;
  const process = background ? "background scan" : "admission review";
  return {
    policy: { kind, namespace, name: policy, annotations, process },
    resource: object,
    patched: object,
    responses,
    ...(responses.length === 0 ? { isSilent: true } : {}),
  };
}
