import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { AmapError, formatTime, parseTime, type Value } from "../../base/index.ts";
import type { Fact, FactRequest } from "../../policy/index.ts";
import type { CachedEvidence, EvidenceStore } from "../../ports/index.ts";
import { createFakeClock } from "../../testing/fake-clock.ts";
import { createEvidenceCache } from "./evidence-cache.ts";

const NOW = Date.UTC(2026, 10, 22, 12);
const TTL = 60_000;
const request = (key: string): FactRequest => ({ key, kind: "imageEvidence", params: { image: key } });
const ok = (value: Value): Fact => ({ ok: true, value });
const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

function fakeStore(): EvidenceStore & { readonly kept: Map<string, CachedEvidence>; finds: number } {
  const kept = new Map<string, CachedEvidence>();
  const store = {
    kept,
    finds: 0,
    async find(key: string, notBefore: string) {
      store.finds++;
      const found = kept.get(key);
      return found !== undefined && (parseTime(found.loadedAt) ?? 0) >= (parseTime(notBefore) ?? 0) ? found : undefined;
    },
    put: async (key: string, evidence: CachedEvidence) => void kept.set(key, evidence),
    seen: async () => new Map(),
    remember: async () => {},
    prune: async () => 0,
  };
  return store;
}

function setUp(more: { readonly maxBytes?: number; readonly store?: EvidenceStore } = {}) {
  const clock = createFakeClock(NOW);
  const store = fakeStore();
  const failures: unknown[] = [];
  const bugs: unknown[] = [];
  const loads: string[] = [];
  const cache = createEvidenceCache(clock, more.store ?? store, {
    storeKeyOf: ({ key }) => key,
    onStoreFailure: (error) => void failures.push(error),
    onBug: (error) => void bugs.push(error),
    ...more,
  });
  const ask = async (
    keys: readonly string[],
    { since = NOW - TTL, timeoutMs = 1_000, load = async ({ key }: FactRequest) => ok(key) } = {},
  ): Promise<readonly (Value | string)[]> => {
    const facts = await cache.facts(keys.map(request), {
      since,
      timeoutMs,
      load: (each) => {
        loads.push(each.key);
        return load(each);
      },
    });
    return [...facts.values()].map((fact) => (fact.ok ? fact.value : fact.code));
  };
  return { clock, store, failures, bugs, loads, cache, ask };
}

