/** Time for loops, which stands still until it is moved; waits end in the order of their times. */
export interface ManualTime {
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds since it was made. */
  monotonic(): number;
  /** Resolves when the time is moved so far, or as soon as `signal` is aborted. */
  wait(ms: number, signal?: AbortSignal): Promise<void>;
  /** Moves the time, ending each wait at its own moment, and lets what waited go on in between. */
  advance(ms: number): Promise<void>;
  /** Waits that have not ended. */
  pending(): number;
}

/** Lets all promises settle that need no timer. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** A time at `startMs` since 1970. */
export function createManualTime(startMs: number): ManualTime {
  let elapsed = 0;
  const waits = new Set<{ readonly at: number; readonly end: () => void }>();
  return {
    now: () => startMs + elapsed,
    monotonic: () => elapsed,
    wait: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted === true) return resolve();
        const end = (): void => {
          waits.delete(wait);
          signal?.removeEventListener("abort", end);
          resolve();
        };
        const wait = { at: elapsed + Math.max(0, ms), end };
        waits.add(wait);
        signal?.addEventListener("abort", end);
      }),
    advance: async (ms) => {
      const target = elapsed + ms;
      await settle();
      for (;;) {
        const [next] = [...waits].filter(({ at }) => at <= target).sort((a, b) => a.at - b.at);
        if (next === undefined) break;
        elapsed = Math.max(elapsed, next.at);
        next.end();
        await settle();
      }
      elapsed = target;
      await settle();
    },
    pending: () => waits.size,
  };
}
