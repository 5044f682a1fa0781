import { decodeHex, hashBytes, startHash } from "../../base/index.ts";

const HASH_BYTES = 32;

/** The hash of a leaf (RFC 9162 §2.1.1): 0x00 before its bytes, so that no leaf can pass for a node. */
export function hashLeaf(bytes: Uint8Array): Uint8Array {
  const hash = startHash("sha256");
  hash.update(Uint8Array.of(0));
  hash.update(bytes);
  return decodeHex(hash.digestHex()) as Uint8Array;
}

/** Where a leaf stands in a tree, and the hashes beside its path to the root, from the leaf up. */
export interface MerklePath {
  readonly index: bigint;
  readonly size: bigint;
  readonly hashes: readonly Uint8Array[];
}

/**
 * The root hash of the tree in which a leaf has this path, or undefined where there is no such path: an index that is
 * not in the tree, a hash too few or too many, or a hash that is not 32 bytes. SHA-256.
 *
 * @see RFC 9162 §2.1.3.2
 */
export function rootOfPath(leafHash: Uint8Array, { index, size, hashes }: MerklePath): Uint8Array | undefined {
  if (index < 0n || index >= size) return undefined;
  let node = index;
  let last = size - 1n;
  let hash = leafHash;
  // One buffer for all nodes: 0x01, the left hash, the right hash.
  const joined = new Uint8Array(1 + 2 * HASH_BYTES);
  joined[0] = 1;
  for (const sibling of hashes) {
    if (last === 0n || sibling.length !== HASH_BYTES) return undefined;
    const isRight = (node & 1n) === 1n || node === last;
    joined.set(isRight ? sibling : hash, 1);
    joined.set(isRight ? hash : sibling, 1 + HASH_BYTES);
    hash = hashBytes("sha256", joined);
    if (isRight) {
      // A last node without a sibling is its own parent: up to the level at which it has one.
      while ((node & 1n) === 0n && node !== 0n) {
        node >>= 1n;
        last >>= 1n;
      }
    }
    node >>= 1n;
    last >>= 1n;
  }
  return last === 0n ? hash : undefined;
}
