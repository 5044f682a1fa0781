import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, mkdir, open, realpath, rename, rm } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";
import { AmapError, type Digest, digestAlgorithm, digestHex } from "../../base/index.ts";
import { errnoOf, invalidLayout, layoutFailure } from "./layout-failure.ts";

// O_NONBLOCK: opening a FIFO that someone put there must not wait for its writer.
const READ_FLAGS = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOFOLLOW ?? 0);

/** The files of one layout folder. Nothing outside of it is read or written, also not through links in it. */
export class LayoutFiles {
  /** As the user wrote it, for messages. */
  readonly directory: string;
  readonly #realDirectory: string;

  private constructor(directory: string, realDirectory: string) {
    this.directory = directory;
    this.#realDirectory = realDirectory;
  }

  /** @throws {AmapError} LAYOUT_INVALID when there is no such folder */
  static async at(directory: string): Promise<LayoutFiles> {
    try {
      return new LayoutFiles(directory, await realpath(directory));
    } catch (error) {
      if (isAbsence(error)) throw invalidLayout(directory, "there is no such folder");
      throw layoutFailure(error, "open", directory);
    }
  }

  /** The real path, the same for all handles on the folder. */
  get identity(): string {
    return this.#realDirectory;
  }

  path(name: string): string {
    return join(this.#realDirectory, name);
  }

  /**
   * Opens a regular file; undefined when it is not there. A link is followed only to a file inside the layout.
   * @throws {AmapError} LAYOUT_INVALID, FILE_UNREADABLE
   */
  async open(name: string): Promise<{ readonly file: FileHandle; readonly size: number } | undefined> {
    const path = this.path(name);
    try {
      const file = await open(path, READ_FLAGS).catch(async (error: unknown) => {
        if (errnoOf(error) === "ELOOP") return open(await this.#targetInside(path, name), READ_FLAGS);
        throw error;
      });
      const stats = await file.stat().catch(async (error: unknown) => {
        await file.close();
        throw error;
      });
      if (stats.isFile()) return { file, size: stats.size };
      await file.close();
      throw invalidLayout(this.directory, `${name} is not a regular file`);
    } catch (error) {
      if (isAbsence(error)) return undefined;
      throw layoutFailure(error, "read", path);
    }
  }

  /**
   * A whole file, or undefined when it is not there.
   * @throws {AmapError} LIMIT_EXCEEDED, LAYOUT_INVALID, FILE_UNREADABLE
   */
  async read(name: string, maxBytes: number): Promise<Uint8Array | undefined> {
    const opened = await this.open(name);
    if (opened === undefined) return undefined;
    try {
      if (opened.size > maxBytes) {
        throw new AmapError(
          "LIMIT_EXCEEDED",
          `${this.path(name)} has ${opened.size} bytes, at most ${maxBytes} are read`,
        );
      }
      return await readWhole(opened.file, opened.size);
    } catch (error) {
      throw layoutFailure(error, "read", this.path(name));
    } finally {
      await opened.file.close();
    }
  }

  /** Removes a file; nothing happens when it is not there. */
  async remove(name: string): Promise<void> {
    try {
      await this.requireInside(dirname(name));
      await rm(this.path(name), { force: true });
    } catch (error) {
      throw layoutFailure(error, "write", this.path(name));
    }
  }

  /**
   * Writes beside the target, flushes, then renames: a reader sees the old file or the new one, also after a crash. When
   * the chunks fail nothing is there.
   */
  async write(name: string, bytes: Uint8Array | AsyncIterable<Uint8Array>): Promise<void> {
    const target = this.path(name);
    const beside = this.path(`.amap-${randomBytes(8).toString("hex")}.tmp`);
    try {
      await mkdir(dirname(target), { recursive: true });
      await this.requireInside(dirname(name));
      const file = await open(beside, "wx", 0o644);
      try {
        await file.writeFile(bytes);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(beside, target);
      await syncFolder(dirname(target));
    } catch (error) {
      await rm(beside, { force: true });
      throw layoutFailure(error, "write", target);
    }
  }

  /** Refuses a folder of the layout that is a link to outside of it. Nothing happens when it is not there. */
  async requireInside(name: string): Promise<void> {
    await this.#targetInside(this.path(name), name).catch((error: unknown) => {
      if (!isAbsence(error)) throw error;
    });
  }

  async #targetInside(path: string, name: string): Promise<string> {
    const target = await realpath(path);
    const inside = relative(this.#realDirectory, target);
    if (inside === ".." || inside.startsWith(`..${sep}`) || inside.startsWith(sep)) {
      throw invalidLayout(this.directory, `${name} is a link to outside of it`);
    }
    return target;
  }
}

/** Where a blob lies (image-spec v1.1, image-layout.md, Blobs). */
export function blobName(digest: Digest): string {
  return `blobs/${digestAlgorithm(digest)}/${digestHex(digest)}`;
}

/** The bytes of an open file; fewer than stated when it became shorter. */
export async function readWhole(file: FileHandle, size: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  let filled = 0;
  while (filled < size) {
    const { bytesRead } = await file.read(bytes, filled, size - filled, filled);
    if (bytesRead === 0) return bytes.subarray(0, filled);
    filled += bytesRead;
  }
  return bytes;
}

/** Makes a new name last through a power failure; where a folder cannot be flushed, its bytes are safe already. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => undefined);
  await handle?.sync().catch(() => undefined);
  await handle?.close();
}

function isAbsence(error: unknown): boolean {
  const errno = errnoOf(error);
  return errno === "ENOENT" || errno === "ENOTDIR";
}
