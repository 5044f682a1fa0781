import { createHash } from "node:crypto";

/** A Merkle tree as logs keep it (RFC 6962 §2.1), with proofs for every leaf and every size it ever had. */
export interface MerkleTree {
  readonly size: number;
  /** Adds a leaf's bytes and returns its index. */
  append(leaf: Uint8Array): number;
  root(size?: number): Buffer;
  /** The audit path of a leaf in the tree of `size` leaves, from the leaf's sibling upwards. */
  proof(index: number, size?: number): readonly Buffer[];
}

export function createMerkleTree(): MerkleTree {
  const leaves: Buffer[] = [];
  const known = new Map<string, Buffer>();
  const hashOf = (from: number, to: number): Buffer => {
    if (to - from === 0) return createHash("sha256").digest();
    if (to - from === 1) return leaves[from] as Buffer;
    const name = `${from}-${to}`;
    const middle = from + splitOf(to - from);
    const hash = known.get(name) ?? nodeHash(hashOf(from, middle), hashOf(middle, to));
    known.set(name, hash);
    return hash;
  };
  const pathOf = (index: number, from: number, to: number): readonly Buffer[] => {
    if (to - from === 1) return [];
    const middle = from + splitOf(to - from);
    return index < middle
      ? [...pathOf(index, from, middle), hashOf(middle, to)]
      : [...pathOf(index, middle, to), hashOf(from, middle)];
  };
  return {
    get size() {
      return leaves.length;
    },
    append: (leaf) => leaves.push(leafHash(leaf)) - 1,
    root: (size = leaves.length) => hashOf(0, size),
    proof: (index, size = leaves.length) => {
      if (index < 0 || index >= size || size > leaves.length) throw new Error(`no leaf ${index} in a tree of ${size}`);
      return pathOf(index, 0, size);
    },
  };
}

/** SHA-256 of a leaf: its bytes behind a zero byte. */
export function leafHash(leaf: Uint8Array): Buffer {
  return createHash("sha256")
    .update(Buffer.from([0]))
    .update(leaf)
    .digest();
}

/** Where a leaf's proof leads (RFC 9162 §2.1.3.2): climbs from the leaf and knows nothing of the tree. */
export function rootOfProof(leaf: Buffer, index: number, size: number, path: readonly Buffer[]): Buffer | undefined {
  let [fn, sn, hash] = [index, size - 1, leaf];
  for (const sibling of path) {
    if (sn === 0) return undefined;
    if (fn % 2 === 1 || fn === sn) {
      hash = nodeHash(sibling, hash);
      while (fn % 2 === 0 && fn !== 0) {
        fn = Math.floor(fn / 2);
        sn = Math.floor(sn / 2);
      }
    } else hash = nodeHash(hash, sibling);
    fn = Math.floor(fn / 2);
    sn = Math.floor(sn / 2);
  }
  return sn === 0 ? hash : undefined;
}

function nodeHash(left: Buffer, right: Buffer): Buffer {
  return createHash("sha256")
    .update(Buffer.from([1]))
    .update(left)
    .update(right)
    .digest();
}

/** The largest power of two below `count`. */
function splitOf(count: number): number {
  return 2 ** Math.floor(Math.log2(count - 1));
}
