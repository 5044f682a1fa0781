import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { deflateSync, gzipSync, zstdCompressSync } from "node:zlib";
import { AmapError, isAmapError } from "../errors/amap-error.ts";
import type { ErrorCode } from "../errors/codes.ts";
import { decompressZstd, gunzip, inflateZlib } from "./inflate.ts";
import { concatBytes, encodeUtf8 } from "./text.ts";

const fails = (code: ErrorCode) => (error: unknown) => isAmapError(error, code);
const hello = encodeUtf8("hello");
/** A frame that decoders must skip (RFC 8878 §3.1.2). */
const skippable = Uint8Array.of(0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3);

for (const [name, inflate, compress] of [
  ["gzip", gunzip, gzipSync],
  ["zstd", decompressZstd, zstdCompressSync],
] as const) {
  const pack = (bytes: Uint8Array): Uint8Array => new Uint8Array(compress(bytes));
  const packed = pack(hello);
  describe(name, () => {
    test("gives back what was compressed, up to exactly the limit", () => {
      assert.deepEqual(inflate(packed, 5), hello);
      assert.throws(() => inflate(packed, 4), fails("DECOMPRESSION_LIMIT"));
    });
    test("nothing compressed is nothing, also with a limit of 0", () => {
      assert.deepEqual(inflate(pack(new Uint8Array()), 0), new Uint8Array());
      assert.throws(() => inflate(pack(Uint8Array.of(1)), 0), fails("DECOMPRESSION_LIMIT"));
    });
    test("several parts one behind the other are all read, under one limit", () => {
      const twice = concatBytes([packed, packed]);
      assert.deepEqual(inflate(twice, 10), encodeUtf8("hellohello"));
      assert.throws(() => inflate(twice, 9), fails("DECOMPRESSION_LIMIT"));
      assert.throws(() => inflate(twice, 5), fails("DECOMPRESSION_LIMIT"));
    });
    test("a bomb is stopped at the limit", () => {
      const bomb = pack(new Uint8Array(50_000_000));
      assert.ok(bomb.length < 100_000);
      assert.throws(() => inflate(bomb, 1_000_000), fails("DECOMPRESSION_LIMIT"));
    });
    for (const [what, bytes] of [
      ["empty input", new Uint8Array()],
      ["a cut-off stream", packed.subarray(0, -3)],
      ["another format", encodeUtf8("not compressed at all")],
      ["something behind the end", concatBytes([packed, encodeUtf8("garbage")])],
    ] as const) {
      test(`${what} is refused`, () => assert.throws(() => inflate(bytes, 1_000), fails("ARCHIVE_INVALID")));
    }
    test("every single flipped bit is refused or gives other bytes of known form, never a crash", () => {
      for (let index = 0; index < packed.length; index++) {
        const damaged = packed.slice();
        damaged[index] = (damaged[index] ?? 0) ^ 4;
        try {
          inflate(damaged, 1_000);
        } catch (error) {
          assert.ok(error instanceof AmapError);
        }
      }
    });
  });
}

test("gzip: a flipped byte of the content's checksum is refused", () => {
  const packed = new Uint8Array(gzipSync(hello));
  packed[packed.length - 6] = (packed[packed.length - 6] ?? 0) ^ 1;
  assert.throws(() => gunzip(packed, 100), fails("ARCHIVE_INVALID"));
});

test("gzip: zeros behind the end are padding", () => {
  assert.deepEqual(gunzip(concatBytes([new Uint8Array(gzipSync(hello)), new Uint8Array(512)]), 100), hello);
});

test("zstd: a skippable frame is skipped, before and behind", () => {
  const packed = new Uint8Array(zstdCompressSync(hello));
  assert.deepEqual(decompressZstd(concatBytes([skippable, packed, skippable]), 100), hello);
});

describe("zlib", () => {
  const packed = new Uint8Array(deflateSync(hello));
  test("gives back what was compressed, up to exactly the limit, whatever stands behind it", () => {
    assert.deepEqual(inflateZlib(packed, 5), hello);
    assert.deepEqual(inflateZlib(concatBytes([packed, new Uint8Array(8)]), 5), hello);
    assert.throws(() => inflateZlib(packed, 4), fails("DECOMPRESSION_LIMIT"));
  });
  test("a bomb is stopped at the limit", () => {
    const bomb = new Uint8Array(deflateSync(new Uint8Array(50_000_000)));
    assert.throws(() => inflateZlib(bomb, 1_000_000), fails("DECOMPRESSION_LIMIT"));
  });
  for (const [what, bytes] of [
    ["empty input", new Uint8Array()],
    ["a cut-off stream", packed.subarray(0, -3)],
    ["another format", encodeUtf8("not compressed at all")],
    ["a changed checksum", packed.with(packed.length - 1, (packed.at(-1) ?? 0) ^ 1)],
  ] as const) {
    test(`${what} is refused`, () => assert.throws(() => inflateZlib(bytes, 1_000), fails("ARCHIVE_INVALID")));
  }
});
