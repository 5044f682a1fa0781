import { parseDurationNs } from "../../../../base/index.ts";
import { byteText, quoteBytes } from "./go-quote.ts";

const PART = /(?:([0-9]+)(\.[0-9]*)?|\.[0-9]+)([^0-9.]*)/y;
const UNITS: ReadonlySet<string> = new Set(["ns", "us", "\u00b5s", "\u03bcs", "ms", "s", "m", "h"]);

/** Longer ones are not read. */
const MAX_LENGTH = 1_000;

/** Whether the parts before a place, and the next number, are within 64 bits. */
function fits(body: string, at: number): boolean {
  const next = /^[0-9]*/.exec(body.slice(at))?.[0] ?? "";
  return parseDurationNs(`${body.slice(0, at)}${next || "0"}ns`) !== undefined;
}

/** What Go's time.ParseDuration says about a text that is no duration. */
export function durationFault(text: string): string {
  const said = (what: string): string => `time: ${what} ${quoteBytes(byteText(text))}`;
  const body = text.replace(/^[+-]/, "");
  if (body.length > MAX_LENGTH) return said("invalid duration");
  for (let at = 0; at < body.length; at = PART.lastIndex) {
    PART.lastIndex = at;
    const unit = PART.exec(body)?.[3];
    // What is too long is found before what follows it.
    if (unit === undefined || !fits(body, at)) return said("invalid duration");
    if (unit === "") return said("missing unit in duration");
    if (!UNITS.has(unit)) return said(`unknown unit ${quoteBytes(byteText(unit))} in duration`);
  }
  return said("invalid duration");
}
