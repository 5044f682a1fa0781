import { PgBoss } from "pg-boss";
import { AmapError, formatTime, isAmapError } from "../../base/index.ts";
import type { Job, JobRequest, Jobs, JobWorker, Page } from "../../ports/index.ts";
import { checkKind, checkLimit, describeError, readKey, readStored, storeRequest } from "./job-requests.ts";

const SCHEMA = "amap_jobs";
const POOL_SIZE = 5;
const POLL_SECONDS = 1;
/** How often jobs of dead workers are looked for. */
const MONITOR_SECONDS = 5;
/** pg-boss' shortest heartbeat. */
const LEAST_LEASE_MS = 10_000;
/** The longest that pg-boss lets a job run: the heartbeat is what ends a lease. */
const MAX_RUN_SECONDS = 23 * 3_600;
const KEPT_SECONDS = 7 * 86_400;
const MAX_RETRY_DELAY_SECONDS = 300;
const ADD_ATTEMPTS = 20;

/** What pg-boss keeps as a job's data: jsonb would lose big integers and refuse NUL. */
interface StoredData {
  readonly key: string;
  readonly payload: string;
}

interface JobRow {
  readonly id: string;
  readonly name: string;
  readonly data: StoredData;
  readonly state: "created" | "retry" | "active" | "completed" | "cancelled" | "failed";
  readonly retry_count: number;
  readonly retry_limit: number;
  readonly created_on: Date;
  readonly created_us: string;
  readonly start_after: Date;
  readonly started_on: Date | null;
  readonly completed_on: Date | null;
  readonly output: { readonly message?: unknown } | null;
}

const COLUMNS = `id, name, data, state::text AS state, retry_count, retry_limit, created_on, start_after, started_on,
  completed_on, output, (extract(epoch FROM created_on) * 1000000)::bigint::text AS created_us`;

export interface PostgresJobsOptions {
  readonly url: string;
  /** The address without credentials. */
  readonly shown: string;
  readonly leaseMs: number;
  readonly retryDelayMs: number;
}

/** Jobs on pg-boss: a queue for each kind, at most one waiting and one running for each key. */
export async function openPostgresJobs(options: PostgresJobsOptions): Promise<Jobs> {
  const boss = new PgBoss({
    connectionString: options.url,
    schema: SCHEMA,
    application_name: "amap-jobs",
    max: POOL_SIZE,
    connectionTimeoutMillis: 10_000,
    schedule: false,
    superviseIntervalSeconds: MONITOR_SECONDS,
    monitorIntervalSeconds: MONITOR_SECONDS,
  });
  // Failures of its own rounds are tried again by pg-boss; calls tell theirs.
  boss.on("error", () => undefined);
  try {
    await boss.start();
  } catch (error) {
    throw toFailure(error, options.shown);
  }
  return new PostgresJobs(boss, options);
}

function toFailure(error: unknown, shown: string): unknown {
  if (isAmapError(error) || !(error instanceof Error)) return error;
  const inner =
    error instanceof AggregateError ? error.errors.map((each) => String(each?.message ?? each)).join(", ") : "";
  const message = error.message === "" ? inner : error.message;
  return new AmapError("STORE_UNAVAILABLE", `the queue in ${shown}: ${message}`, { cause: error });
}

class PostgresJobs implements Jobs {
  readonly #boss: PgBoss;
  readonly #options: PostgresJobsOptions;
  readonly #queues = new Map<string, Promise<void>>();
  readonly #workers = new Map<string, Set<string>>();
  #closed = false;

  constructor(boss: PgBoss, options: PostgresJobsOptions) {
    this.#boss = boss;
    this.#options = options;
  }

