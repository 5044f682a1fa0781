import { AmapError, encodeUtf8, hashBytes, isAmapError, LIMITS } from "../../base/index.ts";
import type { CelEffect } from "../language/cel/function.ts";
import type { CelActivation, CelProgram, StepBudget } from "../language/cel/program.ts";
import type { CelValue } from "../language/cel/values/value.ts";
import type { NotingFactReader } from "./fact-reader.ts";
import { MISSING_FACT } from "./facts.ts";
import type { Remembered, VariableWish } from "./progress.ts";

/** Variables computed inside each other before the stack is unwound; an expression alone may be deep already. */
const MAX_NESTING = 8;

/** Thrown to unwind the stack and compute a variable first. The engine hands on what it does not know. */
const WANTED = Symbol("wanted variable");

const STEPS_SPENT = `the rule and its variables take more than ${LIMITS.evaluationSteps} steps`;

/** Where the names of a policy's expressions come from. */
export interface VariableSource {
  /** What chance differs by, beside the seed and the place. */
  readonly policy: string;
  /** Programs by lazy variable: `variables.<name>`. */
  readonly programs: ReadonlyMap<string, CelProgram>;
  /** Values by slot of the policy's environment. */
  readonly values: CelActivation["variables"];
  /** What is lazy and no variable of the policy (`images`). It may throw as an expression does. */
  other?(name: string): CelValue;
  /** What an expression meets that uses a variable that failed; the variable's own error when left out. */
  asFailure?(name: string, error: AmapError): AmapError;
}

/** What one rule is evaluated with: lazy names are computed when they are used, and remembered. */
export class VariableScope {
  readonly #source: VariableSource;
  readonly #reader: NotingFactReader;
  readonly #remembered: Map<string, Remembered>;
  readonly #budget: StepBudget = { steps: 0 };
  readonly #activation: CelActivation;
  /** Variables that finished evaluations have used. */
  readonly settled = new Set<string>();
  /** Variables that are to be computed before the expression, the next one last. */
  readonly waiting: string[];
  #nesting = 0;
  #wanted = "";
  /** What is being computed: chance differs by it, so that a variable is the same whichever rule uses it first. */
  #path = "";

  /** Variables that the evaluation that is going on has used. */
  readonly #used = new Set<string>();

  /** Where the evaluation that is going on puts what is to be done. */
  #effects: CelEffect[] | undefined;
  /** Variables whose wishes have been put there, by this or an evaluation before. */
  readonly #granted = new Set<string>();
  /** By name: what the variables want that the one that is being computed uses. Undefined where none is. */
  #wishes: Map<string, VariableWish> | undefined;

  constructor(
    source: VariableSource,
    reader: NotingFactReader,
    shared: { readonly now: number; readonly seed: string; readonly remembered: Map<string, Remembered> },
    waiting: readonly string[],
  ) {
    this.waiting = [...waiting];
    this.#source = source;
    this.#reader = reader;
    this.#remembered = shared.remembered;
    const seed = (): Uint8Array =>
      hashBytes("sha256", encodeUtf8(JSON.stringify([shared.seed, source.policy, this.#path])));
    this.#activation = {
      variables: source.values,
      lazy: (name) => this.#variable(name),
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
   * stack. `effects` takes what the expression wants done, and the variables that no expression before it
   * has used; without it they cannot want anything.
   */
  evaluate(program: CelProgram, path: string, effects?: CelEffect[]): CelValue {
    const effectsBefore = effects?.length ?? 0;
    this.#used.clear();
    this.#effects = effects;
    const granted = [...this.#granted];
    for (;;) {
      const name = this.waiting.at(-1);
      const notes = this.#reader.notes.length;
      this.#budget.steps = LIMITS.evaluationSteps;
      try {
        if (name === undefined) {
          const value = this.#at(path, program, effects);
          for (const used of this.#used) this.settled.add(used);
          return value;
        }
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
      if (effects !== undefined) effects.length = effectsBefore;
      this.#granted.clear();
      for (const each of granted) this.#granted.add(each);
    }
  }

  /** The steps that the evaluation before has used. */
  get stepsUsed(): number {
    return LIMITS.evaluationSteps - Math.max(0, this.#budget.steps);
  }

  #at(path: string, program: CelProgram, effects?: CelEffect[]): CelValue {
    const outer = this.#path;
    this.#path = path;
    try {
      return program.evaluate(effects === undefined ? this.#activation : this.#withEffects(effects));
    } finally {
      this.#path = outer;
    }
  }

  #withEffects(effects: CelEffect[]): CelActivation {
    // Its members stay getters: the seed is made when it is asked for.
    return Object.create(this.#activation, { effects: { value: effects } }) as CelActivation;
  }

  #variable(name: string): CelValue {
    if (!this.#source.programs.has(name) && this.#source.other !== undefined) return this.#source.other(name);
    this.#used.add(name);
    const remembered = this.#recall(name) ?? this.#computeNested(name);
    for (const wish of remembered.wishes ?? []) this.#grant(wish);
    if (!remembered.ok) throw remembered.error;
    return remembered.value;
  }

  #grant(wish: VariableWish): void {
    this.#wishes?.set(wish.name, wish);
    if (this.#effects === undefined || this.#granted.has(wish.name)) return;
    this.#granted.add(wish.name);
    this.#effects.push(...wish.effects);
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
    const program = this.#source.programs.get(name);
    if (program === undefined) throw new AmapError("BUG", `the variable ${name} has no program`);
    const before = { notes: this.#reader.notes.length, misses: this.#reader.misses, steps: this.#budget.steps };
    let outcome: { ok: true; value: CelValue } | { ok: false; error: AmapError };
    const effects: CelEffect[] | undefined = this.#effects === undefined ? undefined : [];
    const used = new Map<string, VariableWish>();
    const outer = this.#wishes;
    this.#wishes = used;
    try {
      outcome = { ok: true, value: this.#at(name, program, effects) };
      if (effects !== undefined && effects.length > 0) used.set(name, { name, effects });
    } catch (error) {
      // A budget is the rule's, not the variable's: another rule may have enough left.
      if (!isAmapError(error) || error.code === "BUDGET_EXCEEDED") throw error;
      outcome = { ok: false, error: this.#source.asFailure?.(name, error) ?? error };
    } finally {
      this.#wishes = outer;
    }
    const notes = this.#reader.notes.slice(before.notes);
    const wishes = used.size === 0 ? {} : { wishes: [...used.values()] };
    const result: Remembered = { ...outcome, ...wishes, notes, steps: before.steps - this.#budget.steps };
    if (this.#reader.misses === before.misses) this.#remembered.set(name, result);
    return result;
  }
}
