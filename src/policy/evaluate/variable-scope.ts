import { AmapError, encodeUtf8, hashBytes, isAmapError, LIMITS } from "../../base/index.ts";
import type { Plan } from "../compile/plan.ts";
import { CelError } from "../language/cel/error.ts";
import type { CelActivation, CelProgram, StepBudget } from "../language/cel/program.ts";
import type { CelValue } from "../language/cel/values/value.ts";
import type { NotingFactReader } from "./fact-reader.ts";
import { MISSING_FACT } from "./facts.ts";
import type { Remembered } from "./progress.ts";
import type { PreparedRequest } from "./request.ts";

/** Variables computed inside each other before the stack is unwound; an expression alone may be deep already. */
const MAX_NESTING = 8;

/** Thrown to unwind the stack and compute a variable first. The engine hands on what it does not know. */
const WANTED = Symbol("wanted variable");

const STEPS_SPENT = `the rule and its variables take more than ${LIMITS.evaluationSteps} steps`;

/** What one rule is evaluated with: `images` and `variables` are computed when they are used, and remembered. */
export class VariableScope {
  readonly #plan: Plan;
  readonly #request: PreparedRequest;
  readonly #reader: NotingFactReader;
  readonly #remembered: Map<string, Remembered>;
  readonly #budget: StepBudget = { steps: 0 };
  readonly #activation: CelActivation;
  /** Variables that are to be computed before the expression, the next one last. */
  readonly waiting: string[];
  #nesting = 0;
  #wanted = "";
  /** What is being computed: chance differs by it, so that a variable is the same whichever rule uses it first. */
  #path = "";

  constructor(
    plan: Plan,
    request: PreparedRequest,
    reader: NotingFactReader,
    shared: { readonly now: number; readonly seed: string; readonly remembered: Map<string, Remembered> },
    waiting: readonly string[],
  ) {
    this.waiting = [...waiting];
    this.#plan = plan;
    this.#request = request;
    this.#reader = reader;
    this.#remembered = shared.remembered;
    const seed = (): Uint8Array =>
      hashBytes("sha256", encodeUtf8(JSON.stringify([shared.seed, plan.policy, this.#path])));
    this.#activation = {
      variables: request.variables,
      lazy: (name) => (name === "images" ? this.#images() : this.#variable(name)),
      now: shared.now,
      facts: reader,
      // Made when it is asked for: few expressions draw.
      get seed() {
        return seed();
      },
      budget: this.#budget,
    };
  }

  /**
   * The value of a rule's expression, which `path` names within the policy. Variables that stand on many others are
   * computed first and the expression begun again, so that neither a long chain of them nor its order can overflow the
   * stack.
   */
  evaluate(program: CelProgram, path: string): CelValue {
    for (;;) {
      const name = this.waiting.at(-1);
      const notes = this.#reader.notes.length;
      this.#budget.steps = LIMITS.evaluationSteps;
      try {
        if (name === undefined) return this.#at(path, program);
        this.#compute(name);
        if (!this.#remembered.has(name)) throw MISSING_FACT;
        this.waiting.pop();
      } catch (error) {
        if (error !== WANTED) throw error;
        // The next pass begins with what waits. With another answer to what is missing it might never be wanted, and
        // it may do something that cannot be undone (a POST).
        if (this.#reader.misses > 0) throw MISSING_FACT;
        this.waiting.push(this.#wanted);
      }
      // What was noted belongs to the variable, or to an attempt that begins again.
      this.#reader.notes.length = notes;
    }
  }

  #at(path: string, program: CelProgram): CelValue {
    const outer = this.#path;
    this.#path = path;
    try {
      return program.evaluate(this.#activation);
    } finally {
      this.#path = outer;
    }
  }

  #images(): CelValue {
    const { images } = this.#request;
    if (images.ok) return images.covered;
    throw new CelError("failed", images.message, { code: images.code });
  }

  #variable(name: string): CelValue {
    const remembered = this.#recall(name) ?? this.#computeNested(name);
    if (!remembered.ok) throw remembered.error;
    return remembered.value;
  }

  #recall(name: string): Remembered | undefined {
    const remembered = this.#remembered.get(name);
    if (remembered === undefined) return undefined;
    for (const note of remembered.notes) this.#reader.notes.push(note);
    this.#budget.steps -= remembered.steps;
    if (this.#budget.steps < 0) throw new AmapError("BUDGET_EXCEEDED", STEPS_SPENT);
    return remembered;
  }

  #computeNested(name: string): Remembered {
    if (this.#nesting >= MAX_NESTING) {
      this.#wanted = name;
      throw WANTED;
    }
    this.#nesting++;
    try {
      return this.#compute(name);
    } finally {
      this.#nesting--;
    }
  }

  /** Computes a variable, and remembers it unless a fact was missing on the way. */
  #compute(name: string): Remembered {
    const program = this.#plan.variables.get(name);
    if (program === undefined) throw new AmapError("BUG", `the variable ${name} has no program`);
    const before = { notes: this.#reader.notes.length, misses: this.#reader.misses, steps: this.#budget.steps };
    let outcome: { ok: true; value: CelValue } | { ok: false; error: AmapError };
    try {
      outcome = { ok: true, value: this.#at(name, program) };
    } catch (error) {
      // A budget is the rule's, not the variable's: another rule may have enough left.
      if (!isAmapError(error) || error.code === "BUDGET_EXCEEDED") throw error;
      outcome = { ok: false, error };
    }
    const notes = this.#reader.notes.slice(before.notes);
    const result: Remembered = { ...outcome, notes, steps: before.steps - this.#budget.steps };
    if (this.#reader.misses === before.misses) this.#remembered.set(name, result);
    return result;
  }
}
