/** The thread of a SQLite store: an entry of its own, started by thread.ts. */
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import type { Store } from "../../ports/index.ts";
import { openSqliteStore } from "./sqlite-store.ts";
import {
  pack,
  packError,
  type ThreadAnswer,
  type ThreadOptions,
  type ThreadRequest,
  unpack,
} from "./thread-messages.ts";

/** The number of the answer that says whether the store could be opened. */
const OPENED = 0;

async function serve(port: MessagePort, options: ThreadOptions): Promise<void> {
  let store: Store;
  try {
    store = await openSqliteStore(options.path, options.role);
  } catch (error) {
    answer(port, { id: OPENED, error: packError(error) });
    return;
  }
  port.on("message", (request: ThreadRequest) => void handle(port, store, request));
  answer(port, { id: OPENED, value: true });
}

async function handle(port: MessagePort, store: Store, request: ThreadRequest): Promise<void> {
  try {
    const value = await call(store, request);
    answer(port, { id: request.id, value: pack(value) });
  } catch (error) {
    answer(port, { id: request.id, error: packError(error) });
  }
}

type Methods = Readonly<Record<string, (...parameters: readonly unknown[]) => unknown>>;

async function call(store: Store, { part, method, parameters }: ThreadRequest): Promise<unknown> {
  const owner = (part === undefined ? store : store[part as keyof Store]) as unknown as Methods;
  return await owner[method]?.(...parameters.map(unpack));
}

function answer(port: MessagePort, message: ThreadAnswer): void {
  port.postMessage(message);
}

if (parentPort !== null) await serve(parentPort, workerData as ThreadOptions);
