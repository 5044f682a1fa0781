import assert from "node:assert/strict";
import { test } from "node:test";
import { Double } from "../base/index.ts";
import type { AdmissionRecord } from "./admission-store.ts";
import type { Store } from "./store.ts";

export function admissionOf(id: string, more: Partial<AdmissionRecord> = {}): AdmissionRecord {
  return {
    id,
    at: "2026-01-02T03:04:05Z",
    cluster: "local",
    operation: "CREATE",
    kind: "Pod",
    namespace: "shop",
    name: `pod-${id}`,
    user: "system:serviceaccount:kube-system:replicaset-controller",
    allowed: true,
    dryRun: false,
    durationMs: 1.5,
    replayable: false,
    policies: [{ name: "p", digest: "sha256:0" }],
    decision: { resource: "Pod", allowed: true, images: [], rules: [] },
    ...more,
  };
}

/** What every store does with admissions. */
export function admissionStoreContract(open: () => Store): void {
  test("an admission comes back with everything it was decided from", async () => {
    const store = open();
    const admission = admissionOf("1", {
      allowed: false,
      message: "no signature \0 \ud800",
      replayable: true,
      inputs: {
        input: { object: { spec: { replicas: new Double(1), big: 2n ** 60n, text: "\0\udfff" } } },
        facts: { "image:{}": { ok: false, code: "REGISTRY_UNREACHABLE" } },
        now: 1_767_323_045_000,
        seed: "s",
      },
    });
    await store.admissions.record(admission);
    assert.deepEqual(await store.admissions.get("1"), admission);
    assert.equal(await store.admissions.get("2"), undefined);
    const { policies: _, decision: __, inputs: ___, ...summary } = admission;
    assert.deepEqual((await store.admissions.list({ limit: 5 })).items, [summary]);
  });

  test("what is not replayable says why", async () => {
    const store = open();
    const admission = admissionOf("1", { notReplayable: "a Secret was read" });
    await store.admissions.record(admission);
    assert.deepEqual(await store.admissions.get("1"), admission);
  });

  test("the same id keeps the first", async () => {
    const store = open();
    await store.admissions.record(admissionOf("1"));
    await store.admissions.record(admissionOf("1", { allowed: false }));
    assert.equal((await store.admissions.get("1"))?.allowed, true);
    assert.equal((await store.changes(0, 10)).length, 1);
  });

  test("admissions are found by each filter, newest first, page by page", async () => {
    const store = open();
    await store.admissions.record(admissionOf("1", { name: "web-1" }));
    await store.admissions.record(admissionOf("2", { at: "2026-01-02T03:04:06Z", allowed: false, user: "jane" }));
    await store.admissions.record(
      admissionOf("3", { at: "2026-01-02T03:04:05.500Z", kind: "Deployment", namespace: "web" }),
    );
    await store.admissions.record(admissionOf("4", { cluster: "other" }));
    const rows: readonly (readonly [Partial<Parameters<Store["admissions"]["list"]>[0]>, readonly string[]])[] = [
      [{}, ["2", "3", "4", "1"]],
      [{ allowed: false }, ["2"]],
      [{ allowed: true }, ["3", "4", "1"]],
      [{ namespace: "web" }, ["3"]],
      [{ kind: "Pod" }, ["2", "4", "1"]],
      [{ user: "jane" }, ["2"]],
      [{ cluster: "other" }, ["4"]],
      [{ search: "WEB-" }, ["1"]],
      [{ search: "%" }, []],
    ];
    for (const [query, expected] of rows) {
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await store.admissions.list({ ...query, limit: 2, ...(cursor === undefined ? {} : { cursor }) });
        seen.push(...page.items.map((item) => item.id));
        cursor = page.next;
      } while (cursor !== undefined);
      assert.deepEqual(seen, expected, JSON.stringify(query));
    }
  });

  test("old admissions are pruned, and all but the newest", async () => {
    const store = open();
    for (let at = 0; at < 6; at += 1)
      await store.admissions.record(admissionOf(`${at}`, { at: `2026-01-0${at + 1}T00:00:00Z` }));
    assert.equal(await store.admissions.prune("2026-01-02T00:00:00Z", 100), 1);
    assert.equal(await store.admissions.prune("2026-01-02T00:00:00Z", 2), 3);
    assert.deepEqual(
      (await store.admissions.list({ limit: 9 })).items.map((item) => item.id),
      ["5", "4"],
    );
    assert.equal(await store.admissions.prune("2026-01-02T00:00:00Z", 0), 2);
  });
}
