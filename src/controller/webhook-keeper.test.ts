import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AmapError, isValueObject, memberOf, type Value } from "../base/index.ts";
import { clusterOf, logOf, NOW, POLICY } from "../testing/controller-fixture.ts";
import type { FakeCluster } from "../testing/fake-cluster.ts";
import { createManualTime, settle } from "../testing/manual-time.ts";
import { createBell } from "./bell.ts";
import { VALIDATING_CONFIGURATION } from "./kinds.ts";
import { textAt } from "./kube-object.ts";
import type { WebhookPlan } from "./webhook-configuration.ts";
import { createWebhookKeeper, removeWebhookConfigurations } from "./webhook-keeper.ts";

const NEEDS: WebhookPlan["needs"] = [
  {
    failurePolicy: "Fail",
    purpose: "validate",
    timeoutSeconds: 10,
    rules: [{ apiGroups: [""], apiVersions: ["v1"], resources: ["pods"], operations: ["CREATE"], scope: "*" }],
  },
];
const PLAN: WebhookPlan = {
  needs: NEEDS,
  policyKinds: [POLICY],
  bundle: "-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n",
  client: { kind: "url", url: "https://127.0.0.1:9443" },
  excludedNamespaces: ["amap"],
  maxTimeoutSeconds: 30,
};

function start(first: WebhookPlan | undefined, wrap = (cluster: FakeCluster): FakeCluster => cluster) {
  const [cluster, time] = [wrap(clusterOf()), createManualTime(NOW)];
  const stop = new AbortController();
  const bell = createBell(time);
  const putBack: string[] = [];
  let plan = first;
  let confirmed = 0;
  const keeper = createWebhookKeeper({
    cluster,
    time,
    log: logOf(),
    bell,
    plan: () => plan,
    onPutBack: (name) => putBack.push(name),
    onConfirmed: () => {
      confirmed += 1;
    },
  });
  const running = [keeper.follow(stop.signal), keeper.keep(stop.signal)];
  return {
    cluster,
    time,
    keeper,
    putBack,
    confirmed: () => confirmed,
    use: async (next: WebhookPlan) => {
      plan = next;
      bell.ring();
      await settle();
    },
    get: (name: string) => cluster.get(VALIDATING_CONFIGURATION, { name }),
    stop: async () => {
      stop.abort();
      await settle();
      await Promise.all(running);
    },
  };
}

describe("keeping webhook configurations", () => {
  test("nothing is touched until policies and certificates are known", async () => {
    const kept = start(undefined);
    await settle();
    assert.equal(kept.cluster.calls.get("create"), undefined);
    assert.equal(kept.keeper.inPlace(), false);
    await kept.use(PLAN);
    assert.equal(kept.keeper.inPlace(), true);
    assert.deepEqual(kept.keeper.bundles(), [PLAN.bundle]);
    await kept.stop();
  });

  test("a change by somebody is put back at once, and so is a deletion; a change of ours is no such thing", async () => {
    const kept = start(PLAN);
    await settle();
    const before = (await kept.get("amap-validating")) ?? null;
    assert.ok(isValueObject(before));
    const [webhook] = before["webhooks"] as readonly Value[];
    assert.ok(isValueObject(webhook));
    // A condition that never holds would switch the webhook off.
    const conditions = [{ name: "never", expression: "false" }];
    await kept.cluster.update(VALIDATING_CONFIGURATION, {
      ...before,
      webhooks: [{ ...webhook, matchConditions: conditions }],
    });
    await settle();
    assert.deepEqual(memberOf(await kept.get("amap-validating"), "webhooks"), before["webhooks"]);
    await kept.cluster.delete(VALIDATING_CONFIGURATION, { name: "amap-validating" });
    await settle();
    assert.deepEqual(memberOf(await kept.get("amap-validating"), "webhooks"), before["webhooks"]);
    assert.deepEqual(kept.putBack, ["amap-validating", "amap-validating"]);
    await kept.use({ ...PLAN, maxTimeoutSeconds: 5 });
    assert.equal(kept.putBack.length, 2);
    await kept.stop();
  });

  test("a fight is slowed down", async () => {
    const kept = start(PLAN);
    await settle();
    for (let round = 0; round < 20; round += 1) {
      await kept.cluster.delete(VALIDATING_CONFIGURATION, { name: "amap-validating" });
      await settle();
    }
    assert.equal(kept.putBack.length, 11);
    await kept.time.advance(10_000);
    assert.equal(kept.putBack.length, 12);
    await kept.stop();
  });

  test("without policies the configuration goes; one that an installation brought is emptied", async () => {
    const kept = start(PLAN);
    await settle();
    await kept.use({ ...PLAN, needs: [] });
    assert.equal(await kept.get("amap-validating"), undefined);
    await kept.cluster.create(VALIDATING_CONFIGURATION, {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "ValidatingWebhookConfiguration",
      metadata: { name: "amap-validating", labels: { "app.kubernetes.io/managed-by": "Helm" } },
    });
    await kept.use(PLAN);
    const filled = await kept.get("amap-validating");
    assert.equal((memberOf(filled, "webhooks") as readonly Value[]).length, 1);
    assert.deepEqual(memberOf(memberOf(filled, "metadata"), "labels"), { "app.kubernetes.io/managed-by": "Helm" });
    await kept.use({ ...PLAN, needs: [] });
    assert.deepEqual(memberOf(await kept.get("amap-validating"), "webhooks"), []);
    assert.deepEqual(kept.putBack, []);
    await kept.stop();
  });

  test("what is trusted is told once it is written, with its age, and a failed write is tried again", async () => {
    const kept = start(PLAN);
    await settle();
    assert.equal(kept.confirmed(), 1);
    await kept.time.advance(5_000);
    assert.deepEqual(kept.keeper.trusted(), { bundle: PLAN.bundle, forMs: 5_000 });
    kept.cluster.fail(3, "CLUSTER_UNAVAILABLE");
    await kept.use({ ...PLAN, bundle: `${PLAN.bundle}${PLAN.bundle}` });
    assert.equal(kept.keeper.inPlace(), false);
    assert.equal(kept.keeper.trusted().bundle, PLAN.bundle);
    await kept.time.advance(1_000);
    assert.equal(kept.keeper.inPlace(), true);
    assert.equal(kept.confirmed(), 2);
    await kept.stop();
  });

  test("a configuration that somebody forbids keeps no other from being there", async () => {
    const kept = start(PLAN, (cluster) => ({
      ...cluster,
      create: (kind, object, options) =>
        textAt(object, "metadata", "name") === "amap-policies"
          ? Promise.reject(new AmapError("CLUSTER_FORBIDDEN", "a policy of somebody's denies it"))
          : cluster.create(kind, object, options),
    }));
    await settle();
    assert.ok(await kept.get("amap-validating"), "what judges is there");
    assert.equal(kept.keeper.inPlace(), false);
    assert.equal(kept.confirmed(), 0, "an authority is trusted when all trust it");
    await kept.stop();
  });

  test("uninstalling removes all of them", async () => {
    const kept = start(PLAN);
    await settle();
    await kept.stop();
    assert.equal(await removeWebhookConfigurations(kept.cluster), 2);
    assert.equal(await removeWebhookConfigurations(kept.cluster), 0);
  });
});
