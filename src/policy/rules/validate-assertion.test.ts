/** `validate.assert`; the verdicts and paths are those of kyverno-json, which Kyverno used up to 1.18. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  clusterPolicy,
  linesOf as formatLines,
  planOf,
  say,
  validateRule,
  valueOf,
} from "../../testing/kyverno-runs.ts";
import { compileClusterPolicy } from "../compile/cluster-policy.ts";
import { decodePolicies } from "../resource/decode-policies.ts";

const linesOf = (run: ReturnType<typeof say>): readonly string[] => formatLines(run.responses);
const PASS = ["r: pass Validation rule 'r' passed."];

describe("validate.assert", () => {
  const cases: readonly (readonly [name: string, tree: string, expected: readonly string[]])[] = [
    ["the object as it is", "object: {kind: Pod, spec: {hostNetwork: false}}", PASS],
    [
      "each failure is told of",
      "object: {metadata: {name: db}, spec: {hostNetwork: true, none: 1}}",
      [
        'r: fail object.metadata.name: Invalid value: "web": Expected value: "db"',
        "r: fail object.spec.hostNetwork: Invalid value: false: Expected value: true",
        "r: fail object.spec.none: Required value: field not found in the input object",
      ],
    ],
    ["a query", "object: {spec: {'(length(containers) > `0`)': true}}", PASS],
    [
      "each element",
      "object: {spec: {'~i.containers': {'(starts_with(name, $missing))': true}}}",
      [
        "r: error failed to apply assertion: object.spec.~i.containers[0].(starts_with(name, $missing)): variable not defined: $missing",
      ],
    ],
    ["what else is known", "{operation: CREATE, oldObject: {}, resourceKind: {kind: Pod, version: v1}}", PASS],
    [
      "what cannot be asked",
      "object: {kind: {a: 1}}",
      ['r: error failed to apply assertion: object.kind.a: expected an object with the key "a", found "Pod"'],
    ],
    ["the user", "admissionInfo: {'(userInfo.username == `null`)': true}", PASS],
  ];
  for (const [name, tree, expected] of cases) {
    test(name, () => assert.deepEqual(linesOf(say(validateRule(`assert:\n  ${tree}`))), expected));
  }

  test("context entries are variables, made when they are asked for", () => {
    const context = "  context: [{name: allowed, variable: {value: [web, db]}}]\n";
    const rule = (tree: string): string => validateRule(`assert: ${tree}`, context);
    assert.deepEqual(linesOf(say(rule("{object: {metadata: {'(contains($allowed, name))': true}}}"))), PASS);
    assert.deepEqual(linesOf(say(rule("{object: {metadata: {'(contains($allowed, namespace))': false}}}"))), PASS);
  });

  test("entries from the world are waited for; one that fails is an error, whatever stands around it", () => {
    const context = "  context: [{name: map, configMap: {name: owners, namespace: shop}}]\n";
    const rule = (query: string): string => validateRule(`assert: {object: {metadata: {'(${query})': true}}}`, context);
    const map = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "owners" }, data: { web: "red" } };
    const world = { resource: () => map };
    assert.deepEqual(linesOf(say(rule("labels.team == $map.data.web"), { world })), PASS);
    assert.equal(say(rule("labels.team == $map.data.web"), { world }).passes, 2);
    // What is not come to is not asked for.
    assert.deepEqual(linesOf(say(rule('name == `"web"` || $map'), { world: {} })), PASS);
    const [failed] = say(rule("length($map[?a]) == `0`"), { world: {} }).responses;
    assert.deepEqual([failed?.status, failed?.code], ["error", "FACT_FAILED"]);
  });

  test("an object that is deleted has no members", () => {
    const rule = validateRule("assert: {object: {'(kind)': null}, oldObject: {kind: Pod}, operation: DELETE}");
    const oldObject = valueOf("{kind: Pod, apiVersion: v1, metadata: {name: web}}");
    assert.deepEqual(linesOf(say(rule, { object: "null", input: { operation: "DELETE", oldObject } })), PASS);
  });

  test("trees about a Pod are about the templates of controllers, too", () => {
    const tree = "{object: {spec: {hostNetwork: false}}, '(operation)': CREATE}";
    const [, made, cron] = planOf(clusterPolicy(validateRule(`assert: ${tree}`), "")).rules;
    assert.deepEqual(made?.source.validate?.assert, {
      object: { spec: { template: { spec: { hostNetwork: false } } } },
      "(operation)": "CREATE",
    });
    assert.deepEqual(cron?.source.validate?.assert, {
      object: { spec: { jobTemplate: { spec: { template: { spec: { hostNetwork: false } } } } } },
      "(operation)": "CREATE",
    });
  });

  for (const [name, tree, message] of [
    ["a query that cannot be read", "{object: {'(a ==)': 1}}", /object\.\(a ==\): .*Incomplete expression/],
    ["another engine", "{object: {'(cel:a)': 1}}", /object\.\(cel:a\): queries are written in JMESPath/],
    ["a binding on the right", "{object: {a: '(b)->c'}}", /object\.a: ->c stands behind keys only/],
  ] as const) {
    test(`refused when it is read: ${name}`, () => {
      const decoded = decodePolicies(clusterPolicy(validateRule(`assert: ${tree}`)), "p.yaml");
      assert.ok(decoded.ok);
      const [policy] = decoded.value;
      assert.ok(policy?.kind === "ClusterPolicy");
      const compiled = compileClusterPolicy(policy);
      assert.ok(!compiled.ok);
      assert.match(compiled.issues.map((issue) => `${issue.path}: ${issue.message}`).join("\n"), message);
    });
  }

  test("too many failures are counted", () => {
    const containers = Array.from({ length: 130 }, (_, index) => `{name: c${index}}`).join(", ");
    const object = `{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {containers: [${containers}]}}`;
    const lines = linesOf(say(validateRule("assert: {object: {spec: {'~.containers': {image: a}}}}"), { object }));
    assert.equal(lines.length, 101);
    assert.equal(lines.at(-1), "r: fail 30 more are not as the assertion wants them");
  });

  test("an assertion over too much ends with an error", () => {
    const items = Array.from({ length: 3_000 }, () => 1).join(",");
    const object = `{apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {items: [${items}]}}`;
    const tree = "{object: {spec: {(items)->all: {'~.(@)': {'~.($all)': {'~.($all)': {'(@)': 2}}}}}}}";
    const [response] = say(validateRule(`assert: ${tree}`), { object }).responses;
    assert.deepEqual([response?.status, response?.code], ["error", "BUDGET_EXCEEDED"]);
  });
});
