import type { CompiledException } from "../evaluate/exceptions.ts";
import type { ImageOutcomes, KyvernoPhase, KyvernoRuleResponse } from "../evaluate/kyverno-response.ts";
import type { RuleResult } from "./rule-outcome.ts";
import type { RuleRun } from "./rule-run.ts";

/** What an action is given beside the rule's own run. */
export interface ActionRun extends RuleRun {
  /** Exceptions that hold for the object. */
  readonly exceptions: readonly CompiledException[];
  /** The same run as if the object's old version were being created; undefined where the rule is not about it. */
  readonly asOldObject: () => RuleRun | undefined;
  /** What verifying the rule's images came to. */
  readonly imageOutcomes: () => ImageOutcomes;
}

/** What a rule does in one phase. */
export interface RuleAction {
  readonly phase: KyvernoPhase;
  readonly type: KyvernoRuleResponse["type"];
  /** Left to the background at admission: it changes objects that are there already. */
  readonly isBackground?: true;
  /** Exceptions may be from some controls only; then the action itself looks at them. */
  readonly isPodSecurity?: true;
  /**
   * Whether the rule has anything to say of the object; asked before its context and preconditions are looked at.
   * @throws {AmapError} when that cannot be found out
   */
  concerns(run: RuleRun): boolean;
  /**
   * What the rule says of the object; asked when its preconditions are met.
   * @throws MISSING_FACT, {AmapError} BUDGET_EXCEEDED, LIMIT_EXCEEDED
   */
  evaluate(run: ActionRun): ActionResult;
}

/** All that an action came to. */
export interface ActionResult extends RuleResult {
  readonly images?: ImageOutcomes;
  /** When the outcomes are of another type than the action's own. */
  readonly type?: KyvernoRuleResponse["type"];
}
