import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import fc from "fast-check";
import { AmapError, Double, isAmapError, type Value } from "../../../base/index.ts";
import { CONDITION_OPERATORS } from "../../resource/kyverno/conditions.ts";
import { type ConditionOperator, evaluateOperator } from "./operators.ts";

/** Key, value, and what holds between them of the operators under test. */
type Row = readonly [key: Value, value: Value, ...holding: string[]];

function check(operators: readonly ConditionOperator[], rows: readonly Row[]): void {
  for (const [key, value, ...holding] of rows) {
    test(`${inspect(key)} and ${inspect(value)}`, () => {
      assert.deepEqual(
        operators.filter((operator) => evaluateOperator(operator, key, value)),
        holding,
      );
    });
  }
}

describe("Equals and NotEquals", () => {
  check(
    ["Equals", "NotEquals"],
    [
      [true, true, "Equals"],
      [true, "true", "NotEquals"],
      [5, 5, "Equals"],
      [5, new Double(5), "Equals"],
      [5, "5", "Equals"],
      [5, "5.0", "NotEquals"],
      [5, 5.5, "NotEquals"],
      [5, null, "NotEquals"],
      [5, "5s", "NotEquals"],
      [5, [5], "NotEquals"],
      [1.5, "1.5", "Equals"],
      [1.5, "x", "NotEquals"],
      [2n ** 62n, 2n ** 62n, "Equals"],
      ["a", "a", "Equals"],
      ["abc", "a*", "Equals"],
      ["a*", "abc", "NotEquals"],
      ["a", "", "NotEquals"],
      ["", "", "Equals"],
      ["", "*", "Equals"],
      ["a", 5, "NotEquals"],
      ["a", null, "NotEquals"],
      ["5", 5, "NotEquals"],
      ["1h", "60m", "Equals"],
      ["1h", 3600, "Equals"],
      [3600, "1h", "NotEquals"],
      ["1h", "*", "Equals"],
      ["1h", "1?", "Equals"],
      ["0", "0s", "NotEquals"],
      ["1Gi", "1024Mi", "Equals"],
      ["1Gi", "*", "NotEquals"],
      ["5", "5.0", "Equals"],
      ["5", "", "NotEquals"],
      [{ a: 1 }, { a: new Double(1) }, "Equals"],
      [{ a: 1 }, { a: 1, b: 2 }, "NotEquals"],
      [{ a: 1 }, "a", "NotEquals"],
      [[1, "a"], [1, "a"], "Equals"],
      [[1, "a"], ["a", 1], "NotEquals"],
      [["a"], "a", "NotEquals"],
      [null, null],
      [null, "a"],
    ],
  );
});

describe("AnyIn, AllIn, AnyNotIn and AllNotIn", () => {
  check(
    ["AnyIn", "AllIn", "AnyNotIn", "AllNotIn"],
    [
      // One key
      ["a", ["a", "b"], "AnyIn", "AllIn"],
      ["c", ["a", "b"], "AnyNotIn", "AllNotIn"],
      ["abc", ["a*"], "AnyIn", "AllIn"],
      ["a*", ["abc"], "AnyIn", "AllIn"],
      [5, [5], "AnyIn", "AllIn"],
      [5, ["5"], "AnyIn", "AllIn"],
      [1_000_650_000, [1_000_650_000], "AnyIn", "AllIn"],
      [true, ["true"], "AnyIn", "AllIn"],
      ["a", [], "AnyNotIn", "AllNotIn"],
      ["abc", "a*", "AnyIn", "AllIn"],
      ["b", "a*", "AnyNotIn", "AllNotIn"],
      ["a", '["a","b"]', "AnyIn", "AllIn"],
      // Within JSON there are no wildcards.
      ["abc", '["a*"]', "AnyNotIn", "AllNotIn"],
      ["c", '["a","b"]', "AnyNotIn", "AllNotIn"],
      // JSON that is no list of texts holds under nothing.
      ["c", '["a",1]'],
      ["c", '{"a":1}'],
      ["6", "5"],
      ["5", 5],
      ["a", null],
      ["a", { a: 1 }],
      // Ranges
      [5, "1-10", "AnyIn", "AllIn"],
      [11, "1-10", "AnyNotIn", "AllNotIn"],
      ["512Mi", "1Mi-1Gi", "AnyIn", "AllIn"],
      ["5s", "10s-1h", "AnyNotIn", "AllNotIn"],
      // Lists
      [["a", "b"], ["a", "b", "c"], "AnyIn", "AllIn"],
      [["a", "d"], ["a", "b"], "AnyIn", "AnyNotIn"],
      [["c", "d"], ["a", "b"], "AnyNotIn", "AllNotIn"],
      [["abc", "x"], ["a*", "x"], "AnyIn", "AllIn"],
      [["a*"], ["abc", "x"], "AnyIn", "AllIn"],
      [[1, true, null], ["1", "true", "<nil>"], "AnyIn", "AllIn"],
      [[], ["a"], "AllIn", "AllNotIn"],
      [["a"], [], "AnyNotIn", "AllNotIn"],
      [["a"], "a", "AnyIn", "AllIn"],
      [["abc"], "a*", "AnyIn", "AllIn"],
      [["a", "b"], "a", "AnyIn", "AnyNotIn"],
      [["a"], '["a"]', "AnyIn", "AllIn"],
      [["a"], '["b"]', "AnyNotIn", "AllNotIn"],
      [["a"], "null", "AnyNotIn", "AllNotIn"],
      [["a"], '{"a":1}'],
      [[5, 20], "1-10", "AnyIn", "AnyNotIn"],
      [[5, 6], "1-10", "AnyIn", "AllIn"],
      [[20], "1-10", "AnyNotIn", "AllNotIn"],
      [[5], 5, "AnyIn"],
      [[5], 6, "AnyNotIn"],
      [["a"], null],
      [{ a: 1 }, ["a"]],
      [null, ["a"]],
    ],
  );
});

