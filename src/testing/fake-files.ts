import { AmapError, concatBytes, encodeUtf8 } from "../base/index.ts";
import type { FileEntry, Files, ScratchFile, WalkedEntry } from "../ports/index.ts";

interface StoredFile {
  readonly bytes: Uint8Array;
  readonly mode: number;
}

/** Files in memory, which can hold symbolic links. */
export interface FakeFiles extends Files {
  /** Makes a symbolic link at `path` that says `target`, an absolute path or one relative to the link's folder. */
  link(target: string, path: string): void;
}

/** Files in memory, with the folder rules of a file system. `initial` holds absolute paths; their folders are made. */
export function createFakeFiles(initial: Readonly<Record<string, string | Uint8Array>> = {}): FakeFiles {
  const tree = new FakeTree();
  for (const [path, content] of Object.entries(initial)) {
    tree.makeDirectory(parentOf(normalize(path)));
    tree.write(path, typeof content === "string" ? encodeUtf8(content) : content, {});
  }
  // Each call answers later, as a disk does, but takes effect at once.
  return {
    read: async (path, maxBytes) => tree.read(path, maxBytes),
    async *readChunks(path) {
      const bytes = tree.read(path, Number.POSITIVE_INFINITY);
      for (let at = 0; at < bytes.length; at += CHUNK_BYTES) yield bytes.slice(at, at + CHUNK_BYTES);
    },
    readStart: async (path, length) => tree.read(path, Number.POSITIVE_INFINITY).slice(0, length),
    open: async (path) => {
      const bytes = tree.read(path, Number.POSITIVE_INFINITY);
      return {
        size: bytes.length,
        read: async (from, length) => bytes.slice(from, from + length),
        close: async () => undefined,
      };
    },
    openScratch: async (beside) => createScratch(tree, beside),
    write: async (path, bytes, options = {}) =>
      tree.write(path, bytes instanceof Uint8Array ? bytes : concatBytes([...bytes]), options),
    kindOf: async (path, options = {}) =>
      tree.kindOf(options.followLinks === true ? tree.follow(normalize(path)) : normalize(path)),
    list: async (path, maxEntries, options = {}) => tree.list(path, maxEntries, options.followLinks === true),
    async *walk(path, options = {}) {
      yield* tree.walk(path, options.skips ?? (() => false));
    },
    remove: async (path) => tree.remove(normalize(path)),
    makeDirectory: async (path) => tree.makeDirectory(normalize(path)),
    link: (target, path) => void tree.links.set(normalize(path), target),
  };
}

function createScratch(tree: FakeTree, beside: string): ScratchFile {
  const folder = parentOf(normalize(beside));
  if (!tree.folders.has(tree.follow(folder))) throw notFound(folder);
  let held: Uint8Array = new Uint8Array();
  return {
    get size() {
      return held.length;
    },
    append: async (bytes) => void (held = concatBytes([held, bytes])),
    clear: async () => void (held = new Uint8Array()),
    read: async (from, length) => held.slice(from, from + length),
    close: async () => undefined,
  };
}

/** Small, so that tests meet several chunks. */
const CHUNK_BYTES = 1_000;

/** Links followed for one path, as a kernel limits them. */
const MAX_LINKS = 40;

class FakeTree {
  readonly files = new Map<string, StoredFile>();
  readonly folders = new Set<string>(["/"]);
  readonly links = new Map<string, string>();

  read(path: string, maxBytes: number): Uint8Array {
    const target = this.follow(normalize(path));
    const file = this.files.get(target);
    if (file === undefined) throw this.kindOf(target) === undefined ? notFound(path) : unusable(path);
    if (file.bytes.length > maxBytes) throw new AmapError("LIMIT_EXCEEDED", `${path} has more than ${maxBytes} bytes`);
    return file.bytes.slice();
  }

  write(path: string, bytes: Uint8Array, options: { readonly mode?: number; readonly overwrite?: boolean }): void {
    const target = this.follow(normalize(path));
    if (this.folders.has(target)) throw unusable(path);
    if (!this.folders.has(parentOf(target))) throw notFound(path);
    const isTaken = this.files.has(target) || this.links.has(normalize(path));
    if (options.overwrite === false && isTaken) throw new AmapError("USAGE", `${path} is already there`);
    this.files.set(target, { bytes: bytes.slice(), mode: options.mode ?? 0o644 });
  }

  kindOf(path: string): "file" | "directory" | "other" | undefined {
    if (this.links.has(path)) return "other";
    return this.files.has(path) ? "file" : this.folders.has(path) ? "directory" : undefined;
  }

  /** The path that is meant once every link in it is followed. */
  follow(path: string): string {
    let rest = path;
    for (let count = 0; count < MAX_LINKS; count += 1) {
      const link = [...this.links].find(([at]) => rest === at || rest.startsWith(`${at}/`));
      if (link === undefined) return rest;
      const [at, target] = link;
      rest = normalize(`${target.startsWith("/") ? target : `${parentOf(at)}/${target}`}${rest.slice(at.length)}`);
    }
    throw new AmapError("FILE_UNREADABLE", `${path}: its links go in a circle`);
  }

  list(path: string, maxEntries: number, followLinks: boolean): FileEntry[] {
    const root = this.follow(normalize(path));
    if (!this.folders.has(root)) throw this.files.has(root) ? unusable(path) : notFound(path);
    const found: FileEntry[] = [];
    const seen = new Set<string>();
    const waiting = [{ folder: root, shown: "" }];
    let entries = 0;
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      if (seen.has(next.folder)) continue;
      seen.add(next.folder);
      for (const child of this.childrenOf(next.folder)) {
        if (++entries > maxEntries)
          throw new AmapError("LIMIT_EXCEEDED", `${path} holds more than ${maxEntries} entries`);
        const shown = `${next.shown}${child.slice(child.lastIndexOf("/") + 1)}`;
        const target = followLinks ? this.follow(child) : child;
        const file = this.files.get(target);
        if (file !== undefined) found.push({ path: shown, size: file.bytes.length, mode: file.mode });
        else if (this.folders.has(target)) waiting.push({ folder: target, shown: `${shown}/` });
        else if (followLinks) throw notFound(shown);
      }
    }
    return found.sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  *walk(path: string, skips: (path: string) => boolean): Generator<WalkedEntry> {
    const root = this.follow(normalize(path));
    if (!this.folders.has(root)) throw this.files.has(root) ? unusable(path) : notFound(path);
    const waiting = [{ folder: root, shown: "" }];
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const inner: typeof waiting = [];
      for (const child of this.childrenOf(next.folder).toSorted()) {
        const entry = this.entryOf(child, `${next.shown}${child.slice(child.lastIndexOf("/") + 1)}`);
        yield entry;
        if (entry.kind === "directory" && !skips(entry.path)) inner.push({ folder: child, shown: `${entry.path}/` });
      }
      waiting.push(...inner.reverse());
    }
  }

  entryOf(at: string, path: string): WalkedEntry {
    const linkPath = this.links.get(at);
    if (linkPath !== undefined) return { path, kind: "symlink", size: 0, mode: 0o777, linkPath };
    const file = this.files.get(at);
    if (file === undefined) return { path, kind: "directory", size: 0, mode: 0 };
    return { path, kind: "file", size: file.bytes.length, mode: file.mode };
  }

  childrenOf(folder: string): readonly string[] {
    const all = [...this.files.keys(), ...this.folders, ...this.links.keys()];
    return all.filter((path) => path !== "/" && parentOf(path) === folder);
  }

  remove(path: string): void {
    for (const known of [this.files, this.folders, this.links]) {
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
