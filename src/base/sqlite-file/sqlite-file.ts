import { encodeHex, encodeUtf8 } from "../bytes/text.ts";
import { AmapError } from "../errors/amap-error.ts";

/** A value of a SQLite row as it is stored. Of an `INTEGER PRIMARY KEY` column that is null: the number is `rowId`. */
export type SqliteValue = null | number | bigint | string | Uint8Array;

/** One row of a table. */
export interface SqliteRow {
  readonly rowId: number | bigint;
  /** In the order of the table's columns. */
  readonly values: readonly SqliteValue[];
}

/**
 * Reads the rows of one table out of a SQLite database file, in the order of their row ids. Nothing but the file's own
 * bytes is read: not its write-ahead log, which may hold newer rows. Bytes of values are parts of the file's where the
 * file has them in one piece.
 *
 * Time and memory are bounded by the file's size: a page is read once, and all values together are not longer than the
 * file. Rows before the damage are given before the error is thrown.
 * @throws {AmapError} DOCUMENT_INVALID for bytes that are no such file, a damaged file and a table that is not there;
 * NOT_SUPPORTED for a file in UTF-16 and a table without row ids
 * @see https://www.sqlite.org/fileformat2.html
 * @example
 * ```ts
 * import { encodeUtf8, readSqliteTable } from "../index.ts";
 * try {
 *   for (const { values } of readSqliteTable(encodeUtf8("no database"), "Packages")) values.length;
 * } catch (error) {
 *   (error as Error).message; // "expected a SQLite database file, found other bytes"
 * }
 * ```
 */
export function* readSqliteTable(bytes: Uint8Array, table: string): Generator<SqliteRow> {
  const file = openFile(bytes);
  yield* readRows(file, findTable(file, table));
}

interface OpenFile {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly pageSize: number;
  /** Bytes of a page without what is reserved at its end. */
  readonly usable: number;
  readonly pages: number;
}

const MAGIC = encodeHex(encodeUtf8("SQLite format 3\0"));
const HEADER_BYTES = 100;
const UTF_8 = 1;

