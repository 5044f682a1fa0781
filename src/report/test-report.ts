import { type Value, writeJson, writeYaml } from "../base/index.ts";
import { type Paint, PLAIN, printable } from "./table.ts";
import { type ExplainedRule, encodeTrace } from "./trace-report.ts";

/** One line of a test's result. */
export interface TestLine {
  readonly policy: string;
  readonly rule: string;
  readonly resource: string;
  readonly result: "Pass" | "Fail" | "Skip" | "Warn" | "Error";
  readonly reason: string;
  readonly message: string;
  /** What happened, where it was asked for: JSON and YAML have it as `EXPLANATION`. */
  readonly explained?: readonly ExplainedRule[];
}

/** The forms besides the table. */
export const TEST_FORMATS = ["json", "yaml", "markdown", "junit"] as const;
export type TestFormat = (typeof TEST_FORMATS)[number];

/** How lines are written. */
export interface TestReportOptions {
  /** With the messages of rules. */
  readonly isDetailed: boolean;
  readonly paint?: Paint;
}

const HEADERS = ["ID", "POLICY", "RULE", "RESOURCE", "RESULT", "REASON"] as const;

/** The lines as a table with borders; numbered from 1. Ends with a line break. */
export function writeTestTable(lines: readonly TestLine[], options: TestReportOptions): string {
  return drawTable(lines, headersOf(options.isDetailed), options);
}

/** As `writeTestTable`, of results that nothing was expected of: without reasons. */
export function writeResultTable(lines: readonly TestLine[], options: TestReportOptions): string {
  const headers = headersOf(options.isDetailed).filter((header) => header !== "REASON");
  return drawTable(lines, headers, options);
}

function drawTable(
  lines: readonly TestLine[],
  headers: readonly string[],
  { isDetailed, paint = PLAIN }: TestReportOptions,
): string {
  const kept = headersOf(isDetailed).map((header) => headers.includes(header));
  const rows = lines.map((line, index) =>
    cellsOf(line, index, isDetailed)
      .filter((_, column) => kept[column])
      .map(printable),
  );
  const all = [headers, ...rows];
  const widths = (all[0] ?? []).map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const border = `│${widths.map((width) => "─".repeat(width + 2)).join("│")}│`;
  const drawn = all.map((row, index) => {
    const cells = row.map((cell, column) => painted(cell.padEnd(widths[column] ?? 0), index, column, lines, paint));
    return `│ ${cells.join(" │ ")} │`;
  });
  const [head = "", ...body] = drawn;
  return [border, head, border, ...body, ...(body.length === 0 ? [] : [border]), ""].join("\n");
}

function painted(
  text: string,
  row: number,
  column: number,
  lines: readonly TestLine[],
  { good, bad, warn, strong }: Paint,
): string {
  if (row === 0) return strong(text);
  if (column !== 4) return text;
  return { Pass: good, Fail: bad, Skip: warn, Warn: warn, Error: bad }[(lines[row - 1] as TestLine).result](text);
}

function headersOf(isDetailed: boolean): readonly string[] {
  return isDetailed ? [...HEADERS, "MESSAGE"] : HEADERS;
}

function cellsOf(line: TestLine, index: number, isDetailed: boolean): readonly string[] {
  const cells = [String(index + 1), line.policy, line.rule, line.resource, line.result, line.reason];
  return isDetailed ? [...cells, line.message] : cells;
}

/** The lines in a form for other programs. Ends with a line break. */
export function writeTestReport(lines: readonly TestLine[], format: TestFormat, options: TestReportOptions): string {
  switch (format) {
    case "json":
      return `${writeJson(asValues(lines, options), { indent: 2 })}\n`;
    case "yaml":
      return writeYaml(asValues(lines, options));
    case "markdown":
      return writeMarkdown(lines, options);
    default:
      return writeJUnit(lines, options);
  }
}

function asValues(lines: readonly TestLine[], { isDetailed }: TestReportOptions): Value {
  return lines.map((line, index) => ({
    ID: index + 1,
    POLICY: line.policy,
    RULE: line.rule,
    RESOURCE: line.resource,
    RESULT: line.result,
    REASON: line.reason,
    ...(isDetailed ? { Message: line.message } : {}),
    ...(line.explained === undefined ? {} : { EXPLANATION: line.explained.map(encodeTrace) }),
  }));
}

function writeMarkdown(lines: readonly TestLine[], { isDetailed }: TestReportOptions): string {
  const headers = headersOf(isDetailed);
  const rows = lines.map((line, index) => cellsOf(line, index, isDetailed).map(markdownCell));
  const written = [headers, headers.map(() => "----"), ...rows].map((row) => `| ${row.join(" | ")} |`);
  return `${written.join("\n")}\n`;
}

function markdownCell(text: string): string {
  return printable(text).replaceAll("\\", "\\\\").replaceAll("|", "\\|").replaceAll("<", "&lt;");
}

function writeJUnit(lines: readonly TestLine[], { isDetailed }: TestReportOptions): string {
  const suites = Map.groupBy(lines, (line) => line.policy);
  const failures = (of: readonly TestLine[]): number => of.filter((line) => line.result === "Fail").length;
  const written = [...suites].flatMap(([policy, own]) => [
    ` <testsuite name="${xml(policy)}" tests="${own.length}" failures="${failures(own)}">`,
    ...own.flatMap((line) => writeJUnitCase(line, isDetailed)),
    " </testsuite>",
  ]);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites tests="${lines.length}" failures="${failures(lines)}">`,
    ...written,
    "</testsuites>",
    "",
  ].join("\n");
}

function writeJUnitCase(line: TestLine, isDetailed: boolean): readonly string[] {
  const facts = [
    `Policy: ${line.policy}`,
    `Rule: ${line.rule}`,
    `Resource: ${line.resource}`,
    `Result: ${line.result}`,
    `Reason: ${line.reason}`,
    ...(isDetailed ? [`Message: ${line.message}`] : []),
  ].map((fact) => `    ${xml(fact)}`);
  const tag =
    line.result === "Fail"
      ? `failure message="${xml(line.reason)}"`
      : line.result === "Skip"
        ? "skipped"
        : "system-out";
  return [
    `  <testcase classname="${xml(line.rule)}" name="${xml(line.resource)}">`,
    `   <${tag}>`,
    ...facts,
    `   </${tag.split(" ", 1)[0]}>`,
    "  </testcase>",
  ];
}

function xml(text: string): string {
  return printable(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
