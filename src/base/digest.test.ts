import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { encodeUtf8 } from "./bytes/text.ts";
import { digestAlgorithm, digestHex, digestOf, isDigest, matchesDigest, parseDigest } from "./digest.ts";
import { isAmapError } from "./errors/amap-error.ts";

// FIPS 180-4, the example "abc".
const ABC = encodeUtf8("abc");
const ABC_256 = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
const ABC_512 =
  "sha512:ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f";

test("digestOf is sha256", () => assert.equal(digestOf(ABC), ABC_256));

describe("matchesDigest", () => {
  for (const digest of [ABC_256, ABC_512]) {
    test(digestAlgorithm(parseDigest(digest)), () => {
      assert.equal(matchesDigest(ABC, parseDigest(digest)), true);
      assert.equal(matchesDigest(encodeUtf8("abd"), parseDigest(digest)), false);
      const flipped = digest.slice(0, -1) + (digest.endsWith("d") ? "e" : "d");
      assert.equal(matchesDigest(ABC, parseDigest(flipped)), false);
    });
  }
});

test("a digest is taken apart", () => {
  assert.deepEqual(
    [digestAlgorithm(parseDigest(ABC_512)), digestHex(parseDigest(ABC_256))],
    ["sha512", ABC_256.slice(7)],
  );
});

describe("parseDigest refuses", () => {
  const hex = "a".repeat(64);
  for (const text of [
    "",
    hex,
    "sha256:",
    `sha256:${hex.slice(1)}`,
    `sha256:${hex}a`,
    `sha256:${hex.toUpperCase()}`,
    `SHA256:${hex}`,
    `sha512:${hex}`,
    `sha1:${"a".repeat(40)}`,
    ` sha256:${hex}`,
    `sha256:${hex}\n`,
    `sha256:${hex.slice(1)}g`,
  ]) {
    test(JSON.stringify(text), () => {
      assert.equal(isDigest(text), false);
      assert.throws(
        () => parseDigest(text),
        (error) => isAmapError(error, "REFERENCE_INVALID"),
      );
    });
  }
});
