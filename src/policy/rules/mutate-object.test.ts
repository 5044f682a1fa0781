import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { memberOf, type Value, type ValueObject } from "../../base/index.ts";
import {
  clusterPolicy,
  IS_POD,
  linesOf,
  POD,
  planOf,
  runPlan,
  say,
  type TestWorld,
  valueOf,
} from "../../testing/kyverno-runs.ts";
import type { PolicyInput } from "../evaluate/input.ts";

describe("mutate", () => {
  const mutate = (body: string, name = "m"): string =>
    `- name: ${name}\n  ${IS_POD}\n  mutate:\n${body.replaceAll(/^/gm, "    ")}\n`;
  const changed = (
    rules: string,
    input: Partial<PolicyInput> = {},
  ): { readonly lines: readonly string[]; readonly object: ValueObject } => {
    const run = say(rules, { input });
    return { lines: linesOf(run.responses), object: run.object as ValueObject };
  };
  test("a strategic merge, and the sentence of it", () => {
    const { lines, object } = changed(
      mutate("patchStrategicMerge: {metadata: {labels: {+(app): x, new: '{{request.object.metadata.name}}'}}}"),
    );
    assert.deepEqual(lines, ["m: pass mutated Pod/web in namespace shop"]);
    assert.deepEqual((object["metadata"] as ValueObject)["labels"], { app: "web", team: "red", new: "web" });
  });
  test("what changes nothing is a skip", () => {
    assert.deepEqual(changed(mutate("patchStrategicMerge: {metadata: {labels: {app: web}}}")).lines, [
      "m: skip no patches applied",
    ]);
  });
  test("a JSON Patch as YAML with a variable", () => {
    const { object } = changed(
      mutate(
        "patchesJson6902: |-\n  - {op: replace, path: /metadata/labels/app, value: '{{request.object.metadata.namespace}}'}",
      ),
    );
    assert.deepEqual((object["metadata"] as ValueObject)["labels"], { app: "shop", team: "red" });
  });
  test("a patch that fails is an error; the rules behind it go on with the object as it was", () => {
    const broken = mutate("patchesJson6902: |-\n  - {op: replace, path: /spec/nothing/x, value: 1}", "broken");
    const { lines, object } = changed(broken + mutate("patchStrategicMerge: {metadata: {labels: {a: b}}}", "fine"));
    assert.match(lines[0] ?? "", /^broken: error failed to patch resource: /);
    assert.equal(lines[1], "fine: pass mutated Pod/web in namespace shop");
    assert.deepEqual((object["metadata"] as ValueObject)["labels"], { app: "web", team: "red", a: "b" });
  });
  test("each rule sees what the one before made", () => {
    const first = mutate("patchStrategicMerge: {metadata: {labels: {step: one}}}", "first");
    const second = mutate(
      "patchStrategicMerge: {metadata: {labels: {seen: '{{request.object.metadata.labels.step}}'}}}",
      "second",
    );
    assert.deepEqual((changed(first + second).object["metadata"] as ValueObject)["labels"], {
      app: "web",
      team: "red",
      step: "one",
      seen: "one",
    });
  });
  test("an object that is deleted is left alone", () => {
    const rules = mutate("patchStrategicMerge: {metadata: {labels: {a: b}}}");
    const run = say(rules, { input: { object: null, oldObject: valueOf(POD), operation: "DELETE" } });
    assert.deepEqual([run.responses, run.object], [[], null]);
  });
  test("foreach keeps the order of elements", () => {
    const body =
      "foreach:\n- list: request.object.spec.containers\n  patchStrategicMerge: {spec: {containers: [{name: '{{element.name}}', image: 'mirror/{{element.image}}'}]}}";
    const { lines, object } = changed(mutate(body));
    assert.deepEqual(lines, ["m: pass mutated Pod/web in namespace shop"]);
    const containers = (object["spec"] as ValueObject)["containers"] as readonly ValueObject[];
    assert.deepEqual(
      containers.map(({ image }) => image),
      ["mirror/ghcr.io/shop/front:v1", "mirror/redis:latest"],
    );
  });
  test("foreach with JSON Patch goes from the first element, or from the last", () => {
    const body = (order: string) =>
      `foreach:\n- list: "[\`1\`, \`2\`]"\n${order}  patchesJson6902: |-\n    - {op: add, path: /metadata/finalizers/-, value: "n/{{element}}-{{elementIndex}}"}`;
    const finalizers = (order: string) =>
      (changed(mutate(body(order))).object["metadata"] as ValueObject)["finalizers"];
    assert.deepEqual(finalizers(""), ["n/1-0", "n/2-1"]);
    assert.deepEqual(finalizers("  order: Descending\n"), ["n/2-1", "n/1-0"]);
  });
  test("a loop sees what the loop before made", () => {
    const body =
      "foreach:\n- list: \"['a']\"\n  patchStrategicMerge: {metadata: {labels: {first: done}}}\n- list: \"['b']\"\n  patchStrategicMerge: {metadata: {labels: {second: '{{request.object.metadata.labels.first}}'}}}";
    assert.equal(
      ((changed(mutate(body)).object["metadata"] as ValueObject)["labels"] as ValueObject)["second"],
      "done",
    );
  });
  test("no element is a skip, a failed list an error", () => {
    assert.deepEqual(changed(mutate("foreach: [{list: '`[]`', patchStrategicMerge: {a: b}}]")).lines, [
      "m: skip 0 elements processed",
    ]);
    assert.match(
      changed(mutate("foreach: [{list: nothing, patchStrategicMerge: {a: b}}]")).lines[0] ?? "",
      /^m: error failed to evaluate list nothing: /,
    );
  });
});

