import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Double, isAmapError, type Value } from "../../../base/index.ts";
import { indentGoJson, writeGoJson } from "./go-json.ts";

const free = (): void => {};

describe("values as Go writes them", () => {
  const rows: readonly (readonly [value: Value, json: string])[] = [
    [null, "null"],
    [true, "true"],
    ["a<b>&\u2028é", '"a\\u003cb\\u003e\\u0026\\u2028é"'],
    [1, "1"],
    [new Double(1), "1"],
    [new Double(-0), "-0"],
    [1.5, "1.5"],
    [1_000_000, "1000000"],
    [123_456_789, "123456789"],
    [0.000_01, "0.00001"],
    [1e-7, "1e-7"],
    [new Double(1e21), "1e+21"],
    [2n ** 60n, "1152921504606846976"],
    [[], "[]"],
    [{}, "{}"],
    [{ b: [1, "x"], a: null }, '{"a":null,"b":[1,"x"]}'],
    [{ "😀": 1, "\uffff": 2 }, '{"\uffff":2,"😀":1}'],
  ];
  for (const [value, json] of rows) {
    it(json, () => {
      assert.equal(writeGoJson(value, free), json);
    });
  }

  it("has no JSON for NaN", () => {
    assert.throws(
      () => writeGoJson(Number.NaN, free),
      (error) => isAmapError(error, "EXPRESSION_FAILED"),
    );
  });

  it("charges for what it writes", () => {
    let steps = 0;
    writeGoJson(["x".repeat(800)], (count) => {
      steps += count;
    });
    assert.ok(steps >= 100);
  });
});

describe("values on lines, as Go indents them", () => {
  const values: readonly Value[] = [
    null,
    'a{[,:]}"\\',
    [],
    {},
    [[], {}, [[1]]],
    { "a,b": [1.5, true, { c: "\\" }], 'd"': { e: "" } },
  ];
  for (const value of values) {
    // Without what only Go escapes, both languages write the same.
    it(JSON.stringify(value), () => {
      assert.equal(indentGoJson(writeGoJson(value, free)), JSON.stringify(value, undefined, 2));
    });
  }
});