describe("In and NotIn, the old ones", () => {
  check(
    ["In", "NotIn"],
    [
      ["a", ["a"], "In"],
      ["abc", ["a*"], "In"],
      [5, ["5"], "In"],
      ["b", ["a"], "NotIn"],
      ["a", '["a"]', "In"],
      ["a", "b"],
      ["a", 5],
      [5, "1-10"],
      [["a"], ["a", "b"], "In"],
      [["abc"], ["a*"], "NotIn"],
      [["a", "c"], ["a", "b"], "NotIn"],
      [["a"], '["a"]', "In"],
      [["b"], '["a"]', "NotIn"],
      [["a"], [5]],
      [["a"], "b"],
      // Both, as Kyverno has it.
      [["a"], "a", "In", "NotIn"],
      [[], ["a"], "In"],
      [null, ["a"]],
    ],
  );

  test("a key with what is no text is an error, not a crash", () => {
    for (const operator of ["In", "NotIn"]) {
      assert.throws(
        () => evaluateOperator(operator, ["a", 5], ["a"]),
        (error) => isAmapError(error, "EXPRESSION_INVALID") && /found int64/.test(error.message),
      );
    }
  });
});

const LESS = ["LessThan", "LessThanOrEquals"];
const SAME = ["LessThanOrEquals", "GreaterThanOrEquals"];
const MORE = ["GreaterThan", "GreaterThanOrEquals"];
const inOrder = (names: readonly string[]) => ORDERS.filter((operator) => names.includes(operator));
const ORDERS = ["GreaterThan", "GreaterThanOrEquals", "LessThan", "LessThanOrEquals"] as const;

describe("GreaterThan and its like", () => {
  check(ORDERS, [
    [1, 2, ...inOrder(LESS)],
    [2, new Double(2), ...inOrder(SAME)],
    [2.5, 2, ...inOrder(MORE)],
    [2, "1.5", ...inOrder(MORE)],
    [2, "x"],
    [2, true],
    ["2", 1, ...inOrder(MORE)],
    ["2", "10", ...inOrder(LESS)],
    ["1e1", 10, ...inOrder(SAME)],
    ["1h", "30m", ...inOrder(MORE)],
    ["1h", 3600, ...inOrder(SAME)],
    [1, "1h", ...inOrder(LESS)],
    [1.9, "1s", ...inOrder(SAME)],
    ["0", "1s", ...inOrder(LESS)],
    [0, "1s", ...inOrder(LESS)],
    ["1Gi", "1G", ...inOrder(MORE)],
    ["500m", "1", ...inOrder(LESS)],
    ["1Gi", 5],
    ["1.10.0", "1.9.0", ...inOrder(MORE)],
    ["1.0.0-rc.1", "1.0.0", ...inOrder(LESS)],
    ["1.0.0+a", "1.0.0+b", ...inOrder(SAME)],
    ["v1.0.0", "v0.9.0"],
    ["1.0.0", "1.0"],
    ["inf", 5, ...inOrder(MORE)],
    ["NaN", 5],
    ["a", "b"],
    [null, 1],
    [true, 1],
    [[1], 1],
  ]);
});

describe("the Duration operators", () => {
  const operators = ORDERS.map((operator) => `Duration${operator}` as const);
  const named = (names: readonly string[]) => inOrder(names).map((operator) => `Duration${operator}`);
  check(operators, [
    ["1h", "30m", ...named(MORE)],
    ["1h", 3600, ...named(SAME)],
    [60, "1h", ...named(LESS)],
    [60.9, 60, ...named(SAME)],
    ["1h", "x"],
    ["5", "1h"],
    ["0", "1s", ...named(LESS)],
    [true, "1s"],
    // 64 bits of nanoseconds, as in Go: beyond 292 years a number wraps around.
    [10_000_000_000, "1s", ...named(LESS)],
  ]);
});

