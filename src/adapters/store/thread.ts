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

/** One thread with a connection; it keeps the process alive only while calls wait for it. */
class StoreThread {
  readonly #worker: Worker;
  readonly #address: string;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #ended = false;

  private constructor(options: ThreadOptions) {
    this.#address = options.path;
    this.#worker = new Worker(workerUrl(), { workerData: options, execArgv: [] });
    this.#worker.on("message", (answer: ThreadAnswer) => this.#settle(answer));
    this.#worker.on("error", (error) => this.#end(error));
    this.#worker.on("exit", () => this.#end(undefined));
  }

  /** @throws {AmapError} STORE_UNAVAILABLE, STORE_INVALID */
  static async start(options: ThreadOptions): Promise<StoreThread> {
    const thread = new StoreThread(options);
    try {
      await new Promise((resolve, reject) => thread.#waiting.set(0, { resolve, reject }));
    } catch (error) {
      await thread.#worker.terminate();
      throw error;
    }
    return thread;
  }

  ask(part: string | undefined, method: string, parameters: readonly unknown[]): Promise<unknown> {
    if (this.#ended) return Promise.reject(this.#gone(undefined));
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId;
      const request = { id, method, parameters: parameters.map(pack), ...(part === undefined ? {} : { part }) };
      this.#worker.postMessage(request, []);
      this.#waiting.set(id, { resolve, reject });
      this.#worker.ref();
    });
  }

  #settle(answer: ThreadAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (this.#waiting.size === 0) this.#worker.unref();
    if ("error" in answer) waiting?.reject(unpackError(answer.error));
    else waiting?.resolve(unpack(answer.value));
  }

  #end(cause: unknown): void {
    this.#ended = true;
    for (const { reject } of this.#waiting.values()) reject(this.#gone(cause));
    this.#waiting.clear();
  }

  #gone(cause: unknown): AmapError {
    const options = cause === undefined ? {} : { cause };
    return new AmapError("STORE_UNAVAILABLE", `the store ${this.#address} is closed`, options);
  }

  async close(): Promise<void> {
    if (this.#ended) return;
    await this.ask(undefined, "close", []);
    this.#ended = true;
    await this.#worker.terminate();
  }
}

/** A SQLite store whose calls run in threads of their own: one writes, one reads. Memory has one for both. */
export async function openStoreThreads(path: string): Promise<Store> {
  const writer = await StoreThread.start({ path, role: "writer" });
  let reader = writer;
  if (path !== ":memory:") {
    try {
      reader = await StoreThread.start({ path, role: "reader" });
    } catch (error) {
      await writer.close();
      throw error;
    }
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
    ping: () => writer.ask(undefined, "ping", []),
    close: async () => {
      await writer.close();
      if (reader !== writer) await reader.close();
    },
  };
  return { ...own, ...Object.fromEntries(parts) } as Store;
}
