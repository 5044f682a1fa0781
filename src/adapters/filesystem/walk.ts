import { type Dirent, lstatSync, readdirSync, readlinkSync, statSync } from "node:fs";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { AmapError, compareText } from "../../base/index.ts";
import type { WalkedEntry, WalkOptions } from "../../ports/index.ts";
import { fileError } from "./failure.ts";
import { pseudoMountsBelow } from "./pseudo-mounts.ts";

const FOLDERS_PER_TURN = 32;

/** See `Files.walk`. */
export async function* walk(root: string, options: WalkOptions = {}): AsyncGenerator<WalkedEntry> {
  requireFolder(root);
  const pseudoMounts = pseudoMountsBelow(root);
  const folders = [""];
  let visited = 0;
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    // Folder by folder without waiting; others have their turn in between.
    if (++visited % FOLDERS_PER_TURN === 0) await setImmediate();
    const listed = listFolder(root, folder);
    if (!Array.isArray(listed)) {
      yield listed;
      continue;
    }
    const inner: string[] = [];
    for (const dirent of listed) {
      const entry = entryOf(root, folder + dirent.name, dirent);
      const pseudo = pseudoMounts.get(entry.path);
      yield pseudo === undefined ? entry : { ...entry, problem: problemOfMount(pseudo) };
      if (pseudo === undefined && entry.kind === "directory" && options.skips?.(entry.path) !== true)
        inner.push(`${entry.path}/`);
    }
    // The last one is taken first.
    folders.push(...inner.reverse());
  }
}

function problemOfMount(type: string): string {
  return `the kernel shows itself there (a mounted ${type}), and no software lies in it`;
}

function requireFolder(root: string): void {
  try {
    if (statSync(root).isDirectory()) return;
  } catch (error) {
    throw fileError(error, "list", root);
  }
  throw new AmapError("FILE_UNREADABLE", `cannot list ${root}: it is not a folder`);
}

/** The names in a folder, sorted; an entry with the problem where it cannot be read. */
function listFolder(root: string, folder: string): Dirent[] | WalkedEntry {
  try {
    return readdirSync(join(root, folder), { withFileTypes: true }).sort((a, b) => compareText(a.name, b.name));
  } catch (error) {
    if (folder === "") throw fileError(error, "list", root);
    return broken(folder.slice(0, -1), "directory", error);
  }
}

function entryOf(root: string, path: string, dirent: Dirent): WalkedEntry {
  const kind = dirent.isFile()
    ? "file"
    : dirent.isDirectory()
      ? "directory"
      : dirent.isSymbolicLink()
        ? "symlink"
        : "other";
  try {
    if (kind === "symlink") return { path, kind, size: 0, mode: 0o777, linkPath: readlinkSync(join(root, path)) };
    if (kind !== "file") return { path, kind, size: 0, mode: 0 };
    const { size, mode } = lstatSync(join(root, path));
    return { path, kind, size, mode: mode & 0o777 };
  } catch (error) {
    return broken(path, kind, error);
  }
}

function broken(path: string, kind: WalkedEntry["kind"], error: unknown): WalkedEntry {
  return { path, kind, size: 0, mode: 0, problem: fileError(error, "look at", path).message };
}
