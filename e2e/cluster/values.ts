import { memberOf, type Value } from "../../src/base/index.ts";

/** What stands at a path, or undefined. */
export function valueAt(value: Value | undefined, ...path: readonly string[]): Value | undefined {
  return path.reduce<Value | undefined>((at, key) => memberOf(at, key), value);
}

/** The text at a path; empty when there is none. */
export function textAt(value: Value | undefined, ...path: readonly string[]): string {
  const found = valueAt(value, ...path);
  return typeof found === "string" ? found : "";
}

/** The list at a path; empty when there is none. */
export function listAt(value: Value | undefined, ...path: readonly string[]): readonly Value[] {
  const found = valueAt(value, ...path);
  return Array.isArray(found) ? (found as readonly Value[]) : [];
}

/** The number at a path; 0 when there is none. */
export function numberAt(value: Value | undefined, ...path: readonly string[]): number {
  const found = valueAt(value, ...path);
  return typeof found === "number" ? found : 0;
}
