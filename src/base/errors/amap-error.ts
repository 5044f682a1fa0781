import { ERROR_CODES, type ErrorCode, type ErrorRow } from "./codes.ts";

/** What may accompany an {@link AmapError}. */
export interface AmapErrorOptions {
  /** A more specific next step than the table's. */
  readonly hint?: string;
  /** Facts that are safe to log: no tokens, keys or whole documents. */
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/**
 * A failure of the world or of the user's input. Anything else that is thrown is a bug in amap.
 *
 * @example
 * ```ts
 * import { AmapError } from "../index.ts";
 * const error = new AmapError("KEY_PASSWORD", "cannot open cosign.key: wrong password");
 * error.row.exit; // 2
 * ```
 */
export class AmapError extends Error {
  readonly code: ErrorCode;
  readonly hint: string;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: AmapErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "AmapError";
    this.code = code;
    this.hint = options.hint ?? ERROR_CODES[code].hint;
    this.details = options.details ?? {};
  }

  /** The code's row of the table: exit code, HTTP status, retryable, title. */
  get row(): ErrorRow {
    return ERROR_CODES[this.code];
  }
}

/**
 * Whether a thrown value is an {@link AmapError} with this code (or with any code, when none is named).
 * @example
 * ```ts
 * import { isAmapError } from "../index.ts";
 * isAmapError(new Error("other"), "USAGE"); // false
 * ```
 */
export function isAmapError(error: unknown, code?: ErrorCode): error is AmapError {
  return error instanceof AmapError && (code === undefined || error.code === code);
}
