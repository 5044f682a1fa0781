import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { memberOf, textOf, type ValueObject } from "../../base/index.ts";
import { linesOf, say, type TestWorld, valueOf } from "../../testing/kyverno-runs.ts";

describe("generate", () => {
  const namespace = "{apiVersion: v1, kind: Namespace, metadata: {name: shop, uid: u1}}";
  const generate = (body: string): string =>
    `- name: g\n  match: {any: [{resources: {kinds: [Namespace]}}]}\n  generate:\n${body.replaceAll(/^/gm, "    ")}`;
  const head = "apiVersion: v1\nkind: ConfigMap\nname: made\nnamespace: '{{request.object.metadata.name}}'\n";
  test("data, under its names and with the labels of who made it", () => {
    const run = say(
      generate(
        `${head}synchronize: true\ndata: {metadata: {labels: {own: label}}, data: {key: '{{request.object.metadata.name}}'}}`,
      ),
      { object: namespace },
    );
    const [response] = run.responses;
    assert.deepEqual([response?.status, response?.type, response?.message], ["pass", "Generation", ""]);
    const [object] = (response?.generated ?? []) as readonly ValueObject[];
    assert.deepEqual([object?.["kind"], object?.["data"]], ["ConfigMap", { key: "shop" }]);
    const labels = memberOf(memberOf(object, "metadata"), "labels") as ValueObject;
    assert.deepEqual(
      [labels["own"], labels["generate.kyverno.io/policy-name"], labels["generate.kyverno.io/trigger-uid"]],
      ["label", "policy", "u1"],
    );
    const [effect] = run.effects;
    assert.ok(effect?.kind === "generate" && effect.synchronize);
  });
  test("labels of which one is no text are lost", () => {
    const run = say(
      generate(`${head}data: {metadata: {labels: {own: label, length: '{{length(request.object.kind)}}'}}}`),
      {
        object: namespace,
      },
    );
    const labels = memberOf(memberOf(run.responses[0]?.generated?.[0], "metadata"), "labels") as ValueObject;
    assert.deepEqual(
      [labels["own"], labels["length"], labels["generate.kyverno.io/rule-name"]],
      [undefined, undefined, "g"],
    );
  });
  test("a copy is without what belongs to its source alone", () => {
    const source = {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "from", namespace: "base", uid: "s1", resourceVersion: "9", ownerReferences: [{}] },
      data: { a: "b" },
    };
    const run = say(generate(`${head}clone: {namespace: base, name: from}`), {
      object: namespace,
      world: { objectOfKind: () => source },
    });
    const [object] = (run.responses[0]?.generated ?? []) as readonly ValueObject[];
    const metadata = object?.["metadata"] as ValueObject;
    assert.deepEqual(
      [metadata["name"], metadata["namespace"], metadata["uid"], metadata["ownerReferences"]],
      ["made", "shop", undefined, undefined],
    );
    assert.deepEqual(object?.["data"], { a: "b" });
    assert.deepEqual(run.effects[0]?.kind === "generate" ? run.effects[0].source : undefined, source);
  });
  test("without its source nothing is made: as in Kyverno the rule was triggered, and the code says what went wrong", () => {
    const rules = generate(`${head}clone: {namespace: base, name: from}`);
    assert.match(
      linesOf(say(rules, { object: namespace, world: { objectOfKind: () => null } }).responses)[0] ?? "",
      /^g: pass nothing was generated: source resource ConfigMap\/base\/from not found/,
    );
    for (const world of [{}, { objectOfKind: () => null }]) {
      const run = say(rules, { object: namespace, world });
      const [response] = run.responses;
      assert.deepEqual([response?.status, response?.code, response?.generated], ["pass", "FACT_FAILED", undefined]);
      assert.deepEqual(run.effects, []);
    }
  });
  test("cloneList copies every object that is found", () => {
    const item = (kind: string, name: string) => ({
      object: { apiVersion: "v1", kind, metadata: { name, namespace: "base" } },
      subresource: "",
    });
    const world: TestWorld = {
      objectsOfKind: (params) => [item(textOf(params, "kind"), "one"), item(textOf(params, "kind"), "two")],
    };
    const run = say(
      generate(
        "namespace: '{{request.object.metadata.name}}'\ncloneList: {namespace: base, kinds: [v1/Secret, v1/ConfigMap], selector: {matchLabels: {a: b}}}",
      ),
      { object: namespace, world },
    );
    const names = ((run.responses[0]?.generated ?? []) as readonly ValueObject[]).map(
      (each) => `${textOf(each, "kind")}/${textOf(memberOf(each, "metadata"), "name")}`,
    );
    assert.deepEqual(names, ["Secret/one", "Secret/two", "ConfigMap/one", "ConfigMap/two"]);
  });
  test("foreach makes one object for each element", () => {
    const body =
      "foreach:\n- list: \"['a', 'b']\"\n  apiVersion: v1\n  kind: ConfigMap\n  name: 'made-{{element}}'\n  namespace: shop\n  data: {data: {at: '{{elementIndex}}'}}";
    const names = (
      (say(generate(body), { object: namespace }).responses[0]?.generated ?? []) as readonly ValueObject[]
    ).map((each) => (each["metadata"] as ValueObject)["name"]);
    assert.deepEqual(names, ["made-a", "made-b"]);
  });
  test("an object that no longer matches is a fail: what was generated goes", () => {
    const rules = generate(`${head}data: {}`);
    const run = say(rules, { input: { object: null, oldObject: valueOf(namespace), operation: "DELETE" } });
    assert.deepEqual(linesOf(run.responses), ["g: fail"]);
  });
});
