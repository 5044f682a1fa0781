import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { decodeSastPredicate } from "../metadata/index.ts";
import { createCliRunner } from "../testing/cli-runner.ts";
import { runCli } from "./run-cli.ts";
import { VERBS } from "./verbs.ts";

const runAmap = createCliRunner((words, shell) => runCli(words, shell, VERBS));
const folder = mkdtempSync(join(tmpdir(), "amap-sast-"));
after(() => rmSync(folder, { recursive: true, force: true }));

function write(name: string, value: unknown): string {
  const path = join(folder, name);
  writeFileSync(path, JSON.stringify(value));
  return path;
}

const run = (more: object): object => ({
  tool: { driver: { name: "lint" } },
  results: [{ ruleId: "R1", level: "error", message: { text: "bad" } }],
  ...more,
});

describe("sast import", () => {
  it("prints the summary", async () => {
    const ended = await runAmap(["sast", "import", write("good.sarif", { version: "2.1.0", runs: [run({})] })]);
    assert.equal(ended.exit, 0, ended.stderr);
    const summary = JSON.parse(ended.stdout);
    assert.deepEqual([summary.outcome, summary.counts.levels.error], ["findings", 1]);
  });

  it("writes the predicate", async () => {
    const file = join(folder, "predicate.json");
    const sarif = write("again.sarif", { version: "2.1.0", runs: [run({})] });
    const ended = await runAmap(["sast", "import", sarif, "-o", "predicate", "--file", file]);
    assert.equal(ended.exit, 0, ended.stderr);
    assert.ok(decodeSastPredicate(JSON.parse(readFileSync(file, "utf8"))).ok);
  });

  it("tells of a tool that failed", async () => {
    const runs = [run({ results: [], invocations: [{ executionSuccessful: false, exitCode: 2 }] })];
    const ended = await runAmap(["sast", "import", write("failed.sarif", { version: "2.1.0", runs })]);
    assert.match(ended.stderr, /lint failed with exit code 2/);
    assert.equal(JSON.parse(ended.stdout).outcome, "failed");
  });

  it("refuses another format by its name", async () => {
    const ended = await runAmap(["sast", "import", write("bom.json", { bomFormat: "CycloneDX" })]);
    assert.deepEqual([ended.exit, ended.code], [2, "DOCUMENT_INVALID"]);
    assert.match(ended.stderr, /found a CycloneDX document/);
  });
});
