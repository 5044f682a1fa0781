import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
  type Stats,
  statSync,
} from "node:fs";
import { mkdir, open, rm } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { AmapError, concatBytes } from "../../base/index.ts";
import type { FileEntry, Files, LinkOptions, OpenedFile } from "../../ports/index.ts";
import { errnoOf, fileError } from "./failure.ts";
import { readPart } from "./read-part.ts";
import { openScratch } from "./scratch.ts";
import { isSocketInput, readSocketInput } from "./standard-input.ts";
import { walk } from "./walk.ts";
import { writeFileWhole } from "./write.ts";

const CHUNK_BYTES = 64 * 1024;
/**
 * A regular file up to this size is read at once, without waiting: it takes some 20 microseconds, the way over the
 * thread pool ten times as much, and tests of policies read a thousand such files.
 */
const SMALL_FILE_BYTES = 256 * 1024;
/** Of a file that is read in chunks. */
const LARGE_CHUNK_BYTES = 64 * 1024;

/**
 * The machine's files. Links in a path are followed, except the last one by `kindOf` and any below the folder by `list`
 * (both follow them when asked to), and any by `remove`.
 * Pipes and devices can be read and written (`/dev/stdin`), folders cannot.
 */
export function createFileSystem(): Files {
  return Object.freeze({
    read,
    readChunks,
    readStart,
    open: openAtAnyPlace,
    openScratch,
    write: writeFileWhole,
    kindOf,
    list,
    walk,
    remove,
    makeDirectory,
  });
}

async function read(path: string, maxBytes: number): Promise<Uint8Array> {
  try {
    const small = readSmallFile(path, maxBytes);
    if (small !== undefined) return small;
    if (isSocketInput(path)) return await readSocketAtMost(maxBytes, path);
    const file = await open(path, "r");
    try {
      const stats = await file.stat();
      if (stats.isDirectory()) throw new AmapError("FILE_UNREADABLE", `cannot read ${path}: it is a folder`);
      if (stats.isFile() && stats.size > maxBytes) throw tooLarge(path, maxBytes);
      // The size is only a first guess: a pipe has none, and a file may grow while it is read.
      return await readAtMost(file, stats.isFile() ? stats.size : undefined, maxBytes, path);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw fileError(error, "read", path);
  }
}

/** The bytes of a small regular file; undefined for everything else, of which opening alone may take its time. */
function readSmallFile(path: string, maxBytes: number): Uint8Array | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined || !found.isFile() || found.size > SMALL_FILE_BYTES) return undefined;
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    // What was looked at may have been replaced since.
    const stats = fstatSync(file);
    const { size } = stats;
    if (!stats.isFile() || size > Math.min(SMALL_FILE_BYTES, maxBytes)) return undefined;
    const buffer = new Uint8Array(size + 1);
    const bytes = readSync(file, buffer);
    // There was room for a byte more: a file that is full grew meanwhile, or is none of the kind that has a size.
    return bytes === size ? buffer.subarray(0, bytes) : undefined;
  } finally {
    closeSync(file);
  }
}

async function* readChunks(path: string): AsyncGenerator<Uint8Array> {
  try {
    if (isSocketInput(path)) {
      yield* readSocketInput();
      return;
    }
    const file = await open(path, "r");
    try {
      if ((await file.stat()).isDirectory()) {
        throw new AmapError("FILE_UNREADABLE", `cannot read ${path}: it is a folder`);
      }
      for (;;) {
        const buffer = new Uint8Array(LARGE_CHUNK_BYTES);
        const { bytesRead } = await file.read(buffer);
        if (bytesRead === 0) return;
        yield buffer.subarray(0, bytesRead);
      }
    } finally {
      await file.close();
    }
  } catch (error) {
    throw fileError(error, "read", path);
  }
}

/** As with small files, without waiting: of a folder with millions, the first bytes of many are looked at. */
async function readStart(path: string, length: number): Promise<Uint8Array> {
  try {
    const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      if (!fstatSync(file).isFile()) {
        throw new AmapError("FILE_UNREADABLE", `cannot read ${path}: it is not a regular file`);
      }
      const buffer = new Uint8Array(length);
      return buffer.subarray(0, readSync(file, buffer, 0, length, 0));
    } finally {
      closeSync(file);
    }
  } catch (error) {
    throw fileError(error, "read", path);
  }
}

