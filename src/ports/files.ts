/** The user's files. Paths are as the user wrote them; `-` is not handled here. */
export interface Files {
  /** @throws {AmapError} FILE_NOT_FOUND, FILE_UNREADABLE, LIMIT_EXCEEDED */
  read(path: string, maxBytes: number): Promise<Uint8Array>;
  /**
   * A file of any size, in chunks of at most 1 MiB that are the caller's, none of them empty. The file is closed when the
   * iteration ends, also early.
   * @throws {AmapError} FILE_NOT_FOUND, FILE_UNREADABLE, at the first chunk or a later one
   */
  readChunks(path: string): AsyncIterable<Uint8Array>;
  /**
   * The first bytes of a regular file: `length` of them, or all of a smaller one.
   * @throws {AmapError} FILE_NOT_FOUND, FILE_UNREADABLE (a folder, a pipe or a device, too)
   */
  readStart(path: string, length: number): Promise<Uint8Array>;
  /**
   * A regular file that is read at any place, without holding it; its caller closes it.
   * @throws {AmapError} FILE_NOT_FOUND, FILE_UNREADABLE (a folder, a pipe or a device, too)
   */
  open(path: string): Promise<OpenedFile>;
  /**
   * A new, empty file in the folder of another one, for what is too large for memory. Nobody else can open it, and nothing
   * is left of it once its caller closes it or the process ends, however that ends.
   * @param beside a path in that folder; nothing need be there
   * @throws {AmapError} FILE_NOT_FOUND (no such folder), FILE_UNREADABLE (it cannot be written to)
   */
  openScratch(beside: string): Promise<ScratchFile>;
  /**
   * Writes beside the target, flushes, then renames: a reader sees the old file or the new one. `mode` in octal, 0o644
   * when left out. With `overwrite: false` a file that is already there is refused, also against another writer. Bytes in
   * chunks are taken one after the other; where making one of them fails, that is the error, and the old file stays.
   * @throws {AmapError} USAGE (already there), FILE_NOT_FOUND (no such folder), FILE_UNREADABLE
   */
  write(
    path: string,
    bytes: Uint8Array | Iterable<Uint8Array>,
    options?: { readonly mode?: number; readonly overwrite?: boolean },
  ): Promise<void>;
  /**
   * What a path is; undefined when nothing is there. A last link is "other", or with `followLinks` what it leads to.
   */
  kindOf(path: string, options?: LinkOptions): Promise<"file" | "directory" | "other" | undefined>;
  /**
   * All regular files below a folder, sorted, as `/`-separated paths relative to it. Links are not followed, or with
   * `followLinks` they are, to files and to folders; each real folder is then listed once, so that circles end, and a
   * link that leads nowhere is an error, never left out. Folders and links count as entries, too.
   * @throws {AmapError} FILE_NOT_FOUND (no such folder, a link that leads nowhere), FILE_UNREADABLE, LIMIT_EXCEEDED
   */
  list(path: string, maxEntries: number, options?: LinkOptions): Promise<readonly FileEntry[]>;
  /**
   * Everything below a folder, folder by folder, without following links: what is in a folder comes after the folder. The
   * order is the same for the same names. What cannot be looked at is an entry with `problem`, and the walk goes on; so is
   * a folder below at which the kernel shows itself (`/proc`, `/sys`, `/dev`), which is not entered.
   * @throws {AmapError} FILE_NOT_FOUND, FILE_UNREADABLE (the folder itself)
   */
  walk(path: string, options?: WalkOptions): AsyncIterable<WalkedEntry>;
  /** Removes a file or a folder with all below it; nothing happens when it is not there. */
  remove(path: string): Promise<void>;
  /**
   * Makes a folder and its parents.
   * @throws {AmapError} FILE_UNREADABLE (a file is there)
   */
  makeDirectory(path: string): Promise<void>;
}

/** A file that can be read at any place. */
export interface OpenedFile {
  /** Bytes, when it was opened. */
  readonly size: number;
  /**
   * The bytes from a place on: `length` of them, or fewer where the file ends before.
   * @throws {AmapError} FILE_UNREADABLE
   */
  read(from: number, length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** A file that is written at its end, read at any place, and gone when it is closed. */
export interface ScratchFile extends Omit<OpenedFile, "size"> {
  /** Bytes, now. */
  readonly size: number;
  /**
   * Writes bytes at the end, one call after the other.
   * @throws {AmapError} FILE_UNREADABLE (the disk is full)
   */
  append(bytes: Uint8Array): Promise<void>;
  /** Takes away all that was written. */
  clear(): Promise<void>;
}

/** What to do with symbolic links. */
export interface LinkOptions {
  /** Whether they stand for what they lead to; false when left out. */
  readonly followLinks?: boolean;
}

export interface FileEntry {
  readonly path: string;
  /** Bytes; of the file itself, when a link leads to it. */
  readonly size: number;
  /** Permission bits only. */
  readonly mode: number;
}

export interface WalkOptions {
  /** Folders that are not entered, by their path relative to where the walk begins. None when left out. */
  readonly skips?: (path: string) => boolean;
}

/** One name below a folder. */
export interface WalkedEntry {
  /** Relative to where the walk begins, with `/`. */
  readonly path: string;
  readonly kind: "file" | "directory" | "symlink" | "other";
  /** Bytes of a file, 0 of others. */
  readonly size: number;
  /** Permission bits only. */
  readonly mode: number;
  /** What a symbolic link says. */
  readonly linkPath?: string;
  /** Why it could not be looked at, in one sentence. */
  readonly problem?: string;
}
