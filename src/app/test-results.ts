import { AmapError, type Decoded, decodeUtf8, LIMITS, type Value } from "../base/index.ts";
import {
  createTestResult,
  decodeJunit,
  decodeTap,
  encodeTestResult,
  type TestReport,
  type TestResult,
} from "../metadata/index.ts";
import { parsePinned } from "./provenance.ts";
import type { World } from "./world.ts";

/** The formats of test reports that can be named; `auto` tells them apart by their first characters. */
export const TEST_REPORT_FORMATS = ["junit", "tap", "auto"] as const;

export type TestReportFormat = (typeof TEST_REPORT_FORMATS)[number];

/** Reports of one run of tests, summed up. */
export interface ImportedTestResult {
  readonly result: TestResult;
  /** The predicate `https://in-toto.io/attestation/test-result/v0.1`. */
  readonly predicate: Value;
}

/**
 * Reads test reports as one result: each file of one format, with tests of the same name counted by the worst of them.
 * @param options.configuration `URI@sha256:…` of what the run was configured by
 * @throws {AmapError} FILE_NOT_FOUND, USAGE (a configuration that is none), DOCUMENT_INVALID or NOT_SUPPORTED with the
 * first place that is wrong, LIMIT_EXCEEDED
 */
export async function importTestResults(
  world: World,
  paths: readonly string[],
  options: { readonly format: TestReportFormat; readonly configuration: readonly string[]; readonly url?: string },
): Promise<ImportedTestResult> {
  const configuration = options.configuration.map((text) => parsePinned(text, "--configuration"));
  const reports: TestReport[] = [];
  for (const path of paths) {
    const bytes = await world.files.read(path, LIMITS.documentBytes);
    const format = options.format === "auto" ? formatOf(bytes, path) : options.format;
    reports.push(valueOf(format === "junit" ? decodeJunit(bytes) : decodeTap(bytes), path));
  }
  const tests = reports.flatMap((report) => report.tests);
  if (tests.length > LIMITS.testCases)
    throw new AmapError("LIMIT_EXCEEDED", `test reports: expected at most ${LIMITS.testCases} tests, found more`);
  const [first] = reports;
  const reasons = reports.map(({ skipReason }) => skipReason);
  const whole: TestReport = {
    format: first?.format ?? "junit",
    tests,
    problems: reports.flatMap((report, index) => [...report.problems, ...emptiness(report, paths[index] ?? "")]),
    // Nothing was to be run only where every report says so.
    ...(reasons.length > 0 && reasons.every((reason) => reason !== undefined)
      ? { skipReason: reasons.join("; ") }
      : {}),
  };
  const result = createTestResult(whole, { configuration, ...(options.url === undefined ? {} : { url: options.url }) });
  return { result, predicate: encodeTestResult(result) };
}

/** One report without a test among others: a run that died before it began must not hide behind those that went on. */
function emptiness({ tests, skipReason }: TestReport, path: string): readonly string[] {
  return tests.length === 0 && skipReason === undefined ? [`${path}: the report has no test`] : [];
}

function formatOf(bytes: Uint8Array, path: string): "junit" | "tap" {
  const text = decodeUtf8(bytes.subarray(0, 4_096)) ?? decodeUtf8(bytes) ?? "";
  const start = text.replace(/^\uFEFF/, "").trimStart();
  if (start.startsWith("<")) return "junit";
  if (/^(?:TAP version \d+|1\.\.\d+|(?:not )?ok\b|#|pragma )/m.test(start)) return "tap";
  throw new AmapError("DOCUMENT_INVALID", `${path}: expected a test report in JUnit XML or TAP, found something else`, {
    hint: "Name the format: --format junit or --format tap.",
  });
}

function valueOf<T>(decoded: Decoded<T>, path: string): T {
  if (decoded.ok) return decoded.value;
  const [issue] = decoded.issues;
  const place = issue === undefined || issue.path === "" ? "" : `${issue.path}: `;
  const code = issue?.code === "NOT_SUPPORTED" ? "NOT_SUPPORTED" : "DOCUMENT_INVALID";
  throw new AmapError(code, `${path}: ${place}${issue?.message ?? "expected a test report"}`, {
    details: { issues: decoded.issues },
  });
}
