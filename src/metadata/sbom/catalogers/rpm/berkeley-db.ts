import { AmapError } from "../../../../base/index.ts";

const HASH_MAGIC = 0x0006_1561;
const META_BYTES = 72;
const PAGE_HEADER_BYTES = 26;
const HASH_META_PAGE = 8;
const HASH_PAGE_UNSORTED = 2;
const OVERFLOW_PAGE = 7;
const HASH_PAGE = 13;
const KEY_DATA = 1;
const OFF_PAGE = 3;
const OFF_PAGE_BYTES = 12;
/** Pages with checksums have longer headers; rpm never asked for them. */
const CHECKSUM_FLAG = 1;
/** What rpm keeps under the key 0: the number of the next package. */
const NUMBER_BYTES = 4;

interface OpenFile {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly isLittleEndian: boolean;
  readonly pageSize: number;
  readonly pages: number;
  /** Pages that were read: none is read twice. */
  readonly seen: Set<number>;
}

/**
 * The header blobs of a Berkeley DB hash (`Packages`), in the order of its pages, in the byte order of the machine that
 * wrote it. A package's blob is nearly always in a chain of overflow pages. A page is read once, so that time and memory
 * are bounded by the file.
 * @throws {AmapError} PACKAGE_DATABASE_INVALID for a damaged file and one that is no such hash, NOT_SUPPORTED for an
 * encrypted one or one with checksums; the blobs before the damage are given before
 * @see https://docs.oracle.com/cd/E17276_01/html/programmer_reference/am_conf_select.html
 */
export function* readBerkeleyDb(bytes: Uint8Array): Generator<Uint8Array> {
  const file = openFile(bytes);
  for (let page = 0; page < file.pages; page++) {
    const start = page * file.pageSize;
    const type = bytes[start + 25];
    if (type !== HASH_PAGE && type !== HASH_PAGE_UNSORTED) continue;
    yield* readHashPage(file, page);
  }
  // The first page states the last one: a shorter file was cut, and has what stands before the cut.
  const last = file.view.getUint32(32, file.isLittleEndian);
  if (last >= file.pages) throw invalid(`the last page is ${last}; the file has ${file.pages} pages`);
}

function openFile(bytes: Uint8Array): OpenFile {
  if (bytes.length < META_BYTES) throw invalid("expected a Berkeley DB hash, found a file without its first page");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const isLittleEndian = view.getUint32(12, true) === HASH_MAGIC;
  if (!isLittleEndian && view.getUint32(12) !== HASH_MAGIC)
    throw invalid("expected a Berkeley DB hash, found other bytes");
  if (bytes[25] !== HASH_META_PAGE) throw invalid("the first page is not the description of a hash");
  if (bytes[24] !== 0) throw new AmapError("NOT_SUPPORTED", "the Berkeley DB file is encrypted");
  if (((bytes[26] ?? 0) & CHECKSUM_FLAG) !== 0) {
    throw new AmapError("NOT_SUPPORTED", "the Berkeley DB file has checksums on its pages, which are not read");
  }
  const pageSize = view.getUint32(20, isLittleEndian);
  if (pageSize < 512 || pageSize > 65_536 || (pageSize & (pageSize - 1)) !== 0) {
    throw invalid(`expected pages of a power of two from 512 to 65536 bytes, found a page size of ${pageSize}`);
  }
  const pages = Math.floor(bytes.length / pageSize);
  return { bytes, view, isLittleEndian, pageSize, pages, seen: new Set() };
}

/** Keys and data stand in turn, from the end of the page; their offsets in that order behind its header. */
function* readHashPage(file: OpenFile, page: number): Generator<Uint8Array> {
  const start = page * file.pageSize;
  const entries = file.view.getUint16(start + 20, file.isLittleEndian);
  const end = start + file.pageSize;
  if (PAGE_HEADER_BYTES + entries * 2 > file.pageSize) {
    throw invalid(`page ${page} states ${entries} entries, which it cannot hold`);
  }
  const offsetOf = (index: number): number =>
    start + file.view.getUint16(start + PAGE_HEADER_BYTES + index * 2, file.isLittleEndian);
  for (let index = 1, floor = end; index < entries; index += 2) {
    const [keyAt, at] = [offsetOf(index - 1), offsetOf(index)];
    // Each item ends where the one before it begins, so that no byte of the page is given twice.
    if (keyAt > floor || at >= keyAt || at < start + PAGE_HEADER_BYTES) {
      throw invalid(`entry ${index} of page ${page} lies outside of its place`);
    }
    const blob = readData(file, at, keyAt, page);
    if (blob !== undefined && blob.length > NUMBER_BYTES) yield blob;
    floor = at;
  }
}

function readData(file: OpenFile, at: number, end: number, page: number): Uint8Array | undefined {
  const type = file.bytes[at];
  if (type === KEY_DATA) return file.bytes.subarray(at + 1, end);
  if (type !== OFF_PAGE) throw invalid(`page ${page} has an entry of type ${type}, which rpm does not write`);
  if (at + OFF_PAGE_BYTES > end) throw invalid(`an entry of page ${page} is too short`);
  const first = file.view.getUint32(at + 4, file.isLittleEndian);
  return readOverflow(file, first, file.view.getUint32(at + 8, file.isLittleEndian));
}

function readOverflow(file: OpenFile, first: number, length: number): Uint8Array {
  if (length > file.bytes.length) throw invalid(`a package states ${length} bytes; the file has ${file.bytes.length}`);
  const blob = new Uint8Array(length);
  let page = first;
  for (let filled = 0; filled < length; ) {
    if (page < 1 || page >= file.pages) throw invalid(`page ${page} is referred to; the file has ${file.pages} pages`);
    if (file.seen.has(page)) throw invalid(`page ${page} is referred to twice`);
    file.seen.add(page);
    const start = page * file.pageSize;
    if (file.bytes[start + 25] !== OVERFLOW_PAGE) throw invalid(`expected page ${page} to continue a package`);
    const stated = file.view.getUint16(start + 22, file.isLittleEndian);
    const size = Math.min(stated, length - filled);
    if (size === 0 || PAGE_HEADER_BYTES + size > file.pageSize) {
      throw invalid(`page ${page} states ${stated} bytes, which it cannot hold`);
    }
    blob.set(file.bytes.subarray(start + PAGE_HEADER_BYTES, start + PAGE_HEADER_BYTES + size), filled);
    filled += size;
    page = file.view.getUint32(start + 16, file.isLittleEndian);
  }
  return blob;
}

function invalid(message: string): AmapError {
  return new AmapError("PACKAGE_DATABASE_INVALID", message);
}
