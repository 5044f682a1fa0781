import assert from "node:assert/strict";
import { request } from "node:https";
import { after, describe, test } from "node:test";
import { decodeBase64, decodeUtf8, formatTime, isValueObject, memberOf, readJson, type Value } from "../base/index.ts";
import {
  certificates,
  clusterOf,
  enforcementOf,
  listOf,
  logOf,
  metricOf,
  OPTIONS,
  POD,
  POLICY,
  podOf,
  policyOf,
  reviewOf,
} from "../testing/controller-fixture.ts";
import type { FakeCluster } from "../testing/fake-cluster.ts";
import { CERTIFICATE_SECRET } from "./certificates.ts";
import { decodeSecret } from "./certificates-plan.ts";
import { type ControllerParts, type RunningController, startController } from "./controller.ts";
import { LEASE, POLICY_REPORT, SECRET, VALIDATING_CONFIGURATION } from "./kinds.ts";
import { textAt, valueAt } from "./kube-object.ts";
import { createMetrics } from "./metrics.ts";
import type { ControllerOptions } from "./options.ts";
import { systemTime, type Time } from "./time.ts";

const DAY = 86_400_000;
const LEASE_TIMES = { leaseMs: 600, renewDeadlineMs: 400, retryMs: 50 };
const running = new Set<RunningController>();
after(() => Promise.all([...running].map((controller) => controller.stop())));

async function start(
  cluster: FakeCluster,
  options: Partial<ControllerOptions> = {},
  parts: Partial<ControllerParts> = {},
  offset = { ms: 0 },
) {
  const [log, metrics] = [logOf(), createMetrics()];
  const kept: string[] = [];
  const time: Time = { ...systemTime({ now: () => 0 } as never), now: () => Date.now() + offset.ms };
  const controller = await startController(
    {
      cluster,
      createEnforcement: () => enforcementOf(),
      certificates,
      store: {
        ping: async () => undefined,
        pruneResults: async () => undefined,
        keepPolicies: async (names) => void kept.push([...names].join()),
      },
      time,
      log,
      metrics,
      leaseTimes: LEASE_TIMES,
      ...parts,
    },
    { ...OPTIONS, ...options },
  );
  running.add(controller);
  const stop = async (): Promise<void> => {
    running.delete(controller);
    await controller.stop();
  };
  return { controller, log, metrics, kept, stop };
}

async function until(condition: () => Promise<boolean> | boolean, what: string): Promise<void> {
  for (let turn = 0; turn < 1_000; turn += 1) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.fail(`it did not happen: ${what}`);
}

const isReady =
  ({ controller }: { readonly controller: RunningController }) =>
  async () =>
    (await controller.reasons()).length === 0;

/** The authorities that an API server trusts: those of the webhook configuration. */
async function trustedBy(cluster: FakeCluster): Promise<string> {
  const configuration = await cluster.get(VALIDATING_CONFIGURATION, { name: "amap-validating" });
  const [webhook] = (memberOf(configuration, "webhooks") ?? []) as readonly Value[];
  return decodeUtf8(decodeBase64(textAt(webhook, "clientConfig", "caBundle") ?? "") ?? new Uint8Array()) ?? "";
}

/** Asks as an API server would. */
function ask(port: number, ca: string, object: Value): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const options = { host: "127.0.0.1", port, path: "/validate?timeout=10s", method: "POST", ca, agent: false };
    const sent = request({ ...options, headers: { "content-type": "application/json" } }, (response) => {
      const parts: Buffer[] = [];
      response.on("data", (part: Buffer) => parts.push(part)).on("error", reject);
      response.on("end", () => {
        if (response.statusCode !== 200) return reject(new Error(`HTTP ${response.statusCode}`));
        resolve(valueAt(readJson(Buffer.concat(parts)), "response", "allowed") === true);
      });
    });
    sent.on("error", reject);
    sent.end(reviewOf(object));
  });
}

