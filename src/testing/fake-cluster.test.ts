import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { memberOf, type Value } from "../base/index.ts";
import { CONTRACT_KINDS, clusterContract } from "../ports/cluster.contract.ts";
import type { ClusterEvent, ClusterKind } from "../ports/index.ts";
import { createFakeCluster } from "./fake-cluster.ts";

clusterContract("fake", async () => {
  const cluster = createFakeCluster(CONTRACT_KINDS);
  return { cluster, dispose: async () => cluster.close() };
});

const [CONFIG_MAP] = CONTRACT_KINDS as [ClusterKind];
const NAMESPACE = "n";
const configMap = (name: string, data: Value = {}): Value => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { namespace: NAMESPACE, name },
  data,
});

async function take(events: AsyncIterator<ClusterEvent>, count: number): Promise<readonly string[]> {
  const told: string[] = [];
  while (told.length < count) {
    const { value } = await events.next();
    const event = value as ClusterEvent;
    const name = "object" in event ? memberOf(memberOf(event.object, "metadata"), "name") : "";
    told.push(`${event.type} ${"code" in event ? event.code : typeof name === "string" ? name : ""}`.trim());
  }
  return told;
}

describe("the fake cluster misbehaves when told to", () => {
  it("fails as often as it was told, and counts calls", async () => {
    const cluster = createFakeCluster(CONTRACT_KINDS);
    cluster.fail(2, "CLUSTER_UNAVAILABLE");
    await assert.rejects(cluster.version(), { code: "CLUSTER_UNAVAILABLE" });
    await assert.rejects(cluster.create(CONFIG_MAP, configMap("a")), { code: "CLUSTER_UNAVAILABLE" });
    await cluster.create(CONFIG_MAP, configMap("a"));
    assert.equal(cluster.calls.get("create"), 2);
  });

  it("interrupts followers, who then hear what they missed", async () => {
    const cluster = createFakeCluster(CONTRACT_KINDS);
    const events = cluster.follow(CONFIG_MAP, {}, new AbortController().signal)[Symbol.asyncIterator]();
    assert.deepEqual(await take(events, 1), ["synced"]);
    cluster.disconnect();
    await cluster.create(CONFIG_MAP, configMap("a"));
    cluster.fail(1, "CLUSTER_FORBIDDEN");
    assert.deepEqual(await take(events, 4), [
      "interrupted CLUSTER_UNAVAILABLE",
      "interrupted CLUSTER_FORBIDDEN",
      "synced",
      "added a",
    ]);
    await cluster.close();
  });

  it("forgets the past: followers list again and hear of changes and deletions once", async () => {
    const cluster = createFakeCluster(CONTRACT_KINDS);
    for (const name of ["a", "b", "c", "d"]) await cluster.create(CONFIG_MAP, configMap(name));
    const events = cluster.follow(CONFIG_MAP, {}, new AbortController().signal)[Symbol.asyncIterator]();
    assert.equal((await take(events, 5)).at(-1), "synced");
    await cluster.delete(CONFIG_MAP, { namespace: NAMESPACE, name: "a" });
    await cluster.update(CONFIG_MAP, configMap("b", { x: "1" }));
    await cluster.delete(CONFIG_MAP, { namespace: NAMESPACE, name: "c" });
    await cluster.create(CONFIG_MAP, configMap("c"));
    cluster.compact();
    const told = await take(events, 5);
    assert.deepEqual([...told].sort(), ["added c", "deleted a", "deleted c", "modified b", "synced"]);
    assert.equal(told.at(-1), "synced");
    await cluster.close();
    assert.equal((await events.next()).done, true);
  });

  it("what it answers cannot be changed, and what it was given stays as it was", async () => {
    const cluster = createFakeCluster(CONTRACT_KINDS);
    const given = { ...(configMap("a") as object), data: { x: "1" } };
    const created = await cluster.create(CONFIG_MAP, given);
    given.data.x = "2";
    assert.deepEqual(memberOf(created, "data"), { x: "1" });
    assert.equal(Object.isFrozen(memberOf(created, "data")), true);
  });
});
