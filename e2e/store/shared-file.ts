/** Two processes on one SQLite file: one writes without pause, the other must get in, soon and without an error. */
import assert from "node:assert/strict";
import { openJobs } from "../../src/adapters/jobs/index.ts";
import { openStore } from "../../src/adapters/store/index.ts";
import { startWriter } from "./kills.ts";

const SHARED_MS = 4_000;
/** A call fails after 10 s. Measured: 47 ms, and 2.3 s on a machine with three times the load that it has cores for. */
const LONGEST_MS = 8_000;

async function longestOf(call: () => Promise<unknown>, untilMs: number): Promise<number> {
  let longest = 0;
  while (performance.now() < untilMs) {
    const begun = performance.now();
    await call();
    longest = Math.max(longest, performance.now() - begun);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return Math.round(longest);
}

/** Says how long the other's longest calls took. */
export async function shareFile(program: string, path: string): Promise<string> {
  const [store, jobs] = await Promise.all([openStore(path), openJobs(path)]);
  const writer = startWriter(program, path, "busy");
  try {
    await writer.begun;
    const untilMs = performance.now() + SHARED_MS;
    const event = { at: "2026-01-01T00:00:00Z", actor: "a", action: "b", target: "c", details: {} };
    const [write, add, read] = await Promise.all([
      longestOf(() => store.audit.append(event), untilMs),
      longestOf(() => jobs.add({ kind: "shared", key: "a", payload: 1 }), untilMs),
      longestOf(() => store.images.list({ limit: 50 }), untilMs),
    ]);
    assert.ok(Math.max(write, add, read) < LONGEST_MS, `${write} ms, ${add} ms, ${read} ms`);
    return `the longest write took ${write} ms, job ${add} ms, read ${read} ms`;
  } finally {
    await writer.kill();
    await Promise.all([store.close(), jobs.close()]);
  }
}
