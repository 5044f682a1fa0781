import type { Double } from "../../../../base/index.ts";

/** An unsigned 64-bit integer: a type of its own in CEL (`1u`), never mixed with int in arithmetic. */
export class Uint {
  readonly value: bigint;
  constructor(value: bigint) {
    this.value = value;
  }
}

/** A point in time from 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999999999Z. */
export class Timestamp {
  /** Whole seconds since 1970-01-01T00:00:00Z, may be negative. */
  readonly seconds: number;
  /** 0 to 999,999,999, always counted forward. */
  readonly nanos: number;
  constructor(seconds: number, nanos: number) {
    this.seconds = seconds;
    this.nanos = nanos;
  }
}

/** A length of time, at most 2^63 nanoseconds (about 292 years) either way, as in Go. */
export class Duration {
  /** Whole seconds, cut towards zero. */
  readonly seconds: number;
  /** The rest, with the same sign as `seconds`. */
  readonly nanos: number;
  constructor(seconds: number, nanos: number) {
    this.seconds = seconds;
    this.nanos = nanos;
  }
}

/** What `type(x)` returns; equal when the names are. */
export class TypeValue {
  readonly typeName: string;
  constructor(typeName: string) {
    this.typeName = typeName;
  }
}

/** `optional.of(x)` or `optional.none()`. */
export class Optional {
  readonly value: CelValue | undefined;
  constructor(value: CelValue | undefined) {
    this.value = value;
  }
}

/** `optional.none()`. */
export const NONE: Optional = new Optional(undefined);

/** A map's key as CEL counts it: int, uint and double that are equal are one key. */
export type MapKey = string | boolean | number | bigint;

/** A map that a plain object cannot hold: keys that are not strings, or the key `__proto__`. Built once, then read. */
export class CelMap {
  readonly entries: ReadonlyMap<MapKey, readonly [key: CelValue, value: CelValue]>;
  constructor(entries: ReadonlyMap<MapKey, readonly [key: CelValue, value: CelValue]>) {
    this.entries = entries;
  }
}

/**
 * A value of a type that functions define (an image reference, an IP address): expressions only hand it around. The
 * name is that of its `celTypes.opaque` type.
 */
export class Opaque<T = unknown> {
  readonly typeName: string;
  readonly value: T;
  readonly #equals: ((left: unknown, right: unknown) => boolean) | undefined;

  /** `equals` compares the wrapped values of two of this type for `==`; without it they must be the same value. */
  constructor(typeName: string, value: T, equals?: (left: T, right: T) => boolean) {
    this.typeName = typeName;
    this.value = value;
    this.#equals = equals as ((left: unknown, right: unknown) => boolean) | undefined;
  }

  /** CEL's `==`: of one type, and equal as that type defines it. */
  equals(other: Opaque): boolean {
    if (this.typeName !== other.typeName) return false;
    return this.#equals?.(this.value, other.value) ?? Object.is(this.value, other.value);
  }
}

/**
 * What `Name{field: value}` makes where an environment has message types ({@link CelEnvironment.messages}). Its fields are
 * those that were set.
 */
export class Message extends Opaque<ReadonlyMap<string, CelValue>> {
  readonly #unset: (field: string) => CelValue | undefined;

  /** `unset` says what a field is that was not set; undefined where asking for it is an error. */
  constructor(typeName: string, fields: ReadonlyMap<string, CelValue>, unset: (field: string) => CelValue | undefined) {
    super(typeName, fields);
    this.#unset = unset;
  }

  /** A field, set or not. */
  get(field: string): CelValue | undefined {
    return this.value.has(field) ? this.value.get(field) : this.#unset(field);
  }
}

/** A map with string keys: an object of the value tree, or one that an expression made. */
export interface CelObject {
  readonly [key: string]: CelValue;
}

/**
 * CEL's values, over amap's value tree (every Value is a CelValue). An int is a safe integer number or, beyond
 * that, a bigint; a double is any other number (`1.5`, `NaN`), or a Double when it is integral.
 */
export type CelValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Double
  | Uint
  | Uint8Array
  | Timestamp
  | Duration
  | TypeValue
  | Optional
  | CelMap
  | Opaque
  | readonly CelValue[]
  | CelObject;
