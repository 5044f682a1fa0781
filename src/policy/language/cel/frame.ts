import { RE2JS } from "re2js";
import { AmapError, LIMITS } from "../../../base/index.ts";
import { type FactReader, MISSING_FACT } from "../../evaluate/facts.ts";
import { CelError } from "./error.ts";
import type { CelContext } from "./function.ts";
import type { CelActivation, StepBudget } from "./program.ts";
import type { CelValue } from "./value.ts";

/** Compiling a pattern costs so many steps for each of its instructions. */
const PATTERN_STEPS_PER_INSTRUCTION = 4;
const MAX_PATTERNS = 256;
/** Instructions of one pattern: a million take about a second and 260 MB. */
const MAX_PATTERN_SIZE = 1_000_000;
/** RE2's own limit on nested repetition. */
const MAX_REPETITION = 1000;

/** A bound variable (`cel.bind`) that has not been used yet, or whose value could not be made. */
export class Unsettled {
  readonly error: unknown;
  constructor(error: unknown) {
    this.error = error;
  }
}

/** The state of one evaluation. */
export class Frame implements CelContext {
  readonly variables: readonly (CelValue | undefined)[];
  readonly lazy: ((name: string) => CelValue) | undefined;
  readonly now: number;
  readonly facts: FactReader;
  readonly budget: StepBudget;
  /** Variables of macros; each has a place of its own in the program. */
  readonly locals: (CelValue | Unsettled)[] = [];
  /** The place in the source that is being evaluated: where an error belongs that does not say. */
  at = 0;
  #patterns: Map<string, RE2JS> | undefined = undefined;

  constructor(activation: CelActivation) {
    this.variables = activation.variables;
    this.lazy = activation.lazy;
    this.now = activation.now;
    this.facts = activation.facts;
    this.budget = activation.budget;
  }

  charge(steps: number): void {
    this.budget.steps -= Math.floor(steps);
    if (this.budget.steps < 0) throw exhausted();
  }

  pattern(text: string): RE2JS {
    this.#patterns ??= new Map();
    const known = this.#patterns.get(text);
    if (known !== undefined) return known;
    this.charge(patternSize(text) * PATTERN_STEPS_PER_INSTRUCTION);
    const pattern = compilePattern(text);
    if (this.#patterns.size < MAX_PATTERNS) this.#patterns.set(text, pattern);
    return pattern;
  }

  /** Whether no further missing facts may be collected in this pass. */
  get isLookAheadSpent(): boolean {
    return this.facts.misses >= LIMITS.factLookAhead;
  }

  /**
   * A caught error as one that the logical operators may set aside, placed; or it is thrown on: a missing fact, a spent
   * budget and bugs are never set aside.
   */
  absorb(error: unknown): CelError {
    if (!isEvaluationError(error)) throw error;
    return this.place(error);
  }

  /** An evaluation error with its place, and of the class that evaluations fail with. */
  place(error: AmapError): CelError {
    const placed =
      error instanceof CelError ? error : new CelError("failed", error.message, { code: error.code, cause: error });
    placed.offset ??= this.at;
    return placed;
  }

  /** An error at a place. */
  error(offset: number, error: CelError): CelError {
    error.offset ??= offset;
    return error;
  }
}

function exhausted(): AmapError {
  return new AmapError("BUDGET_EXCEEDED", "the expression used more steps than the evaluation's budget allows");
}

/** Whether something thrown is a failed evaluation: not a missing fact, not a spent budget, not a bug. */
export function isEvaluationError(error: unknown): error is AmapError {
  return error instanceof AmapError && error.code !== "BUDGET_EXCEEDED" && error.code !== "BUG";
}

/** Not less than the instructions a pattern compiles to: its length times what its counted repetitions multiply. */
function patternSize(text: string): number {
  let repetition = 1;
  for (const [, count = ""] of text.matchAll(/([0-9]+)\}/g)) {
    repetition = Math.min(repetition * Math.max(1, Number(count)), MAX_REPETITION);
  }
  return text.length * repetition;
}

/**
 * A RE2 pattern.
 * @throws {CelError} invalid_argument
 */
export function compilePattern(text: string): RE2JS {
  if (patternSize(text) > MAX_PATTERN_SIZE) {
    throw new CelError("invalid_argument", "the regular expression is too large: shorten it or repeat less");
  }
  try {
    return RE2JS.compile(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CelError("invalid_argument", `not an RE2 regular expression: ${reason.slice(0, 200)}`, { cause });
  }
}

/** A compiled part of an expression. */
export type Run = (frame: Frame) => CelValue;

/**
 * The values of independent parts, in order. Where a fact is missing the others are still asked, so that their facts
 * are loaded in the same round; then the miss is passed on. An error behind a miss counts as the miss: what is missing
 * decides first.
 * @throws MISSING_FACT
 */
export function lookAhead(frame: Frame, runs: readonly Run[]): CelValue[] {
  const values: CelValue[] = [];
  let isMissing = false;
  for (const run of runs) {
    try {
      values.push(run(frame));
    } catch (error) {
      isMissing = passOver(frame, error, isMissing);
    }
  }
  if (isMissing) throw MISSING_FACT;
  return values;
}

/**
 * Decides about an error in one of several independent parts: true to go on and rethrow the miss at the end; everything
 * else is thrown.
 */
export function passOver(frame: Frame, error: unknown, isMissing: boolean): true {
  if (error === MISSING_FACT && !frame.isLookAheadSpent) return true;
  if (isMissing && isEvaluationError(error)) throw MISSING_FACT;
  throw error;
}
