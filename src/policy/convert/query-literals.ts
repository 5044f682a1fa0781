import { isValueObject, type Value } from "../../base/index.ts";
import { quote } from "./cel-text.ts";
import type { Query, SingleQuery } from "./query.ts";
import { typeOfValue } from "./query-types.ts";

/** A value that a policy writes down, as a query; undefined for what is not written in CEL. */
export function constantQuery(value: Value): SingleQuery | undefined {
  const text = literalText(value);
  if (text === undefined) return undefined;
  return { kind: "single", type: typeOfValue(value), text, constant: value, isFull: !isEmpty(value) };
}

/** What counts as nothing in JMESPath. */
function isEmpty(value: Value): boolean {
  if (value === null || value === false || value === "") return true;
  if (Array.isArray(value)) return value.length === 0;
  return isValueObject(value) && Object.keys(value).length === 0;
}

/** A value as a CEL literal; undefined for numbers that CEL would read otherwise. */
export function literalText(value: Value): string | undefined {
  if (value === null) return "null";
  if (typeof value === "string") return quote(value);
  if (typeof value === "boolean") return String(value);
  if (typeof value === "number") return Number.isSafeInteger(value) ? String(value) : undefined;
  if (Array.isArray(value)) {
    const items = (value as readonly Value[]).map(literalText);
    return items.includes(undefined) ? undefined : `[${items.join(", ")}]`;
  }
  if (!isValueObject(value)) return undefined;
  const members = Object.entries(value).map(([key, each]) => [quote(key), literalText(each)] as const);
  return members.some(([, text]) => text === undefined)
    ? undefined
    : `{${members.map(([key, text]) => `${key}: ${text}`).join(", ")}}`;
}

/** The constants of a list, if all its items are known. */
export function constantOf(query: Query): Value | undefined {
  return query.kind === "single" ? query.constant : undefined;
}
