import type { CelPlan, CelRun } from "../../compile/cel-plan.ts";
import type { CelOutcome } from "./cel-outcome.ts";

/** What PolicyExceptions of policies.kyverno.io say of one policy and object. */
export interface CelExemption {
  /** What the policy comes to without being evaluated: an exception lifts all of it. */
  readonly outcome?: CelOutcome;
  /** `exceptions.allowedImages` and `exceptions.allowedValues`, of exceptions that lift a part. */
  readonly allowedImages: readonly string[];
  readonly allowedValues: readonly string[];
}

/** Compiled PolicyExceptions (evaluate/cel/cel-exceptions.ts makes them). Asked before the policy's own conditions. */
export interface CelExceptionIndex {
  /**
   * Undefined when none is about the policy.
   * @throws MISSING_FACT; an AmapError when a condition of one fails
   */
  exemptionFor(plan: CelPlan, run: CelRun): CelExemption | undefined;
}
