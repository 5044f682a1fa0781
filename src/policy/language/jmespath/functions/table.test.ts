import assert from "node:assert/strict";
import { describe, it, test } from "node:test";
import type { Value } from "../../../../base/index.ts";
import { compileJmesPath } from "../compile.ts";
import { formatJmesSignature } from "../function.ts";
import type { JmesContext } from "../program.ts";
import { JMES_FUNCTIONS, STANDARD_JMES_FUNCTIONS } from "./table.ts";

const CONTEXT: JmesContext = { now: 1_700_000_000_000, charge: () => {}, entropy: () => new Uint8Array(32) };
const search = (expression: string): Value => compileJmesPath(expression).evaluate({}, CONTEXT);

describe("the table of functions", () => {
  it("has JMESPath's 26 functions and Kyverno's 51, of which one is the same", () => {
    assert.equal(STANDARD_JMES_FUNCTIONS.length, 26);
    assert.equal(JMES_FUNCTIONS.size, 76);
  });

  for (const row of JMES_FUNCTIONS.values()) {
    it(`${row.name}: its example is true`, () => assert.equal(search(row.example), true));
  }

  it("prints signatures as Kyverno does", () => {
    const row = JMES_FUNCTIONS.get("contains");
    assert.equal(row && formatJmesSignature(row), "contains(array|string, any) bool");
  });
});

test("merge makes no prototype", () => {
  const input = JSON.parse('{"a": {"polluted": true}, "b": {"__proto__": {"x": 1}}}') as Value;
  for (const expression of ["merge(a, b)", "merge(b, a)", "merge(`{}`, b)"]) {
    assert.throws(() => compileJmesPath(expression).evaluate(input, CONTEXT), {
      code: "EXPRESSION_FAILED",
      message: /the key "__proto__" is not allowed/,
    });
  }
});

describe("JMESPath's functions", () => {
  const rows: readonly (readonly [expression: string, expected: Value])[] = [
    ["length('é😀')", 2],
    ["reverse('é😀a')", "a😀é"],
    ["sort(['b', 'B', 'a', '😀', '\uffff'])", ["B", "a", "b", "\uffff", "😀"]],
    ["sort(`[3, 1.5, 9007199254740993, 2]`)", [1.5, 2, 3, 9007199254740993n]],
    ["max(['a', 'b'])", "b"],
    ["max(`[]`)", null],
    ["min(`[2, 1.0]`) == `1`", true],
    ['contains(`[{"a": 1}]`, `{"a": 1.0}`)', true],
    ["contains('abc', `1`)", false],
    ["to_string('x')", "x"],
    ['to_string(`"<"`)', "<"],
    ['to_string(`["<"]`)', '["\\u003c"]'],
    ["type(`null`)", "null"],
    ["type(`true`)", "boolean"],
    ["not_null(a, b)", null],
    ["not_null(a, 'b', c)", "b"],
    ["abs(`-9007199254740993`)", 9007199254740993n],
    ["ceil(`-0.5`)", 0],
    ["floor(`1e300`) == `1e300`", true],
    ["avg(`[1, 2, 3.5]`) > `2.1`", true],
    ["to_array(`null`)", [null]],
    ['merge(`{"a": 1, "b": 2}`, `{"b": 3}`)', { a: 1, b: 3 }],
    ['max_by(`[{"n": 1}]`, &other).n', 1],
    ["min_by(`[]`, &a)", null],
    ['sort_by(`[{"n": "b", "i": 0}, {"n": "a"}, {"n": "b", "i": 1}]`, &n)[*].i', [0, 1]],
    ['keys(`{"b": 1, "a": 2}`) | sort(@)', ["a", "b"]],
  ];
  for (const [expression, expected] of rows) {
    it(expression, () => assert.deepEqual(search(expression), expected));
  }
});

describe("to_number reads what Go reads", () => {
  const rows: readonly (readonly [text: string, expected: Value])[] = [
    ["12", 12],
    ["-12", -12],
    ["+.5", 0.5],
    ["5.", 5],
    ["1e3", 1000],
    ["1_000", 1000],
    ["0x10p0", 16],
    ["0x1.8p1", 3],
    ["0x1_0p0", 16],
    ["9007199254740993", 9007199254740993n],
    ["1_", null],
    ["_1", null],
    ["1__0", null],
    ["0x10", null],
    ["0xp1", null],
    ["1e400", null],
    [" 1", null],
    ["", null],
    [".", null],
    ["1e", null],
    ["inf", null],
    ["1".repeat(2000), null],
  ];
  for (const [text, expected] of rows) {
    it(JSON.stringify(text.slice(0, 20)), () => assert.deepEqual(search(`to_number('${text}')`), expected));
  }
});
