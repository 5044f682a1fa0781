import { AmapError, type Value } from "../../base/index.ts";
import type { KyvernoPlan } from "../compile/cluster-policy.ts";
import type { PlannedKyvernoRule } from "../compile/planned-rule.ts";
import type { RuleAction } from "../rules/rule-action.ts";
import type { RuleMemory } from "../rules/rule-memory.ts";
import type {
  ImageOutcomes,
  KyvernoEffect,
  KyvernoEvaluation,
  KyvernoRuleResponse,
  UnmatchedRule,
} from "./kyverno-response.ts";

/** A rule that needs no further fact; without responses when it does not match. */
export interface FinishedKyvernoRule {
  readonly responses: readonly KyvernoRuleResponse[];
  readonly effects: readonly KyvernoEffect[];
  /** The object as the rule left it, when it changed it. */
  readonly object?: Value;
  readonly images?: ImageOutcomes;
  readonly unmatched?: UnmatchedRule;
  /** What it took of the policy's budget. */
  readonly steps?: number;
}

/** What one pass hands to the next; rules by phase and place. */
export interface KyvernoProgress {
  readonly plan: KyvernoPlan;
  readonly finished: ReadonlyMap<string, FinishedKyvernoRule>;
  readonly memories: ReadonlyMap<string, RuleMemory>;
  readonly unfinished: readonly { readonly rule: PlannedKyvernoRule; readonly action: RuleAction }[];
}

// Keyed by the evaluation itself: nobody outside can read it, forge it, or be tempted to store it.
const PROGRESS = new WeakMap<KyvernoEvaluation, KyvernoProgress>();

/** Attaches what the next pass can start from. */
export function rememberKyverno(evaluation: KyvernoEvaluation, progress: KyvernoProgress): KyvernoEvaluation {
  PROGRESS.set(evaluation, progress);
  return evaluation;
}

/**
 * What the pass before has left.
 * @throws {AmapError} BUG when it was not made by evaluateClusterPolicy, or not of this plan
 */
export function recallKyverno(plan: KyvernoPlan, evaluation: KyvernoEvaluation): KyvernoProgress {
  const progress = PROGRESS.get(evaluation);
  if (progress?.plan === plan) return progress;
  throw new AmapError("BUG", `an evaluation of ${evaluation.policy} was resumed as that of something else`);
}
