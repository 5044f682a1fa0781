/** Keys that wait for their turn: each at most once, in the order of their first asking. */
export interface ScanQueue<T> {
  add(key: string, item: T): void;
  /** As add, but what came meanwhile under this key counts. */
  addUnlessThere(key: string, item: T): void;
  /** The next, or undefined when none waits. */
  take(): T | undefined;
  size(): number;
  /** Resolves when something waits, or when `signal` is aborted. */
  filled(signal: AbortSignal): Promise<void>;
}

export function createScanQueue<T>(): ScanQueue<T> {
  const items = new Map<string, T>();
  const waiting = new Set<() => void>();
  const add = (key: string, item: T): void => {
    // The newest item of a key, in the oldest place.
    items.set(key, item);
    for (const wake of waiting) wake();
  };
  return {
    add,
    addUnlessThere: (key, item) => {
      if (!items.has(key)) add(key, item);
    },
    take: () => {
      const [first] = items;
      if (first === undefined) return undefined;
      items.delete(first[0]);
      return first[1];
    },
    size: () => items.size,
    filled: (signal) =>
      new Promise((resolve) => {
        if (items.size > 0 || signal.aborted) return resolve();
        const wake = (): void => {
          waiting.delete(wake);
          signal.removeEventListener("abort", wake);
          resolve();
        };
        waiting.add(wake);
        signal.addEventListener("abort", wake);
      }),
  };
}