  async #try<T>(run: () => Promise<T>): Promise<T> {
    if (this.#closed) throw new AmapError("STORE_UNAVAILABLE", `the queue in ${this.#options.shown}: it is closed`);
    try {
      return await run();
    } catch (error) {
      throw toFailure(error, this.#options.shown);
    }
  }

  #ensureQueue(kind: string): Promise<void> {
    const known = this.#queues.get(kind);
    if (known !== undefined) return known;
    const made = this.#boss.createQueue(kind, {
      policy: "stately",
      retryBackoff: true,
      retryDelay: Math.max(1, Math.round(this.#options.retryDelayMs / 1_000)),
      retryDelayMax: MAX_RETRY_DELAY_SECONDS,
      heartbeatSeconds: Math.ceil(Math.max(LEAST_LEASE_MS, this.#options.leaseMs) / 1_000),
      expireInSeconds: MAX_RUN_SECONDS,
      deleteAfterSeconds: KEPT_SECONDS,
    });
    this.#queues.set(kind, made);
    made.catch(() => this.#queues.delete(kind));
    return made;
  }

  async #query(where: string, parameters: readonly unknown[]): Promise<readonly JobRow[]> {
    const result = await this.#boss
      .getDb()
      .executeSql(`SELECT ${COLUMNS} FROM ${SCHEMA}.job ${where}`, [...parameters]);
    return result.rows as JobRow[];
  }

  add(request: JobRequest): Promise<Job> {
    return this.#try(async () => {
      const stored = storeRequest(request);
      await this.#ensureQueue(stored.kind);
      const data: StoredData = { key: stored.keyText, payload: stored.payloadJson };
      for (let attempt = 0; attempt < ADD_ATTEMPTS; attempt += 1) {
        const [waiting] = await this.#query(
          "WHERE name = $1 AND singleton_key = $2 AND state IN ('created', 'retry') ORDER BY state DESC LIMIT 1",
          [stored.kind, stored.keyHash],
        );
        if (waiting !== undefined) return toJob(waiting);
        const id = await this.#boss.send(stored.kind, data, {
          singletonKey: stored.keyHash,
          retryLimit: stored.maxAttempts - 1,
          ...(stored.delayMs === 0 ? {} : { startAfter: new Date(Date.now() + stored.delayMs) }),
        });
        // Somebody else added its like meanwhile.
        if (id === null) continue;
        const [added] = await this.#query("WHERE name = $1 AND id = $2", [stored.kind, id]);
        for (const worker of this.#workers.get(stored.kind) ?? []) this.#boss.notifyWorker(worker);
        if (added !== undefined) return toJob(added);
      }
      throw new AmapError("STORE_UNAVAILABLE", `the queue in ${this.#options.shown}: a job could not be added`);
    });
  }

  work(
    kind: string,
    handle: (job: Job, signal: AbortSignal) => Promise<void>,
    options: { readonly concurrency?: number } = {},
  ): Promise<JobWorker> {
    return this.#try(async () => {
      checkKind(kind);
      await this.#ensureQueue(kind);
      const workers = this.#workers.get(kind) ?? new Set();
      this.#workers.set(kind, workers);
      const id = await this.#boss.work<StoredData>(
        kind,
        { localConcurrency: options.concurrency ?? 1, pollingIntervalSeconds: POLL_SECONDS, batchSize: 1 },
        async (jobs) => {
          for (const job of jobs) await this.#runJob(kind, job, handle);
        },
      );
      workers.add(id);
      const stop = async (): Promise<void> => {
        if (!workers.delete(id) || this.#closed) return;
        await this.#try(() => this.#boss.offWork(kind, { id, wait: true }));
      };
      return { stop };
    });
  }

  async #runJob(
    kind: string,
    { id, signal }: { readonly id: string; readonly signal: AbortSignal },
    handle: (job: Job, signal: AbortSignal) => Promise<void>,
  ): Promise<void> {
    const [row] = await this.#query("WHERE name = $1 AND id = $2", [kind, id]);
    if (row === undefined) return;
    const failure = await handle(toJob(row), signal).then(() => undefined, describeError);
    // pg-boss stores the error as jsonb: only its message, without what jsonb refuses.
    if (failure !== undefined) throw new Error(failure);
  }

  list(query: Parameters<Jobs["list"]>[0]): Promise<Page<Job>> {
    return this.#try(async () => {
      const limit = checkLimit(query.limit);
      const conditions = ["name NOT LIKE '\\_\\_%'"];
      const parameters: unknown[] = [];
      const parameter = (value: unknown): string => `$${parameters.push(value)}`;
      if (query.kind !== undefined) conditions.push(`name = ${parameter(query.kind.replaceAll("\0", ""))}`);
      if (query.state !== undefined) conditions.push(`state::text = ANY(${parameter(STATES[query.state])})`);
      if (query.cursor !== undefined) {
        const [us, id] = readCursor(query.cursor);
        const created = `(extract(epoch FROM created_on) * 1000000)::bigint`;
        conditions.push(`(${created}, id) < (${parameter(us)}::bigint, ${parameter(id)}::uuid)`);
      }
      const rows = await this.#query(
        `WHERE ${conditions.join(" AND ")} ORDER BY created_on DESC, id DESC LIMIT ${parameter(limit + 1)}`,
        parameters,
      );
      const shown = rows.slice(0, limit);
      const last = shown.at(-1);
      const items = shown.map(toJob);
      return rows.length <= limit || last === undefined ? { items } : { items, next: writeCursor(last) };
    });
  }

  retry(id: string): Promise<boolean> {
    return this.#try(async () => {
      if (!UUID.test(id)) return false;
      const [row] = await this.#query("WHERE id = $1 AND state = 'failed'", [id]);
      if (row === undefined) return false;
      const [waiting] = await this.#query(
        "WHERE name = $1 AND singleton_key = (SELECT singleton_key FROM amap_jobs.job WHERE id = $2) AND state IN ('created', 'retry') LIMIT 1",
        [row.name, id],
      );
      if (waiting !== undefined) return false;
      await this.#boss.retry(row.name, id);
      for (const worker of this.#workers.get(row.name) ?? []) this.#boss.notifyWorker(worker);
      const [now] = await this.#query("WHERE name = $1 AND id = $2", [row.name, id]);
      return now !== undefined && now.state !== "failed";
    });
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#boss.stop({ graceful: true, close: true });
  }
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const STATES: Readonly<Record<Job["state"], readonly JobRow["state"][]>> = {
  waiting: ["created", "retry"],
  running: ["active"],
  done: ["completed"],
  failed: ["failed", "cancelled"],
};

