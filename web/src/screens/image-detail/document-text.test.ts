import assert from "node:assert/strict";
import { test } from "node:test";
import { documentText, indentJson } from "./document-text.ts";

const CASES: readonly [string, unknown, string][] = [
  ["an object", { a: [1, true, null] }, '{\n  "a": [\n    1,\n    true,\n    null\n  ]\n}'],
  ["nothing", undefined, ""],
  ["a direction override", "a\u202eb", "a\\u{202e}b"],
  ["a direction override in a value", { a: "\u202e" }, '{\n  "a": "\\u{202e}"\n}'],
  ["a zero-width space in a key", { "a\u200b": 1 }, '{\n  "a\\u{200b}": 1\n}'],
  ["markup", { a: "<script>alert(1)</script>" }, '{\n  "a": "<script>alert(1)</script>"\n}'],
];

for (const [name, value, expected] of CASES) {
  test(`documentText: ${name}`, () => {
    assert.deepEqual(documentText(value), { text: expected, left: 0 });
  });
}

test("documentText: a long document is cut and says how much is left", () => {
  const { text, left } = documentText("x".repeat(50), 20);
  assert.equal(text.length, 20);
  assert.equal(left, 30);
});

test("indentJson: JSON is indented, other text stays", () => {
  assert.equal(indentJson('{"a":1}').text, '{\n  "a": 1\n}');
  assert.equal(indentJson("{a").text, "{a");
  assert.equal(indentJson("a\u0007").text, "a\\u{7}");
});
