import assert from "node:assert/strict";
import { test } from "node:test";
import { findKubernetesKind, kubernetesKinds } from "./kubernetes-kinds.ts";

test("a kind has its plural, scope and subresources", () => {
  const pod = findKubernetesKind("v1", "Pod");
  assert.equal(pod?.plural, "pods");
  assert.equal(pod?.namespaced, true);
  assert.equal(pod?.group, "");
  assert.deepEqual(
    pod?.subresources.find(({ name }) => name === "exec"),
    { name: "exec", apiVersion: "v1", kind: "PodExecOptions" },
  );
  assert.deepEqual(
    pod?.subresources.find(({ name }) => name === "eviction"),
    { name: "eviction", apiVersion: "policy/v1", kind: "Eviction" },
  );
  assert.equal(findKubernetesKind("v1", "Namespace")?.namespaced, false);
  assert.equal(findKubernetesKind("networking.k8s.io/v1", "NetworkPolicy")?.plural, "networkpolicies");
});

test("what is no built-in kind is none", () => {
  for (const [apiVersion, kind] of [
    ["v2", "Pod"],
    ["", "Pod"],
    ["v1", "constructor"],
    ["kyverno.io/v1", "ClusterPolicy"],
  ]) {
    assert.equal(findKubernetesKind(apiVersion as string, kind as string), undefined);
  }
});

test("every line of the table is read", () => {
  const kinds = kubernetesKinds();
  for (const kind of kinds) {
    assert.match(kind.kind, /^[A-Z][A-Za-z]+$/);
    assert.match(kind.plural, /^[a-z]+$/);
  }
  assert.ok(kinds.length > 70);
});
