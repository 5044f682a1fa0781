/** Static analysis: SARIF of real tools is read and summed up; files of other formats are refused, by name. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isAmapError } from "../../src/base/index.ts";
import { createSastPredicate, decodeSastPredicate, readSarif, summariseSarif } from "../../src/metadata/index.ts";
import {
  type CaseResult,
  judgeWithLedger,
  type LedgerEntry,
  type SuiteResult,
  suiteNotRun,
} from "../../src/testing/conformance.ts";

const SUITE = "sarif";

/** Runs every file of the index. The index calls all of them SARIF; some are other formats' snapshots. */
export async function runSuite(options: { readonly suitesDirectory: string }): Promise<SuiteResult> {
  const folder = join(options.suitesDirectory, "metadata");
  const index = join(folder, "INDEX.tsv");
  if (!existsSync(index)) return suiteNotRun(SUITE, `${index} is not there`);
  const files = readFileSync(index, "utf8")
    .split("\n")
    .map((line) => line.split("\t"))
    .flatMap(([area, path]) => (area === "sarif" && path !== undefined ? [path] : []));
  const results = files.map((file) => judge(file, readFileSync(join(folder, file))));
  const ledger = readFileSync(join(import.meta.dirname, "expected-failures.json"), "utf8");
  return judgeWithLedger(SUITE, results, JSON.parse(ledger) as readonly LedgerEntry[]);
}

function judge(name: string, bytes: Uint8Array): CaseResult {
  try {
    const message = check(bytes);
    return message === undefined ? { case: name, passed: true } : { case: name, passed: false, message };
  } catch (error) {
    if (!isAmapError(error)) throw error;
    return { case: name, passed: false, message: error.message };
  }
}

/** The runs of a file by what its JSON says, without amap; undefined where it is no SARIF. */
function resultsByJson(bytes: Uint8Array): readonly number[] | undefined {
  try {
    const log = JSON.parse(new TextDecoder().decode(bytes));
    return log.version === "2.1.0" ? log.runs.map((run: { results?: unknown[] }) => run.results?.length) : undefined;
  } catch {
    return undefined;
  }
}

function check(bytes: Uint8Array): string | undefined {
  const expected = resultsByJson(bytes);
  const read = readSarif(bytes);
  const told = read.ok ? "" : read.issues.map(({ code, path, message }) => `${code} ${path} ${message}`).join("; ");
  if (expected === undefined) {
    return /^NOT_SUPPORTED {2}expected a SARIF log, found .+$/.test(told)
      ? undefined
      : `expected a refusal by name, found ${told}`;
  }
  if (!read.ok) return told;
  const found = read.value.runs.map((run) => run.results?.length);
  if (found.join() !== expected.join()) return `expected ${expected.join()} results, found ${found.join()}`;
  const { open, suppressed, absent, undecided, other } = summariseSarif(read.value).counts;
  const sum = open + suppressed + absent + undecided + other;
  const total = expected.reduce((all, count) => all + count, 0);
  if (sum !== total) return `expected ${total} results in the summary, found ${sum}`;
  const predicate = createSastPredicate(bytes, { withLog: true });
  return predicate.ok && decodeSastPredicate(predicate.value).ok ? undefined : "its predicate does not come back";
}
