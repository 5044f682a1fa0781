import { isValueObject, type Value } from "../../../base/index.ts";
import { joinPath } from "../schema.ts";

/** Calls `visit` for every text of a value and for every key of its objects, each with its path. */
export function visitTexts(value: Value | undefined, path: string, visit: (text: string, path: string) => void): void {
  if (typeof value === "string") visit(value, path);
  else if (Array.isArray(value)) {
    value.forEach((item, index) => {
      visitTexts(item, `${path}[${index}]`, visit);
    });
  } else if (isValueObject(value)) {
    for (const [key, member] of Object.entries(value)) {
      visit(key, joinPath(path, key));
      visitTexts(member, joinPath(path, key), visit);
    }
  }
}

/** Calls `visit` for every member of a value's objects, each with its path. */
export function visitKeys(
  value: Value | undefined,
  path: string,
  visit: (key: string, member: Value, path: string) => void,
): void {
  if (Array.isArray(value)) {
    value.forEach((item, index) => {
      visitKeys(item, `${path}[${index}]`, visit);
    });
  } else if (isValueObject(value ?? null)) {
    for (const [key, member] of Object.entries(value as { readonly [key: string]: Value })) {
      visit(key, member, joinPath(path, key));
      visitKeys(member, joinPath(path, key), visit);
    }
  }
}
