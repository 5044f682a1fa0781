import { randomBytes } from "node:crypto";
import { constants, type Stats } from "node:fs";
import { copyFile, link, open, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { AmapError } from "../../base/index.ts";
import type { Files } from "../../ports/index.ts";
import { errnoOf, fileError } from "./failure.ts";

/** `Files.write`: the bytes go to a new file beside the target, are flushed, and take the target's name in one step. */
export const writeFileWhole: Files["write"] = async (path, bytes, options = {}) => {
  const { mode = 0o644, overwrite = true } = options;
  try {
    const present = await statOrNothing(path);
    if (present?.isDirectory()) throw new AmapError("FILE_UNREADABLE", `cannot write ${path}: it is a folder`);
    if (present !== undefined && !overwrite) throw alreadyThere(path);
    // A pipe or device (/dev/stdout) must be written to, never replaced.
    if (present !== undefined && !present.isFile()) return await writeFile(path, bytes);
    await replace(present === undefined ? path : await realpath(path), bytes, mode, overwrite);
  } catch (error) {
    throw fileError(error, "write", path);
  }
};

async function replace(
  target: string,
  bytes: Uint8Array | Iterable<Uint8Array>,
  mode: number,
  overwrite: boolean,
): Promise<void> {
  const folder = dirname(target);
  const beside = join(folder, `.${basename(target).slice(0, 100)}.${randomBytes(8).toString("hex")}.tmp`);
  try {
    const file = await open(beside, "wx", mode);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    if (overwrite) await rename(beside, target);
    else await linkNew(beside, target);
    await syncFolder(folder);
  } finally {
    await rm(beside, { force: true });
  }
}

/** Gives the target's name only if it is free, also against a writer at the same time; rename would replace it. */
async function linkNew(beside: string, target: string): Promise<void> {
  try {
    await link(beside, target);
  } catch (error) {
    if (errnoOf(error) === "EEXIST") throw alreadyThere(target);
    // Some file systems have no hard links.
    await copyFile(beside, target, constants.COPYFILE_EXCL).catch((cause: unknown) => {
      throw errnoOf(cause) === "EEXIST" ? alreadyThere(target) : cause;
    });
  }
}

/** Makes the new name last through a power failure; some systems cannot flush a folder, and the bytes are safe there. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r").catch(() => undefined);
  if (handle === undefined) return;
  try {
    await handle.sync().catch(() => undefined);
  } finally {
    await handle.close();
  }
}

async function statOrNothing(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch (error) {
    if (errnoOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

function alreadyThere(path: string): AmapError {
  return new AmapError("USAGE", `cannot write ${path}: it is already there`, {
    hint: "Name another file, or remove this one first.",
  });
}
