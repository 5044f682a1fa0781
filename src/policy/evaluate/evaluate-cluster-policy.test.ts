import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Value, type ValueObject } from "../../base/index.ts";
import {
  clusterPolicy,
  IS_POD,
  linesOf,
  POD,
  planOf,
  runPlan,
  say,
  type TestWorld,
  validateRule,
  valueOf,
} from "../../testing/kyverno-runs.ts";
import { abandonClusterPolicy, evaluateClusterPolicy } from "./evaluate-cluster-policy.ts";
import type { PolicyInput } from "./input.ts";

describe("what comes before a rule is applied", () => {
  const pattern = "pattern: {metadata: {labels: {owner: '?*'}}}";
  test("a rule that does not match has no response", () => {
    assert.deepEqual(
      say(validateRule(pattern), { object: "{apiVersion: v1, kind: Service, metadata: {name: a}}" }).responses,
      [],
    );
  });
  test("preconditions that are not met skip it, with their message", () => {
    const more =
      "  preconditions: {all: [{key: '{{request.operation}}', operator: Equals, value: DELETE, message: only when it goes}]}\n";
    assert.deepEqual(linesOf(say(validateRule(pattern, more)).responses), [
      "r: skip preconditions not met; only when it goes",
    ]);
  });
  test("preconditions that fail are an error", () => {
    const more = "  preconditions: {all: [{key: '{{request.object.nothing}}', operator: Equals, value: a}]}\n";
    const [response] = say(validateRule(pattern, more)).responses;
    assert.equal(response?.status, "error");
    assert.match(
      response?.message ?? "",
      /^failed to evaluate preconditions: failed to substitute variables in condition key: /,
    );
  });
  test("context entries are loaded when they are used, and only then", () => {
    const more =
      "  context:\n  - {name: map, configMap: {name: owners, namespace: shop}}\n  - {name: other, configMap: {name: unused, namespace: shop}}\n";
    const asked: Value[] = [];
    const world: TestWorld = {
      resource: (params) => {
        asked.push(params);
        return { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "owners" }, data: { web: "red" } };
      },
    };
    const body = "pattern: {metadata: {labels: {team: '{{map.data.web}}'}}}";
    const run = say(validateRule(body, more), { world });
    assert.deepEqual(linesOf(run.responses), ["r: pass validation rule 'r' passed."]);
    assert.equal(asked.length, 1);
    assert.equal(run.passes, 2);
  });
  test("a context entry that could not be loaded is an error, never a pass", () => {
    const more = "  context: [{name: map, configMap: {name: owners, namespace: shop}}]\n";
    const run = say(validateRule("pattern: {metadata: {labels: {team: '{{map.data.web}}'}}}", more), { world: {} });
    assert.equal(run.responses[0]?.status, "error");
  });
  test("properties are substituted; those that fail stay as written", () => {
    const run = say(validateRule(pattern, "  reportProperties: {name: '{{request.object.metadata.name}}'}\n"));
    assert.deepEqual(run.responses[0]?.properties, { name: "web" });
    const failed = say(validateRule(pattern, "  reportProperties: {name: '{{request.object.nothing}}'}\n"));
    assert.deepEqual(failed.responses[0]?.properties, { name: "{{request.object.nothing}}" });
  });
});

describe("applyRules and the order of rules", () => {
  const rules = ["a", "b", "c"]
    .map(
      (name) =>
        `- name: ${name}\n  ${IS_POD}\n  validate: {pattern: {metadata: {labels: {team: ${name === "a" ? "(blue)" : "red"}}}}}`,
    )
    .join("\n");
  const skipped = `- name: s\n  ${IS_POD}\n  preconditions: {all: [{key: a, operator: Equals, value: b}]}\n  validate: {pattern: {}}\n`;
  test("All goes through every rule", () => {
    assert.deepEqual(
      say(rules).responses.map(({ rule }) => rule),
      ["a", "b", "c"],
    );
  });
  test("One stops behind the first that passes or fails; a skip does not count", () => {
    const run = say(skipped + rules, { spec: "applyRules: One" });
    assert.deepEqual(
      run.responses.map(({ rule, status }) => [rule, status]),
      [
        ["s", "skip"],
        ["a", "fail"],
      ],
    );
  });
});

