import { parseTestSelector, runTests, type TestReport } from "../../app/index.ts";
import { AmapError } from "../../base/index.ts";
import { TEST_FORMATS, type TestFormat, type TestLine, writeTestReport, writeTestTable } from "../../report/index.ts";
import { choiceOf, isOn, textOf } from "../flags.ts";
import type { Flags, Verb, VerbContext } from "../verb.ts";
import { type ExplanationTarget, showExplanations } from "./explanations.ts";

/** How many results ended how. */
interface Counts {
  passed: number;
  failed: number;
}

/** `amap test`, as Kyverno's: exit code 1 when a result is not the expected one. */
export const test: Verb = {
  positional: ["<folder...>"],
  registry: true,
  timesRequests: true,
  // The arguments are folders; images are named by objects.
  imagesOf: () => [],
  declare: (command) => {
    command
      .option("-f, --file-name <name>", "the name of test files", "kyverno-test.yaml")
      .option("-t, --test-case-selector <selector>", "policy=…,rule=…,resource=…", "policy=*,rule=*,resource=*")
      .option("-o, --output-format <format>", "json, yaml, markdown or junit; a table without")
      .option("-b, --git-branch <branch>", "the branch of git repositories among the folders")
      .option("--fail-only", "show failed results only")
      .option("--remove-color", "no colours")
      .option("--detailed-results", "with the messages of rules")
      .option("--explain", "say of each row what happened and why")
      .option("--require-tests", "no test is an error")
      .option("--registry", "ask registries about images, with docker's credentials")
      .option("--warnings-as-errors", "warnings are errors");
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
    const git = { branch: textOf(flags, "gitBranch") ?? "" };
    const explain = isOn(flags, "explain");
    const options = {
      fileName: textOf(flags, "fileName") ?? "",
      select,
      git,
      explain,
      registry: isOn(flags, "registry"),
    };
    for await (const report of runTests(world, folders, options)) {
      tests++;
      noteWarnings(context, report, flags);
      count(report, counts);
      const rows: readonly TestLine[] = report.rows.filter(isKept);
      // For other programs, and of failures only, it is one document; for people a table a test.
      if (format !== undefined || isOn(flags, "failOnly"))
        kept.push(...(explain ? rows : rows.map(withoutExplanation)));
      else show(context, rows, format, flags);
      // JSON and YAML have the explanations in their rows.
      if (!explain || !HOLDS_EXPLANATIONS.has(format ?? ""))
        explainRows(context, rows, { isAsked: explain, isDocument: format !== undefined });
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

/** Formats whose rows hold what happened. */
const HOLDS_EXPLANATIONS: ReadonlySet<string> = new Set(["json", "yaml"]);

function withoutExplanation(line: TestLine): TestLine {
  const { explained: _, ...row } = line;
  return row;
}

/** What happened in rows; unasked only where an error is the reason for a failure. */
function explainRows(context: VerbContext, rows: readonly TestLine[], target: ExplanationTarget): void {
  const told = target.isAsked ? rows : rows.filter(({ result }) => result === "Fail");
  const explained = told.flatMap((row) => row.explained ?? []);
  showExplanations(context, explained, target);
}

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
