import { type Value, writeJson } from "../../../base/index.ts";

/** Characters of a value in a message. */
const MAX_SHOWN = 256;

/** A value in a message: JSON, cut where it is long. */
export function shownValue(value: Value): string {
  const text = writeJson(value);
  return text.length <= MAX_SHOWN ? text : `${text.slice(0, MAX_SHOWN).toWellFormed()}…`;
}
