import { type Decoded, type Issue, isValueObject, parseTime, type Value, type ValueObject } from "../base/index.ts";

/** Enough to repair a document by; a hostile one must not grow the answer. */
const MAX_ISSUES = 100;

/** Reads the members of a document and collects all that is wrong with it, each with its path. */
export class DocumentReader {
  readonly #issues: Issue[] = [];
  #found = 0;

  /** Notes something wrong. */
  refuse(path: string, message: string, code: Issue["code"] = "DOCUMENT_INVALID"): undefined {
    this.#found++;
    if (this.#issues.length < MAX_ISSUES) this.#issues.push({ code, path, message });
    return undefined;
  }

  /** The outcome: the value, unless anything was refused on the way. */
  finish<T>(value: T | undefined): Decoded<T> {
    if (this.#found > this.#issues.length) {
      const more = this.#found - this.#issues.length;
      this.#issues.push({ code: "DOCUMENT_INVALID", path: "", message: `and ${more} more issues` });
    }
    if (this.#issues.length > 0 || value === undefined) return { ok: false, issues: this.#issues };
    return { ok: true, value };
  }

  object(value: Value | undefined, path: string): ValueObject | undefined {
    return isValueObject(value) ? value : this.refuse(path, `expected an object, found ${describe(value)}`);
  }

  /** An optional member that is an object where it is there. */
  optionalObject(parent: ValueObject, key: string, path: string): ValueObject | undefined {
    const value = member(parent, key);
    return value === undefined ? undefined : this.object(value, join(path, key));
  }

  /** A required text that is not empty; empty where it was refused. */
  string(parent: ValueObject, key: string, path: string): string {
    const value = member(parent, key);
    if (typeof value === "string" && value !== "") return value;
    this.refuse(join(path, key), `expected a text, found ${describe(value)}`);
    return "";
  }

  /** An optional text; an empty one counts as absent, as producers write both. */
  optionalString(parent: ValueObject, key: string, path: string): string | undefined {
    const value = member(parent, key);
    if (value === undefined || value === "") return undefined;
    return typeof value === "string"
      ? value
      : this.refuse(join(path, key), `expected a text, found ${describe(value)}`);
  }

  /** A required RFC 3339 time, as written. */
  time(parent: ValueObject, key: string, path: string): string {
    return this.#checkTime(this.string(parent, key, path), join(path, key)) ?? "";
  }

  /** An optional RFC 3339 time, as written. */
  optionalTime(parent: ValueObject, key: string, path: string): string | undefined {
    const text = this.optionalString(parent, key, path);
    return text === undefined ? undefined : this.#checkTime(text, join(path, key));
  }

  #checkTime(text: string, path: string): string | undefined {
    if (text === "" || parseTime(text) !== undefined) return text;
    return this.refuse(path, `expected an RFC 3339 time, found "${text.slice(0, 60)}"`);
  }

  /** An optional list; empty where it is absent. */
  list(parent: ValueObject, key: string, path: string): readonly Value[] {
    const value = member(parent, key);
    if (value === undefined) return [];
    if (Array.isArray(value)) return value as readonly Value[];
    this.refuse(join(path, key), `expected a list, found ${describe(value)}`);
    return [];
  }

  /** An optional list of objects, each read by `read`; what could not be read is left out and noted. */
  objects<T>(
    parent: ValueObject,
    key: string,
    path: string,
    read: (item: ValueObject, path: string) => T | undefined,
  ): readonly T[] {
    const items: T[] = [];
    this.list(parent, key, path).forEach((value, index) => {
      const at = `${join(path, key)}[${index}]`;
      const object = this.object(value, at);
      const item = object === undefined ? undefined : read(object, at);
      if (item !== undefined) items.push(item);
    });
    return items;
  }

  /** An optional list of texts. */
  strings(parent: ValueObject, key: string, path: string): readonly string[] {
    const texts: string[] = [];
    this.list(parent, key, path).forEach((value, index) => {
      if (typeof value === "string") texts.push(value);
      else this.refuse(`${join(path, key)}[${index}]`, `expected a text, found ${describe(value)}`);
    });
    return texts;
  }

  /** An optional object of texts, as entries, so that no outside key meets a prototype. */
  stringMap(parent: ValueObject, key: string, path: string): ReadonlyMap<string, string> {
    const entries = new Map<string, string>();
    const object = this.optionalObject(parent, key, path) ?? {};
    for (const [name, value] of Object.entries(object)) {
      if (typeof value === "string") entries.set(name, value);
      else this.refuse(join(join(path, key), name), `expected a text, found ${describe(value)}`);
    }
    return entries;
  }
}

/** An own member; null counts as absent, as most producers write it. */
export function member(parent: ValueObject, key: string): Value | undefined {
  return Object.hasOwn(parent, key) ? (parent[key] ?? undefined) : undefined;
}

/** `parent.key`, or `key` at the top. */
export function join(path: string, key: string): string {
  return path === "" ? key : `${path}.${key}`;
}

/** What a value is, for a message: never its content, which may be long or secret. */
export function describe(value: Value | undefined): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (value === "") return "an empty text";
  if (Array.isArray(value)) return "a list";
  if (isValueObject(value)) return "an object";
  return typeof value === "string" ? "a text" : typeof value === "boolean" ? "a boolean" : "a number";
}

/** An object without the members that are undefined, for types with optional members. */
export function withoutUndefined<T extends object>(object: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
