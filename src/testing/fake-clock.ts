import type { Clock } from "../ports/index.ts";

/** A clock that stands still until it is moved, or until somebody waits: then it moves by that much at once. */
export interface FakeClock extends Clock {
  /** Moves the time by milliseconds, also back. */
  advance(ms: number): void;
}

/** A clock at `startMs`, milliseconds since 1970-01-01T00:00:00Z. */
export function createFakeClock(startMs: number): FakeClock {
  let now = startMs;
  const alarms = new Set<{ readonly at: number; readonly ring: () => void }>();
  const advance = (ms: number): void => {
    now += ms;
    for (const alarm of alarms) {
      if (alarm.at > now) continue;
      alarms.delete(alarm);
      alarm.ring();
    }
  };
  return {
    now: () => now,
    wait: async (ms) => advance(ms),
    alarm: (ms) => {
      let ring = (): void => {};
      const rings = new Promise<void>((resolve) => {
        ring = resolve;
      });
      const alarm = { at: now + ms, ring };
      alarms.add(alarm);
      return { rings, cancel: () => void alarms.delete(alarm) };
    },
    advance,
  };
}
