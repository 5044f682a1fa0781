import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { parseQuantity } from "../../base/index.ts";
import {
  type Amount,
  addAmount,
  divideAmount,
  formatAmount,
  multiplyAmount,
  parseAmount,
  subtractAmount,
} from "./amounts.ts";

/** An exact fraction, the independent reckoning of the tests. */
interface Rational {
  readonly n: bigint;
  readonly d: bigint;
}

const BINARY = ["Ki", "Mi", "Gi", "Ti"];
const DECIMAL: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, "": 0, k: 3, M: 6, G: 9, T: 12 };

function rational(n: bigint, power: number): Rational {
  return power >= 0 ? { n: n * 10n ** BigInt(power), d: 1n } : { n, d: 10n ** BigInt(-power) };
}

const equal = (a: Rational, b: Rational): boolean => a.n * b.d === b.n * a.d;
const isWithin = ({ n, d }: Rational, bound: bigint): boolean => n < bound * d && n > -bound * d;
const rationalOf = ({ unscaled, scale }: Amount): Rational => rational(unscaled, scale);

/** A quantity that can be held exactly, with what it is worth. */
const quantities = fc.oneof(
  fc.tuple(fc.bigInt({ min: -(10n ** 6n), max: 10n ** 6n }), fc.constantFrom(...BINARY)).map(([n, suffix]) => ({
    text: `${n}${suffix}`,
    value: { n: n << BigInt(10 * (BINARY.indexOf(suffix) + 1)), d: 1n },
  })),
  fc
    .tuple(
      fc.bigInt({ min: -(10n ** 25n), max: 10n ** 25n }),
      fc.nat({ max: 6 }),
      fc.constantFrom(...Object.keys(DECIMAL)),
    )
    .map(([n, places, suffix]) => {
      const power = DECIMAL[suffix] as number;
      // What is finer than a billionth is rounded when it is read, which is not what is looked at here.
      const digits = Math.max(0, Math.min(places, 9 + power));
      const text = String(n < 0n ? -n : n).padStart(digits + 1, "0");
      const whole = text.slice(0, text.length - digits);
      const fraction = digits === 0 ? "" : `.${text.slice(text.length - digits)}`;
      return { text: `${n < 0n ? "-" : ""}${whole}${fraction}${suffix}`, value: rational(n, power - digits) };
    }),
  fc
    .tuple(fc.integer({ min: -999, max: 999 }), fc.integer({ min: -9, max: 30 }))
    .map(([n, power]) => ({ text: `${n}e${power}`, value: rational(BigInt(n), power) })),
);

const read = (text: string): Amount => parseAmount(text) as Amount;
const factors = fc
  .tuple(fc.bigInt({ min: -(10n ** 6n), max: 10n ** 6n }), fc.integer({ min: -9, max: 3 }))
  .map(([n, power]) => ({ text: `${n}e${power}`, value: rational(n, power) }));

describe("amounts against exact fractions", () => {
  test("reading keeps the value", () => {
    fc.assert(fc.property(quantities, ({ text, value }) => equal(rationalOf(read(text)), value)));
  });

  test("sums and differences are exact", () => {
    fc.assert(
      fc.property(quantities, quantities, (a, b) => {
        const [x, y] = [a.value, b.value];
        const d = x.d * y.d;
        assert.ok(equal(rationalOf(addAmount(read(a.text), read(b.text))), { n: x.n * y.d + y.n * x.d, d }));
        assert.ok(equal(rationalOf(subtractAmount(read(a.text), read(b.text))), { n: x.n * y.d - y.n * x.d, d }));
      }),
      { numRuns: 500 },
    );
  });

  test("products are exact", () => {
    fc.assert(
      fc.property(quantities, factors, (a, b) => {
        const product = { n: a.value.n * b.value.n, d: a.value.d * b.value.d };
        assert.ok(equal(rationalOf(multiplyAmount(read(a.text), read(b.text))), product));
      }),
      { numRuns: 500 },
    );
  });

  test("a quotient is the exact one, cut at its last place", () => {
    fc.assert(
      fc.property(quantities, factors, (a, b) => {
        fc.pre(b.value.n !== 0n);
        const quotient = divideAmount(read(a.text), read(b.text));
        const { n, d } = rational(1n, -quotient.scale);
        // How many units of the last place the exact quotient has, without its fraction.
        const units = (a.value.n * b.value.d * n) / (a.value.d * b.value.n * d);
        assert.equal(quotient.unscaled, units);
      }),
      { numRuns: 500 },
    );
  });

  test("what is written is read back as the same value", () => {
    fc.assert(
      fc.property(quantities, quantities, (a, b) => {
        const sum = addAmount(read(a.text), read(b.text));
        // Binary quantities end at 2^63 - 1 when they are read.
        fc.pre(sum.format !== "binarySI" || isWithin(rationalOf(sum), 2n ** 63n));
        assert.ok(equal(rationalOf(read(formatAmount(sum))), rationalOf(sum)), formatAmount(sum));
      }),
      { numRuns: 500 },
    );
  });

  test("writing is stable", () => {
    fc.assert(
      fc.property(quantities, ({ text }) => {
        const written = formatAmount(read(text));
        assert.equal(formatAmount(read(written)), written);
      }),
    );
  });

  test("takes exactly what base's reader takes", () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: fc.constantFrom(...Array.from("0123456789.eEinumkKMGTP+-")) }), fc.string()),
        (text) => {
          assert.equal(parseAmount(text) === undefined, parseQuantity(text) === undefined, text);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
