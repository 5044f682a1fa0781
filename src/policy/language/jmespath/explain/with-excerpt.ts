import type { AmapError } from "../../../../base/index.ts";
import { explainJmesSyntax } from "./explain-syntax.ts";
import { drawExplanation } from "./explanation.ts";

/**
 * The message of a refused expression, with what it means in plain words, the expression with a caret below the place,
 * and what to do. Of other errors the message alone.
 */
export function withExcerpt(error: AmapError): string {
  const { expression, column } = error.details;
  if (typeof expression !== "string" || typeof column !== "number" || error.code !== "EXPRESSION_INVALID") {
    return error.message;
  }
  const [reason, ...lines] = drawExplanation(explainJmesSyntax(expression, error)).split("\n");
  return [error.message, `  | ${reason}`, ...lines].join("\n");
}
