import { hashHex } from "./bytes/hash.ts";
import { AmapError } from "./errors/amap-error.ts";

/** An OCI content digest, `algorithm:hex`, with an algorithm that amap can compute. */
export type Digest = `sha256:${string}` | `sha512:${string}`;

const PATTERN = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

/**
 * Whether text is a {@link Digest} (lower-case hex, the right length; OCI image-spec, descriptor, Digests).
 * @example
 * ```ts
 * import { isDigest } from "./index.ts";
 * isDigest("sha256:abc"); // false
 * ```
 */
export function isDigest(text: string): text is Digest {
  return PATTERN.test(text);
}

/**
 * Parses text as a digest.
 * @throws {AmapError} REFERENCE_INVALID
 * @example
 * ```ts
 * import { parseDigest } from "./index.ts";
 * parseDigest(`sha256:${"0".repeat(64)}`).slice(0, 9); // "sha256:00"
 * ```
 */
export function parseDigest(text: string): Digest {
  if (isDigest(text)) return text;
  throw new AmapError(
    "REFERENCE_INVALID",
    `expected sha256: and 64 lower-case hex digits, found "${text.slice(0, 100)}"`,
  );
}

/**
 * The sha256 digest of bytes.
 * @example
 * ```ts
 * import { digestOf, encodeUtf8 } from "./index.ts";
 * digestOf(encodeUtf8("abc")).slice(0, 15); // "sha256:ba7816bf"
 * ```
 */
export function digestOf(bytes: Uint8Array): Digest {
  return `sha256:${hashHex("sha256", bytes)}`;
}

/**
 * Whether bytes have this digest, by the digest's own algorithm.
 * @example
 * ```ts
 * import { digestOf, encodeUtf8, matchesDigest } from "./index.ts";
 * matchesDigest(encodeUtf8("abd"), digestOf(encodeUtf8("abc"))); // false
 * ```
 */
export function matchesDigest(bytes: Uint8Array, digest: Digest): boolean {
  const algorithm = digestAlgorithm(digest);
  return `${algorithm}:${hashHex(algorithm, bytes)}` === digest;
}

/**
 * The algorithm of a digest.
 * @example
 * ```ts
 * import { digestAlgorithm, parseDigest } from "./index.ts";
 * digestAlgorithm(parseDigest(`sha512:${"0".repeat(128)}`)); // "sha512"
 * ```
 */
export function digestAlgorithm(digest: Digest): "sha256" | "sha512" {
  return digest.startsWith("sha512:") ? "sha512" : "sha256";
}

/**
 * The hex digits of a digest.
 * @example
 * ```ts
 * import { digestHex, parseDigest } from "./index.ts";
 * digestHex(parseDigest(`sha256:${"0".repeat(64)}`)).length; // 64
 * ```
 */
export function digestHex(digest: Digest): string {
  return digest.slice(digest.indexOf(":") + 1);
}
