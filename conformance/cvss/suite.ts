/** CVSS vectors of versions 2.0 to 4.0 with the scores that another calculator gives, and texts that are no vectors. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { scoreVector } from "../../src/metadata/index.ts";
import {
  type CaseResult,
  judgeWithLedger,
  type LedgerEntry,
  type SuiteResult,
  suiteNotRun,
} from "../../src/testing/conformance.ts";

const SUITE = "cvss";

/** Runs every row of the table. */
export async function runSuite(options: { readonly suitesDirectory: string }): Promise<SuiteResult> {
  const path = join(options.suitesDirectory, "metadata", "cvss", "vectors.tsv");
  if (!existsSync(path)) return suiteNotRun(SUITE, `${path} is not there`);
  const lines = readFileSync(path, "utf8").split("\n").slice(1);
  const results = [...new Set(lines.filter((line) => line !== ""))].map(runCase);
  const ledger = readFileSync(join(import.meta.dirname, "expected-failures.json"), "utf8");
  return judgeWithLedger(SUITE, results, JSON.parse(ledger) as readonly LedgerEntry[]);
}

function runCase(line: string): CaseResult {
  const [version = "", vector = "", base = "", temporal = "", environmental = "", severities = ""] = line.split("\t");
  const scores = scoreVector(vector);
  const numbers = [scores?.base, scores?.temporal, scores?.environmental].map((score) => score?.toFixed(1) ?? "");
  const found = scores === undefined ? "refused" : [scores.version, ...numbers, scores.severity].join(" ");
  const [severity = ""] = severities.toLowerCase().split("|");
  const expected = version === "invalid" ? "refused" : [version, base, temporal, environmental, severity].join(" ");
  const passed = found === expected;
  return {
    case: `${version} ${vector}`,
    passed,
    ...(passed ? {} : { message: `expected ${expected}, found ${found}` }),
  };
}
