import { AmapError, type Value } from "../base/index.ts";
import { JMES_FUNCTIONS, type JmesContext } from "../policy/index.ts";

/** The moment at which the tests' expressions are evaluated: 2026-11-23T00:00:00.250Z. */
export const JMES_NOW = Date.UTC(2026, 10, 23, 0, 0, 0, 250);

/** A context that counts steps, up to a budget, and whose random bytes are those of a small generator. */
export class CountingContext implements JmesContext {
  readonly now: number = JMES_NOW;
  /** Steps taken. */
  steps = 0;
  readonly #budget: number;
  #state: number;

  constructor(budget = Number.POSITIVE_INFINITY, seed = 1) {
    this.#budget = budget;
    this.#state = seed;
  }

  charge(steps: number): void {
    if (!(steps >= 0)) throw new Error(`charged ${steps} steps`);
    this.steps += steps;
    if (this.steps > this.#budget) throw new AmapError("BUDGET_EXCEEDED", "the budget is spent");
  }

  entropy(): Uint8Array {
    return Uint8Array.from({ length: 32 }, () => {
      // A linear congruential generator (Numerical Recipes), of which the upper bits are used.
      this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
      return this.#state >>> 24;
    });
  }
}

/** What a function gives for arguments. */
export function callJmes(name: string, args: readonly Value[], context: JmesContext = new CountingContext()): Value {
  const row = JMES_FUNCTIONS.get(name);
  if (row === undefined) throw new Error(`no function ${name}`);
  return row.call(args, context);
}

/** The same, or the message of its failure behind `! `. */
export function callOrMessage(name: string, args: readonly Value[]): Value {
  try {
    return callJmes(name, args);
  } catch (error) {
    if (!(error instanceof AmapError) || error.code !== "EXPRESSION_FAILED") throw error;
    return `! ${error.message}`;
  }
}

/** The message of the failure of a call, which must fail. */
export function messageOf(name: string, args: readonly Value[]): string {
  const outcome = callOrMessage(name, args);
  if (typeof outcome !== "string" || !outcome.startsWith("! ")) throw new Error(`${name} did not fail`);
  return outcome.slice(2);
}
