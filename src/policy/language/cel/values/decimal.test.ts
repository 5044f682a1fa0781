import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { formatFixed, formatMantissa, formatPlain } from "./decimal.ts";

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });

describe("decimal digits of doubles", () => {
  it("rounds halves to the even digit", () => {
    assert.deepEqual(
      [0.5, 1.5, 2.5, -0.5].map((value) => formatFixed(value, 0)),
      ["0", "2", "2", "-0"],
    );
    assert.equal(formatFixed(0.125, 2), "0.12");
    assert.deepEqual(formatMantissa(2.5, 0), ["2", 0]);
    assert.deepEqual(formatMantissa(9.5, 0), ["1", 1]);
  });

  it("writes what reads back", () => {
    fc.assert(
      fc.property(finite, (value) => {
        assert.ok(Object.is(Number(formatPlain(value)), value));
        assert.doesNotMatch(formatPlain(value), /e/i);
        const [mantissa, power] = formatMantissa(value, 17);
        assert.ok(Object.is(Number(`${mantissa}e${power}`), value));
        assert.ok(Object.is(Number(formatFixed(value, 1100)), value));
      }),
    );
  });

  it("has as many digits as are asked for", () => {
    fc.assert(
      fc.property(finite, fc.nat(30), (value, precision) => {
        assert.match(
          formatFixed(value, precision),
          new RegExp(`^-?[0-9]+${precision === 0 ? "" : `\\.[0-9]{${precision}}`}$`),
        );
        assert.match(
          formatMantissa(value, precision)[0],
          new RegExp(`^-?[0-9]${precision === 0 ? "" : `\\.[0-9]{${precision}}`}$`),
        );
      }),
    );
  });

  it("takes integers of any size", () => {
    assert.equal(formatFixed(2n ** 64n, 1), "18446744073709551616.0");
    assert.deepEqual(formatMantissa(-(2n ** 63n), 3), ["-9.223", 18]);
  });
});
