import { Readable } from "node:stream";
import { crc32, inflateRawSync } from "node:zlib";
import {
  type Entry,
  fromBufferPromise,
  fromRandomAccessReaderPromise,
  getFileNameLowLevel,
  RandomAccessReader,
  type ZipFile,
} from "yauzl";
import { AmapError, concatBytes } from "../../base/index.ts";
import type { ArchiveEntry, OpenedFile, ZipChoice } from "../../ports/index.ts";
import type { ArchiveLimits } from "./decompress.ts";
import { FileWindows } from "./file-windows.ts";

/** Methods of compression (APPNOTE.TXT §4.4.5). */
const STORED = 0;
const DEFLATED = 8;
/** The file type in the upper half of the external attributes, where the archive was made on Unix. */
const FILE_TYPE = 0o170000;
const REGULAR = 0o100000;
const UNIX = 3;
/** Bits 0, 6 and 13: the entry, or the directory, is encrypted. */
const ENCRYPTED = 0x2041;
/** Files up to this size, packed too, are expanded at once: a stream costs more than most of them. */
const AT_ONCE_BYTES = 1024 * 1024;
/** Below this size a high ratio costs nothing. */
const RATIO_FLOOR_BYTES = 1024 * 1024;
/** Bytes of a file by which its kind is told. */
const HEAD_BYTES = 8;

/** See `Archives.readZip`. */
export async function* readZip(
  given: Uint8Array | OpenedFile,
  options: ZipChoice,
  limits: ArchiveLimits,
): AsyncGenerator<{ readonly entry: ArchiveEntry; readonly content?: Uint8Array }> {
  const source = given instanceof Uint8Array ? given : new FileWindows(given);
  const zip = await open(source);
  const packedBytes = source instanceof Uint8Array ? source.length : source.size;
  const maxEntries = options.maxEntries ?? limits.zipEntries;
  if (zip.entryCount > maxEntries) {
    throw new AmapError("LIMIT_EXCEEDED", `expected at most ${maxEntries} entries in a zip, found ${zip.entryCount}`);
  }
  const seen = new Set<string>();
  let [outBytes, count] = [0, 0];
  const entries = zip.eachEntry();
  try {
    for (;;) {
      const step = await translated(() => entries.next());
      if (step.done === true) return;
      count += 1;
      if (count > maxEntries) {
        throw new AmapError("LIMIT_EXCEEDED", `expected at most ${maxEntries} entries in a zip, found more`);
      }
      const chosen = choose(step.value, options, seen, limits);
      if (chosen === undefined) continue;
      const { entry } = chosen;
      if (!chosen.isWanted && !(await isWantedByHead(zip, step.value, entry, options))) {
        yield { entry };
        continue;
      }
      outBytes += entry.size;
      if (outBytes > RATIO_FLOOR_BYTES + limits.layerRatioFloor && outBytes > packedBytes * limits.layerRatio) {
        throw new AmapError("DECOMPRESSION_LIMIT", `a zip expands to more than ${limits.layerRatio} times its size`);
      }
      const content = await readEntry({ zip, source }, step.value, entry, options);
      yield content === undefined ? { entry } : { entry, content };
    }
  } finally {
    zip.close();
  }
}

/** Whether an entry is wanted for its first bytes; what cannot be read is told only where it is wanted. */
async function isWantedByHead(
  zip: ZipFile,
  raw: Entry,
  entry: ArchiveEntry,
  { wantsHead, mayWantHead }: ZipChoice,
): Promise<boolean> {
  if (wantsHead === undefined || mayWantHead?.(entry) === false) return false;
  try {
    return wantsHead(entry, await readHead(zip, raw));
  } catch (error) {
    if (!(error instanceof AmapError) || error.code !== "ARCHIVE_INVALID") throw error;
    return true;
  }
}

