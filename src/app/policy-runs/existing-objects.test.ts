/** MutatingPolicies with `mutateExisting` that name no targets, in a test with target resources; as in Kyverno's `test`. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { TestResult } from "../../policy/index.ts";
import { createFakeWorld } from "../../testing/fake-world.ts";
import { runTests } from "./run-test.ts";

const map = (name: string, labels = ""): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: default${labels}}\n`;
const FILES = {
  "/t/p.yaml": `apiVersion: policies.kyverno.io/v1
kind: MutatingPolicy
metadata: {name: marked}
spec:
  evaluation: {mutateExisting: {enabled: true}}
  matchConstraints:
    resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}]
  mutations:
  - patchType: ApplyConfiguration
    applyConfiguration: {expression: "Object{metadata: Object.metadata{labels: {'by': request.name}}}"}
`,
  "/t/sent.yaml": map("sent"),
  "/t/there.yaml": map("there"),
  "/t/patched-sent.yaml": map("sent", ", labels: {by: sent}"),
  "/t/patched-there.yaml": map("there", ", labels: {by: sent}"),
};
const testFile = (results: string, targets = "targetResources: [there.yaml]\n"): string =>
  `apiVersion: cli.kyverno.io/v1alpha1\nkind: Test\nmetadata: {name: t}\npolicies: [p.yaml]\nresources: [sent.yaml]\n${targets}results:\n${results}`;
const result = (name: string, patched: string): string =>
  `- {policy: marked, kind: ConfigMap, resources: [${name}], patchedResources: ${patched}, result: pass, isMutatingPolicy: true}\n`;

async function rowsOf(file: string): Promise<readonly string[]> {
  const world = createFakeWorld({ ...FILES, "/t/kyverno-test.yaml": file });
  const select = (each: TestResult): TestResult => each;
  const found: string[] = [];
  for await (const { rows } of runTests(world, ["/t"], { fileName: "kyverno-test.yaml", select })) {
    found.push(...rows.map((row) => `${row.resource} ${row.result}`));
  }
  return found;
}

test("what was sent and what exists are changed, each told of once", async () => {
  const results = result("sent", "patched-sent.yaml") + result("there", "patched-there.yaml");
  assert.deepEqual(await rowsOf(testFile(results)), [
    "v1/ConfigMap/default/sent Pass",
    "v1/ConfigMap/default/there Pass",
  ]);
});

test("what is expected otherwise fails", async () => {
  const results = result("sent", "sent.yaml") + result("there", "there.yaml");
  assert.deepEqual(await rowsOf(testFile(results)), [
    "v1/ConfigMap/default/sent Fail",
    "v1/ConfigMap/default/there Fail",
  ]);
});

test("without target resources only what was sent is changed", async () => {
  assert.deepEqual(await rowsOf(testFile(result("sent", "patched-sent.yaml"), "")), ["v1/ConfigMap/default/sent Pass"]);
});
