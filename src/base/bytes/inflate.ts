import { gunzipSync, inflateSync, zstdDecompressSync } from "node:zlib";
import { AmapError } from "../errors/amap-error.ts";
import { concatBytes } from "./text.ts";

/**
 * Decompresses gzip (RFC 1952), all members. At most `maxBytes` of output; more is an error, never a shorter result.
 * Zero bytes behind the last member are padding, anything else there is refused.
 * @throws {AmapError} DECOMPRESSION_LIMIT, ARCHIVE_INVALID
 * @example
 * ```ts
 * import { decodeHex, gunzip } from "../index.ts";
 * const empty = decodeHex("1f8b080000000000000303000000000000000000") as Uint8Array;
 * gunzip(empty, 1024).length; // 0
 * ```
 */
export function gunzip(bytes: Uint8Array, maxBytes: number): Uint8Array {
  return inflate("gzip", maxBytes, () => plain(gunzipSync(bytes, { maxOutputLength: Math.max(1, maxBytes) })));
}

/**
 * Decompresses zlib (RFC 1950). At most `maxBytes` of output; more is an error, never a shorter result. Bytes behind the
 * stream are left.
 * @throws {AmapError} DECOMPRESSION_LIMIT, ARCHIVE_INVALID
 * @example
 * ```ts
 * import { decodeHex, decodeUtf8, inflateZlib } from "../index.ts";
 * decodeUtf8(inflateZlib(decodeHex("789ccb48cdc9c90700062c0215") as Uint8Array, 1024)); // "hello"
 * ```
 */
export function inflateZlib(bytes: Uint8Array, maxBytes: number): Uint8Array {
  return inflate("zlib", maxBytes, () => plain(inflateSync(bytes, { maxOutputLength: Math.max(1, maxBytes) })));
}

/**
 * Decompresses Zstandard (RFC 8878), all frames. At most `maxBytes` of output; more is an error, never a shorter result.
 * @throws {AmapError} DECOMPRESSION_LIMIT, ARCHIVE_INVALID
 * @example
 * ```ts
 * import { decodeHex, decodeUtf8, decompressZstd } from "../index.ts";
 * decodeUtf8(decompressZstd(decodeHex("28b52ffd200529000068656c6c6f") as Uint8Array, 1024)); // "hello"
 * ```
 */
export function decompressZstd(bytes: Uint8Array, maxBytes: number): Uint8Array {
  return inflate("zstd", maxBytes, () => {
    const frames: Uint8Array[] = [];
    let outputBytes = 0;
    let offset = 0;
    // One call of Node's reads one frame and leaves the rest without a word.
    do {
      const maxOutputLength = Math.max(1, maxBytes - outputBytes);
      const options = { maxOutputLength, info: true } as const;
      const { buffer, engine } = zstdDecompressSync(bytes.subarray(offset), options) as unknown as ZstdResult;
      if (engine.bytesWritten === 0) throw new Error("no progress");
      offset += engine.bytesWritten;
      outputBytes += buffer.length;
      if (outputBytes > maxBytes) throw tooLarge("zstd", maxBytes);
      frames.push(buffer);
    } while (offset < bytes.length);
    return frames.length === 1 ? plain(frames[0] as Uint8Array) : concatBytes(frames);
  });
}

/** What zlib returns with `info`: the output, and how much input it took. */
interface ZstdResult {
  readonly buffer: Uint8Array;
  readonly engine: { readonly bytesWritten: number };
}

function inflate(format: string, maxBytes: number, run: () => Uint8Array): Uint8Array {
  let output: Uint8Array;
  try {
    output = run();
  } catch (cause) {
    if (cause instanceof AmapError) throw cause;
    if (cause instanceof Error && "code" in cause && cause.code === "ERR_BUFFER_TOO_LARGE") {
      throw tooLarge(format, maxBytes);
    }
    throw new AmapError("ARCHIVE_INVALID", `the ${format} stream is damaged or cut off`, { cause });
  }
  // zlib's own limit cannot be 0.
  if (output.length > maxBytes) throw tooLarge(format, maxBytes);
  return output;
}

function plain(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

function tooLarge(format: string, maxBytes: number): AmapError {
  return new AmapError("DECOMPRESSION_LIMIT", `the ${format} stream expands to more than ${maxBytes} bytes`);
}
