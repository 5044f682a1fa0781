import { AmapError, equalValues, isValueObject, LIMITS, type Value, type ValueObject } from "../../../base/index.ts";
import type { Charge } from "./node.ts";
import { encodeToken } from "./pointer.ts";

/** One operation of a patch that amap makes. */
export type PatchOperation =
  | { readonly op: "add" | "replace"; readonly path: string; readonly value: Value }
  | { readonly op: "remove"; readonly path: string };

/**
 * The operations of RFC 6902 that make `after` of `before`, both objects or lists; none when they are equal. Members
 * are compared by key, lists after what they share at both ends by position.
 * @throws {AmapError} LIMIT_EXCEEDED (depth); what `charge` throws, BUDGET_EXCEEDED as a rule
 * @example
 * ```ts
 * import { diffJson } from "./json-diff.ts";
 * diffJson({ a: 1, b: [1] }, { b: [1, 2] }, () => {}); // [{ op: "remove", path: "/a" }, { op: "add", path: "/b/1", value: 2 }]
 * ```
 */
export function diffJson(before: Value, after: Value, charge: Charge): readonly PatchOperation[] {
  const operations: PatchOperation[] = [];
  new Differ(operations, charge).compare(before, after, "", 0);
  return operations;
}

class Differ {
  readonly operations: PatchOperation[];
  readonly charge: Charge;

  constructor(operations: PatchOperation[], charge: Charge) {
    this.operations = operations;
    this.charge = charge;
  }

  compare(before: Value, after: Value, path: string, depth: number): void {
    this.charge(1);
    if (before === after) return;
    if (depth > LIMITS.documentDepth) {
      throw new AmapError("LIMIT_EXCEEDED", `expected values nested at most ${LIMITS.documentDepth} deep`);
    }
    // A pointer cannot lead through an empty key: the library that applies patches takes it for the object itself.
    const isOpen = path === "" || !path.endsWith("/");
    if (isOpen && isValueObject(before) && isValueObject(after))
      return this.#compareObjects(before, after, path, depth);
    if (isOpen && Array.isArray(before) && Array.isArray(after)) return this.#compareLists(before, after, path, depth);
    if (!this.#isSame(before, after)) this.operations.push({ op: "replace", path, value: after });
  }

  #compareObjects(before: ValueObject, after: ValueObject, path: string, depth: number): void {
    for (const key of Object.keys(before)) {
      if (!Object.hasOwn(after, key)) this.operations.push({ op: "remove", path: `${path}/${encodeToken(key)}` });
    }
    for (const key of Object.keys(after)) {
      const place = `${path}/${encodeToken(key)}`;
      const value = after[key] as Value;
      if (Object.hasOwn(before, key)) this.compare(before[key] as Value, value, place, depth + 1);
      else this.operations.push({ op: "add", path: place, value });
    }
  }

  #compareLists(before: readonly Value[], after: readonly Value[], path: string, depth: number): void {
    const shorter = Math.min(before.length, after.length);
    let start = 0;
    while (start < shorter && this.#isSame(before[start] as Value, after[start] as Value)) start++;
    let end = 0;
    while (end < shorter - start && this.#isSame(before.at(-1 - end) as Value, after.at(-1 - end) as Value)) end++;
    const paired = shorter - end;
    for (let index = start; index < paired; index++) {
      this.compare(before[index] as Value, after[index] as Value, `${path}/${index}`, depth + 1);
    }
    for (let index = before.length - end - 1; index >= paired; index--) {
      this.operations.push({ op: "remove", path: `${path}/${index}` });
    }
    for (let index = paired; index < after.length - end; index++) {
      this.operations.push({ op: "add", path: `${path}/${index}`, value: after[index] as Value });
    }
  }

  #isSame(before: Value, after: Value): boolean {
    this.charge(1);
    return before === after || equalValues(before, after);
  }
}
