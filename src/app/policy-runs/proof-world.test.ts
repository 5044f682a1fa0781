import assert from "node:assert/strict";
import { test } from "node:test";
import { listOf, memberOf, textOf, type Value } from "../../base/index.ts";
import type { FactRequest, Facts, KyvernoEvaluation } from "../../policy/index.ts";
import { ProofWorld } from "./proof-world.ts";

const POLICY: Value = { spec: { key: "team", value: "web" } };

/** What the world of one index says to a question. */
function answer(kind: FactRequest["kind"], params: Value, index = 1): Value {
  const request: FactRequest = { key: `${kind} ${JSON.stringify(params)}`, kind, params };
  let known: Facts = new Map();
  const asked = new ProofWorld(POLICY, "1", index).ask((facts) => {
    known = facts;
    return { pending: facts.has(request.key) ? [] : [request] } as unknown as KyvernoEvaluation;
  });
  if (asked === undefined) return "not answered";
  const fact = known.get(request.key);
  return fact?.ok === true ? fact.value : "failed";
}

const MAP = { apiVersion: "v1", resource: "configmaps", namespace: "base", name: "teams" };

test("the same object, however it is asked for", () => {
  const object = answer("resource", MAP);
  assert.deepEqual(answer("kubernetesApi", { path: "/api/v1/namespaces/base/configmaps/teams" }), object);
  assert.equal(textOf(object, "kind"), "ConfigMap");
  assert.notEqual(memberOf(object, "data"), undefined);
});

test("the same list, however it is asked for", () => {
  const list = answer("resourceList", { apiVersion: "apps/v1", resource: "deployments", namespace: "", labels: {} }, 3);
  assert.deepEqual(answer("kubernetesApi", { path: "/apis/apps/v1/deployments" }, 3), list);
  assert.deepEqual([textOf(list, "kind"), listOf(list, "items").length], ["DeploymentList", 3]);
});

test("now and then there is no object, and none by a name that no object has", () => {
  assert.equal(answer("resource", MAP, 9), null);
  assert.equal(answer("kubernetesApi", { path: "/api/v1/namespaces/base/configmaps/teams" }, 9), "failed");
  assert.equal(answer("resource", { ...MAP, name: "a[b]" }), null);
});

test("data of a global context is a list, or has one", () => {
  assert.ok(Array.isArray(answer("globalContext", { name: "a", projection: "" }, 3)));
  assert.ok(Array.isArray(memberOf(answer("globalContext", { name: "a", projection: "" }, 2), "items")));
});

test("other questions are not answered", () => {
  assert.equal(answer("http", { url: "https://a.example", headers: {} }), "not answered");
  assert.equal(answer("kubernetesApi", { path: "/api/v1/pods?limit=1" }), "not answered");
});
