import { AmapError } from "../../../../base/index.ts";

/** Tags of rpm's headers that are read (rpm's `rpmtag.h`). */
export const TAGS = {
  sha1Header: 269,
  sha256Header: 273,
  name: 1000,
  version: 1001,
  release: 1002,
  epoch: 1003,
  vendor: 1011,
  license: 1014,
  architecture: 1022,
  sourceFile: 1044,
  provides: 1047,
  requires: 1049,
  folderIndexes: 1116,
  baseNames: 1117,
  folders: 1118,
  modularity: 5096,
} as const;

const INT32 = 4;
const STRING = 6;
const STRING_ARRAY = 8;
/** One text for each language; the first is in English. */
const TRANSLATED = 9;

const INTRODUCTION_BYTES = 8;
const ENTRY_BYTES = 16;

interface Entry {
  readonly type: number;
  /** In the bytes of the header. */
  readonly offset: number;
  readonly count: number;
}

/** One package's header: tags with values, read when they are asked for. */
export interface RpmHeader {
  /** The tag's text, or its first one; undefined where it has none. */
  text(tag: number): string | undefined;
  /** How many texts the tag states, without reading them; 0 where there are none. */
  count(tag: number): number;
  texts(tag: number): readonly string[];
  numbers(tag: number): readonly number[];
}

/**
 * Opens a header as rpm's databases hold it: the number of entries and of data bytes, entries of tag, type, offset and
 * count, then the data, all big-endian.
 * @throws {AmapError} PACKAGE_DATABASE_INVALID where the parts do not fit the bytes, here or when a value is read
 * @see https://rpm-software-management.github.io/rpm/manual/hregions.html
 */
export function openHeader(bytes: Uint8Array): RpmHeader {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (bytes.length < INTRODUCTION_BYTES) throw invalid("a package's header is shorter than its introduction");
  const entryCount = view.getUint32(0);
  const dataBytes = view.getUint32(4);
  const dataStart = INTRODUCTION_BYTES + entryCount * ENTRY_BYTES;
  const end = dataStart + dataBytes;
  if (end > bytes.length) {
    throw invalid(
      `a package's header states ${entryCount} entries and ${dataBytes} bytes; it has ${bytes.length} bytes`,
    );
  }
  const entries = new Map<number, Entry>();
  for (let at = INTRODUCTION_BYTES; at < dataStart; at += ENTRY_BYTES) {
    const tag = view.getUint32(at);
    const entry = {
      type: view.getUint32(at + 4),
      offset: dataStart + view.getUint32(at + 8),
      count: view.getUint32(at + 12),
    };
    // Entries behind the signed region repeat tags that rpm changed when it installed the package: those count.
    if (KNOWN_TAGS.has(tag)) entries.set(tag, entry);
  }
  const textsAt = (tag: number): Entry | undefined => {
    const entry = entries.get(tag);
    if (entry === undefined || !TEXT_TYPES.has(entry.type)) return undefined;
    // Every text takes the byte of its end: more than the bytes that are left cannot be.
    if (entry.offset + entry.count <= end) return entry;
    throw invalid(`a package's header states ${entry.count} texts, which it cannot hold`);
  };
  return {
    text: (tag) => readTexts(bytes, textsAt(tag), end, 1)[0],
    count: (tag) => textsAt(tag)?.count ?? 0,
    texts: (tag) => readTexts(bytes, textsAt(tag), end, Number.POSITIVE_INFINITY),
    numbers: (tag) => readNumbers(view, entries.get(tag), end),
  };
}

const KNOWN_TAGS: ReadonlySet<number> = new Set(Object.values(TAGS));
const TEXT_TYPES: ReadonlySet<number> = new Set([STRING, STRING_ARRAY, TRANSLATED]);

const utf8 = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });

function readTexts(bytes: Uint8Array, entry: Entry | undefined, end: number, most: number): readonly string[] {
  if (entry === undefined) return [];
  const texts: string[] = [];
  let at = entry.offset;
  const count = Math.min(entry.type === STRING ? 1 : entry.count, most);
  for (let index = 0; index < count; index++) {
    const stop = bytes.indexOf(0, at);
    if (stop === -1 || stop >= end) throw invalid("a text of a package's header has no end");
    texts.push(utf8.decode(bytes.subarray(at, stop)));
    at = stop + 1;
  }
  return texts;
}

function readNumbers(view: DataView, entry: Entry | undefined, end: number): readonly number[] {
  if (entry === undefined || entry.type !== INT32) return [];
  if (entry.offset + entry.count * 4 > end)
    throw invalid(`a package's header states ${entry.count} numbers, which it cannot hold`);
  return Array.from({ length: entry.count }, (_, index) => view.getUint32(entry.offset + index * 4));
}

function invalid(message: string): AmapError {
  return new AmapError("PACKAGE_DATABASE_INVALID", message);
}