async function openAtAnyPlace(path: string): Promise<OpenedFile> {
  try {
    // A pipe is not waited for.
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const stats = await file.stat();
    if (!stats.isFile()) {
      await file.close();
      throw new AmapError("FILE_UNREADABLE", `cannot read ${path}: it is not a regular file`);
    }
    return {
      size: stats.size,
      read: (from, length) => readPart(file, path, from, length),
      close: () => file.close(),
    };
  } catch (error) {
    throw fileError(error, "read", path);
  }
}

async function readAtMost(
  file: { read(buffer: Uint8Array): Promise<{ bytesRead: number }> },
  size: number | undefined,
  maxBytes: number,
  path: string,
): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  let chunkBytes = size === undefined ? CHUNK_BYTES : size + 1;
  for (;;) {
    const buffer = new Uint8Array(chunkBytes);
    const { bytesRead } = await file.read(buffer);
    if (bytesRead === 0) return chunks.length === 1 ? (chunks[0] as Uint8Array) : concatBytes(chunks);
    total += bytesRead;
    if (total > maxBytes) throw tooLarge(path, maxBytes);
    // There was room for a byte more, so this was the end.
    if (chunks.length === 0 && total === size) return buffer.subarray(0, bytesRead);
    chunks.push(buffer.subarray(0, bytesRead));
    chunkBytes = CHUNK_BYTES;
  }
}

async function readSocketAtMost(maxBytes: number, path: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of readSocketInput()) {
    total += chunk.length;
    if (total > maxBytes) throw tooLarge(path, maxBytes);
    chunks.push(chunk);
  }
  return concatBytes(chunks);
}

function tooLarge(path: string, maxBytes: number): AmapError {
  return new AmapError("LIMIT_EXCEEDED", `cannot read ${path}: it has more than ${maxBytes} bytes`);
}

async function kindOf(path: string, options: LinkOptions = {}): Promise<"file" | "directory" | "other" | undefined> {
  try {
    return kindOfStats(options.followLinks === true ? statSync(path) : lstatSync(path));
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes(errnoOf(error))) return undefined;
    throw fileError(error, "look at", path);
  }
}

function kindOfStats(stats: Stats): "file" | "directory" | "other" {
  return stats.isFile() ? "file" : stats.isDirectory() ? "directory" : "other";
}

async function list(path: string, maxEntries: number, options: LinkOptions = {}): Promise<readonly FileEntry[]> {
  try {
    if (!statSync(path).isDirectory()) {
      throw new AmapError("FILE_UNREADABLE", `cannot list ${path}: it is not a folder`);
    }
    return await listBelow(path, maxEntries, options.followLinks === true);
  } catch (error) {
    throw fileError(error, "list", path);
  }
}

const FOLDERS_PER_TURN = 32;

async function listBelow(root: string, maxEntries: number, followLinks: boolean): Promise<FileEntry[]> {
  const found: FileEntry[] = [];
  const folders = [""];
  const seen = new Set<string>();
  let entries = 0;
  let visited = 0;
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    // Folder by folder without waiting, as with small files; others have their turn in between.
    if (++visited % FOLDERS_PER_TURN === 0) await setImmediate();
    if (followLinks) {
      const real = realpathSync.native(join(root, folder));
      if (seen.has(real)) continue;
      seen.add(real);
    }
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      if (++entries > maxEntries) {
        throw new AmapError("LIMIT_EXCEEDED", `cannot list ${root}: it holds more than ${maxEntries} entries`);
      }
      const path = folder + entry.name;
      const target = followLinks && entry.isSymbolicLink() ? followLink(join(root, path)) : entry;
      if (target.isDirectory()) folders.push(`${path}/`);
      if (!target.isFile()) continue;
      const { size, mode } = (followLinks ? statSync : lstatSync)(join(root, path));
      found.push({ path, size, mode: mode & 0o777 });
    }
  }
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

function followLink(path: string): Stats {
  try {
    return statSync(path);
  } catch (error) {
    throw fileError(error, "follow the link", path);
  }
}

async function remove(path: string): Promise<void> {
  try {
    await rm(path, { recursive: true, force: true });
  } catch (error) {
    throw fileError(error, "remove", path);
  }
}

async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true });
  } catch (error) {
    throw fileError(error, "make the folder", path);
  }
}
