import type { Value } from "../base/index.ts";

const SHOWN_CHARACTERS = 100;

/** Outside text for a message: quoted, control characters escaped, cut to 100 characters; other values by their kind. */
export function quoteText(value: Value | undefined): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "an object";
  if (typeof value !== "string") return String(value);
  const shown = value.length > SHOWN_CHARACTERS ? `${value.slice(0, SHOWN_CHARACTERS)}…` : value;
  return JSON.stringify(shown);
}
