/** Times, in milliseconds where not named otherwise. */
export interface Timing {
  /** Until a connection stands, and until an answer begins. */
  readonly headersMs: number;
  /** Silence within an answer. */
  readonly silenceMs: number;
  /** One request with all its bytes, watches excepted. */
  readonly totalMs: number;
  /** The shortest and the longest watch that is asked for, in seconds: at random, so that not all end at once. */
  readonly watchSeconds: readonly [number, number];
  /** How much longer than asked for a watch may be silent before its connection is given up. */
  readonly watchMarginMs: number;
  /** A watch that ends sooner than this and told nothing counts as failed. */
  readonly watchAtLeastMs: number;
  /** The first wait before a single request is made again; it doubles. */
  readonly requestRetryMs: number;
  /** The first and the longest wait of a follower after failures in a row. */
  readonly retryMs: readonly [number, number];
}

/** The times that hold unless a test shortens them. */
export const DEFAULT_TIMING: Timing = {
  headersMs: 30_000,
  silenceMs: 30_000,
  totalMs: 120_000,
  watchSeconds: [240, 300],
  watchMarginMs: 30_000,
  watchAtLeastMs: 1_000,
  requestRetryMs: 200,
  retryMs: [250, 30_000],
};
