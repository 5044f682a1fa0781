import type { AmapError } from "../../../base/index.ts";
import { CelError } from "../../language/cel/error.ts";
import type { CelProgram } from "../../language/cel/program.ts";

/** cel-go says of a value without fields what it says of a map without the key: of null too. */
const NO_FIELDS = /^a value of type (\w+) has no fields \(looking for "(.*)"\)$/s;

/** Messages of amap's own, and what cel-go and Kubernetes' libraries say instead. */
const OTHER_WORDS: readonly (readonly [pattern: RegExp, words: string])[] = [
  [/^index (-?\d+) is outside a list of \d+$/, "index out of bounds: $1"],
  [/^index (-?\d+) is outside a text.*$/, "index out of range: $1"],
  [/^divide by zero$/, "division by zero"],
  [/^the (?:int|double \S+) is outside (?:64 bits|int)$/, "integer overflow"],
  [/^the (?:uint|double \S+) is outside (?:64 bits|uint)$/, "unsigned integer overflow"],
  [/^the timestamp is (?:outside|before) .*$/, "timestamp overflow"],
  [/^the duration is outside .*$/, "duration overflow"],
  [/^not an? (bool|double|int|uint): .*$/s, "type conversion error from 'string' to '$1'"],
  [/^not a duration: .*$/s, "type conversion error from 'string' to 'google.protobuf.Duration'"],
  [/^not an RFC 3339 timestamp: (.*)$/s, "invalid RFC 3339 timestamp $1"],
  [/^not an RE2 regular expression: (.*)$/s, "$1"],
  [
    /^not a quantity: .*$/s,
    "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$$'",
  ],
  [/^not a URL: (".*"): (.*)$/s, "URL parse error during conversion from string: parse $1: $2"],
  [
    /^not an IP address: (".*"): it does not parse$/s,
    "IP Address $1 parse error during conversion from string: ParseAddr($1): unable to parse IP",
  ],
  [/^the optional holds no value$/, "optional.none() dereference"],
];

/** What is wrong with an expression, as cel-go says it: in one line, without the place in the source. */
export function failureReason(error: AmapError): string {
  if (!(error instanceof CelError)) return error.message;
  const message = withoutPlace(error);
  const [, type, field] = NO_FIELDS.exec(message) ?? [];
  if (field !== undefined) return type === "list" ? "unsupported index type 'string' in list" : `no such key: ${field}`;
  if (error.reason === "no_such_key") return message.replaceAll('"', "");
  if (error.reason === "no_such_overload") return "no such overload";
  const [pattern, words] = OTHER_WORDS.find(([each]) => each.test(message)) ?? [];
  return pattern === undefined || words === undefined ? message : message.replace(pattern, words);
}

/** The message in one line, without line, column and excerpt. */
function withoutPlace(error: CelError): string {
  const prefix = `${error.line}:${error.column}: `;
  if (error.line === 0 || !error.message.startsWith(prefix)) return error.message;
  const [first = ""] = error.message.split("\n  | ", 1);
  return first.slice(prefix.length);
}

/** What the API server says of an expression that failed. */
export function expressionFailure({ source }: CelProgram, error: AmapError): string {
  return `expression '${source}' resulted in error: ${failureReason(error)}`;
}
