import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { Cluster } from "../app/index.ts";
import { AmapError, memberOf } from "../base/index.ts";
import { clusterOf, logOf, NOW } from "../testing/controller-fixture.ts";
import { createManualTime, type ManualTime, settle } from "../testing/manual-time.ts";
import { LEASE } from "./kinds.ts";
import { textAt } from "./kube-object.ts";
import { type Election, LEASE_TIMES, runElection } from "./leader.ts";

/** A candidate that notes when it leads. */
function candidateOf(
  cluster: Cluster,
  time: ManualTime,
  identity: string,
  leading: Set<string>,
  most: { count: number },
) {
  const stop = new AbortController();
  const election: Election = {
    cluster,
    namespace: "amap",
    name: "lease",
    identity,
    time,
    log: logOf(),
    signal: stop.signal,
    lead: async (signal) => {
      leading.add(identity);
      most.count = Math.max(most.count, leading.size);
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
      leading.delete(identity);
    },
  };
  const ended = runElection(election);
  return { stop: () => stop.abort(), ended };
}

describe("leader election", () => {
  test("one of two leads, keeps leading, and hands over when it stops", async () => {
    const [cluster, time] = [clusterOf(), createManualTime(NOW)];
    const [leading, most] = [new Set<string>(), { count: 0 }];
    const one = candidateOf(cluster, time, "one", leading, most);
    await settle();
    const two = candidateOf(cluster, time, "two", leading, most);
    await time.advance(60_000);
    assert.deepEqual([...leading], ["one"]);
    one.stop();
    await one.ended;
    const lease = await cluster.get(LEASE, { namespace: "amap", name: "lease" });
    assert.equal(textAt(lease, "spec", "holderIdentity"), "", "it was given back");
    await time.advance(3_000);
    assert.deepEqual([...leading], ["two"], "without waiting for it to run out");
    two.stop();
    await two.ended;
    assert.equal(most.count, 1);
  });

  test("a Lease that is not renewed is taken over after its length, by the own clock", async () => {
    const [cluster, time] = [clusterOf(), createManualTime(NOW)];
    await cluster.create(LEASE, {
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: { name: "lease", namespace: "amap" },
      // Renewed in the far future by another machine's clock: that says nothing.
      spec: {
        holderIdentity: "gone",
        leaseDurationSeconds: 15,
        renewTime: "2036-01-01T00:00:00.000000Z",
        leaseTransitions: 3,
      },
    });
    const [leading, most] = [new Set<string>(), { count: 0 }];
    const one = candidateOf(cluster, time, "one", leading, most);
    await time.advance(14_000);
    assert.deepEqual([...leading], []);
    await time.advance(5_000);
    assert.deepEqual([...leading], ["one"]);
    const lease = await cluster.get(LEASE, { namespace: "amap", name: "lease" });
    assert.equal(memberOf(memberOf(lease, "spec"), "leaseTransitions"), 4);
    assert.match(textAt(lease, "spec", "renewTime") ?? "", /^2026-11-22T12:00:\d\d\.\d{6}Z$/);
    one.stop();
    await one.ended;
  });

  for (const [name, spoil] of [
    ["fails", async () => Promise.reject(new AmapError("CLUSTER_UNAVAILABLE", "away"))],
    ["hangs", () => new Promise<never>(() => undefined)],
  ] as const) {
    test(`a leader whose API server ${name} stops before its Lease runs out`, async () => {
      const [cluster, time] = [clusterOf(), createManualTime(NOW)];
      let isSpoilt = false;
      const spoilt: Cluster = { ...cluster, get: (...words) => (isSpoilt ? spoil() : cluster.get(...words)) };
      const [leading, most] = [new Set<string>(), { count: 0 }];
      const one = candidateOf(spoilt, time, "one", leading, most);
      await time.advance(5_000);
      assert.deepEqual([...leading], ["one"]);
      isSpoilt = true;
      await time.advance(LEASE_TIMES.renewDeadlineMs);
      assert.deepEqual([...leading], []);
      one.stop();
      await time.advance(5_000);
    });
  }

  test("a Lease whose answer came after the deadline is not led by", async () => {
    const [cluster, time] = [clusterOf(), createManualTime(NOW)];
    const slow: Cluster = {
      ...cluster,
      create: async (...words) => {
        const made = await cluster.create(...words);
        await time.wait(20_000);
        return made;
      },
    };
    const [leading, most] = [new Set<string>(), { count: 0 }];
    const one = candidateOf(slow, time, "one", leading, most);
    await time.advance(20_500);
    assert.equal(most.count, 0, "by now another could have taken it over");
    await time.advance(5_000);
    assert.deepEqual([...leading], ["one"], "at the next, quick answer it leads");
    one.stop();
    await one.ended;
  });

  test("two never lead at once, whatever fails and however long answers take", { timeout: 60_000 }, async () => {
    const schedule = fc.record({
      delays: fc.array(fc.integer({ min: 0, max: 25_000 }), { minLength: 1, maxLength: 40 }),
      failures: fc.array(fc.boolean(), { minLength: 1, maxLength: 40 }),
      stopOneAfter: fc.integer({ min: 1_000, max: 60_000 }),
    });
    await fc.assert(
      fc.asyncProperty(schedule, async ({ delays, failures, stopOneAfter }) => {
        const [cluster, time] = [clusterOf(), createManualTime(NOW)];
        let step = 0;
        const slow = async <T>(work: () => Promise<T>): Promise<T> => {
          step += 1;
          const delay = delays[step % delays.length] ?? 0;
          // The answer is late after the work, or the work after the question.
          await time.wait(step % 2 === 0 ? delay : 0);
          const fails = failures[step % failures.length] === true && step % 3 === 0;
          if (fails) throw new AmapError("CLUSTER_UNAVAILABLE", "away");
          const result = await work();
          await time.wait(step % 2 === 0 ? 0 : delay);
          return result;
        };
        const wrapped: Cluster = {
          ...cluster,
          get: (...words) => slow(() => cluster.get(...words)),
          create: (...words) => slow(() => cluster.create(...words)),
          update: (...words) => slow(() => cluster.update(...words)),
        };
        const [leading, most] = [new Set<string>(), { count: 0 }];
        const candidates = ["one", "two", "three"].map((name) => candidateOf(wrapped, time, name, leading, most));
        await time.advance(stopOneAfter);
        candidates[0]?.stop();
        await time.advance(60_000);
        for (const { stop } of candidates) stop();
        await time.advance(60_000);
        assert.ok(most.count <= 1, `${most.count} led at once`);
        assert.equal(leading.size, 0);
      }),
      { numRuns: 100, seed: 7 },
    );
  });
});
