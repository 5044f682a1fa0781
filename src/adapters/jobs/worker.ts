/** The thread of a SQLite queue: an entry of its own, started by queue-thread.ts. */
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { isAmapError } from "../../base/index.ts";
import type { QueueAnswer, QueueRequest } from "./queue-thread.ts";
import { type QueueOptions, SqliteQueue } from "./sqlite-queue.ts";

function serve(port: MessagePort, options: QueueOptions): void {
  const answer = (id: number, run: () => unknown): void => {
    let message: QueueAnswer;
    try {
      message = { id, value: run() };
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error);
      message = { id, error: { message: text, ...(isAmapError(error) ? { code: error.code } : {}) } };
    }
    port.postMessage(message);
  };
  answer(0, () => {
    const queue = new SqliteQueue(options);
    port.on("message", ({ id, method, parameters }: QueueRequest) =>
      answer(id, () => (queue[method] as (...all: readonly unknown[]) => unknown).call(queue, ...parameters)),
    );
    return true;
  });
}

if (parentPort !== null) serve(parentPort, workerData as QueueOptions);
