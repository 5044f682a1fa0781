/** A worker is killed in the middle of a job; another finishes it. `worker-kill.ts ADDRESS` is the one that is killed. */
import { openJobs } from "../../src/adapters/jobs/index.ts";

const LEASE_MS = 10_000;

/** Takes the job, says so, and never ends. */
async function hang(address: string): Promise<void> {
  const jobs = await openJobs(address, { leaseMs: LEASE_MS });
  await jobs.work("killed", async () => {
    console.log("taken");
    await new Promise(() => setInterval(() => {}, 1_000));
  });
}

await hang(process.argv[2] ?? "");
