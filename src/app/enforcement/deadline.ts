import type { Clock } from "../../ports/index.ts";

/** What work came to within its time. */
export type Settled<T> = { readonly status: "done"; readonly value: T } | { readonly status: "late" };

/**
 * Waits for work, at most this many milliseconds. Work that is late goes on unheard: its failure then brings nothing
 * down. @throws what the work throws in time
 */
export async function settleWithin<T>(clock: Clock, ms: number, work: Promise<T>): Promise<Settled<T>> {
  const alarm = clock.alarm(Math.max(0, ms));
  const done = work.then((value): Settled<T> => ({ status: "done", value }));
  done.catch(() => {});
  try {
    return await Promise.race([done, alarm.rings.then((): Settled<T> => ({ status: "late" }))]);
  } finally {
    alarm.cancel();
  }
}

/** A listener that can be told of a failure in the midst of an answer: one that throws changes nothing. */
export function quietly(listener: (error: unknown) => void): (error: unknown) => void {
  return (error) => {
    try {
      listener(error);
    } catch {
      // The one who answers cannot do anything about a listener that fails.
    }
  };
}
