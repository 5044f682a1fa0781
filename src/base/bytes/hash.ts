import { createHash } from "node:crypto";

/** Hash algorithms that amap computes. sha1 and md5 only name other people's checksums; nothing is trusted by them. */
export type HashAlgorithm = "md5" | "sha1" | "sha256" | "sha384" | "sha512";

/** A running hash: feed chunks, then take the digest once. */
export interface RunningHash {
  update(chunk: Uint8Array): void;
  /** Lower-case hex; ends the hash. */
  digestHex(): string;
}

/** The hash of bytes as lower-case hex. */
export function hashHex(algorithm: HashAlgorithm, bytes: Uint8Array): string {
  return createHash(algorithm).update(bytes).digest("hex");
}

/** The hash of bytes. */
export function hashBytes(algorithm: HashAlgorithm, bytes: Uint8Array): Uint8Array {
  return new Uint8Array(createHash(algorithm).update(bytes).digest());
}

/** Starts a hash that is fed in chunks, for input that is never held whole. */
export function startHash(algorithm: HashAlgorithm): RunningHash {
  const hash = createHash(algorithm);
  return {
    update: (chunk) => void hash.update(chunk),
    digestHex: () => hash.digest("hex"),
  };
}
