import { pino, stdTimeFunctions } from "pino";

/** Where the server writes what happens: pino's shape. Fields never hold tokens, cookies, queries or bodies. */
export interface ServerLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** What the log tells: `info` each answer, `warn` and `error` only what needs somebody. */
export const LOG_LEVELS = ["info", "warn", "error", "silent"] as const;

/**
 * A log of one JSON object a line, given to `write` without its line break.
 * @example
 * ```ts
 * import { createLog } from "./index.ts";
 * createLog("warn", () => {}).info({ requestId: "1" }, "answered"); // writes nothing
 * ```
 */
export function createLog(level: (typeof LOG_LEVELS)[number], write: (line: string) => void): ServerLog {
  const form = {
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
  };
  return pino({ level, ...form }, { write: (line) => write(line.trimEnd()) });
}
