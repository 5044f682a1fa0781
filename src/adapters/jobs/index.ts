/** Jobs: a queue in the store's SQLite file, or pg-boss over PostgreSQL. */
import { AmapError } from "../../base/index.ts";
import type { Jobs } from "../../ports/index.ts";
import { openSqliteJobs } from "./sqlite-jobs.ts";

const LEASE_MS = 30_000;
const RETRY_DELAY_MS = 1_000;

/** How a queue treats workers that die and jobs that fail. */
export interface OpenJobsOptions {
  /** A worker that is silent for so long is taken for dead; 30,000 ms when left out, on PostgreSQL at least 10,000. */
  readonly leaseMs?: number;
  /** Before the second attempt, about doubled before each one after; 1,000 ms when left out, on PostgreSQL whole seconds. */
  readonly retryDelayMs?: number;
}

/**
 * The queue at a store's address (see the store's openStore): tables of its own in the SQLite file, or the schema
 * `amap_jobs` in PostgreSQL. Jobs may be worked by many processes. Close it when done.
 * @throws {AmapError} USAGE for another address; STORE_UNAVAILABLE when it cannot be reached or opened; STORE_INVALID for
 * another program's file or a queue that a newer amap wrote
 * @example
 * ```ts
 * import { openJobs } from "./index.ts";
 * const jobs = await openJobs(":memory:");
 * const job = await jobs.add({ kind: "scan", key: "app", payload: { image: "app" } });
 * job.state; // "waiting"
 * await jobs.close();
 * ```
 */
export async function openJobs(address: string, options: OpenJobsOptions = {}): Promise<Jobs> {
  const { leaseMs = LEASE_MS, retryDelayMs = RETRY_DELAY_MS } = options;
  if (!/^postgres(?:ql)?:/i.test(address)) {
    if (address === "" || /^[a-z][a-z0-9+.-]+:\/\//i.test(address)) {
      throw new AmapError("USAGE", "a queue's address is a path or begins with postgres://");
    }
    return openSqliteJobs({ path: address, leaseMs, retryDelayMs });
  }
  if (!URL.canParse(address)) throw new AmapError("USAGE", "the queue's address is not a valid postgres:// URL");
  const { protocol, host, pathname } = new URL(address);
  const { openPostgresJobs } = await import("./postgres-jobs.ts");
  return openPostgresJobs({ url: address, shown: `${protocol}//${host}${pathname}`, leaseMs, retryDelayMs });
}
