import fc from "fast-check";

const MOST_MS = 2_000;

/**
 * Tries a law from a fixed seed: its first case however long that takes, then as many as fit into two seconds. A slow
 * machine tries fewer, and never none.
 * @throws {Error} with the smallest case that breaks the law
 */
export async function holdLaw(property: fc.IRawProperty<unknown>, runs: number): Promise<void> {
  const seed = 9;
  await fc.assert(property as fc.IAsyncProperty<unknown>, { seed, numRuns: 1 });
  const details = await fc.check(property as fc.IAsyncProperty<unknown>, {
    seed,
    numRuns: runs,
    interruptAfterTimeLimit: MOST_MS,
    markInterruptAsFailure: false,
  });
  const isOnlyLate = details.interrupted && details.counterexample === null;
  if (details.failed && !isOnlyLate) throw new Error(fc.defaultReportMessage(details) ?? "the law is broken");
}