async function readHead(zip: ZipFile, raw: Entry): Promise<Uint8Array> {
  return translated(async () => {
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of await zip.openReadStreamPromise(raw)) {
      chunks.push(chunk as Uint8Array);
      size += (chunk as Uint8Array).length;
      if (size >= HEAD_BYTES) break;
    }
    return concatBytes(chunks).subarray(0, HEAD_BYTES);
  });
}

async function open(source: Uint8Array | FileWindows): Promise<ZipFile> {
  // Names are decoded and judged here, entry by entry: one bad name must not cost all the others.
  const options = { lazyEntries: true, decodeStrings: false, validateEntrySizes: true, autoClose: false };
  return translated(() =>
    source instanceof Uint8Array
      ? fromBufferPromise(Buffer.from(source.buffer, source.byteOffset, source.length), options)
      : fromRandomAccessReaderPromise(new FileReader(source), source.size, options),
  );
}

const PART_BYTES = 256 * 1024;

/** Gives the library the parts of a file that it asks for. Whoever opened the file closes it. */
class FileReader extends RandomAccessReader {
  readonly #file: FileWindows;

  constructor(file: FileWindows) {
    super();
    this.#file = file;
  }

  /** The library's own makes two streams for each of its reads, which are of some ten bytes. */
  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, bytesRead?: number) => void,
  ): void {
    this.#file.read(position, length).then(
      (bytes) => {
        buffer.set(bytes, offset);
        callback(null, bytes.length);
      },
      (error: Error) => callback(error),
    );
  }

  override _readStreamForRange(start: number, end: number): Readable {
    return Readable.from(this.#partsOf(start, end));
  }

  async *#partsOf(start: number, end: number): AsyncGenerator<Uint8Array> {
    for (let at = start; at < end; ) {
      const part = await this.#file.read(at, Math.min(PART_BYTES, end - at));
      if (part.length === 0) return;
      yield part;
      at += part.length;
    }
  }
}

/** Entries are regular files whose names are fit to be told; others have none. */
interface ChosenEntry {
  readonly entry: ArchiveEntry;
  /** Whether it is wanted by its name; if not, its first bytes may say so. */
  readonly isWanted: boolean;
}

/** The entry where it is a regular file that can be read; where one is wanted and cannot be read, that is told. */
function choose(raw: Entry, options: ZipChoice, seen: Set<string>, limits: ArchiveLimits): ChosenEntry | undefined {
  const path = nameOf(raw);
  const mode = (raw.externalFileAttributes >>> 16) & 0xffff;
  const madeOnUnix = raw.versionMadeBy >> 8 === UNIX;
  if (path.endsWith("/") || (madeOnUnix && (mode & FILE_TYPE) !== 0 && (mode & FILE_TYPE) !== REGULAR))
    return undefined;
  const entry: ArchiveEntry = { path, kind: "file", size: raw.uncompressedSize, mode: modeOf(path, mode, madeOnUnix) };
  const problem = problemOf(raw, entry, seen, limits);
  seen.add(path);
  const isWanted = problem?.always === true || options.wants(entry);
  const tooLarge = entry.size > options.maxFileBytes ? `it has ${entry.size} bytes, more than are read` : undefined;
  const reason = problem?.reason ?? tooLarge;
  if (reason === undefined) return { entry, isWanted };
  // A name that says nothing is told; all others only where somebody wants the file.
  if (isWanted) options.passedOver(path, reason);
  return undefined;
}

/** Other systems than Unix do not say which files are programs: one whose name has no ending may be. */
function modeOf(path: string, mode: number, madeOnUnix: boolean): number {
  if (madeOnUnix) return mode & 0o777;
  return path.slice(path.lastIndexOf("/") + 1).includes(".") ? 0o644 : 0o755;
}

