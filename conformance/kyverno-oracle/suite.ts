/**
 * Kyverno's command line as oracle: generated pairs of policy and object through both programs. Statuses, messages and
 * patched and generated objects must be equal. AMAP_KYVERNO names the binary, of 1.19.1; AMAP_PAIRS how many pairs of
 * patterns and patches (2000), AMAP_SCENES how many of all else (1560) and AMAP_FOLDERS how many test folders (480; where
 * a pair is none for a test there is no folder), AMAP_SEED another seed, for which there is no ledger. `AMAP_LEDGER=write` writes the ledger anew.
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
import { callKeyOf } from "./given-files.ts";
import { runKyverno } from "./kyverno-cli.ts";
import { compareOutcomes, type Outcome } from "./outcome.ts";
import { makePair, type Pair } from "./pairs.ts";
import { times } from "./resources.ts";
import { makeScene } from "./scenes/scenes.ts";
import { makeTestFolder } from "./test-folders.ts";
import { compareTables, explainTables, type TestOutcome, testByAmap, testByKyverno } from "./test-runs.ts";

const SUITE = "kyverno-oracle";
const LEDGER = join(import.meta.dirname, "expected-failures.json");
const PAIRS = 2000;
const SCENES = 1560;
const FOLDERS = 480;
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
  const scenes = times(Number(process.env["AMAP_SCENES"] ?? SCENES), (index) => makeScene(seed, index, PAIRS));
  const results: CaseResult[] = [];
  const reasons = new Map<string, string>();
  for (const batch of [...inCalls(pairs), ...inCalls(scenes)]) {
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
  const folders = Number(process.env["AMAP_FOLDERS"] ?? FOLDERS);
  for (const { name, fault, reason } of await runTestFolders(binary, seed, folders)) {
    if (reason !== undefined) reasons.set(name, reason);
    results.push({ case: name, passed: fault === undefined, ...(fault === undefined ? {} : { message: fault }) });
  }
  const isWhole = pairs.length === PAIRS && scenes.length === SCENES && folders === FOLDERS;
  return judge(results, reasons, seed === SEED && isWhole);
}

/** What the folders of `test` came to, with why they differ where that can be told. */
async function runTestFolders(
  binary: string,
  seed: number,
  count: number,
): Promise<readonly { name: string; fault: string | undefined; reason: string | undefined }[]> {
  const made = await Promise.all(times(count, (index) => makeTestFolder(seed, index)));
  const folders = made.filter((folder) => folder !== undefined);
  const found: { name: string; fault: string | undefined; reason: string | undefined }[] = [];
  for (let start = 0; start < folders.length; start += BATCH) {
    const batch = folders.slice(start, start + BATCH);
    const kyverno = testByKyverno(binary, batch);
    for (const folder of batch) {
      const theirs = kyverno.get(folder.name) as TestOutcome;
      const fault = compareTables(await testByAmap(folder), theirs);
      const reason = fault === undefined ? undefined : explainTables(folder, theirs);
      found.push({ name: `test/${folder.family}/${folder.name}`, fault, reason });
    }
  }
  return found;
}

/** Pairs that may go into one call. */
function inCalls(pairs: readonly Pair[]): readonly (readonly Pair[])[] {
  const groups = Map.groupBy(pairs, callKeyOf);
  return [...groups.values()].flatMap((group) =>
    times(Math.ceil(group.length / BATCH), (index) => group.slice(index * BATCH, (index + 1) * BATCH)),
  );
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
