import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { Double, type Value } from "../../../base/index.ts";
import {
  exponentText,
  fixedText,
  floatText,
  parseFloat64,
  parseInt64,
  printed,
  trimSpace,
  typeName,
} from "./go-text.ts";

const FLOATS: readonly (readonly [string, number | undefined])[] = [
  ["5", 5],
  ["+5", 5],
  ["-.5", -0.5],
  ["5.", 5],
  ["1e5", 100_000],
  ["1_000", 1_000],
  ["0x1p4", 16],
  ["0x1_0p0", 16],
  ["0x_1p-1", 0.5],
  ["-0x1.8p1", -3],
  ["0x.8p0", 0.5],
  ["Inf", Number.POSITIVE_INFINITY],
  ["-infinity", Number.NEGATIVE_INFINITY],
  ["nan", Number.NaN],
  ["1e400", undefined],
  ["0x1p5000", undefined],
  ["1__0", undefined],
  ["_1", undefined],
  ["1_", undefined],
  ["0x10", undefined],
  [".", undefined],
  ["e5", undefined],
  [" 5", undefined],
  ["", undefined],
  ["5m", undefined],
  ["1".repeat(1_001), undefined],
];

describe("parseFloat64", () => {
  for (const [text, expected] of FLOATS) {
    test(JSON.stringify(text.slice(0, 20)), () => assert.equal(parseFloat64(text), expected));
  }
});

const INTEGERS: readonly (readonly [string, bigint | undefined])[] = [
  ["5", 5n],
  ["+5", 5n],
  ["-0", 0n],
  ["007", 7n],
  ["9223372036854775807", 2n ** 63n - 1n],
  ["-9223372036854775808", -(2n ** 63n)],
  ["9223372036854775808", undefined],
  ["1_000", undefined],
  ["0x10", undefined],
  ["5.0", undefined],
  [" 5", undefined],
  ["", undefined],
];

describe("parseInt64", () => {
  for (const [text, expected] of INTEGERS) {
    test(JSON.stringify(text), () => assert.equal(parseInt64(text), expected));
  }
});

describe("numbers are printed as in Go", () => {
  const rows: readonly (readonly [number, string, string, string])[] = [
    [1.5, "1.5", "1.5E+00", "1.500000"],
    [999_999, "999999", "9.99999E+05", "999999.000000"],
    [1_000_000, "1e+06", "1E+06", "1000000.000000"],
    [2_097_152.5, "2.0971525e+06", "2.0971525E+06", "2097152.500000"],
    [0.0001, "0.0001", "1E-04", "0.000100"],
    [0.00001, "1e-05", "1E-05", "0.000010"],
    [1e-300, "1e-300", "1E-300", "0.000000"],
    [0.0078125, "0.0078125", "7.8125E-03", "0.007812"],
    [0.0234375, "0.0234375", "2.34375E-02", "0.023438"],
    [-0.0078125, "-0.0078125", "-7.8125E-03", "-0.007812"],
    [1e21, "1e+21", "1E+21", "1000000000000000000000.000000"],
  ];
  for (const [number, plain, exponent, fixed] of rows) {
    test(String(number), () => {
      assert.equal(floatText(number), plain);
      assert.equal(exponentText(number), exponent);
      assert.equal(fixedText(number), fixed);
    });
  }
});

describe("printed", () => {
  const rows: readonly (readonly [Value, string])[] = [
    [{ b: [1, null, "x"], a: true }, "map[a:true b:[1 <nil> x]]"],
    [[], "[]"],
    [{}, "map[]"],
    [null, "<nil>"],
    [1_000_000, "1000000"],
    [2n ** 60n, "1152921504606846976"],
    [new Double(1), "1"],
    [2_000_000.5, "2.0000005e+06"],
  ];
  for (const [value, expected] of rows) test(expected, () => assert.equal(printed(value), expected));

  test("a number of a policy is a float64", () => assert.equal(printed([1_000_000, 5], true), "[1e+06 5]"));

  test("is cut, and does not walk what it will not show", () => {
    const text = printed(Array.from({ length: 1_000_000 }, () => "abc"));
    assert.ok(text.startsWith("[abc abc ") && text.endsWith("…") && text.length < 5_000);
  });
});

test("types have Go's names", () => {
  const names = [null, "a", true, [], {}, 1, 1.5, new Double(2), 2n ** 70n].map((value) => typeName(value));
  const integer = "int64";
  assert.deepEqual(names, [
    "<nil>",
    "string",
    "bool",
    "[]interface {}",
    "map[string]interface {}",
    integer,
    "float64",
    integer,
    "float64",
  ]);
});

test("trimSpace takes Go's spaces alone", () => {
  assert.equal(trimSpace("\u0085\u3000 a b\t\n"), "a b");
  assert.equal(trimSpace("\ufeffa"), "\ufeffa");
  fc.assert(fc.property(fc.string(), (text) => trimSpace(trimSpace(text)) === trimSpace(text)));
});
