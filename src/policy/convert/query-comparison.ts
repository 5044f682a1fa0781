import { and, type CelText, not, or, relation } from "./cel-text.ts";
import { isSure, optionalOf, presence } from "./place.ts";
import type { SingleQuery } from "./query.ts";

type Refuse = (reason: string) => never;

/** The operators of JMESPath in CEL. */
export const SIGNS = { tEQ: "==", tNE: "!=", tLT: "<", tLTE: "<=", tGT: ">", tGTE: ">=" } as const;

const COMPARED: ReadonlySet<string> = new Set(["string", "boolean", "integer"]);

/** A missing value equals nothing but null and what is missing too, and is in no order. */
export function compareQueries(left: SingleQuery, sign: string, right: SingleQuery, refuse: Refuse): CelText {
  const isEquality = sign === "==" || sign === "!=";
  if (left.constant === null) return compareNull(right, sign, refuse);
  if (right.constant === null) return compareNull(left, sign, refuse);
  if (left.type.kind !== right.type.kind) return refuse("values of different types are compared");
  const [one, other] = [left.place, right.place].map((place) =>
    place === undefined || isSure(place) ? undefined : place,
  );
  if (one !== undefined && other !== undefined) {
    if (isEquality && left.type.kind !== "unknown") return relation(optionalOf(one), sign, optionalOf(other));
    return refuse("two values that may be missing are compared");
  }
  if (!COMPARED.has(left.type.kind)) return refuse("values of these types are compared");
  if (left.type.kind !== "integer" && !isEquality) return refuse("texts are compared by their order");
  const place = one ?? other;
  const compared = relation(left.text, sign, right.text);
  if (place === undefined) return compared;
  const there = presence(place);
  return sign === "!=" ? or(not(there), compared) : and(there, compared);
}

function compareNull({ place }: SingleQuery, sign: string, refuse: Refuse): CelText {
  if (place === undefined || (sign !== "==" && sign !== "!=")) return refuse("null is compared");
  return sign === "==" ? not(presence(place)) : presence(place);
}
