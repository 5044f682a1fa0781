import type { AmapError } from "../../../base/index.ts";
import { CelError } from "../../language/cel/error.ts";
import type { CelProgram } from "../../language/cel/program.ts";

/** cel-go says of a value without fields what it says of a map without the key: of null too. */
const NO_FIELDS = /^a value of type (\w+) has no fields \(looking for "(.*)"\)$/s;
const INDEX = /^index (-?\d+) is outside a list of \d+$/;

/** What is wrong with an expression, as cel-go says it: in one line, without the place in the source. */
export function failureReason(error: AmapError): string {
  if (!(error instanceof CelError)) return error.message;
  const message = withoutPlace(error);
  const [, type, field] = NO_FIELDS.exec(message) ?? [];
  if (field !== undefined && type !== "list") return `no such key: ${field}`;
  switch (error.reason) {
    case "no_such_key":
      return message.replaceAll('"', "");
    case "no_such_overload":
      return "no such overload";
    case "divide_by_zero":
      return message === "modulus by zero" ? message : "division by zero";
    case "index_out_of_range":
      return message.replace(INDEX, "index out of bounds: $1");
    default:
      return message;
  }
}

/** The message in one line, without line, column and excerpt. */
function withoutPlace(error: CelError): string {
  if (error.line === 0) return error.message;
  const [first = ""] = error.message.split("\n  | ", 1);
  return first.slice(`${error.line}:${error.column}: `.length);
}

/** What the API server says of an expression that failed. */
export function expressionFailure({ source }: CelProgram, error: AmapError): string {
  return `expression '${source}' resulted in error: ${failureReason(error)}`;
}
