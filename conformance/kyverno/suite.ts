/**
 * Kyverno's own test folders (kyverno-test.yaml) that run without a network, with policies of every kind: each must pass as
 * a suite, or fail as one, as the index says. Folders that Kyverno's own command line does not decide so (column two of
 * upstream-1.19.1.tsv) are left out.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseTestSelector, runTests } from "../../src/app/index.ts";
import { isAmapError } from "../../src/base/index.ts";
import {
  type CaseResult,
  judgeWithLedger,
  type LedgerEntry,
  type SuiteResult,
  suiteNotRun,
} from "../../src/testing/conformance.ts";
import { createWorld } from "../../src/wiring/index.ts";

const SUITE = "kyverno";
const LEDGER = join(import.meta.dirname, "expected-failures.json");

/** A row of the index. */
interface Folder {
  readonly path: string;
  readonly passes: boolean;
}

/** Runs the tests of every folder. */
export async function runSuite(options: { readonly suitesDirectory: string }): Promise<SuiteResult> {
  const root = join(options.suitesDirectory, SUITE);
  if (!existsSync(join(root, "index.tsv"))) return suiteNotRun(SUITE, `${root} has no index.tsv`);
  const results: CaseResult[] = [];
  for (const folder of readFolders(root)) results.push(await judge(root, folder));
  return judgeWithLedger(SUITE, results, JSON.parse(readFileSync(LEDGER, "utf8")) as readonly LedgerEntry[]);
}

/** The folders of the suite that Kyverno decides as the index says, by their paths. */
export function readFolders(root: string): readonly Folder[] {
  const upstream = new Map(readRows(join(root, "upstream-1.19.1.tsv")).map(([path = "", exit = ""]) => [path, exit]));
  const [head = [], ...rows] = readRows(join(root, "index.tsv"));
  const column = (row: readonly string[], name: string): string => row[head.indexOf(name)] ?? "";
  return rows
    .map((row) => ({ path: column(row, "case"), passes: column(row, "expect") === "suite-passes" }))
    .filter(({ path, passes }) => upstream.get(path) === (passes ? "0" : "1"));
}

function readRows(path: string): readonly (readonly string[])[] {
  return readFileSync(path, "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => line.split("\t"));
}

async function judge(root: string, { path, passes }: Folder): Promise<CaseResult> {
  const failures: string[] = [];
  let rows = 0;
  try {
    const world = createWorld({ offline: true, env: {} });
    const tests = runTests(world, [join(root, path)], { fileName: "kyverno-test.yaml", select: parseTestSelector("") });
    for await (const report of tests) {
      rows += report.rows.length;
      const failed = report.rows.filter((row) => row.result === "Fail");
      failures.push(...failed.map((row) => `${row.rule} ${row.resource}: ${row.reason}: ${row.message}`));
    }
  } catch (error) {
    // A bug is a failed case, and no end of the run.
    failures.push(isAmapError(error) ? `${error.code}: ${error.message}` : String(error));
  }
  // No folder is without results: one that says nothing is not right.
  if (rows === 0 && failures.length === 0) failures.push("there was no result");
  if ((failures.length === 0) === passes) return { case: path, passed: true };
  const message = passes ? failures.slice(0, 3).join("; ") : "every result is as expected, and it must not be";
  return { case: path, passed: false, message };
}
