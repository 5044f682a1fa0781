import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { compareText } from "./compare-text.ts";

describe("compareText", () => {
  for (const [a, b, expected] of [
    ["", "", 0],
    ["", "a", -1],
    ["a", "", 1],
    ["a", "a", 0],
    ["a", "b", -1],
    ["B", "a", -1],
    ["a", "ä", -1],
    ["z", "ä", -1],
    ["10", "9", -1],
    ["a", "a\0", -1],
    // The surrogates of U+1F600 come before U+FF5E, its code point behind it.
    ["\u{1f600}", "\uff5e", -1],
    ["\u00e4", "a\u0308", 1],
  ] as const) {
    test(`${JSON.stringify(a)} and ${JSON.stringify(b)}: ${expected}`, () => {
      assert.equal(compareText(a, b), expected);
    });
  }

  test("orders as sort() does without an argument", () => {
    const texts = fc.array(fc.string({ unit: "binary" }));
    fc.assert(fc.property(texts, (list) => assert.deepEqual(list.toSorted(compareText), list.toSorted())));
  });

  test("the other way round is the opposite, and 0 means equal", () => {
    const text = fc.string({ unit: "binary", maxLength: 3 });
    fc.assert(
      fc.property(text, text, (a, b) => {
        assert.equal(compareText(a, b) + compareText(b, a), 0);
        assert.equal(compareText(a, b) === 0, a === b);
      }),
    );
  });
});
