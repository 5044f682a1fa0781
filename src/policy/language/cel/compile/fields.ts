import { Double } from "../../../../base/index.ts";
import {
  CelMap,
  type CelObject,
  type CelValue,
  Duration,
  Message,
  Opaque,
  Optional,
  Timestamp,
  TypeValue,
  Uint,
} from "../values/value.ts";

/**
 * Fields that lists, texts or instances of the value classes have or inherit in JavaScript. Any other field is looked up
 * without asking what the object is: only a map can have it.
 */
const AMBIGUOUS_FIELDS: ReadonlySet<string> = new Set(
  [
    Object.prototype,
    Array.prototype,
    Uint8Array.prototype,
    Object.getPrototypeOf(Uint8Array.prototype) as object,
    CelMap.prototype,
    ["length"],
    new Double(0),
    new Uint(0n),
    new Timestamp(0, 0),
    new Duration(0, 0),
    new TypeValue(""),
    new Optional(undefined),
    new Opaque("", undefined),
    new Message("", new Map(), () => null),
    new CelMap(new Map()),
  ].flatMap((each) => [each, (Object.getPrototypeOf(each) as object | null) ?? {}].flatMap(Object.getOwnPropertyNames)),
);

/** Lists have members of such names, too: their elements. */
const NUMERIC = /^[0-9]/;

/** Whether something that is no map may have a member of this name: then it must be asked what it is. */
export function isAmbiguousField(field: string): boolean {
  return AMBIGUOUS_FIELDS.has(field) || NUMERIC.test(field);
}

/** The member of whatever may have one; undefined where it is not there. The field is not ambiguous. Never throws. */
export function memberOf(value: unknown, field: string): CelValue | undefined {
  return typeof value === "object" && value !== null ? (value as CelObject)[field] : undefined;
}
