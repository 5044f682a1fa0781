import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isValueObject, memberOf, type Value } from "../base/index.ts";
import { clusterOf, enforcementOf, logOf, metricOf, NOW, POLICY, policyOf } from "../testing/controller-fixture.ts";
import type { FakeCluster } from "../testing/fake-cluster.ts";
import { createManualTime, settle } from "../testing/manual-time.ts";
import type { ObjectIdentity } from "./kube-object.ts";
import { valueAt } from "./kube-object.ts";
import { createMetrics } from "./metrics.ts";
import { createPolicies } from "./policies.ts";
import { encodePolicyStatus } from "./policy-status.ts";

function start(cluster: FakeCluster = clusterOf(), apply?: (object: Value) => void) {
  const time = createManualTime(NOW);
  const [enforcement, metrics, log] = [enforcementOf(), createMetrics(), logOf()];
  const refused: ObjectIdentity[] = [];
  const stop = new AbortController();
  const counts = { changes: 0, syncs: 0, applied: 0 };
  const counted = {
    ...enforcement,
    applyPolicy: (object: Value) => {
      counts.applied += 1;
      apply?.(object);
      return enforcement.applyPolicy(object);
    },
  };
  const policies = createPolicies({
    cluster,
    enforcement: counted,
    time,
    log,
    metrics,
    onChange: () => {
      counts.changes += 1;
    },
    onSynced: () => {
      counts.syncs += 1;
    },
    onRefused: (policy) => refused.push(policy),
  });
  const running = policies.follow(stop.signal);
  const leading = new AbortController();
  return {
    cluster,
    time,
    enforcement,
    metrics,
    log,
    policies,
    refused,
    counts,
    lead: () => void policies.writeStatus(leading.signal),
    status: async (name: string) =>
      memberOf(memberOf(await cluster.get(POLICY, { name }), "status"), "conditionStatus"),
    stop: async () => {
      stop.abort();
      leading.abort();
      await settle();
      await running;
    },
  };
}

const names = (enforcement: ReturnType<typeof enforcementOf>): string[] =>
  enforcement.policies().map(({ name, state }) => `${name} ${state}`);

