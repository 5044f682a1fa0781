import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type HashAlgorithm, hashBytes, hashHex, startHash } from "./hash.ts";
import { encodeHex, encodeUtf8 } from "./text.ts";

// The published results for "abc" (RFC 1321, RFC 3174, FIPS 180-4), their first 32 digits.
const ABC: readonly (readonly [HashAlgorithm, string, number])[] = [
  ["md5", "900150983cd24fb0d6963f7d28e17f72", 16],
  ["sha1", "a9993e364706816aba3e25717850c26c", 20],
  ["sha256", "ba7816bf8f01cfea414140de5dae2223", 32],
  ["sha384", "cb00753f45a35e8bb5a03d699ac65007", 48],
  ["sha512", "ddaf35a193617abacc417349ae204131", 64],
];

for (const [algorithm, start, length] of ABC) {
  describe(algorithm, () => {
    test("at once", () => {
      const bytes = hashBytes(algorithm, encodeUtf8("abc"));
      assert.equal(bytes.length, length);
      assert.equal(encodeHex(bytes).slice(0, 32), start);
      assert.equal(hashHex(algorithm, encodeUtf8("abc")), encodeHex(bytes));
    });

    test("in chunks, also empty ones", () => {
      const hash = startHash(algorithm);
      for (const chunk of ["a", "", "bc"]) hash.update(encodeUtf8(chunk));
      assert.equal(hash.digestHex(), hashHex(algorithm, encodeUtf8("abc")));
    });
  });
}
