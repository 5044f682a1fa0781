import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { LIMITS, readYaml, type Value } from "../../base/index.ts";
import type { GlobalContextEntry } from "../resource/kyverno/global-context-entry.ts";
import type { Fact } from "./facts.ts";
import { globalContextFacts, globalContextRequest } from "./global-context.ts";

const entry = (spec: string): GlobalContextEntry =>
  ({
    apiVersion: "kyverno.io/v2",
    kind: "GlobalContextEntry",
    metadata: { name: "shared" },
    spec: readYaml(spec)[0],
  }) as unknown as GlobalContextEntry;

describe("globalContextRequest", () => {
  const REQUESTS: readonly (readonly [name: string, spec: string, kind: string, params: Value])[] = [
    [
      "objects of the core",
      "kubernetesResource: {version: v1, resource: pods, namespace: shop}",
      "resourceList",
      { apiVersion: "v1", resource: "pods", namespace: "shop", labels: {} },
    ],
    [
      "objects of a group",
      "kubernetesResource: {group: apps, version: v1, resource: deployments}",
      "resourceList",
      { apiVersion: "apps/v1", resource: "deployments", namespace: "", labels: {} },
    ],
    ["a path", "apiCall: {urlPath: /api/v1/pods}", "kubernetesApi", { path: "/api/v1/pods" }],
    [
      "a path that is posted to",
      "apiCall: {urlPath: /apis/a/v1/b, method: POST, data: [{key: kind, value: Review}]}",
      "kubernetesApiPost",
      { path: "/apis/a/v1/b", body: { kind: "Review" } },
    ],
    [
      "a service",
      'apiCall: {service: {url: "https://a.example/x", caBundle: PEM, headers: [{key: Accept, value: a/b}]}}',
      "http",
      { url: "https://a.example/x", headers: { accept: "a/b" }, caBundle: "PEM" },
    ],
    [
      "a service that is posted to",
      'apiCall: {method: POST, data: [{key: a, value: [1]}], service: {url: "https://a.example/x"}}',
      "httpPost",
      { url: "https://a.example/x", headers: {}, body: { a: [1] } },
    ],
  ];
  for (const [name, spec, kind, params] of REQUESTS) {
    test(name, () => {
      const request = globalContextRequest(entry(spec));
      assert.deepEqual([request.kind, request.params], [kind, params]);
    });
  }

  const REFUSED: readonly (readonly [name: string, spec: string, code: string])[] = [
    ["a path that can be read in two ways", "apiCall: {urlPath: /api/v1/..%2fpods}", "EXPRESSION_FAILED"],
    [
      "a header with a line break",
      'apiCall: {service: {url: "https://a", headers: [{key: a, value: "b\\nc: d"}]}}',
      "EXPRESSION_FAILED",
    ],
    [
      "a member named as a prototype",
      "apiCall: {urlPath: /a, method: POST, data: [{key: __proto__, value: 1}]}",
      "EXPRESSION_FAILED",
    ],
    ["a path without end", `apiCall: {urlPath: "/${"a".repeat(LIMITS.factUrlLength)}"}`, "LIMIT_EXCEEDED"],
  ];
  for (const [name, spec, code] of REFUSED) {
    test(`refuses ${name}`, () => assert.throws(() => globalContextRequest(entry(spec)), { code }));
  }
});

const LIST = "kubernetesResource: {version: v1, resource: pods}\n";
const CALL = "apiCall: {urlPath: /api/v1/pods}\n";
const SERVICE = 'apiCall: {service: {url: "https://a.example"}}\n';
const NAMES = 'projections: [{name: names, jmesPath: "[].metadata.name"}]';
const good = (value: Value): Fact => ({ ok: true, value });
const FAILED: Fact = { ok: false, code: "CLUSTER_NOT_FOUND", message: "nobody answers" };
const PODS: Value = [{ metadata: { name: "web" } }, { metadata: { name: "db" } }];

function shown(fact: Fact | undefined): Value {
  if (fact === undefined) return "none";
  return fact.ok ? fact.value : `${fact.code}: ${fact.message}`;
}

/** Of a failed fact. */
function saidOf(fact: Fact | undefined): string {
  return fact === undefined || fact.ok ? "it has not failed" : `${fact.code}: ${fact.message}`;
}

describe("globalContextFacts", () => {
  const FACTS: readonly (readonly [name: string, spec: string, answer: Fact, data: Value, names: Value])[] = [
    ["objects", LIST + NAMES, good({ items: PODS }), PODS, ["web", "db"]],
    ["no objects", LIST + NAMES, good({ items: [] }), [], []],
    ["an answer", CALL + NAMES.replace("[]", "items[]"), good({ items: PODS }), { items: PODS }, ["web", "db"]],
    ["a service's answer", SERVICE + NAMES, good({ status: 200, body: PODS }), PODS, ["web", "db"]],
    [
      "objects that nobody lists",
      LIST + NAMES,
      FAILED,
      "CLUSTER_NOT_FOUND: GlobalContextEntry shared: nobody answers",
      "CLUSTER_NOT_FOUND: GlobalContextEntry shared: nobody answers",
    ],
    [
      "a service that refuses",
      SERVICE + NAMES,
      good({ status: 503, body: PODS }),
      "FACT_FAILED: GlobalContextEntry shared: https://a.example answers HTTP 503",
      "FACT_FAILED: GlobalContextEntry shared: https://a.example answers HTTP 503",
    ],
    [
      "an answer without data",
      CALL + NAMES,
      good(null),
      "FACT_FAILED: GlobalContextEntry shared: the answer holds no data",
      "FACT_FAILED: GlobalContextEntry shared: the answer holds no data",
    ],
    [
      "a projection of objects that gives nothing",
      `${LIST}projections: [{name: names, jmesPath: "[5]"}]`,
      good({ items: PODS }),
      PODS,
      "FACT_FAILED: GlobalContextEntry shared.names: its jmesPath [5] gives null",
    ],
  ];
  for (const [name, spec, answer, data, names] of FACTS) {
    test(name, () => {
      const facts = globalContextFacts(entry(spec), answer, 0);
      assert.deepEqual(shown(facts.data), data);
      assert.deepEqual(shown(facts.projections.get("names")), names);
    });
  }

  const TWO = 'projections: [{name: bad, jmesPath: "abs(@)"}, {name: good, jmesPath: "length(@)"}]';

  test("of objects one projection that fails leaves the others alone", () => {
    const { data, projections } = globalContextFacts(entry(LIST + TWO), good({ items: PODS }), 0);
    assert.ok(data.ok);
    assert.equal(shown(projections.get("good")), 2);
    assert.match(saidOf(projections.get("bad")), /GlobalContextEntry shared.bad: Invalid type for/);
  });

  test("of an answer one projection that fails fails the entry", () => {
    const { data, projections } = globalContextFacts(entry(SERVICE + TWO), good({ status: 200, body: PODS }), 0);
    for (const fact of [data, projections.get("good"), projections.get("bad")]) {
      assert.match(saidOf(fact), /^\w+: GlobalContextEntry shared.bad: /);
    }
  });

  test("a projection without end is a failed fact", () => {
    const bomb = `${LIST}projections: [{name: names, jmesPath: "[].[${"@,".repeat(40)}@][].[${"@,".repeat(40)}@][].[${"@,".repeat(40)}@][].[${"@,".repeat(40)}@][]"}]`;
    const { projections } = globalContextFacts(entry(bomb), good({ items: PODS }), 0);
    assert.match(saidOf(projections.get("names")), /^BUDGET_EXCEEDED/);
  });
});
