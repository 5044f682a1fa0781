import type { CelValue } from "../values/value.ts";
import { type Frame, isEvaluationError, type Run } from "./frame.ts";
import { type Quick, type QuickRun, QuickWriter } from "./quick-writer.ts";

/** Evaluations before a function is written: what is asked seldom is not worth it. */
const WARM_UP = 8;

/** As above, for a part of something quick: it is asked only where the whole is not plain, and while that warms up. */
const PART_WARM_UP = 128;

/** A part that is not plain is tried once at each level above it: so this bounds what is done in vain. */
const MAX_PART_HEIGHT = 4;

/** The quick run of one part, written when it has been asked for often. */
export class Lane {
  readonly #quick: Quick;
  readonly #height: number;
  #warmUp = WARM_UP;
  #run: QuickRun | undefined;
  #usesFrame = true;

  /** The way that is gone where something is not plain. */
  readonly whole: Run;

  constructor(quick: Quick, whole: Run, parts: readonly Lane[]) {
    this.#quick = quick;
    this.whole = whole;
    this.#height = parts.reduce((height, part) => Math.max(height, part.#height), 0) + 1;
    for (const part of parts) part.#becomePart();
  }

  /** Whether `attempt` may be given no frame. */
  get needsNoFrame(): boolean {
    return !this.#usesFrame;
  }

  /**
   * The value, or undefined: then the whole way must be gone.
   * @throws {AmapError} BUDGET_EXCEEDED, and what is a bug
   */
  attempt(
    variables: Frame["variables"],
    locals: Frame["locals"],
    budget: Frame["budget"],
    frame: Frame | undefined,
  ): CelValue | undefined {
    const run = this.#run;
    if (run === undefined) return this.#warm();
    const { steps } = budget;
    try {
      const value = run(variables, locals, budget, frame);
      if (value !== undefined) return value;
    } catch (error) {
      if (!isEvaluationError(error)) throw error;
    }
    budget.steps = steps;
    return undefined;
  }

  #warm(): undefined {
    if (--this.#warmUp !== 0) return;
    const generated = QuickWriter.generate(this.#quick);
    this.#run = generated?.run;
    this.#usesFrame = generated?.usesFrame ?? true;
  }

  #becomePart(): void {
    this.#warmUp = this.#height > MAX_PART_HEIGHT ? 0 : PART_WARM_UP;
  }
}
