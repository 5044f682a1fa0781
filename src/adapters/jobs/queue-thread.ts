import { existsSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { AmapError, type ErrorCode } from "../../base/index.ts";
import type { QueueOptions, SqliteQueue } from "./sqlite-queue.ts";

/** The bundle's name for worker.ts; tools/build.ts makes it an entry of its own. */
const BUNDLED = "jobs-worker.mjs";

type Method = {
  [Name in keyof SqliteQueue]: SqliteQueue[Name] extends (...all: never) => unknown ? Name : never;
}[keyof SqliteQueue];

export interface QueueRequest {
  readonly id: number;
  readonly method: Method;
  readonly parameters: readonly unknown[];
}

export type QueueAnswer =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: { readonly code?: ErrorCode; readonly message: string } };

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

function workerUrl(): URL {
  if (import.meta.url.endsWith(".ts")) return new URL("./worker.ts", import.meta.url);
  for (const folder of ["./", "../", "../../"]) {
    const url = new URL(folder + BUNDLED, import.meta.url);
    if (existsSync(url)) return url;
  }
  throw new AmapError("BUG", `the build lacks ${BUNDLED}`);
}

/** What the queue is asked by those who add and those who work. */
export interface QueueCalls {
  ask<Name extends Method>(
    method: Name,
    ...parameters: Parameters<SqliteQueue[Name]>
  ): Promise<ReturnType<SqliteQueue[Name]>>;
  close(): Promise<void>;
}

/** The number of the answer that says whether the queue could be opened. */
const OPENED = 0;
/** A thread that dies is not started again sooner: one that dies at once would be started in a circle. */
const RESTART_MS = 1_000;

/**
 * The queue in a thread of its own, so that no call blocks this one; it keeps the process alive only while calls wait.
 * When it dies, what waits for it fails, and the next call starts it again.
 */
export class QueueThread implements QueueCalls {
  readonly #options: QueueOptions;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #lostMs = 0;
  #lastId = OPENED;
  #closed = false;

  private constructor(options: QueueOptions) {
    this.#options = options;
  }

  /** @throws {AmapError} STORE_UNAVAILABLE, STORE_INVALID */
  static async start(options: QueueOptions): Promise<QueueThread> {
    const thread = new QueueThread(options);
    await thread.#start();
    return thread;
  }

  async #start(): Promise<void> {
    const worker = new Worker(workerUrl(), { workerData: this.#options, execArgv: [] });
    this.#worker = worker;
    worker.on("message", (answer: QueueAnswer) => this.#settle(answer));
    worker.on("error", (error) => this.#lose(worker, error));
    worker.on("exit", () => this.#lose(worker, undefined));
    try {
      await new Promise((resolve, reject) => this.#waiting.set(OPENED, { resolve, reject }));
    } catch (error) {
      this.#lose(worker, error);
      await worker.terminate();
      throw error;
    }
  }

  ask<Name extends Method>(
    method: Name,
    ...parameters: Parameters<SqliteQueue[Name]>
  ): Promise<ReturnType<SqliteQueue[Name]>> {
    if (this.#closed) return Promise.reject(unavailable(this.#options.path, "it is closed"));
    if (this.#worker === undefined) {
      if (performance.now() - this.#lostMs < RESTART_MS)
        return Promise.reject(unavailable(this.#options.path, "it lost its thread"));
      // Whoever asks is told when it cannot be opened.
      this.#start().catch(() => undefined);
    }
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId;
      const request: QueueRequest = { id, method, parameters };
      this.#worker?.postMessage(request, []);
      this.#waiting.set(id, { resolve, reject });
      this.#worker?.ref();
    });
  }

  #settle(answer: QueueAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (this.#waiting.size === 0) this.#worker?.unref();
    if ("error" in answer) {
      const { code, message } = answer.error;
      waiting?.reject(code === undefined ? unavailable(this.#options.path, message) : new AmapError(code, message));
    } else {
      waiting?.resolve(answer.value as never);
    }
  }

  #lose(worker: Worker, cause: unknown): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    this.#lostMs = performance.now();
    const reason = this.#closed ? "it is closed" : "it lost its thread";
    const error = cause instanceof AmapError ? cause : unavailable(this.#options.path, reason, cause);
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    if (this.#closed || worker === undefined) {
      this.#closed = true;
      return;
    }
    try {
      await this.ask("close");
    } finally {
      this.#closed = true;
      await worker.terminate();
    }
  }
}

/** A queue in memory keeps nobody waiting for a disk: it needs no thread. */
export function queueInMemory(queue: SqliteQueue): QueueCalls {
  let isClosed = false;
  return {
    ask: async (method, ...parameters) => {
      if (isClosed) throw unavailable(":memory:", "it is closed");
      return (queue[method] as (...all: readonly unknown[]) => never).call(queue, ...parameters);
    },
    close: async () => {
      isClosed = true;
      queue.close();
    },
  };
}

function unavailable(path: string, reason: string, cause?: unknown): AmapError {
  const options = cause === undefined ? {} : { cause };
  return new AmapError("STORE_UNAVAILABLE", `the queue in ${path}: ${reason}`, options);
}
