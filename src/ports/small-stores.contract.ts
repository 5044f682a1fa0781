/** Contracts of the parts of the store that need few words: evidence, policies, sessions and the audit log. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { canonicalJson, Double, digestOf, encodeUtf8, isAmapError, type Value } from "../base/index.ts";
import type { PolicyRecord } from "./policy-store.ts";
import { resultOf } from "./result-store.contract.ts";
import type { Store } from "./store.ts";

const TIME = "2026-01-02T03:04:05Z";
const LATER = "2026-01-02T04:00:00Z";

/** What every store does with evidence. */
export function evidenceStoreContract(open: () => Store): void {
  test("cached evidence is found while it is young enough", async () => {
    const { evidence } = open();
    const value = { number: new Double(2), text: "\0\ud800", list: [null, 2n ** 60n] };
    await evidence.put("key\0", { loadedAt: TIME, value });
    assert.deepEqual(await evidence.find("key\0", TIME), { loadedAt: TIME, value });
    assert.equal(await evidence.find("key\0", LATER), undefined);
    assert.equal(await evidence.find("key", TIME), undefined);
    await evidence.put("key\0", { loadedAt: LATER, value: 1 });
    await evidence.put("key\0", { loadedAt: TIME, value: "an older one that came late" });
    assert.deepEqual(await evidence.find("key\0", TIME), { loadedAt: LATER, value: 1 });
    await evidence.put("k".repeat(100_000), { loadedAt: TIME, value: null });
    assert.deepEqual(await evidence.find("k".repeat(100_000), TIME), { loadedAt: TIME, value: null });
    assert.equal(await evidence.prune(LATER), 1);
    assert.equal((await evidence.find("key\0", TIME))?.value, 1);
  });

  test("the newest that was seen is remembered, and outlives what is cached", async () => {
    const { evidence } = open();
    const entry = (key: string, statedAt: string, id = key) => ({ key, statedAt, id });
    await evidence.remember([entry("a", TIME), entry("b", LATER), entry("a", LATER, "newer"), entry("c\ud800", TIME)]);
    await evidence.remember([entry("a", TIME, "older"), entry("b", LATER, "same time")]);
    await evidence.prune("2030-01-01T00:00:00Z");
    const seen = await evidence.seen(["a", "b", "none", "c\ud800", "a"]);
    assert.deepEqual([...seen.values()].map(({ key, id }) => `${key} ${id}`).toSorted(), [
      "a newer",
      "b b",
      "c\ud800 c\ud800",
    ]);
    assert.deepEqual(seen.get("a"), entry("a", LATER, "newer"));
    assert.equal((await evidence.seen([])).size, 0);
    await evidence.remember([]);
    await assert.rejects(evidence.remember([entry("z", "yesterday")]), (error) => isAmapError(error, "VALUE_INVALID"));
  });
}

export function policyOf(name: string, more: Partial<PolicyRecord> = {}): PolicyRecord {
  return {
    name,
    kind: "ImageValidatingPolicy",
    source: "cluster",
    digest: `sha256:${name}`,
    text: `{"name":"${name}"}`,
    state: "ready",
    issues: [],
    rules: ["r"],
    validationActions: ["Deny"],
    failurePolicy: "Fail",
    admission: true,
    background: true,
    recordedAt: TIME,
    ...more,
  };
}

/** What every store does with policies. */
export function policyStoreContract(open: () => Store): void {
  test("policies are listed by name with their results", async () => {
    const { policies, results } = open();
    await policies.record(policyOf("b"));
    await policies.record(
      policyOf("a", { state: "refused", issues: [{ code: "POLICY_INVALID", path: "spec", message: "\0" }] }),
    );
    await results.record(resultOf("one", { rules: { "b/x": "fail", "b/y": "pass", "gone/z": "fail" } }));
    await results.record(resultOf("two", { rules: { "b/x": "fail" } }));
    const none = { pass: 0, warn: 0, fail: 0, error: 0, skip: 0 };
    const refused = policyOf("a", {
      state: "refused",
      issues: [{ code: "POLICY_INVALID", path: "spec", message: "\0" }],
    });
    assert.deepEqual(await policies.list(), [
      { ...refused, results: none },
      { ...policyOf("b"), results: { ...none, fail: 2, pass: 1 } },
    ]);
    assert.deepEqual(await policies.get("b"), { ...policyOf("b"), results: { ...none, fail: 2, pass: 1 } });
    assert.equal(await policies.get("c"), undefined);
    const overview = await open().overview.read(TIME);
    assert.deepEqual([overview.policies.ready, overview.policies.refused], [1, 1]);
  });

  test("every version is kept, and the newest that was ready is known", async () => {
    const { policies } = open();
    const [first, second, broken] = [
      policyOf("p", { digest: "sha256:1" }),
      policyOf("p", { digest: "sha256:2", recordedAt: LATER }),
      policyOf("p", { digest: "sha256:3", state: "refused" }),
    ];
    for (const policy of [first, second, broken]) await policies.record(policy);
    assert.deepEqual(await policies.version("sha256:1"), first);
    assert.deepEqual(await policies.lastReady("p"), second);
    assert.equal((await policies.get("p"))?.state, "refused");
    await policies.record(first);
    assert.deepEqual(await policies.lastReady("p"), first, "going back makes the old version the newest");
    assert.equal((await policies.list()).length, 1);
    assert.equal(await policies.version("sha256:9"), undefined);
    assert.equal(await policies.lastReady("q"), undefined);
  });

  test("a removed policy takes its results with it and leaves its versions", async () => {
    const { policies, results } = open();
    await policies.record(policyOf("p"));
    await results.record(resultOf("one", { rules: { "p/x": "fail", "q/y": "pass" } }));
    await policies.remove("p");
    await policies.remove("p");
    assert.deepEqual(await policies.list(), []);
    assert.deepEqual(
      (await results.list({ limit: 9 })).items.map((row) => row.policy),
      ["q"],
    );
    assert.deepEqual(
      (await results.history({ limit: 1 })).items.map(({ policy, to }) => [policy, to]),
      [["p", undefined]],
    );
    assert.deepEqual(await policies.version("sha256:p"), policyOf("p"));
  });
}

