import { AmapError, type ErrorCode } from "../../../../base/index.ts";

/**
 * A refusal of an expression: Kyverno's words where it has some, then the place. `details` has `reason` (the message
 * alone), `offset` (UTF-16 units from 0), `column` (code points from 1) and the `expression`.
 */
export function syntaxError(
  source: string,
  offset: number,
  reason: string,
  options: { readonly code?: ErrorCode; readonly hint?: string } = {},
): AmapError {
  const column = Array.from(source.slice(0, offset)).length + 1;
  return new AmapError(options.code ?? "EXPRESSION_INVALID", `${reason} (column ${column})`, {
    details: { reason, offset, column, expression: source },
    ...(options.hint === undefined ? {} : { hint: options.hint }),
  });
}

/**
 * Two lines for a terminal: the expression, and a caret below the place that the error names. Without a place in the
 * error, the expression alone.
 */
export function highlightJmesError(source: string, error: AmapError): string {
  const { column } = error.details;
  return typeof column === "number" ? `${source}\n${" ".repeat(column - 1)}^` : source;
}
