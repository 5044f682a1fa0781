import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { compareText, memberOf, textOf, type Value } from "../../base/index.ts";
import type { Fact, FactKind } from "../../policy/index.ts";
import { CONTRACT_KINDS } from "../../ports/cluster.contract.ts";
import type { ClusterKind } from "../../ports/index.ts";
import { createFakeCluster, type FakeCluster } from "../../testing/fake-cluster.ts";
import { createClusterFacts } from "./cluster-facts.ts";

const [CONFIG_MAP] = CONTRACT_KINDS as [ClusterKind];
const CLUSTER_WIDE = CONTRACT_KINDS.find((kind) => !kind.namespaced) as ClusterKind;
const apiVersionOf = ({ group, version }: ClusterKind): string => (group === "" ? version : `${group}/${version}`);

async function filled(): Promise<FakeCluster> {
  const cluster = createFakeCluster(CONTRACT_KINDS);
  for (const [namespace, name, app] of [
    ["shop", "a", "web"],
    ["shop", "b", "db"],
    ["team", "c", "web"],
  ]) {
    const metadata = { namespace: namespace as string, name: name as string, labels: { app: app as string } };
    await cluster.create(CONFIG_MAP, { apiVersion: "v1", kind: "ConfigMap", metadata, data: { n: "1" } });
  }
  return cluster;
}

async function ask(cluster: FakeCluster, kind: FactKind, params: Value): Promise<Fact> {
  const facts = await createClusterFacts(cluster).load([{ key: "k", kind, params }]);
  return facts.get("k") as Fact;
}

const CONFIG_MAPS = { apiVersion: "v1", resource: "configmaps" };
const namesOf = (fact: Fact): readonly unknown[] => {
  assert.ok(fact.ok, JSON.stringify(fact));
  return (memberOf(fact.value, "items") as readonly Value[])
    .map((item) => textOf(memberOf(item, "metadata") ?? null, "name"))
    .toSorted(compareText);
};

describe("facts about a cluster's objects", () => {
  it("an object, and null where there is none", async () => {
    const cluster = await filled();
    const found = await ask(cluster, "resource", { ...CONFIG_MAPS, namespace: "shop", name: "a" });
    assert.ok(found.ok);
    assert.deepEqual(memberOf(found.value, "data"), { n: "1" });
    const none = await ask(cluster, "resource", { ...CONFIG_MAPS, namespace: "shop", name: "zz" });
    assert.deepEqual(none, { ok: true, value: null });
  });

  it("lists of all namespaces, of one, and by labels", async () => {
    const cluster = await filled();
    const list = async (namespace: string, labels: Value): Promise<readonly unknown[]> =>
      namesOf(await ask(cluster, "resourceList", { ...CONFIG_MAPS, namespace, labels }));
    assert.deepEqual(await list("", {}), ["a", "b", "c"]);
    assert.deepEqual(await list("shop", {}), ["a", "b"]);
    assert.deepEqual(await list("shop", { app: "web" }), ["a"]);
    assert.deepEqual(await list("", { app: "none" }), []);
  });

  it("how a kind is served", async () => {
    const cluster = await filled();
    assert.deepEqual(await ask(cluster, "resourceType", { apiVersion: "v1", kind: "ConfigMap" }), {
      ok: true,
      value: { group: "", version: "v1", resource: "configmaps" },
    });
  });

  const failures: readonly (readonly [name: string, kind: FactKind, params: Value, code: string])[] = [
    [
      "a plural that is not served",
      "resource",
      { apiVersion: "v1", resource: "nopes", namespace: "shop", name: "a" },
      "CLUSTER_NOT_FOUND",
    ],
    [
      "a version that is not served",
      "resourceList",
      { apiVersion: "v9", resource: "configmaps", namespace: "", labels: {} },
      "CLUSTER_NOT_FOUND",
    ],
    ["a kind that is not served", "resourceType", { apiVersion: "v1", kind: "Nope" }, "CLUSTER_NOT_FOUND"],
    [
      "a namespace where there is none",
      "resource",
      { apiVersion: apiVersionOf(CLUSTER_WIDE), resource: CLUSTER_WIDE.resource, namespace: "shop", name: "a" },
      "VALUE_INVALID",
    ],
    ["no namespace for what is in one", "resource", { ...CONFIG_MAPS, namespace: "", name: "a" }, "VALUE_INVALID"],
    [
      "a label that is more than one",
      "resourceList",
      { ...CONFIG_MAPS, namespace: "", labels: { app: "web,tier in (a)" } },
      "VALUE_INVALID",
    ],
    ["an object that is created", "resourcePost", { ...CONFIG_MAPS, namespace: "shop", object: {} }, "NOT_SUPPORTED"],
    ["what is no object of a cluster", "http", { url: "https://a/", headers: {} }, "NOT_SUPPORTED"],
  ];
  for (const [name, kind, params, code] of failures) {
    it(`${name} is a failed fact`, async () => {
      const fact = await ask(await filled(), kind, params);
      assert.ok(!fact.ok);
      assert.equal(fact.code, code);
    });
  }

  it("a server that fails is a failed fact, and is asked again later", async () => {
    const cluster = await filled();
    const facts = createClusterFacts(cluster);
    const request = { key: "k", kind: "resource", params: { ...CONFIG_MAPS, namespace: "shop", name: "a" } } as const;
    cluster.fail(1, "CLUSTER_FORBIDDEN");
    const failed = (await facts.load([request])).get("k");
    assert.ok(failed?.ok === false);
    assert.equal(failed.code, "CLUSTER_FORBIDDEN");
    assert.ok((await facts.load([request])).get("k")?.ok);
  });
});
