import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { decodeHex, encodeUtf8, isAmapError } from "../../base/index.ts";
import { DER_TAGS, readDer } from "./der.ts";
import {
  integerBytes,
  readBitString,
  readBits,
  readBoolean,
  readInteger,
  readOctets,
  readOid,
  readString,
  readTime,
} from "./der-values.ts";
import { encodeDer, encodeOid, encodeUnsigned } from "./der-writer.ts";

const hex = (text: string): Uint8Array => decodeHex(text.replaceAll(" ", "")) as Uint8Array;
const node = (text: string) => readDer(hex(text));
const isRefused = (error: unknown): boolean => isAmapError(error, "DER_INVALID");
const text = (tag: number, content: string) => readDer(encodeDer(tag, encodeUtf8(content)));

describe("readOid", () => {
  for (const [bytes, expected] of [
    ["06 03 55 1d 0f", "2.5.29.15"],
    ["06 01 00", "0.0"],
    ["06 01 27", "0.39"],
    ["06 01 28", "1.0"],
    ["06 01 4f", "1.39"],
    ["06 01 50", "2.0"],
    ["06 02 88 37", "2.999"],
    ["06 0a 2b 06 01 04 01 83 bf 30 01 08", "1.3.6.1.4.1.57264.1.8"],
    ["06 06 2a 8f ff ff ff 7f", "1.2.4294967295"],
    ["06 0b 2a 81 ff ff ff ff ff ff ff ff 7f", "1.2.18446744073709551615"],
    ["06 07 d8 80 80 80 80 80 00", "2.387028092977072"],
  ] as const) {
    test(expected, () => assert.equal(readOid(node(bytes)), expected));
  }

  for (const [what, bytes] of [
    ["nothing", "06 00"],
    ["an arc that is cut off", "06 02 55 9d"],
    ["a zero before an arc", "06 03 55 80 01"],
    ["an arc beyond 128 bits", `06 15 55 ${"ff".repeat(19)} 7f`],
    ["another type", "04 01 55"],
  ] as const) {
    test(`refuses ${what}`, () => assert.throws(() => readOid(node(bytes)), isRefused));
  }

  test("takes back what encodeOid writes", () => {
    const arc = fc.maxSafeNat();
    const oids = fc
      .tuple(fc.nat(2), fc.nat(39), fc.array(arc, { maxLength: 8 }))
      .map(([first, second, others]) => [first, second, ...others].join("."));
    fc.assert(fc.property(oids, (oid) => assert.equal(readOid(readDer(encodeOid(oid))), oid)));
  });
});

describe("readInteger", () => {
  for (const [bytes, expected] of [
    ["02 01 00", 0n],
    ["02 01 7f", 127n],
    ["02 02 00 80", 128n],
    ["02 01 80", -128n],
    ["02 01 ff", -1n],
    ["02 02 ff 7f", -129n],
    ["02 09 01 00 00 00 00 00 00 00 00", 2n ** 64n],
  ] as const) {
    test(String(expected), () => assert.equal(readInteger(node(bytes)), expected));
  }
  for (const [what, bytes] of [
    ["no byte", "02 00"],
    ["a zero too many", "02 02 00 7f"],
    ["a sign too many", "02 02 ff 80"],
    ["more than 512 bytes", `02 82 02 01 01 ${"00".repeat(512)}`],
  ] as const) {
    test(`refuses ${what}`, () => assert.throws(() => readInteger(node(bytes)), isRefused));
  }

  test("takes back what encodeUnsigned writes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const expected = bytes.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n);
        const written = readDer(encodeUnsigned(bytes));
        assert.equal(readInteger(written), expected);
        assert.ok(integerBytes(written).length <= bytes.length + 1);
      }),
    );
  });
});

describe("bits, booleans and bytes", () => {
  test("a bit string has bits of its last byte that do not count", () => {
    assert.deepEqual(readBits(node("03 02 07 80")), { bytes: Uint8Array.of(0x80), unusedBits: 7 });
    assert.deepEqual(readBits(node("03 01 00")), { bytes: new Uint8Array(), unusedBits: 0 });
    assert.deepEqual(readBitString(node("03 02 00 ff")), Uint8Array.of(0xff));
    assert.deepEqual([readBoolean(node("01 01 ff")), readBoolean(node("01 01 00"))], [true, false]);
    assert.deepEqual(readOctets(node("04 01 05")), Uint8Array.of(5));
  });

  for (const [what, run] of [
    ["a bit string of no byte", () => readBits(node("03 00"))],
    ["eight bits that do not count", () => readBits(node("03 02 08 00"))],
    ["bits that do not count of nothing", () => readBits(node("03 01 01"))],
    ["a stray bit", () => readBits(node("03 02 07 81"))],
    ["half a byte of a signature", () => readBitString(node("03 02 04 f0"))],
    ["a boolean of another value", () => readBoolean(node("01 01 01"))],
    ["a boolean of two bytes", () => readBoolean(node("01 02 00 00"))],
    ["bytes in parts", () => readOctets(node("24 03 04 01 05"))],
  ] as const) {
    test(`refuses ${what}`, () => assert.throws(run, isRefused));
  }
});

