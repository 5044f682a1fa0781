/** The time now, and waiting. The core never asks: it is given `now`. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  now(): number;
  /** Resolves after about this many milliseconds. */
  wait(ms: number): Promise<void>;
}
