import {
  equalValues,
  isAmapError,
  isValueObject,
  memberOf,
  readJsonFast,
  type Value,
  type ValueObject,
  writeJsonPieces,
} from "../../base/index.ts";
import { joinPieces } from "./document-stream.ts";
import { REMAINDER_PROPERTY } from "./names.ts";
import type { Property, Remainder, RemainderFormat } from "./sbom.ts";
import { TextPool } from "./text-pool.ts";

const FORMATS: readonly RemainderFormat[] = ["CycloneDX", "SPDX", "SPDX3", "SWID"];

/** What a document's object says beyond what writing the model gives. */
export type ObjectRemainder = Pick<Remainder, "members" | "absent">;

export interface RemainderOptions {
  /** Members that are never kept, since others are made of them. */
  readonly left: ReadonlySet<string>;
  /** Members that may be written although the document leaves them out. */
  readonly added?: ReadonlySet<string>;
  /** What makes two members the same although their values differ: the order of a list that has none. */
  readonly sameness?: Readonly<Record<string, (a: Value, b: Value) => boolean>>;
}

/**
 * The members of a document's object that writing the model does not give again as they are, and those that it gives and
 * the document leaves out; undefined where it gives exactly the same. What is kept has its texts from the pool.
 */
export function remainderOf(
  original: ValueObject,
  written: ValueObject,
  { left, added = left, sameness = {} }: RemainderOptions,
  pool: TextPool = new TextPool(),
): ObjectRemainder | undefined {
  const members: Record<string, Value> = {};
  let count = 0;
  for (const key of Object.keys(original)) {
    if (left.has(key)) continue;
    const value = original[key] as Value;
    if (Object.hasOwn(written, key)) {
      const isSame = Object.hasOwn(sameness, key) ? sameness[key] : undefined;
      if ((isSame ?? equalValues)(value, written[key] as Value)) continue;
    }
    const kept = pool.share(value);
    Object.defineProperty(members, key, { value: kept, enumerable: true, configurable: true, writable: true });
    count++;
  }
  const absent = Object.keys(written).filter(
    (key) => !Object.hasOwn(original, key) && !left.has(key) && !added.has(key),
  );
  if (count === 0 && absent.length === 0) return undefined;
  return absent.length === 0 ? { members } : { members, absent };
}

/** Why something that was read is not written. */
export const CHANGED_SINCE = "what the SBOM says there was changed since it was read";

/** An object to write, with the members of the remainder that do not stand in it again. */
export interface Restored {
  readonly object: ValueObject;
  /** What was changed in the model since the document was read. */
  readonly refused: readonly string[];
}

/**
 * A written object with what remained of the document it was read from. A member stands again only as long as the object
 * is still read as what the model says: what was changed since is never undone.
 */
export function withRemainder(
  written: ValueObject,
  { members, absent = [] }: ObjectRemainder,
  isTrue: (object: ValueObject) => boolean,
): Restored {
  if (Object.keys(members).length === 0 && absent.length === 0) return { object: written, refused: [] };
  const whole = without({ ...written, ...members }, absent);
  if (isTrue(whole)) return { object: whole, refused: [] };
  let object = written;
  const refused: string[] = [];
  for (const key of Object.keys(members)) {
    const next = { ...object, [key]: members[key] as Value };
    if (isTrue(next)) object = next;
    else refused.push(key);
  }
  for (const key of absent) {
    const next = without(object, [key]);
    if (isTrue(next)) object = next;
  }
  return { object, refused };
}

function without(object: ValueObject, keys: readonly string[]): ValueObject {
  if (keys.length === 0) return object;
  const left = new Set(keys);
  return Object.fromEntries(Object.entries(object).filter(([key]) => !left.has(key)));
}

/** The remainder of one format. */
export function remainderIn(
  remainders: readonly Remainder[] | undefined,
  format: RemainderFormat,
): Remainder | undefined {
  return remainders?.find((remainder) => remainder.format === format);
}

/** Remainders with one of them replaced, or taken away; undefined where none is left. */
export function withObjectRemainder(
  remainders: readonly Remainder[] | undefined,
  { format, specVersion }: Pick<Remainder, "format" | "specVersion">,
  remainder: ObjectRemainder | undefined,
): readonly Remainder[] | undefined {
  const others = (remainders ?? []).filter((each) => each.format !== format);
  const all = remainder === undefined ? others : [...others, { format, specVersion, ...remainder }];
  return all.length === 0 ? undefined : all;
}

/** Remainders of other formats as properties, for a document that has no words for them. */
export function remaindersAsProperties(
  remainders: readonly Remainder[] | undefined,
  target: RemainderFormat,
): readonly Property[] {
  return (remainders ?? []).filter(({ format }) => format !== target).map((remainder) => asProperty(remainder));
}

/** A remainder as a property, whatever the document's own format. */
export function asProperty({ format, specVersion, members, absent }: Remainder): Property {
  const value = joinPieces(writeJsonPieces(Object.entries(absent === undefined ? { members } : { members, absent })));
  return { name: `${REMAINDER_PROPERTY}${format}:${specVersion}`, value };
}

/** What {@link asProperty} wrote; undefined for any other property, and for one that somebody broke. */
export function remainderFromProperty({ name, value }: Property): Remainder | undefined {
  if (!name.startsWith(REMAINDER_PROPERTY)) return undefined;
  const [format, specVersion = ""] = name.slice(REMAINDER_PROPERTY.length).split(":");
  if (!FORMATS.some((each) => each === format)) return undefined;
  try {
    const read = readJsonFast(value);
    const members = memberOf(read, "members");
    const absent = memberOf(read, "absent");
    if (!isValueObject(members)) return undefined;
    return { format: format as RemainderFormat, specVersion, members, ...(isTextList(absent) ? { absent } : {}) };
  } catch (error) {
    if (isAmapError(error)) return undefined;
    throw error;
  }
}

/** The remainders among properties. */
export function remaindersOf(properties: readonly Property[]): readonly Remainder[] {
  return properties.flatMap((property) => remainderFromProperty(property) ?? []);
}

function isTextList(value: Value | undefined): value is readonly string[] {
  return Array.isArray(value) && (value as readonly Value[]).every((item) => typeof item === "string");
}
