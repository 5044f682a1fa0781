import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { promisify } from "node:util";
import { AmapError, type ErrorCode } from "../../base/index.ts";
import { withLock } from "./layout-lock.ts";

const run = promisify(execFile);

let parent = "";
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "amap-lock-"));
});
afterEach(async () => {
  await rm(parent, { recursive: true, force: true });
});

describe("withLock", () => {
  it("ends with STORAGE_CONFLICT while another process holds it", async () => {
    const lock = join(parent, "lock");
    await writeFile(lock, holder(process.pid, "another-host"));
    await rejectsWith("STORAGE_CONFLICT", () => withLock(lock, async () => {}, { waitMs: 30, staleMs: 60_000 }));
    assert.equal(await readFile(lock, "utf8"), holder(process.pid, "another-host"));
  });

  const stale: readonly (readonly [why: string, leave: (lock: string) => Promise<unknown>])[] = [
    ["whose process is gone", async (lock) => writeFile(lock, holder(await deadPid(), hostname()))],
    ["that is too old", (lock) => writeFile(lock, holder(1, "another-host")).then(() => age(lock))],
    ["that is empty and too old", (lock) => writeFile(lock, "").then(() => age(lock))],
    [
      "whose breaker was broken off",
      async (lock) => {
        await writeFile(lock, "");
        await age(lock);
        await writeFile(`${lock}.breaking`, "");
        await age(`${lock}.breaking`);
      },
    ],
  ];
  for (const [why, leave] of stale) {
    it(`takes over a lock ${why}`, async () => {
      const lock = join(parent, "lock");
      await leave(lock);
      assert.equal(await withLock(lock, async () => "done", { waitMs: 5_000, staleMs: 60_000 }), "done");
      assert.deepEqual(await readdir(parent), []);
    });
  }

  it("lets one in at a time, and the next one in after a failure", async () => {
    const lock = join(parent, "lock");
    let inside = 0;
    const work = async (fail: boolean): Promise<void> => {
      inside += 1;
      assert.equal(inside, 1);
      await new Promise((resolve) => setTimeout(resolve, 1));
      inside -= 1;
      if (fail) throw new Error("as planned");
    };
    const outcomes = await Promise.allSettled([1, 2, 3, 4].map((each) => withLock(lock, () => work(each % 2 === 0))));
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ["fulfilled", "rejected", "fulfilled", "rejected"],
    );
  });

  it("does not finish, nor remove the next holder's lock, after it was taken over", async () => {
    const lock = join(parent, "lock");
    await rejectsWith("STORAGE_CONFLICT", () =>
      withLock(lock, async (held) => {
        await writeFile(lock, holder(1, "another-host"));
        await held.requireHeld();
      }),
    );
    assert.equal(await readFile(lock, "utf8"), holder(1, "another-host"));
  });
});

function holder(pid: number, host: string): string {
  return JSON.stringify({ token: "00000000-0000-4000-8000-000000000000", pid, host });
}

async function age(path: string): Promise<void> {
  await utimes(path, new Date(0), new Date(0));
}

async function deadPid(): Promise<number> {
  const { stdout } = await run(process.execPath, ["-p", "process.pid"]);
  return Number(stdout);
}

async function rejectsWith(code: ErrorCode, work: () => Promise<unknown>): Promise<void> {
  await assert.rejects(work, (error) => {
    assert.ok(error instanceof AmapError, `expected ${code}, found ${String(error)}`);
    assert.equal(error.code, code, error.message);
    return true;
  });
}
