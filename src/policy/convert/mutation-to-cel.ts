import { isValueObject, readYaml, type Value, type ValueObject } from "../../base/index.ts";
import { parseAnchor } from "../language/pattern/anchor.ts";
import type { Mutation } from "../resource/kyverno/rule-actions.ts";
import { and, type CelText, not, quote, TRUE } from "./cel-text.ts";
import type { Field } from "./field-types.ts";
import { NotConvertible } from "./not-convertible.ts";
import { convertPattern } from "./pattern-to-cel.ts";
import { isSure, itemPlace, memberPlace, type Place, valueOr } from "./place.ts";
import type { QueryScope } from "./query-to-cel.ts";
import { convertTemplate } from "./template-to-cel.ts";

/** One change of a MutatingPolicy, and the condition under which it is made. */
export interface MutationText {
  readonly mutation: Value;
  /** What must hold of the whole object; TRUE when it is always made. */
  readonly condition: CelText;
}

/** What a mutate rule changes, in the words of a MutatingPolicy. It throws NotConvertible. */
export function convertMutation(source: Mutation, scope: QueryScope, path: string): MutationText {
  if (source.targets !== undefined)
    throw new NotConvertible(`${path}.targets`, "changes of other objects are not converted yet");
  if (source.foreach !== undefined)
    throw new NotConvertible(`${path}.foreach`, "loops of changes are not converted yet");
  if (source.patchStrategicMerge !== undefined) {
    return convertMerge(source.patchStrategicMerge, scope, `${path}.patchStrategicMerge`);
  }
  if (source.patchesJson6902 !== undefined) {
    return { mutation: convertJsonPatch(source.patchesJson6902, scope, `${path}.patchesJson6902`), condition: TRUE };
  }
  throw new NotConvertible(path, "there is nothing to change");
}

/** The conditions that are met on the way down to what is changed. */
interface Merge {
  readonly scope: QueryScope;
  readonly conditions: CelText[];
}

function convertMerge(patch: Value, scope: QueryScope, path: string): MutationText {
  if (!isValueObject(patch)) throw new NotConvertible(path, "the patch is no map");
  const merge: Merge = { scope, conditions: [] };
  const expression = mapText(patch, scope.object, "Object", path, merge);
  return {
    mutation: { patchType: "ApplyConfiguration", applyConfiguration: { expression } },
    condition: and(...merge.conditions),
  };
}

/** `Object.spec{…}`: the members that are set. */
function mapText(patch: ValueObject, place: Place, type: string, path: string, merge: Merge): string {
  const isMap = place.type.kind === "map";
  const members: string[] = [];
  for (const [key, value] of Object.entries(patch)) {
    const anchor = parseAnchor(key);
    const name = anchor?.key ?? key;
    const at = `${path}.${key}`;
    if (key.includes("{{") || name.includes("*")) throw new NotConvertible(at, "the name of the field is worked out");
    const inside = memberPlace(place, name, fieldOf(place, name, at));
    if (anchor !== undefined && anchor.kind !== "addIfNotPresent") {
      if (anchor.kind !== "condition")
        throw new NotConvertible(at, "this anchor decides about the patch in its own way");
      const { ok, skip } = convertPattern({ [key]: value }, place, path);
      merge.conditions.push(and(ok, not(skip)));
      continue;
    }
    const text = valueText(value, inside, `${type}.${name}`, at, merge, anchor !== undefined);
    // Nothing but conditions was in it.
    if (isValueObject(value) && text.endsWith("{}")) continue;
    members.push(`${isMap || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? quote(name) : name}: ${text}`);
  }
  return isMap ? `{${members.join(", ")}}` : `${type}{${members.join(", ")}}`;
}

function valueText(value: Value, place: Place, type: string, path: string, merge: Merge, mayStay: boolean): string {
  const { kind } = place.type;
  if (value === null) throw new NotConvertible(path, "null takes a field away");
  if (isValueObject(value)) {
    if (kind !== "object" && kind !== "map")
      throw new NotConvertible(path, `a map is set where objects have a ${kind}`);
    if (mayStay) throw new NotConvertible(path, "a whole map is added where there is none");
    if (Object.keys(value).length === 0) throw new NotConvertible(path, "an empty map is set");
    if (place.type.kind === "map" || place.type.kind === "object") refuseAtomic(place.type.isAtomic, path);
    return mapText(value, place, type, path, merge);
  }
  if (Array.isArray(value)) return listText(value as readonly Value[], place, type, path, merge, mayStay);
  const text = scalarText(value, place, path, merge.scope);
  // What is there already stays.
  return mayStay ? valueOr(place, text) : text;
}

function refuseAtomic(isAtomic: boolean, path: string): void {
  if (isAtomic)
    throw new NotConvertible(
      path,
      "server-side apply takes it as a whole, and an apply configuration may not change it",
    );
}

function scalarText(value: Value, { type }: Place, path: string, scope: QueryScope): string {
  if (typeof value === "string") {
    if (type.kind !== "string" && type.kind !== "quantity")
      throw new NotConvertible(path, `a text is set where objects have a ${type.kind}`);
    if (value.includes("$(")) throw new NotConvertible(path, "the value refers to another part of the policy");
    const made = convertTemplate(value, scope, path);
    return "text" in made ? quote(made.text) : made.expression;
  }
  if (typeof value === "boolean" && type.kind === "boolean") return String(value);
  if (typeof value === "number" && Number.isSafeInteger(value) && (type.kind === "integer" || type.kind === "quantity"))
    return String(value);
  throw new NotConvertible(path, `${JSON.stringify(value)} is set where objects have a ${type.kind}`);
}

