import { AmapError, formatTime } from "../../base/index.ts";
import type { Job, JobRequest, Jobs, JobWorker, Page } from "../../ports/index.ts";
import { checkKind, checkLimit, describeError, readKey, readStored, storeRequest } from "./job-requests.ts";
import { type QueueCalls, QueueThread, queueInMemory } from "./queue-thread.ts";
import { type JobRow, type QueueOptions, SqliteQueue } from "./sqlite-queue.ts";

/** How often other processes' jobs, delayed ones and lost leases are looked for. */
const POLL_MS = 250;

interface RunningJob {
  readonly lease: string;
  readonly abort: AbortController;
}

interface Handler {
  readonly kind: string;
  readonly concurrency: number;
  readonly handle: (job: Job, signal: AbortSignal) => Promise<void>;
  readonly running: Set<Promise<void>>;
  stopped: boolean;
}

/** Jobs in a SQLite file or in memory, worked by this process and others that open the same file. */
export async function openSqliteJobs(options: QueueOptions): Promise<Jobs> {
  const queue =
    options.path === ":memory:" ? queueInMemory(new SqliteQueue(options)) : await QueueThread.start(options);
  return new SqliteJobs(queue, options.leaseMs);
}

class SqliteJobs implements Jobs {
  readonly #queue: QueueCalls;
  readonly #leaseMs: number;
  readonly #handlers = new Set<Handler>();
  readonly #running = new Set<RunningJob>();
  #timer: NodeJS.Timeout | undefined;
  #renewAtMs = 0;
  #pumping: Promise<void> | undefined;
  #pumpAgain = false;
  #closed = false;

  constructor(queue: QueueCalls, leaseMs: number) {
    this.#queue = queue;
    this.#leaseMs = leaseMs;
  }

  async add(request: JobRequest): Promise<Job> {
    const job = toJob(await this.#queue.ask("add", storeRequest(request)));
    this.#pump();
    return job;
  }

  async work(
    kind: string,
    handle: (job: Job, signal: AbortSignal) => Promise<void>,
    options: { readonly concurrency?: number } = {},
  ): Promise<JobWorker> {
    checkKind(kind);
    const handler: Handler = {
      kind,
      concurrency: options.concurrency ?? 1,
      handle,
      running: new Set(),
      stopped: false,
    };
    this.#handlers.add(handler);
    this.#timer ??= setInterval(() => this.#tick(), POLL_MS);
    this.#pump();
    return { stop: () => this.#stop(handler) };
  }

  async #stop(handler: Handler): Promise<void> {
    handler.stopped = true;
    await this.#pumping;
    await Promise.all(handler.running);
    this.#handlers.delete(handler);
    if (this.#handlers.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #tick(): void {
    this.#pump();
    const now = performance.now();
    if (this.#running.size === 0 || now < this.#renewAtMs) return;
    this.#renewAtMs = now + this.#leaseMs / 3;
    void this.#renew().catch(() => undefined);
  }

  /** A job whose lease was lost runs elsewhere: its handler here is told to stop. */
  async #renew(): Promise<void> {
    const asked = [...this.#running];
    const held = new Set(
      await this.#queue.ask(
        "renew",
        asked.map((job) => job.lease),
      ),
    );
    for (const job of asked) if (!held.has(job.lease) && this.#running.has(job)) job.abort.abort();
  }

  /** One claim at a time; what is asked for meanwhile is one more. */
  #pump(): void {
    if (this.#pumping !== undefined) {
      this.#pumpAgain = true;
      return;
    }
    if (this.#closed || this.#handlers.size === 0) return;
    this.#pumping = this.#claim()
      // The queue's failure is seen by those who add; the next tick asks again.
      .catch(() => undefined)
      .finally(() => {
        this.#pumping = undefined;
        if (!this.#pumpAgain) return;
        this.#pumpAgain = false;
        this.#pump();
      });
  }

  async #claim(): Promise<void> {
    const free = new Map<string, number>();
    for (const handler of this.#handlers) {
      const count = handler.stopped ? 0 : handler.concurrency - handler.running.size;
      if (count > 0) free.set(handler.kind, (free.get(handler.kind) ?? 0) + count);
    }
    if (free.size === 0) return;
    for (const row of await this.#queue.ask("claim", [...free])) {
      const candidates = [...this.#handlers].filter((each) => each.kind === row.kind);
      const handler = candidates.find((each) => each.running.size < each.concurrency) ?? candidates[0];
      if (handler === undefined) continue;
      const done = this.#runJob(handler, row).finally(() => {
        handler.running.delete(done);
        this.#pump();
      });
      handler.running.add(done);
    }
  }

  async #runJob(handler: Handler, row: JobRow): Promise<void> {
    const job: RunningJob = { lease: row.lease ?? "", abort: new AbortController() };
    this.#running.add(job);
    // Claimed while the queue was told to close.
    if (this.#closed) job.abort.abort();
    try {
      const failure = await attempt(handler, row, job.abort.signal);
      if (failure === undefined) await this.#queue.ask("finish", job.lease);
      else await this.#queue.ask("fail", job.lease, describeError(failure.error));
    } catch {
      // The outcome could not be written: the lease runs out, and the job is tried again.
    } finally {
      this.#running.delete(job);
    }
  }

  async list(query: Parameters<Jobs["list"]>[0]): Promise<Page<Job>> {
    const limit = checkLimit(query.limit);
    const rows = await this.#queue.ask("list", {
      limit,
      ...(query.cursor === undefined ? {} : { before: readCursor(query.cursor) }),
      ...(query.kind === undefined ? {} : { kind: query.kind }),
      ...(query.state === undefined ? {} : { state: query.state }),
    });
    const shown = rows.slice(0, limit);
    const last = shown.at(-1);
    const items = shown.map(toJob);
    return rows.length <= limit || last === undefined ? { items } : { items, next: writeCursor(last.id) };
  }

  async retry(id: string): Promise<boolean> {
    if (!/^[1-9][0-9]{0,14}$/.test(id)) return false;
    const isWaiting = await this.#queue.ask("retry", Number(id));
    if (isWaiting) this.#pump();
    return isWaiting;
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const job of this.#running) job.abort.abort();
    await Promise.all([...this.#handlers].map((handler) => this.#stop(handler)));
    await this.#queue.close();
  }
}

async function attempt(handler: Handler, row: JobRow, signal: AbortSignal): Promise<{ error: unknown } | undefined> {
  try {
    await handler.handle(toJob(row), signal);
    return undefined;
  } catch (error) {
    return { error };
  }
}

function writeCursor(id: number): string {
  return Buffer.from(JSON.stringify(["jobs", id])).toString("base64url");
}

/** @throws {AmapError} USAGE */
function readCursor(cursor: string): number {
  const id = /^\["jobs",([1-9][0-9]{0,14})\]$/.exec(Buffer.from(cursor.slice(0, 100), "base64url").toString())?.[1];
  if (id === undefined) throw new AmapError("USAGE", "the cursor is not one that this list gave");
  return Number(id);
}

function toJob(row: JobRow): Job {
  return {
    id: String(row.id),
    kind: row.kind,
    key: readKey(row.key_text),
    payload: readStored(row.payload_json),
    state: row.state,
    attempts: row.attempts,
    maxAttempts: row.max_attempts,
    createdAt: formatTime(row.created_ms),
    startAfter: formatTime(row.start_after_ms),
    ...(row.ended_ms === null ? {} : { endedAt: formatTime(row.ended_ms) }),
    ...(row.error === null ? {} : { error: row.error }),
  };
}