function problemOf(
  raw: Entry,
  { path }: ArchiveEntry,
  seen: ReadonlySet<string>,
  limits: ArchiveLimits,
): { readonly reason: string; readonly always?: true } | undefined {
  if (!isSafe(path, limits)) return { reason: "its name leads out of the archive", always: true };
  if (seen.has(path)) return { reason: "the archive holds two files of this name; the first one is read" };
  if ((raw.generalPurposeBitFlag & ENCRYPTED) !== 0) return { reason: "it is encrypted" };
  const method = raw.compressionMethod;
  if (method !== STORED && method !== DEFLATED) {
    return { reason: `it is compressed with method ${method}; amap reads stored and deflated files` };
  }
  return undefined;
}

function isSafe(path: string, limits: ArchiveLimits): boolean {
  if (path === "" || path.includes("\0") || Buffer.byteLength(path) > limits.pathBytes) return false;
  const forward = path.replaceAll("\\", "/");
  return !forward.startsWith("/") && !/^[A-Za-z]:/.test(forward) && !forward.split("/").includes("..");
}

/** The name, in UTF-8 where the entry says so or where it is that, else in the code page of DOS. */
function nameOf(raw: Entry): string {
  const bytes = raw.fileNameRaw;
  const text = bytes.toString("utf8");
  if (!text.includes("\uFFFD")) return text;
  return getFileNameLowLevel(raw.generalPurposeBitFlag, bytes, raw.extraFields, true);
}

/** The content, or undefined, with the reason told, where the entry is not what the directory says. */
async function readEntry(
  archive: { readonly zip: ZipFile; readonly source: Uint8Array | FileWindows },
  raw: Entry,
  entry: ArchiveEntry,
  options: ZipChoice,
): Promise<Uint8Array | undefined> {
  const { zip, source } = archive;
  try {
    const local = await translated(() => zip.readLocalFileHeaderPromise(raw));
    if (!local.fileName.equals(raw.fileNameRaw) || local.compressionMethod !== raw.compressionMethod) {
      options.passedOver(entry.path, "its local header and the central directory name different things");
      return undefined;
    }
    const isSmall = Math.max(raw.compressedSize, raw.uncompressedSize) <= AT_ONCE_BYTES;
    const content = await translated(() =>
      isSmall ? readAtOnce(source, raw, local.fileDataStart) : readInParts(zip, raw),
    );
    if (crc32(content) === raw.crc32) return content;
    options.passedOver(entry.path, "its bytes do not have the checksum that the archive states");
  } catch (error) {
    if (!(error instanceof AmapError) || error.code !== "ARCHIVE_INVALID") throw error;
    options.passedOver(entry.path, `it cannot be read: ${error.message}`);
  }
  return undefined;
}

async function readInParts(zip: ZipFile, raw: Entry): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of await zip.openReadStreamPromise(raw)) chunks.push(chunk as Uint8Array);
  return concatBytes(chunks);
}

/** Refuses what the library's stream refuses: data that ends outside of the archive, or has another size than is stated. */
async function readAtOnce(source: Uint8Array | FileWindows, raw: Entry, start: number): Promise<Uint8Array> {
  const { compressedSize, uncompressedSize, compressionMethod } = raw;
  const packed =
    source instanceof Uint8Array
      ? source.subarray(start, start + compressedSize)
      : await source.read(start, compressedSize);
  if (packed.length < compressedSize) throw new Error("file data overflows file bounds");
  const content = compressionMethod === STORED ? packed.slice() : expand(packed, uncompressedSize);
  if (content.length === uncompressedSize) return content;
  const problem = content.length > uncompressedSize ? "too many" : "not enough";
  throw new Error(`${problem} bytes in the stream. expected ${uncompressedSize}`);
}

function expand(packed: Uint8Array, size: number): Uint8Array {
  try {
    // A limit of 0 is none.
    return inflateRawSync(packed, { maxOutputLength: Math.max(1, size) });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new Error(`too many bytes in the stream. expected ${size}`, { cause: error });
  }
}

/** What the library throws is about the archive's bytes; that they cannot be read has a code already. */
async function translated<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof Error) || error instanceof AmapError) throw error;
    throw new AmapError("ARCHIVE_INVALID", `the zip is damaged: ${error.message.slice(0, 200)}`, { cause: error });
  }
}
