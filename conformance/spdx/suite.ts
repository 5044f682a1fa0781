/** SBOM samples of osv-scalibr and Trivy: read, or refused where the name says that they are invalid. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isAmapError } from "../../src/base/index.ts";
import { readSbom } from "../../src/metadata/index.ts";
import {
  type CaseResult,
  judgeWithLedger,
  type LedgerEntry,
  type SuiteResult,
  suiteNotRun,
} from "../../src/testing/conformance.ts";

const SUITE = "spdx";

/** Runs every sample. */
export async function runSuite(options: { readonly suitesDirectory: string }): Promise<SuiteResult> {
  const folder = join(options.suitesDirectory, "metadata", "spdx");
  const files = globSync("{scalibr,trivy}/**/testdata/**/*.*", { cwd: folder }).sort();
  if (files.length === 0) return suiteNotRun(SUITE, `${folder} is not there`);
  const results = files.map((file) => runCase(file, readFileSync(join(folder, file))));
  const ledger = JSON.parse(
    readFileSync(join(import.meta.dirname, "expected-failures.json"), "utf8"),
  ) as readonly LedgerEntry[];
  return judgeWithLedger(SUITE, results, ledger);
}

function runCase(file: string, bytes: Uint8Array): CaseResult {
  const found = outcomeOf(bytes);
  const isInvalid = /invalid|\/sad\//.test(file);
  const passed = isInvalid ? found !== undefined : found === undefined;
  if (passed) return { case: file, passed: true };
  return { case: file, passed: false, message: isInvalid ? "expected a refusal, found an SBOM" : (found ?? "") };
}

/** Why a document is refused; undefined where it is read. */
function outcomeOf(bytes: Uint8Array): string | undefined {
  try {
    const decoded = readSbom(bytes);
    return decoded.ok ? undefined : `${decoded.issues[0]?.path}: ${decoded.issues[0]?.message}`;
  } catch (error) {
    if (isAmapError(error)) return error.message;
    throw error;
  }
}
