import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { encodeUtf8 } from "../bytes/text.ts";
import { type AmapError, isAmapError } from "../errors/amap-error.ts";
import type { ErrorCode } from "../errors/codes.ts";
import { readJson } from "./json-reader.ts";
import { Double, type Value } from "./value.ts";

const fails = (code: ErrorCode, message?: RegExp) => (error: unknown) =>
  isAmapError(error, code) && (message === undefined || message.test(error.message));

const ACCEPTED: readonly (readonly [string, Value])[] = [
  ["null", null],
  [" true ", true],
  ["\t\r\nfalse\n", false],
  ['""', ""],
  ["[]", []],
  ["{}", {}],
  ["[ 1 , [ ] , { } ]", [1, [], {}]],
  ['{"a" : {"b":[null]}}', { a: { b: [null] } }],
  ['"\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\\u00e9"', '"\\/\b\f\n\r\tAé'],
  ['"\\ud83d\\ude00 \\uD83D\\uDE00 😀"', "😀 😀 😀"],
  ['"\u2028\u2029\u007f"', "\u2028\u2029\u007f"],
  [
    '{"constructor":1,"prototype":2,"toString":3,"hasOwnProperty":4}',
    JSON.parse('{"constructor":1,"prototype":2,"toString":3,"hasOwnProperty":4}'),
  ],
  // Numbers
  ["0", 0],
  ["-0", 0],
  ["-0.0", new Double(-0)],
  ["-7", -7],
  ["1.0", new Double(1)],
  ["1e3", new Double(1000)],
  ["1E+3", new Double(1000)],
  ["1.5e1", new Double(15)],
  ["1.5", 1.5],
  ["-25e-2", -0.25],
  ["1e-400", new Double(0)],
  ["1e21", new Double(1e21)],
  ["9007199254740991", Number.MAX_SAFE_INTEGER],
  ["9007199254740992", 9007199254740992n],
  ["-9007199254740993", -9007199254740993n],
  ["18446744073709551616", 18446744073709551616n],
  [`1${"0".repeat(999)}`, 10n ** 999n],
  ["[1,1.0]", [1, new Double(1)]],
];

describe("readJson reads", () => {
  for (const [text, expected] of ACCEPTED) {
    test(text.slice(0, 60), () => {
      assert.deepStrictEqual(readJson(text), expected);
      assert.deepStrictEqual(readJson(encodeUtf8(text)), expected);
    });
  }
});

const REFUSED: readonly (readonly [string, RegExp])[] = [
  ["", /expected a value, found the end at line 1, column 1/],
  ["  \n ", /found the end at line 2, column 2/],
  ["{", /expected a key in double quotes, found the end/],
  ["[1,", /expected a value, found the end/],
  ["[1,]", /expected a value, found "\]" at line 1, column 4/],
  ['{"a":1,}', /expected a key in double quotes, found "}" at line 1, column 8/],
  ["[1 2]", /expected a comma or \]/],
  ['{"a" 1}', /expected a colon/],
  ["{a:1}", /expected a key in double quotes/],
  ["{'a':1}", /expected a key in double quotes/],
  ["1 2", /expected the end of the document/],
  ["{}x", /expected the end of the document/],
  ["nul", /expected a value/],
  ["True", /expected a value/],
  ["NaN", /expected a value/],
  ["Infinity", /expected a value/],
  ["undefined", /expected a value/],
  ["01", /expected the end of the document/],
  ["+1", /expected a value/],
  [".5", /expected a value/],
  ["1.", /expected the end of the document/],
  ["1e", /expected the end of the document/],
  ["-", /expected a value/],
  ["0x10", /expected the end of the document/],
  ["1_000", /expected the end of the document/],
  ["1e400", /the number "1e400" is too large at line 1, column 1/],
  ["[-1.0e999]", /is too large/],
  ["1".repeat(1001), /is too large/],
  ["// c\n1", /expected a value/],
  ["[1 /* c */]", /expected a comma/],
  ['"a\nb"', /a control character must be escaped in a string at line 1, column 3/],
  ['"\u0000"', /control character/],
  ['"\\x41"', /unknown escape "\\\\x"/],
  ['"\\u12g4"', /four hex digits/],
  ['"\\u12', /four hex digits/],
  ['"abc', /a string has no end at line 1, column 5/],
  ['"abc\\', /unknown escape/],
  ['"\\ud800"', /half of a surrogate pair/],
  ['"\\udc00\\ud800"', /half of a surrogate pair/],
  ['{"\\ud800":1}', /half of a surrogate pair/],
  ["\ufeff{}", /byte order mark/],
  ["\u00a01", /expected a value/],
  ['{"a":1,"b":{"a":1},"a":1}', /the key "a" occurs twice at line 1, column 20/],
  ['{"a":1,"\\u0061":2}', /the key "a" occurs twice/],
  ['{"__proto__":{}}', /__proto__/],
  ['[{"\\u005f_proto__":1}]', /__proto__ is not accepted at line 1, column 3/],
  ['{\n  "a": 1,\n  "b": tru\n}', /line 3, column 8/],
];

