import { memberOf, textOf, type ValueObject } from "../../base/index.ts";
import {
  abandonCleanupPolicy,
  type CleanupEvaluation,
  type CleanupPlan,
  type CleanupVerdict,
  evaluateCleanupPolicy,
  type Facts,
  type KyvernoRuleResponse,
} from "../../policy/index.ts";
import { resolveFacts } from "../fact-loop.ts";
import type { LoadFacts } from "../facts/fact-memory.ts";
import type { GivenValues } from "./given-values.ts";
import type { PolicyRun } from "./policy-run.ts";

/** What a cleanup policy is judged with. */
interface CleanupRunOptions {
  readonly values: GivenValues;
  readonly surroundings?: { readonly namespaceObject?: ValueObject };
  readonly load: LoadFacts;
  readonly now: number;
  readonly seed: string;
  readonly elapsed: () => number;
  /** Whether the response has its trace. */
  readonly explain?: boolean;
}

/**
 * Whether a cleanup policy would delete an object, as Kyverno's `apply` says it: `pass` when it would, `fail` when it would
 * not. The rule is named as the policy. Nothing is deleted.
 */
export async function runCleanup(
  plan: CleanupPlan,
  object: ValueObject,
  options: CleanupRunOptions,
): Promise<PolicyRun> {
  const { values, surroundings, load, now, seed, elapsed, explain = false } = options;
  const namespace = textOf(memberOf(object, "metadata"), "namespace");
  const namespaceObject = values.namespace(namespace) ?? surroundings?.namespaceObject;
  const known = { now, seed, explain, ...(namespaceObject === undefined ? {} : { namespaceObject }) };
  const pass = (facts: Facts): CleanupEvaluation => evaluateCleanupPolicy(plan, object, { ...known, facts });
  let evaluation = pass(NO_FACTS);
  if (evaluation.pending.length > 0) {
    const first = evaluation;
    const resolved = await resolveFacts<CleanupEvaluation>({
      evaluate: (facts, previous) => (previous === undefined ? first : pass(facts)),
      load: (requests) => load(requests),
      abandon: abandonCleanupPolicy,
      now: elapsed,
    });
    evaluation = resolved.evaluation;
  }
  return {
    policy: {
      kind: plan.kind,
      namespace: plan.namespace,
      name: plan.policy,
      annotations: plan.annotations,
      process: "",
    },
    resource: object,
    patched: object,
    responses: [responseOf(plan, evaluation)],
  };
}

const NO_FACTS: Facts = new Map();

function responseOf(plan: CleanupPlan, { verdict, trace }: CleanupEvaluation): KyvernoRuleResponse {
  return Object.freeze({
    policy: plan.policy,
    namespace: plan.namespace,
    rule: plan.policy,
    type: "Deletion",
    phase: "cleanup",
    ...outcomeOf(verdict),
    failureAction: "Enforce",
    emitWarning: false,
    ...(trace === undefined ? {} : { trace }),
  });
}

function outcomeOf(verdict: CleanupVerdict | undefined): Pick<KyvernoRuleResponse, "status" | "message" | "code"> {
  switch (verdict?.status) {
    case "delete":
      return { status: "pass", message: "resource matched" };
    case "keep":
      return { status: "fail", message: `resource did not match: ${verdict.reason}` };
    case "error":
      return verdict;
    default:
      return { status: "error", code: "BUG", message: "the cleanup policy was not evaluated to its end" };
  }
}
