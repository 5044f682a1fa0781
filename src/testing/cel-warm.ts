import assert from "node:assert/strict";
import { AmapError } from "../base/index.ts";
import { type CelActivation, type CelProgram, type CelValue, MISSING_FACT } from "../policy/index.ts";

/** More often than a program is evaluated before its quick lane is there. */
const TIMES = 10;

/**
 * As `program.evaluate`, and once the program is warm the same again: every evaluation must end as the first one, for the
 * same steps. Each has an activation of its own, or they would share a budget.
 */
export function evaluateWarm(program: CelProgram, activate: () => CelActivation, times = TIMES): CelValue {
  const first = endOf(program, activate());
  for (let time = 1; time < times; time++) assert.deepEqual(endOf(program, activate()), first, program.source);
  if ("error" in first) throw first.error;
  return first.value;
}

type End = { readonly value: CelValue; readonly steps: number } | { readonly error: unknown; readonly steps: number };

function endOf(program: CelProgram, activation: CelActivation): End {
  const { steps } = activation.budget;
  const spent = (): number => steps - activation.budget.steps;
  try {
    return { value: program.evaluate(activation), steps: spent() };
  } catch (error) {
    // Where nothing is left, how much too little it was says nothing.
    const isSpent = error instanceof AmapError && error.code === "BUDGET_EXCEEDED";
    if (error !== MISSING_FACT && !(error instanceof AmapError)) throw error;
    return { error, steps: isSpent ? 0 : spent() };
  }
}
