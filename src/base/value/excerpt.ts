import { writeJson } from "./json-writer.ts";
import { Double, type Value } from "./value.ts";

/** Deeper parts are only hinted at: nobody reads them in a message. */
const MAX_DEPTH = 8;
const MORE = "…";

/**
 * A value as a message shows it: JSON on one line, cut behind `maxCharacters` (with a final `…`), `nothing` for undefined.
 * It never throws, whatever the value holds: half of a surrogate pair is escaped, and NaN is `NaN`. What it does is
 * bounded by `maxCharacters`, not by the value.
 * @example
 * ```ts
 * import { excerptOfValue } from "../index.ts";
 * excerptOfValue({ a: [1, "\ud800"] }); // '{"a":[1,"\\ud800"]}'
 * excerptOfValue("a long text", 6); // '"a lon…'
 * ```
 */
export function excerptOfValue(value: Value | undefined, maxCharacters = 256): string {
  if (value === undefined) return "nothing";
  const text = write(value, maxCharacters + 1, 0);
  return text.length > maxCharacters ? `${text.slice(0, maxCharacters).replace(/[\ud800-\udbff]$/, "")}${MORE}` : text;
}

/** As far as `room` characters need it. */
function write(value: Value, room: number, depth: number): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, room));
  if (typeof value === "number" || value instanceof Double) {
    return Number.isFinite(Number(value)) ? writeJson(value) : String(Number(value));
  }
  if (typeof value !== "object" || value === null) return String(value);
  const isList = Array.isArray(value);
  if (depth >= MAX_DEPTH) return isList ? `[${MORE}]` : `{${MORE}}`;
  const names: readonly (string | number)[] = isList ? [...value.slice(0, room).keys()] : Object.keys(value);
  let text = isList ? "[" : "{";
  for (const [index, name] of names.entries()) {
    if (text.length >= room) return text;
    if (index > 0) text += ",";
    if (!isList) text += `${JSON.stringify(String(name).slice(0, room))}:`;
    text += write(
      (value as { readonly [key: string]: Value })[name] as Value,
      Math.max(room - text.length, 1),
      depth + 1,
    );
  }
  return text + (isList ? "]" : "}");
}
