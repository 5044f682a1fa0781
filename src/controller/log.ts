import { type Level, pino } from "pino";
import { isAmapError } from "../base/index.ts";

/** Facts beside a message: names, codes and counts, never tokens, keys or whole objects. */
export type LogFields = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

/** A log of one JSON object a line. */
export interface Log {
  debug(fields: LogFields, message: string): void;
  info(fields: LogFields, message: string): void;
  warn(fields: LogFields, message: string): void;
  error(fields: LogFields, message: string): void;
}

/** The levels that a flag may name. */
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const satisfies readonly Level[];

/** A log to the error stream. */
export function createLog(level: (typeof LOG_LEVELS)[number], write: (line: string) => void): Log {
  const formatters = { level: (label: string) => ({ level: label }) };
  return pino(
    { level, base: null, messageKey: "message", timestamp: pino.stdTimeFunctions.isoTime, formatters },
    { write },
  );
}

const MAX_TEXT = 1_024;

/** What a failure says in a log: its code and its message, bounded, without its stack unless amap has a bug. */
export function describeFailure(error: unknown): { readonly code: string; readonly reason: string } {
  if (isAmapError(error)) return { code: error.code, reason: error.message.slice(0, MAX_TEXT) };
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { code: "BUG", reason: text.slice(0, MAX_TEXT) };
}
