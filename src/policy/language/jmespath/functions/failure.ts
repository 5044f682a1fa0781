import { AmapError } from "../../../../base/index.ts";

/** Messages hold what was given, and end up in reports and events. */
const MAX_MESSAGE_LENGTH = 4_096;

/** A call that failed, with the words of the library that Kyverno calls. */
export function failed(message: string, cause?: unknown): AmapError {
  const shown = message.length > MAX_MESSAGE_LENGTH ? `${message.slice(0, MAX_MESSAGE_LENGTH)}…` : message;
  return new AmapError("EXPRESSION_FAILED", shown.toWellFormed(), cause === undefined ? {} : { cause });
}

/** A call that failed, with the function's name before the words, as most of Kyverno's functions write it. */
export function callFailed(name: string, message: string, cause?: unknown): AmapError {
  return failed(`JMESPath function '${name}': ${message}`, cause);
}

/** An argument (counted from 1) of another type than the function takes. */
export function argumentFailed(name: string, index: number, type: string): AmapError {
  return callFailed(name, `argument #${index} is not of type ${type}`);
}
