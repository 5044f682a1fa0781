/** One case of a suite that was run. */
export interface CaseResult {
  readonly case: string;
  readonly passed: boolean;
  /** What was expected and found, where it failed. */
  readonly message?: string;
}

/** A case that is known to fail. */
export interface LedgerEntry {
  readonly case: string;
  readonly reason: string;
  /** Date, `2026-11-22`. */
  readonly since: string;
}

/** How a suite went. Green means: run, no unexpected failures and no unexpected passes. */
export interface SuiteResult {
  readonly suite: string;
  readonly status: "run" | "not run";
  readonly cases: number;
  readonly passed: number;
  readonly unexpectedFailures: readonly { readonly case: string; readonly message: string }[];
  /** Cases of the ledger that pass now, or that the suite no longer has: remove them from it. */
  readonly unexpectedPasses: readonly string[];
  /** Why it was not run. */
  readonly reason?: string;
}

/**
 * Holds results against the ledger of expected failures, strictly: a failure that the ledger does not have and a pass
 * that it has are both wrong, so that the ledger can only shrink. Cases need distinct names.
 */
export function judgeWithLedger(
  suite: string,
  results: readonly CaseResult[],
  ledger: readonly LedgerEntry[],
): SuiteResult {
  const expected = new Set(ledger.map((entry) => entry.case));
  const names = new Set(results.map((result) => result.case));
  if (names.size !== results.length) throw new Error(`the suite ${suite} names two cases alike`);
  if (expected.size !== ledger.length) throw new Error(`the ledger of ${suite} names a case twice`);
  const stale = ledger.filter((entry) => !names.has(entry.case)).map((entry) => entry.case);
  const passed = results.filter((result) => result.passed);
  return {
    suite,
    status: "run",
    cases: results.length,
    passed: passed.length,
    unexpectedFailures: results
      .filter((result) => !result.passed && !expected.has(result.case))
      .map((result) => ({ case: result.case, message: result.message ?? "failed" })),
    unexpectedPasses: [...passed.filter((result) => expected.has(result.case)).map((result) => result.case), ...stale],
  };
}

/** The result of a suite whose data is not there. */
export function suiteNotRun(suite: string, reason: string): SuiteResult {
  return { suite, status: "not run", cases: 0, passed: 0, unexpectedFailures: [], unexpectedPasses: [], reason };
}
