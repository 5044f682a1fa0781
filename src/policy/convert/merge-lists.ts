import { textOf, type Value, type ValueObject } from "../../base/index.ts";
import { parseAnchor } from "../language/pattern/anchor.ts";
import { type CelText, quote, relation, TRUE } from "./cel-text.ts";
import { patchLiteral } from "./json-patch-to-cel.ts";
import type { MergeLevel, MergeWork } from "./merge-level.ts";
import { NotConvertible } from "./not-convertible.ts";
import { isSure, itemPlace, memberPlace, optionalOf, type Place, valueOf, valueOr } from "./place.ts";
import type { QueryScope } from "./query-to-cel.ts";

/** Elements of a list that a merge changes. */
export interface MergeLoop {
  /** The place of the list, as it is written where it may be missing. */
  readonly list: string;
  /** The list in CEL, an error where it must be there; empty for the list at the place itself. */
  readonly text: string;
  readonly item: string;
  /** Which elements are changed. */
  readonly counts: (item: Place) => CelText;
  readonly scope: QueryScope;
}

const ELEMENT_NAME = /^\{\{\s*element0?\.name\s*\}\}$/;

/** An element that is named as the loop's, without its name. */
export function loopElement(
  element: ValueObject,
  { place }: MergeLevel,
  loop: MergeLoop | undefined,
): ValueObject | undefined {
  if (loop === undefined || optionalOf(place) !== loop.list) return undefined;
  const keys = Object.keys(element).filter((key) => (parseAnchor(key)?.key ?? key) === "name");
  const [key] = keys;
  if (keys.length !== 1 || key === undefined || !ELEMENT_NAME.test(textOf(element, key))) return undefined;
  const rest = Object.fromEntries(Object.entries(element).filter(([other]) => other !== key));
  // What is added where it is missing is decided by the first element of the list, if its own name is a condition.
  const isDecidedElsewhere = key !== "name" && Object.keys(rest).some((other) => parseAnchor(other) !== undefined);
  return isDecidedElsewhere ? undefined : rest;
}

/** `list.map(item, Type{…})`: elements that are there, changed. */
export function changedElements(
  element: ValueObject,
  level: MergeLevel,
  merge: MergeWork,
  loop: MergeLoop | undefined,
): string {
  const { place, type, path, steps } = level;
  if (loop === undefined || place.type.kind !== "list") throw new NotConvertible(path, "this is not the loop's list");
  const item: Place = { ...itemPlace(place, place.type.items), base: loop.item, name: loop.item };
  const changed = merge.map(element, {
    place: item,
    type,
    path: `${path}[0]`,
    steps: undefined,
    scope: loop.scope,
    ...(steps && { around: { list: place, steps, counts: loop.counts } }),
  });
  const members = changed.slice(type.length + 1, -1);
  const counts = loop.counts(item);
  const named = `name: ${loop.item}.name`;
  const mapped = (list: string): string => {
    const elements = counts === TRUE ? list : `${list}.filter(${loop.item}, ${counts.text})`;
    return `${elements}.map(${loop.item}, ${type}{${members === "" ? named : `${named}, ${members}`}})`;
  };
  if (loop.text !== "") return mapped(loop.text);
  if (isSure(place)) return mapped(place.base);
  // A list that is missing stays so.
  return optionalMember(`${optionalOf(place)}.optMap(list, ${mapped("list")})`);
}

/** A member that is set where its value is there: `?name: value`. */
const OPTIONAL = "?";
const optionalMember = (value: string): string => `${OPTIONAL}${value}`;

/** A member of an apply configuration. */
export function memberText(name: string, value: string): string {
  return value.startsWith(OPTIONAL) ? `${OPTIONAL}${name}: ${value.slice(1)}` : `${name}: ${value}`;
}

/** Elements without conditions: those that are missing are put in front, the others are changed. */
export function newElements(
  elements: readonly ValueObject[],
  level: MergeLevel,
  merge: MergeWork,
  key: string,
): string | undefined {
  const { place, type, path, steps, scope, around } = level;
  if (place.type.kind !== "list") throw new NotConvertible(path, "this is no list");
  if (/"\+\(/.test(JSON.stringify(elements)))
    throw new NotConvertible(path, "what is added where it is missing, in an element that may be new");
  const item = itemPlace(place, place.type.items);
  const literals = `[${elements.map((each, index) => patchLiteral(each, scope, `${path}[${index}]`)).join(", ")}]`;
  const keys = elements.map((each, index) => {
    const stated = each[key];
    if ((typeof stated === "string" && !stated.includes("{{")) || Number.isSafeInteger(stated))
      return literalOf(stated);
    throw new NotConvertible(`${path}[${index}]`, `an element without its ${key}, or one that is worked out`);
  });
  const own = `${item.base}.${key}`;
  const among = elements.length === 1 ? `${own} != ${keys[0] ?? ""}` : `!(${own} in [${keys.join(", ")}])`;
  // The patch's elements come first, those that are there already too.
  const withNew = (list: string): string =>
    `${literals}.map(new, (${list}.filter(${item.base}, ${own} == new.${key}) + [new])[0]) + ${list}.filter(${item.base}, ${among})`;
  if (steps !== undefined) merge.first.add(steps, withNew(valueOr(place, "[]")));
  else if (around !== undefined) merge.inner.push(innerPatch(level, around, withNew));
  const { items } = place.type;
  if (items.kind === "object" && items.isAtomic) {
    // There is nothing to change in what is there.
    if (elements.every((each) => Object.keys(each).length === 1)) return undefined;
    throw new NotConvertible(path, "elements that are taken as a whole are changed");
  }
  const texts = elements.map((each, index) =>
    merge.map(each, {
      place: item,
      type,
      path: `${path}[${index}]`,
      steps: undefined,
      scope,
      ...(steps && { around: { list: place, steps, counts: ofKey(key, keys[index] ?? "") } }),
    }),
  );
  return `[${texts.join(", ")}]`;
}

const literalOf = (value: Value | undefined): string =>
  typeof value === "string" ? quote(value) : JSON.stringify(value ?? null);

const ofKey =
  (key: string, literal: string) =>
  (item: Place): CelText =>
    relation(`${item.base}.${key}`, "==", literal);

/** A list inside the elements of another one: a patch for each of them. */
function innerPatch(
  { place, path, type }: MergeLevel,
  { list, steps, counts }: NonNullable<MergeLevel["around"]>,
  withNew: (list: string) => string,
): string {
  if (list.type.kind !== "list") throw new NotConvertible(path, "this is no list");
  const name = type.slice(type.lastIndexOf(".") + 1);
  const elements = valueOr(list, "[]");
  const element: Place = { ...itemPlace(list, list.type.items), base: `${valueOf(list)}[i]` };
  const field = element.type.kind === "object" ? element.type.field(name) : undefined;
  if (field === undefined || place.optional.length > 1) throw new NotConvertible(path, "a list further down");
  const inner = memberPlace(element, name, field);
  const chosen = counts(element);
  const range = `lists.range(size(${elements}))`;
  const counted = chosen === TRUE ? range : `${range}.filter(i, ${chosen.text})`;
  const pointer = `${quote(`/${steps.join("/")}/`)} + string(i) + ${quote(`/${name}`)}`;
  return `${counted}.map(i, JSONPatch{op: 'add', path: ${pointer}, value: ${withNew(valueOr(inner, "[]"))}})`;
}
