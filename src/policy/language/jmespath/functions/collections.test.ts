import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Double, type Value } from "../../../../base/index.ts";
import { CountingContext, callJmes, callOrMessage } from "../../../../testing/jmes-call.ts";

// The results are those of Kyverno 1.19.1.
const ROWS: readonly (readonly [name: string, args: readonly Value[], expected: Value])[] = [
  ["lookup", [{ a: 1 }, "a"], 1],
  ["lookup", [{ a: 1 }, "b"], null],
  ["lookup", [{ a: 1 }, "constructor"], null],
  ["lookup", [{ a: 1 }, "__proto__"], null],
  ["lookup", [{ a: 1 }, 1], "! JMESPath function 'lookup': argument #2 is not of type String"],
  ["lookup", [[1, 2], 0], 1],
  ["lookup", [[1, 2], new Double(1)], 2],
  ["lookup", [[1, 2], 2], null],
  ["lookup", [[1, 2], -1], null],
  ["lookup", [[1, 2], "0"], "! JMESPath function 'lookup': argument #2 is not of type Number"],
  ["lookup", [[1, 2], 1.5], "! JMESPath function 'lookup': argument #2: expected an integer number but got: 1.5"],
  [
    "lookup",
    [[1, 2], 1e300],
    "! JMESPath function 'lookup': argument #2: number is outside the range of integer numbers: 1e+300",
  ],
  [
    "items",
    [{ b: 1, a: 2 }, "k", "v"],
    [
      { k: "a", v: 2 },
      { k: "b", v: 1 },
    ],
  ],
  ["items", [[5], "k", "v"], [{ k: 0, v: 5 }]],
  ["items", [{ a: 1 }, "k", "k"], [{ k: 1 }]],
  [
    "items",
    [{ "😀": 1, "\uffee": 2 }, "k", "v"],
    [
      { k: "\uffee", v: 2 },
      { k: "😀", v: 1 },
    ],
  ],
  ["items", [{ a: 1 }, "__proto__", "v"], "! JMESPath function 'items': the key \"__proto__\" is not allowed"],
  ["object_from_lists", [["a", "b"], [1]], { a: 1, b: null }],
  [
    "object_from_lists",
    [
      [1, 1.5, true],
      ["x", "y", "z"],
    ],
    { 1: "x", 1.5: "y", true: "z" },
  ],
  [
    "object_from_lists",
    [
      ["a", "a"],
      [1, 2],
    ],
    { a: 2 },
  ],
  ["object_from_lists", [[1e10], [1]], { 10000000000: 1 }],
  [
    "object_from_lists",
    [[null], [1]],
    "! JMESPath function 'object_from_lists': argument #1 is not of type StringArray",
  ],
  [
    "object_from_lists",
    [["__proto__"], [1]],
    "! JMESPath function 'object_from_lists': the key \"__proto__\" is not allowed",
  ],
  ["label_match", [{}, {}], true],
  ["label_match", [{ a: "1" }, { a: "1", b: "2" }], true],
  ["label_match", [{ a: "1" }, { a: 1 }], false],
  ["label_match", [{ a: null }, {}], false],
  ["label_match", [{ a: null }, { a: null }], true],
  ["label_match", [{ constructor: "x" }, {}], false],
  ["label_match", [{ a: [1, { x: 2 }] }, { a: [new Double(1), { x: 2 }] }], true],
];

describe("collection functions", () => {
  for (const [name, args, expected] of ROWS) {
    test(`${name}(${JSON.stringify(args).slice(1, -1)})`, () => assert.deepEqual(callOrMessage(name, args), expected));
  }

  test("large collections end with the budget", () => {
    const list = Array.from({ length: 10_000 }, (_, index) => String(index));
    const object = Object.fromEntries(list.map((key) => [key, key]));
    const calls: readonly (readonly [name: string, args: readonly Value[]])[] = [
      ["items", [list, "k", "v"]],
      ["items", [object, "k", "v"]],
      ["object_from_lists", [list, list]],
      ["label_match", [object, object]],
    ];
    for (const [name, args] of calls) {
      assert.throws(() => callJmes(name, args, new CountingContext(1_000)), { code: "BUDGET_EXCEEDED" }, name);
    }
  });
});
