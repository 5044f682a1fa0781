import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { inspect } from "node:util";
import { Double, type Value } from "../../../../base/index.ts";
import { CountingContext, callJmes, callOrMessage, messageOf } from "../../../../testing/jmes-call.ts";

const MISMATCH = "Types mismatch";
const ZERO = "Zero divisor passed";
const OPERAND = "invalid operand";
const WHOLE = "Non-integer argument(s) passed for modulo";

// The results are those of Kyverno 1.19.1; `!` is a failure with Kyverno's message.
const ROWS: Readonly<Record<string, readonly (readonly [left: Value, right: Value, expected: Value])[]>> = {
  add: [
    [1, 2.5, 3.5],
    [9_007_199_254_740_993n, 0, new Double(9_007_199_254_740_992)],
    ["1Gi", "1G", "2073741824"],
    ["500m", "1500m", "2"],
    ["0", "1Gi", "1Gi"],
    ["0Ki", "1k", "1k"],
    ["1k", "0Ki", "1k"],
    ["1e3", "1", "1001"],
    ["12e3", "1e3", "13e3"],
    ["9223372036854775807", "1", "9223372036854775808"],
    ["8Ei", "1", "8Ei"],
    ["1.5Gi", "512Mi", "2Gi"],
    ["1023", "1Ki", "2047"],
    ["1h", "30m0s", "1h30m0s"],
    // Minutes and seconds alone are quantities where they can be.
    ["1m", "1m", "2m"],
    ["1h", "30m", `! ${MISMATCH}`],
    ["1h", "1s", "1h0m1s"],
    ["1.5s", "100ns", "1.5000001s"],
    [1, "1", `! ${MISMATCH}`],
    ["x", "1", `! ${OPERAND}`],
    [null, 1, `! ${OPERAND}`],
    [true, 1, `! ${OPERAND}`],
    [1, [], `! ${OPERAND}`],
    ["", 1, `! ${OPERAND}`],
  ],
  subtract: [
    [1, 2.5, -1.5],
    ["1Gi", "1Mi", "1023Mi"],
    ["1", "1Ki", "-1023"],
    ["0", "1Gi", "-1Gi"],
    ["1Gi", "1Gi", "0"],
    ["1h", "1h", "0s"],
    ["1h", "2h", "-1h0m0s"],
    ["1h", 1, `! ${MISMATCH}`],
  ],
  multiply: [
    [0.1, 3, 0.30000000000000004],
    ["1Gi", 2, "2Gi"],
    [3, "1Gi", "3Gi"],
    ["1Gi", 0.5, "512Mi"],
    ["1500m", 2, "3"],
    ["1k", 1_000_000, "1G"],
    ["1Gi", 1e-10, "1073741824n"],
    ["1h", 1.5, "1h30m0s"],
    [-2, "1.5s", "-3s"],
    ["1h", "1h", `! ${MISMATCH}`],
    ["1", "1", `! ${MISMATCH}`],
    [2, null, `! ${OPERAND}`],
  ],
  divide: [
    [1, 4, 0.25],
    ["1Gi", "1Mi", 1024],
    ["10", 4, "2"],
    ["10.0", 4, "2500m"],
    ["1500m", 2, "750m"],
    ["1k", 3, "333"],
    ["12Mi", 7, "1797558"],
    // Kyverno's number is written 1e+06, without decimal places below a million.
    ["10M", 1_000_000, "0"],
    ["10M", 100_000, "100"],
    ["90s", "30s", 3],
    ["1h", 7, "8m34.285714285s"],
    ["1h", 0, `! ${ZERO}`],
    ["1", 0, `! ${ZERO}`],
    ["1", "0", `! ${ZERO}`],
    ["1s", "0s", `! ${ZERO}`],
    [1, 0, `! ${ZERO}`],
    [1, "1", `! ${MISMATCH}`],
    [1, "1s", `! ${MISMATCH}`],
    ["1", "1s", `! ${MISMATCH}`],
    ["1s", "1", `! ${MISMATCH}`],
  ],
  modulo: [
    [7, -2, 1],
    [-7, 2, -1],
    [7, 2.5, `! ${WHOLE}`],
    [1e21, 2, `! ${WHOLE}`],
    [7, 0, `! ${ZERO}`],
    ["10Gi", "3Gi", "1Gi"],
    ["1500m", "1", `! ${WHOLE}`],
    ["1000m", "1", "0"],
    ["5", "0", `! ${ZERO}`],
    ["25s", "10s", "5s"],
    ["-25s", "10s", "-5s"],
    ["25s", "0s", `! ${ZERO}`],
    ["25s", 10, `! ${MISMATCH}`],
    ["25", 10, `! ${MISMATCH}`],
  ],
  round: [
    [10.125, 2, 10.13],
    [1.5, 0, 2],
    [-2.5, 0, -3],
    [0.285, 2, 0.28],
    [1.005, 2, 1],
    [3.14159, 22, 3.14159],
    [1, 1.5, "! Non-integer argument(s) passed for round off"],
    [1, -1, "! argument is out of bounds"],
  ],
};

/** As JavaScript shows it, since JSON has no bigints. */
const show = (value: Value): string => inspect(value, { compact: true });

describe("arithmetic", () => {
  for (const [name, rows] of Object.entries(ROWS)) {
    for (const [left, right, expected] of rows) {
      test(`${name}(${show(left)}, ${show(right)}) is ${show(expected)}`, () => {
        const wanted =
          typeof expected === "string" && expected.startsWith("! ")
            ? `! JMESPath function '${name}': ${expected.slice(2)}`
            : expected;
        assert.deepEqual(callOrMessage(name, [left, right]), wanted);
      });
    }
  }

  // Where Kyverno goes on with a wrong number, amap does not.
  for (const [name, args] of [
    ["add", ["2562047h", "2562047h"]],
    ["subtract", ["-2562047h", "2562047h"]],
    ["multiply", ["999999h", 100]],
    ["divide", ["1h", 1e-9]],
    ["multiply", ["1h", Number.POSITIVE_INFINITY]],
  ] as const) {
    test(`${name}(${args.join(", ")}) does not fit a duration`, () => {
      assert.match(messageOf(name, args), /does not fit 64 bits of nanoseconds/);
    });
  }

  for (const [factor, quantity, expected] of [
    [1000, "1E", "1e21"],
    [0.5, "1n", "500e-12"],
    [1e-7, "999u", "99900e-15"],
  ] as const) {
    test(`${factor} × ${quantity}, for which there is no suffix, is ${expected}`, () => {
      assert.equal(callJmes("multiply", [factor, quantity]), expected);
    });
  }
});

describe("sum", () => {
  for (const [list, expected] of [
    [[1, 2, 3.5], 6.5],
    [["1Gi", "512Mi"], "1536Mi"],
    [["1h", "30m0s", "1s"], "1h30m1s"],
    [["x"], "x"],
    [[null], null],
    [[], "! JMESPath function 'sum': at least one element in the array is required"],
    [["1Gi", 1], "! JMESPath function 'sum': Types mismatch"],
    [["x", "1"], "! JMESPath function 'sum': invalid operand"],
  ] as const) {
    test(`of ${JSON.stringify(list)} is ${expected}`, () => assert.equal(callOrMessage("sum", [list]), expected));
  }

  test("of a long list ends with the budget", () => {
    const list = Array.from({ length: 1_000_000 }, () => "1Gi");
    assert.throws(() => callJmes("sum", [list], new CountingContext(100_000)), { code: "BUDGET_EXCEEDED" });
  });
});