test("the older names are the same operators", () => {
  for (const [key, value] of [
    ["a", "a*"],
    ["a", "b"],
    [1, "1"],
    [null, 1],
  ] as const) {
    assert.equal(evaluateOperator("Equal", key, value), evaluateOperator("Equals", key, value));
    assert.equal(evaluateOperator("NotEqual", key, value), evaluateOperator("NotEquals", key, value));
  }
});

test("an unknown name is refused", () => {
  for (const name of ["equals", "", "toString", "__proto__"]) {
    assert.throws(
      () => evaluateOperator(name, 1, 1),
      (error) => isAmapError(error, "EXPRESSION_INVALID"),
    );
  }
});

describe("laws of operators", () => {
  const scalar = fc.oneof(
    fc.constantFrom<Value>("a", "b*", "5", "1h", "90m", "1Gi", "1-5", '["a"]', true, null),
    fc.integer({ min: -5, max: 5 }),
    fc.constantFrom(1.5, 0.5),
  );
  const texts = fc.array(fc.constantFrom("a", "b", "b*", "bc", "?", "5"), { maxLength: 4 });

  test("NotEquals is the contrary of Equals, but for null", () => {
    fc.assert(
      fc.property(scalar, scalar, (key, value) => {
        const isEither = evaluateOperator("Equals", key, value) !== evaluateOperator("NotEquals", key, value);
        assert.equal(isEither, key !== null);
      }),
    );
  });

  test("among lists, AllNotIn is the contrary of AnyIn, and AnyNotIn of AllIn", () => {
    fc.assert(
      fc.property(texts, texts, (key, value) => {
        assert.notEqual(evaluateOperator("AllNotIn", key, value), evaluateOperator("AnyIn", key, value));
        assert.notEqual(evaluateOperator("AnyNotIn", key, value), evaluateOperator("AllIn", key, value));
      }),
    );
  });

  test("a list of keys is its keys one by one", () => {
    fc.assert(
      fc.property(texts, texts, (keys, value) => {
        const each = new Set(keys.map((key) => evaluateOperator("AnyIn", key, value)));
        assert.equal(evaluateOperator("AnyIn", keys, value), each.has(true));
        assert.equal(evaluateOperator("AllIn", keys, value), !each.has(false));
      }),
    );
  });

  test("orders exclude each other, or nothing can be compared", () => {
    fc.assert(
      fc.property(scalar, scalar, (key, value) => {
        const holding = ORDERS.filter((operator) => evaluateOperator(operator, key, value)).join();
        assert.ok(["", inOrder(LESS).join(), inOrder(SAME).join(), inOrder(MORE).join()].includes(holding), holding);
      }),
    );
  });

  test("anything with anything: an answer, or EXPRESSION_INVALID for In and NotIn", () => {
    fc.assert(
      fc.property(fc.constantFrom(...CONDITION_OPERATORS), fc.jsonValue(), fc.jsonValue(), (operator, key, value) => {
        try {
          return typeof evaluateOperator(operator, key as Value, value as Value) === "boolean";
        } catch (error) {
          return isAmapError(error, "EXPRESSION_INVALID") && /^(?:Not)?In/.test(operator);
        }
      }),
    );
  });
});

describe("hostile conditions", () => {
  const limited = (limit: number) => {
    let left = limit;
    return {
      charge: (steps: number) => {
        left -= steps;
        if (left < 0) throw new AmapError("BUDGET_EXCEEDED", "too many steps");
      },
    };
  };
  const long = (text: string) => Array.from({ length: 20_000 }, (_, index) => `${text}${index}`);

  test("two long lists without wildcards are not compared each with each", () => {
    assert.equal(evaluateOperator("AnyIn", long("a"), long("b"), limited(100_000)), false);
  });

  for (const operator of CONDITION_OPERATORS.filter((name) => name.endsWith("In"))) {
    test(`${operator}: long lists spend steps`, () => {
      const key = operator === "In" || operator === "NotIn" ? long("a") : long("a*");
      assert.throws(
        () => evaluateOperator(operator, key, long("b*"), limited(10_000)),
        (error) => isAmapError(error, "BUDGET_EXCEEDED"),
      );
    });
  }

  test("large objects and long wildcards spend steps", () => {
    const object = Object.fromEntries(long("a").map((key) => [key, 1]));
    const stars = "*a".repeat(5_000);
    for (const [key, value] of [
      [object, object],
      ["a".repeat(5_000), stars],
    ] as const) {
      assert.throws(
        () => evaluateOperator("Equals", key, value, limited(10_000)),
        (error) => isAmapError(error, "BUDGET_EXCEEDED"),
      );
    }
  });

  test("a text of too many brackets is JSON that is no list", () => {
    assert.equal(evaluateOperator("AnyNotIn", "a", "[".repeat(600) + "]".repeat(600)), false);
  });
});