describe("following policies", () => {
  test("what is there is in force before it is said to be known; what comes and goes follows", async () => {
    const cluster = clusterOf();
    await cluster.create(POLICY, policyOf("a"));
    const { policies, enforcement, metrics, stop } = start(cluster);
    assert.equal(policies.synced(), false);
    await settle();
    assert.equal(policies.synced(), true);
    assert.deepEqual(names(enforcement), ["a ready"]);
    await cluster.create(POLICY, policyOf("b", { broken: true }));
    await settle();
    assert.deepEqual(names(enforcement), ["a ready", "b refused"]);
    assert.equal(await metricOf(metrics, 'amap_policies{state="refused"}'), 1);
    await cluster.delete(POLICY, { name: "a" });
    await settle();
    assert.deepEqual(names(enforcement), ["b refused"]);
    await stop();
  });

  test("only the leader writes the status, and its own write is no change", async () => {
    const { cluster, policies: _, lead, status, counts, time, stop, refused } = start();
    await cluster.create(POLICY, policyOf("a"));
    await cluster.create(POLICY, policyOf("b", { broken: true }));
    await settle();
    assert.equal(await status("a"), undefined);
    lead();
    await settle();
    assert.equal(memberOf(await status("a"), "ready"), true);
    const condition = (memberOf(await status("b"), "conditions") as readonly Value[])[0];
    assert.equal(memberOf(condition, "status"), "False");
    assert.equal(memberOf(condition, "message"), "spec.broken: it is broken");
    assert.equal(memberOf(condition, "observedGeneration"), 1);
    assert.equal(refused[0]?.name, "b");
    assert.ok(refused[0]?.uid !== undefined);
    const patches = cluster.calls.get("patch");
    await time.advance(60_000);
    assert.equal(cluster.calls.get("patch"), patches, "no loop");
    assert.deepEqual([counts.applied, counts.changes], [2, 2]);
    await stop();
  });

  test("a fight over a status is no loop", async () => {
    const { cluster, lead, time, log, stop } = start();
    lead();
    await cluster.create(POLICY, policyOf("a"));
    await settle();
    const other = { type: "merge", patch: { status: { conditionStatus: { ready: false } } } } as const;
    const patches = (): number => cluster.calls.get("patch") ?? 0;
    const first = patches();
    for (let round = 0; round < 20; round += 1) {
      await cluster.patch(
        POLICY,
        { name: "a" },
        { ...other, patch: { status: { conditionStatus: { round } } } },
        { subresource: "status" },
      );
      await settle();
    }
    assert.equal(patches() - first, 20, "only the other's");
    assert.ok(log.lines.some(({ message }) => message.startsWith("somebody else writes")));
    await time.advance(10_000);
    await cluster.patch(POLICY, { name: "a" }, other, { subresource: "status" });
    await settle();
    assert.equal(patches() - first, 22, "put back");
    await stop();
  });

  test("a mended policy becomes ready, with the time of its change; a touched one keeps its time", async () => {
    const { cluster, lead, status, time, stop } = start();
    lead();
    await cluster.create(POLICY, policyOf("a", { broken: true }));
    await settle();
    const at = (value: Value | undefined) =>
      memberOf((memberOf(value, "conditions") as readonly Value[])[0], "lastTransitionTime");
    assert.equal(at(await status("a")), "2026-11-22T12:00:00Z");
    await time.advance(60_000);
    const touch = async (spec: Readonly<Record<string, Value>>): Promise<void> => {
      const before = await cluster.get(POLICY, { name: "a" });
      assert.ok(isValueObject(before ?? null));
      await cluster.update(POLICY, { ...(before as Readonly<Record<string, Value>>), spec });
      await settle();
    };
    await touch({ broken: true, deny: "more" });
    assert.equal(at(await status("a")), "2026-11-22T12:00:00Z");
    await touch({ deny: "more" });
    assert.equal(at(await status("a")), "2026-11-22T12:01:00Z");
    assert.equal(memberOf(await status("a"), "observedGeneration"), 3);
    await stop();
  });

  test("a kind that is not served is looked for again; until then no crash, and readiness is not kept for ever", async () => {
    const { policies, time, counts, log, stop } = start(clusterOf({ without: [POLICY.kind] }));
    await settle();
    assert.equal(policies.synced(), false, "an API server that starts may serve it soon");
    await time.advance(5_000);
    assert.equal(policies.synced(), true);
    assert.deepEqual(policies.missingKinds(), [POLICY.kind]);
    assert.equal(counts.syncs, 1);
    await time.advance(60_000);
    assert.equal(log.lines.filter(({ level }) => level === "warn").length, 1);
    await stop();
  });

  test("what vanished while nobody looked is removed after a relist, and an outage removes nothing", async () => {
    const { cluster, enforcement, stop } = start();
    await cluster.create(POLICY, policyOf("a"));
    await cluster.create(POLICY, policyOf("b"));
    await settle();
    cluster.fail(3, "CLUSTER_UNAVAILABLE");
    cluster.disconnect();
    assert.equal(names(enforcement).length, 2);
    await settle();
    assert.equal(names(enforcement).length, 2);
    await cluster.delete(POLICY, { name: "a" });
    cluster.compact();
    await settle();
    assert.deepEqual(names(enforcement), ["b ready"]);
    await stop();
  });

  test("a policy that takes amap by surprise takes no other with it (C15)", async () => {
    const cluster = clusterOf();
    for (const name of ["a", "b", "c"]) await cluster.create(POLICY, policyOf(name));
    const { policies, enforcement, log, stop } = start(cluster, (object) => {
      if (valueAt(object, "metadata", "name") === "b") throw new Error("a bug");
    });
    await settle();
    assert.equal(policies.synced(), true);
    assert.deepEqual(names(enforcement), ["a ready", "c ready"]);
    assert.ok(log.lines.some(({ level, policy }) => level === "error" && policy === "b"));
    await stop();
  });

  test("a policy with numbers beyond 2^53 is followed like any other", async () => {
    const { cluster, enforcement, stop } = start();
    await cluster.create(POLICY, policyOf("a", { large: 9_223_372_036_854_775_807n }));
    await settle();
    assert.deepEqual(names(enforcement), ["a ready"]);
    await stop();
  });

  test("for how long nothing was heard of a kind is known", async () => {
    const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const cluster: FakeCluster = {
      ...clusterOf(),
      async *follow(_kind, _selection, signal) {
        yield { type: "synced" };
        await gates[0]?.promise;
        for (let turn = 0; turn < 3; turn += 1)
          yield { type: "interrupted", code: "CLUSTER_FORBIDDEN", message: "no", retryInMs: 0 };
        await gates[1]?.promise;
        yield { type: "synced" };
        await new Promise<void>((resolve) => {
          signal.addEventListener("abort", () => resolve());
        });
      },
    };
    const { policies, time, stop } = start(cluster);
    await settle();
    assert.equal(policies.interruptedMs(), 0);
    gates[0]?.resolve();
    await time.advance(60_000);
    assert.equal(policies.interruptedMs(), 60_000);
    gates[1]?.resolve();
    await settle();
    assert.equal(policies.interruptedMs(), 0);
    await stop();
  });

  test("a status that cannot be written is told and stops nothing", async () => {
    const { cluster, lead, log, enforcement, stop } = start();
    lead();
    await settle();
    await cluster.create(POLICY, policyOf("a"));
    cluster.fail(1, "CLUSTER_FORBIDDEN");
    await settle();
    assert.ok(log.lines.some(({ code }) => code === "CLUSTER_FORBIDDEN"));
    assert.deepEqual(names(enforcement), ["a ready"]);
    await stop();
  });
});

test("a policy whose older version stays in force says so", () => {
  const state = {
    kind: "ImageValidatingPolicy",
    name: "a",
    digest: `sha256:${"0".repeat(64)}`,
    state: "refused",
    issues: [{ code: "X", path: "spec.a", message: "no" }],
    rules: [],
    lastReadyInForce: true,
  } as const;
  const status = encodePolicyStatus(state as never, null, 4, NOW);
  assert.equal(valueAt(status, "message"), "spec.a: no\nThe version before it stays in force.");
  assert.equal(valueAt(status, "ready"), false);
});
