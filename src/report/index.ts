/** The door of `report`: decisions and the evidence behind them, for people and for machines. */
export {
  type AdmissionRequest,
  type AdmissionResponse,
  decodeAdmissionReview,
  encodeAdmissionReview,
} from "./admission-review.ts";
export {
  type CheckReport,
  type EvidenceRow,
  failingRules,
  type ImageRow,
  type RejectedRow,
  type ResourceRow,
  type RuleRow,
} from "./check-report.ts";
export { encodeReports, type ReportResult } from "./cluster-report.ts";
export {
  type ConversionStatus,
  type ReportedConversion,
  type ReportedPolicy,
  statusOfConversion,
  writeConversion,
  writeConversionJson,
} from "./conversion-report.ts";
export { denialMessage, ruleMessage } from "./denial.ts";
export { writeReportJson } from "./json.ts";
export { describePlatformAnswers } from "./platform-answers.ts";
export { encodePolicyReport, RESULTS_DIGEST, type ReportedResource } from "./policy-report.ts";
export { type DecisionsNote, encodeScanSarif, type ReportedFinding, type ReportedScan } from "./scan-sarif.ts";
export { type Cell, layOutTable, type Paint, PLAIN, printable, printableExcerpt } from "./table.ts";
export {
  TEST_FORMATS,
  type TestFormat,
  type TestLine,
  type TestReportOptions,
  writeResultTable,
  writeTestReport,
  writeTestTable,
} from "./test-report.ts";
export { type TextOptions, writeText } from "./text.ts";
export { type ExplainedRule, encodeTrace, type TraceOptions, writeErrorTraces, writeTraces } from "./trace-report.ts";
