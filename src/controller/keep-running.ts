import { describeFailure, type Log } from "./log.ts";
import type { Time } from "./time.ts";

/** What a loop is run with. */
export interface Running {
  readonly time: Time;
  readonly log: Log;
  readonly signal: AbortSignal;
}

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 30_000;
/** A run that lasted this long starts the waits anew. */
const CALM_MS = 60_000;

/**
 * Runs `work` until `signal` is aborted; a run that ends or fails is started again after a wait that doubles up to 30 s.
 * Never throws: one loop that fails must not take the others, or admission, with it.
 */
export async function keepRunning(name: string, work: () => Promise<void>, running: Running): Promise<void> {
  const { time, log, signal } = running;
  let waitMs = FIRST_WAIT_MS;
  while (!signal.aborted) {
    const startedAt = time.monotonic();
    try {
      await work();
    } catch (error) {
      if (!signal.aborted) log.warn({ loop: name, retryInMs: waitMs, ...describeFailure(error) }, "a loop failed");
    }
    if (time.monotonic() - startedAt > CALM_MS) waitMs = FIRST_WAIT_MS;
    await time.wait(waitMs, signal);
    waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2);
  }
}

/**
 * Runs works until all have ended. When one fails the others are ended before it is told: whoever starts them anew must
 * not have any of them twice. @throws what the first that fails throws
 */
export async function runTogether(
  signal: AbortSignal,
  works: readonly ((signal: AbortSignal) => Promise<void>)[],
): Promise<void> {
  const ended = new AbortController();
  const either = AbortSignal.any([signal, ended.signal]);
  const runs = works.map((work) => work(either));
  try {
    await Promise.all(runs);
  } finally {
    ended.abort();
    await Promise.allSettled(runs);
  }
}
