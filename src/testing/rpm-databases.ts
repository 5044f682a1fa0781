import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";

/** The value of a tag: a text, texts, or numbers of 32 bits. */
type TagValue = string | readonly string[] | readonly number[];

/** A header as rpm's databases hold it, its tags in the given order. */
export function buildRpmHeader(tags: Readonly<Record<number, TagValue>>): Uint8Array {
  const entries: Buffer[] = [];
  let data = Buffer.alloc(0);
  for (const [tag, value] of Object.entries(tags)) {
    const isNumbers = typeof value !== "string" && typeof value[0] === "number";
    if (isNumbers) data = Buffer.concat([data, Buffer.alloc((4 - (data.length % 4)) % 4)]);
    const entry = Buffer.alloc(16);
    entry.writeUInt32BE(Number(tag), 0);
    entry.writeUInt32BE(isNumbers ? 4 : typeof value === "string" ? 6 : 8, 4);
    entry.writeUInt32BE(data.length, 8);
    entry.writeUInt32BE(typeof value === "string" ? 1 : value.length, 12);
    entries.push(entry);
    const values = typeof value === "string" ? [value] : value;
    data = Buffer.concat([
      data,
      ...values.map((each) => (typeof each === "number" ? bigEndian(each) : Buffer.from(`${each}\0`))),
    ]);
  }
  return new Uint8Array(Buffer.concat([bigEndian(entries.length), bigEndian(data.length), ...entries, data]));
}

function bigEndian(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** rpm's own database: one page of slots, a free one first, then the blobs. */
export function buildNdb(blobs: readonly Uint8Array[]): Uint8Array {
  const slots = Buffer.alloc(4096);
  slots.write("RpmP");
  slots.writeUInt32LE(1, 12);
  for (let at = 32; at < slots.length; at += 16) slots.write("Slot", at);
  const parts: Buffer[] = [slots];
  let block = slots.length / 16;
  for (const [index, blob] of blobs.entries()) {
    const at = 48 + index * 16;
    const size = Math.ceil((16 + blob.length + 12) / 16);
    slots.writeUInt32LE(index + 1, at + 4);
    slots.writeUInt32LE(block, at + 8);
    slots.writeUInt32LE(size, at + 12);
    const part = Buffer.alloc(size * 16);
    part.write("BlbS");
    part.writeUInt32LE(index + 1, 4);
    part.writeUInt32LE(blob.length, 12);
    part.set(blob, 16);
    parts.push(part);
    block += size;
  }
  return new Uint8Array(Buffer.concat(parts));
}

interface BerkeleyDbOptions {
  readonly isLittleEndian?: boolean;
  readonly pageSize?: number;
  /** Whether blobs stand on the hash page itself, where they are small enough. */
  readonly isInline?: boolean;
}

/** A Berkeley DB hash: its description, one page of keys, and each blob in a chain of pages. */
export function buildBerkeleyDb(blobs: readonly Uint8Array[], options: BerkeleyDbOptions = {}): Uint8Array {
  const { isLittleEndian = true, pageSize = 512, isInline = false } = options;
  const pages: Buffer[] = [];
  const newPage = (type: number): Buffer => {
    const page = Buffer.alloc(pageSize);
    page[25] = type;
    put32(page, 8, pages.length);
    pages.push(page);
    return page;
  };
  const put32 = (page: Buffer, at: number, value: number): unknown =>
    isLittleEndian ? page.writeUInt32LE(value, at) : page.writeUInt32BE(value, at);
  const put16 = (page: Buffer, at: number, value: number): unknown =>
    isLittleEndian ? page.writeUInt16LE(value, at) : page.writeUInt16BE(value, at);
  const meta = newPage(8);
  put32(meta, 12, 0x61561);
  put32(meta, 20, pageSize);
  const hash = newPage(13);
  // What rpm keeps beside the packages: the number of the next one.
  const items: Buffer[] = [Buffer.from([1, 0, 0, 0, 0]), Buffer.from([1, 9, 0, 0, 0])];
  for (const [index, blob] of blobs.entries()) {
    items.push(Buffer.from([1, index + 1, 0, 0, 0]));
    items.push(isInline ? Buffer.concat([Buffer.from([1]), blob]) : offPage(blob));
  }
  let end = pageSize;
  for (const [index, item] of items.entries()) {
    end -= item.length;
    item.copy(hash, end);
    put16(hash, 26 + index * 2, end);
  }
  put16(hash, 20, items.length);
  put32(meta, 32, pages.length - 1);
  return new Uint8Array(Buffer.concat(pages));

  function offPage(blob: Uint8Array): Buffer {
    const item = Buffer.alloc(12);
    item[0] = 3;
    put32(item, 4, pages.length);
    put32(item, 8, blob.length);
    for (let at = 0; at < blob.length; at += pageSize - 26) {
      const part = blob.subarray(at, at + pageSize - 26);
      const page = newPage(7);
      page.set(part, 26);
      put16(page, 22, part.length);
      if (at + part.length < blob.length) put32(page, 16, pages.length);
    }
    return item;
  }
}

/** A file that SQLite itself writes. */
export function buildSqliteFile(pageSize: number, fill: (database: DatabaseSync) => void): Uint8Array {
  const folder = mkdtempSync(join(tmpdir(), "amap-sqlite-file-"));
  try {
    const path = join(folder, "file.sqlite");
    const database = new DatabaseSync(path);
    database.exec(`PRAGMA page_size = ${pageSize}; PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF`);
    fill(database);
    database.close();
    return new Uint8Array(readFileSync(path));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** rpm's database in SQLite, with one of rpm's indexes before its table. */
export function buildRpmSqlite(blobs: readonly Uint8Array[], pageSize = 4096): Uint8Array {
  return buildSqliteFile(pageSize, (database) => {
    database.exec("CREATE TABLE 'Name' (key 'TEXT' NOT NULL, hnum INTEGER NOT NULL, idx INTEGER NOT NULL)");
    database.exec("CREATE TABLE 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)");
    const insert = database.prepare("INSERT INTO Packages (blob) VALUES (?)");
    for (const blob of blobs) insert.run(blob);
  });
}

/**
 * Samples with bytes changed, cut off or repeated, always the same ones: what a reader makes of each must be an answer or
 * an error of its own.
 */
export function* damagedSamples(sample: Uint8Array, count: number): Generator<Uint8Array> {
  let state = 0x2545_f491;
  const next = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const edges = [0, 1, 0x7f, 0x80, 0xff];
  for (let index = 0; index < count; index++) {
    const length = index % 5 === 4 ? next(sample.length + 1) : sample.length;
    const damaged = sample.slice(0, length);
    const changes = length === 0 ? 0 : next(8) + 1;
    for (let change = 0; change < changes; change++) {
      // Half of all changes are in the beginning, where the numbers are that say how to read the rest.
      const at = next(2) === 0 ? next(Math.min(length, 256)) : next(length);
      damaged[at] = next(2) === 0 ? (edges[next(edges.length)] ?? 0) : next(256);
    }
    yield damaged;
  }
}
