import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { evaluate } from "../../../../testing/cel-activation.ts";
import { CelError } from "../error.ts";
import type { CelValue } from "./value.ts";

const INT_MIN = -(2n ** 63n);
const INT_MAX = 2n ** 63n - 1n;
const UINT_MAX = 2n ** 64n - 1n;

/** Anywhere in 64 bits, and often at the edges: of 64 bits, of safe integers, around zero. */
const edges = [INT_MIN, INT_MAX, 0n, 2n ** 53n, -(2n ** 53n), 2n ** 32n, 3037000500n, UINT_MAX];
const near = (edge: bigint): bigint[] => [edge - 2n, edge - 1n, edge, edge + 1n, edge + 2n];
const integers = (min: bigint, max: bigint): fc.Arbitrary<bigint> =>
  fc.oneof(
    fc.bigInt({ min, max }),
    fc.constantFrom(...edges.flatMap(near).filter((value) => value >= min && value <= max)),
    fc.bigInt({ min: -100n, max: 100n }).map((value) => (value < min ? -value : value)),
  );

/** The value in the form the value tree has it in. */
const stored = (value: bigint): number | bigint => (Number.isSafeInteger(Number(value)) ? Number(value) : value);

const ORACLE = {
  "+": (a: bigint, b: bigint) => a + b,
  "-": (a: bigint, b: bigint) => a - b,
  "*": (a: bigint, b: bigint) => a * b,
  "/": (a: bigint, b: bigint) => a / b,
  "%": (a: bigint, b: bigint) => a % b,
} as const;
type Operator = keyof typeof ORACLE;

function expected(operator: Operator, a: bigint, b: bigint, [min, max]: readonly [bigint, bigint]): bigint | string {
  if ((operator === "/" || operator === "%") && b === 0n) return "divide_by_zero";
  if (operator === "%" && a === INT_MIN && b === -1n) return "overflow";
  const result = ORACLE[operator](a, b);
  return result < min || result > max ? "overflow" : result;
}

function result(source: string, values: Readonly<Record<string, CelValue>>): CelValue {
  try {
    return evaluate(source, values);
  } catch (error) {
    if (error instanceof CelError) return error.reason;
    throw error;
  }
}

/** JavaScript spells -0 without its sign. */
const spell = (value: number): string => (Object.is(value, -0) ? "-0" : String(value));

const operators = fc.constantFrom(...(Object.keys(ORACLE) as Operator[]));

describe("64-bit arithmetic", () => {
  it("of ints agrees with BigInt, or overflows", () => {
    const ints = integers(INT_MIN, INT_MAX);
    fc.assert(
      fc.property(operators, ints, ints, (operator, a, b) => {
        const want = expected(operator, a, b, [INT_MIN, INT_MAX]);
        const wanted = typeof want === "bigint" ? stored(want) : want;
        assert.ok(Object.is(result(`x ${operator} y`, { x: stored(a), y: stored(b) }), wanted));
        // Written as constants, which are folded when the expression is compiled.
        assert.ok(Object.is(result(`${a} ${operator} ${b}`, {}), wanted));
      }),
      { numRuns: 1000 },
    );
  });

  it("of uints agrees with BigInt, or overflows", () => {
    const uints = integers(0n, UINT_MAX);
    fc.assert(
      fc.property(operators, uints, uints, (operator, a, b) => {
        const want = expected(operator, a, b, [0n, UINT_MAX]);
        assert.equal(result(`string(${a}u ${operator} ${b}u)`, {}), typeof want === "bigint" ? String(want) : want);
      }),
      { numRuns: 500 },
    );
  });

  it("of doubles agrees with JavaScript", () => {
    fc.assert(
      fc.property(fc.double(), fc.double(), fc.constantFrom("+", "-", "*", "/"), (a, b, operator) => {
        const value = { "+": a + b, "-": a - b, "*": a * b, "/": a / b }[operator];
        const source = `dyn(double('${spell(a)}') ${operator} double('${spell(b)}'))`.replaceAll("Infinity", "Inf");
        const back = result(`double(string(${source}))`, {});
        assert.ok(Object.is(Number(back), value), source);
      }),
    );
  });
});

describe("order and equality", () => {
  const numbers = fc.oneof(
    integers(INT_MIN, INT_MAX).map((value) => `(${value})`),
    integers(0n, UINT_MAX).map((value) => `${value}u`),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => `double('${value}')`),
  );
  const text = fc.string({ unit: "binary", maxLength: 5 }).filter((each) => each.isWellFormed());

  it("exactly one of <, == and > holds between numbers, and their opposites agree", () => {
    fc.assert(
      fc.property(numbers, numbers, (a, b) => {
        const relation = (operator: string): CelValue => evaluate(`dyn(${a}) ${operator} dyn(${b})`);
        assert.equal([relation("<"), relation("=="), relation(">")].filter((each) => each === true).length, 1);
        assert.equal(relation("!="), relation("==") === false);
        assert.equal(relation("<="), relation(">") === false);
        assert.equal(relation(">="), relation("<") === false);
      }),
    );
  });

  it("texts are ordered as their UTF-8 bytes", () => {
    fc.assert(
      fc.property(text, text, (x, y) => {
        assert.equal(evaluate("x < y", { x, y }), Buffer.compare(Buffer.from(x), Buffer.from(y)) < 0);
        assert.equal(evaluate("x < y == (bytes(x) < bytes(y))", { x, y }), true);
      }),
    );
  });

  it("a value equals itself and is found by itself", () => {
    const json = fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.parse(JSON.stringify(value)) as CelValue);
    fc.assert(
      fc.property(json, (x) => {
        assert.equal(evaluate("x == x && x in [x] && [x].distinct() == [x] && {'k': x} == {'k': x}", { x }), true);
      }),
    );
  });
});
