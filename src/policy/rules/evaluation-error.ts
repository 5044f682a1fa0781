import { AmapError } from "../../base/index.ts";
import { isExpressionFailure } from "../language/variables/scope.ts";

/**
 * What was thrown, when a rule may go on from it or report it: a failed expression, a variable that is not there, a fact
 * that could not be loaded. A missing fact, a spent budget and bugs are thrown on: they end more than what they met.
 */
export function evaluationError(thrown: unknown): AmapError {
  if (!isExpressionFailure(thrown)) throw thrown;
  return thrown;
}

/** The same failure with what was being done before its message; what must not be caught is thrown on. */
export function rethrowAs(doing: string, thrown: unknown): AmapError {
  const { code, message, details } = evaluationError(thrown);
  return new AmapError(code, `${doing}: ${message}`, { details, cause: thrown });
}
