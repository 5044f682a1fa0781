import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readTextproto } from "./textproto.ts";

describe("strings and bytes", () => {
  for (const [written, expected] of [
    [`"a" 'b'\n# between\n "c"`, "abc"],
    [`'say "x"' "it's"`, `say "x"it's`],
    [String.raw`"\a\b\f\n\r\t\v\?\\\'\""`, "\x07\b\f\n\r\t\v?\\'\""],
    [String.raw`"\1\12\1234\x4a\X4B\xe2\x82\xac"`, "\x01\nS4JK€"],
    [String.raw`"\u20ac\U0001F600"`, "€😀"],
    [`"ä€😀"`, "ä€😀"],
    [`""`, ""],
  ] as const) {
    it(written, () => assert.equal(readTextproto(`s: ${written}`).text("s"), expected));
  }

  it("bytes that are no UTF-8 are bytes, and no string", () => {
    const message = readTextproto(String.raw`b: "\xff\000"`);
    assert.deepEqual(message.bytes("b"), Uint8Array.of(255, 0));
    assert.throws(() => message.text("b"));
  });
});

describe("numbers", () => {
  for (const [written, expected] of [
    ["0", 0],
    ["-0.0", -0],
    ["1.5e3", 1500],
    [".5", 0.5],
    ["3.", 3],
    ["2f", 2],
    ["2.5F", 2.5],
    ["- 7", -7],
    ["0x1F", 31],
    ["017", 15],
    ["inf", Number.POSITIVE_INFINITY],
    ["-Infinity", Number.NEGATIVE_INFINITY],
    ["nan", Number.NaN],
  ] as const) {
    it(`${written} as a double`, () => assert.equal(readTextproto(`d: ${written}`).double("d"), expected));
  }

  for (const [written, expected] of [
    ["18446744073709551615", 18446744073709551615n],
    ["-9223372036854775808", -9223372036854775808n],
    ["-0x10", -16n],
    ["010", 8n],
  ] as const) {
    it(`${written} as an integer`, () => assert.equal(readTextproto(`i: ${written}`).integer("i"), expected));
  }
});

describe("messages", () => {
  it("nested, repeated, in lists, in angle brackets, with separators and comments", () => {
    const message = readTextproto(`
      # a comment
      one { x: 1 } one: { x: 2 }; one < x: 3 >, one: [ { x: 4 }, { x: 5 } ] # the end
      none: []
      on: true off: f kind: GREEN`);
    assert.deepEqual(
      message.messages("one").map((each) => each.integer("x")),
      [1n, 2n, 3n, 4n, 5n],
    );
    assert.deepEqual(message.messages("none"), []);
    assert.equal(message.message("one")?.integer("x"), 5n);
    assert.deepEqual([message.bool("on"), message.bool("off"), message.enumName("kind")], [true, false, "GREEN"]);
  });

  it("what is not set reads as zero", () => {
    const message = readTextproto("");
    assert.deepEqual([message.text("a"), message.integer("a"), message.double("a")], ["", 0n, 0]);
    assert.deepEqual([message.bool("a"), message.has("a"), message.message("a")], [false, false, undefined]);
    assert.deepEqual([message.any("a"), message.entries("a")], [undefined, []]);
  });

  it("a map, an extension and an Any", () => {
    const message = readTextproto(`
      m { key: "a" value { x: 1 } } m { key: "__proto__" }
      [a.b.ext]: 7
      any { [type.googleapis.com/google.protobuf.Duration] { seconds: 3 } }
      raw { type_url: "x/y" value: "z" }`);
    assert.deepEqual(
      message.entries("m").map(([key, value]) => [key, value.integer("x")]),
      [
        ["a", 1n],
        ["__proto__", 0n],
      ],
    );
    assert.equal(message.integer("a.b.ext"), 7n);
    assert.equal(message.any("any")?.typeName, "google.protobuf.Duration");
    assert.equal(message.any("any")?.content.integer("seconds"), 3n);
    assert.equal(message.any("raw"), undefined);
  });
});

describe("what is not text format", () => {
  for (const [text, message] of [
    ["a: 1\nb: {", /line 2: expected }/],
    ["a {", /expected }/],
    ["a 1", /line 1: expected : before a scalar/],
    [`a: "x`, /unexpected character/],
    [String.raw`a: "\q"`, /unknown escape \\q/],
    ["a: }", /expected a value/],
    ["a: [1", /expected , or \]/],
    ["[a.b", /expected \]/],
    ["}", /expected a word, found }/],
    ["a {".repeat(200), /nested too deep/],
  ] as const) {
    it(text.slice(0, 20), () => assert.throws(() => readTextproto(text), message));
  }

  it("a field of another kind", () => {
    const message = readTextproto(`a: 1 b: "x" c {}`);
    assert.throws(() => message.text("a"), /is a string, not 1/);
    assert.throws(() => message.integer("b"), /written as a string/);
    assert.throws(() => message.bool("a") && message.bool("b"), /written as a string/);
    assert.throws(() => message.message("a"), /is a message, not a scalar/);
    assert.throws(() => message.text("c"), /is a scalar, not a message/);
  });
});
