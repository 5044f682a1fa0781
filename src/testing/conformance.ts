import { isAmapError } from "../base/index.ts";

/** One case of a suite that was run. */
export interface CaseResult {
  readonly case: string;
  readonly passed: boolean;
  /** What was expected and found, where it failed. */
  readonly message?: string;
}

/** A case by what its check says is wrong, in a sentence; undefined for nothing. A refusal of amap's is wrong, too. */
export function judgeCase(name: string, check: () => string | undefined): CaseResult {
  try {
    const message = check();
    return message === undefined ? { case: name, passed: true } : { case: name, passed: false, message };
  } catch (error) {
    if (!isAmapError(error)) throw error;
    return { case: name, passed: false, message: error.message };
  }
}

/** A case that is known to fail, or a group of cases that are known to fail all. */
export interface LedgerEntry {
  /** The case's name; of a group what all its names begin with, up to a slash, and a star: `proto2/has/*`. */
  readonly case: string;
  /** Of a group: how many cases it has. Where the suite has more or fewer, the entry is wrong. */
  readonly cases?: number;
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
  /**
   * Cases of the ledger that pass now, or that the suite no longer has, and groups of another size: correct the ledger.
   */
  readonly unexpectedPasses: readonly string[];
  /** Why it was not run. */
  readonly reason?: string;
}

/**
 * Holds results against the ledger of expected failures, strictly: a failure that the ledger does not have and a pass
 * that it has are both wrong, so that the ledger can only shrink. Cases need distinct names. A group stands for each of
 * its cases: one that passes is wrong as if it were named alone.
 */
export function judgeWithLedger(
  suite: string,
  results: readonly CaseResult[],
  ledger: readonly LedgerEntry[],
): SuiteResult {
  const names = new Set(results.map((result) => result.case));
  if (names.size !== results.length) throw new Error(`the suite ${suite} names two cases alike`);
  const groups = ledger.map((entry) => casesOf(entry, names));
  const expected = new Set(groups.flat());
  const count = groups.reduce((sum, group) => sum + group.length, 0);
  const entries = new Set(ledger.map((entry) => entry.case));
  if (expected.size !== count || entries.size !== ledger.length) {
    throw new Error(`the ledger of ${suite} names a case twice`);
  }
  const stale = ledger
    .filter((entry, index) => groups[index]?.length !== (entry.cases ?? 1))
    .map((entry) => entry.case);
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

/** The cases of the suite that an entry stands for. */
function casesOf(entry: LedgerEntry, names: ReadonlySet<string>): readonly string[] {
  if (entry.cases === undefined) return names.has(entry.case) ? [entry.case] : [];
  if (!entry.case.endsWith("/*")) throw new Error(`the ledger's group ${entry.case} does not end in /*`);
  const prefix = entry.case.slice(0, -1);
  return [...names].filter((name) => name.startsWith(prefix));
}

/** The result of a suite whose data is not there. */
export function suiteNotRun(suite: string, reason: string): SuiteResult {
  return { suite, status: "not run", cases: 0, passed: 0, unexpectedFailures: [], unexpectedPasses: [], reason };
}
