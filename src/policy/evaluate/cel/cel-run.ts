import type { AmapError, Value } from "../../../base/index.ts";
import type { CelPlan, CelVariant } from "../../compile/cel-plan.ts";
import type { CelEffect } from "../../language/cel/function.ts";
import type { CelProgram } from "../../language/cel/program.ts";
import type { CelValue } from "../../language/cel/values/value.ts";
import type { FactReader } from "../facts.ts";
import type { PolicyInput } from "../input.ts";
import type { TraceStep } from "../rule-trace.ts";
import type { CelOutcome } from "./cel-outcome.ts";

/** What one policy is evaluated with for one object, in one pass, under one binding and its params. */
export interface CelRun {
  readonly plan: CelPlan;
  readonly variant: CelVariant;
  readonly input: PolicyInput;
  /** `object` as the policies before left it; null when it is deleted. */
  readonly object: Value;
  readonly now: number;
  readonly facts: FactReader;
  /**
   * The value of an expression of the policy, named by its path in it (chance differs by it). Variables are lazy and
   * remembered, also from pass to pass. `effects` takes what the expression wants done.
   * @throws MISSING_FACT; {CelError}; {AmapError} BUDGET_EXCEEDED, or that of a fact that could not be loaded
   */
  evaluate(program: CelProgram, path: string, effects?: CelEffect[]): CelValue;
  /**
   * The same run with other values (`object` after a patch, `params`). Variables that were made stay made, as in Kyverno,
   * unless `isFresh`: then they are made again from the new values, as in Kubernetes.
   */
  withValues(values: Readonly<Record<string, CelValue>>, options?: { readonly isFresh?: boolean }): CelRun;
  /** What the policy came to when it could not be evaluated, as its engine says it. */
  failed(error: AmapError, message?: string): CelOutcome;
  /** @throws {AmapError} BUDGET_EXCEEDED */
  charge(steps: number): void;
  /** Notes what happens, where an explanation was asked for. */
  note(step: TraceStep): void;
}
