import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { compareText, memberOf, type Value } from "../base/index.ts";
import {
  clusterOf,
  enforcementOf,
  listOf,
  logOf,
  metricOf,
  NOW,
  POD,
  podOf,
  policyOf,
  REPLICA_SET,
} from "../testing/controller-fixture.ts";
import type { FakeCluster } from "../testing/fake-cluster.ts";
import { createManualTime, settle } from "../testing/manual-time.ts";
import { POLICY_REPORT } from "./kinds.ts";
import { textAt, valueAt } from "./kube-object.ts";
import { createMetrics } from "./metrics.ts";
import { createReports } from "./reports.ts";
import { createScan } from "./scan.ts";

type Engine = ReturnType<typeof enforcementOf>;

async function start(
  options: {
    readonly cluster?: FakeCluster;
    readonly maxReports?: number;
    readonly policies?: number;
    readonly wrap?: (enforcement: Engine) => Engine;
  } = {},
) {
  const { cluster = clusterOf(), maxReports = 100, policies = 1, wrap = (same: Engine) => same } = options;
  const time = createManualTime(NOW);
  const [enforcement, metrics, log] = [wrap(enforcementOf()), createMetrics(), logOf()];
  if (policies > 0) await enforcement.applyPolicy(policyOf("no-bad"));
  const pruned: string[] = [];
  const stop = new AbortController();
  const scan = createScan({
    cluster,
    enforcement,
    reports: createReports({ cluster, log, metrics, maxReports }),
    time,
    log,
    metrics,
    intervalMs: 3_600_000,
    onScanned: () => undefined,
    prune: async (before) => void pruned.push(before),
  });
  const reports = async (): Promise<readonly Value[]> => listOf(cluster, POLICY_REPORT);
  let running: Promise<void> | undefined;
  const run = async (): Promise<void> => {
    running = scan.run(stop.signal);
    await time.advance(1_000);
  };
  return {
    cluster,
    time,
    enforcement,
    metrics,
    log,
    scan,
    pruned,
    reports,
    run,
    stop: async () => {
      stop.abort();
      await settle();
      await running;
    },
  };
}

