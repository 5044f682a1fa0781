import type { RE2JS } from "re2js";
import { AmapError, concatBytes, encodeUtf8, hashBytes, LIMITS } from "../../../../base/index.ts";
import { type FactReader, MISSING_FACT } from "../../../evaluate/facts.ts";
import { CelError } from "../error.ts";
import type { CelContext, CelEffect } from "../function.ts";
import { compilePattern, patternSize } from "../patterns/pattern.ts";
import type { CelActivation, StepBudget } from "../program.ts";
import type { CelValue } from "../values/value.ts";

/** Compiling a pattern costs so many steps for each of its instructions. */
const PATTERN_STEPS_PER_INSTRUCTION = 4;
const MAX_PATTERNS = 256;

/** A bound variable (`cel.bind`) that has not been used yet, or whose value could not be made. */
export class Unsettled {
  readonly error: unknown;
  constructor(error: unknown) {
    this.error = error;
  }
}

/** Shared by programs without variables of macros, which never write to it. */
export const NO_LOCALS: (CelValue | Unsettled)[] = [];

/** Copied, not pushed to, which would grow each one; all are packed. */
const LOCALS: (CelValue | Unsettled)[][] = Array.from({ length: 32 }, (_, count) => emptyLocals(count));

function emptyLocals(count: number): (CelValue | Unsettled)[] {
  return Array.from({ length: count }, () => null);
}

/** The state of one evaluation. */
export class Frame implements CelContext {
  readonly variables: readonly (CelValue | undefined)[];
  readonly budget: StepBudget;
  readonly #activation: CelActivation;
  #ordinal = 0;
  /** Variables of macros; each has a place of its own in the program. */
  readonly locals: (CelValue | Unsettled)[];
  /** The place in the source that is being evaluated: where an error belongs that does not say. */
  at = 0;
  #patterns: Map<string, { readonly pattern: RE2JS; readonly steps: number }> | undefined = undefined;

  constructor(activation: CelActivation, localCount: number) {
    this.locals = localCount === 0 ? NO_LOCALS : (LOCALS[localCount]?.slice() ?? emptyLocals(localCount));
    this.variables = activation.variables;
    this.budget = activation.budget;
    this.#activation = activation;
  }

  // Read through, not copied: one is made for every evaluation.
  get lazy(): ((name: string) => CelValue) | undefined {
    return this.#activation.lazy;
  }

  get now(): number {
    return this.#activation.now;
  }

  get facts(): FactReader {
    return this.#activation.facts;
  }

  entropy(): Uint8Array {
    const { seed } = this.#activation;
    if (seed === undefined) throw new CelError("failed", "there is no chance in this expression: it has no seed");
    this.#ordinal++;
    return hashBytes("sha256", concatBytes([seed, encodeUtf8(`/${this.#ordinal}`)]));
  }

  emit(effect: CelEffect): void {
    const { effects } = this.#activation;
    if (effects === undefined) throw new CelError("failed", "this expression may not generate anything");
    effects.push(effect);
  }

  charge(steps: number): void {
    this.chargeWhole(Math.floor(steps));
  }

  /** As `charge`, for a whole number. */
  chargeWhole(steps: number): void {
    const { budget } = this;
    budget.steps -= steps;
    if (budget.steps < 0) throw exhausted();
  }

  pattern(text: string): RE2JS {
    this.#patterns ??= new Map();
    const known = this.#patterns.get(text);
    if (known !== undefined) {
      // What it costs does not depend on what was tried in vain before.
      this.charge(known.steps);
      return known.pattern;
    }
    const steps = patternSize(text) * PATTERN_STEPS_PER_INSTRUCTION;
    this.charge(steps);
    const pattern = compilePattern(text);
    if (this.#patterns.size < MAX_PATTERNS) this.#patterns.set(text, { pattern, steps });
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

/** The failure of a spent budget. */
export function exhausted(): AmapError {
  return new AmapError("BUDGET_EXCEEDED", "the expression used more steps than the evaluation's budget allows");
}

/** Whether something thrown is a failed evaluation: not a missing fact, not a spent budget, not a bug. */
export function isEvaluationError(error: unknown): error is AmapError {
  return error instanceof AmapError && error.code !== "BUDGET_EXCEEDED" && error.code !== "BUG";
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