describe("readJson refuses", () => {
  for (const [text, message] of REFUSED) {
    test(JSON.stringify(text).slice(0, 60), () => {
      assert.throws(() => readJson(text), fails("JSON_INVALID", message));
    });
  }

  test("bytes that are not UTF-8, with the line", () => {
    const bytes = encodeUtf8('{\n"a": "x"\n}');
    bytes[7] = 0xff;
    assert.throws(() => readJson(bytes), fails("JSON_INVALID", /line 2/));
    assert.throws(() => readJson(Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22)), fails("JSON_INVALID", /line 1/));
    assert.throws(() => readJson(Uint8Array.of(0x22, 0xc0, 0x80, 0x22)), fails("JSON_INVALID"));
  });

  test("half of a surrogate pair in a JavaScript string", () => {
    assert.throws(() => readJson('["\n😀", "\ud800"]'), fails("JSON_INVALID", /line 2, column 7/));
    assert.throws(() => readJson('"😀\udc00"'), fails("JSON_INVALID", /line 1, column 4/));
  });
});

function nested(levels: number): string {
  return "[".repeat(levels) + "]".repeat(levels);
}

describe("readJson's limits", () => {
  test("512 levels are read, 513 are refused, and 10 million do no harm", () => {
    assert.doesNotThrow(() => readJson(nested(512)));
    assert.throws(() => readJson(nested(513)), fails("LIMIT_EXCEEDED", /line 1, column 513/));
    assert.throws(() => readJson("[".repeat(10_000_000)), fails("LIMIT_EXCEEDED"));
  });

  test("maxDepth lowers the limit, and cannot raise it", () => {
    assert.deepEqual(readJson("[{}]", { maxDepth: 2 }), [{}]);
    assert.throws(() => readJson("[{}]", { maxDepth: 1 }), fails("LIMIT_EXCEEDED"));
    assert.equal(readJson("1", { maxDepth: 0 }), 1);
    assert.throws(() => readJson(nested(513), { maxDepth: 100_000 }), fails("LIMIT_EXCEEDED"));
  });

  test("siblings do not add to the depth", () => {
    assert.equal((readJson(`[${"[],".repeat(10_000)}[]]`, { maxDepth: 2 }) as Value[]).length, 10_001);
  });

  test("maxBytes counts bytes of UTF-8, for text, too", () => {
    const text = '"é😀"'; // 1 + 2 + 4 + 1 bytes
    assert.equal(readJson(text, { maxBytes: 8 }), "é😀");
    assert.throws(() => readJson(text, { maxBytes: 7 }), fails("LIMIT_EXCEEDED", /at most 7 bytes, found 8/));
    assert.throws(() => readJson(encodeUtf8(text), { maxBytes: 7 }), fails("LIMIT_EXCEEDED"));
  });

  test("an error carries line and column as data", () => {
    assert.throws(
      () => readJson('{"a":\n  x}'),
      (error: AmapError) => error.details["line"] === 2 && error.details["column"] === 3,
    );
  });
});

test("keys of Object's prototype are plain data and reach no prototype", () => {
  const value = readJson('{"constructor":{"prototype":{"polluted":1}}}') as Record<string, Value>;
  assert.ok(Object.hasOwn(value, "constructor"));
  assert.equal(({} as Record<string, unknown>)["polluted"], undefined);
});
