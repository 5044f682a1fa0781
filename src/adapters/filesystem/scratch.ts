import { randomBytes } from "node:crypto";
import { open, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { ScratchFile } from "../../ports/index.ts";
import { fileError } from "./failure.ts";
import { readPart } from "./read-part.ts";

/**
 * `Files.openScratch`: the file loses its name as soon as it is open, so that even a process that is killed leaves nothing.
 * Where a system does not give an open file's name away (Windows), the name goes when the file is closed.
 */
export async function openScratch(beside: string): Promise<ScratchFile> {
  const path = join(dirname(beside), `.${basename(beside).slice(0, 100)}.${randomBytes(8).toString("hex")}.tmp`);
  try {
    const file = await open(path, "wx+", 0o600);
    const isNameless = await rm(path).then(
      () => true,
      () => false,
    );
    let size = 0;
    return {
      get size() {
        return size;
      },
      async append(bytes) {
        try {
          for (let at = 0; at < bytes.length; ) {
            const { bytesWritten } = await file.write(bytes, at, bytes.length - at, size);
            at += bytesWritten;
            size += bytesWritten;
          }
        } catch (error) {
          throw fileError(error, "write", path);
        }
      },
      async clear() {
        try {
          await file.truncate(0);
          size = 0;
        } catch (error) {
          throw fileError(error, "empty", path);
        }
      },
      read: (from, length) => readPart(file, path, from, length),
      async close() {
        await file.close();
        if (!isNameless) await rm(path, { force: true });
      },
    };
  } catch (error) {
    throw fileError(error, "make", path);
  }
}
