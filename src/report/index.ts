/** The door of `report`: decisions and the evidence behind them, for people and for machines. */
export {
  type CheckReport,
  type EvidenceRow,
  type ImageRow,
  type RejectedRow,
  type ResourceRow,
  type RuleRow,
} from "./check-report.ts";
export { writeReportJson } from "./json.ts";
export { type Cell, layOutTable, type Paint, PLAIN, printable, printableExcerpt } from "./table.ts";
export { type TextOptions, writeText } from "./text.ts";
