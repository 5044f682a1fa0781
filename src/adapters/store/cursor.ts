import { Buffer } from "node:buffer";
import { AmapError, LIMITS, readJsonFast } from "../../base/index.ts";
import type { Page, PageQuery } from "../../ports/index.ts";

/** The sort key of the last item of a page. */
export type SortKey = readonly (number | string)[];

const MAX_CURSOR_LENGTH = 8_192;

/** A sort key as opaque text; `list` names the list, so that no other takes it. */
export function encodeCursor(list: string, key: SortKey): string {
  return Buffer.from(JSON.stringify([list, ...key])).toString("base64url");
}

/**
 * The sort key in a cursor, which anybody can forge: its types are checked against `shape`, and it only ever becomes a
 * parameter of a query.
 * @throws {AmapError} USAGE
 */
export function decodeCursor(list: string, shape: readonly ("number" | "string")[], cursor: string): SortKey {
  const key = parseCursor(cursor);
  const isOurs =
    key?.length === shape.length + 1 && key[0] === list && key.slice(1).every((part, at) => fits(part, shape[at]));
  if (!isOurs) throw new AmapError("USAGE", "the cursor is not one that this list gave");
  return key.slice(1) as SortKey;
}

function parseCursor(cursor: string): readonly unknown[] | undefined {
  if (cursor.length > MAX_CURSOR_LENGTH) return undefined;
  try {
    const key = readJsonFast(Buffer.from(cursor, "base64url"));
    return Array.isArray(key) ? key : undefined;
  } catch {
    return undefined;
  }
}

function fits(part: unknown, type: "number" | "string" | undefined): boolean {
  if (typeof part === "number") return type === "number" && Number.isSafeInteger(part);
  return typeof part === "string" && type === "string" && part.isWellFormed() && !part.includes("\0");
}

/** @throws {AmapError} USAGE */
export function checkLimit(query: PageQuery): number {
  const { limit } = query;
  if (Number.isSafeInteger(limit) && limit >= 1 && limit <= LIMITS.pageItems) return limit;
  throw new AmapError("USAGE", `a page has 1 to ${LIMITS.pageItems} items, found ${limit}`);
}

/** The page of rows that were read with one more than the limit, to see whether there is a next page. */
export function toPage<Row, Item>(
  list: string,
  rows: readonly Row[],
  limit: number,
  read: { readonly item: (row: Row) => Item; readonly key: (row: Row) => SortKey },
): Page<Item> {
  const shown = rows.slice(0, limit);
  const items = shown.map(read.item);
  const last = shown.at(-1);
  return rows.length <= limit || last === undefined ? { items } : { items, next: encodeCursor(list, read.key(last)) };
}
