/** `amap apply --explain`, `amap test --explain`, and what is said of errors unasked. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { listOf, memberOf, readJson, readYaml, textOf, type Value } from "../base/index.ts";
import { createCliRunner, type Ended, writeTree } from "../testing/cli-runner.ts";
import { runCli } from "./run-cli.ts";
import { VERBS } from "./verbs.ts";

const runAmap = createCliRunner((words, shell) => runCli(words, shell, VERBS));
const folder = mkdtempSync(join(tmpdir(), "amap-explain-"));
const at = (...names: readonly string[]): string => join(folder, ...names);

const POLICY = `apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: owner}
spec:
  rules:
  - name: named
    match: {any: [{resources: {kinds: [Pod]}}]}
    preconditions: {all: [{key: "{{ request.operation }}", operator: Equals, value: CREATE}]}
    validate:
      message: who owns it?
      pattern: {metadata: {labels: {owner: "?*"}}}
  - name: typed
    match: {any: [{resources: {kinds: [Pod]}}]}
    validate:
      pattern:
        metadata:
          name: "{{ split(request.object.metadata.annotations.name, '-') }}"
  - name: services
    match: {any: [{resources: {kinds: [Service]}}]}
    validate: {pattern: {kind: Service}}
`;
const POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: web, labels: {app: web}}\nspec: {containers: []}\n";
const result = (rule: string, expected: string): string =>
  `- {policy: owner, rule: ${rule}, kind: Pod, resources: [web], result: ${expected}}\n`;

async function run(exit: number, ...words: readonly string[]): Promise<Ended> {
  const ended = await runAmap(words);
  assert.equal(ended.exit, exit, `${words.join(" ")}\n${ended.stderr}${ended.stdout}`);
  return ended;
}

before(() => {
  writeTree(folder, {
    "policy.yaml": POLICY,
    "misspelt.yaml": POLICY.replace("pattern: {kind: Service}", "patern: {kind: Service}"),
    "pod.yaml": POD,
    "t/kyverno-test.yaml": `apiVersion: cli.kyverno.io/v1alpha1\nkind: Test\nmetadata: {name: t}\npolicies: [../policy.yaml]\nresources: [../pod.yaml]\nresults:\n${result("named", "fail")}${result("typed", "pass")}${result("services", "skip")}`,
  });
});
after(() => rmSync(folder, { recursive: true, force: true }));

const apply = (...flags: readonly string[]): Promise<Ended> =>
  run(1, "apply", at("policy.yaml"), "-r", at("pod.yaml"), ...flags);

describe("amap apply", () => {
  it("--explain says of each rule what happened, with the place in the file", async () => {
    const { stdout } = await apply("--explain");
    assert.match(stdout, /rule named of policy owner, about default\/Pod\/web: fail\n {2}at \S+policy\.yaml:6:5\n/);
    assert.match(stdout, /condition holds: "CREATE" Equals "CREATE" \[spec\.rules\[0\]\.preconditions\.all\[0\]\]/);
    assert.match(stdout, /at \/metadata\/labels\/owner\/: wanted "\?\*", found nothing/);
    assert.match(stdout, /rule services .*: does not apply\n.*policy\.yaml:18:5\n.*\n {4}match\.any\[0\]: the kind/);
    assert.match(stdout, /pass: 0, fail: 1, warn: 0, error: 1, skip: 0/);
  });
  it("explains an error unasked, on standard error, and leaves standard output as it is", async () => {
    const [plain, told] = [await apply(), await apply("--explain")];
    assert.match(
      plain.stderr,
      /policy\.yaml:12:5: rule typed of policy owner, about default\/Pod\/web: EXPRESSION_FAILED/,
    );
    assert.match(
      plain.stderr,
      /has no value \[\S+policy\.yaml:17:11 .*\]\n {4}split\(\) takes a text as argument 1, and here is null, because "annotations" is not there/,
    );
    assert.match(plain.stderr, /\n {6}\| split\(request\.object\.metadata\.annotations\.name, '-'\)\n {6}\| {7}\^\n/);
    assert.doesNotMatch(plain.stdout, /has no value/);
    assert.match(plain.stdout, /error: variable substitution failed: failed to resolve split\(/);
    assert.doesNotMatch(told.stderr, /has no value/);
  });
  it("keeps documents apart: with --policy-report the explanation is a message", async () => {
    const { stdout, stderr } = await apply("--explain", "--policy-report");
    assert.equal(readYaml(stdout).length, 1);
    assert.match(stderr, /rule named of policy owner, about default\/Pod\/web: fail/);
  });
  it("names the line of a policy that is refused", async () => {
    const { stderr } = await run(1, "apply", at("misspelt.yaml"), "-r", at("pod.yaml"));
    assert.match(
      stderr,
      /^error: \S+misspelt\.yaml:20:16: spec\.rules\[2\]\.validate\.patern: policy owner: unknown field/m,
    );
  });
});

describe("amap test", () => {
  it("--explain says of each row what happened", async () => {
    const { stdout } = await run(1, "test", at("t"), "--explain");
    assert.match(stdout, /rule named of policy owner, about default\/Pod\/web: fail/);
    assert.match(stdout, /rule services of policy owner, about default\/Pod\/web: does not apply/);
  });
  it("--explain -o json puts it into the rows", async () => {
    const { stdout } = await run(1, "test", at("t"), "--explain", "-o", "json");
    const rows = readJson(stdout) as readonly Value[];
    const told = rows.map((row) => listOf(row, "EXPLANATION").map((each) => textOf(each, "result")));
    assert.deepEqual(told, [["fail"], ["error"], ["none"]]);
    const steps = listOf(listOf(rows[1], "EXPLANATION")[0], "steps");
    const failed = steps.find((step) => textOf(step, "kind") === "variableFailed");
    assert.match(textOf(failed, "place"), /policy\.yaml:17:11$/);
    assert.equal(memberOf(memberOf(failed, "explanation"), "column"), 7);
  });
  it("explains an error that fails a row unasked, and leaves rows as they are", async () => {
    const { stdout, stderr } = await run(1, "test", at("t"), "-o", "json");
    assert.match(stderr, /rule typed of policy owner, about default\/Pod\/web: EXPRESSION_FAILED/);
    assert.doesNotMatch(stdout, /EXPLANATION/);
  });
});
