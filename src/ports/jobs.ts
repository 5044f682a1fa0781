import type { Value } from "../base/index.ts";
import type { Page, PageQuery } from "./page.ts";

/** A piece of work that waits, runs, or ended. */
export interface Job {
  readonly id: string;
  readonly kind: string;
  /** At most one job of a kind and key runs at a time, and asking while one waits is asking once. */
  readonly key: string;
  readonly payload: Value;
  readonly state: "waiting" | "running" | "done" | "failed";
  /** Starts so far. */
  readonly attempts: number;
  readonly maxAttempts: number;
  /** RFC 3339. */
  readonly createdAt: string;
  /** Not before this; those that may start do so in the order in which they were asked for. */
  readonly startAfter: string;
  readonly endedAt?: string;
  /** Of the last attempt that failed: code and message. */
  readonly error?: string;
}

export interface JobRequest {
  /** Lower-case letters, digits and hyphens. */
  readonly kind: string;
  readonly key: string;
  /** At most LIMITS.jobPayloadBytes as JSON. */
  readonly payload: Value;
  /** Milliseconds from now; 0 unless said otherwise. */
  readonly delayMs?: number;
  /** 5 unless said otherwise. */
  readonly maxAttempts?: number;
}

/** Stops taking jobs and waits for those that run. */
export interface JobWorker {
  stop(): Promise<void>;
}

/**
 * A queue of jobs. Each runs at least once: a worker that dies gives its job back after its lease, so handlers are
 * idempotent; the signal is aborted when the lease was lost or the queue closes. A handler that throws is tried again with a
 * growing delay until maxAttempts; then the job is `failed`. Jobs that ended stay visible for seven days.
 */
export interface Jobs {
  /**
   * The job, or the one of the same kind and key that already waits. One that runs already gets one successor, which
   * starts after it; should the one that runs fail, it may wait for its next attempt beside its successor.
   */
  add(request: JobRequest): Promise<Job>;
  work(
    kind: string,
    handle: (job: Job, signal: AbortSignal) => Promise<void>,
    options?: { readonly concurrency?: number },
  ): Promise<JobWorker>;
  /** Newest first. */
  list(query: PageQuery & { readonly kind?: string; readonly state?: Job["state"] }): Promise<Page<Job>>;
  /** Gives a failed job one more attempt; false when it is not there, not failed, or one of its kind and key waits. */
  retry(id: string): Promise<boolean>;
  close(): Promise<void>;
}
