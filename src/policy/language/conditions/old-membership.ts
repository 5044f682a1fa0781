import { AmapError, type Value } from "../../../base/index.ts";
import { printed, typeName } from "../pattern/go-text.ts";
import { type Charge, matchesPaid } from "../pattern/wildcard.ts";
import { readTextList } from "./text-list.ts";

/**
 * The deprecated In and NotIn, with their own rules: no ranges, no wildcards among lists, and a text that is neither the
 * key nor a JSON list of texts holds under neither of them.
 */
type OldListOperator = "In" | "NotIn";

/** A single key. */
export function oldTextMembership(operator: OldListOperator, key: string, value: Value, charge: Charge): boolean {
  const isIn = isTextIn(key, value, charge);
  return isIn !== undefined && isIn === (operator === "In");
}

function isTextIn(key: string, value: Value, charge: Charge): boolean | undefined {
  if (Array.isArray(value)) {
    return (value as readonly Value[]).some((item) => {
      charge(1);
      const text = printed(item);
      return matchesPaid(text, key, charge) || matchesPaid(key, text, charge);
    });
  }
  if (typeof value !== "string") return undefined;
  if (matchesPaid(value, key, charge)) return true;
  const list = readTextList(value);
  charge(1 + (value.length >> 6));
  return list.kind === "list" ? list.items.includes(key) : undefined;
}

/**
 * A list of keys: In asks for all of them, NotIn for at least one that is not among the values.
 * @throws {AmapError} EXPRESSION_INVALID for a key that is no text, where Kyverno crashes
 */
export function oldListMembership(
  operator: OldListOperator,
  key: readonly Value[],
  value: Value,
  charge: Charge,
): boolean {
  charge(key.length);
  const keys = key.map((item) => {
    if (typeof item === "string") return item;
    throw new AmapError("EXPRESSION_INVALID", `${operator}: expected a list of texts as key, found ${typeName(item)}`);
  });
  // Kyverno answers true to both operators here; a NotIn that holds is an old mistake that policies may count with.
  if (typeof value === "string" && keys.length === 1 && keys[0] === value) return true;
  const values = textsOf(value, charge);
  if (values === undefined) return false;
  const isSubset = keys.every((item) => values.has(item));
  return operator === "In" ? isSubset : !isSubset;
}

function textsOf(value: Value, charge: Charge): ReadonlySet<string> | undefined {
  if (typeof value === "string") {
    const list = readTextList(value);
    charge(1 + (value.length >> 6));
    return list.kind === "list" ? new Set(list.items) : undefined;
  }
  if (!Array.isArray(value)) return undefined;
  charge(value.length);
  const texts = new Set<string>();
  for (const item of value as readonly Value[]) {
    if (typeof item !== "string") return undefined;
    texts.add(item);
  }
  return texts;
}
