import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isAmapError, memberOf, type Value } from "../../base/index.ts";
import type { PolicyStore, Store } from "../../ports/index.ts";
import { createEnforcementFixture, podRequest, policyObject } from "../../testing/enforcement-fixture.ts";
import { createFakeWorld } from "../../testing/fake-world.ts";
import { pod } from "../../testing/policy-builders.ts";
import type { Enforcement } from "./enforcement.ts";
import { policySourceOf } from "./policy-application.ts";
import { compilePolicyObject, policyTextOf } from "./policy-set.ts";

const deny = (message: string): Value => policyObject("p", { validations: [{ expression: "false", message }] });
const broken: Value = policyObject("p", { validations: [{ expression: "object.(" }] });
const saysOf = async (enforcement: Enforcement): Promise<string | undefined> =>
  (await enforcement.review(podRequest(pod("shop"), { dryRun: true }), { timeoutMs: 5_000 })).decision?.rules[0]
    ?.message;

async function withStore(run: (store: Store) => Promise<void>): Promise<void> {
  const { store } = await createEnforcementFixture();
  try {
    await run(store);
  } finally {
    await store.close();
  }
}

describe("policies as they change", () => {
  test("a broken version leaves the last good one in force, also after a restart", () =>
    withStore(async (store) => {
      const { enforcement } = await createEnforcementFixture({ store });
      assert.equal((await enforcement.applyPolicy(deny("one"))).state, "ready");
      const state = await enforcement.applyPolicy(broken);
      assert.deepEqual([state.state, state.lastReadyInForce, state.issues.length > 0], ["refused", true, true]);
      assert.equal(await saysOf(enforcement), "one");
      const { enforcement: restarted } = await createEnforcementFixture({ store });
      assert.equal((await restarted.applyPolicy(broken)).lastReadyInForce, true);
      assert.equal(await saysOf(restarted), "one");
    }));

  test("a policy that was removed is not brought back by a broken one of its name", () =>
    withStore(async (store) => {
      const { enforcement } = await createEnforcementFixture({ store });
      await enforcement.applyPolicy(deny("one"));
      await enforcement.removePolicy("ImageValidatingPolicy", "p");
      assert.equal((await enforcement.applyPolicy(broken)).lastReadyInForce, false);
      assert.equal(await saysOf(enforcement), undefined);
    }));

  test("a version that was changed in the store is not put in force", () =>
    withStore(async (store) => {
      await (await createEnforcementFixture({ store })).enforcement.applyPolicy(deny("one"));
      const lastReady: PolicyStore["lastReady"] = async (name) => {
        const record = await store.policies.lastReady(name);
        return record && { ...record, text: record.text.replace('"false"', '"true"') };
      };
      const evil: Store = { ...store, policies: { ...store.policies, lastReady } };
      const { enforcement } = await createEnforcementFixture({ store: evil });
      assert.equal((await enforcement.applyPolicy(broken)).lastReadyInForce, false);
    }));

  test("a store that hangs holds up no policy, and what it did not answer is told", async () => {
    const world = createFakeWorld();
    const store = await world.openStore(":memory:");
    const hangs = (): Promise<never> => new Promise(() => {});
    const { get, record, lastReady, remove } = { get: hangs, record: hangs, lastReady: hangs, remove: hangs };
    const silent: Store = { ...store, policies: { ...store.policies, get, record, lastReady, remove } };
    const { enforcement, storeFailures } = await createEnforcementFixture({ world, store: silent });
    const work = (async () => {
      await enforcement.applyPolicy(deny("one"));
      const { lastReadyInForce } = await enforcement.applyPolicy(broken);
      await enforcement.removePolicy("ImageValidatingPolicy", "p");
      return lastReadyInForce;
    })();
    const progress = { isDone: false };
    void work.then(() => {
      progress.isDone = true;
    });
    for (let turn = 0; turn < 20 && !progress.isDone; turn += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      world.clock.advance(1_000);
    }
    assert.equal(progress.isDone, true);
    assert.equal(await work, true);
    assert.ok(storeFailures.every((error) => isAmapError(error, "STORE_UNAVAILABLE")) && storeFailures.length >= 3);
    await store.close();
  });

  test("clusters that share a store neither forget nor inherit each other's policies", () =>
    withStore(async (store) => {
      const { enforcement: one } = await createEnforcementFixture({ store, cluster: "one" });
      const { enforcement: two } = await createEnforcementFixture({ store, cluster: "two" });
      await one.applyPolicy(deny("one's"));
      assert.equal((await store.policies.get("p"))?.source, policySourceOf("one"));
      assert.equal((await two.applyPolicy(broken)).lastReadyInForce, false, "another cluster's policy is not ours");
      await one.applyPolicy(deny("one's again"));
      await two.removePolicy("ImageValidatingPolicy", "p");
      assert.equal((await store.policies.get("p"))?.source, policySourceOf("one"));
    }));

  for (const last of ["a good version", "a removal"]) {
    test(`${last} that comes while the store is asked about a broken one counts`, () =>
      withStore(async (store) => {
        await (await createEnforcementFixture({ store })).enforcement.applyPolicy(deny("one"));
        let release = (): void => {};
        const gate = new Promise<void>((resolve) => {
          release = resolve;
        });
        const lastReady: PolicyStore["lastReady"] = async (name) => {
          await gate;
          return store.policies.lastReady(name);
        };
        const slow: Store = { ...store, policies: { ...store.policies, lastReady } };
        const { enforcement } = await createEnforcementFixture({ store: slow });
        const first = enforcement.applyPolicy(broken);
        if (last === "a removal") await enforcement.removePolicy("ImageValidatingPolicy", "p");
        else await enforcement.applyPolicy(deny("two"));
        release();
        await first;
        assert.equal(await saysOf(enforcement), last === "a removal" ? undefined : "two");
      }));
  }

  test("what only the API server writes makes no new version", () => {
    const object = deny("one") as { readonly [key: string]: Value };
    const metadata = { ...(memberOf(object, "metadata") as object), resourceVersion: "7", managedFields: [], uid: "u" };
    assert.equal(policyTextOf({ ...object, metadata, status: { ready: true } }).digest, policyTextOf(object).digest);
    assert.notEqual(policyTextOf(deny("two")).digest, policyTextOf(object).digest);
  });

  const junk: readonly Value[] = [
    null,
    "x",
    [],
    {},
    { kind: "ImageValidatingPolicy" },
    { kind: "List", items: [deny("one"), deny("two")] },
  ];
  for (const value of junk) {
    test(`refused: ${JSON.stringify(value).slice(0, 60)}`, () => {
      const compiled = compilePolicyObject(value);
      assert.ok(!compiled.ok && compiled.issues.length > 0);
    });
  }
});
