import { CelMap, type CelValue } from "./value.ts";

/** Never listed and never asked by an expression: it tells nothing about a value but where it comes from. */
const MADE = new WeakSet<object>();

/** Notes that an expression made a list or map, and returns it. */
export function noteMade(value: CelValue): CelValue {
  if (typeof value === "object" && value !== null) MADE.add(value);
  return value;
}

/**
 * Whether a value is a list or map that an expression with messages made by a literal or a macro, and not one of an
 * object's. Kubernetes handles the two in different ways where it makes an object of them.
 */
export function isMade(value: CelValue): boolean {
  return typeof value === "object" && value !== null && (value instanceof CelMap || MADE.has(value));
}
