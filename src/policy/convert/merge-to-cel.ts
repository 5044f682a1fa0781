import { isValueObject, type Value, type ValueObject } from "../../base/index.ts";
import { parseAnchor } from "../language/pattern/anchor.ts";
import { and, atom, type CelText, not, quote } from "./cel-text.ts";
import type { Field } from "./field-types.ts";
import { patchLiteral } from "./json-patch-to-cel.ts";
import type { MergeLevel, MergeWork } from "./merge-level.ts";
import { changedElements, loopElement, type MergeLoop, memberText, newElements } from "./merge-lists.ts";
import { NotConvertible } from "./not-convertible.ts";
import { PatchWriter } from "./patch-writer.ts";
import { convertPattern } from "./pattern-to-cel.ts";
import { itemPlace, memberPlace, type Place, presence, valueOr } from "./place.ts";
import type { QueryScope } from "./query-to-cel.ts";
import { convertTemplate, queryOf } from "./template-to-cel.ts";

/** The changes of a MutatingPolicy, and the condition under which they are made. */
export interface MutationsText {
  readonly mutations: readonly Value[];
  /** What must hold of the whole object; TRUE when they are always made. */
  readonly condition: CelText;
}

/**
 * A strategic merge as an apply configuration. Where that cannot say it (new elements stand in front, and lists that are
 * taken as a whole are replaced) a JSON patch comes first. It throws NotConvertible.
 */
export function convertMerge(patch: Value, scope: QueryScope, path: string, loop?: MergeLoop): MutationsText {
  if (!isValueObject(patch)) throw new NotConvertible(path, "the patch is no map");
  const merge = new Merge(new PatchWriter({ place: scope.object, pointer: "" }, path), loop);
  const level: MergeLevel = { place: scope.object, type: "Object", path, steps: [], scope };
  const expression = merge.map(patch, level);
  const first = merge.first.text;
  const mutations: Value[] = [first, ...merge.inner]
    .filter((text) => text !== "[]")
    .map((text) => ({ patchType: "JSONPatch", jsonPatch: { expression: text } }));
  if (expression !== "Object{}") {
    mutations.push({ patchType: "ApplyConfiguration", applyConfiguration: { expression } });
  }
  if (mutations.length === 0) throw new NotConvertible(path, "there is nothing to change");
  return { mutations, condition: and(...merge.conditions) };
}

/** What a merge comes to on the way through a patch. */
class Merge implements MergeWork {
  readonly conditions: CelText[] = [];
  /** What is patched before the apply configuration. */
  readonly first: PatchWriter;
  /** JSON patches of the elements of lists, behind the first. */
  readonly inner: string[] = [];
  readonly loop: MergeLoop | undefined;

  constructor(first: PatchWriter, loop: MergeLoop | undefined) {
    this.first = first;
    this.loop = loop;
  }

  /** `Object.spec{…}`: the members that are set. */
  map(patch: ValueObject, level: MergeLevel): string {
    const { place, type, path, steps } = level;
    const isMap = place.type.kind === "map";
    const members: string[] = [];
    for (const [key, value] of Object.entries(patch)) {
      const anchor = parseAnchor(key);
      const name = anchor?.key ?? key;
      const at = `${path}.${key}`;
      if (key.includes("{{") || name.includes("*")) throw new NotConvertible(at, "the name of the field is worked out");
      if (anchor !== undefined && anchor.kind !== "addIfNotPresent") {
        this.#condition(key, value, level);
        continue;
      }
      const inside: MergeLevel = {
        ...level,
        place: memberPlace(place, name, fieldOf(place, name, at)),
        type: `${type}.${name}`,
        path: at,
        steps: steps && [...steps, name],
      };
      const text = this.#value(value, inside, anchor !== undefined);
      if (text !== undefined)
        members.push(memberText(isMap || !/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? quote(name) : name, text));
    }
    return isMap ? `{${members.join(", ")}}` : `${type}{${members.join(", ")}}`;
  }

