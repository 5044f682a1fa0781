import type { FactReader } from "../../evaluate/facts.ts";
import type { CelType } from "./types.ts";
import type { CelValue } from "./value.ts";

/** Steps that may still be taken; shared by all evaluations that count together, and counted down. */
export interface StepBudget {
  steps: number;
}

/** What one evaluation is given. Nothing in it is changed, except the budget. */
export interface CelActivation {
  /** Values by {@link CelVariable.slot}: what `environment.bind` returns. */
  readonly variables: readonly (CelValue | undefined)[];
  /**
   * The value of a lazy variable, by its declared name. Asked each time the variable is used; the caller remembers it.
   * It may throw what `facts` throws, or the CelError of the expression behind it.
   */
  readonly lazy?: (name: string) => CelValue;
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  readonly now: number;
  readonly facts: FactReader;
  /** Starts at LIMITS.evaluationSteps. */
  readonly budget: StepBudget;
}

/** A compiled expression: immutable, for any number of evaluations. */
export interface CelProgram {
  readonly source: string;
  /** Whether it can ask for facts at all. */
  readonly loads: boolean;
  /** What is known about the result's type without a type checker; often dyn. */
  readonly type: CelType;
  /**
   * The expression's value.
   * @throws MISSING_FACT when facts are needed that are not there (they are in `facts.pending`)
   * @throws {CelError} when the expression fails; `code` EXPRESSION_FAILED or that of a fact that could not be loaded
   * @throws {AmapError} BUDGET_EXCEEDED
   */
  evaluate(activation: CelActivation): CelValue;
}
