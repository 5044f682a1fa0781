import { isAmapError, LIMITS } from "../../../base/index.ts";
import { MISSING_FACT } from "../../evaluate/facts.ts";

/**
 * Renders parts that do not depend on each other, in order. What is missing is asked for together, up to
 * LIMITS.factLookAhead; another failure counts only when nothing before it is missing, as if each part had been awaited in
 * turn. A spent budget and whatever is no failure of a part end it at once.
 * @throws MISSING_FACT, or what the first part failed with
 */
export function renderEach<T, R>(parts: readonly T[], render: (part: T) => R): R[] {
  const results: R[] = [];
  let misses = 0;
  for (const part of parts) {
    try {
      results.push(render(part));
    } catch (error) {
      if (error === MISSING_FACT) misses++;
      else if (misses === 0 || !canWait(error)) throw error;
      if (misses >= LIMITS.factLookAhead) throw MISSING_FACT;
    }
  }
  if (misses > 0) throw MISSING_FACT;
  return results;
}

/** Behind a miss, what failed may fail otherwise or not at all once the fact is there. */
function canWait(error: unknown): boolean {
  return isAmapError(error) && error.code !== "BUDGET_EXCEEDED" && error.code !== "BUG";
}
