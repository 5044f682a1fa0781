import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { encodeHex, encodeUtf8 } from "../../base/index.ts";
import { createMerkleTree } from "../../testing/sigstore/merkle-tree.ts";
import { hashLeaf, type MerklePath, rootOfPath } from "./merkle.ts";

function leafOf(index: number): Uint8Array {
  return encodeUtf8(`leaf ${index}`);
}

function treeOf(size: number): ReturnType<typeof createMerkleTree> {
  const tree = createMerkleTree();
  for (let index = 0; index < size; index++) tree.append(leafOf(index));
  return tree;
}

function pathIn(tree: ReturnType<typeof createMerkleTree>, index: number): MerklePath {
  return { index: BigInt(index), size: BigInt(tree.size), hashes: tree.proof(index) };
}

function rootHex(leaf: Uint8Array, path: MerklePath): string {
  const root = rootOfPath(hashLeaf(leaf), path);
  return root === undefined ? "none" : encodeHex(root);
}

test("the hash of an empty leaf is RFC 9162's SHA-256 of 0x00", () => {
  assert.equal(
    encodeHex(hashLeaf(new Uint8Array())),
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
  );
});

test("every leaf of every tree of up to 33 leaves leads to the root", () => {
  for (let size = 1; size <= 33; size++) {
    const tree = treeOf(size);
    const root = encodeHex(tree.root());
    for (let index = 0; index < size; index++) {
      assert.equal(rootHex(leafOf(index), pathIn(tree, index)), root, `leaf ${index} of ${size}`);
    }
  }
});

test("a path of another leaf, place, size or length does not lead to the root", () => {
  const tree = treeOf(21);
  const root = encodeHex(tree.root());
  const path = pathIn(tree, 9);
  const [first = new Uint8Array(32), ...rest] = path.hashes;
  const rows: readonly (readonly [string, Uint8Array, MerklePath])[] = [
    ["another leaf", leafOf(8), path],
    ["the leaf's neighbour's place", leafOf(9), { ...path, index: 8n }],
    ["an index behind the tree", leafOf(9), { ...path, index: 21n }],
    ["a negative index", leafOf(9), { ...path, index: -1n }],
    ["an empty tree", leafOf(9), { ...path, size: 0n }],
    ["a smaller tree", leafOf(9), { ...path, size: 10n }],
    ["a larger tree", leafOf(9), { ...path, size: 64n }],
    ["a hash too few", leafOf(9), { ...path, hashes: rest }],
    ["a hash too many", leafOf(9), { ...path, hashes: [...path.hashes, first] }],
    ["a short hash", leafOf(9), { ...path, hashes: [first.subarray(1), ...rest] }],
    ["two hashes exchanged", leafOf(9), { ...path, hashes: [rest[0] ?? first, first, ...rest.slice(1)] }],
  ];
  for (const [name, leaf, changed] of rows) assert.notEqual(rootHex(leaf, changed), root, name);
  assert.equal(rootHex(leafOf(9), path), root);
});

test("a path in a tree of 2^62 entries is judged without counting them", () => {
  const path = { index: 2n ** 61n, size: 2n ** 62n, hashes: Array.from({ length: 62 }, () => new Uint8Array(32)) };
  assert.notEqual(rootOfPath(hashLeaf(leafOf(0)), path), undefined);
  assert.equal(rootOfPath(hashLeaf(leafOf(0)), { ...path, hashes: path.hashes.slice(1) }), undefined);
});

test("law: one changed bit of leaf or path leads to another root", () => {
  const tree = treeOf(50);
  const root = encodeHex(tree.root());
  const byte = fc.nat({ max: 31 });
  fc.assert(
    fc.property(fc.nat({ max: 49 }), fc.nat(), byte, (index, which, at) => {
      const path = pathIn(tree, index);
      const place = which % path.hashes.length;
      const hashes = path.hashes.map((hash) => Uint8Array.from(hash));
      const changed = hashes[place] as Uint8Array;
      changed[at] = (changed[at] as number) ^ 1;
      assert.notEqual(rootHex(leafOf(index), { ...path, hashes }), root);
    }),
    { numRuns: 200, seed: 1 },
  );
});
