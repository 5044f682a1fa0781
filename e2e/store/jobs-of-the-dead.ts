/** A worker is killed in the middle of a job; after its lease another finishes it. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { openJobs } from "../../src/adapters/jobs/index.ts";

const LEASE_MS = 10_000;

export async function takeOverJobs(program: string, address: string): Promise<string> {
  const jobs = await openJobs(address, { leaseMs: LEASE_MS });
  try {
    const job = await jobs.add({ kind: "killed", key: "a", payload: 1 });
    const child = spawn(process.execPath, [program, address], { stdio: ["ignore", "pipe", "inherit"] });
    await new Promise<void>((resolve) => child.stdout.once("data", () => resolve()));
    const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
    child.kill("SIGKILL");
    await ended;
    const begun = performance.now();
    const attempts = await new Promise<number>((resolve, reject) => {
      const work = async (taken: { readonly id: string; readonly attempts: number }): Promise<void> => {
        assert.equal(taken.id, job.id);
        resolve(taken.attempts);
      };
      jobs.work("killed", work).catch(reject);
    });
    assert.equal(attempts, 2);
    return `taken over after ${((performance.now() - begun) / 1_000).toFixed(0)} s`;
  } finally {
    await jobs.close();
  }
}
