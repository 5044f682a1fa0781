import { setTimeout as sleep } from "node:timers/promises";
import type { World } from "../app/index.ts";

/** What the loops know of time; tests move it by hand. */
export interface Time {
  /** Milliseconds since 1970: for what other machines read. */
  now(): number;
  /** Milliseconds that only grow: for waiting, whatever somebody does to the machine's clock. */
  monotonic(): number;
  /** Resolves after this long, or as soon as `signal` is aborted; it never throws. */
  wait(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's time; what is stored comes from the world's clock. */
export function systemTime(clock: World["clock"]): Time {
  return {
    now: () => clock.now(),
    monotonic: () => performance.now(),
    wait: async (ms, signal) => {
      // The longest that a timer of Node can wait; beyond that it would fire at once.
      const delay = Math.min(ms, 2 ** 31 - 1);
      await sleep(delay, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
    },
  };
}
