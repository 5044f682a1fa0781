import { compareText, type Issue, isValueObject, memberOf, type Value, type ValueObject } from "../../base/index.ts";
import type { Component, ComponentHash } from "./sbom.ts";
import type { TextPool } from "./text-pool.ts";

/** An object of the value tree without its undefined members. */
export function toObject(members: Readonly<Record<string, Value | undefined>>): ValueObject {
  const kept: Record<string, Value> = {};
  for (const [key, value] of Object.entries(members)) if (value !== undefined) kept[key] = value;
  return kept;
}

/** Members that are undefined, or empty lists, left out: what a model does not say. */
export function stated<T extends object>(members: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const kept = Object.entries(members).filter(
    ([, value]) => value !== undefined && !(Array.isArray(value) && value.length === 0),
  );
  return Object.fromEntries(kept) as { [K in keyof T]?: Exclude<T[K], undefined> };
}

/** Undefined for an empty list, so that a document does not say `[]` where it means nothing. */
export function listOrNothing(items: readonly Value[]): readonly Value[] | undefined {
  return items.length === 0 ? undefined : items;
}

/** The one empty list: components have several, and documents many components. */
export const NONE: readonly never[] = Object.freeze([]);

/** The list, or {@link NONE} for an empty one. */
export function orNone<T>(items: readonly T[]): readonly T[] {
  return items.length === 0 ? NONE : items;
}

/** Problems that are told of one document. */
const MAX_PROBLEMS = 100;

/** Reads the members of a document and collects what is wrong with them. */
export class DocumentReader {
  /** What keeps the document from being read. */
  readonly issues: Issue[] = [];
  /** What is wrong and does not. */
  readonly problems: Issue[] = [];
  readonly #pool: TextPool | undefined;

  /** With a pool, what a document says again and again is one text. */
  constructor(pool?: TextPool) {
    this.#pool = pool;
  }

  /** One text for texts that are alike. */
  shared(text: string): string {
    return this.#pool?.text(text) ?? text;
  }

