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

/** The queue in a thread of its own, so that no call blocks this one; it keeps the process alive only while calls wait. */
export class QueueThread {
  readonly #worker: Worker;
  readonly #path: string;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;
  #ended = false;

  private constructor(options: QueueOptions) {
    this.#path = options.path;
    this.#worker = new Worker(workerUrl(), { workerData: options, execArgv: [] });
    this.#worker.on("message", (answer: QueueAnswer) => this.#settle(answer));
    this.#worker.on("error", (error) => this.#end(error.message));
    this.#worker.on("exit", () => this.#end("it is closed"));
  }

  /** @throws {AmapError} STORE_UNAVAILABLE, STORE_INVALID */
  static async start(options: QueueOptions): Promise<QueueThread> {
    const thread = new QueueThread(options);
    try {
      await new Promise((resolve, reject) => thread.#waiting.set(0, { resolve, reject }));
    } catch (error) {
      await thread.#worker.terminate();
      throw error;
    }
    return thread;
  }

  ask<Name extends Method>(
    method: Name,
    ...parameters: Parameters<SqliteQueue[Name]>
  ): Promise<ReturnType<SqliteQueue[Name]>> {
    if (this.#ended) return Promise.reject(this.#unavailable("it is closed"));
    return new Promise((resolve, reject) => {
      const id = ++this.#lastId;
      const request: QueueRequest = { id, method, parameters };
      this.#worker.postMessage(request, []);
      this.#waiting.set(id, { resolve, reject });
      this.#worker.ref();
    });
  }

  #settle(answer: QueueAnswer): void {
    const waiting = this.#waiting.get(answer.id);
    this.#waiting.delete(answer.id);
    if (this.#waiting.size === 0) this.#worker.unref();
    if ("error" in answer) {
      const { code, message } = answer.error;
      waiting?.reject(code === undefined ? this.#unavailable(message) : new AmapError(code, message));
    } else {
      waiting?.resolve(answer.value as never);
    }
  }

  #end(reason: string): void {
    this.#ended = true;
    for (const { reject } of this.#waiting.values()) reject(this.#unavailable(reason));
    this.#waiting.clear();
  }

  #unavailable(reason: string): AmapError {
    return new AmapError("STORE_UNAVAILABLE", `the queue in ${this.#path}: ${reason}`);
  }

  async close(): Promise<void> {
    if (this.#ended) return;
    await this.ask("close");
    this.#ended = true;
    await this.#worker.terminate();
  }
}
