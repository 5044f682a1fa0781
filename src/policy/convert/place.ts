import { atom, type CelText, FALSE, itemName, not, quote, relation, TRUE } from "./cel-text.ts";
import type { Field, FieldType } from "./field-types.ts";

/** A place in an object as expressions reach it: a part that is surely there, and members that may be missing. */
export interface Place {
  /** What is surely there: `object.spec`, `container`. */
  readonly base: string;
  /** Members below it, of which the first and perhaps others may be missing. */
  readonly optional: readonly string[];
  readonly type: FieldType;
  /** The last name on the way, which items are named after. */
  readonly name: string;
  /** Names of the loops around. */
  readonly taken: ReadonlySet<string>;
}

export function rootPlace(base: string, type: FieldType): Place {
  return { base, optional: [], type, name: base, taken: new Set([base]) };
}

export const isSure = ({ optional }: Place): boolean => optional.length === 0;

const IDENTIFIER = /^[_a-zA-Z][_a-zA-Z0-9]*$/;
/** Words that cannot stand behind a point. */
const WORDS: ReadonlySet<string> = new Set(
  "in as break const continue else for function if import let loop package namespace return var void while true false null".split(
    " ",
  ),
);

/** `namespace` is a word of CEL's that Kubernetes' environment takes as a field all the same. */
const isPlainName = (name: string): boolean => IDENTIFIER.test(name) && (!WORDS.has(name) || name === "namespace");

/** The place of a member. */
export function memberPlace(place: Place, name: string, field: Field): Place {
  const { base, optional, taken } = place;
  const plain = isPlainName(name);
  const { type } = field;
  if (isSure(place) && field.isCertain) {
    return { base: plain ? `${base}.${name}` : `${base}[${quote(name)}]`, optional: [], type, name, taken };
  }
  return { base, optional: [...optional, plain ? `.?${name}` : `[?${quote(name)}]`], type, name, taken };
}

/** The place of one element of a list, counted from 0. */
export function indexPlace(place: Place, index: number, type: FieldType): Place {
  const { base, optional, name, taken } = place;
  return { base, optional: [...optional, `[?${index}]`], type, name: itemName(name, taken), taken };
}

const INDEX = /^\[\?[0-9]+\]$/;

/** What is in each item of the list at a place. */
export function itemPlace(place: Place, items: FieldType): Place {
  const name = itemName(place.name, place.taken);
  return { base: name, optional: [], type: items, name, taken: new Set([...place.taken, name]) };
}

/** Whether something is there. */
export function presence(place: Place): CelText {
  if (isSure(place)) return TRUE;
  const { base, optional } = place;
  const [only = ""] = optional;
  if (optional.length === 1 && only.startsWith(".?")) return atom(`has(${base}.${only.slice(2)})`);
  if (optional.length === 1 && !INDEX.test(only)) return relation(only.slice(2, -1), "in", base);
  return atom(`${base}${optional.join("")}.hasValue()`);
}

/** The value as CEL has what may be missing. */
export function optionalOf({ base, optional }: Place): string {
  return `${base}${optional.join("")}`;
}

/** The value, or another where there is none. */
export function valueOr(place: Place, other: string): string {
  return isSure(place) ? place.base : `${place.base}${place.optional.join("")}.orValue(${other})`;
}

/** The value of a place that is there; an error where it is not. */
export function valueOf({ base, optional }: Place): string {
  return `${base}${optional.map((step) => step.replace(".?", ".").replace("[?", "[")).join("")}`;
}

/** A condition that holds where nothing is there, or the contrary of presence. */
export function absence(place: Place): CelText {
  return isSure(place) ? FALSE : not(presence(place));
}
