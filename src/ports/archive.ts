/** One entry of a tar archive, as written: paths are not yet checked or resolved (`artifact` does that). */
export interface ArchiveEntry {
  readonly path: string;
  readonly kind: "file" | "directory" | "symlink" | "hardlink" | "other";
  /** Bytes of content. */
  readonly size: number;
  /** Permission bits. */
  readonly mode: number;
  /** Target of a link, as written. */
  readonly linkPath?: string;
}

/** An entry to write. */
export interface ArchiveFile {
  readonly path: string;
  readonly kind: "file" | "directory" | "symlink";
  readonly mode: number;
  readonly content?: Uint8Array;
  readonly linkPath?: string;
}

/** Reading and writing tar layers, gzip, zstd or plain; the compression is found from the first bytes. */
export interface Archives {
  /**
   * Streams entries in order. Content is collected only where `wants(entry)` is true. Limits: LIMITS.layerBytes,
   * layerRatio, layerEntries, pathBytes, and `maxFileBytes` for each wanted file.
   * @throws {AmapError} ARCHIVE_INVALID, DECOMPRESSION_LIMIT, LIMIT_EXCEEDED
   */
  readTar(
    source: AsyncIterable<Uint8Array>,
    options: { readonly wants: (entry: ArchiveEntry) => boolean; readonly maxFileBytes: number },
  ): AsyncIterable<{ readonly entry: ArchiveEntry; readonly content?: Uint8Array }>;
  /**
   * Writes a reproducible gzip layer: entries sorted by path, times 0, owner 0:0, no names, no gzip time or name.
   * The same files give the same bytes. `diffId` is the sha256 of the uncompressed tar.
   */
  writeTarGzip(
    files: readonly ArchiveFile[],
  ): Promise<{ readonly bytes: Uint8Array; readonly diffId: `sha256:${string}` }>;
}