describe("explanations", () => {
  const rules = `
- name: named
  match: {any: [{resources: {kinds: [Pod], names: [api]}}]}
  validate: {pattern: {kind: Pod}}
- name: services
  match: {any: [{resources: {kinds: [Service]}}]}
  validate: {pattern: {kind: Service}}
- name: owner
  ${IS_POD}
  preconditions: {all: [{key: "{{request.operation}}", operator: Equals, value: CREATE}]}
  validate: {pattern: {metadata: {labels: {team: "{{request.object.metadata.labels.app}}"}}}}
`;
  const run = (explain: boolean) =>
    runPlan(planOf(clusterPolicy(rules)), { object: valueOf(POD), operation: "CREATE" }, { explain });
  test("each step is there: conditions, variables, the pattern with what was found", () => {
    const [response] = run(true).responses;
    const kinds = (response?.trace ?? []).map(({ kind }) => kind);
    assert.deepEqual(kinds, ["match", "variable", "condition", "variable", "pattern"]);
    const condition = response?.trace?.find(({ kind }) => kind === "condition");
    assert.deepEqual(condition, {
      kind: "condition",
      path: "spec.rules[2].preconditions.all[0]",
      key: "CREATE",
      operator: "Equals",
      value: "CREATE",
      holds: true,
    });
    const pattern = response?.trace?.find(({ kind }) => kind === "pattern");
    assert.ok(pattern?.kind === "pattern" && pattern.status === "fail");
    assert.deepEqual([pattern.at, pattern.found], ["/metadata/labels/team/", "red"]);
  });
  test("rules that say nothing are named with the reason", () => {
    const unmatched = (run(true).unmatched ?? []).map(({ rule, reasons }) => [rule, reasons.length > 0]);
    assert.deepEqual(
      unmatched.filter(([rule]) => rule === "named" || rule === "services"),
      [
        ["services", true],
        ["named", true],
      ],
    );
  });
  test("only when it is asked for", () => {
    const plain = run(false);
    assert.deepEqual([plain.responses[0]?.trace, plain.unmatched], [undefined, undefined]);
  });
});

