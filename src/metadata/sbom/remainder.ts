import {
  encodeUtf8,
  equalValues,
  isAmapError,
  isValueObject,
  readJson,
  type Value,
  type ValueObject,
  writeJson,
} from "../../base/index.ts";
import { REMAINDER_PROPERTY } from "./names.ts";
import type { Property, Remainder, SbomFormat } from "./sbom.ts";

/** A remainder that another tool may have written into a property is read up to here. */
const MAX_BYTES = 4 * 1024 * 1024;

/** What makes two members the same although their values differ: the order of a list that has none. */
export type Sameness = Readonly<Record<string, (a: Value, b: Value) => boolean>>;

/**
 * The members of a document's object that writing the model does not give again as they are; undefined where it gives
 * all. `left` are members that are never kept, since others are made of them.
 */
export function remainderOf(
  original: ValueObject,
  written: ValueObject,
  left: ReadonlySet<string>,
  sameness: Sameness = {},
): ValueObject | undefined {
  const kept: Record<string, Value> = {};
  let count = 0;
  for (const key of Object.keys(original)) {
    if (left.has(key)) continue;
    const value = original[key] as Value;
    if (Object.hasOwn(written, key)) {
      const isSame = Object.hasOwn(sameness, key) ? sameness[key] : undefined;
      if ((isSame ?? equalValues)(value, written[key] as Value)) continue;
    }
    Object.defineProperty(kept, key, { value, enumerable: true, configurable: true, writable: true });
    count++;
  }
  return count === 0 ? undefined : kept;
}

/**
 * A written object with what remained of the document it was read from. A member stands again only as long as the object
 * is still read as what the model says: what was changed since is never undone.
 */
export function withRemainder(
  written: ValueObject,
  members: ValueObject,
  isTrue: (object: ValueObject) => boolean,
): ValueObject {
  const whole = { ...written, ...members };
  if (isTrue(whole)) return whole;
  let result = written;
  for (const key of Object.keys(members)) {
    const next = { ...result, [key]: members[key] as Value };
    if (isTrue(next)) result = next;
  }
  return result;
}

/** The remainder of one format. */
export function remainderIn(remainders: readonly Remainder[] | undefined, format: SbomFormat): Remainder | undefined {
  return remainders?.find((remainder) => remainder.format === format);
}

/** Remainders with one of them replaced, or taken away. */
export function withMembers(
  remainders: readonly Remainder[] | undefined,
  remainder: Pick<Remainder, "format" | "specVersion">,
  members: ValueObject | undefined,
): readonly Remainder[] | undefined {
  const { format, specVersion } = remainder;
  const others = (remainders ?? []).filter((each) => each.format !== format);
  const all = members === undefined ? others : [...others, { format, specVersion, members }];
  return all.length === 0 ? undefined : all;
}

/** Remainders of other formats as properties, for a document that has no words for them. */
export function remaindersAsProperties(
  remainders: readonly Remainder[] | undefined,
  target: SbomFormat,
): readonly Property[] {
  return (remainders ?? []).filter(({ format }) => format !== target).map((remainder) => asProperty(remainder));
}

/** A remainder as a property, whatever the document's own format. */
export function asProperty({ format, specVersion, members }: Remainder): Property {
  return { name: `${REMAINDER_PROPERTY}${format}:${specVersion}`, value: writeJson(members) };
}

/** What {@link asProperty} wrote; undefined for any other property, and for one that somebody broke. */
export function remainderFromProperty({ name, value }: Property): Remainder | undefined {
  if (!name.startsWith(REMAINDER_PROPERTY)) return undefined;
  const [format, specVersion = ""] = name.slice(REMAINDER_PROPERTY.length).split(":");
  if (format !== "CycloneDX" && format !== "SPDX") return undefined;
  try {
    const members = readJson(encodeUtf8(value), { maxBytes: MAX_BYTES });
    return isValueObject(members) ? { format, specVersion, members } : undefined;
  } catch (error) {
    if (isAmapError(error)) return undefined;
    throw error;
  }
}
