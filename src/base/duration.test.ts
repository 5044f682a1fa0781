import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { formatDuration, formatDurationNs, parseDuration, parseDurationNs } from "./duration.ts";
import { isAmapError } from "./errors/amap-error.ts";

// The results are those of Go 1.26's time.ParseDuration.
describe("parseDuration reads", () => {
  for (const [text, ms] of [
    ["0", 0],
    ["-0", 0],
    ["+0", 0],
    ["0s", 0],
    ["5s", 5_000],
    ["30s", 30_000],
    ["-1.5s", -1_500],
    ["+5s", 5_000],
    ["5.s", 5_000],
    [".5s", 500],
    ["1h30m", 5_400_000],
    ["1h0.5s", 3_600_500],
    ["10m1h", 4_200_000],
    ["300ms", 300],
    ["1us", 0.001],
    ["1µs", 0.001],
    ["1μs", 0.001],
    ["1ns", 0.000001],
    ["0.9ns", 0],
    ["0.333333333333333333333h", 1_200_000],
    ["9223372036854775807ns", 9_223_372_036_854.775],
    ["-9223372036854775808ns", -9_223_372_036_854.775],
    ["2562047h47m16.854775807s", 9_223_372_036_854.775],
  ] as const) {
    test(text, () => assert.equal(parseDuration(text), ms));
  }
});

describe("parseDuration refuses", () => {
  for (const text of [
    "",
    "+",
    "-",
    "s",
    ".s",
    "1",
    "1.5",
    "1d",
    "1w",
    "1S",
    "1 s",
    " 1s",
    "1s ",
    "1s2",
    "--1s",
    "1e3s",
    "1_0s",
    "1..5s",
    "0x1s",
    "１s",
    "9223372036854775808ns",
    "-9223372036854775809ns",
    "2562048h",
    "1s".repeat(1_000),
  ]) {
    test(JSON.stringify(text).slice(0, 40), () => assert.equal(parseDuration(text), undefined));
  }
});

describe("formatDuration", () => {
  for (const [ms, text] of [
    [0, "0s"],
    [0.000001, "1ns"],
    [0.0011, "1.1µs"],
    [1, "1ms"],
    [2.2, "2.2ms"],
    [999.999999, "999.999999ms"],
    [1_000, "1s"],
    [60_000, "1m0s"],
    [90_500, "1m30.5s"],
    [5_400_000, "1h30m0s"],
    [-3_600_001, "-1h0m0.001s"],
    [360_000_000, "100h0m0s"],
  ] as const) {
    test(text, () => assert.equal(formatDuration(ms), text));
  }

  for (const ms of [Number.NaN, Number.POSITIVE_INFINITY, 1e13, -1e13]) {
    test(`refuses ${ms}`, () => {
      assert.throws(
        () => formatDuration(ms),
        (error) => isAmapError(error, "VALUE_INVALID"),
      );
    });
  }

  test("is taken back by parseDuration", () => {
    const whole = fc.integer({ min: -9_223_372_036_853, max: 9_223_372_036_853 });
    fc.assert(fc.property(whole, (ms) => assert.equal(parseDuration(formatDuration(ms)), ms)));
  });
});

describe("durations in nanoseconds", () => {
  for (const [text, ns] of [
    ["0s", 0n],
    ["1.5µs", 1_500n],
    ["-1ns", -1n],
    ["2562047h47m16.854775807s", 2n ** 63n - 1n],
    ["-2562047h47m16.854775808s", -(2n ** 63n)],
  ] as const) {
    test(`${text} is ${ns}`, () => {
      assert.equal(parseDurationNs(text), ns);
      assert.equal(formatDurationNs(ns), text);
    });
  }

  test("are taken back exactly", () => {
    const ns = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    fc.assert(fc.property(ns, (each) => assert.equal(parseDurationNs(formatDurationNs(each)), each)));
  });
});
