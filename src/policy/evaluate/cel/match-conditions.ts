import type { AmapError } from "../../../base/index.ts";
import type { CelRun } from "../../compile/cel-plan.ts";
import { evaluationError } from "../../rules/evaluation-error.ts";
import type { CelOutcome } from "./cel-outcome.ts";
import { engineWords } from "./engine-words.ts";
import { expressionFailure, failureReason } from "./failure-reason.ts";

/** Whether the conditions hold; if not, what the policy comes to: nothing where the engine says nothing. */
export type ConditionsResult =
  | { readonly hold: true }
  | { readonly hold: false; readonly outcomes: readonly CelOutcome[] };

/**
 * All conditions must be true. One that is false decides, whatever the others come to; else one that fails counts by the
 * failure policy, where the engine asks it.
 * @throws MISSING_FACT, {AmapError} BUDGET_EXCEEDED
 */
export function checkMatchConditions(run: CelRun): ConditionsResult {
  const { plan, variant } = run;
  const { unmet, conditionsMayFail } = engineWords(plan);
  const isUnmet: ConditionsResult = {
    hold: false,
    outcomes: unmet === undefined ? [] : [{ status: "skip", rule: plan.policy, ...unmet }],
  };
  const failures: AmapError[] = [];
  const messages: string[] = [];
  for (const { name, program } of variant.matchConditions) {
    try {
      if (run.evaluate(program, `matchConditions/${name}`) !== true) return isUnmet;
    } catch (thrown) {
      const error = evaluationError(thrown);
      failures.push(error);
      messages.push(plan.rules === "kyverno" ? failureReason(error) : expressionFailure(program, error));
    }
  }
  const [failure] = failures;
  if (failure === undefined) return { hold: true };
  if (conditionsMayFail && plan.failurePolicy === "Ignore") return isUnmet;
  return { hold: false, outcomes: [run.failed(failure, joined(messages, plan.rules))] };
}

function joined(messages: readonly string[], rules: CelRun["plan"]["rules"]): string {
  if (rules === "kyverno") return messages.join("; ");
  const all = [...new Set(messages)];
  return all.length === 1 ? (all[0] ?? "") : `[${all.join(", ")}]`;
}
