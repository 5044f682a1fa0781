import type { Value } from "../../base/index.ts";
import { and, atom, type CelText, not, or, TRUE } from "./cel-text.ts";
import type { FieldType } from "./field-types.ts";
import { type Place, presence } from "./place.ts";

/** What a query gives: one value, or a list whose elements are looked at one by one. */
export type Query = SingleQuery | ListQuery;

export interface SingleQuery {
  readonly kind: "single";
  readonly type: FieldType;
  /** An error where there is nothing, as the classic rule has it. */
  readonly text: string;
  /** Where in an object it is; values that are worked out are nowhere. */
  readonly place?: Place;
  /** It is this value, whatever the request is. */
  readonly constant?: Value;
  /** All values that it can have. */
  readonly among?: readonly string[];
  /** It is always there and never empty: a default does nothing. */
  readonly isFull?: boolean;
  /** Of what is worked out: what must hold for it to be found at all. */
  readonly found?: CelText;
  /** Where it is not found it is nothing, and no call that fails. */
  readonly isChained?: boolean;
  /** A map or a list, and the text that stands for an empty one. */
  readonly otherwise?: { readonly isEmpty: CelText; readonly constant: string };
  /** It has a default: it is always there. */
  readonly isSettled?: boolean;
  /** What must hold for it to be more than null; null is no error, but no comparison with it holds. */
  readonly whenThere?: CelText;
  /** Members of a map that a policy writes down. */
  readonly members?: ReadonlyMap<string, () => Query>;
}

export interface ListQuery {
  readonly kind: "list";
  /** The list in CEL; an error where it is not there and the query gives no other. */
  readonly text: string;
  /** What stands for one element in `condition` and `next`. */
  readonly item: string;
  /** Which elements count. */
  readonly condition: CelText;
  /** What is looked at of each element. */
  readonly next: Query;
  /** The list's place, if it is one. */
  readonly place?: Place;
  /** Of what is worked out: what must hold for it to be found at all. */
  readonly found?: CelText;
  /** The elements are the names of the members here. */
  readonly namesOf?: Place;
}

/** Whether some element, or each, is as `test` says. */
export function someElement(query: ListQuery, test: (element: SingleQuery) => CelText): CelText {
  return fold(query, "exists", test);
}

export function everyElement(query: ListQuery, test: (element: SingleQuery) => CelText): CelText {
  return fold(query, "all", test);
}

function fold(query: ListQuery, word: "all" | "exists", test: (element: SingleQuery) => CelText): CelText {
  const { text, item, condition, next } = query;
  const inner = next.kind === "list" ? fold(next, word, test) : test(next);
  const counts = and(condition, next.kind === "single" ? whenThere(next) : TRUE);
  const body = word === "all" ? or(not(counts), inner) : and(counts, inner);
  const other = word === "all" ? "exists" : "all";
  return atom(`${text}.${word}(${item}, ${body.text})`, () =>
    atom(`${text}.${other}(${item}, ${not(body).text})`, () => fold(query, word, test)),
  );
}

/** That an element is no null: what a projection leaves out. */
export function whenThere({ place, isSettled, isChained, found, whenThere: stated = TRUE }: SingleQuery): CelText {
  if (isSettled === true) return TRUE;
  if (place !== undefined) return presence(place);
  return isChained === true && found !== undefined ? and(found, stated) : stated;
}

/** That a query is found: elsewhere the classic rule fails. */
export function foundOf(query: Query): CelText {
  if (query.kind === "list") {
    const { place, text, found = TRUE } = query;
    if (found !== TRUE) return found;
    return place === undefined || text.includes(".orValue(") ? TRUE : presence(place);
  }
  const { place, isSettled, constant, isFull, found = TRUE } = query;
  if (constant !== undefined || isFull === true || isSettled === true) return TRUE;
  return place === undefined ? found : presence(place);
}

/** How many elements there are. */
export function sizeOf(query: ListQuery): string {
  const { text, item, condition, next } = query;
  if (next.kind === "list") return `size(${listText(query)})`;
  const counts = and(condition, whenThere(next));
  return counts === TRUE ? `size(${text})` : `size(${text}.filter(${item}, ${counts.text}))`;
}

/** The list as one value in CEL; lists in lists are flattened. */
export function listText({ text, item, condition, next, namesOf }: ListQuery): string {
  const counts = and(condition, next.kind === "single" ? whenThere(next) : TRUE);
  const kept = counts === TRUE ? text : `${text}.filter(${item}, ${counts.text})`;
  if (next.kind === "list") return `${kept}.map(${item}, ${listText(next)}).flatten()`;
  return next.text === item && namesOf === undefined ? kept : `${kept}.map(${item}, ${next.text})`;
}

/** The names of the loops that a query makes around its elements. */
export function itemsOf(query: Query): readonly string[] {
  return query.kind === "list" ? [query.item, ...itemsOf(query.next)] : [];
}
