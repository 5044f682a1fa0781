import { existsSync } from "node:fs";
import { Worker } from "node:worker_threads";
import { AmapError } from "../../base/index.ts";
import type { Store } from "../../ports/index.ts";
import { METHODS, pack, type ThreadAnswer, type ThreadOptions, unpack, unpackError } from "./thread-messages.ts";

/** The bundle's name for worker.ts; tools/build.ts makes it an entry of its own. */
const BUNDLED = "store-worker.mjs";

/** The worker's file: beside this one in the source, and in the bundle one or more folders above a chunk. */
function workerUrl(): URL {
  if (import.meta.url.endsWith(".ts")) return new URL("./worker.ts", import.meta.url);
  for (const folder of ["./", "../", "../../"]) {
    const url = new URL(folder + BUNDLED, import.meta.url);
    if (existsSync(url)) return url;
  }
  throw new AmapError("BUG", `the build lacks ${BUNDLED}`);
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

/** The number of the answer that says whether the store could be opened. */
const OPENED = 0;
/** A thread that dies is not started again sooner: one that dies at once would be started in a circle. */
const RESTART_MS = 1_000;

/**
 * One thread with a connection; it keeps the process alive only while calls wait for it. When it dies, what waits for it
 * fails, and the next call starts it again: nothing is kept in it but the connection.
 */
class StoreThread {
  readonly #options: ThreadOptions;
  readonly #waiting = new Map<number, Waiting>();
  #worker: Worker | undefined;
  #lostMs = 0;
  #lastId = OPENED;
  #closed = false;

  private constructor(options: ThreadOptions) {
    this.#options = options;
  }

  /** @throws {AmapError} STORE_UNAVAILABLE, STORE_INVALID */
  static async start(options: ThreadOptions): Promise<StoreThread> {
    const thread = new StoreThread(options);
    await thread.#start();
    return thread;
  }

  async #start(): Promise<void> {
    const worker = new Worker(workerUrl(), { workerData: this.#options, execArgv: [] });
    this.#worker = worker;
    worker.on("message", (answer: ThreadAnswer) => this.#settle(answer));
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

  ask(part: string | undefined, method: string, parameters: readonly unknown[]): Promise<unknown> {
    if (this.#closed) return Promise.reject(this.#unavailable("is closed"));
    if (this.#worker === undefined) {
      if (performance.now() - this.#lostMs < RESTART_MS) return Promise.reject(this.#unavailable("lost its thread"));
      // Whoever asks is told when it cannot be opened.
      this.#start().catch(() => undefined);
    }
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId;
      const request = { id, method, parameters: parameters.map(pack), ...(part === undefined ? {} : { part }) };
      this.#worker?.postMessage(request, []);
      this.#waiting.set(id, { resolve, reject });
      this.#worker?.ref();
    });
  }

  #settle(answer: ThreadAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (this.#waiting.size === 0) this.#worker?.unref();
    if ("error" in answer) waiting?.reject(unpackError(answer.error));
    else waiting?.resolve(unpack(answer.value));
  }

  #lose(worker: Worker, cause: unknown): void {
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    this.#lostMs = performance.now();
    const error =
      cause instanceof AmapError ? cause : this.#unavailable(this.#closed ? "is closed" : "lost its thread", cause);
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }

  #unavailable(reason: string, cause?: unknown): AmapError {
    const options = cause === undefined ? {} : { cause };
    return new AmapError("STORE_UNAVAILABLE", `the store ${this.#options.path} ${reason}`, options);
  }

  async close(): Promise<void> {
    const worker = this.#worker;
    if (this.#closed || worker === undefined) {
      this.#closed = true;
      return;
    }
    try {
      await this.ask(undefined, "close", []);
    } finally {
      this.#closed = true;
      await worker.terminate();
    }
  }
}

/** A SQLite store in a file, whose calls run in threads of their own: one writes, one reads. */
export async function openStoreThreads(path: string): Promise<Store> {
  const writer = await StoreThread.start({ path, role: "writer" });
  let reader: StoreThread;
  try {
    reader = await StoreThread.start({ path, role: "reader" });
  } catch (error) {
    await writer.close();
    throw error;
  }
  const parts = Object.entries(METHODS).map(([part, methods]) => {
    const calls = Object.entries(methods).map(([method, access]) => {
      const thread = access === "read" ? reader : writer;
      return [method, (...parameters: readonly unknown[]) => thread.ask(part, method, parameters)];
    });
    return [part, Object.fromEntries(calls)];
  });
  const own = {
    kind: "sqlite",
    address: path,
    changes: (after: number, limit: number) => reader.ask(undefined, "changes", [after, limit]),
    lastChange: () => reader.ask(undefined, "lastChange", []),
    ping: async () => {
      await Promise.all([writer.ask(undefined, "ping", []), reader.ask(undefined, "ping", [])]);
    },
    close: async () => {
      await Promise.all([writer.close(), reader.close()]);
    },
  };
  return { ...own, ...Object.fromEntries(parts) } as Store;
}
