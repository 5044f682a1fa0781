import { AmapError, type ErrorCode } from "../../../base/index.ts";

/** Why an evaluation failed. */
export type CelErrorReason =
  | "no_such_key"
  | "no_such_overload"
  | "no_such_variable"
  | "index_out_of_range"
  | "divide_by_zero"
  | "overflow"
  | "duplicate_key"
  | "invalid_argument"
  | "failed";

/**
 * An expression that failed while it was evaluated: a result of its own, neither true nor false. `code` is
 * EXPRESSION_FAILED, or the code of what a function ran into (a fact that could not be loaded). Line and column are set
 * when it leaves `evaluate`; it has no stack.
 */
export class CelError extends AmapError {
  readonly reason: CelErrorReason;
  /** Where in the source, in UTF-16 units; undefined until the engine has placed it. */
  offset: number | undefined = undefined;
  /** From 1. */
  line = 0;
  /** From 1, in code points. */
  column = 0;

  constructor(reason: CelErrorReason, message: string, options: { code?: ErrorCode; cause?: unknown } = {}) {
    const { stackTraceLimit } = Error;
    // A loop may make one for each element and go on: finding the stack takes twenty times as long as all the rest.
    Error.stackTraceLimit = 0;
    super(options.code ?? "EXPRESSION_FAILED", message, options.cause === undefined ? {} : { cause: options.cause });
    Error.stackTraceLimit = stackTraceLimit;
    this.name = "CelError";
    this.reason = reason;
  }
}
