import { compareText, isValueObject, type Value } from "../../../base/index.ts";
import { quoteAsGo } from "../cel/values/text.ts";
import { goNumber, printed } from "../pattern/go-text.ts";
import type { MergeList } from "./merge-type.ts";

/** What tells an element of a list apart from others, or why nothing does. */
type ListKey =
  | {
      readonly ok: true;
      /** Equal for elements that are one and the same. */
      readonly id: string;
      /** As it stands in a path: `[name="web"]`, `[="a"]`. */
      readonly text: string;
    }
  | { readonly ok: false; readonly message: string };

/** The key of an element, by the members that the list names or, in a set, by the element itself. */
export function keyOfElement(list: MergeList, element: Value): ListKey {
  return list.keys.length > 0 ? memberKey(list, element) : scalarKey(element);
}

function scalarKey(element: Value): ListKey {
  if (element === null) return refuse("associative list without keys has an element that's an explicit null");
  if (Array.isArray(element)) return refuse("not supported: associative list with lists as elements");
  if (isValueObject(element)) return refuse("associative list without keys has an element that's a map type");
  return { ok: true, id: identityOf(element), text: `[=${shownText(element)}]` };
}

function memberKey(list: MergeList, element: Value): ListKey {
  if (element === null) return refuse("associative list with keys may not have a null element");
  if (!isValueObject(element)) return refuse("associative list with keys may not have non-map elements");
  const members: [string, Value][] = [];
  for (const key of list.keys) {
    if (Object.hasOwn(element, key)) {
      members.push([key, element[key] as Value]);
      continue;
    }
    const { map } = list.element();
    if (map === undefined) {
      return refuse(`couldn't find default value for ${key}: associative list may not have non-map types`);
    }
    // Without a default the key stays out: such an element is another one than each that has it.
    const value = map.field(key)?.default;
    if (value !== undefined) members.push([key, value]);
  }
  if (members.length === 0) return refuse(keyless(list.keys));
  members.sort(([a], [b]) => compareText(a, b));
  return {
    ok: true,
    id: JSON.stringify(members.map(([key, value]) => [key, identityOf(value)])),
    text: `[${members.map(([key, value]) => `${key}=${shownText(value)}`).join(",")}]`,
  };
}

function keyless(keys: readonly string[]): string {
  const names = keys.map(quoteAsGo).join(" ");
  return `associative list with keys has an element that omits all key fields [${names}] (and doesn't have default values for any key fields)`;
}

function refuse(message: string): ListKey {
  return { ok: false, message };
}

/** Equal for equal values; an integer equals the float of the same number. */
function identityOf(value: Value): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${(value as readonly Value[]).map(identityOf).join()}]`;
  if (isValueObject(value)) {
    const keys = Object.keys(value).sort(compareText);
    return `{${keys.map((key) => `${JSON.stringify(key)}:${identityOf(value[key] as Value)}`).join()}}`;
  }
  if (value === null || typeof value === "boolean") return String(value);
  return String(goNumber(value));
}

/** A value as a path shows it. */
function shownText(value: Value): string {
  if (typeof value === "string") return quoteAsGo(value);
  if (Array.isArray(value)) return `[${(value as readonly Value[]).map(shownText).join()}]`;
  if (isValueObject(value)) {
    return Object.keys(value)
      .map((key) => `${key}=${shownText(value[key] as Value)}`)
      .join("");
  }
  return value === null ? "null" : printed(value);
}
