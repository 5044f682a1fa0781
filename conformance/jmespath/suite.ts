/**
 * JMESPath: the language's own compliance tests, through amap's evaluator. Policies are written in Kyverno's dialect,
 * which differs; where it does, the ledger says how. Kyverno's functions are not in the tests: the standard ones are used.
 * `AMAP_LEDGER=write` writes the ledger anew, for a person to give the reasons.
 */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { equalValues, isAmapError, isValueObject, listOf, readJson, textOf, type Value } from "../../src/base/index.ts";
import { compileJmesProgram, type JmesContext, STANDARD_JMES_FUNCTIONS } from "../../src/policy/index.ts";
import {
  type CaseResult,
  judgeWithLedger,
  type LedgerEntry,
  type SuiteResult,
  suiteNotRun,
} from "../../src/testing/conformance.ts";
import { makeLedger, writeLedger } from "../cel-spec/ledger.ts";

const SUITE = "jmespath";
const LEDGER = join(import.meta.dirname, "expected-failures.json");
const FUNCTIONS = new Map(STANDARD_JMES_FUNCTIONS.map((row) => [row.name, row]));

/** Runs every case: its result, or that it fails. */
export async function runSuite(options: { readonly suitesDirectory: string }): Promise<SuiteResult> {
  const folder = join(options.suitesDirectory, "jmespath");
  const files = globSync("*.json", { cwd: folder }).sort();
  if (files.length === 0) return suiteNotRun(SUITE, `${folder} has no JSON file`);
  const results = files.flatMap((file) => runFile(file.replace(".json", ""), readFileSync(join(folder, file))));
  const ledger = JSON.parse(readFileSync(LEDGER, "utf8")) as readonly LedgerEntry[];
  if (process.env["AMAP_LEDGER"] !== "write") return judgeWithLedger(SUITE, results, ledger);
  const since = new Date().toISOString().slice(0, 10);
  const written = makeLedger(results, ledger, { reason: "a reason is missing", since });
  writeLedger(LEDGER, written);
  return judgeWithLedger(SUITE, results, written);
}

function runFile(file: string, bytes: Uint8Array): readonly CaseResult[] {
  const groups = readJson(bytes) as readonly Value[];
  return groups.flatMap((group, groupIndex) =>
    listOf(group, "cases").map((test, index) => {
      const name = `${file}/${groupIndex}/${index} ${textOf(test, "expression")}`;
      const fault = runCase(isValueObject(group) ? (group["given"] ?? null) : null, test);
      return { case: name, passed: fault === undefined, ...(fault === undefined ? {} : { message: fault }) };
    }),
  );
}

/** What went wrong; undefined where the case passes. A benchmark passes where it can be evaluated. */
function runCase(given: Value, test: Value): string | undefined {
  if (!isValueObject(test)) return "the case is no object";
  const found = evaluate(textOf(test, "expression"), given);
  if (Object.hasOwn(test, "bench")) return found.ok ? undefined : found.message;
  if (!Object.hasOwn(test, "result")) {
    return found.ok ? `expected the error ${textOf(test, "error")}, found ${show(found.value)}` : undefined;
  }
  const expected = test["result"] ?? null;
  if (!found.ok) return `expected ${show(expected)}, found the error: ${found.message}`;
  return equalValues(found.value, expected) ? undefined : `expected ${show(expected)}, found ${show(found.value)}`;
}

type Found = { readonly ok: true; readonly value: Value } | { readonly ok: false; readonly message: string };

const CONTEXT: JmesContext = { now: 0, charge: () => {}, entropy: () => new Uint8Array(32) };

function evaluate(expression: string, given: Value): Found {
  try {
    return { ok: true, value: compileJmesProgram(expression, FUNCTIONS).evaluate(given, CONTEXT) };
  } catch (error) {
    if (!isAmapError(error)) throw error;
    // The specification reads a key that is not there as null; in Kyverno it is an error, which templates rely on.
    if (error.code === "VARIABLE_NOT_FOUND") return { ok: true, value: null };
    return { ok: false, message: error.message };
  }
}

function show(value: Value): string {
  return JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" ? String(part) : part));
}
