import type { Time } from "./time.ts";

/** Wakes a loop that waits; a ring while nobody waits is kept for the next wait. */
export interface Bell {
  ring(): void;
  /** Forgets a ring that nobody has waited for: what is about to be done answers it. */
  clear(): void;
  /** Resolves at the next ring, after `ms`, or when `signal` is aborted. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export function createBell(time: Time): Bell {
  let rung = new AbortController();
  return {
    ring: () => rung.abort(),
    clear: () => {
      if (rung.signal.aborted) rung = new AbortController();
    },
    wait: async (ms, signal) => {
      await time.wait(ms, AbortSignal.any([signal, rung.signal]));
      if (rung.signal.aborted) rung = new AbortController();
    },
  };
}