function stateOf(state: JobRow["state"]): Job["state"] {
  if (state === "created" || state === "retry") return "waiting";
  if (state === "active") return "running";
  return state === "completed" ? "done" : "failed";
}

function writeCursor(row: JobRow): string {
  return Buffer.from(JSON.stringify(["jobs", row.created_us, row.id])).toString("base64url");
}

/** @throws {AmapError} USAGE */
function readCursor(cursor: string): readonly [string, string] {
  const text = Buffer.from(cursor.slice(0, 200), "base64url").toString();
  const match = /^\["jobs","([0-9]{1,18})","([0-9a-f-]{36})"\]$/.exec(text);
  if (match?.[1] === undefined || match[2] === undefined || !UUID.test(match[2])) {
    throw new AmapError("USAGE", "the cursor is not one that this list gave");
  }
  return [match[1], match[2]];
}

function toJob(row: JobRow): Job {
  const state = stateOf(row.state);
  const message = row.output?.message;
  return {
    id: row.id,
    kind: row.name,
    key: readKey(row.data.key),
    payload: readStored(row.data.payload),
    state,
    // pg-boss counts claims after the first.
    attempts: row.started_on === null ? 0 : row.retry_count + 1,
    maxAttempts: row.retry_limit + 1,
    createdAt: formatTime(row.created_on.getTime()),
    startAfter: formatTime(row.start_after.getTime()),
    ...(row.completed_on === null ? {} : { endedAt: formatTime(row.completed_on.getTime()) }),
    ...(typeof message === "string" && state !== "done" ? { error: message } : {}),
  };
}
