import { AmapError, parseDuration } from "../base/index.ts";
import type { Shell } from "./terminal.ts";

/** What may end a run before its verb ends: the process is told to stop, or the time that the user gave has passed. */
export interface Stopping {
  /** Aborted when the run is to end. Asked for by whatever connects, or writes what must not stay half written. */
  readonly signal: () => AbortSignal;
  /** Why the run was ended, if it was. */
  readonly reason: () => AmapError | undefined;
  /** The run has ended. */
  readonly release: () => void;
}

/** Timers hold no more (24.8 days). */
const LONGEST_MS = 2 ** 31 - 1;

/** `timeout` is what the user gave for the whole run, as Go writes durations; what is none is for others to refuse. */
export function createStopping(shell: Shell, timeout: unknown): Stopping {
  const late = new AbortController();
  const limitMs = typeof timeout === "string" ? parseDuration(timeout) : undefined;
  const expire = (): void =>
    late.abort(
      new AmapError("TIMEOUT", `expected to be done within --timeout ${String(timeout)}, found more to do`, {
        hint: "Raise --timeout, or leave it out: then only each request has a limit.",
      }),
    );
  const timer = limitMs === undefined || limitMs <= 0 ? undefined : setTimeout(expire, Math.min(limitMs, LONGEST_MS));
  let combined: AbortSignal | undefined;
  return {
    signal() {
      const told = shell.interruption?.();
      combined ??= told === undefined ? late.signal : AbortSignal.any([told, late.signal]);
      return combined;
    },
    reason() {
      const reason: unknown = combined?.aborted ? combined.reason : late.signal.reason;
      return reason instanceof AmapError ? reason : undefined;
    },
    release: () => clearTimeout(timer),
  };
}
