/** CycloneDX's own test documents, JSON and XML, 1.0 to 1.7: the file's name says whether each is valid. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createSchemaValidation } from "../../src/adapters/schemas/index.ts";
import { validateSbom } from "../../src/app/index.ts";
import { isAmapError } from "../../src/base/index.ts";
import {
  type CaseResult,
  judgeWithLedger,
  type LedgerEntry,
  type SuiteResult,
  suiteNotRun,
} from "../../src/testing/conformance.ts";

const SUITE = "cyclonedx";

/** Runs every document. */
export async function runSuite(options: { readonly suitesDirectory: string }): Promise<SuiteResult> {
  const folder = join(options.suitesDirectory, "metadata", "cyclonedx", "tests");
  const files = globSync("**/*.{json,xml}", { cwd: folder }).sort();
  if (files.length === 0) return suiteNotRun(SUITE, `${folder} is not there`);
  const schemas = createSchemaValidation();
  const results: CaseResult[] = [];
  for (const file of files) {
    const bytes = readFileSync(join(folder, file));
    const found = await outcomeOf(() => validateSbom(bytes, schemas));
    const isValid = /\/valid-/.test(file);
    const passed = isValid === (found === undefined);
    const message = isValid ? (found ?? "") : "expected an error, found none";
    results.push(passed ? { case: file, passed } : { case: file, passed, message });
  }
  const ledger = JSON.parse(
    readFileSync(join(import.meta.dirname, "expected-failures.json"), "utf8"),
  ) as readonly LedgerEntry[];
  return judgeWithLedger(SUITE, results, ledger);
}

/** The first error; undefined for a valid document. */
async function outcomeOf(validate: () => ReturnType<typeof validateSbom>): Promise<string | undefined> {
  try {
    const { form, version, issues } = await validate();
    if (form === undefined) return "it is not taken for an SBOM";
    const error = issues.find(({ severity }) => severity === "error");
    return error === undefined ? undefined : `${form} ${version}: ${error.rule}: ${error.path}: ${error.message}`;
  } catch (error) {
    if (isAmapError(error)) return error.message;
    throw error;
  }
}
