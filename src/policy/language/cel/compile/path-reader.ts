/**
 * Reads members by a path of field names. One closure that reads `value[field]` for every field there is shares one
 * inline cache between all of them, which then holds too many shapes to help. A function of its own for each path, with
 * the names written out, has caches of its own: row 12 of the bench takes 2,500 ns, without it 4,000; row 7, which
 * reads little, 560 and 600.
 *
 * The law of this file: nothing of a policy ever reaches generated source but names that match {@link IDENTIFIER}; what
 * surrounds them is a fixed template. Every other name, and every platform that forbids code generation from strings,
 * takes the closures, which do the same.
 */
import { Double } from "../../../../base/index.ts";
import { isPlainMap } from "../values/kinds.ts";
import {
  CelMap,
  type CelObject,
  type CelValue,
  Duration,
  Opaque,
  Optional,
  Timestamp,
  TypeValue,
  Uint,
} from "../values/value.ts";

/** What may stand in a path's place: nothing at all where a variable is not bound. Anything but a map has no members. */
type Root = unknown;

/** The member at the end of a path; undefined where something on the way is not there. Never throws. */
export type PathReader = (root: Root) => CelValue | undefined;

/** Whether the member is there; undefined where what should hold it is no plain map. Never throws. */
export type PresenceReader = (root: Root) => boolean | undefined;

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
    new CelMap(new Map()),
  ].flatMap((each) => [each, (Object.getPrototypeOf(each) as object | null) ?? {}].flatMap(Object.getOwnPropertyNames)),
);

/** Lists have members of such names, too: their elements. */
const NUMERIC = /^[0-9]/;

/** Whether something that is no map may have a member of this name: no reader may be made for it. */
export function isAmbiguousField(field: string): boolean {
  return AMBIGUOUS_FIELDS.has(field) || NUMERIC.test(field);
}

/** ASCII letters, digits and `_`, all of them: `$` without the flag m is the text's end and nothing before it. */
const IDENTIFIER = /^[A-Za-z_][A-Za-z0-9_]{0,127}$/;

/** Whether a name may stand in generated source. */
export function isGeneratedField(field: string): boolean {
  return IDENTIFIER.test(field) && !isAmbiguousField(field);
}

const MAX_GENERATED_FIELDS = 8;

/** Generated functions are never collected while the process lives; enough for the paths of a few thousand policies. */
const MAX_GENERATED_READERS = 4096;

const members = new Map<string, PathReader>();
const presences = new Map<string, PresenceReader>();

/** A reader for the fields, none of which is ambiguous. */
export function pathReader(fields: readonly string[]): PathReader {
  const foreign = fields.findIndex((field) => !isGeneratedField(field));
  const count = Math.min(foreign === -1 ? fields.length : foreign, MAX_GENERATED_FIELDS);
  const first = generatedReader(fields.slice(0, count));
  if (first === undefined) return steppingReader(fields);
  const rest = fields.slice(count);
  if (rest.length === 0) return first;
  const behind = steppingReader(rest);
  return (root) => behind(first(root));
}

/** A reader for whether the last of the fields, none of which is ambiguous, is there. */
export function presenceReader(fields: readonly string[]): PresenceReader {
  if (fields.length <= MAX_GENERATED_FIELDS && fields.every(isGeneratedField)) {
    const generated = generate(presences, fields, presenceSource(fields));
    if (generated !== undefined) return generated;
  }
  const parent = pathReader(fields.slice(0, -1));
  const field = fields.at(-1) ?? "";
  return (root) => {
    const value = parent(root);
    if (memberOf(value, field) !== undefined) return true;
    return value !== undefined && isPlainMap(value) ? false : undefined;
  };
}

function generatedReader(fields: readonly string[]): PathReader | undefined {
  return fields.length === 0 ? (root) => root as CelValue | undefined : generate(members, fields, memberSource(fields));
}

/** The members one after the other, by name. */
function steppingReader(fields: readonly string[]): PathReader {
  const [only = ""] = fields;
  if (fields.length === 1) return (root) => memberOf(root, only);
  return (root) => {
    let value = root;
    for (const field of fields) value = memberOf(value, field);
    return value as CelValue | undefined;
  };
}

function memberOf(value: Root, field: string): CelValue | undefined {
  return typeof value === "object" && value !== null ? (value as CelObject)[field] : undefined;
}

const memberSource = (fields: readonly string[]): string =>
  `"use strict"; return (v) => {${fields.map(step).join("")} return v; };`;

const presenceSource = (fields: readonly string[]): string =>
  `"use strict"; return (v) => {${fields.slice(0, -1).map(step).join("")}
  if (typeof v !== "object" || v === null) return undefined;
  if (v.${fields.at(-1)} !== undefined) return true;
  return isPlainMap(v) ? false : undefined; };`;

const step = (field: string): string => `
  if (typeof v !== "object" || v === null) return undefined;
  v = v.${field};`;

/** The function of a path, made once; undefined when there are too many or code must not be made from strings. */
function generate<R>(known: Map<string, R>, fields: readonly string[], source: string): R | undefined {
  const key = fields.join(".");
  const made = known.get(key);
  if (made !== undefined) return made;
  if (known.size >= MAX_GENERATED_READERS || !fields.every(isGeneratedField)) return undefined;
  try {
    // oxlint-disable-next-line typescript/no-implied-eval -- only identifiers in a fixed template: see the file's law
    const reader = new Function("isPlainMap", source)(isPlainMap) as R;
    known.set(key, reader);
    return reader;
  } catch (error) {
    // Node's --disallow-code-generation-from-strings, a page's content security policy.
    if (error instanceof EvalError) return undefined;
    throw error;
  }
}
