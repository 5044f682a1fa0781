import { gzipSync } from "node:zlib";

/** Where the gzip header names the system it was made on, and the value for "unknown" (RFC 1952 §2.3.1). */
const SYSTEM_OFFSET = 9;
const UNKNOWN_SYSTEM = 255;

/**
 * Compresses to one gzip member (RFC 1952) without a name, a time or the system's mark: the same bytes on every machine
 * with the same version of zlib.
 * @example
 * ```ts
 * import { compressGzip, decodeUtf8, encodeUtf8, gunzip } from "../index.ts";
 * decodeUtf8(gunzip(compressGzip(encodeUtf8("hello")), 1024)); // "hello"
 * ```
 */
export function compressGzip(bytes: Uint8Array): Uint8Array {
  const compressed = new Uint8Array(gzipSync(bytes));
  compressed[SYSTEM_OFFSET] = UNKNOWN_SYSTEM;
  return compressed;
}
