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
  const counts = and(condition, next.kind === "single" && next.place ? presence(next.place) : TRUE);
  const body = word === "all" ? or(not(counts), inner) : and(counts, inner);
  const other = word === "all" ? "exists" : "all";
  return atom(`${text}.${word}(${item}, ${body.text})`, () =>
    atom(`${text}.${other}(${item}, ${not(body).text})`, () => fold(query, word, test)),
  );
}

/** How many elements there are; undefined for lists in lists. */
export function sizeOf({ text, item, condition, next }: ListQuery): string | undefined {
  if (next.kind === "list") return undefined;
  const counts = and(condition, next.place ? presence(next.place) : TRUE);
  return counts === TRUE ? `size(${text})` : `size(${text}.filter(${item}, ${counts.text}))`;
}
