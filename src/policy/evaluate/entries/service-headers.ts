import { AmapError, LIMITS, listOf, textOf, type Value } from "../../../base/index.ts";

const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Visible characters, spaces and tabs: a line break would start another header. */
const HEADER_VALUE = /^[\t\x20-\x7e\u0080-\u{10ffff}]*$/u;

/**
 * The headers of a call of a service, as http facts take them: names in lower case, the values of one that is there
 * several times joined with commas (RFC 9110 §5.3).
 * @throws {AmapError} EXPRESSION_FAILED for what cannot be sent, LIMIT_EXCEEDED
 */
export function serviceHeaders(service: Value, call: string): Value {
  const headers = new Map<string, string>();
  let characters = 0;
  const stated = listOf(service, "headers");
  for (const header of stated) {
    const name = textOf(header, "key").toLowerCase();
    const value = textOf(header, "value").trim();
    characters += name.length + value.length;
    if (name === "__proto__" || !HEADER_NAME.test(name) || !HEADER_VALUE.test(value)) {
      throw new AmapError(
        "EXPRESSION_FAILED",
        `APICall ${call}: the header ${JSON.stringify(name.slice(0, 80))} cannot be sent`,
      );
    }
    const there = headers.get(name);
    headers.set(name, there === undefined ? value : `${there}, ${value}`);
  }
  if (stated.length > LIMITS.factHeaders || characters > LIMITS.factHeaderCharacters) {
    const limits = `${LIMITS.factHeaders} headers or ${LIMITS.factHeaderCharacters} characters of them`;
    throw new AmapError("LIMIT_EXCEEDED", `APICall ${call}: more than ${limits}`);
  }
  return Object.fromEntries(headers);
}
