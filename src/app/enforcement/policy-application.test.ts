import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { memberOf, type Value } from "../../base/index.ts";
import type { PolicyStore, Store } from "../../ports/index.ts";
import { createEnforcementFixture, podRequest, policyObject } from "../../testing/enforcement-fixture.ts";
import { pod } from "../../testing/policy-builders.ts";
import type { Enforcement } from "./enforcement.ts";
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