describe("a controller", () => {
  test("from nothing to a denial, a report and a status, and a clean end", async () => {
    const cluster = clusterOf();
    await cluster.create(POD, podOf("runs", "bad"));
    const replica = await start(cluster);
    await until(isReady(replica), "ready");
    await until(() => replica.kept.length === 1, "policies that are gone are forgotten");
    assert.equal(await cluster.get(VALIDATING_CONFIGURATION, { name: "amap-validating" }), undefined);
    await cluster.create(POLICY, policyOf("no-bad"));
    await until(async () => (await trustedBy(cluster)) !== "", "the webhook configuration");
    const [port, ca] = [replica.controller.webhookPort() ?? 0, await trustedBy(cluster)];
    assert.equal(await ask(port, ca, podOf("a", "good")), true);
    assert.equal(await ask(port, ca, podOf("a", "bad")), false);
    await until(async () => (await listOf(cluster, POLICY_REPORT)).length === 1, "the report");
    const policy = await cluster.get(POLICY, { name: "no-bad" });
    assert.equal(valueAt(policy, "status", "conditionStatus", "ready"), true);
    assert.equal(await metricOf(replica.metrics, "amap_leader"), 1);
    await replica.stop();
    assert.deepEqual(await replica.controller.reasons().then(([first]) => first), "it is stopping");
    assert.equal(
      textAt(await cluster.get(LEASE, { namespace: "amap", name: "amap-controller" }), "spec", "holderIdentity"),
      "",
    );
    assert.ok(await trustedBy(cluster), "webhooks stay: a controller that is away must not open the cluster");
    assert.deepEqual(
      replica.log.lines.filter(({ level }) => level === "error"),
      [],
    );
  });

  test("keys are never logged", async () => {
    const cluster = clusterOf();
    const replica = await start(cluster);
    await until(isReady(replica), "ready");
    await replica.stop();
    assert.doesNotMatch(JSON.stringify(replica.log.lines), /BEGIN|PRIVATE/);
  });

  test("a new authority takes over while reviews go on, and the lead changes hands: no review fails", async (context) => {
    const cluster = clusterOf();
    await cluster.create(POLICY, policyOf("no-bad"));
    const lifetimes = { authorityMs: 365 * DAY, servingMs: 365 * DAY, graceMs: 200 };
    // The certificates are made 245 days ago, and valid today.
    const offset = { ms: -245 * DAY };
    const one = await start(cluster, { lifetimes, identity: "one", shutdownDelayMs: 100 }, {}, offset);
    const two = await start(cluster, { lifetimes, identity: "two", shutdownDelayMs: 100 }, {}, offset);
    await until(isReady(one), "one is ready");
    await until(isReady(two), "two is ready");
    await until(async () => (await trustedBy(cluster)) !== "", "the webhook configuration");
    const first = decodeSecret(await cluster.get(SECRET, { namespace: "amap", name: CERTIFICATE_SECRET }));

    const failures: string[] = [];
    const over = new AbortController();
    let sent = 0;
    const replicas = new Set([one, two]);
    const apiServer = async (): Promise<void> => {
      while (!over.signal.aborted) {
        for (const { controller } of replicas) {
          sent += 1;
          const wanted = sent % 2 === 0;
          await ask(controller.webhookPort() ?? 0, await trustedBy(cluster), podOf("a", wanted ? "good" : "bad")).then(
            (allowed) => (allowed === wanted ? undefined : failures.push("a wrong answer")),
            (error: unknown) => failures.push(`${formatTime(Date.now())} ${String(error)}`),
          );
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    };
    const asking = apiServer();
    context.after(() => {
      over.abort();
    });
    offset.ms = 0;
    // Anybody who touches the Secret wakes the leader, which sees that a third of the authority's life is left.
    const secret = await cluster.get(SECRET, { namespace: "amap", name: CERTIFICATE_SECRET });
    assert.ok(isValueObject(secret ?? null));
    await cluster.patch(
      SECRET,
      { namespace: "amap", name: CERTIFICATE_SECRET },
      { type: "merge", patch: { metadata: { labels: { touched: "yes" } } } },
    );
    const stateNow = async () =>
      decodeSecret(await cluster.get(SECRET, { namespace: "amap", name: CERTIFICATE_SECRET }));
    await until(async () => (await stateNow()).next !== undefined, "an announced authority");
    const announced = await stateNow();
    assert.equal(announced.serving?.certificatePem, first.serving?.certificatePem, "it signs nothing yet");
    await until(async () => (await stateNow()).previous !== undefined, "the new authority signs");
    const promoted = await stateNow();
    assert.equal(promoted.authority?.certificatePem, announced.next?.certificatePem);
    assert.equal(promoted.previous, first.authority?.certificatePem);
    await until(async () => (await stateNow()).previous === undefined, "the old authority is forgotten");
    await until(
      async () => !(await trustedBy(cluster)).includes((first.authority?.certificatePem ?? "x").trim()),
      "everywhere",
    );

    // An API server forgets a replica that is not ready, and asks the other.
    const leader = (await metricOf(one.metrics, "amap_leader")) === 1 ? one : two;
    const other = leader === one ? two : one;
    replicas.delete(leader);
    await leader.stop();
    await until(async () => (await metricOf(other.metrics, "amap_leader")) === 1, "the other leads");
    await until(isReady(other), "the other is ready");
    over.abort();
    await asking;
    assert.deepEqual(failures, []);
    assert.ok(sent >= 20, `${sent} reviews`);
    await other.stop();
  });

  test("nothing is scanned before the namespaces are known: every policy that selects by them would fail", async () => {
    const cluster = clusterOf();
    await cluster.create(POD, podOf("runs", "bad"));
    await cluster.create(POLICY, policyOf("no-bad"));
    const gate = Promise.withResolvers<void>();
    const slow: FakeCluster = {
      ...cluster,
      async *follow(kind, selection, signal) {
        if (kind.kind === "Namespace") await gate.promise;
        yield* cluster.follow(kind, selection, signal);
      },
    };
    const engine = enforcementOf();
    const replica = await start(slow, {}, { createEnforcement: () => engine });
    await until(async () => (await metricOf(replica.metrics, "amap_leader")) === 1, "it leads");
    await until(() => engine.policies().length === 1, "the policy is known");
    await new Promise((resolve) => setTimeout(resolve, 300));
    assert.deepEqual(engine.scans, []);
    gate.resolve();
    await until(() => engine.scans.length === 1, "the scan");
    await replica.stop();
  });

  test("a role can be left out", async () => {
    const cluster = clusterOf();
    const admission = await start(cluster, { roles: ["admission"], identity: "a" });
    const background = await start(cluster, { roles: ["background"], identity: "b" });
    await until(isReady(background), "background is ready");
    await until(isReady(admission), "admission is ready with the other's certificate");
    assert.equal(background.controller.webhookPort(), undefined);
    assert.equal(await metricOf(admission.metrics, "amap_leader"), 0);
    await Promise.all([admission.stop(), background.stop()]);
  });

  test("a cluster that is away at first is no crash; a store that is gone closes no cluster", async () => {
    const cluster = clusterOf();
    cluster.fail(5, "CLUSTER_UNAVAILABLE");
    let asked = 0;
    const replica = await start(
      cluster,
      {},
      {
        store: {
          ping: () => ((asked += 1) > 3 ? new Promise(() => {}) : Promise.reject(new Error("gone"))),
          pruneResults: async () => undefined,
          keepPolicies: async () => undefined,
        },
      },
    );
    await until(isReady(replica), "ready without its store");
    await until(async () => (await metricOf(replica.metrics, "amap_store_up")) === 0, "the store is missed");
    await until(async () => (await replica.controller.reasons()).length === 0 && asked > 3, "a store that hangs");
    const [askedBefore, began] = [asked, performance.now()];
    for (let turn = 0; turn < 10; turn += 1) await replica.controller.reasons();
    assert.ok(performance.now() - began < 1_000, "no probe waits for the store");
    assert.equal(asked, askedBefore, "it is asked once at a time");
    const told = replica.log.lines.filter(({ message }) => message.startsWith("the store does not answer"));
    assert.equal(told.length, 1, "told once");
    await replica.stop();
  });
});
