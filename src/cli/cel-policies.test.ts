/** `amap apply` and `amap test` over policies of the CEL kinds and Kubernetes' own, each with its bad twin. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { listOf, memberOf, readYaml, textOf } from "../base/index.ts";
import { createCliRunner, type Ended, writeTree } from "../testing/cli-runner.ts";
import { runCli } from "./run-cli.ts";
import { VERBS } from "./verbs.ts";

const runAmap = createCliRunner((words, shell) => runCli(words, shell, VERBS));
const folder = mkdtempSync(join(tmpdir(), "amap-cel-policies-"));
const at = (...names: readonly string[]): string => join(folder, ...names);

const match = (resource: string, group = ""): string =>
  `  matchConstraints: {resourceRules: [{apiGroups: ["${group}"], apiVersions: [v1], operations: [CREATE, UPDATE, DELETE], resources: [${resource}]}]}\n`;
const kyverno = (kind: string, name: string, spec: string): string =>
  `apiVersion: policies.kyverno.io/v1\nkind: ${kind}\nmetadata: {name: ${name}}\nspec:\n${spec}`;
const OWNED = kyverno(
  "ValidatingPolicy",
  "owned",
  `${match("configmaps")}  validations: [{expression: "object.metadata.?labels.?owner.hasValue()", message: "who owns it?"}]\n`,
);
const ADMISSION = (extra: string): string =>
  `apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\nmetadata: {name: sized}\nspec:\n${match("configmaps")}${extra}`;
const BINDING = (more: string): string =>
  `apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicyBinding\nmetadata: {name: bound}\nspec: {policyName: sized, validationActions: [Deny]${more}}\n`;
const config = (name: string, labels = "{}", more = ""): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: shop, labels: ${labels}}\ndata: {a: b}\n${more}`;

const FILES = {
  "owned.yaml": OWNED,
  "broken.yaml": OWNED.replace("hasValue()", "hasValu()"),
  "misspelt.yaml": OWNED.replace("validations:", "validation:"),
  "unscored.yaml": OWNED.replace("{name: owned}", '{name: owned, annotations: {policies.kyverno.io/scored: "false"}}'),
  "audited.yaml": OWNED.replace("spec:\n", "spec:\n  validationActions: [Audit]\n"),
  "good.yaml": config("good", "{owner: shop}"),
  "bad.yaml": config("bad"),
  "sized.yaml": `${ADMISSION(
    '  paramKind: {apiVersion: v1, kind: ConfigMap}\n  validations: [{expression: "size(object.data) <= int(params.data.most)", message: "too much"}]\n',
  )}---\n${BINDING(", paramRef: {name: limits, namespace: shop, parameterNotFoundAction: Deny}")}`,
  "few.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: limits, namespace: shop}\ndata: {most: '0'}\n",
  "many.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: limits, namespace: shop}\ndata: {most: '9'}\n",
  "json.yaml": kyverno(
    "ValidatingPolicy",
    "small",
    '  evaluation: {mode: JSON}\n  validations: [{expression: "object.size * 2.0 <= 10.0", message: "too big"}]\n',
  ),
  "named.yaml": ADMISSION(
    "  validations: [{expression: \"namespaceObject.metadata.labels.tier == 'gold' && has(request.userInfo.username)\"}]\n",
  ),
  "cluster.yaml":
    "apiVersion: cli.kyverno.io/v1alpha1\nkind: ClusterResource\nmetadata: {name: c}\nspec: {resources: [{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {tier: gold}}}]}\n",
  "small.json": '{"size": 3}',
  "big.json": '{"size": 30}',
  "list.json": "[1]",
  "deleting.yaml": kyverno(
    "DeletingPolicy",
    "old",
    `${match("configmaps")}  schedule: "0 0 * * *"\n  conditions: [{name: unowned, expression: "!object.metadata.?labels.?owner.hasValue()"}]\n`,
  ),
  "settings.yaml": kyverno(
    "ValidatingPolicy",
    "settings",
    `${match("configmaps")}  validations: [{expression: 'resource.Get("v1", "configmaps", "shop", "wanted").data.name == object.metadata.name'}]\n`,
  ),
  "context.yaml":
    "apiVersion: cli.kyverno.io/v1alpha1\nkind: Context\nmetadata: {name: c}\nspec: {resources: [{apiVersion: v1, kind: ConfigMap, metadata: {name: wanted, namespace: shop}, data: {name: good}}]}\n",
  "exception.yaml":
    "apiVersion: policies.kyverno.io/v1\nkind: PolicyException\nmetadata: {name: bad, namespace: shop}\nspec: {policyRefs: [{kind: ValidatingPolicy, name: owned}], matchConditions: [{name: bad, expression: \"object.metadata.name == 'bad'\"}]}\n",
  "mutating.yaml": kyverno(
    "MutatingPolicy",
    "teamed",
    `${match("configmaps")}  mutations: [{patchType: ApplyConfiguration, applyConfiguration: {expression: 'Object{metadata: Object.metadata{labels: Object.metadata.labels{owner: "team"}}}'}}]\n`,
  ),
  "second.yaml": kyverno(
    "MutatingPolicy",
    "second",
    `${match("configmaps")}  mutations: [{patchType: ApplyConfiguration, applyConfiguration: {expression: 'Object{metadata: Object.metadata{labels: Object.metadata.labels{also: object.metadata.labels.owner}}}'}}]\n`,
  ),
  "both.yaml": config("bad", "{owner: team, also: team}"),
  "generating.yaml": kyverno(
    "GeneratingPolicy",
    "copied",
    `${match("configmaps")}  generate: [{expression: 'generator.Apply("copies", [{"apiVersion": dyn("v1"), "kind": dyn("Secret"), "metadata": dyn({"name": object.metadata.name})}])'}]\n`,
  ),
};

before(() => writeTree(folder, FILES));
after(() => rmSync(folder, { recursive: true, force: true }));

async function run(exit: number, ...words: readonly string[]): Promise<Ended> {
  const ended = await runAmap(words);
  assert.equal(ended.exit, exit, `${words.join(" ")}\n${ended.stderr}${ended.stdout}`);
  return ended;
}

describe("apply of the CEL kinds", () => {
  const on = (policy: string, object: string, ...more: readonly string[]): readonly string[] => [
    at(policy),
    "-r",
    at(object),
    ...more,
  ];
  const table: readonly (readonly [name: string, exit: number, words: readonly string[], shown: RegExp])[] = [
    ["a ValidatingPolicy that holds", 0, on("owned.yaml", "good.yaml"), /Applying 1 policy rule\(s\) to 1 resource/],
    [
      "one that does not",
      1,
      on("owned.yaml", "bad.yaml"),
      /policy owned -> resource shop\/ConfigMap\/bad failed:\n1 - {2}who owns it\?/,
    ],
    ["one that is not scored", 0, on("unscored.yaml", "bad.yaml"), /fail: 0, warn: 1/],
    ["one that audits, without --audit-warn", 1, on("audited.yaml", "bad.yaml"), /fail: 1, warn: 0/],
    ["and with it", 0, on("audited.yaml", "bad.yaml", "--audit-warn"), /fail: 0, warn: 1/],
    [
      "an exception",
      0,
      on("owned.yaml", "bad.yaml", "-e", at("exception.yaml")),
      /fail: 0, warn: 0, error: 0, skip: 1/,
    ],
    ["an operation by --set", 1, on("owned.yaml", "good.yaml", "-s", "request.operation=DELETE"), /error: 1/],
    ["params within the limit", 0, on("sized.yaml", "good.yaml", "--parameter-resource", at("many.yaml")), /pass: 1/],
    [
      "params beyond it",
      1,
      on("sized.yaml", "good.yaml", "--parameter-resource", at("few.yaml")),
      /1 - sized too much/,
    ],
    ["no params", 1, on("sized.yaml", "good.yaml"), /pass: 0, fail: 0, warn: 0, error: 1/],
    ["a small payload", 0, [at("json.yaml"), "--json", at("small.json")], /to 1 resource[^]*pass: 1/],
    [
      "a big one",
      1,
      [at("json.yaml"), "--json", at("big.json")],
      /policy small -> resource JSON payload failed:\n1 - {2}too big/,
    ],
    [
      "what the context file gives",
      0,
      on("settings.yaml", "good.yaml", "--context-file", at("context.yaml")),
      /pass: 1/,
    ],
    ["and gives otherwise", 1, on("settings.yaml", "bad.yaml", "--context-file", at("context.yaml")), /fail: 1/],
    ["a DeletingPolicy that would delete", 0, on("deleting.yaml", "bad.yaml"), /pass: 1/],
    ["and would not", 1, on("deleting.yaml", "good.yaml"), /1 - old resource did not match/],
    [
      "a mutation",
      0,
      on("mutating.yaml", "bad.yaml"),
      /policy teamed applied to shop\/ConfigMap\/bad:[^]*owner: "?team/,
    ],
    ["a mutation before a validation", 0, [at("owned.yaml"), ...on("mutating.yaml", "bad.yaml")], /pass: 2/],
    [
      "what is generated",
      0,
      on("generating.yaml", "good.yaml"),
      /policy copied applied to[^]*kind: Secret[^]*namespace: copies/,
    ],
  ];
  for (const [name, exit, words, shown] of table) {
    it(name, async () => assert.match((await run(exit, "apply", ...words)).stdout, shown));
  }

  it("says that a payload is not judged", async () => {
    const { stderr } = await run(0, "apply", at("owned.yaml"), "--json", at("small.json"));
    assert.match(stderr, /small\.json: no policy judges it/);
  });

  const refused: readonly (readonly [name: string, exit: number, words: readonly string[], shown: RegExp])[] = [
    [
      "an expression that cannot be compiled",
      1,
      on("broken.yaml", "good.yaml"),
      /broken\.yaml:\d+:\d+: spec\.validations\[0\]\.expression: .*hasValu/,
    ],
    ["a misspelt field", 1, on("misspelt.yaml", "good.yaml"), /spec\.validation: .*validations/],
    ["a payload that is no object", 2, [at("json.yaml"), "--json", at("list.json")], /list\.json: expected an object/],
    ["a payload that is not there", 2, [at("json.yaml"), "--json", at("none.json")], /none\.json/],
  ];
  for (const [name, exit, words, shown] of refused) {
    it(`refuses ${name}`, async () => assert.match((await run(exit, "apply", ...words)).stderr, shown));
  }

  it("reports as other policies", async () => {
    const { stdout } = await run(1, "apply", ...on("owned.yaml", "bad.yaml"), "-p");
    const [report] = readYaml(stdout);
    const [result] = listOf(report ?? null, "results");
    assert.deepEqual(
      [textOf(result, "policy"), textOf(result, "result"), textOf(result, "message")],
      ["owned", "fail", "who owns it?"],
    );
    assert.deepEqual(
      [memberOf(result ?? null, "rule"), textOf(result, "source")],
      [undefined, "KyvernoValidatingPolicy"],
    );
    assert.deepEqual(memberOf(memberOf(result, "properties"), "process"), "background scan");
  });

  it("makes exceptions that hold", async () => {
    const { stdout } = await run(1, "apply", ...on("owned.yaml", "bad.yaml"), "--generate-exceptions");
    writeTree(folder, { "generated.yaml": stdout });
    await run(0, "apply", ...on("owned.yaml", "bad.yaml"), "-e", at("generated.yaml"));
    writeTree(folder, { "other.yaml": stdout.replaceAll("bad", "worse") });
    await run(1, "apply", ...on("owned.yaml", "bad.yaml"), "-e", at("other.yaml"));
  });

  it("explains", async () => {
    const { stderr, stdout } = await run(1, "apply", ...on("owned.yaml", "bad.yaml"), "--explain");
    assert.match(`${stderr}${stdout}`, /owned[^]*object\.metadata\.\?labels\.\?owner\.hasValue\(\)/);
  });
});

const test = (policies: string, given: string, results: string): string =>
  `apiVersion: cli.kyverno.io/v1alpha1\nkind: Test\nmetadata: {name: t}\npolicies: [${policies}]\n${given}results:\n${results}`;
const BOTH = "resources: [good.yaml, bad.yaml]\n";

describe("test of the CEL kinds", () => {
  const owned = (result: string, name: string): string =>
    `- {policy: owned, kind: ConfigMap, resources: [${name}], result: ${result}}\n`;
  const table: readonly (readonly [name: string, exit: number, file: string, shown: RegExp])[] = [
    ["a result that is met", 0, test("owned.yaml", BOTH, `${owned("pass", "good")}${owned("fail", "shop/bad")}`), /Ok/],
    ["one that is not", 1, test("owned.yaml", BOTH, owned("pass", "bad")), /Want pass, got fail/],
    [
      "a rule that is named counts for nothing",
      0,
      test("owned.yaml", BOTH, "- {policy: owned, rule: any, resources: [good], result: pass}\n"),
      /Ok/,
    ],
    ["a failure that is not scored is a warning", 0, test("unscored.yaml", BOTH, owned("warn", "bad")), /Ok/],
    ["and no failure", 1, test("unscored.yaml", BOTH, owned("fail", "bad")), /Want fail, got warn/],
    ["an exception", 0, test("owned.yaml", `${BOTH}exceptions: [exception.yaml]\n`, owned("skip", "bad")), /Ok/],
    [
      "and not for another object",
      1,
      test("owned.yaml", `${BOTH}exceptions: [exception.yaml]\n`, owned("skip", "good")),
      /Want skip, got pass/,
    ],
    [
      "params",
      0,
      test(
        "sized.yaml",
        "resources: [good.yaml]\nparamResources: [many.yaml]\n",
        "- {policy: sized, resources: [good], result: pass}\n",
      ),
      /Ok/,
    ],
    [
      "params of another limit",
      1,
      test(
        "sized.yaml",
        "resources: [good.yaml]\nparamResources: [few.yaml]\n",
        "- {policy: sized, resources: [good], result: pass}\n",
      ),
      /Want pass, got fail/,
    ],
    [
      "a payload",
      0,
      test("json.yaml", "jsonPayloads: [small.json]\n", "- {policy: small, result: pass}\n"),
      /small\.json[^]*Ok/,
    ],
    [
      "a payload of another size",
      1,
      test("json.yaml", "jsonPayload: big.json\n", "- {policy: small, result: pass}\n"),
      /Want pass, got fail/,
    ],
    [
      "a context file",
      0,
      test(
        "settings.yaml",
        `${BOTH}context: context.yaml\n`,
        "- {policy: settings, resources: [good], result: pass}\n- {policy: settings, resources: [bad], result: fail}\n",
      ),
      /Ok/,
    ],
    [
      "objects of the test are none of the cluster",
      1,
      test("settings.yaml", BOTH, "- {policy: settings, resources: [good], result: fail}\n"),
      /Want fail, got error/,
    ],
    [
      "an operation",
      0,
      test("owned.yaml", BOTH, "- {policy: owned, resources: [good], operation: DELETE, result: error}\n"),
      /Ok/,
    ],
    [
      "a patched object",
      0,
      test(
        "mutating.yaml",
        "resources: [bad.yaml]\n",
        "- {policy: teamed, resources: [bad], result: pass, patchedResources: patched.yaml}\n",
      ),
      /Ok/,
    ],
    [
      "another one",
      1,
      test(
        "mutating.yaml",
        "resources: [bad.yaml]\n",
        "- {policy: teamed, resources: [bad], result: pass, patchedResources: bad.yaml}\n",
      ),
      /Resource diff/,
    ],
    [
      "a generated object",
      0,
      test(
        "generating.yaml",
        "resources: [good.yaml]\n",
        "- {policy: copied, resources: [good], result: pass, generatedResource: copy.yaml}\n",
      ),
      /Ok/,
    ],
    [
      "objects as all mutating policies left them",
      0,
      test(
        "mutating.yaml, second.yaml",
        "resources: [bad.yaml]\n",
        "- {policy: teamed, resources: [bad], result: pass, patchedResources: both.yaml}\n- {policy: second, resources: [bad], result: pass, patchedResources: both.yaml}\n",
      ),
      /Ok/,
    ],
    [
      "and not as the first one left them",
      1,
      test(
        "mutating.yaml, second.yaml",
        "resources: [bad.yaml]\n",
        "- {policy: teamed, resources: [bad], result: pass, patchedResources: patched.yaml}\n",
      ),
      /Resource diff/,
    ],
    [
      "a policy that is not about the object",
      1,
      test("owned.yaml", "resources: [copy.yaml]\n", "- {policy: owned, resources: [good], result: pass}\n"),
      /Not found/,
    ],
    [
      "the Namespace of the cluster resources",
      0,
      test(
        "named.yaml",
        `${BOTH}clusterResources: [cluster.yaml]\n`,
        "- {policy: sized, resources: [good], result: pass}\n",
      ),
      /Ok/,
    ],
    ["and none", 1, test("named.yaml", BOTH, "- {policy: sized, resources: [good], result: pass}\n"), /got error/],
    ["a policy that is not valid", 2, test("broken.yaml", BOTH, owned("fail", "bad")), /hasValu/],
  ];
  for (const [name, exit, file, shown] of table) {
    it(name, async () => {
      const patched = config("bad", "{owner: team}");
      const copy = "apiVersion: v1\nkind: Secret\nmetadata: {name: good, namespace: copies}\n";
      writeTree(folder, {
        [`${name}/kyverno-test.yaml`]: file,
        [`${name}/patched.yaml`]: patched,
        [`${name}/copy.yaml`]: copy,
      });
      writeTree(join(folder, name), FILES);
      const ended = await run(exit, "test", at(name), "--detailed-results");
      assert.match(`${ended.stdout}${ended.stderr}`, shown);
    });
  }
});
