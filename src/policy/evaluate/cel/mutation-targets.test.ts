/** Policies that change objects that exist already. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { memberOf, type Value } from "../../../base/index.ts";
import {
  ANYTHING,
  answer,
  compile,
  evaluate,
  merge,
  only,
  POD,
  patch,
  planOf,
} from "../../../testing/mutation-runs.ts";
import { evaluateCelPolicy } from "../evaluate-cel-policy.ts";
import type { Fact } from "../facts.ts";
import type { PolicyInput } from "../input.ts";
import type { KyvernoEvaluation } from "../kyverno-response.ts";

const TARGETS = [
  { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", namespace: "shop", labels: { app: "web" } } },
  { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "b", namespace: "shop", labels: { app: "log" } } },
  { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c", namespace: "other", labels: { app: "web" } } },
];
const NAMESPACES = [
  { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop", labels: { env: "prod" } } },
  { apiVersion: "v1", kind: "Namespace", metadata: { name: "other", labels: { env: "test" } } },
];
const CONFIG_MAPS = { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["configmaps"] };
const existing = { evaluation: { mutateExisting: { enabled: true } } };
const marked = merge("Object{metadata: Object.metadata{labels: {'by': request.name}}}");

function reply(kind: string, params: Value): Fact {
  const resource = memberOf(params, "resource");
  const namespace = memberOf(params, "namespace");
  const all: readonly Value[] = resource === "configmaps" ? TARGETS : resource === "namespaces" ? NAMESPACES : [];
  const items = all.filter(
    (item) => namespace === "" || memberOf(memberOf(item, "metadata"), "namespace") === namespace,
  );
  if (kind === "resource") {
    const name = memberOf(params, "name");
    return { ok: true, value: items.find((item) => memberOf(memberOf(item, "metadata"), "name") === name) ?? null };
  }
  assert.equal(kind, "resourceList");
  return { ok: true, value: { apiVersion: "v1", kind: "List", metadata: {}, items } };
}

const namesOf = ({ responses }: KyvernoEvaluation) =>
  responses.map(({ patched }) => memberOf(memberOf(patched?.object, "metadata"), "name"));

describe("existing objects", () => {
  it("are changed instead of the one that was sent, by rules", () => {
    const spec = { ...existing, targetMatchConstraints: { resourceRules: [CONFIG_MAPS] }, mutations: [marked] };
    const done = answer(planOf("MutatingPolicy", spec), POD, reply);
    assert.deepEqual(namesOf(done), ["a", "b", "c"]);
    assert.equal(done.object, POD);
    const [first] = done.responses;
    assert.deepEqual(
      [first?.status, first?.message, first?.patched],
      [
        "pass",
        "success",
        {
          object: { ...TARGETS[0], metadata: { ...TARGETS[0]!.metadata, labels: { app: "web", by: "web" } } },
          original: TARGETS[0],
          subresource: "",
        },
      ],
    );
    assert.deepEqual(
      done.effects.map((effect) => [effect.kind, effect.policy, effect.rule]),
      Array.from({ length: 3 }, () => ["mutateExisting", "change", ""]),
    );
  });

  for (const [name, constraints, wanted] of [
    ["labels", { objectSelector: { matchLabels: { app: "web" } } }, ["a", "c"]],
    ["labels of their Namespaces", { namespaceSelector: { matchLabels: { env: "prod" } } }, ["a", "b"]],
    ["names", { resourceRules: [{ ...CONFIG_MAPS, resourceNames: ["b"] }] }, ["b"]],
    [
      "what is left out",
      { excludeResourceRules: [{ ...CONFIG_MAPS, operations: ["*"], resourceNames: ["b"] }] },
      ["a", "c"],
    ],
    [
      "an expression that makes one",
      { resourceRules: [], expression: "resource.get('v1', 'configmaps', object.metadata.namespace, 'b')" },
      ["b"],
    ],
    [
      "an expression that makes a list",
      { resourceRules: [], expression: "resource.list('v1', 'configmaps', 'shop')" },
      ["a", "b"],
    ],
    [
      "an expression and labels",
      { expression: "resource.list('v1', 'configmaps', 'shop')", objectSelector: { matchLabels: { app: "web" } } },
      ["a"],
    ],
  ] as const) {
    it(`are found by ${name}`, () => {
      const targetMatchConstraints = { resourceRules: [CONFIG_MAPS], ...constraints };
      const spec = { ...existing, targetMatchConstraints, mutations: [marked] };
      assert.deepEqual(namesOf(answer(planOf("MutatingPolicy", spec), POD, reply)), wanted);
    });
  }

  it("are left out by conditions, in which they are the object", () => {
    const spec = {
      ...existing,
      variables: [{ name: "app", expression: "object.metadata.labels.app" }],
      targetMatchConstraints: { resourceRules: [CONFIG_MAPS] },
      targetMatchConditions: [{ name: "web", expression: "variables.app == 'web'" }],
      mutations: [marked],
    };
    assert.deepEqual(namesOf(answer(planOf("MutatingPolicy", spec), POD, reply)), ["a", "c"]);
    const none = { ...spec, targetMatchConditions: [{ name: "none", expression: "variables.app == 'db'" }] };
    const done = answer(planOf("MutatingPolicy", none), POD, reply);
    assert.deepEqual([only(done).status, only(done).message], ["skip", "skip"]);
  });

  it("that are as they should be are written no more", () => {
    const mutations = [merge("Object{metadata: Object.metadata{labels: {'app': 'web'}}}")];
    const spec = { ...existing, targetMatchConstraints: { resourceRules: [CONFIG_MAPS] }, mutations };
    const done = answer(planOf("MutatingPolicy", spec), POD, reply);
    assert.equal(done.responses.length, 3);
    assert.deepEqual(
      done.effects.map(
        (effect) => effect.kind === "mutateExisting" && memberOf(memberOf(effect.target.object, "metadata"), "name"),
      ),
      ["b"],
    );
  });

  it("of another namespace are not changed by a policy of a namespace", () => {
    const rules = { ...existing, targetMatchConstraints: { resourceRules: [CONFIG_MAPS] }, mutations: [marked] };
    assert.deepEqual(namesOf(answer(planOf("NamespacedMutatingPolicy", rules), POD, reply)), ["a", "b"]);
    const made = {
      ...existing,
      targetMatchConstraints: { expression: "resource.list('v1', 'configmaps', {})" },
      mutations: [marked],
    };
    const foreign = (kind: string, params: Value): Fact =>
      kind === "resourceList"
        ? { ok: true, value: { apiVersion: "v1", kind: "List", metadata: {}, items: [TARGETS[2]!] } }
        : reply(kind, params);
    const done = answer(planOf("NamespacedMutatingPolicy", made), POD, foreign);
    assert.equal(only(done).status, "error");
    assert.match(only(done).message, /changes nothing outside it/);
    assert.deepEqual(done.effects, []);
  });

  it("that cannot be changed are errors of their own", () => {
    const mutations = [
      patch("[JSONPatch{op: 'remove', path: '/metadata/labels/' + (object.metadata.name == 'b' ? 'none' : 'app')}]"),
    ];
    const spec = { ...existing, targetMatchConstraints: { resourceRules: [CONFIG_MAPS] }, mutations };
    const done = answer(planOf("MutatingPolicy", spec), POD, reply);
    assert.deepEqual(
      done.responses.map(({ status }) => status),
      ["pass", "error", "pass"],
    );
  });

  it("that cannot be listed are an error, never nothing", () => {
    const spec = { ...existing, targetMatchConstraints: { resourceRules: [CONFIG_MAPS] }, mutations: [marked] };
    const done = answer(planOf("MutatingPolicy", spec), POD, () => ({
      ok: false,
      code: "FACT_FAILED",
      message: "no answer",
    }));
    assert.deepEqual([only(done).status, only(done).code], ["error", "FACT_FAILED"]);
  });

  it("are not changed while it is not enabled, which is a warning", () => {
    const plan = planOf("MutatingPolicy", {
      targetMatchConstraints: { resourceRules: [CONFIG_MAPS] },
      mutations: [marked],
    });
    assert.match(plan.warnings.join(), /changes nothing while spec\.evaluation\.mutateExisting is not enabled/);
    const done = evaluate(plan, POD);
    assert.deepEqual([done.responses, done.object, done.pending], [[], POD, []]);
  });

  it("are those that the policy itself is about where it names none, if that is asked for", () => {
    const spec = { ...existing, matchConstraints: { resourceRules: [CONFIG_MAPS] }, mutations: [marked] };
    const plan = planOf("MutatingPolicy", spec);
    const sent = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "sent", namespace: "shop" } };
    const changed = { ...sent, metadata: { ...sent.metadata, labels: { by: "sent" } } };
    const alone = evaluate(plan, sent);
    assert.deepEqual([alone.responses.length, alone.pending.length, alone.object], [1, 0, changed]);
    const facts = new Map<string, Fact>();
    const input: PolicyInput = { object: sent, operation: "CREATE" };
    const pass = (): KyvernoEvaluation =>
      evaluateCelPolicy(plan, input, { facts, now: 0, seed: "", changesExisting: true });
    for (const { key, kind, params } of pass().pending) facts.set(key, reply(kind, params));
    const both = pass();
    assert.deepEqual(both.object, changed);
    assert.deepEqual(namesOf(both), [undefined, "a", "b", "c"]);
    assert.equal(both.effects.length, 3);
  });

  it("are asked for together", () => {
    const resourceRules = [{ ...CONFIG_MAPS, resources: ["configmaps", "secrets"] }];
    const spec = { ...existing, targetMatchConstraints: { resourceRules }, mutations: [marked] };
    assert.equal(evaluate(planOf("MutatingPolicy", spec), POD).pending.length, 2);
    const own = merge("Object{data: {'a': resource.get('v1', 'secrets', 'shop', object.metadata.name).metadata.name}}");
    const each = planOf("MutatingPolicy", {
      ...existing,
      targetMatchConstraints: { resourceRules: [CONFIG_MAPS] },
      mutations: [own],
    });
    const first = evaluate(each, POD);
    const facts = new Map(first.pending.map(({ key, kind, params }) => [key, reply(kind, params)]));
    assert.equal(evaluate(each, POD, { facts }).pending.length, 3);
  });

  it("are objects: other types are refused", () => {
    const spec = { ...existing, targetMatchConstraints: { expression: "['a']" }, mutations: [marked] };
    const compiled = compile("MutatingPolicy", spec);
    assert.ok(!compiled.ok);
    assert.deepEqual(
      [compiled.issues[0]?.path, compiled.issues[0]?.message],
      [
        "spec.targetMatchConstraints.expression",
        "expected an object, or a list of them as resource.list gives it, found list(string)",
      ],
    );
    const late = { ...spec, targetMatchConstraints: { expression: "object.metadata.name" } };
    assert.match(only(evaluate(planOf("MutatingPolicy", late), POD)).message, /item is not a valid Kubernetes object/);
  });

  it("of too many kinds are refused", () => {
    const compiled = compile("MutatingPolicy", {
      ...existing,
      targetMatchConstraints: { resourceRules: [ANYTHING] },
      mutations: [marked],
    });
    assert.ok(!compiled.ok);
    assert.deepEqual(
      [compiled.issues[0]?.code, compiled.issues[0]?.path],
      ["NOT_SUPPORTED", "spec.targetMatchConstraints.resourceRules[0]"],
    );
  });
});
