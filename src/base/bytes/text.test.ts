import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  concatBytes,
  decodeBase64,
  decodeBase64Bytes,
  decodeHex,
  decodeLatin1,
  decodeUtf8,
  encodeBase64,
  encodeHex,
  encodeUtf8,
} from "./text.ts";

const bytes = fc.uint8Array({ maxLength: 50 });

describe("base64", () => {
  // RFC 4648 §10.
  for (const [text, encoded] of [
    ["", ""],
    ["f", "Zg=="],
    ["fo", "Zm8="],
    ["foo", "Zm9v"],
    ["foobar", "Zm9vYmFy"],
  ] as const) {
    test(`of ${JSON.stringify(text)}`, () => {
      assert.equal(encodeBase64(encodeUtf8(text)), encoded);
      assert.deepEqual(decodeBase64(encoded), encodeUtf8(text));
    });
  }

  for (const [what, text] of [
    ["no padding", "Zg"],
    ["half the padding", "Zg="],
    ["too much padding", "Zm8=="],
    ["padding alone", "===="],
    ["padding inside", "Zg==Zg=="],
    ["stray bits", "Zh=="],
    ["stray bits of two bytes", "Zm9="],
    ["a line break", "Zm9v\nYmFy"],
    ["a line break at the end", "Zm9v\n"],
    ["a space", "Zm9 "],
    ["the URL alphabet", "-_-_"],
    ["another character", "Zm9*"],
    ["a character beyond ASCII", "Zm9é"],
  ] as const) {
    test(`with ${what} is refused`, () => {
      assert.equal(decodeBase64(text), undefined);
      assert.equal(decodeBase64Bytes(encodeUtf8(text)), undefined);
    });
    test(`with ${what} behind much else is refused`, () => {
      assert.equal(decodeBase64(`${"Zm9v".repeat(40_000)}${text}`), undefined);
      assert.equal(decodeBase64(`${text}${"Zm9v".repeat(40_000)}`), undefined);
      assert.equal(decodeBase64Bytes(encodeUtf8(`${"Zm9v".repeat(40_000)}${text}`)), undefined);
      assert.equal(decodeBase64Bytes(encodeUtf8(`${text}${"Zm9v".repeat(40_000)}`)), undefined);
    });
  }

  test("of many bytes", () => {
    for (const length of [49_151, 49_152, 49_153, 200_000]) {
      const bytes = Uint8Array.from({ length }, (_, index) => (index * 7) % 251);
      assert.deepEqual(decodeBase64(encodeBase64(bytes)), bytes);
      assert.deepEqual(decodeBase64Bytes(encodeUtf8(encodeBase64(bytes))), bytes);
    }
  });

  test("decoding takes back encoding", () => {
    fc.assert(fc.property(bytes, (input) => assert.deepEqual(decodeBase64(encodeBase64(input)), input)));
  });

  test("no two texts decode to the same bytes", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 12 }), (text) => {
        const decoded = decodeBase64(text);
        if (decoded !== undefined) assert.equal(encodeBase64(decoded), text);
      }),
    );
  });
});

describe("hex", () => {
  test("decoding takes back encoding, in either case", () => {
    fc.assert(
      fc.property(bytes, (input) => {
        assert.deepEqual(decodeHex(encodeHex(input)), input);
        assert.deepEqual(decodeHex(encodeHex(input).toUpperCase()), input);
      }),
    );
  });
  for (const text of ["a", "abc", "0x12", "zz", "12 ", "１２"]) {
    test(`${JSON.stringify(text)} is refused`, () => assert.equal(decodeHex(text), undefined));
  }
});

describe("UTF-8", () => {
  test("decoding takes back encoding, with a byte order mark kept", () => {
    assert.equal(decodeUtf8(encodeUtf8("\ufeffé😀")), "\ufeffé😀");
  });
  for (const [what, input] of [
    ["a lone continuation byte", [0x80]],
    ["a cut-off character", [0xe2, 0x82]],
    ["an overlong form", [0xc0, 0xaf]],
    ["a surrogate", [0xed, 0xa0, 0x80]],
    ["a code point beyond U+10FFFF", [0xf4, 0x90, 0x80, 0x80]],
  ] as const) {
    test(`${what} is refused`, () => assert.equal(decodeUtf8(Uint8Array.from(input)), undefined));
  }
});

test("concatBytes joins in order, and makes a copy", () => {
  const part = Uint8Array.of(1, 2);
  const joined = concatBytes([part, new Uint8Array(), Uint8Array.of(3)]);
  part[0] = 9;
  assert.deepEqual(joined, Uint8Array.of(1, 2, 3));
});

describe("ISO-8859-1", () => {
  test("gives each byte as the character of its number", () => {
    const every = Uint8Array.from({ length: 256 }, (_, index) => index);
    const text = decodeLatin1(every);
    assert.deepEqual(
      Array.from(text, (character) => character.charCodeAt(0)),
      [...every],
    );
    assert.equal(decodeLatin1(every.subarray(0x61, 0x64)), "abc");
  });
});
