import { AmapError, encodeUtf8, hashBytes, LIMITS } from "../../base/index.ts";

/** What one rule uses up: steps, and draws at random. */
export class RuleBudget {
  readonly #seed: readonly string[];
  #spent = 0;
  #draws = 0;

  /** The same seed gives the same draws in the same order. */
  constructor(seed: readonly string[]) {
    this.#seed = seed;
  }

  get spent(): Spent {
    return { steps: this.#spent, draws: this.#draws };
  }

  /** @throws {AmapError} BUDGET_EXCEEDED */
  charge(steps: number): void {
    this.#spent += steps;
    if (this.#spent <= LIMITS.evaluationSteps) return;
    throw new AmapError("BUDGET_EXCEEDED", `the rule takes more than ${LIMITS.evaluationSteps} steps`);
  }

  /** The next 32 bytes that look random. */
  draw(): Uint8Array {
    return hashBytes("sha256", encodeUtf8(JSON.stringify([...this.#seed, this.#draws++])));
  }

  /** Counts again what is not done again. @throws {AmapError} BUDGET_EXCEEDED */
  repeat({ steps, draws }: Spent): void {
    this.#draws += draws;
    this.charge(steps);
  }
}

/** What has been used up, or what a part of a rule uses up. */
export interface Spent {
  readonly steps: number;
  readonly draws: number;
}

function difference(from: Spent, to: Spent): Spent {
  return { steps: to.steps - from.steps, draws: to.draws - from.draws };
}

/** Where a loop goes on: behind `done` elements, with what they made. */
export interface LoopState<T> {
  readonly done: number;
  readonly result: T;
}

/**
 * How far the loops of one rule have come, by their place in it. When a fact is missing a loop goes on behind its last
 * finished element in the next pass. Going on counts what coming so far took, so that neither a rule's budget nor its draws
 * depend on how many passes the loading took.
 */
export class RuleMemory {
  readonly #kept = new Map<string, LoopState<unknown> & { readonly spent: Spent }>();

  /**
   * Folds over `count` elements: `step` makes of the result so far and an element's place the next result. `isFinal`
   * ends the loop early.
   * @throws what `step` throws; then the elements before stay done
   */
  fold<T>(
    path: string,
    budget: RuleBudget,
    { count, first }: { readonly count: number; readonly first: T },
    step: (result: T, index: number) => LoopStep<T>,
  ): T {
    const kept = this.#kept.get(path);
    const before = budget.spent;
    if (kept !== undefined) budget.repeat(kept.spent);
    // The path says what was left there.
    let state: LoopState<T> = kept === undefined ? { done: 0, result: first } : (kept as LoopState<T>);
    let spent = budget.spent;
    let isComplete = false;
    try {
      while (state.done < count) {
        const { result, isFinal } = step(state.result, state.done);
        state = { done: isFinal ? count : state.done + 1, result };
        spent = budget.spent;
      }
      isComplete = true;
      return state.result;
    } finally {
      if (isComplete) this.#kept.delete(path);
      else this.#kept.set(path, { ...state, spent: difference(before, spent) });
    }
  }
}

/** What one step of a loop made, and whether the loop ends with it. */
export interface LoopStep<T> {
  readonly result: T;
  readonly isFinal: boolean;
}
