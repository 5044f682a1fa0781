import { LIMITS } from "../limits.ts";
import { computedList } from "./computed-list.ts";
import { readJsonFast } from "./json-fast.ts";
import { readJson } from "./json-reader.ts";
import { skimMembers } from "./json-skim.ts";
import { depthLimit, type ReadOptions } from "./source.ts";
import type { Value } from "./value.ts";

/** A shorter list is read at once: that is faster, and its values are small. */
const LONG_LIST_BYTES = 64 * 1024;

/** As {@link ReadOptions}, for a document with long lists. */
export interface ItemsOptions extends ReadOptions {
  /** Bytes of a list from which on its items are read one by one; 64 KiB when left out. */
  readonly longListBytes?: number;
}

/**
 * A document with the meaning of {@link readJson}: the same value or the same error. But the items of a long list of objects that
 * is a member of its object are read from the bytes when they are asked for, each time anew, so that going through a document
 * of many megabytes costs the memory of its bytes and of one item. The bytes must not change as long as the value is used.
 * A document that is no object, or has what only the slower reader can judge (an escaped key), is read whole.
 * @throws {AmapError} JSON_INVALID (with line and column), LIMIT_EXCEEDED (bytes, depth)
 * @example
 * ```ts
 * import { encodeUtf8, listOf, readJsonItems } from "../index.ts";
 * listOf(readJsonItems(encodeUtf8('{"items": [1, 2]}')), "items").length; // 2
 * ```
 */
export function readJsonItems(bytes: Uint8Array, options: ItemsOptions = {}): Value {
  const { longListBytes = LONG_LIST_BYTES } = options;
  const isSmall = bytes.length <= Math.min(options.maxBytes ?? LIMITS.documentBytes, LIMITS.documentBytes);
  const members = isSmall && bytes.length >= longListBytes ? skimMembers(bytes, depthLimit(options)) : undefined;
  if (members === undefined) return readJson(bytes, options);
  const document: Record<string, Value> = {};
  const read = (start: number, end: number): Value => readJsonFast(bytes.subarray(start, end), options);
  for (const { key, start, end, items } of members) {
    document[key] =
      items !== undefined && end - start >= longListBytes
        ? computedList(items.length / 2, (index) => read(items[2 * index] ?? 0, items[2 * index + 1] ?? 0))
        : read(start, end);
  }
  return document;
}
