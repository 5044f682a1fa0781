/**
 * Kyverno's command line as oracle: generated pairs of policy and object through both programs. Statuses, messages and
 * patched objects must be equal. AMAP_KYVERNO names the binary, of 1.19.1; AMAP_PAIRS how many pairs (2000), AMAP_SEED
 * another seed, for which there is no ledger. `AMAP_LEDGER=write` writes the ledger anew.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type CaseResult,
  judgeWithLedger,
  type LedgerEntry,
  type SuiteResult,
  suiteNotRun,
} from "../../src/testing/conformance.ts";
import { writeLedger } from "../cel-spec/ledger.ts";
import { runAmap } from "./amap-side.ts";
import { explainDifference } from "./explain.ts";
import { runKyverno } from "./kyverno-cli.ts";
import { compareOutcomes, type Outcome } from "./outcome.ts";
import { makePair } from "./pairs.ts";
import { times } from "./resources.ts";

const SUITE = "kyverno-oracle";
const LEDGER = join(import.meta.dirname, "expected-failures.json");
const PAIRS = 2000;
const SEED = 1;
/** Pairs in one call of Kyverno: it judges each object by all policies. */
const BATCH = 50;

/** Runs every pair. */
export async function runSuite(): Promise<SuiteResult> {
  const binary = process.env["AMAP_KYVERNO"];
  if (binary === undefined || !existsSync(binary))
    return suiteNotRun(SUITE, "AMAP_KYVERNO names no Kyverno CLI 1.19.1");
  const seed = Number(process.env["AMAP_SEED"] ?? SEED);
  const pairs = times(Number(process.env["AMAP_PAIRS"] ?? PAIRS), (index) => makePair(seed, index));
  const results: CaseResult[] = [];
  const reasons = new Map<string, string>();
  for (let start = 0; start < pairs.length; start += BATCH) {
    const batch = pairs.slice(start, start + BATCH);
    const kyverno = runKyverno(binary, batch);
    for (const pair of batch) {
      const [own, theirs] = [await runAmap(pair), kyverno.get(pair.name) as Outcome];
      const fault = compareOutcomes(own, theirs);
      const name = `${pair.family}/${pair.name}`;
      const reason = fault === undefined ? undefined : explainDifference(pair, own, theirs);
      if (reason !== undefined) reasons.set(name, reason);
      results.push({ case: name, passed: fault === undefined, ...(fault === undefined ? {} : { message: fault }) });
    }
  }
  return judge(results, reasons, seed === SEED && pairs.length === PAIRS);
}

function judge(results: readonly CaseResult[], reasons: ReadonlyMap<string, string>, hasLedger: boolean): SuiteResult {
  if (!hasLedger) return judgeWithLedger(SUITE, results, []);
  const ledger = JSON.parse(readFileSync(LEDGER, "utf8")) as readonly LedgerEntry[];
  if (process.env["AMAP_LEDGER"] !== "write") return judgeWithLedger(SUITE, results, ledger);
  const since = new Date().toISOString().slice(0, 10);
  const known = new Map(ledger.map((entry) => [entry.case, entry]));
  const written = results
    .filter(({ passed }) => !passed)
    .map(
      ({ case: name }) => known.get(name) ?? { case: name, reason: reasons.get(name) ?? "a reason is missing", since },
    );
  writeLedger(LEDGER, written);
  return judgeWithLedger(SUITE, results, written);
}
