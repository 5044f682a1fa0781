import assert from "node:assert/strict";
import { test } from "node:test";
import { actionWords, filterPolicies, type Policy, whenWords } from "./policy-words.ts";
import { changeWords, historyOf, resourceKey, resourceWords, resultsOf } from "./resource-words.ts";

const policy = (name: string, change: Partial<Policy> = {}): Policy => ({
  name,
  kind: "ImageValidatingPolicy",
  source: "demo",
  digest: `sha256:${"a".repeat(64)}`,
  state: "ready",
  issues: [],
  rules: ["signed"],
  validationActions: ["Deny"],
  failurePolicy: "Fail",
  admission: true,
  background: true,
  recordedAt: "2026-11-20T00:00:00Z",
  results: { pass: 0, warn: 0, fail: 0, error: 0, skip: 0 },
  ...change,
});

const ALL = [policy("b"), policy("a"), policy("z", { state: "refused", rules: [] })];
const FILTERS: readonly [string, Parameters<typeof filterPolicies>[1], string][] = [
  ["refused ones first, then by name", {}, "z a b"],
  ["by state", { state: "ready" }, "a b"],
  ["by name, whatever the case", { search: "Z" }, "z"],
  ["by rule", { search: "sign" }, "a b"],
  ["nothing fits", { search: "none" }, ""],
];
for (const [name, filter, expected] of FILTERS) {
  test(`filterPolicies: ${name}`, () => {
    assert.equal(
      filterPolicies(ALL, filter)
        .map((each) => each.name)
        .join(" "),
      expected,
    );
  });
}

test("actionWords and whenWords", () => {
  assert.equal(actionWords(policy("a")), "Deny; when it cannot decide: Fail");
  assert.equal(actionWords(policy("a", { validationActions: [] })), "no action; when it cannot decide: Fail");
  assert.equal(whenWords({ admission: true, background: true }), "at admission and in the background");
  assert.equal(whenWords({ admission: true, background: false }), "at admission only");
  assert.equal(whenWords({ admission: false, background: true }), "in the background only");
  assert.match(whenWords({ admission: false, background: false }), /^never/);
});

const POD = { cluster: "c", kind: "Pod", namespace: "shop", name: "web" };
const NODE = { cluster: "c", kind: "Node", name: "n" };

test("resources in words and in addresses, with and without a namespace", () => {
  assert.equal(resourceWords(POD), "shop/Pod/web");
  assert.equal(resourceWords(NODE), "Node/n");
  assert.deepEqual(resultsOf(POD), { cluster: "c", kind: "Pod", search: "web", namespace: "shop" });
  assert.deepEqual(resultsOf(NODE), { cluster: "c", kind: "Node", search: "n" });
  assert.deepEqual(historyOf(POD), { tab: "history", kind: "Pod", name: "web", namespace: "shop" });
  assert.notEqual(resourceKey(POD), resourceKey({ ...POD, cluster: "d" }));
});

test("changeWords", () => {
  assert.equal(changeWords({ from: "pass", to: "fail" }), "pass, then fail");
  assert.equal(changeWords({ to: "fail" }), "first result: fail");
  assert.equal(changeWords({ from: "pass" }), "pass, then gone");
  assert.equal(changeWords({}), "no result");
});