describe("the background scan", () => {
  test("everything that runs gets a report named by its uid and owned by it", async () => {
    const { cluster, run, reports, enforcement, pruned, stop } = await start();
    const made = await cluster.create(POD, podOf("a", "bad"));
    await cluster.create(POD, podOf("b", "good"));
    await run();
    assert.deepEqual(enforcement.scans, ["a", "b"], "once each, though their kind is followed too");
    const found = await reports();
    assert.deepEqual(
      found.map((report) => [textAt(report, "scope", "name"), valueAt(report, "summary", "fail")]),
      [
        ["a", 1],
        ["b", 0],
      ],
    );
    assert.equal(textAt(found[0], "metadata", "name"), textAt(made, "metadata", "uid"));
    const [owner] = valueAt(found[0], "metadata", "ownerReferences") as readonly Value[];
    assert.equal(memberOf(owner, "uid"), textAt(made, "metadata", "uid"));
    assert.deepEqual(pruned, ["2026-11-22T12:00:00Z"]);
    await stop();
  });

  test("a changed Pod is scanned at once, a change of something else is not, and equal results are not written again", async () => {
    const { cluster, run, time, enforcement, reports, metrics, stop } = await start();
    const pod = (await cluster.create(POD, podOf("a", "good"))) as Readonly<Record<string, Value>>;
    await run();
    await cluster.update(POD, { ...pod, status: { phase: "Running" } }, { subresource: "status" });
    await time.advance(1_000);
    assert.deepEqual(enforcement.scans, ["a"]);
    const status = { containerStatuses: [{ name: "main", imageID: "good@sha256:1" }] };
    const before = (await cluster.get(POD, { namespace: "default", name: "a" })) as Readonly<Record<string, Value>>;
    await cluster.update(POD, { ...before, status }, { subresource: "status" });
    await time.advance(1_000);
    assert.deepEqual(enforcement.scans, ["a", "a"], "another digest runs");
    assert.equal(await metricOf(metrics, 'amap_scan_reports_total{outcome="unchanged"}'), 1);
    await cluster.create(POD, podOf("c", "bad"));
    await time.advance(1_000);
    assert.equal((await reports()).length, 2);
    await stop();
  });

  test("a deleted Pod's report and results go", async () => {
    const { cluster, run, time, enforcement, reports, stop } = await start();
    await cluster.create(POD, podOf("a", "good"));
    await run();
    await cluster.delete(POD, { namespace: "default", name: "a" });
    await time.advance(1_000);
    assert.deepEqual(await reports(), []);
    assert.deepEqual(enforcement.forgotten, ["a"]);
    await stop();
  });

  test("a changed policy is a new scan within a second; changes that come together are one", async () => {
    const { cluster, run, time, scan, enforcement, reports, stop } = await start();
    await cluster.create(POD, podOf("a", "good"));
    await run();
    await enforcement.applyPolicy(policyOf("no-good", { deny: "good" }));
    for (let round = 0; round < 5; round += 1) scan.policiesChanged();
    await time.advance(1_000);
    assert.deepEqual(enforcement.scans, ["a", "a"]);
    assert.equal(valueAt((await reports())[0], "summary", "fail"), 1);
    await enforcement.removePolicy("", "no-good");
    await enforcement.removePolicy("", "no-bad");
    scan.policiesChanged();
    await time.advance(1_000);
    assert.deepEqual(await reports(), [], "without policies there are no reports");
    await stop();
  });

  test("numbers beyond 2^53, which a toleration may hold, stop nothing", async () => {
    const { cluster, run, time, enforcement, reports, stop } = await start();
    const pod = podOf("a", "good") as { readonly [key: string]: Value };
    const tolerations = [{ key: "x", operator: "Exists", tolerationSeconds: 9_223_372_036_854_775_807n }];
    const spec = { ...(pod["spec"] as object), tolerations } as Value;
    await cluster.create(POD, { ...pod, spec });
    await run();
    await cluster.create(POD, podOf("b", "good"));
    await time.advance(1_000);
    assert.deepEqual(enforcement.scans, ["a", "b"]);
    assert.equal((await reports()).length, 2);
    await stop();
  });

  test("a report that somebody deletes comes back with the next pass", async () => {
    const { cluster, run, time, reports, stop } = await start();
    await cluster.create(POD, podOf("a", "good"));
    await run();
    const name = textAt((await reports())[0], "metadata", "name") ?? "";
    await cluster.delete(POLICY_REPORT, { namespace: "default", name });
    assert.equal((await reports()).length, 0);
    await time.advance(3_602_000);
    assert.equal((await reports()).length, 1);
    await stop();
  });

  /** Holds the scans of one Pod until it is released. */
  function held(name: string) {
    const gate = Promise.withResolvers<void>();
    const wrap = (engine: Engine): Engine => ({
      ...engine,
      scan: async (object, options) => {
        if (textAt(object, "metadata", "name") === name) await gate.promise;
        return engine.scan(object, options);
      },
    });
    return { wrap, release: gate.resolve };
  }

  test("what is made during a pass keeps its report, though the pass has not listed it", async () => {
    const { wrap, release } = held("slow");
    const { cluster, run, time, reports, stop } = await start({ wrap });
    await cluster.create(POD, podOf("slow", "good"));
    await run();
    await cluster.create(POD, podOf("new", "good"));
    await time.advance(1_000);
    release();
    await time.advance(1_000);
    const kept = (await reports()).map((report) => textAt(report, "scope", "name") ?? "");
    assert.deepEqual(kept.toSorted(compareText), ["new", "slow"]);
    await stop();
  });

  test("what goes during a pass is not recorded after it went", async () => {
    const { wrap, release } = held("slow");
    const { cluster, run, time, enforcement, reports, stop } = await start({ wrap });
    await cluster.create(POD, podOf("slow", "good"));
    await run();
    await cluster.delete(POD, { namespace: "default", name: "slow" });
    await time.advance(1_000);
    release();
    await time.advance(1_000);
    assert.deepEqual(await reports(), []);
    assert.deepEqual(enforcement.forgotten, ["slow", "slow"]);
    await stop();
  });

  test("what is made again under the name of what went during a pass has its own report", async () => {
    const { wrap, release } = held("web-0");
    const { cluster, run, time, reports, stop } = await start({ wrap });
    await cluster.create(POD, podOf("web-0", "good"));
    await run();
    await cluster.delete(POD, { namespace: "default", name: "web-0" });
    const again = await cluster.create(POD, podOf("web-0", "good"));
    await time.advance(1_000);
    release();
    await time.advance(1_000);
    assert.deepEqual(
      (await reports()).map((report) => textAt(report, "metadata", "name")),
      [textAt(again, "metadata", "uid")],
    );
    await stop();
  });

  test("a store that fails for a while loses no changed Pod, and following goes on", async () => {
    let isGone = false;
    const wrap = (engine: Engine): Engine => ({
      ...engine,
      scan: (object, options) => (isGone ? Promise.reject(new Error("gone")) : engine.scan(object, options)),
      forget: (object) => (isGone ? Promise.reject(new Error("gone")) : engine.forget(object)),
    });
    const { cluster, run, time, reports, stop } = await start({ wrap });
    await cluster.create(POD, podOf("old", "good"));
    await run();
    isGone = true;
    const follows = cluster.calls.get("follow");
    await cluster.create(POD, podOf("new", "good"));
    await cluster.delete(POD, { namespace: "default", name: "old" });
    await time.advance(2_500);
    isGone = false;
    await time.advance(10_000);
    assert.deepEqual(
      (await reports()).map((report) => textAt(report, "scope", "name")),
      ["new"],
    );
    assert.equal(cluster.calls.get("follow"), follows, "nothing was listed from the start again");
    await stop();
  });

  test("everything is scanned again after the interval", async () => {
    const { cluster, run, time, enforcement, stop } = await start();
    await cluster.create(POD, podOf("a", "good"));
    await run();
    await time.advance(3_602_000);
    assert.deepEqual(enforcement.scans, ["a", "a"]);
    await stop();
  });

  test("an old ReplicaSet without replicas is left out", async () => {
    const { cluster, run, reports, stop } = await start();
    const replicaSet = (name: string, replicas: number): Value => ({
      apiVersion: "apps/v1",
      kind: "ReplicaSet",
      metadata: { name, namespace: "default" },
      spec: { replicas },
    });
    await cluster.create(REPLICA_SET, replicaSet("old", 0));
    await cluster.create(REPLICA_SET, replicaSet("new", 1));
    await run();
    assert.deepEqual(
      (await reports()).map((report) => textAt(report, "scope", "name")),
      ["new"],
    );
    await stop();
  });

  test("a kind that cannot be listed is told, the others are scanned, and nothing counts as gone", async () => {
    const cluster = clusterOf({ without: [REPLICA_SET.kind] });
    const { run, enforcement, log, metrics, pruned, stop } = await start({ cluster });
    await cluster.create(POD, podOf("a", "good"));
    await run();
    assert.deepEqual(enforcement.scans, ["a"]);
    assert.equal(await metricOf(metrics, "amap_scan_failed_kinds"), 1);
    assert.ok(log.lines.some(({ message, kind }) => message === "a kind could not be listed" && kind === "ReplicaSet"));
    assert.deepEqual(pruned, []);
    await stop();
  });

  test("one resource that cannot be judged does not stop the others, and keeps what was known", async () => {
    const { cluster, run, reports, metrics, pruned, stop } = await start();
    await cluster.create(POD, podOf("a", "good", { annotations: { throws: "yes" } }));
    await cluster.create(POD, podOf("b", "good"));
    await run();
    assert.deepEqual(
      (await reports()).map((report) => textAt(report, "scope", "name")),
      ["b"],
    );
    assert.equal(await metricOf(metrics, 'amap_scan_resources_total{outcome="failed"}'), 1);
    assert.deepEqual(pruned, []);
    await stop();
  });

  test("no more reports than the bound, and that is told once", async () => {
    const { cluster, run, reports, metrics, log, enforcement, stop } = await start({ maxReports: 2 });
    for (const name of ["a", "b", "c", "d"]) await cluster.create(POD, podOf(name, "good"));
    await run();
    assert.equal((await reports()).length, 2);
    assert.equal(enforcement.scans.length, 4, "the store has all");
    assert.equal(await metricOf(metrics, 'amap_scan_reports_total{outcome="over-limit"}'), 2);
    assert.equal(log.lines.filter(({ maxReports }) => maxReports === 2).length, 1);
    await stop();
  });

  test("reports of a former leader are known: equal ones stay, those of what is gone go", async () => {
    const cluster = clusterOf();
    await cluster.create(POD, podOf("a", "good"));
    const first = await start({ cluster });
    await first.run();
    await first.stop();
    await cluster.create(POLICY_REPORT, {
      apiVersion: "wgpolicyk8s.io/v1alpha2",
      kind: "PolicyReport",
      metadata: { name: "gone", namespace: "default", labels: { "app.kubernetes.io/managed-by": "amap" } },
    });
    const second = await start({ cluster });
    await second.run();
    assert.deepEqual(
      (await second.reports()).map((report) => textAt(report, "scope", "name")),
      ["a"],
    );
    assert.equal(await metricOf(second.metrics, 'amap_scan_reports_total{outcome="unchanged"}'), 1);
    await second.stop();
  });

  test("without the report kind results are in the store only, and that is told once", async () => {
    const cluster = clusterOf({ without: [POLICY_REPORT.kind] });
    const { run, enforcement, log, stop } = await start({ cluster });
    for (const name of ["a", "b", "c"]) await cluster.create(POD, podOf(name, "good"));
    await run();
    assert.equal(enforcement.scans.length, 3);
    assert.equal(log.lines.filter(({ code }) => code === "CLUSTER_NOT_FOUND").length, 1);
    await stop();
  });
});
