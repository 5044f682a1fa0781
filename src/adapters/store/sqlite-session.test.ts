import assert from "node:assert/strict";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { openSqliteStore } from "./sqlite-store.ts";

const folder = mkdtempSync(join(tmpdir(), "amap-sqlite-session-"));
after(() => rmSync(folder, { recursive: true }));

test("a new file and those beside it are for their owner only", async () => {
  const path = join(folder, "mode.sqlite");
  const store = await openSqliteStore(path, "writer");
  await store.audit.append({ at: "2026-01-01T00:00:00Z", actor: "a", action: "b", target: "c", details: {} });
  for (const each of [path, `${path}-wal`, `${path}-shm`]) assert.equal(statSync(each).mode & 0o777, 0o600, each);
  await store.close();
});

test("more than is removed at once is removed", async () => {
  const store = await openSqliteStore(":memory:", "writer");
  const at = (day: number): string => `2026-01-0${day}T00:00:00Z`;
  const admission = {
    cluster: "c",
    operation: "CREATE" as const,
    kind: "Pod",
    name: "n",
    user: "u",
    allowed: true,
    dryRun: false,
    durationMs: 1,
    replayable: false,
    policies: [],
    decision: { resource: "r", allowed: true, images: [], rules: [] },
  };
  for (let number = 0; number < 1_100; number += 1) {
    await store.admissions.record({ ...admission, id: `${number}`, at: at(number < 600 ? 1 : 2) });
    if (number < 501) await store.evidence.put(`${number}`, { loadedAt: at(1), value: null });
  }
  assert.equal(await store.admissions.prune(at(2), 1_000), 600);
  assert.equal(await store.admissions.prune(at(1), 0), 500);
  assert.equal(await store.evidence.prune(at(2)), 501);
  assert.deepEqual((await store.admissions.list({ limit: 5 })).items, []);
  await store.close();
});
