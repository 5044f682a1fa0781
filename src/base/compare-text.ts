/**
 * Orders texts by their UTF-16 code units, for `sort`: the same on every machine, unlike a locale's order. Equal texts,
 * and only those, are 0.
 * @example
 * ```ts
 * import { compareText } from "./index.ts";
 * ["b", "a", "B"].sort(compareText); // ["B", "a", "b"]
 * ```
 */
export function compareText(a: string, b: string): -1 | 0 | 1 {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
