import { createGunzip, createZstdDecompress } from "node:zlib";
import { AmapError } from "../../base/index.ts";
import { ChunkFeeder } from "./chunk-feeder.ts";
import { readXz } from "./xz/read-xz.ts";

/** Limits on one layer; see LIMITS. */
export interface ArchiveLimits {
  readonly layerBytes: number;
  readonly layerRatio: number;
  readonly layerRatioFloor: number;
  readonly layerEntries: number;
  readonly pathBytes: number;
  readonly zipEntries: number;
  readonly xzDictionaryBytes: number;
}

export type Compression = "none" | "gzip" | "zstd" | "xz";

type Decompressor = ReturnType<typeof createGunzip> | ReturnType<typeof createZstdDecompress>;

/** First bytes of each form; those that amap does not read are refused by name, instead of as a broken tar. */
const SIGNATURES: readonly (readonly [bytes: readonly number[], form: Compression | "bzip2" | "lz4" | "lzma"])[] = [
  [[0x1f, 0x8b], "gzip"],
  [[0x28, 0xb5, 0x2f, 0xfd], "zstd"],
  [[0x42, 0x5a, 0x68], "bzip2"],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00], "xz"],
  [[0x04, 0x22, 0x4d, 0x18], "lz4"],
  [[0x5d, 0x00, 0x00], "lzma"],
];
const SIGNATURE_LENGTH = 6;
const OUTPUT_CHUNK_BYTES = 256 * 1024;

/** What the first bytes say; zstd may begin with a skippable frame (RFC 8878 §3.1.2), as containerd accepts. */
export function detectCompression(first: Uint8Array): Compression {
  const found = SIGNATURES.find(([signature]) => signature.every((byte, index) => first[index] === byte))?.[1];
  if (found === "bzip2" || found === "lz4" || found === "lzma") {
    throw new AmapError(
      "NOT_SUPPORTED",
      `an archive compressed with ${found}: amap reads gzip, zstd, xz and plain ones`,
    );
  }
  if (found !== undefined) return found;
  const isSkippable = ((first[0] ?? 0) & 0xf0) === 0x50 && first[1] === 0x2a && first[2] === 0x4d && first[3] === 0x18;
  return isSkippable ? "zstd" : "none";
}

/**
 * Gives the uncompressed bytes of a source in chunks, and reads the source to its end, so that a digest that is checked
 * there is checked.
 */
export async function* decompress(
  source: AsyncIterable<Uint8Array>,
  limits: ArchiveLimits,
): AsyncGenerator<{ readonly compression: Compression; readonly chunk: Uint8Array }> {
  const feeder = new ChunkFeeder(source);
  try {
    const compression = detectCompression(await feeder.peek(SIGNATURE_LENGTH));
    let outBytes = 0;
    for await (const chunk of open(feeder, compression, limits)) {
      outBytes += chunk.length;
      requireSize(outBytes, feeder.pulledBytes, limits);
      yield { compression, chunk };
    }
  } finally {
    await feeder.close();
  }
}

async function* open(feeder: ChunkFeeder, compression: Compression, limits: ArchiveLimits): AsyncGenerator<Uint8Array> {
  if (compression === "xz") {
    yield* readXz(feeder, limits.xzDictionaryBytes);
    return;
  }
  if (compression === "none") {
    let position = 0;
    for (let chunk = await feeder.next(); chunk !== undefined; chunk = await feeder.next()) {
      position += chunk.length;
      feeder.forget(position);
      yield chunk;
    }
    return;
  }
  // One decompressor ends with one zstd frame, although a stream may hold many (zstd:chunked has one a file); what is
  // left over then is given to the next one. For gzip, left-overs are garbage, which the next one refuses.
  do {
    const options = { chunkSize: OUTPUT_CHUNK_BYTES };
    const decompressor = compression === "gzip" ? createGunzip(options) : createZstdDecompress(options);
    const pumping = pump(feeder, decompressor);
    try {
      for await (const chunk of decompressor) yield chunk as Uint8Array;
    } catch (error) {
      throw isZlibError(error)
        ? new AmapError("ARCHIVE_INVALID", `the ${compression} stream is damaged: ${error.message}`, { cause: error })
        : error;
    } finally {
      decompressor.destroy();
      await pumping;
    }
    feeder.rewind(decompressor.bytesWritten);
  } while ((await feeder.peek(1)).length > 0);
}

/**
 * Writes chunks until the source ends or the decompressor takes only a part of one, which it does at the end of its
 * stream: a further write would then be lost. An error of the source becomes the decompressor's.
 */
async function pump(feeder: ChunkFeeder, decompressor: Decompressor): Promise<void> {
  let givenBytes = 0;
  try {
    for (let chunk = await feeder.next(); chunk !== undefined; chunk = await feeder.next()) {
      givenBytes += chunk.length;
      if (!(await write(decompressor, chunk)) || decompressor.bytesWritten !== givenBytes) return;
      feeder.forget(givenBytes);
    }
    decompressor.end();
  } catch (error) {
    decompressor.destroy(error instanceof Error ? error : new Error(String(error)));
  }
}

/** Whether the chunk was processed. Its errors reach the decompressor's reader. */
function write(decompressor: Decompressor, chunk: Uint8Array): Promise<boolean> {
  return new Promise((resolve) => {
    const closed = (): void => resolve(false);
    decompressor.once("close", closed);
    decompressor.write(chunk, (error) => {
      decompressor.off("close", closed);
      resolve(error === null || error === undefined);
    });
  });
}

function requireSize(outBytes: number, inBytes: number, limits: ArchiveLimits): void {
  if (outBytes > limits.layerBytes) {
    throw new AmapError("DECOMPRESSION_LIMIT", `a layer expands to more than ${limits.layerBytes} bytes`);
  }
  if (outBytes > limits.layerRatioFloor && outBytes > inBytes * limits.layerRatio) {
    throw new AmapError(
      "DECOMPRESSION_LIMIT",
      `a layer expands to more than ${limits.layerRatio} times its compressed size`,
      { details: { compressedBytes: inBytes, uncompressedBytes: outBytes } },
    );
  }
}

function isZlibError(error: unknown): error is Error {
  if (!(error instanceof Error) || error instanceof AmapError) return false;
  const code = (error as { code?: unknown }).code;
  return typeof code === "string" && /^(?:Z_|ZSTD_|ERR_ZLIB|ERR_ZSTD)/.test(code);
}
