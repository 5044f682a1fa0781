import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodeUtf8, encodeUtf8 } from "../bytes/text.ts";
import { AmapError, isAmapError } from "../errors/amap-error.ts";
import { LIMITS } from "../limits.ts";
import type { Value } from "./value.ts";
import { readYaml } from "./yaml-reader.ts";
import { type YamlPart, YamlSplitter } from "./yaml-splitter.ts";

/** The parts of a text that comes in chunks of so many bytes. */
function split(text: string, chunkBytes: number): readonly YamlPart[] {
  const bytes = encodeUtf8(text);
  const splitter = new YamlSplitter();
  const parts: (YamlPart | undefined)[] = [];
  for (let at = 0; at < bytes.length; at += chunkBytes) parts.push(splitter.push(bytes.slice(at, at + chunkBytes)));
  return [...parts, splitter.finish()].filter((part) => part !== undefined);
}

const textsOf = (parts: readonly YamlPart[]): readonly (string | undefined)[] =>
  parts.map(({ bytes }) => decodeUtf8(bytes));

const SPLIT: readonly (readonly [name: string, text: string, parts: readonly string[]])[] = [
  ["nothing", "", []],
  ["one document", "a: 1\n", ["a: 1\n"]],
  ["documents", "a\n---\nb\n--- c\n---\td\n", ["a\n", "---\nb\n", "--- c\n", "---\td\n"]],
  ["CRLF and CR", "a\r\n---\r\nb\r---\rc", ["a\r\n", "---\r\nb\r", "---\rc"]],
  ["a marker at the end", "a\n---", ["a\n---"]],
  ["a marker at the end of a line", "a\n---\n", ["a\n", "---\n"]],
  ["what only looks like a marker", "a\n----\n---b\n ---\n--\n", ["a\n----\n---b\n ---\n--\n"]],
  ["within a block", "a: |\n  ---\n  x\n---\nb\n", ["a: |\n  ---\n  x\n", "---\nb\n"]],
  [
    "a directive stays with its document",
    "a\n...\n%YAML 1.1\n---\nb\n---\nc\n",
    ["a\n...\n%YAML 1.1\n---\nb\n", "---\nc\n"],
  ],
  ["as does one behind spaces", " %YAML 1.1\n---\nb\n", [" %YAML 1.1\n---\nb\n"]],
];

for (const [name, text, expected] of SPLIT) {
  test(`a stream is taken apart byte for byte: ${name}`, () => assert.deepEqual(textsOf(split(text, 1)), expected));
}

test("a chunk gives all documents that are complete in it at once", () => {
  const splitter = new YamlSplitter();
  const first = splitter.push(encodeUtf8("a\n---\nb\n---\nc"));
  assert.deepEqual(textsOf([first, splitter.finish()] as YamlPart[]), ["a\n---\nb\n", "---\nc"]);
});

test("parts know their line, and errors name it", () => {
  const parts = split("a: 1\n---\nb: 2\n\n---\nc: [\n", 1);
  assert.deepEqual(
    parts.map(({ firstLine }) => firstLine),
    [1, 2, 5],
  );
  const [, , last] = parts as readonly [YamlPart, YamlPart, YamlPart];
  const whole = errorOf(() => readYaml("a: 1\n---\nb: 2\n\n---\nc: [\n"));
  assert.equal(errorOf(() => readYaml(last.bytes, last)).message, whole.message);
  assert.match(whole.message, /line 7/);
});

test("other bytes than UTF-8 are named by the stream's line", () => {
  const bytes = Uint8Array.of(0x61, 0x0a, 0xff);
  assert.match(errorOf(() => readYaml(bytes, { firstLine: 11 })).message, /at line 12$/);
});

test("a document over the limit is refused before it is whole, many small ones are not", () => {
  const splitter = new YamlSplitter();
  const chunk = new Uint8Array(LIMITS.documentBytes / 2).fill(0x61);
  assert.equal(splitter.push(chunk), undefined);
  assert.ok(splitter.push(encodeUtf8("\n---\n")) !== undefined);
  assert.equal(splitter.push(chunk), undefined);
  assert.throws(
    () => splitter.push(chunk),
    (error) => isAmapError(error, "LIMIT_EXCEEDED") && /at line 2 /.test(error.message),
  );
});

test("the parts have the documents of the whole, in chunks of any size", () => {
  const piece = fc.constantFrom(
    ..."--- ... %YAML %TAG 1.1 a: b - ? & * ! | > |+ >- ' \" # [ ] { } , x <<: &a *a \t é \ufeff".split(" "),
    " ",
    "\n",
    "\n---\n",
    "\n--- ",
    "\n...\n",
    "\n%YAML 1.1\n---\n",
    "\r\n",
    "\r",
    "\n  ",
    "\na: ",
    "\n- ",
    "\u2028",
    "\u0085",
  );
  const text = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(""));
  let read = 0;
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 40 }), (stream, chunkBytes) => {
      const parts = split(stream, chunkBytes);
      assert.equal(textsOf(parts).join(""), stream);
      const whole = documentsOf(() => readYaml(stream));
      const apart = documentsOf(() => parts.flatMap((part) => readYaml(part.bytes, part)));
      if (whole !== undefined) read++;
      assert.deepEqual(apart, whole);
    }),
    { numRuns: 5_000 },
  );
  assert.ok(read > 500, `only ${read} of the streams could be read`);
});

function documentsOf(read: () => readonly Value[]): readonly Value[] | undefined {
  try {
    return read();
  } catch (error) {
    assert.ok(error instanceof AmapError, String(error));
    return undefined;
  }
}

function errorOf(run: () => unknown): AmapError {
  try {
    run();
  } catch (error) {
    if (error instanceof AmapError) return error;
    throw error;
  }
  throw new Error("expected an AmapError");
}