  #condition(key: string, value: Value, { place, path, around }: MergeLevel): void {
    const anchor = parseAnchor(key);
    if (anchor?.kind !== "condition" || around !== undefined)
      throw new NotConvertible(`${path}.${key}`, "this anchor decides about the patch in its own way");
    const { ok, skip } = convertPattern({ [key]: value }, place, path);
    this.conditions.push(and(ok, not(skip)));
  }

  /** Undefined where the apply configuration says nothing of it. */
  #value(value: Value, level: MergeLevel, mayStay: boolean): string | undefined {
    const { place, path } = level;
    const { type } = place;
    if (value === null) throw new NotConvertible(path, "null takes a field away");
    if (Array.isArray(value)) return this.#list(value as readonly Value[], level, mayStay);
    if (isValueObject(value)) {
      if (type.kind !== "object" && type.kind !== "map")
        throw new NotConvertible(path, `a map is set where objects have a ${type.kind}`);
      if (mayStay) return this.#whole(value, level, true);
      if (Object.keys(value).length === 0) throw new NotConvertible(path, "an empty map is set");
      if (type.isAtomic) return this.#atomicMap(value, level);
      const text = this.map(value, level);
      // Nothing but conditions, or what was patched before, was in it.
      return text.endsWith("{}") ? undefined : text;
    }
    const text = scalarText(value, level);
    // What is there already stays.
    return mayStay ? valueOr(place, text) : text;
  }

  /** Server-side apply would replace it: its members are set one by one. */
  #atomicMap(value: ValueObject, level: MergeLevel): undefined {
    const { steps, path, scope, place } = level;
    if (steps === undefined) throw new NotConvertible(path, "a map that is taken as a whole, in an element of a list");
    for (const [key, each] of Object.entries(value)) {
      const anchor = parseAnchor(key);
      const name = anchor?.key ?? key;
      const at = `${path}.${key}`;
      if (isValueObject(each) || Array.isArray(each) || (anchor !== undefined && anchor.kind !== "addIfNotPresent"))
        throw new NotConvertible(at, "a part of a map that is taken as a whole");
      const inside = { ...level, place: memberPlace(place, name, fieldOf(place, name, at)), path: at, scope };
      if (anchor === undefined) this.first.add([...steps, name], scalarText(each, inside));
      else this.first.addIfMissing([...steps, name], scalarText(each, inside));
    }
    return undefined;
  }

  /** A list or a map that is set as a whole. */
  #whole(value: Value, { steps, path, scope }: MergeLevel, mayStay: boolean): undefined {
    if (steps === undefined || JSON.stringify(value).includes("+(") || JSON.stringify(value).includes('"('))
      throw new NotConvertible(path, "what is set as a whole has conditions in it, or is in an element of a list");
    const literal = patchLiteral(value, scope, path);
    if (mayStay) this.first.addIfMissing(steps, literal);
    else this.first.add(steps, literal);
    return undefined;
  }

  #list(value: readonly Value[], level: MergeLevel, mayStay: boolean): string | undefined {
    const { place, path } = level;
    const { type: list } = place;
    const [only] = value;
    if (list.kind !== "list") throw new NotConvertible(path, `a list is set where objects have a ${list.kind}`);
    const own = value.length === 1 && isValueObject(only) ? loopElement(only, level, this.loop) : undefined;
    if (own !== undefined) return changedElements(own, level, this, this.loop);
    if (mayStay && list.key !== undefined)
      throw new NotConvertible(path, "Kyverno also joins elements with the same key of a list that is left alone");
    if (list.isAtomic || list.key === undefined) return this.#whole(value, level, mayStay);
    if (value.length === 0 || !value.every(isValueObject))
      throw new NotConvertible(path, "a list of single values is set as a whole");
    if (isGlobal(value)) {
      this.conditions.push(globalCondition(value[0] as ValueObject, place, path));
      return undefined;
    }
    const isAnchored = (element: Value): boolean =>
      isValueObject(element) && Object.keys(element).some((key) => parseAnchor(key)?.kind === "condition");
    if (!value.some(isAnchored)) return newElements(value, level, this, list.key);
    if (value.length > 1 || !isValueObject(only))
      throw new NotConvertible(path, "several elements of a list have conditions");
    return this.#anchored(only, level);
  }

  /** An element with conditions: all that meet them are changed. */
  #anchored(element: ValueObject, level: MergeLevel): string {
    const { place, path } = level;
    const { type: list } = place;
    if (list.kind !== "list") throw new NotConvertible(path, "this is no list");
    const named = Object.keys(element).filter((key) => parseAnchor(key)?.kind === "condition");
    const rest = Object.fromEntries(Object.entries(element).filter(([key]) => !named.includes(key)));
    if (/"\+\(/.test(JSON.stringify(rest)))
      throw new NotConvertible(`${path}[0]`, "whether a value is added depends on the other elements, too");
    const counts = (item: Place): CelText =>
      and(
        ...named
          .filter((key) => !(parseAnchor(key)?.key === "name" && (element[key] === "*" || element[key] === "?*")))
          .map((key) => {
            const { ok, skip } = convertPattern({ [key]: element[key] as Value }, item, `${path}[0]`);
            return and(ok, not(skip));
          }),
      );
    const item = itemPlace(place, list.items);
    return changedElements(rest, level, this, { text: "", item: item.base, counts, scope: level.scope, list: "" });
  }
}

