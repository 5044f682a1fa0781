import { isValueObject, listOf, memberOf, textOf, type Value, type ValueObject } from "../../base/index.ts";
import type { ConversionNote } from "./converted-rule.ts";
import { NotConvertible } from "./not-convertible.ts";

/** Collects why parts of a document of another tool cannot be converted: all of them, not the first. */
export class ForeignReader {
  readonly notes: ConversionNote[] = [];

  refuse(path: string, reason: string): void {
    this.notes.push({ path, reason });
  }

  /** A map without fields that nobody knows; an empty one where there is none. */
  map(value: Value | undefined, path: string, known: readonly string[]): ValueObject {
    if (value === undefined || value === null) return {};
    if (!isValueObject(value)) {
      this.refuse(path, "expected a map, found something else");
      return {};
    }
    for (const key of Object.keys(value)) {
      if (!known.includes(key)) this.refuse(`${path}.${key}`, "the field is not known");
    }
    return value;
  }

  /** The maps of a list, each with its path. */
  maps(
    owner: ValueObject,
    name: string,
    path: string,
    known: readonly string[],
  ): readonly (readonly [ValueObject, string])[] {
    const value = memberOf(owner, name);
    if (value === undefined || value === null) return [];
    if (!Array.isArray(value)) this.refuse(`${path}.${name}`, "expected a list, found something else");
    return listOf(owner, name).map((each, index) => {
      const at = `${path}.${name}[${index}]`;
      return [this.map(each, at, known), at];
    });
  }

  /** A text; empty where there is none. */
  text(owner: ValueObject, name: string, path: string): string {
    const value = memberOf(owner, name);
    if (value !== undefined && value !== null && typeof value !== "string")
      this.refuse(`${path}.${name}`, "expected a text, found something else");
    return textOf(owner, name);
  }

  /** What makes a part, unless it cannot be made. */
  attempt<T>(make: () => T): T | undefined {
    try {
      return make();
    } catch (thrown) {
      if (!(thrown instanceof NotConvertible)) throw thrown;
      this.refuse(thrown.path, thrown.message);
      return undefined;
    }
  }
}
