import { isValueObject, memberOf, type Value, type ValueObject } from "../../../base/index.ts";

/** An element of a document's graph: whether it is written as JSON-LD's compact form or with prefixes left out. */
export interface Graph {
  readonly elements: readonly ValueObject[];
  readonly byId: ReadonlyMap<string, ValueObject>;
  /** An element's id without the document's own address, where it is a part of that. */
  readonly toRef: (id: string) => string;
}

/** The elements of a document; undefined where it has no graph. */
export function readGraph(document: ValueObject): Graph | undefined {
  const graph = memberOf(document, "@graph");
  if (!Array.isArray(graph)) return undefined;
  const elements = (graph as readonly Value[]).filter((element) => isValueObject(element));
  const byId = new Map<string, ValueObject>();
  for (const element of elements) {
    const id = idOf(element);
    if (id !== "" && !byId.has(id)) byId.set(id, element);
  }
  const documents = elements.filter((element) => typeOf(element) === "SpdxDocument");
  const base = documents.length === 1 && documents[0] !== undefined ? `${idOf(documents[0])}#` : "";
  const toRef = (id: string): string => (base.length > 1 && id.startsWith(base) ? id.slice(base.length) : id);
  return { elements, byId, toRef };
}

/** Elements have a `spdxId`; nodes without a name of their own an `@id`. */
export function idOf(element: ValueObject): string {
  const id = element["spdxId"] ?? element["@id"];
  return typeof id === "string" ? id : "";
}

/** What an element is, without its profile's prefix: `Package`, `Relationship`. */
export function typeOf(element: ValueObject): string {
  const type = element["type"] ?? element["@type"];
  return typeof type === "string" ? type.slice(type.lastIndexOf("_") + 1) : "";
}

/** A text member, whatever prefix its profile puts before it. */
export function textIn(element: ValueObject | undefined, ...names: readonly string[]): string | undefined {
  if (element === undefined) return undefined;
  for (const name of names) {
    const value = memberOf(element, name);
    if (typeof value === "string") return value;
  }
  return undefined;
}

/** A member as a list: one value may stand without it. */
export function listIn(element: ValueObject | undefined, ...names: readonly string[]): readonly Value[] {
  if (element === undefined) return [];
  for (const name of names) {
    const value = memberOf(element, name);
    if (value === undefined || value === null) continue;
    return Array.isArray(value) ? (value as readonly Value[]) : [value];
  }
  return [];
}

/** Ids that a member refers to; an element may also stand there itself. */
export function idsIn(element: ValueObject | undefined, ...names: readonly string[]): readonly string[] {
  return listIn(element, ...names).flatMap((value) => {
    if (typeof value === "string") return [value];
    return isValueObject(value) && idOf(value) !== "" ? [idOf(value)] : [];
  });
}
