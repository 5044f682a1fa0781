import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { encodeUtf8, type Value } from "../base/index.ts";
import { clusterOf, listOf, logOf, metricOf, NOW } from "../testing/controller-fixture.ts";
import { createManualTime, settle } from "../testing/manual-time.ts";
import { createEvents, cutToBytes, EVENT_LIMITS } from "./events.ts";
import { EVENT } from "./kinds.ts";
import { textAt, valueAt } from "./kube-object.ts";
import { createMetrics } from "./metrics.ts";
import { createTelling } from "./telling.ts";

const about = { apiVersion: "v1", kind: "Pod", namespace: "shop", name: "web", uid: "u" };

function start() {
  const [cluster, time, metrics] = [clusterOf(), createManualTime(NOW), createMetrics()];
  const stop = new AbortController();
  const events = createEvents({ cluster, time, log: logOf(), metrics, instance: "one" });
  const tell = (message: string, more = about): void =>
    events.tell({ reason: "PolicyViolation", about: more, message, component: "amap-scan" });
  const running = events.run(stop.signal);
  const sent = (): Promise<readonly Value[]> => listOf(cluster, EVENT);
  return {
    cluster,
    time,
    metrics,
    tell,
    sent,
    stop: async () => {
      stop.abort();
      await settle();
      await running;
    },
  };
}

describe("events", () => {
  test("an event is about its object, in its namespace; what has none is told in default", async () => {
    const { tell, sent, time, stop } = start();
    tell("no");
    tell("no", {
      apiVersion: "policies.kyverno.io/v1",
      kind: "ImageValidatingPolicy",
      name: "p",
      uid: "v",
    } as typeof about);
    await time.advance(10);
    const [first, second] = await sent();
    assert.deepEqual(valueAt(first, "involvedObject"), { ...about });
    assert.equal(textAt(first, "metadata", "namespace"), "shop");
    assert.equal(textAt(first, "reason"), "PolicyViolation");
    assert.equal(textAt(first, "source", "component"), "amap-scan");
    assert.equal(textAt(second, "metadata", "namespace"), "default");
    await stop();
  });

  test("the same is told once in ten minutes", async () => {
    const { tell, sent, time, metrics, stop } = start();
    for (let round = 0; round < 5; round += 1) tell("no");
    await time.advance(1_000);
    assert.equal((await sent()).length, 1);
    assert.equal(await metricOf(metrics, 'amap_events_total{outcome="repeated"}'), 4);
    await time.advance(EVENT_LIMITS.repeatMs);
    tell("no");
    await time.advance(1_000);
    assert.equal((await sent()).length, 2);
    await stop();
  });

  test("a flood is sent slowly, and what does not fit is dropped and counted", async () => {
    const { tell, sent, time, metrics, stop } = start();
    for (let index = 0; index < EVENT_LIMITS.queued + 40; index += 1) tell(`no ${index}`);
    assert.equal(await metricOf(metrics, "amap_events_dropped_total"), 40);
    await time.advance(10);
    assert.equal((await sent()).length, EVENT_LIMITS.burst);
    await time.advance(2_000);
    assert.equal((await sent()).length, EVENT_LIMITS.burst + 10);
    await stop();
  });

  test("one that cannot be written is counted, and the next is", async () => {
    const { cluster, tell, sent, time, metrics, stop } = start();
    cluster.fail(1, "CLUSTER_FORBIDDEN");
    tell("a");
    tell("b");
    await time.advance(1_000);
    assert.equal(await metricOf(metrics, 'amap_events_total{outcome="failed"}'), 1);
    assert.equal((await sent()).length, 1);
    await stop();
  });

  test("text is cut to bytes between characters", () => {
    assert.equal(cutToBytes("short", 1_024), "short");
    const cut = cutToBytes("ä€😀".repeat(500), 1_024);
    assert.ok(encodeUtf8(cut).byteLength <= 1_024);
    assert.match(cut, /…$/);
    assert.doesNotMatch(cut, /\uFFFD/);
  });
});

describe("what is told", () => {
  const told: { readonly reason: string; readonly message: string; readonly about: { readonly name: string } }[] = [];
  const policy = { apiVersion: "policies.kyverno.io/v1", kind: "ImageValidatingPolicy", name: "p", uid: "v" };
  const telling = createTelling({
    events: { tell: (event) => told.push(event) },
    policyOf: (name) => (name === "p" ? policy : undefined),
  });
  const rules = [
    { policy: "p", rule: "signed", status: "fail", message: "not signed" },
    { policy: "p", rule: "fresh", status: "error", message: "no answer", code: "FACT_FAILED" },
    { policy: "p", rule: "ok", status: "pass" },
    { policy: "gone", rule: "x", status: "fail" },
  ] as const;
  const decision = { resource: "r", allowed: false, images: [], rules };
  const request = { kind: { kind: "Pod" }, namespace: "shop", name: "", dryRun: false };
  const denied = { response: { uid: "u", allowed: false }, decision, notEnforced: 0, durationMs: 1 };

  test("a denial is told about its policies", () => {
    telling.reviewed(request as never, denied);
    assert.deepEqual(
      told.splice(0).map(({ reason, message, about: { name } }) => [reason, name, message]),
      [
        ["PolicyViolation", "p", "Pod shop/(unnamed): [signed] not signed; blocked"],
        ["PolicyError", "p", "Pod shop/(unnamed): [fresh] FACT_FAILED: no answer; blocked"],
      ],
    );
  });

  test("a denied Secret's message may quote its values, and is no Event", () => {
    telling.reviewed({ ...request, kind: { group: "", kind: "Secret" } } as never, denied);
    assert.equal(told.length, 2);
    for (const { message } of told.splice(0)) assert.doesNotMatch(message, /not signed|no answer/);
  });

  test("what was allowed, and dry runs, are not", () => {
    telling.reviewed({ ...request, dryRun: true } as never, denied);
    telling.reviewed(request as never, { ...denied, response: { uid: "u", allowed: true } });
    assert.deepEqual(told, []);
  });

  test("a scan tells what became worse", () => {
    const resource = { cluster: "c", ...about };
    const change = { at: "", resource, policy: "p", rule: "signed", message: "gone" };
    telling.scanned({
      resource,
      decision,
      checkedAt: "",
      report: null,
      changes: [{ ...change, to: "fail" }, { ...change, to: "pass" }, change],
    });
    assert.deepEqual(
      told.splice(0).map(({ message }) => message),
      ["policy p/signed fail: gone"],
    );
  });
});
