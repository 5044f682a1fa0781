import assert from "node:assert/strict";
import { test } from "node:test";
import { judgeVexValidation, type VexVerdict } from "./vex-validation.ts";

type Found = Parameters<typeof judgeVexValidation>[0];

const found = (severity: "error" | "warning" | "note"): Found["findings"] => [
  { rule: "r", severity, path: "", message: "", fix: "" },
];
const unrun = (group: Found["notRun"][number]["group"]): Found["notRun"] => [{ test: "t", group, reason: "" }];

const rows: readonly (readonly [name: string, Partial<Found>, plain: VexVerdict, strict: VexVerdict])[] = [
  ["nothing", {}, "valid", "valid"],
  ["a note", { findings: found("note") }, "valid", "valid"],
  ["a warning", { findings: found("warning") }, "valid", "invalid"],
  ["an error", { findings: found("error") }, "invalid", "invalid"],
  ["an informative test not run", { notRun: unrun("informative") }, "valid", "valid"],
  ["a mandatory test not run", { notRun: unrun("mandatory") }, "valid as far as tested", "valid as far as tested"],
  ["that and an error", { notRun: unrun("mandatory"), findings: found("error") }, "invalid", "invalid"],
  [
    "that and a warning",
    { notRun: unrun("mandatory"), findings: found("warning") },
    "valid as far as tested",
    "invalid",
  ],
];
for (const [name, more, plain, strict] of rows) {
  test(`the verdict on a document: ${name}`, () => {
    const validation = { findings: [], notRun: [], ...more };
    assert.deepEqual([judgeVexValidation(validation, false), judgeVexValidation(validation, true)], [plain, strict]);
  });
}