describe("variables beside the patch of a mutate rule", () => {
  const unknown = "'{{ request.object.metadata.nope }}'";
  const run = (beside: string, action = "patchStrategicMerge: {metadata: {labels: {new: x}}}"): string =>
    say(`- name: m\n  ${IS_POD}\n  ${beside}\n  mutate: {${action}}\n`)
      .responses.map(({ status, message }) => `${status} ${message}`)
      .join();
  const places: readonly (readonly [string, string])[] = [
    ["/context/0/variable/value", `context: [{name: unused, variable: {value: ${unknown}}}]`],
    [
      "/preconditions/any/1/key",
      `preconditions: {any: [{key: a, operator: Equals, value: a}, {key: ${unknown}, operator: Equals, value: b}]}`,
    ],
    [
      "/preconditions/all/0/message",
      `preconditions: {all: [{key: a, operator: Equals, value: a, message: ${unknown}}]}`,
    ],
  ];
  for (const [path, beside] of places) {
    test(`an unknown one is an error: ${path}`, () => {
      assert.match(run(beside), new RegExp(`^error variable substitution failed: .* at path ${path}: `));
    });
  }
  test("an expression of a context entry that nobody uses is none", () => {
    assert.match(run("context: [{name: unused, variable: {jmesPath: request.object.metadata.nope}}]"), /^pass /);
  });
  test("a loop is substituted alone", () => {
    const loop = "foreach: [{list: '[`1`]', patchStrategicMerge: {metadata: {labels: {new: x}}}}]";
    assert.match(run(`context: [{name: unused, variable: {value: ${unknown}}}]`, loop), /^pass /);
  });
});

test("the images of a mutate rule are those before the policy changed any", () => {
  const rule = (name: string, patch: string): string =>
    `- name: ${name}\n  ${IS_POD}\n  mutate: {patchStrategicMerge: ${patch}}\n`;
  const first = rule("first", "{spec: {containers: [{(name): '*', image: 'other:9'}]}}");
  const second = rule("second", "{metadata: {labels: {tags: '{{ to_string(images.containers.*.tag) }}'}}}");
  const labels = (rules: string): unknown => ((say(rules).object as ValueObject)["metadata"] as ValueObject)["labels"];
  assert.deepEqual(labels(first + second), labels(second));
});

describe("mutate existing objects", () => {
  const rules = `
- name: m
  match: {any: [{resources: {kinds: [ConfigMap]}}]}
  mutate:
    targets: [{apiVersion: v1, kind: Secret, namespace: "{{request.object.metadata.namespace}}", name: "*", preconditions: {all: [{key: "{{target.metadata.name}}", operator: NotEquals, value: left}]}}]
    patchStrategicMerge: {metadata: {annotations: {from: "{{request.object.metadata.name}}", was: "{{target.metadata.name}}"}}}
`;
  const object = "{apiVersion: v1, kind: ConfigMap, metadata: {name: trigger, namespace: shop}}";
  const secret = (name: string) => ({
    object: { apiVersion: "v1", kind: "Secret", metadata: { name, namespace: "shop" } },
    subresource: "",
  });
  test("each target has its outcome, and the trigger stays as it is", () => {
    const asked: Value[] = [];
    const world: TestWorld = {
      objectsOfKind: (params) => (asked.push(params), [secret("a"), secret("left"), secret("b")]),
    };
    const run = say(rules, { object, world });
    assert.deepEqual(asked, [
      { apiVersion: "*/v1", kind: "Secret", subresource: "", namespace: "shop", name: "*", selector: {} },
    ]);
    assert.deepEqual(linesOf(run.responses), [
      "m: pass mutated Secret/a in namespace shop",
      "m: skip preconditions not met",
      "m: pass mutated Secret/b in namespace shop",
    ]);
    assert.deepEqual(run.object, valueOf(object));
    assert.deepEqual(
      run.effects.map((effect) => effect.kind),
      ["mutateExisting", "mutateExisting"],
    );
    const metadata = memberOf(run.responses[0]?.patched?.object, "metadata");
    assert.deepEqual(memberOf(metadata, "annotations"), { from: "trigger", was: "a" });
  });
  test("at admission they are left to the background", () => {
    const plan = planOf(clusterPolicy(rules));
    assert.deepEqual(
      runPlan(plan, { object: valueOf(object), operation: "CREATE" }, { isAdmission: true }).responses,
      [],
    );
  });
  test("targets that are named and not there are one error, before what the others come to", () => {
    const targets = (...each: readonly string[]): string =>
      `- name: m\n  match: {any: [{resources: {kinds: [ConfigMap]}}]}\n  mutate: {targets: [${each.join(", ")}], patchStrategicMerge: {metadata: {labels: {a: b}}}}\n`;
    const world: TestWorld = {
      objectsOfKind: (params) => (memberOf(params, "kind") === "Secret" ? [secret("a")] : []),
    };
    const found = (...each: readonly string[]) => linesOf(say(targets(...each), { object, world }).responses);
    const named = (apiVersion: string, kind: string, namespace = "shop"): string =>
      `{apiVersion: ${apiVersion}, kind: ${kind}, namespace: ${namespace}, name: gone}`;
    assert.deepEqual(found(named("v1", "Pod"), named("v1", "Secret"), named("apps/v1", "Deployment")), [
      'm: error : pods "gone" not found; deployments.apps "gone" not found',
      "m: pass mutated Secret/a in namespace shop",
    ]);
    assert.deepEqual(found(named("v1", "Pod", '"*"')), []);
    assert.match(
      found(named("v1", "'{{ request.object.kindd }}'"))[0] ?? "",
      /^m: error : failed to substitute variables in target\[0\]: failed to resolve request\.object\.kindd/,
    );
  });
  test("targets that could not be looked up are an error", () => {
    assert.equal(say(rules, { object, world: {} }).responses[0]?.status, "error");
  });
});
