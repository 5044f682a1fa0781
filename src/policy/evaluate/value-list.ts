import { memberOf, type Value } from "../../base/index.ts";

/** The list under a key; empty where there is none. */
export function listOf(value: Value, key: string): readonly Value[] {
  const list = memberOf(value, key);
  return Array.isArray(list) ? list : [];
}
