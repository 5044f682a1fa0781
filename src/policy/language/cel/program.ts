import type { FactReader } from "../../evaluate/facts.ts";
import type { CheckedExpression } from "./check/check.ts";
import type { CelEffect } from "./function.ts";
import type { CelType } from "./types.ts";
import type { CelValue } from "./values/value.ts";

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
  /** What chance is made of; functions that need it fail without. */
  readonly seed?: Uint8Array;
  /** Where effects go, in order; functions that have effects fail without. An evaluation that fails may leave some. */
  readonly effects?: CelEffect[];
  /** Starts at LIMITS.evaluationSteps. */
  readonly budget: StepBudget;
}

/** A compiled expression: immutable, for any number of evaluations. */
export interface CelProgram {
  readonly source: string;
  /** Whether it can ask for facts at all. */
  readonly loads: boolean;
  /** The deduced type of the result; dyn where the types of its parts are not known. */
  readonly type: CelType;
  /** The tree with the types of its parts. */
  readonly checked: CheckedExpression;
  /**
   * The expression's value.
   * @throws MISSING_FACT when facts are needed that are not there (they are in `facts.pending`)
   * @throws {CelError} when the expression fails; `code` EXPRESSION_FAILED or that of a fact that could not be loaded
   * @throws {AmapError} BUDGET_EXCEEDED
   */
  evaluate(activation: CelActivation): CelValue;
}
