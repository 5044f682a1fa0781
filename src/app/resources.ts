import { AmapError, isValueObject, memberOf, type Value, type ValueObject } from "../base/index.ts";
import type { World } from "./world.ts";
import { readYamlFile } from "./yaml-file.ts";

/** Lists inside lists; the API server's own lists are never nested. */
const MAX_NESTING = 16;

/**
 * Reads the Kubernetes objects of files; lists are taken apart. A file without any object is an error, so that an empty
 * one never passes as checked.
 * @throws {AmapError} FILE_NOT_FOUND, FILE_UNREADABLE, YAML_INVALID, VALUE_INVALID with the place, LIMIT_EXCEEDED
 */
export async function readResources(world: World, paths: readonly string[]): Promise<readonly Value[]> {
  const read = async (path: string): Promise<readonly Value[]> => {
    const documents = (await readYamlFile(world, path)).filter((value) => value !== null);
    const resources = documents.flatMap((value) => expandList(value, path));
    if (resources.length === 0) throw new AmapError("VALUE_INVALID", `${path}: it holds no Kubernetes object`);
    return resources;
  };
  return (await Promise.all(paths.map(read))).flat();
}

/**
 * The objects of a list, and of lists in it, each as it would be alone: items without apiVersion and kind have the
 * list's, as the API server writes them (a PodList's are Pods). An object that is not a list is itself.
 * @throws {AmapError} VALUE_INVALID for what is neither, LIMIT_EXCEEDED for lists nested too deeply
 */
export function expandList(value: Value, place: string, depth = 0): readonly Value[] {
  if (!isValueObject(value)) throw new AmapError("VALUE_INVALID", `${place}: expected a Kubernetes object`);
  const type = typeOf(value, place);
  if (!isList(value, place)) return [value];
  const items = memberOf(value, "items") ?? null;
  if (depth === MAX_NESTING)
    throw new AmapError("LIMIT_EXCEEDED", `${place}: lists are nested more than ${depth} deep`);
  // Go writes an empty list as null.
  const entries = items === null ? [] : (items as readonly Value[]);
  return entries.flatMap((item, index) =>
    expandList(withTypeOf(type, item), `${place}: ${type.kind}.items[${index}]`, depth + 1),
  );
}

/**
 * How an object is named in reports: `Deployment shop/storefront`.
 * @throws {AmapError} VALUE_INVALID for an object without apiVersion or kind: no policy could match it, and nothing
 * would be checked
 */
export function describeResource(object: Value, place = "the object"): string {
  const { kind } = typeOf(object, place);
  const metadata = memberOf(object, "metadata") ?? null;
  const name = memberOf(metadata, "name") ?? memberOf(metadata, "generateName");
  const namespace = memberOf(metadata, "namespace");
  const scope = typeof namespace === "string" ? `${namespace}/` : "";
  return `${kind} ${scope}${typeof name === "string" ? name : "(no name)"}`;
}

/**
 * Whether an object is a list: its kind says so and it has items. One that says so and has none, or the other way
 * round, would be passed over by every policy while it may hold any object.
 */
export function isList(object: ValueObject, place = "the object"): boolean {
  const kind = memberOf(object, "kind");
  const items = memberOf(object, "items");
  const saysSo = typeof kind === "string" && kind.endsWith("List");
  if (items === undefined) {
    // A custom resource may well be an AllowList of its own; then it has a name.
    if (!saysSo || typeof memberOf(memberOf(object, "metadata"), "name") === "string") return false;
    throw new AmapError("VALUE_INVALID", `${place}: ${kind}: expected a list with items, found none`);
  }
  if (!saysSo) throw new AmapError("VALUE_INVALID", `${place}: it has items, and its kind is not that of a list`);
  if (items !== null && !Array.isArray(items))
    throw new AmapError("VALUE_INVALID", `${place}: items: expected a list of objects`);
  return true;
}

interface ResourceType {
  readonly apiVersion: string;
  readonly kind: string;
}

function typeOf(object: Value, place: string): ResourceType {
  const textOf = (field: keyof ResourceType): string => {
    const value = memberOf(object, field);
    if (typeof value === "string" && value !== "" && value === value.trim()) return value;
    throw new AmapError("VALUE_INVALID", `${place}: ${field}: expected a text, as every Kubernetes object has`);
  };
  return { apiVersion: textOf("apiVersion"), kind: textOf("kind") };
}

function withTypeOf(list: ResourceType, item: Value): Value {
  if (!isValueObject(item)) return item;
  if (memberOf(item, "apiVersion") !== undefined || memberOf(item, "kind") !== undefined) return item;
  const kind = list.kind.slice(0, -"List".length);
  return kind === "" ? item : { ...item, apiVersion: list.apiVersion, kind };
}
