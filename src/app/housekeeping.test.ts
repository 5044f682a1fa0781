import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { openJobs } from "../adapters/jobs/index.ts";
import { openStore } from "../adapters/store/index.ts";
import { AmapError, formatTime } from "../base/index.ts";
import type { Jobs } from "../ports/index.ts";
import { createFakeClock } from "../testing/fake-clock.ts";
import { DEFAULT_RETENTION, PRUNE_JOB, startHousekeeping } from "./housekeeping.ts";

const NOW = Date.UTC(2026, 10, 22, 12, 30);
const DAY_MS = 86_400_000;

async function ended(jobs: Jobs, count: number): Promise<void> {
  for (;;) {
    const { items } = await jobs.list({ limit: 50, kind: PRUNE_JOB });
    if (items.filter(({ state }) => state === "done" || state === "failed").length >= count) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

describe("housekeeping", () => {
  test("what is older than its retention goes, what is younger stays, and the audit log says how much", async () => {
    const [store, jobs, clock] = [await openStore(":memory:"), await openJobs(":memory:"), createFakeClock(NOW)];
    const session = { role: "admin", createdAt: formatTime(NOW - DAY_MS) } as const;
    await store.sessions.put({ ...session, tokenHash: "old", expiresAt: formatTime(NOW - 1_000) });
    await store.sessions.put({ ...session, tokenHash: "new", expiresAt: formatTime(NOW + DAY_MS) });
    await store.evidence.put("old", { loadedAt: formatTime(NOW - 40 * DAY_MS), value: 1 });
    await store.evidence.put("new", { loadedAt: formatTime(NOW - DAY_MS), value: 1 });
    const failures: unknown[] = [];
    const housekeeping = await startHousekeeping({
      clock,
      store,
      jobs,
      retention: DEFAULT_RETENTION,
      actor: "test",
      onFailure: (error) => failures.push(error),
    });
    try {
      await ended(jobs, 1);
      assert.equal(await store.evidence.find("old", "1970-01-01T00:00:00Z"), undefined);
      assert.notEqual(await store.evidence.find("new", "1970-01-01T00:00:00Z"), undefined);
      assert.notEqual(await store.sessions.find("new", formatTime(NOW)), undefined);
      const [entry] = (await store.audit.list({ limit: 5 })).items;
      assert.deepEqual(entry?.details, { admissions: 0, evidence: 1, sessions: 1 });
      clock.advance(3_600_000);
      await ended(jobs, 2);
      assert.equal((await store.audit.list({ limit: 5 })).items.length, 1, "nothing went: nothing is said");
      assert.deepEqual(failures, []);
    } finally {
      await housekeeping.stop();
      await Promise.all([store.close(), jobs.close()]);
    }
  });

  test("a store that fails: the job is tried again, and the process goes on", async () => {
    const [store, jobs, clock] = [
      await openStore(":memory:"),
      await openJobs(":memory:", { retryDelayMs: 1 }),
      createFakeClock(NOW),
    ];
    let calls = 0;
    const failing = {
      ...store,
      admissions: {
        ...store.admissions,
        prune: async () => {
          calls++;
          if (calls < 3) throw new AmapError("STORE_UNAVAILABLE", "away");
          return 0;
        },
      },
    };
    const housekeeping = await startHousekeeping({
      clock,
      store: failing,
      jobs,
      retention: DEFAULT_RETENTION,
      actor: "test",
      onFailure: () => {},
    });
    try {
      await ended(jobs, 1);
      const [job] = (await jobs.list({ limit: 1, kind: PRUNE_JOB })).items;
      assert.deepEqual([job?.state, job?.attempts], ["done", 3]);
    } finally {
      await housekeeping.stop();
      await Promise.all([store.close(), jobs.close()]);
    }
  });
});
