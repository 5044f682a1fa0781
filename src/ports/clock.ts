/** The time now, and waiting. The core never asks: it is given `now`. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z. */
  now(): number;
  /** Resolves after about this many milliseconds. */
  wait(ms: number): Promise<void>;
  /** An alarm after about this many milliseconds, for work that may not take longer. It does not keep a process alive. */
  alarm(ms: number): Alarm;
}

/** Rings once, or never when it was cancelled before. */
export interface Alarm {
  readonly rings: Promise<void>;
  cancel(): void;
}
