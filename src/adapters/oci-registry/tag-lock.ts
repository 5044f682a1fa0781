const queues = new Map<string, Promise<unknown>>();

/** Runs one task at a time for each key within this process, in the order of the calls. */
export async function withTagLock<T>(key: string, task: () => Promise<T>): Promise<T> {
  const before = queues.get(key);
  const run = before === undefined ? task() : before.then(task, task);
  queues.set(key, run);
  try {
    return await run;
  } finally {
    if (queues.get(key) === run) queues.delete(key);
  }
}
