import {
  CEL_POLICY_KINDS,
  type CelPlan,
  type CelPolicyOptions,
  type CelPolicyResource,
  compileCelPolicy,
  decodePolicies,
  evaluateCelPolicy,
  type Fact,
  type KyvernoEvaluation,
  type PolicyInput,
  type PolicyResource,
} from "../policy/index.ts";
import type { TestWorld } from "./kyverno-runs.ts";

const isCelPolicy = (resource: PolicyResource): resource is CelPolicyResource =>
  (CEL_POLICY_KINDS as readonly string[]).includes(resource.kind);

/** The plan of a CEL policy's YAML text, or all that is wrong with it as `path: message`. */
export function celPlanOf(text: string): CelPlan | readonly string[] {
  const decoded = decodePolicies(text, "policy.yaml");
  if (!decoded.ok) return decoded.issues.map(({ path, message }) => `${path}: ${message}`);
  const [resource] = decoded.value;
  if (resource === undefined || !isCelPolicy(resource)) return ["no CEL policy"];
  const compiled = compileCelPolicy(resource);
  return compiled.ok ? compiled.value : compiled.issues.map(({ path, message }) => `${path}: ${message}`);
}

/** What running a policy until its end came to. */
export interface CelTestRun extends KyvernoEvaluation {
  readonly passes: number;
}

/** Evaluates a CEL policy until nothing is pending. @throws Error with all that is wrong with it */
export function runCelPolicy(
  text: string,
  input: PolicyInput,
  options: Partial<CelPolicyOptions> & { readonly world?: TestWorld } = {},
): CelTestRun {
  const plan = celPlanOf(text);
  if (!("engine" in plan)) throw new Error(plan.join("\n"));
  const { world = {}, ...rest } = options;
  const facts = new Map<string, Fact>();
  let previous: KyvernoEvaluation | undefined;
  for (let passes = 1; passes <= 1_000; passes++) {
    previous = evaluateCelPolicy(plan, input, { facts, now: 0, seed: "test", ...rest, previous });
    if (previous.pending.length === 0) return { ...previous, passes };
    for (const { key, kind, params } of previous.pending) {
      const answer = world[kind] === undefined ? new Error(`nobody answers ${kind}`) : world[kind](params);
      const isFailure = answer instanceof Error;
      facts.set(
        key,
        isFailure ? { ok: false, code: "FACT_FAILED", message: answer.message } : { ok: true, value: answer },
      );
    }
  }
  throw new Error("the evaluation does not end");
}
