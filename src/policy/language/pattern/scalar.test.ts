import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import fc from "fast-check";
import { compareQuantities, Double, parseQuantity, type Quantity, type Value } from "../../../base/index.ts";
import { matchesValue } from "./pattern.ts";
import { isRange } from "./scalar.ts";

/** Pattern, what matches it, what does not. */
const ROWS: readonly (readonly [Value, readonly Value[], readonly Value[]])[] = [
  // Truth values are no text.
  [true, [true], [false, "true", 1, null]],
  ["true", [true, "true"], [false, 1, null]],
  ["!true", [false, "x"], [true, "true", null]],
  // Null is what Go calls a zero value.
  [null, [null, "", 0, false, new Double(0)], ["a", 1, true, {}, [], "0", 0.1]],
  // Numbers
  [5, [5, "5", "5.0", "5e0", new Double(5), 5n], [6, 5.5, "a", true, null, "5m"]],
  [1.5, [1.5, "1.5"], [1, "1.6", null]],
  [2n ** 60n, [2n ** 60n, "1152921504606846976"], [1]],
  // Text and wildcards
  ["nginx", ["nginx"], ["nginx:1", "", null, 1, {}, []]],
  ["", [""], ["a", {}, null]],
  ["*", ["", "a", 5, true, 1.5], [null, {}, []]],
  ["?*", ["a", "😀", 5], ["", null]],
  ["??", ["ab", "😀é", 10], ["a", "abc", 5]],
  ["*:latest", ["a:latest", ":latest"], ["a", "a:latest2"]],
  ["nginx:*", ["nginx:", "nginx:1"], ["nginx", "xnginx:1"]],
  ["*/team/*", ["r/team/app"], ["r/teams/app"]],
  ["a*b?d", ["abcd", "axxbxd"], ["abd", "abcde"]],
  ["1.*", [1.5], [2.5, 1]],
  ["5*", [5, 500, "5x"], [15]],
  // Negation
  ["!nginx", ["x", "", 5, true], ["nginx", null, {}, []]],
  ["!*:latest & *:*", ["a:1"], ["a:latest", "a"]],
  ["! nginx", ["x"], ["nginx"]],
  ["!", ["!"], ["x", ""]],
  ["!5", [6, "6", "x"], [5, "5", "5000m"]],
  ["!5-10", ["x", 7, 5], ["5-10"]],
  // Or, and
  ["a | b", ["a", "b"], ["c", "a | c"]],
  ["a | b", ["a | b"], []],
  ["a||b", ["a", "", "b"], ["c", null]],
  [">1 & <5 | 9", [2, 4, 9, "3"], [1, 5, 8]],
  // Amounts, compared by value
  [">=5", [5, 6, "5", "6k"], [4, "x", null, "4999m"]],
  ["<5", [4, "4", -5, null], [5, "x"]],
  ["<=1Gi", ["1Gi", "1024Mi", "1G", 100], ["1.1Gi", "2Gi"]],
  ["1Gi", ["1024Mi", "1073741824", 1_073_741_824], ["1G"]],
  ["500m", ["0.5", 0.5, "500m"], ["1", 1]],
  ["0.0000005", ["500n"], [0.0000005, 0.000001]],
  [">0.5", [1, 0.75, "600m"], [0.5, 0, null]],
  ["0", [0, "0", null, "0s", "0Gi"], [1, ""]],
  [">9007199254740992", [9007199254740993n], [9007199254740992n, 5]],
  // Durations: before quantities where both sides are one
  ["<=1h", ["60m", "3600s", "0", null], ["61m", "2h"]],
  ["60m", ["1h", "3600s"], ["60", "1h1s"]],
  [">1m", ["90s", "5m", 5, "500"], ["30s", "59s", "1m"]],
  // Ranges
  ["1-5", [1, 3, 5, "1", 2.5], [0, 6, null, "x"]],
  ["1Mi-1Gi", ["1Mi", "512Mi", "1Gi"], ["1Ki", "2Gi", null]],
  ["10s-1h", ["1m", "10s", "1h"], ["5s", "61m"]],
  ["-5-5", [-5, 0, 5, null], [-6, 6]],
  ["-10--5", [-10, -7, -5], [-11, -4]],
  ["1!-5", [0, 6, "7", null], [1, 3, 5]],
  ["10s!-1h", ["5s", "2h"], ["10s", "1m"]],
  ["1-5 | 10-20", [3, 15], [7, 25]],
  ["a-b", ["a-b"], ["a", "b"]],
  ["1-", ["1-"], [1]],
  // Only the contents of maps and lists have patterns of their own.
  [{ a: 1 }, [{}, { b: 2 }], [null, "a", []]],
  [[1], [], [[1], 1, null]],
];

