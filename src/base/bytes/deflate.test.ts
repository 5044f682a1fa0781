import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { compressGzip } from "./deflate.ts";
import { gunzip } from "./inflate.ts";

describe("compressGzip", () => {
  it("is undone by gunzip, for any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 5_000 }), (bytes) => {
        assert.deepEqual(gunzip(compressGzip(bytes), bytes.length), bytes);
      }),
    );
  });

  it("writes neither time nor name nor system", () => {
    assert.deepEqual([...compressGzip(Uint8Array.of(1)).subarray(0, 10)], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
  });
});