  /** One list for lists of the same texts. */
  sharedList(texts: readonly string[]): readonly string[] {
    return texts.length === 0 ? NONE : (this.#pool?.list(texts) ?? texts);
  }

  /** Notes what is wrong and can be read all the same; many of one kind are a document's habit, so that some suffice. */
  note(path: string, message: string): void {
    if (this.problems.length < MAX_PROBLEMS) this.problems.push({ code: "DOCUMENT_INVALID", path, message });
  }

  refuse(path: string, message: string): void {
    this.issues.push({ code: "DOCUMENT_INVALID", path, message });
  }

  /** A string member; anything else that is there is an issue. */
  text(value: Value | undefined, key: string, path: string): string | undefined {
    const member = memberOf(value, key);
    if (member === undefined || member === null || typeof member === "string") return member ?? undefined;
    this.refuse(path === "" ? key : `${path}.${key}`, `expected text, found ${kindOf(member)}`);
    return undefined;
  }

  /** A list member's objects, each with its path; anything else that is there is an issue. */
  objects(
    value: Value | undefined,
    key: string,
    path: string,
  ): readonly (readonly [item: ValueObject, path: string])[] {
    const member = memberOf(value, key);
    const at = path === "" ? key : `${path}.${key}`;
    if (member === undefined || member === null) return [];
    if (!isList(member)) {
      this.refuse(at, `expected a list, found ${kindOf(member)}`);
      return [];
    }
    const found: (readonly [ValueObject, string])[] = [];
    for (const [index, item] of member.entries()) {
      if (isValueObject(item)) found.push([item, `${at}[${index}]`]);
      else this.refuse(`${at}[${index}]`, `expected an object, found ${kindOf(item)}`);
    }
    return found;
  }

  /** As {@link objects}, with the place in the list, one after the other: of a long list one is in memory at a time. */
  *eachObject(
    value: Value | undefined,
    key: string,
    path: string,
  ): Generator<readonly [item: ValueObject, path: string, place: number]> {
    const member = memberOf(value, key);
    const at = path === "" ? key : `${path}.${key}`;
    if (member === undefined || member === null) return;
    if (!isList(member)) {
      this.refuse(at, `expected a list, found ${kindOf(member)}`);
      return;
    }
    const before = this.issues.length;
    const refused: Issue[] = [];
    const isObject = (item: Value, index: number): item is ValueObject => {
      if (isValueObject(item)) return true;
      const message = `expected an object, found ${kindOf(item)}`;
      refused.push({ code: "DOCUMENT_INVALID", path: `${at}[${index}]`, message });
      return false;
    };
    let index = 0;
    try {
      for (; index < member.length; index++) {
        const item = member[index] as Value;
        if (isObject(item, index)) yield [item, `${at}[${index}]`, index];
      }
    } finally {
      // Whoever stops early hears of the others all the same; what is no object comes before what is wrong with objects.
      for (index++; index < member.length; index++) isObject(member[index] as Value, index);
      if (refused.length > 0) for (const issue of [...refused, ...this.issues.splice(before)]) this.issues.push(issue);
    }
  }

  /** A list member's strings. */
  texts(value: Value | undefined, key: string, path: string): readonly string[] {
    const member = memberOf(value, key);
    const at = path === "" ? key : `${path}.${key}`;
    if (member === undefined || member === null) return [];
    if (!isList(member)) {
      this.refuse(at, `expected a list, found ${kindOf(member)}`);
      return [];
    }
    return member.filter((item, index): item is string => {
      if (typeof item === "string") return true;
      this.refuse(`${at}[${index}]`, `expected text, found ${kindOf(item)}`);
      return false;
    });
  }
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

function kindOf(value: Value): string {
  if (value === null) return "null";
  if (isList(value)) return "a list";
  return isValueObject(value) ? "an object" : `a ${typeof value === "object" ? "number" : typeof value}`;
}

const HEX_LENGTHS: Readonly<Record<ComponentHash["algorithm"], number>> = {
  MD5: 32,
  "SHA-1": 40,
  "SHA-256": 64,
  "SHA-384": 96,
  "SHA-512": 128,
  "SHA3-256": 64,
  "SHA3-384": 96,
  "SHA3-512": 128,
  "BLAKE2b-256": 64,
  "BLAKE2b-384": 96,
  "BLAKE2b-512": 128,
  BLAKE3: 64,
};

/** A hash in the model's form, or undefined: one that is malformed or of an algorithm nobody else writes proves nothing. */
export function toComponentHash(algorithm: string | undefined, value: string | undefined): ComponentHash | undefined {
  if (algorithm === undefined || value === undefined || !isHashAlgorithm(algorithm)) return undefined;
  const hex = value.toLowerCase();
  return hex.length === HEX_LENGTHS[algorithm] && /^[0-9a-f]+$/.test(hex) ? { algorithm, value: hex } : undefined;
}

function isHashAlgorithm(text: string): text is ComponentHash["algorithm"] {
  return Object.hasOwn(HEX_LENGTHS, text);
}

/** Edges with sorted targets, only between the components that are there. */
export function finishDependencies(
  edges: ReadonlyMap<string, ReadonlySet<string>>,
  components: readonly Component[],
): ReadonlyMap<string, readonly string[]> {
  // One text for each ref: those of the edges are copies, as many as there are edges.
  const refs = new Map(components.map(({ ref }) => [ref, ref] as const));
  const finished = new Map<string, readonly string[]>();
  for (const stated of [...edges.keys()].sort(compareText)) {
    // Documents may also relate services, files and other documents; the model has components only.
    const ref = refs.get(stated);
    if (ref === undefined) continue;
    const targets = [...(edges.get(stated) ?? [])].flatMap((target) =>
      target === ref ? [] : (refs.get(target) ?? []),
    );
    finished.set(ref, targets.sort());
  }
  return finished;
}

/** Takes one link out of every circle of parts, each named with what it is a part of: nothing is a part of itself. */
export function breakCircles(containers: Map<string, string>): void {
  const settled = new Set<string>();
  for (const start of containers.keys()) {
    const passed = new Set<string>();
    let at: string | undefined = start;
    for (; at !== undefined && !settled.has(at); at = containers.get(at)) {
      if (passed.has(at)) containers.delete(at);
      passed.add(at);
    }
    for (const ref of passed) settled.add(ref);
  }
}

/** Adds edges of one source; an empty list is a statement too: it depends on nothing. */
export function addEdges(edges: Map<string, Set<string>>, ref: string, targets: readonly string[]): void {
  const known = edges.get(ref);
  if (known === undefined) edges.set(ref, new Set(targets));
  else for (const target of targets) known.add(target);
}
