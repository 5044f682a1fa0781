import { parseTestSelector, runTests, type TestReport } from "../../app/index.ts";
import { AmapError } from "../../base/index.ts";
import { TEST_FORMATS, type TestFormat, type TestLine, writeTestReport, writeTestTable } from "../../report/index.ts";
import { choiceOf, declareUnsupported, isOn, textOf } from "../flags.ts";
import type { Flags, Verb, VerbContext } from "../verb.ts";

/** How many results ended how. */
interface Counts {
  passed: number;
  failed: number;
}

/** `amap test`, as Kyverno's: exit code 1 when a result is not the expected one. */
export const test: Verb = {
  positional: ["<folder...>"],
  registry: false,
  declare: (command) => {
    command
      .option("-f, --file-name <name>", "the name of test files", "kyverno-test.yaml")
      .option("-t, --test-case-selector <selector>", "policy=…,rule=…,resource=…", "policy=*,rule=*,resource=*")
      .option("-o, --output-format <format>", "json, yaml, markdown or junit; a table without")
      .option("--fail-only", "show failed results only")
      .option("--remove-color", "no colours")
      .option("--detailed-results", "with the messages of rules")
      .option("--require-tests", "no test is an error")
      .option("--warnings-as-errors", "warnings are errors");
    declareUnsupported(command, ["-b, --git-branch <branch>", "--registry"]);
  },
  run: async (context, folders, flags) => {
    const { terminal, world } = context;
    const format = textOf(flags, "outputFormat");
    if (format !== undefined) choiceOf<TestFormat>(flags, "outputFormat", "--output-format", TEST_FORMATS, "json");
    const select = parseTestSelector(textOf(flags, "testCaseSelector") ?? "");
    const counts: Counts = { passed: 0, failed: 0 };
    const kept: TestLine[] = [];
    const isKept = (row: TestLine): boolean => !isOn(flags, "failOnly") || row.result === "Fail";
    let tests = 0;
    for await (const report of runTests(world, folders, { fileName: textOf(flags, "fileName") ?? "", select })) {
      tests++;
      noteWarnings(context, report, flags);
      count(report, counts);
      const rows = report.rows.filter(isKept);
      // For other programs, and of failures only, it is one document; for people a table a test.
      if (format !== undefined || isOn(flags, "failOnly")) kept.push(...rows);
      else show(context, rows, format, flags);
    }
    if (kept.length > 0 || format !== undefined) show(context, kept, format as TestFormat | undefined, flags);
    if (tests === 0) terminal.note("No test yamls available");
    if (isOn(flags, "requireTests") && counts.passed + counts.failed === 0) {
      throw new AmapError("USAGE", tests === 0 ? "no tests found" : "the tests have no result");
    }
    terminal.note(`Test Summary: ${counts.passed} tests passed and ${counts.failed} tests failed`);
    return counts.failed === 0 ? 0 : 1;
  },
};

function noteWarnings({ terminal }: VerbContext, { path, warnings }: TestReport, flags: Flags): void {
  for (const warning of warnings) terminal.note(`warning: ${path}: ${warning}`);
  if (warnings.length === 0 || !isOn(flags, "warningsAsErrors")) return;
  throw new AmapError("USAGE", `${path}: there are ${warnings.length} warnings, and --warnings-as-errors is set`);
}

function count({ rows }: TestReport, counts: Counts): void {
  for (const row of rows) {
    if (row.result === "Fail") counts.failed++;
    else counts.passed++;
  }
}

function show(
  { terminal }: VerbContext,
  lines: readonly TestLine[],
  format: TestFormat | undefined,
  flags: Flags,
): void {
  const isDetailed = isOn(flags, "detailedResults");
  const paint = isOn(flags, "removeColor") ? {} : { paint: terminal.paint };
  const text =
    format === undefined
      ? writeTestTable(lines, { isDetailed, ...paint })
      : writeTestReport(lines, format, { isDetailed });
  terminal.result(text);
}
