import type { Clock } from "../ports/index.ts";

/** A clock that stands still until it is moved, or until somebody waits: then it moves by that much at once. */
export interface FakeClock extends Clock {
  /** Moves the time by milliseconds, also back. */
  advance(ms: number): void;
}

/** A clock at `startMs`, milliseconds since 1970-01-01T00:00:00Z. */
export function createFakeClock(startMs: number): FakeClock {
  let now = startMs;
  return {
    now: () => now,
    wait: async (ms) => {
      now += ms;
    },
    advance: (ms) => {
      now += ms;
    },
  };
}
