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
export { denialMessage, ruleMessage } from "./denial.ts";
export { writeReportJson } from "./json.ts";
export { encodePolicyReport, RESULTS_DIGEST, type ReportedResource } from "./policy-report.ts";
export { type Cell, layOutTable, type Paint, PLAIN, printable, printableExcerpt } from "./table.ts";
export { type TextOptions, writeText } from "./text.ts";
export {
  TEST_FORMATS,
  type TestFormat,
  type TestLine,
  type TestReportOptions,
  writeTestReport,
  writeTestTable,
} from "./test-report.ts";
