import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { isAmapError } from "../../base/index.ts";
import { jobsContract } from "../../ports/jobs.contract.ts";
import { openStore } from "../store/index.ts";
import { openJobs } from "./index.ts";

const folder = mkdtempSync(join(tmpdir(), "amap-jobs-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const FAST = { retryDelayMs: 20 };

jobsContract("SQLite in memory", async () => {
  const jobs = await openJobs(":memory:", FAST);
  return { jobs, again: async () => jobs };
});

jobsContract("SQLite in a file", async () => {
  const path = join(folder, "jobs.sqlite");
  return { jobs: await openJobs(path, FAST), again: () => openJobs(path, FAST) };
});

test("the queue and the store live in one file, whichever comes first", async () => {
  for (const order of ["store first", "queue first"]) {
    const path = join(folder, `${order}.sqlite`);
    const open = { store: () => openStore(path), jobs: () => openJobs(path) };
    const opened =
      order === "store first" ? [await open.store(), await open.jobs()] : [await open.jobs(), await open.store()];
    for (const each of opened) await each.close();
    const [store, jobs] = await Promise.all([open.store(), open.jobs()]);
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
