import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { evaluate } from "../../../../testing/cel-activation.ts";
import { Opaque } from "./value.ts";

const quantity = (text: string): Opaque<number> => new Opaque("quantity", Number(text), (a, b) => a === b);
const mark = { id: 1 };

describe("equality of values that functions define", () => {
  const cases: readonly (readonly [name: string, left: Opaque, right: Opaque, expected: boolean])[] = [
    ["equal as their type says", quantity("1"), quantity("1.0"), true],
    ["different as their type says", quantity("1"), quantity("2"), false],
    ["one value, of two types", new Opaque("ip", 1), new Opaque("cidr", 1), false],
    ["one value, without a rule", new Opaque("ip", mark), new Opaque("ip", mark), true],
    ["two values, without a rule", new Opaque("ip", mark), new Opaque("ip", { id: 1 }), false],
  ];
  for (const [name, x, y, expected] of cases) {
    it(name, () => {
      assert.equal(evaluate("x == y", { x, y }), expected);
      assert.equal(evaluate("[x] != [y]", { x, y }), !expected);
      assert.equal(evaluate("x in [y]", { x, y }), expected);
    });
  }

  it("gives NaN no order", () => {
    assert.throws(() => evaluate("x < y", { x: Number.NaN, y: 1.5 }), { reason: "invalid_argument" });
    assert.equal(evaluate("x == x", { x: Number.NaN }), false);
  });
});
