/** Sigstore golden files: what cosign 3.1.3 wrote, read and verified by amap, and written again byte for byte. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type CaseResult,
  judgeWithLedger,
  type LedgerEntry,
  type SuiteResult,
  suiteNotRun,
} from "../../src/testing/conformance.ts";
import type { GoldenCase } from "./golden-case.ts";
import { keyCases } from "./key-cases.ts";
import { keylessCases } from "./keyless-cases.ts";
import { storedCases } from "./stored-cases.ts";
import { trustRootCases } from "./trust-root-cases.ts";

const SUITE = "sigstore-golden";

/** Runs every case, one after the other. */
export async function runSuite(options: { readonly suitesDirectory: string }): Promise<SuiteResult> {
  const directory = join(options.suitesDirectory, "sigstore");
  if (!existsSync(join(directory, "golden"))) return suiteNotRun(SUITE, `${join(directory, "golden")} is not there`);
  const cases = [
    ...keyCases(directory),
    ...storedCases(directory),
    ...keylessCases(directory),
    ...trustRootCases(directory),
  ];
  const results: CaseResult[] = [];
  for (const { name, run } of cases) results.push(await runCase(name, run));
  const ledger = JSON.parse(
    readFileSync(join(import.meta.dirname, "expected-failures.json"), "utf8"),
  ) as readonly LedgerEntry[];
  return judgeWithLedger(SUITE, results, ledger);
}

async function runCase(name: string, run: GoldenCase["run"]): Promise<CaseResult> {
  try {
    await run();
    return { case: name, passed: true };
  } catch (error) {
    return { case: name, passed: false, message: error instanceof Error ? error.message : String(error) };
  }
}
