import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { decodeTestResult } from "../metadata/index.ts";
import { createCliChecks, createCliRunner, writeTree } from "../testing/cli-runner.ts";
import { runCli } from "./run-cli.ts";
import { VERBS } from "./verbs.ts";

const { ok, refused } = createCliChecks(createCliRunner((words, shell) => runCli(words, shell, VERBS)));
const folder = mkdtempSync(join(tmpdir(), "amap-test-results-"));
const at = (name: string): string => join(folder, name);
const importing = (...words: readonly string[]): readonly string[] => ["test-results", "import", ...words];

before(() =>
  writeTree(folder, {
    "good.xml": '<testsuite tests="1"><testcase classname="a" name="b"/></testsuite>',
    "bad.xml": '<testsuite><testcase classname="a" name="b"><failure message="no"/></testcase></testsuite>',
    "empty.xml": '<testsuite tests="0"/>',
    "good.tap": "TAP version 14\n1..2\nok 1 - c\nok 2 - d # SKIP later\n",
    "cut.tap": "1..2\nok 1 - c\n",
    "skipped.tap": "1..0 # SKIP nothing here\n",
    "other.json": "{}",
  }),
);
after(() => rmSync(folder, { recursive: true, force: true }));

describe("test-results import", () => {
  const rows: readonly (readonly [string, readonly string[], string, readonly number[]])[] = [
    ["one JUnit report", ["good.xml"], "PASSED", [1, 0, 0, 0]],
    ["reports of both formats", ["good.xml", "good.tap"], "PASSED", [2, 0, 0, 1]],
    ["one that failed beside one that passed, of the same name", ["good.xml", "bad.xml"], "FAILED", [0, 0, 1, 0]],
    ["one that was cut off", ["good.xml", "cut.tap"], "FAILED", [2, 0, 0, 0]],
    ["one without a test beside one that passed", ["good.xml", "empty.xml"], "FAILED", [1, 0, 0, 0]],
    ["one that had nothing to run beside one that passed", ["good.xml", "skipped.tap"], "PASSED", [1, 0, 0, 0]],
    ["nothing but skipped", ["skipped.tap"], "WARNED", [0, 0, 0, 0]],
  ];
  for (const [what, names, result, counts] of rows) {
    it(`sums up ${what}: ${result}`, async () => {
      const summary = JSON.parse((await ok(...importing(...names.map(at)))).stdout);
      assert.deepEqual([summary.result, ...Object.values(summary.counts)], [result, ...counts]);
      const exit = result === "PASSED" ? 0 : 1;
      await refused(exit, undefined as never, ...importing("--require-passed", ...names.map(at)));
    });
  }

  it("writes the predicate with what the run was configured by", async () => {
    const configuration = `https://ci.example/run.yml@sha256:${"ab".repeat(32)}`;
    const words = ["-o", "predicate", "--configuration", configuration, "--url", "https://ci.example/1"];
    await ok(...importing(at("good.xml"), ...words, "--file", at("predicate.json")));
    const decoded = decodeTestResult(JSON.parse(readFileSync(at("predicate.json"), "utf8")));
    assert.ok(decoded.ok);
    assert.deepEqual(decoded.value.configuration, [
      { uri: "https://ci.example/run.yml", digest: { sha256: "ab".repeat(32) } },
    ]);
    assert.equal(decoded.value.url, "https://ci.example/1");
  });

  it("refuses what is no report, by its name", async () => {
    const ended = await refused(2, "DOCUMENT_INVALID", ...importing(at("good.xml"), at("other.json")));
    assert.match(ended.stderr, /other\.json/);
    await refused(2, "DOCUMENT_INVALID", ...importing("--format", "junit", at("good.tap")));
    await refused(2, "USAGE", ...importing("--format", "xunit", at("good.tap")));
    await refused(2, "USAGE", ...importing("--configuration", "run.yml", at("good.tap")));
  });
});
