import type { OpenedFile } from "./files.ts";

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

/** What is collected of an archive. */
export interface TarChoice {
  readonly wants: (entry: ArchiveEntry) => boolean;
  /** Asked before `wantsHead`, where first bytes are not at hand; every file's may matter when it is left out. */
  readonly mayWantHead?: (entry: ArchiveEntry) => boolean;
  /** Asked for files that are not wanted by their entry, with their first bytes: 8, or all of a smaller one. */
  readonly wantsHead?: (entry: ArchiveEntry, head: Uint8Array) => boolean;
  /** Of each file that is collected. */
  readonly maxFileBytes: number;
}

/** What is taken out of a zip: regular files, their paths as they are written. */
export interface ZipChoice extends TarChoice {
  /** Told for every entry that is passed over, with the reason in one sentence. */
  readonly passedOver: (path: string, reason: string) => void;
  /** How many entries it may have; LIMITS.zipEntries when left out. */
  readonly maxEntries?: number;
}

/** Reading and writing tar layers, gzip, zstd, xz or plain; the compression is found from the first bytes. */
export interface Archives {
  /**
   * Streams entries in order. Content is collected only where `wants(entry)` or `wantsHead(entry, head)` is true. Limits:
   * LIMITS.layerBytes, layerRatio, layerEntries, pathBytes, and `maxFileBytes` for each wanted file.
   * @throws {AmapError} ARCHIVE_INVALID, DECOMPRESSION_LIMIT, LIMIT_EXCEEDED, NOT_SUPPORTED (bzip2, lz4, lzma)
   */
  readTar(
    source: AsyncIterable<Uint8Array>,
    options: TarChoice,
  ): AsyncIterable<{ readonly entry: ArchiveEntry; readonly content?: Uint8Array }>;
  /**
   * The content of the first file with this path, as written in a tar, in chunks; the tar is read no further.
   * @throws {AmapError} as readTar; FILE_NOT_FOUND
   */
  readTarFile(source: AsyncIterable<Uint8Array>, path: string): AsyncIterable<Uint8Array>;
  /**
   * Streams the entries of a cpio archive in its "new" forms, which is what rpm packages hold; limits and choice are those of
   * `readTar`. Names that share one file are hard links to the one that has the content.
   * @throws {AmapError} as readTar
   */
  readCpio(
    source: AsyncIterable<Uint8Array>,
    options: TarChoice,
  ): AsyncIterable<{ readonly entry: ArchiveEntry; readonly content?: Uint8Array }>;
  /**
   * The bytes behind a gzip, zstd or xz compression that the first bytes tell; of others the bytes themselves.
   * @throws {AmapError} as readTar
   */
  decompress(source: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>;
  /** The bytes compressed with zstd, as one frame; the same bytes give the same frame on one machine. */
  compress(source: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array>;
  /**
   * Reads a zip, in memory or by parts of a file: the regular files in the order of its central directory, with content
   * where that is wanted. A wanted entry is
   * passed over where it is encrypted, is compressed in another way than deflate, is larger than `maxFileBytes`, has a
   * name that leaves the archive or that occurred before, or says something else in its local header.
   * @throws {AmapError} ARCHIVE_INVALID, DECOMPRESSION_LIMIT (LIMITS.layerRatio), LIMIT_EXCEEDED (`maxEntries`)
   */
  readZip(
    source: Uint8Array | OpenedFile,
    options: ZipChoice,
  ): AsyncIterable<{ readonly entry: ArchiveEntry; readonly content?: Uint8Array }>;
  /**
   * Writes a reproducible gzip layer: entries sorted by path, times 0, owner 0:0, no names, no gzip time or name.
   * The same files give the same bytes. `diffId` is the sha256 of the uncompressed tar.
   */
  writeTarGzip(
    files: readonly ArchiveFile[],
  ): Promise<{ readonly bytes: Uint8Array; readonly diffId: `sha256:${string}` }>;
}