/** What every store does with sessions. */
export function sessionStoreContract(open: () => Store): void {
  test("a login token is taken by exactly one of many", async () => {
    const { sessions } = open();
    await sessions.putLoginToken("t", LATER);
    const taken = await Promise.all(Array.from({ length: 8 }, () => sessions.takeLoginToken("t", TIME)));
    assert.equal(taken.filter(Boolean).length, 1);
    await sessions.putLoginToken("late", TIME);
    assert.equal(await sessions.takeLoginToken("late", TIME), false, "expired");
    assert.equal(await sessions.takeLoginToken("other", TIME), false);
  });

  test("a session is found until it expires or is revoked", async () => {
    const { sessions } = open();
    const session = { tokenHash: "h", role: "admin", createdAt: TIME, expiresAt: LATER } as const;
    await sessions.put(session);
    assert.deepEqual(await sessions.find("h", TIME), session);
    assert.equal(await sessions.find("h", LATER), undefined);
    assert.equal(await sessions.find("x", TIME), undefined);
    await sessions.put({ ...session, tokenHash: "h2", role: "viewer" });
    await sessions.revoke("h");
    assert.equal(await sessions.find("h", TIME), undefined);
    await sessions.putLoginToken("t", LATER);
    assert.equal(await sessions.prune(TIME), 0);
    assert.equal(await sessions.prune(LATER), 2);
  });
}

/** What every audit log does. `again` opens another one over the same data. */
export function auditLogContract(open: () => Store, again: () => Promise<Store>): void {
  const eventOf = (target: string, details: Value = {}) => ({ at: TIME, actor: "admin", action: "a", target, details });

  test("entries make a chain that anybody can verify", async () => {
    const { audit } = open();
    const first = await audit.append(eventOf("one", { number: 1 }));
    const second = await audit.append(eventOf("two\0", { double: new Double(1), text: "\0" }));
    assert.deepEqual([first.sequence, second.sequence], [1, 2]);
    assert.equal(second.previousHash, first.hash);
    const { hash, ...unsigned } = second;
    assert.equal(hash, digestOf(encodeUtf8(canonicalJson(unsigned as unknown as Value))));
    assert.deepEqual(await audit.verify(), { entries: 2 });
    const page = await audit.list({ limit: 1 });
    assert.deepEqual(page.items, [second]);
    assert.deepEqual((await audit.list({ limit: 5, cursor: page.next ?? "" })).items, [first]);
  });

  test("half of a surrogate pair is replaced, a big integer is refused", async () => {
    const { audit } = open();
    const entry = await audit.append(eventOf("half \ud800", { "key \udc00": ["\udc00"] }));
    assert.deepEqual([entry.target, entry.details], ["half \ufffd", { "key \ufffd": ["\ufffd"] }]);
    await assert.rejects(audit.append(eventOf("big", 2n ** 70n)), (error) => isAmapError(error, "VALUE_INVALID"));
    assert.deepEqual(await audit.verify(), { entries: 1 });
  });

  test("two that append at once keep one chain", async () => {
    const other = await again();
    try {
      const appends = Array.from({ length: 30 }, (_, at) =>
        (at % 2 === 0 ? open() : other).audit.append(eventOf(`${at}`)),
      );
      const sequences = (await Promise.all(appends)).map((entry) => entry.sequence);
      assert.deepEqual(
        sequences.toSorted((a, b) => a - b),
        Array.from({ length: 30 }, (_, at) => at + 1),
      );
      assert.deepEqual(await open().audit.verify(), { entries: 30 });
    } finally {
      if (other !== open()) await other.close();
    }
  });
}
