import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { encodeUtf8 } from "../bytes/text.ts";
import { AmapError } from "../errors/amap-error.ts";
import { readJsonFast } from "./json-fast.ts";
import { readJson } from "./json-reader.ts";
import type { ReadOptions } from "./source.ts";

/** What a reader makes of a text: its value, or its error with place and words. */
function outcome(
  read: (input: string | Uint8Array, options?: ReadOptions) => unknown,
  text: string | Uint8Array,
  options?: ReadOptions,
): unknown {
  try {
    return { value: read(text, options) };
  } catch (error) {
    assert.ok(error instanceof AmapError);
    return { code: error.code, message: error.message };
  }
}

function assertSame(text: string | Uint8Array, options?: ReadOptions): void {
  assert.deepStrictEqual(outcome(readJsonFast, text, options), outcome(readJson, text, options));
}

/** Tokens of JSON and near misses, where the two readers could part. */
const token = fc.constantFrom(
  ..."{}[]:,".split(""),
  '"a"',
  '"b"',
  '"a"',
  '"__proto__"',
  '"\\u005f_proto__"',
  '"\\u0061"',
  '":"',
  '":1.0"',
  '"\\""',
  '"\\":"',
  '"\\\\"',
  '"\\\\\\":"',
  '"x\\\\":',
  '"\\ud800"',
  '"\\ud83d\\ude00"',
  '"constructor"',
  '"a":',
  '"b":',
  '"c" :',
  '"d"\n:',
  '"":',
  "0",
  "-0",
  "1",
  "-1",
  "1.0",
  "1.5",
  "1e3",
  "-0.0",
  "1e400",
  "9007199254740993",
  "123456789012345",
  "1234567890123456",
  "true",
  "null",
  " ",
  "\n",
  "\t",
  "\ufeff",
  "\u00a0",
  "x",
  '"',
  "\\",
  "\ud800",
  "01",
  "1.",
  "-",
  "1e",
  "0.1e1",
);

const key = fc.constantFrom("a", "b", "c", ":", '":', '\\":', "__proto__", "constructor", "1", "0", "é", "😀", "");
const leaf = fc.oneof(
  fc.constantFrom("0", "-0", "1", "8080", "1.0", "1.5", "-2.5e0", "1e2", "9007199254740993", "1e400", "true", "null"),
  fc.string().map((text) => JSON.stringify(text)),
  fc.constantFrom(
    '":8080"',
    '"a:b"',
    '"x : y"',
    '"\\u003c"',
    '"\\ud83d\\ude00"',
    '"\\udead"',
    '"{\\"a\\":1,\\"a\\":2}"',
  ),
);
/** Text of a document with repeated keys, unusual numbers and white space in all places. */
const documentText = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    leaf,
    fc.array(tie("value"), { maxLength: 4 }).map((items) => `[${items.join(",")}]`),
    fc
      .array(fc.tuple(key, fc.constantFrom(":", ": ", ":\n", " :", "\t: "), tie("value")), { maxLength: 4 })
      .map((members) => `{${members.map(([name, colon, value]) => JSON.stringify(name) + colon + value).join(", ")}}`),
  ),
})).value;

describe("readJsonFast and readJson agree", () => {
  test("on documents", () => {
    fc.assert(
      fc.property(documentText, (text) => assertSame(text)),
      { numRuns: 3_000 },
    );
  });

  test("on documents with one character changed, taken out or put in", () => {
    const change = fc.tuple(
      documentText,
      fc.nat(),
      fc.nat({ max: 2 }),
      fc.constantFrom(...'"\\:,{}[]0.e- _\n'.split("")),
    );
    fc.assert(
      fc.property(change, ([text, place, kind, character]) => {
        const at = place % (text.length + 1);
        assertSame(text.slice(0, at) + (kind === 0 ? "" : character) + text.slice(kind === 2 ? at : at + 1));
      }),
      { numRuns: 3_000 },
    );
  });

  test("on rows of tokens", () => {
    fc.assert(
      fc.property(fc.array(token, { maxLength: 12 }), (tokens) => assertSame(tokens.join(""))),
      { numRuns: 3_000 },
    );
  });

  test("on any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => assertSame(bytes)),
      { numRuns: 500 },
    );
  });

  test("on limits", () => {
    const limits = fc.record({ maxDepth: fc.nat({ max: 4 }), maxBytes: fc.nat({ max: 40 }) });
    fc.assert(
      fc.property(documentText, limits, (text, options) => assertSame(text, options)),
      { numRuns: 500 },
    );
  });

  // Each row is a document that JSON.parse alone reads otherwise, or a place where the quick look could be fooled.
  for (const text of [
    '{"a":1,"a":2}',
    '{"a":1,"a":2,"x":":"}',
    '{"a":1,"a" :2}',
    '{"a" :1,"a":2,"b":":c"}',
    '{"a":{"b":1},"a":{"b":1,"c":":"}}',
    '{"x":"\\\\","x":1}',
    '{"x":"\\\\\\":","y":1}',
    '{"a":[1.0]}',
    '{"a":[[2]]}',
    '{"a":[1.5,1e400]}',
    '{"a":1.50}',
    '{"a":-0}',
    '{"a":-0.5}',
    '{"a":1e-7}',
    '{"a":123456789012345678}',
    '{"a":"\\ud800"}',
    '{"\\ud800":1}',
    '{"__proto__":null}',
    '[{"\\u005f\\u005fproto__":1}]',
    `${"[".repeat(513)}${"]".repeat(513)}`,
    `${'{"a":'.repeat(513)}1${"}".repeat(513)}`,
    `${'{"a":'.repeat(512)}1${"}".repeat(512)}`,
    "[".repeat(1_000_000),
    "1.0",
    "7",
    '"only text"',
    "\ufeff{}",
    '{"args":[":8080","--port=:80"],"ports":[80,443]}',
  ]) {
    test(`on ${text.slice(0, 50)}`, () => {
      assertSame(text);
      assertSame(encodeUtf8(text));
    });
  }
});
