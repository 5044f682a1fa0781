import assert from "node:assert/strict";
import { AmapError } from "../base/index.ts";
import { type CelActivation, type CelProgram, type CelValue, MISSING_FACT } from "../policy/index.ts";

/** More often than a program is evaluated before its quick lane is there. */
const TIMES = 10;

/** What takes more steps than this is warmed up by evaluations that end here: the second whole one is the last. */
const WARMING_STEPS = 100_000;

/**
 * As `program.evaluate`, and once the program is warm the same again: every evaluation must end as the first one, for the
 * same steps. Each has an activation of its own, or they would share a budget.
 */
export function evaluateWarm(program: CelProgram, activate: () => CelActivation, times = TIMES): CelValue {
  const first = endOf(program, activate());
  const isLong = first.taken > WARMING_STEPS;
  for (let time = 1; time < times; time++) {
    if (isLong && time < times - 1) {
      assert.ok(
        isSpent(endOf(program, limited(activate()))),
        `${program.source}: it takes fewer steps when it is warm`,
      );
    } else assert.deepEqual(told(endOf(program, activate())), told(first), program.source);
  }
  if ("error" in first) throw first.error;
  return first.value;
}

function limited(activation: CelActivation): CelActivation {
  activation.budget.steps = Math.min(activation.budget.steps, WARMING_STEPS);
  return activation;
}

type End = ({ readonly value: CelValue } | { readonly error: unknown }) & { readonly taken: number };

const isSpent = (end: End): boolean =>
  "error" in end && end.error instanceof AmapError && end.error.code === "BUDGET_EXCEEDED";

/** Where nothing is left, how much too little it was says nothing. */
const told = (end: End): End => (isSpent(end) ? { ...end, taken: 0 } : end);

function endOf(program: CelProgram, activation: CelActivation): End {
  const { steps } = activation.budget;
  try {
    const value = program.evaluate(activation);
    return { value, taken: steps - activation.budget.steps };
  } catch (error) {
    if (error !== MISSING_FACT && !(error instanceof AmapError)) throw error;
    return { error, taken: steps - activation.budget.steps };
  }
}
