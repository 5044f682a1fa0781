import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { promisify } from "node:util";
import { createZstdCompress, gzip } from "node:zlib";
import { LIMITS } from "../../base/index.ts";
import type { Archives } from "../../ports/index.ts";
import { readCpio } from "./cpio-reader.ts";
import { type ArchiveLimits, type Compression, decompress } from "./decompress.ts";
import { readTarFile } from "./tar-file.ts";
import { TarReader } from "./tar-reader.ts";
import { writeTar } from "./tar-writer.ts";
import { readZip } from "./zip-reader.ts";

const gzipAsync = promisify(gzip);
/** Byte 9 of a gzip header names the operating system (RFC 1952 §2.3.1); 255 is "unknown", the same everywhere. */
const GZIP_OS_OFFSET = 9;
const GZIP_OS_UNKNOWN = 255;

/**
 * Makes the reader and writer of layers. Compression is found from the first bytes (gzip, zstd with any number of
 * frames, xz, plain). The source is always read to its end, so that a digest that its reader checks there is checked. Where
 * readers of tar differ, this one sees what Go's archive/tar sees, since containerd and Docker unpack with it.
 *
 * `writeTarGzip` gives the same bytes for the same files on one machine; another build of zlib may compress to other
 * bytes, the `diffId` is the same everywhere.
 * @throws {AmapError} from readTar also NOT_SUPPORTED (bzip2, lz4, lzma, a sparse file), from writeTarGzip VALUE_INVALID
 * (a path that is absolute, has `..` or is given twice)
 * @example
 * ```ts
 * import { createArchives } from "./index.ts";
 * const layer = await createArchives().writeTarGzip([{ path: "etc/empty", kind: "file", mode: 0o644 }]);
 * layer.diffId.length; // 71
 * ```
 */
export function createArchives(limits: Partial<ArchiveLimits> = {}): Archives {
  const allLimits: ArchiveLimits = { ...LIMITS, ...limits };
  return {
    async *readTar(source, options) {
      const reader = new TarReader({ ...options, limits: allLimits });
      let compression: Compression = "none";
      for await (const part of decompress(source, allLimits)) {
        compression = part.compression;
        yield* reader.push(part.chunk);
      }
      reader.finish(compression !== "none");
    },
    readTarFile: (source, path) => readTarFile(source, path, allLimits),
    async *decompress(source) {
      for await (const { chunk } of decompress(source, allLimits)) yield chunk;
    },
    async *compress(source) {
      const compressor = createZstdCompress();
      const reading = Readable.from(source);
      // What the source throws is thrown by who reads the frame.
      reading.once("error", (error) => compressor.destroy(error));
      for await (const chunk of reading.pipe(compressor)) yield chunk as Uint8Array;
    },
    readZip: (source, options) => readZip(source, options, allLimits),
    readCpio: (source, options) => readCpio(source, options, allLimits),
    async writeTarGzip(files) {
      const tar = writeTar(files);
      const bytes = await gzipAsync(tar, { level: 9 });
      bytes[GZIP_OS_OFFSET] = GZIP_OS_UNKNOWN;
      return { bytes: new Uint8Array(bytes), diffId: `sha256:${createHash("sha256").update(tar).digest("hex")}` };
    },
  };
}
