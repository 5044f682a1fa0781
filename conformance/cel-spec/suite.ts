/**
 * CEL: google/cel-spec's own cases, from the suites' folder and from npm's @bufbuild/cel-spec. Cases about protobuf
 * messages, which amap does not have, are run and counted apart; no other case may be in the ledger.
 * `AMAP_LEDGER=write` writes the ledger anew, for a person to review.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type CaseResult,
  judgeWithLedger,
  type LedgerEntry,
  type SuiteResult,
  suiteNotRun,
} from "../../src/testing/conformance.ts";
import type { CelCase } from "./case.ts";
import { makeLedger, writeLedger } from "./ledger.ts";
import { usesProtobuf } from "./protobuf.ts";
import { runCase } from "./run-case.ts";
import { mergeCases, readPackagedCases, readTextprotoCases, readTypedCases } from "./sources.ts";

const SUITE = "cel-spec";
const LEDGER = join(import.meta.dirname, "expected-failures.json");
const REASON = "amap has no protobuf messages (ADR 0005): no policy language it reads has them";

interface CelCaseResult extends CaseResult {
  readonly isProtobuf: boolean;
  readonly isRefused: boolean;
}

/** Runs every case of both sources. */
export async function runSuite(options: { readonly suitesDirectory: string }): Promise<SuiteResult> {
  const folder = join(options.suitesDirectory, "cel");
  const fromSuites = readTextprotoCases(folder);
  if (fromSuites.length === 0) return suiteNotRun(SUITE, `${folder} has no textproto file`);
  const results = mergeCases(fromSuites, readPackagedCases(), readTypedCases()).map(judge);
  report(results);
  const ledger = JSON.parse(readFileSync(LEDGER, "utf8")) as readonly LedgerEntry[];
  if (process.env["AMAP_LEDGER"] !== "write") return judgeWithLedger(SUITE, results, withoutOthers(results, ledger));
  const expected = results.map((result) => (result.isProtobuf ? result : { ...result, passed: true }));
  const written = makeLedger(expected, ledger, { reason: REASON, since: new Date().toISOString().slice(0, 10) });
  writeLedger(LEDGER, written);
  return judgeWithLedger(SUITE, results, written);
}

function judge(test: CelCase): CelCaseResult {
  const isProtobuf = usesProtobuf(test);
  const { fault, refused } = runGuarded(test, isProtobuf);
  return {
    case: test.name,
    passed: fault === undefined,
    ...(fault === undefined ? {} : { message: fault }),
    isProtobuf,
    isRefused: refused === true,
  };
}

/** A bug of the engine is the failure of its case, and no end of the run. */
function runGuarded(test: CelCase, isProtobuf: boolean): ReturnType<typeof runCase> {
  try {
    return runCase(test, isProtobuf);
  } catch (error) {
    return { fault: `broke: ${error instanceof Error ? error.message : String(error)}` };
  }
}

function report(results: readonly CelCaseResult[]): void {
  const [protobuf, others] = [results.filter((each) => each.isProtobuf), results.filter((each) => !each.isProtobuf)];
  const passed = (of: readonly CelCaseResult[]) => of.filter((each) => each.passed).length;
  const refused = results.filter((each) => each.isRefused).length;
  console.log(
    `cel-spec: ${passed(others)} of ${others.length} without protobuf (${refused} of the expected errors are found ` +
      `when the expression is loaded); protobuf: ${passed(protobuf)} of ${protobuf.length}`,
  );
}

/** An entry that covers a case without protobuf does not count: such a case must pass. */
function withoutOthers(results: readonly CelCaseResult[], ledger: readonly LedgerEntry[]): readonly LedgerEntry[] {
  const others = results.filter((result) => !result.isProtobuf).map((result) => result.case);
  return ledger.filter((entry) => {
    const prefix = entry.cases === undefined ? undefined : entry.case.slice(0, -1);
    return !others.some((name) => (prefix === undefined ? name === entry.case : name.startsWith(prefix)));
  });
}
