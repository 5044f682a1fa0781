/**
 * `npm run conformance`: runs every suite below this folder against other projects' test cases, which are data outside
 * the project. A suite whose data is absent says "not run" and counts as nothing. Ends with `N passed, N failed`.
 */
import { globSync } from "node:fs";
import { join } from "node:path";
import type { SuiteResult } from "../src/testing/conformance.ts";

interface SuiteModule {
  runSuite(options: { readonly suitesDirectory: string }): Promise<SuiteResult>;
}

const root = join(import.meta.dirname, "..");
const suitesDirectory = process.env["AMAP_SUITES"] ?? join(root, "..", "shared", "suites");
const wanted = process.argv.slice(2);
let passed = 0;
let failed = 0;
let skipped = 0;
for (const path of globSync("*/suite.ts", { cwd: import.meta.dirname }).sort()) {
  if (wanted.length > 0 && !wanted.some((name) => path.startsWith(`${name}/`))) continue;
  const module = (await import(join(import.meta.dirname, path))) as SuiteModule;
  const started = performance.now();
  const result = await module.runSuite({ suitesDirectory });
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  if (result.status === "not run") {
    skipped += 1;
    console.log(`not run  ${result.suite}: ${result.reason ?? "its data is absent"}`);
    continue;
  }
  const bad = result.unexpectedFailures.length + result.unexpectedPasses.length;
  const expected = result.cases - result.passed - result.unexpectedFailures.length;
  passed += result.passed;
  failed += bad;
  console.log(
    `${bad === 0 ? "ok      " : "FAILED  "} ${result.suite}: ${result.passed} of ${result.cases} pass, ${expected} expected failures (${seconds} s)`,
  );
  for (const failure of result.unexpectedFailures.slice(0, 50)) console.log(`    ${failure.case}: ${failure.message}`);
  for (const name of result.unexpectedPasses.slice(0, 50))
    console.log(`    ${name}: passes now; remove it from the ledger`);
}
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`);
process.exit(failed === 0 ? 0 : 1);