/** Lists of maps that are told apart by their names: changes of those that are there. */
function listText(
  value: readonly Value[],
  place: Place,
  type: string,
  path: string,
  merge: Merge,
  mayStay: boolean,
): string {
  const { type: list } = place;
  const [only] = value;
  if (mayStay || list.kind !== "list") throw new NotConvertible(path, "a whole list is set");
  refuseAtomic(list.isAtomic, path);
  if (value.length === 0 || !value.every(isValueObject))
    throw new NotConvertible(path, "a list of single values is set as a whole");
  const anchored = isValueObject(only) && Object.keys(only).some((key) => parseAnchor(key)?.kind === "condition");
  if (!anchored)
    throw new NotConvertible(path, "Kyverno puts new elements first, and an apply configuration puts them last");
  if (value.length > 1 || !isValueObject(only))
    throw new NotConvertible(path, "several elements of a list have conditions");
  const item = itemPlace(place, list.items);
  const inner: Merge = { scope: merge.scope, conditions: [] };
  const named = Object.keys(only).filter((key) => parseAnchor(key)?.kind === "condition");
  const rest = Object.fromEntries(Object.entries(only).filter(([key]) => !named.includes(key)));
  const conditions = named
    .filter((key) => !(parseAnchor(key)?.key === "name" && (only[key] === "*" || only[key] === "?*")))
    .map((key) => {
      const { ok, skip } = convertPattern({ [key]: only[key] as Value }, item, `${path}[0]`);
      return and(ok, not(skip));
    });
  if (/"\+\(/.test(JSON.stringify(rest))) {
    throw new NotConvertible(`${path}[0]`, "whether a value is added depends on the other elements, too");
  }
  const changed = mapText(rest, item, type, `${path}[0]`, inner);
  if (inner.conditions.length > 0)
    throw new NotConvertible(`${path}[0]`, "conditions further down decide about one element");
  const members = changed.slice(type.length + 1, -1);
  const source = isSure(place) ? place.base : valueOr(place, "[]");
  const wanted = and(...conditions);
  const elements = wanted === TRUE ? source : `${source}.filter(${item.base}, ${wanted.text})`;
  return `${elements}.map(${item.base}, ${type}{name: ${item.base}.name, ${members}})`;
}

function fieldOf({ type }: Place, name: string, path: string): Field {
  if (type.kind === "map") return { type: type.value, isCertain: false };
  const field = type.kind === "object" ? type.field(name) : undefined;
  if (field === undefined)
    throw new NotConvertible(path, `objects of these kinds have no field ${name}, or its type is not known`);
  return field;
}

/** JSON Patch operations, as YAML or JSON in a text. */
function convertJsonPatch(source: string, scope: QueryScope, path: string): Value {
  const [operations] = readYaml(source);
  if (!Array.isArray(operations)) throw new NotConvertible(path, "the patch is no list");
  const texts = (operations as readonly Value[]).map((each, index) => {
    const at = `${path}[${index}]`;
    if (!isValueObject(each)) throw new NotConvertible(at, "an operation is no map");
    const { op, path: pointer, value, ...others } = each;
    if (Object.keys(others).length > 0)
      throw new NotConvertible(at, "the operation has other members than op, path and value");
    if (typeof op !== "string" || typeof pointer !== "string" || pointer.includes("{{"))
      throw new NotConvertible(at, "the place is worked out");
    if (op !== "add" && op !== "replace")
      throw new NotConvertible(at, `${op} fails in its own way where nothing is there`);
    if (op === "replace" || /\/(?:-|[0-9]+)(?:\/|$)/.test(pointer))
      throw new NotConvertible(at, "what is there decides whether the operation works");
    return {
      steps: pointer.split("/").slice(1).map(unescapePointer),
      text: `JSONPatch{op: "add", path: ${quote(pointer)}, value: ${literal(value ?? null, scope, at)}}`,
      at,
    };
  });
  for (const { steps, at } of texts) requireParents(steps, scope.object, at);
  const expression = `[${texts.map(({ text }) => text).join(", ")}]`;
  return { patchType: "JSONPatch", jsonPatch: { expression } };
}

const unescapePointer = (step: string): string => step.replaceAll("~1", "/").replaceAll("~0", "~");

/** Maps on the way that may be missing: Kyverno makes them, RFC 6902 does not. */
function requireParents(steps: readonly string[], root: Place, path: string): void {
  let place = root;
  for (const step of steps.slice(0, -1)) {
    place = memberPlace(place, step, fieldOf(place, step, path));
    if (!isSure(place)) throw new NotConvertible(path, `${step} may be missing: Kyverno makes it, a JSON patch fails`);
  }
}

function literal(value: Value, scope: QueryScope, path: string): string {
  if (typeof value === "string") {
    const made = convertTemplate(value, scope, path);
    return "text" in made ? quote(made.text) : made.expression;
  }
  if (typeof value === "boolean" || (typeof value === "number" && Number.isSafeInteger(value))) return String(value);
  if (Array.isArray(value))
    return `[${(value as readonly Value[]).map((each) => literal(each, scope, path)).join(", ")}]`;
  if (isValueObject(value))
    return `{${Object.entries(value)
      .map(([key, each]) => `${quote(key)}: ${literal(each, scope, path)}`)
      .join(", ")}}`;
  throw new NotConvertible(path, "a value of this type is not written in CEL");
}
