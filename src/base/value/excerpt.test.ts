import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { Double, excerptOfValue, type Value, writeJson } from "../index.ts";

function nested(levels: number): Value {
  return levels === 0 ? 1 : [nested(levels - 1)];
}

const CASES: readonly (readonly [Value | undefined, number | undefined, string])[] = [
  [undefined, undefined, "nothing"],
  [null, undefined, "null"],
  [true, undefined, "true"],
  [2n ** 70n, undefined, "1180591620717411303424"],
  [new Double(1), undefined, "1.0"],
  [Number.NaN, undefined, "NaN"],
  ["a\u0000b", undefined, '"a\\u0000b"'],
  ["\ud800", undefined, '"\\ud800"'],
  [{ "\udc00": 1 }, undefined, '{"\\udc00":1}'],
  [{ a: [1, { b: "c" }], d: {} }, undefined, '{"a":[1,{"b":"c"}],"d":{}}'],
  [nested(12), undefined, "[[[[[[[[[…]]]]]]]]]"],
  ["a long text", 6, '"a lon…'],
  ["\u{1f600}\u{1f600}", 2, '"…'],
  [{ key: "value", other: 1 }, 10, '{"key":"va…'],
];

describe("excerpts of values", () => {
  for (const [value, maxCharacters, text] of CASES) {
    test(text, () => assert.equal(excerptOfValue(value, maxCharacters), text));
  }

  test("a value of any size is written as far as it is shown", () => {
    const wide = Array.from({ length: 1_000_000 }, () => "x".repeat(10));
    assert.equal(excerptOfValue(wide, 20), '["xxxxxxxxxx","xxxxx…');
    assert.equal(excerptOfValue("y".repeat(10_000_000), 5), '"yyyy…');
  });

  test("law: what is short and well formed is JSON", () => {
    const value = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Value>;
    fc.assert(
      fc.property(value, (each) => {
        fc.pre(
          JSON.stringify(each).isWellFormed() &&
            !/\\ud/.test(JSON.stringify(each)) &&
            !/e|\./.test(JSON.stringify(each)),
        );
        assert.equal(excerptOfValue(each, 1_000_000), writeJson(each));
      }),
      { seed: 6, numRuns: 500 },
    );
  });

  test("law: never longer than asked for, and never a throw", () => {
    fc.assert(
      fc.property(fc.jsonValue() as fc.Arbitrary<Value>, fc.integer({ min: 1, max: 40 }), (each, max) => {
        assert.ok(excerptOfValue(each, max).length <= max + 1);
      }),
      { seed: 7, numRuns: 500 },
    );
  });
});
