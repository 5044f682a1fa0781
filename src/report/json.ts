import { type Value, writeJson } from "../base/index.ts";
import type { CheckReport } from "./check-report.ts";

/**
 * The report as JSON, indented by two, with a line break at the end. Control and direction-changing characters are
 * written as `\\u` escapes, also those that JSON allows as they are: what a document says cannot drive a terminal.
 */
export function writeReportJson(report: CheckReport): string {
  return writePlainJson(report as unknown as Value);
}

/** Any value so. */
export function writePlainJson(value: Value): string {
  const text = writeJson(value, { indent: 2 });
  return `${text.replace(/[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu, escapeCharacter)}\n`;
}

function escapeCharacter(character: string): string {
  return Array.from({ length: character.length }, (_, index) => {
    return `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`;
  }).join("");
}
