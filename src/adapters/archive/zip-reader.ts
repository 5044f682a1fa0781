import { crc32 } from "node:zlib";
import { type Entry, fromBufferPromise, getFileNameLowLevel, type ZipFile } from "yauzl";
import { AmapError, concatBytes } from "../../base/index.ts";
import type { ArchiveEntry, ZipChoice } from "../../ports/index.ts";
import type { ArchiveLimits } from "./decompress.ts";

/** Methods of compression (APPNOTE.TXT §4.4.5). */
const STORED = 0;
const DEFLATED = 8;
/** The file type in the upper half of the external attributes, where the archive was made on Unix. */
const FILE_TYPE = 0o170000;
const REGULAR = 0o100000;
const UNIX = 3;
/** Bits 0, 6 and 13: the entry, or the directory, is encrypted. */
const ENCRYPTED = 0x2041;
/** Below this size a high ratio costs nothing. */
const RATIO_FLOOR_BYTES = 1024 * 1024;

/** See `Archives.readZip`. */
export async function* readZip(
  bytes: Uint8Array,
  options: ZipChoice,
  limits: ArchiveLimits,
): AsyncGenerator<{ readonly entry: ArchiveEntry; readonly content: Uint8Array }> {
  const zip = await open(bytes);
  if (zip.entryCount > limits.zipEntries) {
    throw new AmapError("LIMIT_EXCEEDED", `a zip has ${zip.entryCount} entries; zipEntries is ${limits.zipEntries}`);
  }
  const seen = new Set<string>();
  let [outBytes, count] = [0, 0];
  const entries = zip.eachEntry();
  try {
    for (;;) {
      const step = await translated(() => entries.next());
      if (step.done === true) return;
      count += 1;
      if (count > limits.zipEntries) {
        throw new AmapError("LIMIT_EXCEEDED", `a zip has more than ${limits.zipEntries} entries (zipEntries)`);
      }
      const wanted = choose(step.value, options, seen, limits);
      if (wanted === undefined) continue;
      outBytes += wanted.size;
      if (outBytes > RATIO_FLOOR_BYTES + limits.layerRatioFloor && outBytes > bytes.length * limits.layerRatio) {
        throw new AmapError("DECOMPRESSION_LIMIT", `a zip expands to more than ${limits.layerRatio} times its size`);
      }
      const content = await readEntry(zip, step.value, wanted, options);
      if (content !== undefined) yield { entry: wanted, content };
    }
  } finally {
    zip.close();
  }
}

async function open(bytes: Uint8Array): Promise<ZipFile> {
  // Names are decoded and judged here, entry by entry: one bad name must not cost all the others.
  return translated(() =>
    fromBufferPromise(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), {
      lazyEntries: true,
      decodeStrings: false,
      validateEntrySizes: true,
      autoClose: false,
    }),
  );
}

/** The entry where it is a regular file that is wanted and can be read. */
function choose(raw: Entry, options: ZipChoice, seen: Set<string>, limits: ArchiveLimits): ArchiveEntry | undefined {
  const path = nameOf(raw);
  const mode = (raw.externalFileAttributes >>> 16) & 0xffff;
  const madeOnUnix = raw.versionMadeBy >> 8 === UNIX;
  if (path.endsWith("/") || (madeOnUnix && (mode & FILE_TYPE) !== 0 && (mode & FILE_TYPE) !== REGULAR))
    return undefined;
  const entry: ArchiveEntry = { path, kind: "file", size: raw.uncompressedSize, mode: mode & 0o777 };
  const problem = problemOf(raw, entry, seen, limits);
  seen.add(path);
  // A name that says nothing is told; all others only where somebody wants the file.
  if (problem?.always !== true && !options.wants(entry)) return undefined;
  const tooLarge = entry.size > options.maxFileBytes ? `it has ${entry.size} bytes, more than are read` : undefined;
  const reason = problem?.reason ?? tooLarge;
  if (reason === undefined) return entry;
  options.passedOver(path, reason);
  return undefined;
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
  zip: ZipFile,
  raw: Entry,
  entry: ArchiveEntry,
  options: ZipChoice,
): Promise<Uint8Array | undefined> {
  try {
    const local = await translated(() => zip.readLocalFileHeaderPromise(raw));
    if (!local.fileName.equals(raw.fileNameRaw) || local.compressionMethod !== raw.compressionMethod) {
      options.passedOver(entry.path, "its local header and the central directory name different things");
      return undefined;
    }
    const stream = await translated(() => zip.openReadStreamPromise(raw));
    const chunks: Uint8Array[] = [];
    await translated(async () => {
      for await (const chunk of stream) chunks.push(chunk as Uint8Array);
    });
    const content = concatBytes(chunks);
    if (crc32(content) === raw.crc32) return content;
    options.passedOver(entry.path, "its bytes do not have the checksum that the archive states");
  } catch (error) {
    if (!(error instanceof AmapError) || error.code !== "ARCHIVE_INVALID") throw error;
    options.passedOver(entry.path, `it cannot be read: ${error.message}`);
  }
  return undefined;
}

/** What the library throws is about the archive's bytes: nothing else can fail in memory. */
async function translated<T>(action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new AmapError("ARCHIVE_INVALID", `the zip is damaged: ${error.message.slice(0, 200)}`, { cause: error });
  }
}