function openFile(bytes: Uint8Array): OpenFile {
  if (bytes.length < HEADER_BYTES || encodeHex(bytes.subarray(0, 16)) !== MAGIC) {
    throw invalid("expected a SQLite database file, found other bytes");
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const stated = view.getUint16(16);
  const pageSize = stated === 1 ? 65_536 : stated;
  if (pageSize < 512 || (pageSize & (pageSize - 1)) !== 0) {
    throw invalid(`expected pages of a power of two from 512 bytes, found a page size of ${pageSize}`);
  }
  const usable = pageSize - view.getUint8(20);
  if (usable < 480) throw invalid(`expected pages with at least 480 usable bytes, found ${usable}`);
  const encoding = view.getUint32(56);
  // A database without tables has not settled its encoding.
  if (encoding !== UTF_8 && encoding !== 0) {
    throw new AmapError("NOT_SUPPORTED", `expected a SQLite database in UTF-8, found text encoding ${encoding}`);
  }
  return { bytes, view, pageSize, usable, pages: Math.floor(bytes.length / pageSize) };
}

/** The first page of a table, as the schema on page 1 tells it: type, name, tbl_name, rootpage, sql. */
function findTable(file: OpenFile, table: string): number {
  for (const { values } of readRows(file, 1)) {
    const [type, name, , root, sql] = values;
    if (type !== "table" || typeof name !== "string" || name.toLowerCase() !== table.toLowerCase()) continue;
    if (typeof sql === "string" && /\bWITHOUT\s+ROWID\b/i.test(sql)) {
      throw new AmapError("NOT_SUPPORTED", `the table ${table} has no row ids, and such tables are not read`);
    }
    if (typeof root !== "number") throw invalid(`the table ${table} has no first page`);
    return root;
  }
  throw invalid(`expected a table ${table}, found none`);
}

const INTERIOR_TABLE = 5;
const LEAF_TABLE = 13;

/** What is left to read of one table: pages are read once, and its values are no longer than the file. */
interface Budget {
  readonly seen: Set<number>;
  bytes: number;
}

function* readRows(file: OpenFile, root: number): Generator<SqliteRow> {
  const budget: Budget = { seen: new Set(), bytes: file.bytes.length };
  const waiting = [root];
  for (let page = waiting.pop(); page !== undefined; page = waiting.pop()) {
    const start = enterPage(file, page, budget);
    // The file's own header is the beginning of page 1.
    const header = page === 1 ? start + HEADER_BYTES : start;
    const type = file.view.getUint8(header);
    const cells = file.view.getUint16(header + 3);
    if (type !== LEAF_TABLE && type !== INTERIOR_TABLE) {
      throw invalid(`expected a page of a table at page ${page}, found a page of type ${type}`);
    }
    const pointers = header + (type === LEAF_TABLE ? 8 : 12);
    if (pointers + cells * 2 > start + file.usable)
      throw invalid(`page ${page} states ${cells} cells, which it cannot hold`);
    const offsets = Array.from({ length: cells }, (_, index) => start + file.view.getUint16(pointers + index * 2));
    if (type === LEAF_TABLE) {
      for (const offset of offsets) yield readCell(file, offset, start + file.usable, budget);
      continue;
    }
    // The last page is taken first, so that the pages stand on the stack in reverse order.
    waiting.push(file.view.getUint32(header + 8));
    for (const offset of offsets.reverse()) {
      if (offset + 4 > start + file.usable) throw invalid(`a cell of page ${page} lies outside of it`);
      waiting.push(file.view.getUint32(offset));
    }
  }
}

/** The offset of a page that was not read before. */
function enterPage(file: OpenFile, page: number, budget: Budget): number {
  if (page < 1 || page > file.pages) throw invalid(`page ${page} is referred to; the file has ${file.pages}`);
  if (budget.seen.has(page)) throw invalid(`page ${page} is referred to twice`);
  budget.seen.add(page);
  return (page - 1) * file.pageSize;
}

function readCell(file: OpenFile, offset: number, end: number, budget: Budget): SqliteRow {
  const length = readVarint(file.bytes, offset, end);
  const rowId = readVarint(file.bytes, length.end, end);
  const total = Number(length.value);
  const size = localSize(total, file.usable);
  budget.bytes -= total;
  if (total < 0 || budget.bytes < 0) throw invalid("the rows of a table state more bytes than the file has");
  if (rowId.end + size + (size < total ? 4 : 0) > end) throw invalid("a row lies outside of its page");
  const local = file.bytes.subarray(rowId.end, rowId.end + size);
  const payload =
    size === total ? local : readOverflow(file, local, total, file.view.getUint32(rowId.end + size), budget);
  return { rowId: toNumber(rowId.value), values: readRecord(payload) };
}

/** How much of a row stands on its own page ("B-tree Cell Format", cell payload overflow). */
function localSize(total: number, usable: number): number {
  if (total <= usable - 35) return total;
  const least = Math.floor(((usable - 12) * 32) / 255) - 23;
  const wanted = least + ((total - least) % (usable - 4));
  return wanted <= usable - 35 ? wanted : least;
}

/** The rest of a long row is in a chain of pages: the number of the next one, then bytes. */
function readOverflow(file: OpenFile, local: Uint8Array, total: number, first: number, budget: Budget): Uint8Array {
  const payload = new Uint8Array(total);
  payload.set(local);
  let page = first;
  for (let filled = local.length; filled < total; ) {
    const start = enterPage(file, page, budget);
    const part = file.bytes.subarray(start + 4, start + 4 + Math.min(file.usable - 4, total - filled));
    payload.set(part, filled);
    filled += part.length;
    page = file.view.getUint32(start);
  }
  return payload;
}

function readRecord(payload: Uint8Array): readonly SqliteValue[] {
  const header = readVarint(payload, 0, payload.length);
  const headerEnd = Number(header.value);
  if (headerEnd > payload.length || headerEnd < header.end) throw invalid("a row's header is longer than the row");
  const values: SqliteValue[] = [];
  let at = headerEnd;
  for (let place = header.end; place < headerEnd; ) {
    const type = readVarint(payload, place, headerEnd);
    place = type.end;
    const size = sizeOf(type.value);
    if (at + size > payload.length) throw invalid("a value lies outside of its row");
    values.push(readValue(Number(type.value), payload.subarray(at, at + size)));
    at += size;
  }
  return values;
}

const SIZES = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0] as const;

function sizeOf(type: bigint): number {
  const size = SIZES[Number(type)];
  if (size !== undefined) return size;
  if (type < 12n) throw invalid(`a value has the type ${type}, which SQLite does not use in files`);
  return Number((type - 12n) / 2n);
}

const utf8 = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });

function readValue(type: number, bytes: Uint8Array): SqliteValue {
  if (type === 0) return null;
  if (type === 8 || type === 9) return type - 8;
  if (type === 7) return new DataView(bytes.buffer, bytes.byteOffset, 8).getFloat64(0);
  if (type >= 12) return type % 2 === 0 ? bytes : utf8.decode(bytes);
  let value = 0n;
  for (const byte of bytes) value = (value << 8n) | BigInt(byte);
  return toNumber(BigInt.asIntN(bytes.length * 8, value));
}

function toNumber(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** Seven bits a byte, the first the highest; a ninth byte has eight. A signed number of 64 bits. */
function readVarint(bytes: Uint8Array, at: number, end: number): { readonly value: bigint; readonly end: number } {
  // Nearly all are small: those need no large numbers.
  const first = at < end ? (bytes[at] ?? 0) : 0;
  if (at < end && first < 0x80) return { value: BigInt(first), end: at + 1 };
  let value = 0n;
  for (let index = 0; index < 9; index++) {
    if (at + index >= end) throw invalid("a number runs over the end of its page or row");
    const byte = bytes[at + index] ?? 0;
    if (index === 8) return { value: BigInt.asIntN(64, (value << 8n) | BigInt(byte)), end: at + 9 };
    value = (value << 7n) | BigInt(byte & 0x7f);
    if (byte < 0x80) return { value, end: at + index + 1 };
  }
  throw new Error("a number has nine bytes at most");
}

function invalid(message: string): AmapError {
  return new AmapError("DOCUMENT_INVALID", message);
}
