/** `amap apply` and `amap test` with cleanup policies and with GlobalContextEntries. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { listOf, readYaml, textOf } from "../base/index.ts";
import { createCliRunner, type Ended, writeTree } from "../testing/cli-runner.ts";
import { runCli } from "./run-cli.ts";
import { VERBS } from "./verbs.ts";

const runAmap = createCliRunner((words, shell) => runCli(words, shell, VERBS));
const folder = mkdtempSync(join(tmpdir(), "amap-cleanup-"));
const at = (...names: readonly string[]): string => join(folder, ...names);

const cleanup = (spec: string, metadata = "{name: tidy}", schedule = "0 3 * * *"): string =>
  `apiVersion: kyverno.io/v2\nkind: ${metadata.includes("namespace") ? "CleanupPolicy" : "ClusterCleanupPolicy"}\nmetadata: ${metadata}\nspec:\n  schedule: "${schedule}"\n  match: {any: [{resources: {kinds: [Pod]}}]}\n${spec}`;
const pod = (name: string, phase: string, namespace = "shop"): string =>
  `apiVersion: v1\nkind: Pod\nmetadata: {name: ${name}, namespace: ${namespace}}\nspec: {containers: [{name: a, image: "nginx:1.27"}]}\nstatus: {phase: ${phase}}\n`;
const DONE = `  conditions: {all: [{key: "{{ target.status.phase }}", operator: Equals, value: Succeeded}]}\n`;

const LISTED = `  context: [{name: kept, configMap: {name: kept, namespace: shop}}]
  conditions: {all: [{key: "{{ target.metadata.name }}", operator: AnyNotIn, value: "{{ split(kept.data.pods, ',') }}"}]}
`;
const KEPT =
  "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: kept, namespace: shop}\ndata: {pods: 'running,other'}\n";

const TEST = (results: string, policies = "cleanup.yaml", more = ""): string =>
  `apiVersion: cli.kyverno.io/v1alpha1\nkind: Test\nmetadata: {name: t}\npolicies: [../${policies}]\nresources: [../pods.yaml]\n${more}results:\n${results}`;
const row = (name: string, result: string, more = ""): string =>
  `- {policy: tidy, kind: Pod, resources: [${name}], result: ${result}${more}}\n`;

const USES_GLOBAL = `apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: few}
spec:
  rules:
  - name: few
    match: {any: [{resources: {kinds: [Pod]}}]}
    context: [{name: count, globalReference: {name: pods.count}}]
    validate:
      failureAction: Enforce
      message: "there are {{ count }}"
      deny: {conditions: {any: [{key: "{{ count }}", operator: GreaterThan, value: 2}]}}
`;
const ENTRY = (spec: string): string =>
  `apiVersion: kyverno.io/v2\nkind: GlobalContextEntry\nmetadata: {name: pods}\nspec:\n${spec}\n  projections: [{name: count, jmesPath: "length(@)"}]\n`;
const OF_PODS = ENTRY("  kubernetesResource: {version: v1, resource: pods, namespace: shop}");

before(() => {
  writeTree(folder, {
    "cleanup.yaml": cleanup(DONE),
    "of-shop.yaml": cleanup("", "{name: tidy, namespace: shop}"),
    "never.yaml": cleanup(DONE, "{name: tidy}", "@midnight"),
    "broken.yaml": cleanup('  conditions: {all: [{key: "{{ target.none.deep }}", operator: Equals, value: a}]}\n'),
    "not-valid.yaml": cleanup('  conditions: {all: [{key: "{{ a[ }}", operator: Equals, value: a}]}\n'),
    "misspelt.yaml": cleanup("  condtions: {}\n"),
    "listed.yaml": cleanup(LISTED),
    "too-many.yaml": `${cleanup('  context: [{name: count, globalReference: {name: pods.count}}]\n  conditions: {all: [{key: "{{ count }}", operator: GreaterThan, value: 2}]}\n')}---\n${OF_PODS}`,
    "unscored.yaml": cleanup(DONE, '{name: tidy, annotations: {policies.kyverno.io/scored: "false"}}'),
    "done.yaml": pod("done", "Succeeded"),
    "pods.yaml": `${pod("done", "Succeeded")}---\n${pod("running", "Running")}`,
    "elsewhere.yaml": pod("far", "Succeeded", "base"),
    "with-map.yaml": `${pod("done", "Succeeded")}---\n${pod("running", "Running")}---\n${KEPT}`,
    "passes/kyverno-test.yaml": TEST(row("done", "pass") + row("running", "fail")),
    "fails/kyverno-test.yaml": TEST(row("done", "fail")),
    "named/kyverno-test.yaml": TEST(row("done", "pass", ", rule: tidy")),
    "operation/kyverno-test.yaml": TEST(row("done", "pass", ", operation: DELETE")),
    "global.yaml": `${USES_GLOBAL}---\n${OF_PODS}`,
    "service.yaml": `${USES_GLOBAL}---\n${ENTRY('  apiCall: {service: {url: "https://a.example/pods"}}')}`,
    "many.yaml": `${pod("a", "Running")}---\n${pod("b", "Running")}---\n${pod("c", "Running")}`,
    "entry.yaml": OF_PODS,
    "policy.yaml": USES_GLOBAL,
    "mocked/kyverno-test.yaml":
      "apiVersion: cli.kyverno.io/v1alpha1\nkind: Test\nmetadata: {name: t}\npolicies: [../global.yaml]\nresources: [../pods.yaml]\n" +
      'globalContextEntries: [{name: pods, resources: [{kind: Pod}, {kind: Pod}, {kind: Pod}], projections: [{name: count, path: "length(@)"}]}]\n' +
      "results:\n- {policy: few, rule: few, kind: Pod, resources: [done], result: fail}\n",
    "from-objects/kyverno-test.yaml":
      "apiVersion: cli.kyverno.io/v1alpha1\nkind: Test\nmetadata: {name: t}\npolicies: [../global.yaml]\nresources: [../pods.yaml]\nclusterResources: [cluster.yaml]\n" +
      "results:\n- {policy: few, rule: few, kind: Pod, resources: [done], result: pass}\n",
    "from-objects/cluster.yaml":
      "apiVersion: cli.kyverno.io/v1alpha1\nkind: ClusterResource\nmetadata: {name: c}\nspec: {resources: []}\n",
  });
});
after(() => rmSync(folder, { recursive: true }));

async function apply(exit: number, policy: string, objects: string, ...more: readonly string[]): Promise<Ended> {
  const ended = await runAmap(["apply", at(policy), "-r", at(objects), ...more]);
  assert.equal(ended.exit, exit, ended.stderr + ended.stdout);
  return ended;
}

describe("amap apply with cleanup policies", () => {
  it("says which objects would be deleted, and counts the others as failures", async () => {
    const { stdout, stderr } = await apply(1, "cleanup.yaml", "pods.yaml");
    assert.match(stdout, /Applying 1 policy rule\(s\) to 2 resource\(s\)/);
    assert.match(
      stdout,
      /policy tidy -> resource shop\/Pod\/running failed:\n1 - tidy resource did not match: a condition/,
    );
    assert.match(stdout, /pass: 1, fail: 1, warn: 0, error: 0, skip: 0/);
    assert.match(
      stderr,
      /cleanup policy tidy: in a cluster it would run next at \d{4}-\d\d-\d\dT03:00:00Z \(0 3 \* \* \*\)/,
    );
  });

  it("ends with 0 when all of them would be", async () => {
    const { stdout } = await apply(0, "cleanup.yaml", "done.yaml");
    assert.match(stdout, /pass: 1, fail: 0/);
  });

  it("a policy of a namespace looks at no other", async () => {
    assert.match((await apply(0, "of-shop.yaml", "done.yaml")).stdout, /pass: 1/);
    assert.match((await apply(1, "of-shop.yaml", "elsewhere.yaml")).stdout, /the object is not in the namespace/);
  });

  it("a condition that fails is an error", async () => {
    const { stdout } = await apply(1, "broken.yaml", "done.yaml");
    assert.match(
      stdout,
      /error while applying deletion policy tidy -> resource shop\/Pod\/done\nerror: failed to subst/,
    );
    assert.match(stdout, /error: 1/);
  });

  it("context entries see the given objects", async () => {
    const { stdout } = await apply(1, "listed.yaml", "with-map.yaml");
    assert.match(stdout, /pass: 1, fail: 2, warn: 0, error: 0/);
  });

  it("a schedule that never runs is a warning", async () => {
    const { stderr } = await apply(0, "never.yaml", "done.yaml");
    assert.match(stderr, /warning: policy tidy: .*spec.schedule never runs: Kyverno accepts @midnight/);
    assert.doesNotMatch(stderr, /run next/);
  });

  it("a policy that is not scored fails all the same, as in Kyverno", async () => {
    assert.match((await apply(1, "unscored.yaml", "pods.yaml")).stdout, /pass: 1, fail: 1, warn: 0/);
  });

  it("an expression that does not parse and a misspelt field are errors", async () => {
    assert.match(
      (await apply(1, "not-valid.yaml", "done.yaml")).stderr,
      /policy tidy is not applied: .*spec.conditions/,
    );
    assert.match((await apply(1, "misspelt.yaml", "done.yaml")).stderr, /condtions.*did you mean.*conditions/i);
  });

  it("a report has a result for each object", async () => {
    const { stdout } = await apply(1, "cleanup.yaml", "pods.yaml", "-p", "--output-format", "json");
    const [first] = readYaml(stdout);
    const results = listOf(first, "results").map((each) => [textOf(each, "rule"), textOf(each, "result")]);
    assert.deepEqual(results, [
      ["tidy", "pass"],
      ["tidy", "fail"],
    ]);
  });
});

async function runTest(exit: number, name: string): Promise<string> {
  const ended = await runAmap(["test", at(name)]);
  assert.equal(ended.exit, exit, ended.stderr + ended.stdout);
  return ended.stdout;
}

describe("amap test with cleanup policies", () => {
  it("pass means that the object would be deleted", async () => {
    assert.match(await runTest(0, "passes"), /v1\/Pod\/shop\/running │ Pass +│ Ok/);
    await runTest(0, "named");
  });

  it("the other result fails", async () => void (await runTest(1, "fails")));

  it("no request leads to a cleanup: a result for an operation finds nothing", async () => {
    await runTest(1, "operation");
  });
});

describe("GlobalContextEntries among the policies", () => {
  it("are made of the given objects", async () => {
    assert.match((await apply(0, "global.yaml", "pods.yaml")).stdout, /pass: 2, fail: 0/);
    assert.match((await apply(1, "global.yaml", "many.yaml")).stdout, /there are 3[^]*pass: 0, fail: 3/);
  });

  it("are what cleanup policies see", async () => {
    assert.match((await apply(1, "too-many.yaml", "pods.yaml")).stdout, /pass: 0, fail: 2, warn: 0, error: 0/);
    assert.match((await apply(0, "too-many.yaml", "many.yaml")).stdout, /pass: 3, fail: 0, warn: 0, error: 0/);
  });

  it("a service that nobody asks is an error that says so", async () => {
    const { stdout } = await apply(1, "service.yaml", "done.yaml");
    assert.match(stdout, /GlobalContextEntry pods: http.get cannot be answered here: nothing looks up http facts/);
  });

  it("in a test mocks stand before them, and cluster resources are what they are made of", async () => {
    await runTest(0, "mocked");
    await runTest(0, "from-objects");
  });
});
