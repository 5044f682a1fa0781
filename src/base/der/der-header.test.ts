import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { isAmapError } from "../errors/amap-error.ts";
import { readDerHeader } from "./der-header.ts";

const long = (length: number, ...header: readonly number[]): Uint8Array => {
  const bytes = new Uint8Array(header.length + length);
  bytes.set(header);
  return bytes;
};

describe("readDerHeader", () => {
  const read: readonly (readonly [name: string, bytes: Uint8Array, contentStart: number, end: number])[] = [
    ["an empty value", Uint8Array.of(0x05, 0), 2, 2],
    ["a short length, with another value behind it", Uint8Array.of(0x02, 1, 5, 0x05, 0), 2, 3],
    ["the longest short length", long(127, 0x04, 127), 2, 129],
    ["the shortest long length", long(128, 0x04, 0x81, 128), 3, 131],
    ["a length of two octets", long(256, 0x04, 0x82, 1, 0), 4, 260],
  ];
  for (const [name, bytes, contentStart, end] of read) {
    it(`reads ${name}`, () => assert.deepEqual(readDerHeader(bytes, 0), { tag: bytes[0], contentStart, end }));
  }

  const refused: readonly (readonly [name: string, bytes: readonly number[], message: RegExp])[] = [
    ["nothing", [], /found the end/],
    ["a tag alone", [0x30], /found the end/],
    ["a tag number above 30", [0x1f, 0x81, 1, 0], /tag number/],
    ["an indefinite length", [0x30, 0x80, 0, 0], /indefinite/],
    ["a length of five octets", [0x30, 0x85, 1, 0, 0, 0, 0], /too large/],
    ["a short length in the long form", [0x30, 0x81, 1, 0], /shortest/],
    ["a long length with a zero before it", [0x30, 0x82, 0, 0x80], /shortest/],
    ["a length behind the end", [0x30, 3, 0], /expected 3 bytes, found 1/],
    ["a length that is cut off", [0x30, 0x84, 1], /found 0/],
  ];
  for (const [name, bytes, message] of refused) {
    it(`refuses ${name}`, () => {
      assert.throws(
        () => readDerHeader(Uint8Array.from(bytes), 0),
        (error) => isAmapError(error, "DER_INVALID") && message.test((error as Error).message),
      );
    });
  }

  it("never reaches behind the source, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(45), (bytes, start) => {
        try {
          const { contentStart, end } = readDerHeader(bytes, start);
          assert.ok(start < contentStart && contentStart <= end && end <= bytes.length);
        } catch (error) {
          assert.ok(isAmapError(error, "DER_INVALID"));
        }
      }),
    );
  });
});