describe("matchesValue", () => {
  for (const [pattern, matching, others] of ROWS) {
    test(inspect(pattern), () => {
      for (const value of matching) assert.equal(matchesValue(value, pattern), true, `${inspect(value)} must match`);
      for (const value of others) assert.equal(matchesValue(value, pattern), false, `${inspect(value)} must not match`);
    });
  }

  test("a missing value is a null", () => {
    for (const [pattern] of ROWS) assert.equal(matchesValue(undefined, pattern), matchesValue(null, pattern));
  });

  test("answers the same when asked again, whatever was asked between", () => {
    for (const [pattern, matching, others] of ROWS) {
      const answers = () => [...matching, ...others].map((value) => matchesValue(value, pattern));
      assert.deepEqual(answers(), answers());
    }
  });
});

const amount = fc
  .tuple(fc.integer({ min: -2_000, max: 2_000 }), fc.constantFrom("", "m", "k", "M", "Ki", "Mi"))
  .map(([number, unit]) => `${number}${unit}`);
const OPERATOR_LETTERS = "0159.-+!<>=|&*?mKi e_hsx".split("");
const plainText = fc.string({ unit: fc.constantFrom("a", "b", "x", ":", "/", ".", "-", "é", "😀") });

describe("laws of scalar patterns", () => {
  test("a text matches itself as pattern", () => {
    fc.assert(fc.property(fc.string(), (text) => matchesValue(text, text)));
  });

  test("! is the complement for texts and amounts", () => {
    const operand = fc.oneof(plainText, amount).filter((text) => text !== "" && !/[|&]/.test(text));
    fc.assert(
      fc.property(operand, fc.oneof(plainText, amount, fc.integer()), (pattern, value) => {
        fc.pre(!isRange(pattern));
        return matchesValue(value, `!${pattern}`) === !matchesValue(value, pattern);
      }),
    );
  });

  test("comparisons are those of the amounts", () => {
    fc.assert(
      fc.property(amount, amount, (value, bound) => {
        // `5m` is five minutes where both are durations, in the same order as five thousandths are.
        const order = compareQuantities(parseQuantity(value) as Quantity, parseQuantity(bound) as Quantity);
        assert.equal(matchesValue(value, `>${bound}`), order > 0);
        assert.equal(matchesValue(value, `>=${bound}`), order >= 0);
        assert.equal(matchesValue(value, `<${bound}`), order < 0);
        assert.equal(matchesValue(value, `<=${bound}`), order <= 0);
      }),
    );
  });

  test("a range is two comparisons, and !- its complement", () => {
    fc.assert(
      fc.property(amount, amount, amount, (value, from, to) => {
        const isInside = matchesValue(value, `>=${from} & <=${to}`);
        assert.equal(matchesValue(value, `${from}-${to}`), isInside);
        assert.equal(matchesValue(value, `${from}!-${to}`), !isInside);
      }),
    );
  });

  test("| is or, & is and, and & binds closer", () => {
    const operand = fc.oneof(plainText, amount).map((text) => `!${text}`);
    fc.assert(
      fc.property(operand, operand, operand, fc.oneof(plainText, amount), (a, b, c, value) => {
        const [isA, isB, isC] = [a, b, c].map((pattern) => matchesValue(value, pattern));
        assert.equal(matchesValue(value, `${a} & ${b} | ${c}`), (isA && isB) || isC);
      }),
    );
  });

  test("anything is a pattern for anything: no throw", () => {
    const value = fc.oneof(fc.jsonValue(), fc.string({ unit: fc.constantFrom(...OPERATOR_LETTERS) }));
    fc.assert(fc.property(value, value, (a, b) => typeof matchesValue(a as Value, b as Value) === "boolean"));
  });
});

describe("hostile scalars", () => {
  const spend = (value: Value, pattern: Value) => {
    let steps = 0;
    matchesValue(value, pattern, (count) => {
      steps += count;
    });
    return steps;
  };

  test("many stars cost their product, and it is charged", () => {
    const pattern = `${"*a".repeat(2_000)}b`;
    assert.equal(matchesValue("a".repeat(2_000), pattern), false);
    assert.ok(spend("a".repeat(2_000), pattern) > 10_000);
  });

  test("many alternatives over a long text are charged", () => {
    assert.ok(spend("x".repeat(100_000), Array.from({ length: 1_000 }, (_, index) => `*${index}*`).join("|")) > 10_000);
  });

  test("a short pattern over a usual text costs next to nothing", () => {
    assert.ok(spend("registry.example.com/team/app:1.2.3", "registry.example.com/*:?* & !*:latest") < 10);
  });

  // C15: each way to split the digits was tried once.
  test("digits that end in something else are read in one way only", () => {
    for (const text of [`${"1".repeat(60)}x`, `0x${"1".repeat(60)}zp`, `${"1_".repeat(300)}x`]) {
      for (const pattern of [5.5, ">5.5", 9]) assert.equal(matchesValue(text, pattern), false);
    }
  });

  test("digits without end are no amount", () => {
    assert.equal(matchesValue("9".repeat(1_000_000), ">5"), false);
    assert.equal(matchesValue("9".repeat(1_000_000), 9), false);
    assert.equal(matchesValue("1h".repeat(500_000), "<5h"), false);
  });
});
