/** The official test files of CSAF 2.0 and 2.1: which test each triggers, and whether the document is valid. */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createCsafValidation } from "../../src/adapters/schemas/index.ts";
import { isAmapError } from "../../src/base/index.ts";
import type { CsafCheck, CsafVersion } from "../../src/ports/index.ts";
import {
  type CaseResult,
  judgeWithLedger,
  type LedgerEntry,
  type SuiteResult,
  suiteNotRun,
} from "../../src/testing/conformance.ts";

const SUITE = "csaf";
/** What a row expects: `triggers 6.1.1 document.valid=False`. */
const EXPECTATION = /^(triggers|does not trigger) (\S+) document\.valid=(True|False)$/;

/** Runs every row of the index. */
export async function runSuite(options: { readonly suitesDirectory: string }): Promise<SuiteResult> {
  const metadata = join(options.suitesDirectory, "metadata");
  const index = join(metadata, "INDEX.tsv");
  if (!existsSync(join(metadata, "csaf"))) return suiteNotRun(SUITE, `${join(metadata, "csaf")} is not there`);
  const rows = readFileSync(index, "utf8")
    .split("\n")
    .map((line) => line.split("\t"))
    .filter(([area]) => area === "csaf");
  const results: CaseResult[] = [];
  for (const [, path = "", , expected = ""] of rows) {
    const message = await judge(readFileSync(join(metadata, path)), path, expected);
    results.push(message === undefined ? { case: path, passed: true } : { case: path, passed: false, message });
  }
  const ledger = readFileSync(join(import.meta.dirname, "expected-failures.json"), "utf8");
  return judgeWithLedger(SUITE, results, JSON.parse(ledger) as readonly LedgerEntry[]);
}

const validation = createCsafValidation();

/** What is wrong with what was found in a document, in a sentence. */
async function judge(bytes: Uint8Array, path: string, expected: string): Promise<string | undefined> {
  const version: CsafVersion = path.startsWith("csaf/2.0/") ? "2.0" : "2.1";
  let check: CsafCheck;
  try {
    check = await validation.check(version, bytes, { hasStrictSchema: false });
  } catch (error) {
    if (isAmapError(error)) return error.message;
    throw error;
  }
  const [, trigger, test = "", valid] = EXPECTATION.exec(expected) ?? [];
  const wrong = check.findings.filter(({ group }) => group === "schema" || group === "mandatory");
  const words = wrong.slice(0, 2).map((finding) => `${finding.test} ${finding.path}: ${finding.message}`);
  if (trigger === undefined) {
    const broken = wrong.find(({ group }) => group === "schema");
    return broken === undefined ? undefined : `the schema: ${broken.path}: ${broken.message}`;
  }
  const unrun = check.notRun.find((each) => each.test === test);
  if (unrun !== undefined) return `not run: ${unrun.reason}`;
  const isTriggered = check.findings.some((finding) => finding.test === test);
  if (isTriggered !== (trigger === "triggers"))
    return `expected: ${expected}; found: ${isTriggered ? "triggered" : "not triggered"}`;
  const isValid = wrong.length === 0;
  return isValid === (valid === "True") ? undefined : `expected: ${expected}; found: ${words.join("; ") || "valid"}`;
}
