import { type Decoded, type Value, type ValueObject } from "../../base/index.ts";
import { DocumentReader, join, member, withoutUndefined } from "../document-reader.ts";
import type { ResourceDescriptor } from "../provenance/provenance.ts";
import { encodeResourceDescriptor, readResourceDescriptor } from "../provenance/resource-descriptor.ts";
import { readWord } from "../sast/sarif-rules.ts";
import type { TestCase, TestReport } from "./test-report.ts";

/** in-toto's predicate about a run of tests. */
export const TEST_RESULT_PREDICATE_TYPE = "https://in-toto.io/attestation/test-result/v0.1";

/** in-toto's test result v0.1, and what amap adds in a member of its own. */
export interface TestResult {
  readonly result: "PASSED" | "WARNED" | "FAILED";
  /** What the run was configured by. */
  readonly configuration: readonly ResourceDescriptor[];
  /** Where the run can be looked at. */
  readonly url?: string;
  readonly passedTests: readonly string[];
  readonly warnedTests: readonly string[];
  readonly failedTests: readonly string[];
  /** Tests that did not run (`amap.skippedTests`); they are in none of the other lists. */
  readonly skippedTests: readonly string[];
  /** Why the run failed beside its tests (`amap.problems`). */
  readonly problems: readonly string[];
}

/** A name counts by the worst that happened under it: a policy that asks for it must not find a lucky one. */
const WORST: readonly TestCase["status"][] = ["failed", "warned", "skipped", "passed"];

/**
 * Makes a test result of a report. FAILED: a test failed, the report has a problem, or it has no test at all, for the
 * predicate exists to show that the tests were run. WARNED: a test warned, or nothing but skipped tests. PASSED: all
 * else. A skipped test is in none of the specification's lists, as it neither passed nor failed. A name that several
 * tests have is listed once, by the worst of them.
 * @see https://github.com/in-toto/attestation/blob/main/spec/predicates/test-result.md
 * @example
 * ```ts
 * import { createTestResult, decodeTap } from "../index.ts";
 * const report = decodeTap("1..1\nok 1 - a\n");
 * report.ok && createTestResult(report.value, { configuration: [{ uri: "file:ci.yml", digest: {} }] }).result; // "PASSED"
 * ```
 */
export function createTestResult(
  report: TestReport,
  facts: { readonly configuration: readonly ResourceDescriptor[]; readonly url?: string },
): TestResult {
  const statuses = new Map<string, TestCase["status"]>();
  for (const { name, status } of report.tests) {
    const known = statuses.get(name);
    if (known === undefined || WORST.indexOf(status) < WORST.indexOf(known)) statuses.set(name, status);
  }
  const named = (wanted: TestCase["status"]): readonly string[] =>
    [...statuses].filter(([, status]) => status === wanted).map(([name]) => name);
  const lists = {
    passedTests: named("passed"),
    warnedTests: named("warned"),
    failedTests: named("failed"),
    skippedTests: named("skipped"),
  };
  const isEmpty = statuses.size === 0 && report.skipReason === undefined;
  const problems = isEmpty ? [...report.problems, "the report has no test"] : report.problems;
  return withoutUndefined({ result: resultOf(lists, problems), ...facts, ...lists, problems });
}

function resultOf(
  lists: Pick<TestResult, "passedTests" | "warnedTests" | "failedTests">,
  problems: readonly string[],
): TestResult["result"] {
  if (lists.failedTests.length > 0 || problems.length > 0) return "FAILED";
  return lists.warnedTests.length > 0 || lists.passedTests.length === 0 ? "WARNED" : "PASSED";
}

/**
 * Writes a test result as the predicate; skipped tests and problems go into its member `amap`, which other readers ignore.
 * @example
 * ```ts
 * import { decodeTestResult, encodeTestResult } from "../index.ts";
 * const none = { warnedTests: [], failedTests: [], skippedTests: [], problems: [] };
 * const encoded = encodeTestResult({ result: "PASSED", configuration: [], passedTests: ["a"], ...none });
 * decodeTestResult(encoded).ok; // true
 * ```
 */
export function encodeTestResult(result: TestResult): Value {
  const { skippedTests, problems } = result;
  return withoutUndefined({
    result: result.result,
    configuration: result.configuration.map(encodeResourceDescriptor),
    url: result.url,
    passedTests: result.passedTests,
    warnedTests: result.warnedTests,
    failedTests: result.failedTests,
    amap: skippedTests.length + problems.length === 0 ? undefined : { skippedTests, problems },
  });
}

/**
 * Reads a test result v0.1 of any tool. Refused: a missing result or configuration, and a result that its own lists
 * contradict: PASSED or WARNED with failed tests or problems, PASSED with warned ones, one test that passed and failed.
 */
export function decodeTestResult(value: Value): Decoded<TestResult> {
  const reader = new DocumentReader();
  const root = reader.object(value, "");
  if (root === undefined) return reader.finish<TestResult>(undefined);
  const result = readWord(reader, root, "result", "", ["PASSED", "WARNED", "FAILED"] as const);
  for (const key of ["result", "configuration"]) {
    if (member(root, key) === undefined) reader.refuse(key, `expected a ${key}, found nothing`);
  }
  const own: ValueObject = reader.optionalObject(root, "amap", "") ?? {};
  const read: TestResult = withoutUndefined({
    result: result ?? "FAILED",
    configuration: reader.objects(root, "configuration", "", (item, path) =>
      readResourceDescriptor(reader, item, path),
    ),
    url: reader.optionalString(root, "url", ""),
    passedTests: reader.strings(root, "passedTests", ""),
    warnedTests: reader.strings(root, "warnedTests", ""),
    failedTests: reader.strings(root, "failedTests", ""),
    skippedTests: reader.strings(own, "skippedTests", "amap"),
    problems: reader.strings(own, "problems", "amap"),
  });
  checkResult(reader, read);
  return reader.finish(read);
}

function checkResult(reader: DocumentReader, read: TestResult): void {
  if (read.result !== "FAILED" && read.failedTests.length + read.problems.length > 0) {
    reader.refuse("result", `expected FAILED, as tests failed or the run had problems, found ${read.result}`);
  }
  if (read.result === "PASSED" && read.warnedTests.length > 0) {
    reader.refuse("result", "expected WARNED, as there are warned tests, found PASSED");
  }
  const lists = { passedTests: read.passedTests, warnedTests: read.warnedTests, skippedTests: read.skippedTests };
  const failed = new Set(read.failedTests);
  for (const [key, names] of Object.entries(lists)) {
    const at = names.findIndex((name) => failed.has(name));
    if (at !== -1)
      reader.refuse(`${join("", key)}[${at}]`, "expected a test that did not fail, found one of failedTests");
  }
}
