import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ValueObject } from "../../base/index.ts";
import { answerFromGiven, type GivenWorld, servedBy } from "./given-facts.ts";

const configMap = (name: string, namespace: string, labels: Readonly<Record<string, string>> = {}): ValueObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace, labels },
});
const widget: ValueObject = {
  apiVersion: "example.com/v1",
  kind: "Widget",
  metadata: { name: "w", namespace: "shop" },
};
const a = configMap("a", "shop", { team: "a" });
const b = configMap("b", "shop", { team: "b" });
const c = configMap("c", "other", { team: "a" });
const world: GivenWorld = {
  objects: [a, b, c, widget],
  isWhole: true,
  answers: [
    { url: "/apis/metrics", method: "", status: 200, body: null },
    { url: "https://example.com", method: "GET", status: 503, body: { busy: true } },
    { url: "/broken", method: "GET", status: 404, body: {} },
  ],
  globalContext: new Map([["all", { data: [1], projections: new Map([["first", 1]]) }]]),
};
const ask = (kind: string, params: ValueObject, given: GivenWorld = world): unknown => {
  const fact = answerFromGiven(given, { key: "", kind: kind as never, params });
  if (!fact.ok) return fact.code;
  const { value } = fact;
  const items = (value as { readonly items?: readonly ValueObject[] } | null)?.items;
  return items === undefined ? value : items.map((each) => (each["metadata"] as ValueObject)["name"]);
};

describe("facts of a run without a cluster", () => {
  const paths: readonly (readonly [path: string, answer: unknown])[] = [
    ["/api/v1/configmaps", ["a", "b", "c"]],
    ["/api/v1/namespaces/shop/configmaps", ["a", "b"]],
    ["/api/v1/namespaces/shop/configmaps/a", a],
    ["/api/v1/namespaces/shop/configmaps?labelSelector=team=a", ["a"]],
    ["/api/v1/configmaps?labelSelector=team%3Da,team!=b", ["a", "c"]],
    ["/api/v1/configmaps?labelSelector=other!=x", ["a", "b", "c"]],
    ["/api/v1/configmaps?fieldSelector=metadata.name=b", ["b"]],
    ["/api/v1/secrets", []],
    ["/apis/example.com/v1/namespaces/shop/widgets/w", widget],
    ["/apis/metrics", null],
    // What nobody can say is never an empty list.
    ["/api/v1/confgmaps", "NOT_SUPPORTED"],
    ["/apis/example.com/v1/gadgets", "NOT_SUPPORTED"],
    ["/api/v1/configmaps?labelSelector=team in (a)", "NOT_SUPPORTED"],
    ["/api/v1/configmaps?fieldSelector=data.a=b", "NOT_SUPPORTED"],
    ["/api/v1/configmaps?limit=1", "NOT_SUPPORTED"],
    ["/api/v1/namespaces/shop/configmaps/a/status", "NOT_SUPPORTED"],
    ["/version", "NOT_SUPPORTED"],
    ["/api/v1/namespaces/shop/configmaps/zzz", "FACT_FAILED"],
    ["/broken", "FACT_FAILED"],
  ];
  for (const [path, answer] of paths) {
    it(`GET ${path}`, () => assert.deepEqual(ask("kubernetesApi", { path }), answer));
  }

  const others: readonly (readonly [kind: string, params: ValueObject, answer: unknown])[] = [
    ["http", { url: "https://example.com" }, { status: 503, body: { busy: true } }],
    ["http", { url: "https://example.org" }, "NOT_SUPPORTED"],
    ["kubernetesApiPost", { path: "/broken" }, "NOT_SUPPORTED"],
    ["globalContext", { name: "all", projection: "" }, [1]],
    ["globalContext", { name: "all", projection: "first" }, 1],
    ["globalContext", { name: "none", projection: "" }, "NOT_SUPPORTED"],
    ["resource", { apiVersion: "v1", resource: "configmaps", namespace: "shop", name: "a" }, a],
    ["resource", { apiVersion: "v1", resource: "configmaps", namespace: "shop", name: "c" }, null],
    ["resourceList", { apiVersion: "v1", resource: "configmaps", namespace: "", labels: { team: "a" } }, ["a", "c"]],
    ["resourceList", { apiVersion: "v1", resource: "confgmaps", namespace: "", labels: {} }, "NOT_SUPPORTED"],
    ["objectOfKind", { apiVersion: "v1", kind: "ConfigMap", namespace: "other", name: "c" }, c],
    ["objectOfKind", { apiVersion: "v1", kind: "ConfigMap", namespace: "shop", name: "c" }, null],
    ["imageData", { image: "nginx" }, "NOT_SUPPORTED"],
  ];
  for (const [kind, params, answer] of others) {
    it(`${kind} ${JSON.stringify(params)}`, () => assert.deepEqual(ask(kind, params), answer));
  }

  it("of a world that is not whole says nothing of what was not given", () => {
    const part = { ...world, isWhole: false };
    const params = { apiVersion: "v1", resource: "configmaps", namespace: "shop", name: "c" };
    assert.equal(ask("resource", params, part), "NOT_SUPPORTED");
    assert.equal(ask("kubernetesApi", { path: "/api/v1/configmaps" }, part), "NOT_SUPPORTED");
    assert.deepEqual([...servedBy(part)].sort(), ["apiCall", "globalReference", "variable"]);
    assert.deepEqual([...servedBy({ ...part, answers: [], globalContext: new Map() })], ["variable"]);
  });
});
