import { AmapError } from "../../base/index.ts";
import type { Plan } from "../compile/plan.ts";
import type { Decision, Evaluation, RuleResponse } from "./response.ts";

/** A plan with what came of it. */
export interface Outcome {
  readonly plan: Plan;
  readonly evaluation: Evaluation;
}

/** What one response leads to. */
type Consequence = "none" | "deny" | "warn" | "audit";

/**
 * Allow or deny: the one place where statuses, failure policy and validation actions become a decision. A fail counts
 * by the policy's validationActions: Deny denies, Warn warns, Audit records. An error counts as a fail, never as a
 * pass, unless failurePolicy is Ignore: then it is recorded. Pass and skip have no consequence. A `warn` response warns.
 *
 * @throws {AmapError} BUG when an evaluation waits for facts, lacks a rule, or is of another policy than its plan
 * @example
 * ```ts
 * import { decide } from "../index.ts";
 * decide([]).allowed; // true: no policy speaks of the object
 * ```
 */
export function decide(outcomes: readonly Outcome[]): Decision {
  const responses: RuleResponse[] = [];
  const byConsequence: Record<Consequence, RuleResponse[]> = { none: [], deny: [], warn: [], audit: [] };
  for (const { plan, evaluation } of outcomes) {
    refuseUnfinished(plan, evaluation);
    for (const response of evaluation.responses) {
      responses.push(response);
      for (const consequence of consequencesOf(response, plan)) byConsequence[consequence].push(response);
    }
  }
  return {
    allowed: byConsequence.deny.length === 0,
    responses,
    denials: byConsequence.deny,
    warnings: byConsequence.warn,
    audits: byConsequence.audit,
  };
}

function consequencesOf({ status }: RuleResponse, plan: Plan): readonly Consequence[] {
  if (status === "pass" || status === "skip") return ["none"];
  if (status === "warn") return ["warn"];
  if (status === "error" && plan.failurePolicy === "Ignore") return ["audit"];
  return plan.validationActions.map((action) => BY_ACTION[action]);
}

const BY_ACTION: Readonly<Record<Plan["validationActions"][number], Consequence>> = {
  Deny: "deny",
  Warn: "warn",
  Audit: "audit",
};

function refuseUnfinished(plan: Plan, evaluation: Evaluation): void {
  const refuse = (what: string): never => {
    throw new AmapError("BUG", `policy ${plan.policy} was to be decided ${what}`);
  };
  if (evaluation.policy !== plan.policy) refuse(`by an evaluation of ${evaluation.policy}`);
  if (evaluation.pending.length > 0 || evaluation.unfinished.length > 0) refuse("before its facts were loaded");
  for (const rule of plan.rules) {
    if (!evaluation.responses.some((response) => response.rule === rule.name)) refuse(`without rule ${rule.name}`);
  }
}
