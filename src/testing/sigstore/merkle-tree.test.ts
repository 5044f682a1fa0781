import assert from "node:assert/strict";
import { test } from "node:test";
import { createMerkleTree, leafHash, rootOfProof } from "./merkle-tree.ts";

test("each leaf's proof leads to the root, in a tree of each size", () => {
  const tree = createMerkleTree();
  const leaves = Array.from({ length: 40 }, (_, index) => Buffer.from(`leaf ${index}`));
  for (const leaf of leaves) tree.append(leaf);
  for (let size = 1; size <= leaves.length; size += 1) {
    const root = tree.root(size);
    for (let index = 0; index < size; index += 1) {
      const leaf = leafHash(leaves[index] as Buffer);
      assert.deepEqual(rootOfProof(leaf, index, size, tree.proof(index, size)), root, `${index} of ${size}`);
      assert.notDeepEqual(rootOfProof(leafHash(Buffer.from("other")), index, size, tree.proof(index, size)), root);
    }
  }
});

test("the roots of RFC 6962's reference tree", () => {
  const tree = createMerkleTree();
  assert.equal(tree.root().toString("hex"), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  tree.append(new Uint8Array());
  assert.equal(tree.root().toString("hex"), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
  assert.throws(() => tree.proof(1), /no leaf 1 in a tree of 1/);
});
