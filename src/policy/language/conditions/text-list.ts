import { isAmapError, readJson, type Value } from "../../../base/index.ts";

/** What a text may be that stands for a list: a JSON list of texts, other JSON, or no JSON at all. */
type TextList =
  | { readonly kind: "list"; readonly items: readonly string[] }
  | { readonly kind: "otherJson" }
  | { readonly kind: "text" };

const JSON_START = /^[\t\n\r ]*[[{"0-9tfn-]/;
const JSON_NUMBER = /^[\t\n\r ]*-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?[\t\n\r ]*$/;

/** Reads a text as Go reads JSON into a list of texts: null is an empty list, and as an item the empty text. */
export function readTextList(text: string): TextList {
  if (!JSON_START.test(text)) return { kind: "text" };
  // Also numbers that are too large for amap's values.
  if (JSON_NUMBER.test(text)) return { kind: "otherJson" };
  let value: Value;
  try {
    value = readJson(text);
  } catch (error) {
    if (!isAmapError(error)) throw error;
    if (error.code === "JSON_INVALID") return { kind: "text" };
    // Too deep or too long for amap is still JSON, and no list of texts.
    if (error.code === "LIMIT_EXCEEDED") return { kind: "otherJson" };
    throw error;
  }
  if (value === null) return { kind: "list", items: [] };
  if (!Array.isArray(value)) return { kind: "otherJson" };
  const items: string[] = [];
  for (const item of value as readonly Value[]) {
    if (typeof item !== "string" && item !== null) return { kind: "otherJson" };
    items.push(item ?? "");
  }
  return { kind: "list", items };
}
