import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { isAmapError } from "../../base/index.ts";
import type { Jobs } from "../../ports/index.ts";
import { jobsContract } from "../../ports/jobs.contract.ts";
import { openStore } from "../store/index.ts";
import { openJobs } from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "amap-jobs-"));
after(async () => {
  await (await opened)?.close();
  rmSync(folder, { recursive: true, force: true });
});
const FAST = { retryDelayMs: 20 };
const DELAY_MS = 300;

jobsContract(
  "SQLite in memory",
  async () => {
    const jobs = await openJobs(":memory:", FAST);
    return { jobs, again: async () => jobs };
  },
  DELAY_MS,
);

// Threads take a while to start: one queue serves all tests, which have kinds of their own.
const path = join(folder, "jobs.sqlite");
let opened: Promise<Jobs> | undefined;
jobsContract(
  "SQLite in a file, in a thread of its own",
  async () => {
    opened ??= openJobs(path, FAST);
    return { jobs: { ...bound(await opened), close: async () => {} }, again: () => openJobs(path, FAST) };
  },
  DELAY_MS,
);

function bound(jobs: Jobs): Omit<Jobs, "close"> {
  return {
    add: (request) => jobs.add(request),
    work: (kind, handle, options) => jobs.work(kind, handle, options),
    list: (query) => jobs.list(query),
    retry: (id) => jobs.retry(id),
  };
}

test("the queue and the store live in one file, whichever comes first", async () => {
  for (const order of ["store first", "queue first"]) {
    const path = join(folder, `${order}.sqlite`);
    const open = { store: () => openStore(path), jobs: () => openJobs(path) };
    const early = order === "queue first" ? await open.jobs() : undefined;
    const store = await open.store();
    const jobs = early ?? (await open.jobs());
    await Promise.all([
      store.audit.append({ at: "2026-01-01T00:00:00Z", actor: "a", action: "b", target: "c", details: {} }),
      jobs.add({ kind: "scan", key: "a", payload: 1 }),
    ]);
    await Promise.all([store.close(), jobs.close()]);
  }
});

test("a lease that runs out is given to another, and the first is told", async () => {
  const path = join(folder, "lease.sqlite");
  // The first never renews in time: its lease is shorter than the time between two renewals of it.
  const [first, second] = [await openJobs(path, { leaseMs: 1 }), await openJobs(path)];
  try {
    let told = false;
    let done = (): void => {};
    const finished = new Promise<void>((resolve) => {
      done = resolve;
    });
    await first.add({ kind: "scan", key: "a", payload: 1 });
    const slow = await first.work("scan", async (_, signal) => {
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
      told = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 300));
    const quick = await second.work("scan", async (job) => {
      assert.equal(job.attempts, 2);
      done();
    });
    await finished;
    await Promise.all([slow.stop(), quick.stop()]);
    assert.ok(told);
    assert.equal((await second.list({ limit: 1 })).items[0]?.state, "done");
  } finally {
    await Promise.all([first.close(), second.close()]);
  }
});

test("a queue that closes while it takes a job tells that job too", async () => {
  const path = join(folder, "closing.sqlite");
  for (let round = 0; round < 3; round += 1) {
    const jobs = await openJobs(path);
    await jobs.add({ kind: "scan", key: `${round}`, payload: 1 });
    await jobs.work("scan", async (_, signal) => {
      if (!signal.aborted) await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
    });
    await jobs.close();
  }
});

const refused: readonly (readonly [string, string, "USAGE" | "STORE_UNAVAILABLE"])[] = [
  ["an empty address", "", "USAGE"],
  ["another scheme", "mysql://localhost/x", "USAGE"],
  ["a URL that is none", "postgres://:::", "USAGE"],
  ["a missing folder", join(folder, "none", "jobs.sqlite"), "STORE_UNAVAILABLE"],
  ["a PostgreSQL that does not answer", "postgres://amap:secret@127.0.0.1:1/x", "STORE_UNAVAILABLE"],
];
for (const [name, address, code] of refused) {
  test(`${name} is refused, without its password`, async () => {
    await assert.rejects(openJobs(address), (error) => {
      assert.ok(isAmapError(error, code), String(error));
      assert.doesNotMatch(error.message, /secret/);
      return true;
    });
  });
}