describe("evidence cache", () => {
  test("one load for all who ask at the same time, and for those who ask within the time", async () => {
    const { ask, loads, clock } = setUp();
    assert.deepEqual(await Promise.all([ask(["a"]), ask(["a", "b"]), ask(["a"])]), [["a"], ["a", "b"], ["a"]]);
    clock.advance(TTL);
    await ask(["a"], { since: clock.now() - TTL });
    assert.deepEqual(loads, ["a", "b"]);
    clock.advance(1);
    await ask(["a"], { since: clock.now() - TTL });
    assert.deepEqual(loads, ["a", "b", "a"]);
  });

  test("the age counts from the beginning of the load", async () => {
    const { ask, loads, clock, store } = setUp();
    const load = async () => {
      clock.advance(5_000);
      return ok(1);
    };
    await ask(["a"], { load });
    await turn();
    assert.equal(store.kept.get("a")?.loadedAt, formatTime(NOW));
    await ask(["a"], { since: NOW + 1 });
    assert.deepEqual(loads, ["a", "a"]);
  });

  test("what came from the store is as old as it was there, also in memory", async () => {
    const { ask, loads, clock, store } = setUp();
    store.kept.set("a", { loadedAt: formatTime(NOW - TTL), value: "old" });
    assert.deepEqual(await ask(["a"]), ["old"]);
    clock.advance(1);
    assert.deepEqual(await ask(["a"], { since: clock.now() - TTL }), ["a"]);
    assert.deepEqual(loads, ["a"]);
  });

  test("one who wants newer evidence does not get what another's load found in the store", async () => {
    const { ask, store } = setUp();
    store.kept.set("a", { loadedAt: formatTime(NOW - 10), value: "old" });
    const [first, second] = await Promise.all([ask(["a"]), ask(["a"], { since: NOW })]);
    assert.deepEqual([first, second], [["old"], ["a"]]);
  });

  test("evidence from another replica's future is not used", async () => {
    const { ask, store } = setUp();
    store.kept.set("a", { loadedAt: formatTime(NOW + 60_000), value: "future" });
    assert.deepEqual(await ask(["a"]), ["a"]);
  });

  test("a clock that is set back makes nothing younger", async () => {
    const { ask, loads, clock } = setUp();
    await ask(["a"]);
    clock.advance(-1_000);
    await ask(["a"], { since: clock.now() - TTL });
    assert.deepEqual(loads, ["a", "a"]);
  });

  test("the store is not asked for what must be newer than now", async () => {
    const { ask, store } = setUp();
    await ask(["a"], { since: NOW });
    assert.equal(store.finds, 0);
  });

  const failures: readonly (readonly [name: string, load: () => Promise<Fact>, code: string, bugs: number])[] = [
    ["a failed fact", async () => ({ ok: false, code: "REGISTRY_FAILED", message: "down" }), "REGISTRY_FAILED", 0],
    ["an AmapError", () => Promise.reject(new AmapError("LIMIT_EXCEEDED", "much")), "LIMIT_EXCEEDED", 0],
    ["a bug", () => Promise.reject(new TypeError("x")), "BUG", 1],
  ];
  for (const [name, load, code, count] of failures) {
    test(`${name} is not kept, and takes no other key with it`, async () => {
      const { ask, loads, store, bugs } = setUp();
      const answers = await ask(["a", "b"], { load: (each) => (each.key === "a" ? load() : Promise.resolve(ok("b"))) });
      assert.deepEqual(answers, [code, "b"]);
      assert.equal(store.kept.has("a"), false);
      assert.deepEqual(await ask(["a", "b"]), ["a", "b"]);
      assert.deepEqual(loads, ["a", "b", "a"]);
      assert.equal(bugs.length, count);
    });
  }

  test("a slow load is late for one and there for the next", async () => {
    const { ask, loads, clock } = setUp();
    const { promise: slow, resolve: finish } = Promise.withResolvers<Fact>();
    const first = ask(["a", "b"], { load: (each) => (each.key === "a" ? slow : Promise.resolve(ok("b"))) });
    await turn();
    clock.advance(1_000);
    assert.deepEqual(await first, ["FACT_FAILED", "b"]);
    const second = ask(["a"]);
    finish(ok("slow"));
    assert.deepEqual(await second, ["slow"]);
    assert.deepEqual(loads, ["a", "b"]);
  });

  test("a load that hangs is begun anew after a while", async () => {
    const { ask, loads, clock } = setUp();
    const first = ask(["a"], { load: () => new Promise(() => {}) });
    await turn();
    clock.advance(30_001);
    assert.deepEqual(await first, ["FACT_FAILED"]);
    assert.deepEqual(await ask(["a"]), ["a"]);
    assert.deepEqual(loads, ["a", "a"]);
  });

  test("with no time left only what is there counts, and nothing is begun", async () => {
    const { ask, loads } = setUp();
    await ask(["a"]);
    assert.deepEqual(await ask(["a", "b"], { timeoutMs: 0 }), ["a", "FACT_FAILED"]);
    assert.deepEqual(loads, ["a"]);
  });

  test("what waits behind another's hanging loads is loaded by who needs it", async () => {
    const { ask } = setUp();
    const hanging = Array.from({ length: 8 }, (_, n) => `hangs-${n}`);
    const load = ({ key }: FactRequest): Promise<Fact> =>
      key.startsWith("hangs") ? new Promise(() => {}) : Promise.resolve(ok(key));
    void ask([...hanging, "a"], { load });
    await turn();
    assert.deepEqual(await ask(["a"], { load }), ["a"]);
  });

  test("memory is bounded by size and by number, the least recently used go first", async () => {
    const { ask, loads } = setUp({ maxBytes: 10_000 });
    const load = async () => ok("x".repeat(4_000));
    await ask(["a"], { load });
    await ask(["b"], { load });
    await ask(["a"], { load });
    await ask(["c"], { load });
    loads.length = 0;
    const since = NOW;
    await ask(["a"], { load, since });
    await ask(["b"], { load, since });
    assert.deepEqual(loads, ["b"]);
    const many = setUp();
    await many.ask(
      Array.from({ length: 2_500 }, (_, n) => `k${n}`),
      { since: NOW },
    );
    many.loads.length = 0;
    await many.ask(["k0", "k2499"], { since: NOW });
    assert.deepEqual(many.loads, ["k0"]);
  });

  test("a store that hangs delays a load and nothing more", async () => {
    const never = () => new Promise<never>(() => {});
    const { ask, clock, failures } = setUp({ store: { ...fakeStore(), find: never, put: never } });
    const asked = ask(["a"]);
    await turn();
    clock.advance(250);
    assert.deepEqual(await asked, ["a"]);
    assert.equal(failures.length, 1);
  });
});
