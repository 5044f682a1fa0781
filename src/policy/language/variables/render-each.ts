import { MISSING_FACT } from "../../evaluate/facts.ts";

/**
 * Renders parts that do not depend on each other, in order. All that is missing is asked for together; another failure
 * counts only when nothing before it is missing, as if each part had been awaited in turn.
 * @throws MISSING_FACT, or what the first part failed with
 */
export function renderEach<T, R>(parts: readonly T[], render: (part: T) => R): R[] {
  const results: R[] = [];
  let missing = false;
  for (const part of parts) {
    try {
      results.push(render(part));
    } catch (error) {
      if (error !== MISSING_FACT && !missing) throw error;
      missing = true;
    }
  }
  if (missing) throw MISSING_FACT;
  return results;
}
