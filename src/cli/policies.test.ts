/** `amap apply` and `amap test` on small policies, each with its bad twin. */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { memberOf, readYaml, type Value } from "../base/index.ts";
import { createCliRunner, type Ended, writeTree } from "../testing/cli-runner.ts";
import { runCli } from "./run-cli.ts";
import { VERBS } from "./verbs.ts";

const runAmap = createCliRunner((words, shell) => runCli(words, shell, VERBS));
const folder = mkdtempSync(join(tmpdir(), "amap-policies-"));
const at = (...names: readonly string[]): string => join(folder, ...names);

const policy = (name: string, rule: string, more = ""): string =>
  `apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: ${name}${more}}\nspec:\n  rules:\n  - name: ${name}\n    match: {any: [{resources: {kinds: [Pod]}}]}\n${rule}`;
const pod = (name: string, labels = "{}"): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, labels: ${labels}}\nspec: {containers: [{name: a, image: "nginx:1.27"}]}\n`;

const OWNER = policy(
  "owner",
  '    validate: {message: "who owns it?", failureAction: Enforce, pattern: {metadata: {labels: {owner: "?*"}}}}\n',
);
const AUDITED = policy(
  "audited",
  '    validate: {failureAction: Audit, message: m, pattern: {metadata: {name: "a*"}}}\n',
);
const UNSCORED = policy(
  "unscored",
  '    validate: {failureAction: Enforce, message: m, pattern: {metadata: {name: "a*"}}}\n',
  ', annotations: {policies.kyverno.io/scored: "false"}',
);
const LABELS = policy("label", "    mutate: {patchStrategicMerge: {metadata: {labels: {+(team): shop}}}}\n");
const GENERATES = policy(
  "network",
  "    generate: {apiVersion: v1, kind: ConfigMap, name: '{{request.object.metadata.name}}-settings', namespace: shop, data: {data: {a: b}}}\n",
);

const test = (results: string, more = ""): string =>
  `apiVersion: cli.kyverno.io/v1alpha1\nkind: Test\nmetadata: {name: t}\npolicies: [../policy.yaml]\nresources: [../pods.yaml]\n${more}results:\n${results}`;
const result = (fields: string): string => `- {policy: owner, rule: owner, kind: Pod, ${fields}}\n`;

async function run(exit: number, ...words: readonly string[]): Promise<Ended> {
  const ended = await runAmap(words);
  assert.equal(ended.exit, exit, `${words.join(" ")}\n${ended.stderr}${ended.stdout}`);
  return ended;
}

before(() => {
  writeTree(folder, {
    "policy.yaml": OWNER,
    "pods.yaml": `${pod("good", "{owner: shop}")}---\n${pod("bad")}`,
    "good.yaml": pod("good", "{owner: shop}"),
    "bad.yaml": pod("bad"),
    "audited.yaml": AUDITED,
    "unscored.yaml": UNSCORED,
    "label.yaml": LABELS,
    "generates.yaml": GENERATES,
    "exception.yaml":
      "apiVersion: kyverno.io/v2\nkind: PolicyException\nmetadata: {name: let-bad, namespace: default}\nspec:\n  match: {any: [{resources: {kinds: [Pod], names: [bad]}}]}\n  exceptions: [{policyName: owner, ruleNames: [owner]}]\n",
    "nested/pod.yaml": pod("bad"),
    "nested/deeper/exception.yaml":
      "apiVersion: kyverno.io/v2\nkind: PolicyException\nmetadata: {name: let-bad, namespace: default}\nspec:\n  match: {any: [{resources: {kinds: [Pod]}}]}\n  exceptions: [{policyName: owner, ruleNames: [owner]}]\n",
    "empty/readme.txt": "nothing",
    "escapes.yaml": 'apiVersion: v1\nkind: Pod\nmetadata: {name: "bad\\e[31m", labels: {}}\nspec: {containers: []}\n',
    "unknown-field.yaml": OWNER.replace("pattern", "patern"),
    "not-valid.yaml": OWNER.replace(
      "name: owner\n    match",
      "name: owner\n    mutate: {patchStrategicMerge: {}}\n    match",
    ),
    "values.yaml":
      "apiVersion: cli.kyverno.io/v1alpha1\nkind: Values\nmetadata: {name: v}\nglobalValues: {request.operation: DELETE}\n",
    "deleting.yaml": policy(
      "keep",
      "    validate: {failureAction: Enforce, message: 'no {{request.operation}}', deny: {conditions: {any: [{key: '{{request.operation}}', operator: Equals, value: DELETE}]}}}\n",
    ),
    "passes/kyverno-test.yaml": test(
      result("resources: [good], result: pass") + result("resources: [bad], result: fail"),
    ),
    "fails/kyverno-test.yaml": test(result("resources: [bad], result: pass")),
    "nobody/kyverno-test.yaml": test("- {policy: other, rule: owner, kind: Pod, resources: [bad], result: pass}\n"),
    "excepted/kyverno-test.yaml": test(result("resources: [bad], result: skip"), "exceptions: [../exception.yaml]\n"),
    "mutates/kyverno-test.yaml":
      "policies: [../label.yaml]\nresources: [../good.yaml]\nresults:\n- {policy: label, rule: label, kind: Pod, resources: [good], patchedResources: patched.yaml, result: pass}\n",
    "mutates/patched.yaml": pod("good", "{owner: shop, team: shop}").replace("labels", "namespace: default, labels"),
    "mutates-not/kyverno-test.yaml":
      "policies: [../label.yaml]\nresources: [../good.yaml]\nresults:\n- {policy: label, rule: label, kind: Pod, resources: [good], patchedResources: patched.yaml, result: pass}\n",
    "mutates-not/patched.yaml": pod("good", "{owner: shop, team: other}").replace(
      "labels",
      "namespace: default, labels",
    ),
    "nothing/kyverno-test.yaml": test(result("resources: [bad], result: fail")).replace(
      "resources: [../pods.yaml]",
      "",
    ),
    "typo/kyverno-test.yaml": test("- {policy: owner, rule: onwer, kind: Pod, resources: [bad], result: pass}\n"),
    "typo-object/kyverno-test.yaml": test(result("resources: [bda], result: fail")),
    "no-patched/kyverno-test.yaml":
      "policies: [../label.yaml]\nresources: [../good.yaml]\nresults:\n- {policy: label, rule: label, kind: Pod, resources: [good], patchedResources: ../bad.yaml, result: pass}\n",
    "broken/kyverno-test.yaml": test(result("resources: [bad], rezult: pass")),
  });
});

after(() => rmSync(folder, { recursive: true, force: true }));

describe("apply", () => {
  it("says which rule failed where, and ends with 1; what passes ends with 0", async () => {
    const bad = await run(1, "apply", at("policy.yaml"), "-r", at("pods.yaml"));
    assert.match(
      bad.stdout,
      /policy owner -> resource default\/Pod\/bad failed:\n1 - owner validation error: who owns it\?/,
    );
    assert.match(bad.stdout, /rule owner failed at path \/metadata\/labels\/owner\//);
    assert.match(bad.stdout, /\npass: 1, fail: 1, warn: 0, error: 0, skip: 0 \n/);
    const good = await run(0, "apply", at("policy.yaml"), "-r", at("good.yaml"));
    assert.match(good.stdout, /Applying 3 policy rule\(s\) to 1 resource\(s\)/);
    assert.match(good.stdout, /pass: 1, fail: 0/);
  });

  it("an audit is a warning with --audit-warn, and has the exit code that was asked for", async () => {
    await run(1, "apply", at("audited.yaml"), "-r", at("bad.yaml"));
    const warned = await run(0, "apply", at("audited.yaml"), "-r", at("bad.yaml"), "--audit-warn");
    assert.match(warned.stdout, /failed as audit warning/);
    assert.match(warned.stdout, /warn: 1/);
    await run(3, "apply", at("audited.yaml"), "-r", at("bad.yaml"), "--audit-warn", "--warn-exit-code", "3");
    await run(2, "apply", at("audited.yaml"), "-r", at("bad.yaml"), "--warn-exit-code", "no");
  });

  it("what is not scored warns", async () => {
    assert.match((await run(0, "apply", at("unscored.yaml"), "-r", at("bad.yaml"))).stdout, /fail: 0, warn: 1/);
  });

  it("an exception makes a skip, wherever it stands", async () => {
    const skipped = /pass: 0, fail: 0, warn: 0, error: 0, skip: 1/;
    const words = ["apply", at("policy.yaml"), "-r", at("bad.yaml")];
    assert.match((await run(0, ...words, "-e", at("exception.yaml"))).stdout, skipped);
    const within = ["--exceptions-within-resources", "-r", at("exception.yaml")];
    assert.match((await run(0, ...words, ...within)).stdout, skipped);
    const among = ["apply", at("policy.yaml"), at("exception.yaml"), "-r", at("bad.yaml")];
    await run(1, ...among);
    assert.match((await run(0, ...among, "--exceptions-within-policies")).stdout, skipped);
  });

  it("exceptions hold from files only whose objects are read", async () => {
    await run(1, "apply", at("policy.yaml"), "-r", at("nested"), "--exceptions-within-resources");
  });

  it("no policy is an error, not a pass", async () => {
    assert.equal((await run(2, "apply", at("empty"), "-r", at("bad.yaml"))).code, "POLICY_INVALID");
  });

  it("names of objects cannot drive the terminal", async () => {
    const shown = await run(1, "apply", at("policy.yaml"), "-r", at("escapes.yaml"));
    assert.match(shown.stdout, /default\/Pod\/bad\\u\{1b\}\[31m failed/);
  });

  it("with --stdin what failed is said beside the objects", async () => {
    const piped = await run(1, "apply", at("label.yaml"), at("policy.yaml"), "-r", at("bad.yaml"), "--stdin");
    assert.equal(readYaml(piped.stdout).filter((each) => each !== null).length, 1);
    assert.match(piped.stderr, /owner -> resource default\/Pod\/bad failed[^]*pass: 1, fail: 1/);
  });

  it("prints what it changed and made, or writes it", async () => {
    const shown = await run(0, "apply", at("label.yaml"), "-r", at("good.yaml"));
    assert.match(shown.stdout, /policy label applied to default\/Pod\/good:\napiVersion: v1\n/);
    const piped = await run(0, "apply", at("label.yaml"), "-r", at("good.yaml"), "--stdin");
    const [object = null] = readYaml(piped.stdout);
    assert.deepEqual(memberOf(memberOf(object, "metadata"), "labels"), { owner: "shop", team: "shop" });
    await run(0, "apply", at("generates.yaml"), "-r", at("good.yaml"), "-o", at("made.yaml"));
    assert.match(readFileSync(at("made.yaml"), "utf8"), /kind: ConfigMap[^]*name: good-settings/);
    // Nothing is changed this time: what the earlier run left is gone.
    await run(1, "apply", at("policy.yaml"), "-r", at("bad.yaml"), "-o", at("made.yaml"));
    assert.equal(readFileSync(at("made.yaml"), "utf8"), "");
  });

  it("writes what it changed and made to files in a folder, which no object's name leads out of", async () => {
    const [before, objects] = [readdirSync(folder), at("wicked.yaml")];
    writeTree(folder, { "wicked.yaml": `${pod('"../../wicked"')}---\n${pod("plain")}` });
    for (const output of [at("changed", "new/"), at("changed", "new")]) {
      await run(0, "apply", at("label.yaml"), at("generates.yaml"), "-r", objects, "-o", output);
      const files = readdirSync(at("changed", "new")).sort();
      assert.deepEqual(files, ["__.._wicked-mutated.yaml", "network-generated.yaml", "plain-mutated.yaml"]);
    }
    const made = readYaml(readFileSync(at("changed", "new", "network-generated.yaml"), "utf8"));
    assert.equal(made.filter((each) => each !== null).length, 2);
    assert.deepEqual(readdirSync(folder).sort(), [...before, "changed", "wicked.yaml"].sort());
  });

  it("writes a report and a table", async () => {
    const yaml = readYaml((await run(1, "apply", at("policy.yaml"), "-r", at("pods.yaml"), "-p")).stdout)[0] as {
      readonly kind: string;
      readonly summary: Value;
    };
    assert.deepEqual([yaml.kind, yaml.summary], ["ClusterReport", { error: 0, fail: 1, pass: 1, skip: 0, warn: 0 }]);
    const json = await run(1, "apply", at("policy.yaml"), "-r", at("pods.yaml"), "-p", "--output-format", "json");
    assert.deepEqual((JSON.parse(json.stdout) as typeof yaml).summary, yaml.summary);
    const table = await run(1, "apply", at("policy.yaml"), "-r", at("pods.yaml"), "-t");
    assert.match(table.stdout, /│ 2 {2}│ owner {2}│ owner │ default\/Pod\/bad {2}│ Fail {3}│/);
  });

  it("a broken policy beside good ones: the rest is applied, and it ends with 1", async () => {
    for (const [name, message] of [
      ["unknown-field.yaml", /patern/],
      ["not-valid.yaml", /owner/],
    ] as const) {
      const ended = await run(1, "apply", at(name), at("audited.yaml"), "-r", at("bad.yaml"), "--audit-warn");
      assert.match(ended.stderr, message);
      assert.match(ended.stdout, /warn: 1, error: 1/);
    }
  });

  it("takes values by file or by --set, not both", async () => {
    await run(0, "apply", at("deleting.yaml"), "-r", at("good.yaml"));
    const byFile = await run(1, "apply", at("deleting.yaml"), "-r", at("good.yaml"), "-f", at("values.yaml"));
    assert.match(byFile.stdout, /1 - keep no DELETE/);
    await run(1, "apply", at("deleting.yaml"), "-r", at("good.yaml"), "-s", "request.operation=DELETE");
    await run(2, "apply", at("deleting.yaml"), "-r", at("good.yaml"), "-f", at("values.yaml"), "-s", "a=b");
    await run(2, "apply", at("deleting.yaml"), "-r", at("good.yaml"), "-s", "a");
    await run(2, "apply", at("deleting.yaml"), "-r", at("good.yaml"), "-s", "request.operation=REPLACE");
  });

  it("refuses what it does not support by name, and what is not there", async () => {
    const payload = await run(0, "apply", at("policy.yaml"), "--json", at("good.yaml"));
    assert.match(payload.stderr, /no policy judges it: none has spec.evaluation.mode: JSON/);
    assert.equal((await run(2, "apply", at("policy.yaml"))).code, "USAGE");
    assert.equal((await run(2, "apply", at("nothing.yaml"), "-r", at("good.yaml"))).code, "FILE_NOT_FOUND");
    assert.equal((await run(2, "apply", at("policy.yaml"), "-r", at("nothing.yaml"))).code, "FILE_NOT_FOUND");
  });
});

describe("test", () => {
  const cases: readonly (readonly [name: string, exit: number, shown: RegExp])[] = [
    ["passes", 0, /│ Pass {3}│ Ok/],
    ["fails", 1, /Want pass, got fail/],
    ["nobody", 1, /Not found/],
    ["excepted", 0, /│ Pass {3}│ Ok/],
    ["mutates", 0, /│ Pass {3}│ Ok/],
    ["mutates-not", 1, /Resource diff/],
  ];
  for (const [name, exit, shown] of cases) {
    it(`${name}: ends with ${exit}`, async () => {
      assert.match((await run(exit, "test", at(name))).stdout, shown);
    });
  }

  it("writes its result for other programs", async () => {
    const json = JSON.parse((await run(1, "test", at("fails"), "-o", "json", "--detailed-results")).stdout) as Value;
    assert.deepEqual(json, [
      {
        ID: 1,
        POLICY: "owner",
        RULE: "owner",
        RESOURCE: "v1/Pod/default/bad",
        RESULT: "Fail",
        REASON: "Want pass, got fail",
        Message: "validation error: who owns it?. rule owner failed at path /metadata/labels/owner/",
      },
    ]);
    assert.deepEqual(readYaml((await run(1, "test", at("fails"), "-o", "yaml", "--detailed-results")).stdout), [json]);
    assert.match(
      (await run(1, "test", at("fails"), "-o", "markdown")).stdout,
      /^\| ID \| POLICY[^]*\| Fail \| Want pass/,
    );
    const junit = (await run(1, "test", at("fails"), "-o", "junit")).stdout;
    assert.match(junit, /<testsuites tests="1" failures="1">[^]*<failure message="Want pass, got fail">/);
    await run(2, "test", at("fails"), "-o", "xml");
  });

  it("selects results", async () => {
    const nothing = await run(0, "test", at("fails"), "-t", "policy=other*");
    assert.match(nothing.stderr, /No test yamls available/);
    await run(2, "test", at("fails"), "-t", "policy=other*", "--require-tests");
    await run(2, "test", at("fails"), "-t", "kind=Pod");
    assert.doesNotMatch((await run(0, "test", at("passes"), "-t", "resource=good")).stdout, /Pod\/default\/bad/);
  });

  // Kyverno says nothing of these.
  const silent: readonly (readonly [name: string, warning: RegExp])[] = [
    ["nothing", /nothing was looked at/],
    ["typo", /rule onwer: no rule says pass of/],
    ["typo-object", /there is no object bda/],
    ["no-patched", /was compared with nothing/],
  ];
  for (const [name, warning] of silent) {
    it(`${name}: what nothing was held against is a warning, and an error when asked for`, async () => {
      assert.match((await runAmap(["test", at(name)])).stderr, warning);
      await run(2, "test", at(name), "--warnings-as-errors");
    });
  }

  it("without a result is an error when results are needed", async () => {
    await run(2, "test", at("nothing"), "--require-tests");
  });

  it("shows failed results only", async () => {
    assert.equal((await run(0, "test", at("passes"), "--fail-only")).stdout, "");
    assert.match((await run(1, "test", at("fails"), "--fail-only")).stdout, /Want pass/);
  });

  it("a test that is not understood is an error with its place", async () => {
    const broken = await run(2, "test", at("broken"));
    assert.match(
      broken.stderr,
      /kyverno-test\.yaml:7:61: results\[0\]\.rezult.*\n {2}\| \S+:7:3: results\[0\]\.result: /,
    );
  });
});
