/**
 * A number that was written with a point or an exponent and whose value is integral: `1.0`, `1e3`. CEL and Kubernetes
 * tell it from the integer `1`. A non-integral number (`1.5`) is a plain JavaScript number.
 */
export class Double {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
    Object.freeze(this);
  }
  /** So that JSON.stringify and arithmetic see the number; only amap's own writer keeps the point. */
  toJSON(): number {
    return this.value;
  }
  valueOf(): number {
    return this.value;
  }
}

/** An object of the value tree: own enumerable string keys only, never `__proto__`. Look keys up with Object.hasOwn. */
export interface ValueObject {
  readonly [key: string]: Value;
}

/**
 * The one value tree of amap: what JSON and YAML are read into, and what CEL, JMESPath, patterns and quantities see.
 * A safe integer is a number, a larger one a bigint, an integral token with a point or exponent a {@link Double}, any
 * other number a plain non-integral number. See docs/adr/0003-values.md.
 */
export type Value = null | boolean | number | bigint | string | Double | readonly Value[] | ValueObject;

/**
 * Whether a value is an object of the tree (not null, not a list, not a Double).
 * @example
 * ```ts
 * import { isValueObject } from "../index.ts";
 * isValueObject([]); // false
 * ```
 */
export function isValueObject(value: Value | undefined): value is ValueObject {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Double);
}

/**
 * The own member `key` of an object, or undefined: never an inherited one, never a throw for other values.
 * @example
 * ```ts
 * import { memberOf } from "../index.ts";
 * memberOf({ kind: "Pod" }, "constructor"); // undefined
 * ```
 */
export function memberOf(value: Value | undefined, key: string): Value | undefined {
  return isValueObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/**
 * The text that a member is; empty when it is absent or something else.
 *
 * @example
 * ```ts
 * import { textOf } from "../index.ts";
 * textOf({ kind: "Pod" }, "kind"); // "Pod"
 * ```
 */
export function textOf(value: Value | undefined, key: string): string {
  const text = memberOf(value, key);
  return typeof text === "string" ? text : "";
}

/**
 * The items of the list that a member is; none when it is absent or something else.
 *
 * @example
 * ```ts
 * import { listOf } from "../index.ts";
 * listOf({ items: [1] }, "items").length; // 1
 * ```
 */
export function listOf(value: Value | undefined, key: string): readonly Value[] {
  const list = memberOf(value, key);
  return Array.isArray(list) ? (list as readonly Value[]) : [];
}
