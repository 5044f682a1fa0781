import { createHash } from "node:crypto";

/** Hash algorithms that amap computes. sha1 and md5 only name other people's checksums; nothing is trusted by them. */
export type HashAlgorithm = "md5" | "sha1" | "sha256" | "sha384" | "sha512";

/** A running hash: feed chunks, then take the digest once. */
export interface RunningHash {
  update(chunk: Uint8Array): void;
  /** Lower-case hex; ends the hash. */
  digestHex(): string;
}

/**
 * The hash of bytes as lower-case hex.
 * @example
 * ```ts
 * import { encodeUtf8, hashHex } from "../index.ts";
 * hashHex("md5", encodeUtf8("")); // "d41d8cd98f00b204e9800998ecf8427e"
 * ```
 */
export function hashHex(algorithm: HashAlgorithm, bytes: Uint8Array): string {
  return createHash(algorithm).update(bytes).digest("hex");
}

/**
 * The hash of bytes.
 * @example
 * ```ts
 * import { encodeUtf8, hashBytes } from "../index.ts";
 * hashBytes("sha256", encodeUtf8("abc")).length; // 32
 * ```
 */
export function hashBytes(algorithm: HashAlgorithm, bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash(algorithm).update(bytes).digest());
}

/**
 * Starts a hash that is fed in chunks, for input that is never held whole.
 * @example
 * ```ts
 * import { encodeUtf8, startHash } from "../index.ts";
 * const hash = startHash("sha256");
 * hash.update(encodeUtf8("abc"));
 * hash.digestHex().slice(0, 8); // "ba7816bf"
 * ```
 */
export function startHash(algorithm: HashAlgorithm): RunningHash {
  const hash = createHash(algorithm);
  return {
    update: (chunk) => void hash.update(chunk),
    digestHex: () => hash.digest("hex"),
  };
}
