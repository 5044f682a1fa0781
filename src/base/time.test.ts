import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { isAmapError } from "./errors/amap-error.ts";
import { formatTime, parseTime } from "./time.ts";

describe("parseTime reads", () => {
  for (const [text, expected] of [
    ["1970-01-01T00:00:00Z", 0],
    ["1969-12-31T23:59:59Z", -1000],
    ["1970-01-01T01:00:00.25+01:00", 250],
    ["1969-12-31T18:30:00-05:30", 0],
    ["2026-11-22T12:34:56Z", Date.UTC(2026, 10, 22, 12, 34, 56)],
    ["2026-11-22T12:34:56.7Z", Date.UTC(2026, 10, 22, 12, 34, 56, 700)],
    ["2026-11-22T12:34:56.123456789Z", Date.UTC(2026, 10, 22, 12, 34, 56, 123)],
    ["2026-11-22T12:34:56.999999999Z", Date.UTC(2026, 10, 22, 12, 34, 56, 999)],
    ["2000-02-29T00:00:00Z", Date.UTC(2000, 1, 29)],
    ["2024-02-29T23:59:59+23:59", Date.UTC(2024, 1, 29, 0, 0, 59)],
    ["2026-01-01T00:00:00-00:00", Date.UTC(2026, 0, 1)],
    ["0001-01-01T00:00:00Z", -62_135_596_800_000],
    ["0000-02-29T00:00:00Z", -62_162_121_600_000],
    ["9999-12-31T23:59:59.999Z", 253_402_300_799_999],
  ] as const) {
    test(text, () => assert.equal(parseTime(text), expected));
  }
});

describe("parseTime refuses", () => {
  for (const text of [
    "",
    "2026-11-22",
    "2026-11-22T12:34Z",
    "2026-11-22T12:34:56",
    "2026-11-22 12:34:56Z",
    "2026-11-22t12:34:56Z",
    "2026-11-22T12:34:56z",
    "2026-11-22T12:34:56.Z",
    "2026-11-22T12:34:56,5Z",
    "2026-11-22T12:34:56.1234567890Z",
    "2026-11-22T12:34:60Z",
    "2026-11-22T12:60:00Z",
    "2026-11-22T24:00:00Z",
    "2026-00-01T00:00:00Z",
    "2026-13-01T00:00:00Z",
    "2026-01-00T00:00:00Z",
    "2026-04-31T00:00:00Z",
    "2026-02-29T00:00:00Z",
    "1900-02-29T00:00:00Z",
    "2026-11-22T12:34:56+24:00",
    "2026-11-22T12:34:56+01:60",
    "2026-11-22T12:34:56+0100",
    "2026-11-22T12:34:56+01",
    "26-11-22T12:34:56Z",
    "12026-11-22T12:34:56Z",
    "+2026-11-22T12:34:56Z",
    " 2026-11-22T12:34:56Z",
    "2026-11-22T12:34:56Z\n",
    "２026-11-22T12:34:56Z",
  ]) {
    test(JSON.stringify(text), () => assert.equal(parseTime(text), undefined));
  }
});

describe("formatTime", () => {
  for (const [ms, expected] of [
    [0, "1970-01-01T00:00:00Z"],
    [250, "1970-01-01T00:00:00.250Z"],
    [-1, "1969-12-31T23:59:59.999Z"],
    [951_782_400_000, "2000-02-29T00:00:00Z"],
    [-62_167_219_200_000, "0000-01-01T00:00:00Z"],
  ] as const) {
    test(expected, () => assert.equal(formatTime(ms), expected));
  }

  for (const ms of [0.5, Number.NaN, Number.POSITIVE_INFINITY, 253_402_300_800_000, -62_167_219_200_001]) {
    test(`refuses ${ms}`, () =>
      assert.throws(
        () => formatTime(ms),
        (error) => isAmapError(error, "VALUE_INVALID"),
      ));
  }

  test("is taken back by parseTime", () => {
    const times = fc.integer({ min: -62_167_219_200_000, max: 253_402_300_799_999 });
    fc.assert(fc.property(times, (ms) => assert.equal(parseTime(formatTime(ms)), ms)));
  });
});