/** A list whose one element only asks whether there is one like it. */
function isGlobal(value: readonly Value[]): boolean {
  const [only] = value;
  return value.length === 1 && isValueObject(only) && onlyGlobals(only);
}

function onlyGlobals(element: ValueObject): boolean {
  const members = Object.entries(element);
  return (
    members.length > 0 &&
    members.every(([key, value]) => parseAnchor(key)?.kind === "global" || (isValueObject(value) && onlyGlobals(value)))
  );
}

function globalCondition(element: ValueObject, place: Place, path: string): CelText {
  const { type } = place;
  if (type.kind !== "list") throw new NotConvertible(path, "this is no list");
  const item = itemPlace(place, type.items);
  return atom(`${valueOr(place, "[]")}.exists(${item.base}, ${globals(element, item, `${path}[0]`).text})`);
}

function globals(element: ValueObject, place: Place, path: string): CelText {
  return and(
    ...Object.entries(element).map(([key, value]) => {
      const anchor = parseAnchor(key);
      const name = anchor?.key ?? key;
      const inside = memberPlace(place, name, fieldOf(place, name, `${path}.${key}`));
      if (anchor === undefined) return globals(value as ValueObject, inside, `${path}.${key}`);
      const isAnything = isValueObject(value) && Object.keys(value).length === 0;
      return isAnything ? presence(inside) : and(presence(inside), convertPattern({ [name]: value }, place, path).ok);
    }),
  );
}

/** A single value of the type that objects have there. */
function scalarText(value: Value, { place: { type }, path, scope }: MergeLevel): string {
  if (typeof value === "string") {
    if (type.kind !== "string" && type.kind !== "quantity") {
      const query = value.includes("{{") ? queryOf(value, scope, path) : undefined;
      if (query?.kind === "single" && query.type.kind === type.kind && query.whenThere === undefined) return query.text;
      throw new NotConvertible(path, `a text is set where objects have a ${type.kind}`);
    }
    if (value.includes("$(")) throw new NotConvertible(path, "the value refers to another part of the policy");
    const made = convertTemplate(value, scope, path);
    return "text" in made ? quote(made.text) : made.expression;
  }
  if (typeof value === "boolean" && type.kind === "boolean") return String(value);
  if (typeof value === "number" && Number.isSafeInteger(value) && (type.kind === "integer" || type.kind === "quantity"))
    return String(value);
  throw new NotConvertible(path, `${JSON.stringify(value)} is set where objects have a ${type.kind}`);
}

/** The field of a place that has one of that name. It throws NotConvertible. */
export function fieldOf({ type }: Place, name: string, path: string): Field {
  if (type.kind === "map") return { type: type.value, isCertain: false };
  const field = type.kind === "object" ? type.field(name) : undefined;
  if (field === undefined)
    throw new NotConvertible(path, `objects of these kinds have no field ${name}, or its type is not known`);
  return field;
}
