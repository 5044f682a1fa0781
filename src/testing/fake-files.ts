import { AmapError, encodeUtf8 } from "../base/index.ts";
import type { FileEntry, Files } from "../ports/index.ts";

interface StoredFile {
  readonly bytes: Uint8Array;
  readonly mode: number;
}

/** Files in memory, with the folder rules of a file system. `initial` holds absolute paths; their folders are made. */
export function createFakeFiles(initial: Readonly<Record<string, string | Uint8Array>> = {}): Files {
  const tree = new FakeTree();
  for (const [path, content] of Object.entries(initial)) {
    tree.makeDirectory(parentOf(normalize(path)));
    tree.write(path, typeof content === "string" ? encodeUtf8(content) : content, {});
  }
  // Each call answers later, as a disk does, but takes effect at once.
  return {
    read: async (path, maxBytes) => tree.read(path, maxBytes),
    write: async (path, bytes, options = {}) => tree.write(path, bytes, options),
    kindOf: async (path) => tree.kindOf(normalize(path)),
    list: async (path, maxEntries) => tree.list(path, maxEntries),
    remove: async (path) => tree.remove(normalize(path)),
    makeDirectory: async (path) => tree.makeDirectory(normalize(path)),
  };
}

class FakeTree {
  readonly files = new Map<string, StoredFile>();
  readonly folders = new Set<string>(["/"]);

  read(path: string, maxBytes: number): Uint8Array {
    const file = this.files.get(normalize(path));
    if (file === undefined) throw this.kindOf(normalize(path)) === undefined ? notFound(path) : unusable(path);
    if (file.bytes.length > maxBytes) throw new AmapError("LIMIT_EXCEEDED", `${path} has more than ${maxBytes} bytes`);
    return file.bytes.slice();
  }

  write(path: string, bytes: Uint8Array, options: { readonly mode?: number; readonly overwrite?: boolean }): void {
    const target = normalize(path);
    if (this.folders.has(target)) throw unusable(path);
    if (!this.folders.has(parentOf(target))) throw notFound(path);
    if (options.overwrite === false && this.files.has(target)) throw new AmapError("USAGE", `${path} is already there`);
    this.files.set(target, { bytes: bytes.slice(), mode: options.mode ?? 0o644 });
  }

  kindOf(path: string): "file" | "directory" | undefined {
    return this.files.has(path) ? "file" : this.folders.has(path) ? "directory" : undefined;
  }

  list(path: string, maxEntries: number): FileEntry[] {
    const root = normalize(path);
    if (!this.folders.has(root)) throw this.files.has(root) ? unusable(path) : notFound(path);
    const prefix = root === "/" ? "/" : `${root}/`;
    const isBelow = (candidate: string): boolean => candidate.startsWith(prefix) && candidate !== prefix;
    const files = [...this.files].filter(([candidate]) => isBelow(candidate));
    if (files.length + [...this.folders].filter(isBelow).length > maxEntries) {
      throw new AmapError("LIMIT_EXCEEDED", `${path} holds more than ${maxEntries} entries`);
    }
    return files
      .map(([name, { bytes, mode }]) => ({ path: name.slice(prefix.length), size: bytes.length, mode }))
      .sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  remove(path: string): void {
    for (const known of [this.files, this.folders]) {
      for (const name of known.keys()) if (name === path || name.startsWith(`${path}/`)) known.delete(name);
    }
  }

  makeDirectory(path: string): void {
    for (let folder = path; folder !== "/"; folder = parentOf(folder)) {
      if (this.files.has(folder)) throw unusable(folder);
      this.folders.add(folder);
    }
  }
}

function normalize(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "" && part !== ".") parts.push(part);
  }
  return `/${parts.join("/")}`;
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

function notFound(path: string): AmapError {
  return new AmapError("FILE_NOT_FOUND", `${path}: no such file or folder`);
}

function unusable(path: string): AmapError {
  return new AmapError("FILE_UNREADABLE", `${path} is not of the kind that is needed`);
}
