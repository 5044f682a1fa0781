import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, test } from "node:test";
import type { Worker } from "node:worker_threads";
import { isAmapError } from "../../base/index.ts";
import type { Store } from "../../ports/index.ts";
import { openJobs } from "../jobs/index.ts";
import { openStore } from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "amap-store-threads-"));
const path = join(folder, "store.sqlite");
const event = { at: "2026-01-01T00:00:00Z", actor: "a", action: "b", target: "c", details: {} };
const isLost = (error: unknown): boolean =>
  isAmapError(error, "STORE_UNAVAILABLE") && /lost its thread/.test((error as Error).message);

/** Threads in the order in which they were started: the store's writer, its reader, the queue's. */
const workers: Worker[] = [];
const remember = (worker: Worker): void => void workers.push(worker);
before(() => process.on("worker", remember));
after(() => {
  process.off("worker", remember);
  rmSync(folder, { recursive: true });
});

/** Until a call succeeds again: a thread is not started sooner than a second after the one before it. */
async function recovered(call: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      await call();
      return;
    } catch (error) {
      assert.ok(isAmapError(error, "STORE_UNAVAILABLE"), String(error));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

describe("a store whose thread dies", () => {
  let store: Store;
  beforeEach(() => {
    workers.length = 0;
  });

  test("fails what waits, says so to whoever pings it, and opens it again", async () => {
    store = await openStore(path);
    try {
      await store.audit.append(event);
      const [writer, reader] = workers;
      // Those that it did not come to before it died.
      const waiting = Promise.allSettled(Array.from({ length: 100 }, () => store.audit.append(event)));
      await Promise.all([writer?.terminate(), reader?.terminate()]);
      for (const each of await waiting) assert.ok(each.status === "fulfilled" || isLost(each.reason));
      await assert.rejects(store.ping(), isLost);
      await assert.rejects(store.audit.list({ limit: 5 }), isLost);
      await recovered(() => store.ping());
      await store.audit.append(event);
      assert.equal((await store.audit.verify()).brokenAt, undefined);
      const acknowledged = (await waiting).filter((each) => each.status === "fulfilled").length;
      assert.ok((await store.audit.list({ limit: 500 })).items.length >= acknowledged + 2);
    } finally {
      await store.close();
    }
  });

  test("is not ready when only its reader is gone, and closes", async () => {
    store = await openStore(path);
    await workers[1]?.terminate();
    await assert.rejects(store.ping(), isLost);
    await store.audit.append(event);
    await store.close();
    await assert.rejects(store.ping(), (error) => isAmapError(error, "STORE_UNAVAILABLE"));
  });
});

test("a queue whose thread dies is opened again, and its workers go on", async () => {
  workers.length = 0;
  const jobs = await openJobs(path);
  try {
    await workers[0]?.terminate();
    await assert.rejects(jobs.add({ kind: "scan", key: "a", payload: 1 }), isLost);
    let done = (): void => undefined;
    const worked = new Promise<void>((resolve) => (done = resolve));
    const worker = await jobs.work("scan", async () => done());
    await recovered(() => jobs.add({ kind: "scan", key: "a", payload: 1 }));
    await worked;
    await worker.stop();
  } finally {
    await jobs.close();
  }
});
