import assert from "node:assert/strict";
import { test } from "node:test";
import { findKubernetesKind, findKubernetesType, kubernetesKinds, readType } from "./kubernetes-kinds.ts";

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
  assert.equal(findKubernetesType("core.v1.Nothing"), undefined);
});

test("lists have their types and keys", () => {
  const spec = findKubernetesType("core.v1.PodSpec");
  assert.deepEqual(spec?.get("containers"), {
    kind: "list",
    definition: "core.v1.Container",
    listType: "map",
    mapKeys: ["name"],
    mergeKeys: ["name"],
  });
  assert.equal(spec?.get("tolerations")?.listType, "atomic");
  assert.equal(spec?.get("tolerations")?.mergeKeys, undefined);
  assert.deepEqual(findKubernetesType("core.v1.ServiceSpec")?.get("ports")?.mergeKeys, ["port", "protocol"]);
  assert.deepEqual(findKubernetesType("meta.v1.ObjectMeta")?.get("finalizers")?.mergeKeys, []);
});

test("every line of the table is read, and leads to lines that are there", () => {
  let fields = 0;
  const seen = new Set<string>();
  const visit = (definition: string): void => {
    if (seen.has(definition)) return;
    seen.add(definition);
    for (const field of findKubernetesType(definition)?.values() ?? []) {
      fields++;
      if (field.definition === "") continue;
      assert.ok(findKubernetesType(field.definition), field.definition);
      visit(field.definition);
    }
  };
  const kinds = kubernetesKinds();
  for (const kind of kinds) {
    assert.match(kind.kind, /^[A-Z][A-Za-z]+$/);
    assert.match(kind.plural, /^[a-z]+$/);
    visit(kind.definition);
  }
  assert.ok(kinds.length > 70);
  assert.ok(fields > 500);
});

test("a line that cannot be read is a bug that is told", () => {
  assert.throws(() => readType("x.v1.X field"), /field/);
});
