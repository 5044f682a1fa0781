import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { Double, encodeBase64, type Value } from "../../../../base/index.ts";
import { CountingContext, callJmes, callOrMessage } from "../../../../testing/jmes-call.ts";

// The results are those of Kyverno 1.19.1.
const ROWS: readonly (readonly [name: string, args: readonly Value[], expected: Value])[] = [
  ["base64_decode", ["SGVsbG8="], "Hello"],
  ["base64_decode", ["SGVs\nbG8=\r\n"], "Hello"],
  ["base64_decode", ["SGVsbG9="], "Hello"],
  ["base64_decode", ["SGVsbH=="], "Hell"],
  ["base64_decode", [""], ""],
  ["base64_decode", ["SGVsbG8"], "! illegal base64 data at input byte 4"],
  ["base64_decode", ["="], "! illegal base64 data at input byte 0"],
  ["base64_decode", ["AA=A"], "! illegal base64 data at input byte 2"],
  ["base64_decode", ["AA="], "! illegal base64 data at input byte 3"],
  ["base64_decode", ["AA==A"], "! illegal base64 data at input byte 4"],
  ["base64_decode", ["AAAA!"], "! illegal base64 data at input byte 4"],
  ["base64_decode", ["////"], "\ufffd\ufffd\ufffd"],
  ["base64_decode", ["4pyT4pw="], "✓\ufffd\ufffd"],
  ["base64_decode", ["7aCA"], "\ufffd\ufffd\ufffd"],
  ["base64_decode", ["8J+Y"], "\ufffd\ufffd\ufffd"],
  ["base64_encode", ["é😀"], "w6nwn5iA"],
  ["sha256", [""], "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"],
  ["sha1", ["é"], "bf15be717ac1b080b4f1c456692825891ff5073d"],
  ["md5", ["é"], "66ddcd97cfdeabb2f6fb8a999b4bc76f"],
  ["parse_json", ['{"a":[1,2.0,null]}'], { a: [1, new Double(2), null] }],
  ["parse_json", ["123456789012345678901"], 123456789012345678901n],
  ["parse_yaml", [""], null],
  ["parse_yaml", ["a: yes\nb: 012"], { a: true, b: 10 }],
  ["parse_yaml", ["- a\n- b"], ["a", "b"]],
];

describe("encoding functions", () => {
  for (const [name, args, expected] of ROWS) {
    test(`${name}(${JSON.stringify(args).slice(1, -1)})`, () => assert.deepEqual(callOrMessage(name, args), expected));
  }

  for (const [name, text, message] of [
    ["parse_json", "", /^JMESPath function 'parse_json': .*line 1, column 1/],
    ["parse_json", '{"a":1,"a":2}', /"a"/],
    ["parse_json", '{"__proto__":1}', /__proto__/],
    ["parse_yaml", "a: [", /^JMESPath function 'parse_yaml': /],
    ["parse_yaml", "a\n---\nb", /several documents/],
  ] as const) {
    test(`${name} refuses ${JSON.stringify(text)}`, () => {
      assert.throws(() => callJmes(name, [text]), { code: "EXPRESSION_FAILED", message });
    });
  }

  test("what is encoded is decoded", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        assert.equal(callJmes("base64_decode", [callJmes("base64_encode", [text])]), text);
      }),
    );
  });

  test("bytes that are no text count as Go counts them", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        const text = callJmes("base64_decode", [encodeBase64(bytes)]) as string;
        // The platform's own decoder makes one sign of several bytes; all else is the same.
        const collapsed = new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
        assert.equal(text.replaceAll("\ufffd", ""), collapsed.replaceAll("\ufffd", ""));
      }),
    );
  });

  test("long arguments end with the budget", () => {
    for (const name of ["base64_decode", "base64_encode", "sha256", "parse_json", "parse_yaml"]) {
      assert.throws(() => callJmes(name, ["a".repeat(1_000_000)], new CountingContext(1_000)), {
        code: "BUDGET_EXCEEDED",
      });
    }
  });
});