describe("readTime", () => {
  for (const [tag, content, expected] of [
    [DER_TAGS.utcTime, "260601120000Z", "2026-06-01T12:00:00.000Z"],
    [DER_TAGS.utcTime, "491231235959Z", "2049-12-31T23:59:59.000Z"],
    [DER_TAGS.utcTime, "500101000000Z", "1950-01-01T00:00:00.000Z"],
    [DER_TAGS.generalizedTime, "20500101000000Z", "2050-01-01T00:00:00.000Z"],
    [DER_TAGS.generalizedTime, "00010101000000Z", "0001-01-01T00:00:00.000Z"],
    [DER_TAGS.generalizedTime, "99991231235959Z", "9999-12-31T23:59:59.000Z"],
    [DER_TAGS.generalizedTime, "20260601120000.5Z", "2026-06-01T12:00:00.500Z"],
    [DER_TAGS.generalizedTime, "20260601120000.05Z", "2026-06-01T12:00:00.050Z"],
    [DER_TAGS.generalizedTime, "20260601120000.123Z", "2026-06-01T12:00:00.123Z"],
    [DER_TAGS.generalizedTime, "20260601120000.123456Z", "2026-06-01T12:00:00.123Z"],
    [DER_TAGS.generalizedTime, "20260601120000.0000000001Z", "2026-06-01T12:00:00.000Z"],
    [DER_TAGS.generalizedTime, "20260601120000.999999999999999999Z", "2026-06-01T12:00:00.999Z"],
  ] as const) {
    test(content, () => assert.equal(new Date(readTime(text(tag, content))).toISOString(), expected));
  }

  for (const [tag, content] of [
    [DER_TAGS.utcTime, "2606011200Z"],
    [DER_TAGS.utcTime, "260601120000+0000"],
    [DER_TAGS.utcTime, "260601120000"],
    [DER_TAGS.utcTime, "260231120000Z"],
    [DER_TAGS.utcTime, "260601120000.5Z"],
    [DER_TAGS.generalizedTime, "20260601120000"],
    [DER_TAGS.generalizedTime, "202606011200Z"],
    [DER_TAGS.generalizedTime, "20260601120000.Z"],
    [DER_TAGS.generalizedTime, "20260601120000.50Z"],
    [DER_TAGS.generalizedTime, "20260601120000.0Z"],
    [DER_TAGS.generalizedTime, "20260601120000,5Z"],
    [DER_TAGS.generalizedTime, "20260601120000+0100"],
    [DER_TAGS.generalizedTime, "20260601120060Z"],
    [DER_TAGS.generalizedTime, "20261301120000Z"],
    [DER_TAGS.generalizedTime, `20260601120000.${"0".repeat(60)}1Z`],
    [DER_TAGS.generalizedTime, ""],
    [DER_TAGS.utf8String, "20260601120000Z"],
  ] as const) {
    test(`refuses ${content.slice(0, 30)} of type ${tag}`, () => {
      assert.throws(() => readTime(text(tag, content)), isRefused);
    });
  }

  test("every fraction that DER allows gives the milliseconds of it", () => {
    const fractions = fc.stringMatching(/^[0-9]{0,15}[1-9]$/);
    fc.assert(
      fc.property(fractions, (fraction) => {
        const expected = Date.UTC(2026, 5, 1, 12) + Number(fraction.padEnd(3, "0").slice(0, 3));
        assert.equal(readTime(text(DER_TAGS.generalizedTime, `20260601120000.${fraction}Z`)), expected);
      }),
    );
  });
});

describe("readString", () => {
  for (const [type, bytes, expected] of [
    ["UTF8String", "0c 02 c3 a9", "é"],
    ["PrintableString", "13 03 61 2e 62", "a.b"],
    ["NumericString", "12 03 31 20 32", "1 2"],
    ["IA5String", "16 03 61 40 62", "a@b"],
    ["VisibleString", "1a 02 7e 20", "~ "],
    ["TeletexString", "14 01 e9", "é"],
    ["BMPString", "1e 04 00 61 20 ac", "a€"],
  ] as const) {
    test(type, () => assert.equal(readString(node(bytes)), expected));
  }
  for (const [what, bytes] of [
    ["bytes that are not UTF-8", "0c 01 ff"],
    ["an at sign in a PrintableString", "13 01 40 0c 00"],
    ["a line break in a PrintableString", "13 01 0a"],
    ["a letter in a NumericString", "12 01 61"],
    ["a control character in a VisibleString", "1a 01 07"],
    ["a character beyond ASCII in an IA5String", "16 01 e9"],
    ["half a character in a BMPString", "1e 01 00"],
    ["half a pair in a BMPString", "1e 02 d8 00"],
    ["a number", "02 01 05"],
  ] as const) {
    test(`refuses ${what}`, () => assert.throws(() => readString(node(bytes)), isRefused));
  }
});
