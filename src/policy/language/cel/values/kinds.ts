import { Double } from "../../../../base/index.ts";
import { CelError } from "../error.ts";
import {
  CelMap,
  type CelObject,
  type CelValue,
  Duration,
  type MapKey,
  Opaque,
  Optional,
  Timestamp,
  TypeValue,
  Uint,
} from "./value.ts";

/** Whether a value is an int: a safe integer, or a bigint. */
export function isInt(value: CelValue): value is number | bigint {
  return typeof value === "number" ? Number.isSafeInteger(value) : typeof value === "bigint";
}

/** Whether a value is a double: a Double, or a number that is not a safe integer. */
export function isDouble(value: CelValue): value is number | Double {
  return typeof value === "number" ? !Number.isSafeInteger(value) : value instanceof Double;
}

/** Whether a value is a map held in a plain object: not a list, nor an object of any class. */
export function isPlainMap(value: CelValue): value is CelObject {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Whether a value is a list. */
export function isList(value: CelValue): value is readonly CelValue[] {
  return Array.isArray(value);
}

/** Whether a value is a map of either form. */
export function isMap(value: CelValue): value is CelObject | CelMap {
  return value instanceof CelMap || isPlainMap(value);
}

/** Whether values of this one's type have an order. */
export function hasOrder(value: CelValue): boolean {
  if (typeof value === "object") {
    return (
      value instanceof Uint ||
      value instanceof Double ||
      value instanceof Uint8Array ||
      value instanceof Timestamp ||
      value instanceof Duration
    );
  }
  return true;
}

/** The name of a value's type, as `type(x)` shows it. */
export function typeName(value: CelValue): string {
  switch (typeof value) {
    case "string":
      return "string";
    case "boolean":
      return "bool";
    case "bigint":
      return "int";
    case "number":
      return Number.isSafeInteger(value) ? "int" : "double";
    default:
      return objectTypeName(value);
  }
}

function objectTypeName(value: CelValue): string {
  if (value === null) return "null_type";
  if (isList(value)) return "list";
  if (value instanceof Double) return "double";
  if (value instanceof Uint) return "uint";
  if (value instanceof Uint8Array) return "bytes";
  if (value instanceof Timestamp) return "google.protobuf.Timestamp";
  if (value instanceof Duration) return "google.protobuf.Duration";
  if (value instanceof TypeValue) return "type";
  if (value instanceof Optional) return "optional_type";
  if (value instanceof Opaque) return value.typeName;
  return "map";
}

/** Names of types that an expression may use as values: `type(x) == int`. */
export const TYPE_NAMES: readonly string[] = [
  "bool",
  "bytes",
  "double",
  "google.protobuf.Duration",
  "google.protobuf.Timestamp",
  "int",
  "list",
  "map",
  "null_type",
  "optional_type",
  "string",
  "type",
  "uint",
];

/**
 * The key under which a CelMap keeps a value, or undefined for a value that can be no key. Numbers that are equal give
 * one key; a double that is not integral gives undefined (it equals no key).
 */
export function mapKey(value: CelValue): MapKey | undefined {
  if (typeof value === "string" || typeof value === "boolean") return value;
  if (value instanceof Uint) return integerKey(value.value);
  if (typeof value === "bigint") return integerKey(value);
  const number = value instanceof Double ? value.value : value;
  if (typeof number !== "number") return undefined;
  if (Number.isSafeInteger(number)) return number + 0;
  return Number.isInteger(number) ? BigInt(number) : undefined;
}

function integerKey(value: bigint): MapKey {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** The member of a map for a key, or undefined when there is none: never an inherited one. */
export function mapGet(map: CelObject | CelMap, key: CelValue): CelValue | undefined {
  if (map instanceof CelMap) {
    const normal = mapKey(key);
    return normal === undefined ? undefined : map.entries.get(normal)?.[1];
  }
  return typeof key === "string" && Object.hasOwn(map, key) ? map[key] : undefined;
}

/** The keys of a map, in the order they were written. */
export function mapKeys(map: CelObject | CelMap): readonly CelValue[] {
  return map instanceof CelMap ? Array.from(map.entries.values(), (entry) => entry[0]) : Object.keys(map);
}

/** The number of entries of a map. */
export function mapSize(map: CelObject | CelMap): number {
  return map instanceof CelMap ? map.entries.size : Object.keys(map).length;
}

/**
 * A map from entries: a plain object when its keys allow it.
 * @throws {CelError} duplicate_key, no_such_overload for a key that is neither string, bool, int nor uint
 */
export function makeMap(keys: readonly CelValue[], values: readonly CelValue[]): CelObject | CelMap {
  if (keys.every((key) => typeof key === "string" && key !== "__proto__")) {
    const object: Record<string, CelValue> = {};
    keys.forEach((key, index) => {
      if (Object.hasOwn(object, key as string)) throw duplicate(key);
      object[key as string] = values[index] as CelValue;
    });
    return object;
  }
  const entries = new Map<MapKey, readonly [CelValue, CelValue]>();
  keys.forEach((key, index) => {
    const normal = isDouble(key) ? undefined : mapKey(key);
    if (normal === undefined) {
      throw new CelError("no_such_overload", `a map's key must be a string, bool, int or uint, not ${typeName(key)}`);
    }
    if (entries.has(normal)) throw duplicate(key);
    entries.set(normal, [key, values[index] as CelValue]);
  });
  return new CelMap(entries);
}

function duplicate(key: CelValue): CelError {
  return new CelError("duplicate_key", `the key ${showKey(key)} is in the map twice`);
}

/** A key or short value for a message. */
export function showKey(key: CelValue): string {
  if (typeof key === "string") return JSON.stringify(key.length > 80 ? `${key.slice(0, 80)}…` : key);
  if (key instanceof Uint) return `${key.value}u`;
  if (key === null || typeof key !== "object") return String(key);
  return key instanceof Double ? String(key.value) : `a ${typeName(key)}`;
}
