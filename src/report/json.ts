import { type Value, writeJson } from "../base/index.ts";
import type { CheckReport } from "./check-report.ts";

/** The report as JSON, indented by two, with a line break at the end. */
export function writeReportJson(report: CheckReport): string {
  return `${writeJson(report as unknown as Value, { indent: 2 })}\n`;
}
