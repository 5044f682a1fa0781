/** The user's files. Paths are as the user wrote them; `-` is not handled here. */
export interface Files {
  /** @throws {AmapError} FILE_NOT_FOUND, FILE_UNREADABLE, LIMIT_EXCEEDED */
  read(path: string, maxBytes: number): Promise<Uint8Array>;
  /**
   * Writes beside the target, flushes, then renames: a reader sees the old file or the new one. `mode` in octal, 0o644
   * when left out. With `overwrite: false` a file that is already there is refused, also against another writer.
   * @throws {AmapError} USAGE (already there), FILE_NOT_FOUND (no such folder), FILE_UNREADABLE
   */
  write(
    path: string,
    bytes: Uint8Array,
    options?: { readonly mode?: number; readonly overwrite?: boolean },
  ): Promise<void>;
  /** What a path is, without following a last link; undefined when nothing is there. */
  kindOf(path: string): Promise<"file" | "directory" | "other" | undefined>;
  /**
   * All regular files below a folder, sorted, as `/`-separated paths relative to it. Links are not followed. Folders and
   * links count as entries, too.
   * @throws {AmapError} FILE_NOT_FOUND, FILE_UNREADABLE, LIMIT_EXCEEDED
   */
  list(path: string, maxEntries: number): Promise<readonly FileEntry[]>;
  /** Removes a file or a folder with all below it; nothing happens when it is not there. */
  remove(path: string): Promise<void>;
  /**
   * Makes a folder and its parents.
   * @throws {AmapError} FILE_UNREADABLE (a file is there)
   */
  makeDirectory(path: string): Promise<void>;
}

export interface FileEntry {
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Permission bits only. */
  readonly mode: number;
}
