import { AmapError } from "../../base/index.ts";
import type { Plan } from "../compile/plan.ts";
import type { CelEffect } from "../language/cel/function.ts";
import type { CelValue } from "../language/cel/values/value.ts";
import type { EvaluationNote } from "./fact-reader.ts";
import type { PreparedRequest } from "./request.ts";
import type { Evaluation, RuleResponse } from "./response.ts";

/**
 * A variable that was computed without missing a fact. Using it again costs what computing it did, so that a rule's
 * budget does not depend on how many passes the loading took.
 */
export type Remembered = {
  readonly notes: readonly EvaluationNote[];
  readonly steps: number;
  /** What it and the variables it uses want done, where expressions may want something. */
  readonly wishes?: readonly VariableWish[];
} & ({ readonly ok: true; readonly value: CelValue } | { readonly ok: false; readonly error: AmapError });

/** What a variable wants done: done once, however often it is used. */
export interface VariableWish {
  readonly name: string;
  readonly effects: readonly CelEffect[];
}

/** A finished rule with what happened while it was made. */
export interface FinishedRule {
  readonly response: RuleResponse;
  readonly notes: readonly EvaluationNote[];
}

/** What one pass hands to the next. */
export interface Progress {
  readonly plan: Plan;
  readonly request: PreparedRequest;
  readonly finished: ReadonlyMap<string, FinishedRule>;
  readonly variables: ReadonlyMap<string, Remembered>;
  /** By unfinished rule: the variables it was waiting for, the deepest last, so that the next pass begins there. */
  readonly waiting: ReadonlyMap<string, readonly string[]>;
}

// Keyed by the evaluation itself: nobody outside can read it, forge it, or be tempted to store it.
const PROGRESS = new WeakMap<Evaluation, Progress>();

/** Attaches what the next pass can start from. */
export function rememberProgress(evaluation: Evaluation, progress: Progress): Evaluation {
  PROGRESS.set(evaluation, progress);
  return evaluation;
}

/**
 * What the pass before has left.
 * @throws {AmapError} BUG when it was of another plan, or was not made by evaluatePlan
 */
export function recallProgress(plan: Plan, evaluation: Evaluation): Progress {
  const progress = PROGRESS.get(evaluation);
  if (progress?.plan === plan) return progress;
  throw new AmapError("BUG", `an evaluation of ${plan.policy} was resumed with the result of something else`);
}
