import { importTestResults, TEST_REPORT_FORMATS, toJsonBytes } from "../../app/index.ts";
import { decodeUtf8, type Value } from "../../base/index.ts";
import { printable } from "../../report/index.ts";
import { choiceOf, collect, isOn, pathOfInput, refuseSharedInput, textOf, textsOf } from "../flags.ts";
import type { Verb } from "../verb.ts";

/** `amap test-results import`. */
export const testResultsImport: Verb = {
  positional: ["<report...>"],
  registry: false,
  declare: (command) =>
    void command
      .option("--format <format>", `of the reports: ${TEST_REPORT_FORMATS.join(", ")} (default: auto)`)
      .option("--configuration <uri@sha256:…>", "what the run was configured by; may be repeated", collect)
      .option("--url <url>", "where the run can be looked at")
      .option("-o, --output <form>", "summary or predicate (default: summary)")
      .option("--file <file>", "write it there instead of standard output")
      .option("--require-passed", "exit with 1 unless the result is PASSED"),
  run: async ({ world, terminal }, paths, flags) => {
    const format = choiceOf(flags, "format", "--format", TEST_REPORT_FORMATS, "auto");
    const form = choiceOf(flags, "output", "--output", ["summary", "predicate"], "summary");
    refuseSharedInput(paths.map((path) => ["a report", path]));
    const url = textOf(flags, "url");
    const { result, predicate } = await importTestResults(world, paths.map(pathOfInput), {
      format,
      configuration: textsOf(flags, "configuration"),
      ...(url === undefined ? {} : { url }),
    });
    for (const problem of result.problems) terminal.note(printable(problem));
    const { passedTests, warnedTests, failedTests, skippedTests, problems } = result;
    const summary: Value = {
      result: result.result,
      counts: {
        passed: passedTests.length,
        warned: warnedTests.length,
        failed: failedTests.length,
        skipped: skippedTests.length,
      },
      failedTests,
      problems,
    };
    const bytes = toJsonBytes(form === "summary" ? summary : predicate);
    const file = textOf(flags, "file");
    if (file === undefined) terminal.result(decodeUtf8(bytes) ?? "");
    else await world.files.write(file, bytes);
    return isOn(flags, "requirePassed") && result.result !== "PASSED" ? 1 : 0;
  },
};
