import {
  equalValues,
  isAmapError,
  isValueObject,
  memberOf,
  readJsonFast,
  type Value,
  writeJson,
} from "../../base/index.ts";
import { FIELD_PROPERTY } from "./names.ts";
import type { Property } from "./sbom.ts";

const isText = (value: Value): boolean => typeof value === "string";
const isTexts = (value: Value): boolean => isListOf(value, isText);

function isListOf(value: Value, isItem: (item: Value) => boolean): boolean {
  return Array.isArray(value) && (value as readonly Value[]).every((item) => isItem(item));
}

function hasMembers(value: Value, members: Readonly<Record<string, (member: Value) => boolean>>): boolean {
  if (!isValueObject(value)) return false;
  const isKnown = Object.keys(value).every((key) => Object.hasOwn(members, key));
  return isKnown && Object.entries(members).every(([key, isMember]) => isMember(memberOf(value, key) ?? null));
}

const isOneOf =
  (...texts: readonly (string | null)[]) =>
  (value: Value): boolean =>
    texts.includes(value as string | null);

const isParty = (value: Value): boolean =>
  hasMembers(value, {
    role: isOneOf("supplier", "manufacturer", "author", "publisher", "originator"),
    kind: isOneOf("organization", "person", "tool", null),
    name: isText,
    emails: isTexts,
    urls: isTexts,
  });

const isReference = (value: Value): boolean =>
  hasMembers(value, {
    kind: isText,
    url: isText,
    comment: (comment) => comment === null || isText(comment),
    hashes: (hashes) => isListOf(hashes, (hash) => hasMembers(hash, { algorithm: isText, value: isText })),
  });

/**
 * Fields that may be kept, with the form that each must have. None of them says what a component is: what a document says
 * of that must be the same for every tool that reads it.
 */
const SHAPES: Readonly<Record<string, (value: Value) => boolean>> = {
  parties: (value) => isListOf(value, isParty),
  supplier: isText,
  references: (value) => isListOf(value, isReference),
  createdAt: (value) => typeof value === "string" && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,12})?Z$/.test(value),
  authors: isTexts,
  dataLicense: isText,
  serialNumber: isText,
  tools: (value) => isListOf(value, (tool) => hasMembers(tool, { name: isText, version: isText })),
};

/** The fields of a component, and of a document, that may be kept. */
export const KEPT_OF_COMPONENT = ["parties", "supplier", "references"] as const;
export const KEPT_OF_DOCUMENT = ["parties", "createdAt", "authors", "tools", "dataLicense", "serialNumber"] as const;

/**
 * Properties for the fields of the model that the written object is not read as: each holds what is read there, `as`, and
 * what is meant, `is`.
 */
export function keepFields<K extends string>(
  meant: { readonly [name in K]?: unknown },
  read: { readonly [name in K]?: unknown },
  names: readonly K[],
): readonly Property[] {
  return names.flatMap((name) => {
    const [is, as] = [valueOf(meant[name]), valueOf(read[name])];
    return equalValues(is, as) ? [] : [{ name: `${FIELD_PROPERTY}${name}`, value: writeJson({ as, is }) }];
  });
}

/**
 * What was read with what {@link keepFields} wrote: a field is replaced only as long as it is read as it was written, so
 * that what another tool changed there since counts.
 */
export function restoreFields<T extends object>(
  read: T,
  properties: readonly Property[],
  names: readonly (keyof T & string)[],
): T {
  let restored = read;
  for (const name of names) {
    const property = properties.find((each) => each.name === `${FIELD_PROPERTY}${name}`);
    const kept = property === undefined ? undefined : readKept(name, property.value);
    if (kept === undefined || !equalValues(kept.as, valueOf(read[name]))) continue;
    const { [name]: _, ...others } = restored;
    restored = (kept.is === null ? others : { ...others, [name]: kept.is }) as T;
  }
  return restored;
}

/** Null stands for a field that is not there. */
function valueOf(field: unknown): Value {
  return field === undefined ? null : (field as Value);
}

function readKept(name: string, text: string): { readonly as: Value; readonly is: Value } | undefined {
  try {
    const kept: Value = readJsonFast(text);
    const [as, is] = [memberOf(kept, "as"), memberOf(kept, "is")];
    if (as === undefined || is === undefined) return undefined;
    return is === null || SHAPES[name]?.(is) === true ? { as, is } : undefined;
  } catch (error) {
    if (isAmapError(error)) return undefined;
    throw error;
  }
}