describe("the fact loop", () => {
  const rules = `
- name: a
  ${IS_POD}
  context: [{name: map, configMap: {name: one, namespace: shop}}]
  validate: {pattern: {metadata: {labels: {team: "{{map.data.value}}"}}}}
- name: b
  ${IS_POD}
  context: [{name: map, configMap: {name: two, namespace: shop}}]
  validate: {pattern: {metadata: {labels: {team: "{{map.data.value}}"}}}}
- name: c
  ${IS_POD}
  validate: {pattern: {kind: Pod}}
`;
  const input: PolicyInput = { object: valueOf(POD), operation: "CREATE" };
  test("independent rules ask together, and those that ask nothing are finished in the first pass", () => {
    const plan = planOf(clusterPolicy(rules));
    const first = evaluateClusterPolicy(plan, input, { facts: new Map(), now: 0, seed: "" });
    assert.deepEqual(
      [first.responses.map(({ rule }) => rule), first.unfinished, first.pending.length],
      [["c"], ["a", "b"], 2],
    );
    const run = runPlan(plan, input, { world: { resource: () => ({ data: { value: "red" } }) } });
    assert.deepEqual(
      [run.passes, run.responses.map(({ rule, status }) => rule + status)],
      [2, ["apass", "bpass", "cpass"]],
    );
  });
  test("what is abandoned is an error; what was finished stays", () => {
    const plan = planOf(clusterPolicy(rules));
    const waiting = evaluateClusterPolicy(plan, input, { facts: new Map(), now: 0, seed: "" });
    const ended = abandonClusterPolicy(plan, waiting, { code: "TIMEOUT", message: "late" });
    assert.deepEqual(
      ended.responses.map(({ rule, status }) => rule + status),
      ["cpass", "aerror", "berror"],
    );
    assert.deepEqual([ended.pending, ended.unfinished], [[], []]);
    const other = planOf(clusterPolicy(rules));
    assert.throws(() => abandonClusterPolicy(other, waiting, { code: "TIMEOUT", message: "late" }), /something else/);
  });
  test("rules of later phases are abandoned as well", () => {
    const context = "context: [{name: map, configMap: {name: a, namespace: b}}]";
    const plan = planOf(
      clusterPolicy(`
- name: changes
  ${IS_POD}
  ${context}
  mutate: {patchStrategicMerge: {metadata: {labels: {a: "{{map.data.value}}"}}}}
- name: denies
  ${IS_POD}
  validate: {pattern: {kind: Service}}
- name: makes
  ${IS_POD}
  generate: {apiVersion: v1, kind: ConfigMap, name: made, namespace: shop, data: {}}
- name: of-others
  match: {any: [{resources: {kinds: [Service]}}]}
  validate: {pattern: {kind: Pod}}
`),
    );
    const waiting = evaluateClusterPolicy(plan, input, { facts: new Map(), now: 0, seed: "" });
    assert.deepEqual(waiting.unfinished, ["changes", "denies", "makes"]);
    assert.deepEqual(
      abandonClusterPolicy(plan, waiting, { code: "TIMEOUT", message: "late" }).responses.map(
        ({ rule, phase, status }) => `${rule} ${phase} ${status}`,
      ),
      ["changes mutate error", "denies validate error", "makes generate error"],
    );
  });
  test("a foreach goes on behind its last finished element", () => {
    let loads = 0;
    const each = `
- name: each
  ${IS_POD}
  validate:
    foreach:
    - list: "range_of_ten"
      context: [{name: map, configMap: {name: "n-{{elementIndex}}", namespace: shop}}]
      deny: {conditions: {any: [{key: "{{map.data.value}}", operator: Equals, value: bad}]}}
`.replace("range_of_ten", "['0','1','2','3','4','5','6','7','8','9']");
    const run = say(each, { world: { resource: () => (loads++, { data: { value: "good" } }) } });
    assert.deepEqual([linesOf(run.responses), loads, run.passes], [["each: pass rule passed"], 10, 11]);
  });
  test("input and facts are never changed", () => {
    const frozen = deepFreeze(valueOf(POD));
    const mutate = `- name: m\n  ${IS_POD}\n  mutate: {foreach: [{list: request.object.spec.containers, patchStrategicMerge: {spec: {containers: [{name: "{{element.name}}", tty: true}]}}}]}\n`;
    assert.equal(say(mutate, { input: { object: frozen } }).responses[0]?.status, "pass");
  });
  test("draws at random are the same whichever way the facts came", () => {
    const random = `
- name: m
  ${IS_POD}
  mutate:
    foreach:
    - list: "['a', 'b', 'c']"
      context: [{name: map, configMap: {name: "n-{{element}}", namespace: shop}}]
      patchStrategicMerge: {metadata: {annotations: {"{{element}}": "{{map.data.value}}{{random('[a-z0-9]{12}')}}"}}}
`;
    const plan = planOf(clusterPolicy(random));
    const resource = () => ({ data: { value: "v" } });
    const slow = runPlan(plan, input, { world: { resource } });
    const facts = new Map();
    const names = ["a", "b", "c"];
    let previous = evaluateClusterPolicy(plan, input, { facts, now: 0, seed: "test" });
    for (const _ of names) {
      for (const { key } of previous.pending) facts.set(key, { ok: true, value: resource() });
      previous = evaluateClusterPolicy(plan, input, { facts, now: 0, seed: "test", previous });
    }
    const replayed = evaluateClusterPolicy(plan, input, { facts, now: 0, seed: "test" });
    assert.equal(replayed.pending.length, 0);
    assert.deepEqual(replayed.object, slow.object);
    const annotations = Object.values(
      ((slow.object as ValueObject)["metadata"] as ValueObject)["annotations"] as ValueObject,
    );
    assert.equal(new Set(annotations).size, 3);
  });
});

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) for (const member of Object.values(value)) deepFreeze(member);
  return Object.freeze(value);
}
