import { AmapError } from "../../../../base/index.ts";
import { MISSING_FACT } from "../../../evaluate/facts.ts";
import type { CelActivation } from "../program.ts";
import { type Code, constantCode } from "./code.ts";
import { Frame, isEvaluationError } from "./frame.ts";

/** Enough for any literal that a person writes; what needs more is left to the evaluation and its budget. */
const FOLDING_STEPS = 10_000;

/**
 * The code as a constant when all its parts are and it succeeds. One that fails is left as it is: `false && 1 / 0 > 0`
 * must compile and be false.
 */
export function fold(parts: readonly Code[], code: Code): Code {
  if (code.loads || parts.some((part) => part.constant === undefined)) return code;
  const activation: CelActivation = {
    variables: [],
    now: 0,
    budget: { steps: FOLDING_STEPS },
    facts: {
      fact: () => {
        throw MISSING_FACT;
      },
      misses: 0,
      pending: new Map(),
    },
  };
  try {
    return constantCode(code.run(new Frame(activation, 0)));
  } catch (error) {
    if (isEvaluationError(error) || (error instanceof AmapError && error.code === "BUDGET_EXCEEDED")) return code;
    throw error;
  }
}
