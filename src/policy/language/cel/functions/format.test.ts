import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { TEST_ENVIRONMENT, testActivation } from "../../../../testing/cel-activation.ts";
import { compileExpression } from "../compile/compile.ts";
import { createEnvironment } from "../environment.ts";
import { celTypes } from "../types.ts";
import type { CelValue } from "../values/value.ts";
import { asCelGo } from "./cel-go.ts";
import { STANDARD_LIBRARIES } from "./table.ts";

const CEL_GO = createEnvironment({
  libraries: STANDARD_LIBRARIES.map((library) => ({ ...library, functions: asCelGo(library.functions) })),
});

function run(source: string, values: Readonly<Record<string, CelValue>> = {}, steps?: number): CelValue {
  const changes = steps === undefined ? {} : { budget: { steps } };
  return compileExpression(source, TEST_ENVIRONMENT).evaluate(testActivation(values, changes));
}

function runCelGo(source: string): CelValue {
  return compileExpression(source, CEL_GO).evaluate({ ...testActivation(), variables: [] });
}

describe("format", () => {
  const written: readonly (readonly [source: string, text: string])[] = [
    ["'no clause'.format([])", "no clause"],
    ["'%%|%s|%%'.format(['x'])", "%|x|%"],
    ["'%s %s %s'.format([null, true, int])", "null true int"],
    ["'%s %s'.format([1e21, -0.0])", "1000000000000000000000 -0"],
    ["'%d %d %d'.format([-1, 18446744073709551615u, 1e-7])", "-1 18446744073709551615 0.0000001"],
    ["'%f %.0f %.0f %.0f'.format([1, 0.5, 1.5, 2.5])", "1.000000 0 2 2"],
    ["'%.20f'.format([0.1])", "0.10000000000000000555"],
    ["'%.3f'.format([9007199254740993])", "9007199254740993.000"],
    ["'%e %.0e %.2e'.format([0.0, 2.5, 1e23])", "0.000000e+00 2e+00 1.00e+23"],
    ["'%.25e'.format([1e23])", "9.9999999999999991611392000e+22"],
    ["'%e %e'.format([5e-324, -1.7976931348623157e308])", "4.940656e-324 -1.797693e+308"],
    ["'%f %e %d'.format([double('NaN'), double('inf'), double('-inf')])", "NaN Infinity -Infinity"],
    ["'%x %X %x'.format([-255, 255u, 'é😀'])", "-ff FF c3a9f09f9880"],
    ["'%b %b %o'.format([-5, false, 8u])", "-101 0 10"],
    ["'%s'.format([duration('-1.5s')])", "-1.5s"],
    ["'%s'.format([[1, [2u, b'x'], {}, {'b': [], 'a': 1.0}]])", "[1, [2, x], {}, {a: 1, b: []}]"],
    ["'%s'.format([{true: 1, 10: 2, '9': 3, 2u: 4}])", "{10: 2, 2: 4, 9: 3, true: 1}"],
  ];
  for (const [source, text] of written) {
    it(`${source} is ${text}`, () => assert.equal(run(source), text));
  }

  const refused: readonly (readonly [format: string, args: CelValue, message: RegExp])[] = [
    ["%", ["a"], /ends within a clause/],
    ["%.3", [1], /ends within a clause/],
    ["%a", [1], /unknown format clause %a/],
    ["%😀", [1], /unknown format clause %😀/],
    ["%.f", [1], /precision/],
    ["%.1000001f", [1], /precision/],
    ["%s %s", ["a"], /argument 2 of 1/],
    ["%d", ["1"], /%d takes int, uint and double, not string/],
    ["%b", [1.5], /%b takes int, uint and bool, not double/],
    ["%x", [true], /%x takes/],
    ["%s", [new Uint8Array([0xff])], /not UTF-8/],
  ];
  for (const [format, args, message] of refused) {
    it(`${JSON.stringify(format)} with ${JSON.stringify(args)} fails`, () => {
      const error = { code: "EXPRESSION_FAILED", reason: "invalid_argument", message };
      assert.throws(() => run("x.format(y)", { x: format, y: args }), error);
    });
  }

  it("refuses a constant format text, and constant elements, when the expression is loaded", () => {
    for (const source of ["'%a'.format(x)", "'%d %d'.format([1])", "'%d'.format([1, 2])", "'%d'.format(['a'])"]) {
      assert.throws(() => compileExpression(source, TEST_ENVIRONMENT), { code: "EXPRESSION_INVALID" }, source);
    }
  });

  it("is bounded by the budget however much a value repeats itself (C15)", () => {
    let nested: CelValue = ["x".repeat(100)];
    for (let level = 0; level < 60; level++) nested = [nested, nested];
    assert.throws(() => run("'%s'.format([x])", { x: nested }), { code: "BUDGET_EXCEEDED" });
    assert.throws(() => run("x.format([1.5])", { x: "%.1000000f" }, 1000), { code: "BUDGET_EXCEEDED" });
    const wide = { x: "%s".repeat(50_000), y: Array.from({ length: 50_000 }, () => "y".repeat(10_000)) };
    assert.throws(() => run("x.format(y)", wide), { code: "BUDGET_EXCEEDED" });
    for (const x of ["x".repeat(1_000_000), new Uint8Array(1_000_000)]) {
      const often = Array.from({ length: 1_000 }, () => x);
      assert.throws(() => run("'%s'.format([x])", { x: often }), { code: "BUDGET_EXCEEDED" });
      assert.throws(() => run("'%s'.format([{'a': x}])", { x: often }), { code: "BUDGET_EXCEEDED" });
    }
  });
});

describe("format as cel-go has it in Kubernetes", () => {
  const written: readonly (readonly [source: string, text: string])[] = [
    ["'%s %s'.format([1e21, double('inf')])", "1e+21 +Inf"],
    [
      String.raw`'%s'.format([[1, 2u, 1.5, double('inf'), 'a"\né\u200b', b'x', null, duration('90s'), timestamp(0)]])`,
      String.raw`[1, 2, 1.500000, "+Inf", "a\"\né\u200b", b"x", null, duration("90s"), timestamp("1970-01-01T00:00:00Z")]`,
    ],
    ["'%s'.format([{'b': 1, 'a': 2.0, 1: 'x', true: null}])", '{"a":2.000000, "b":1, 1:"x", true:null}'],
    ["'%f|%.1f|%.0f'.format([1234567.891, -1234.56, 999.5])", "1,234,567.891000|-1,234.6|1,000"],
    ["'%f|%f'.format([double('NaN'), '-Infinity'])", "NaN|-∞"],
    ["'%e|%.20e'.format([1052.032911275, -0.000012])", "1.052033×10⁰³|     -1.200000×10⁻⁰⁵"],
    ["'%d %x'.format([7, -255])", "7 -ff"],
  ];
  for (const [source, text] of written) {
    it(`${source} is ${text}`, () => assert.equal(runCelGo(source), text));
  }

  for (const source of [
    "'%d'.format([1.5])",
    "'%f'.format([1])",
    "duration('1x')",
    "timestamp('2026-13-01T00:00:00Z')",
  ]) {
    it(`${source} is refused when it is loaded`, () => {
      assert.throws(() => compileExpression(source, CEL_GO), { code: "EXPRESSION_INVALID" });
    });
  }

  it("differs in positions behind the end and in a duration's milliseconds", () => {
    assert.equal(
      runCelGo("['abc'.indexOf('a', 9), 'abc'.lastIndexOf('a', 9), 'abc'.indexOf('', 9)] == [-1, -1, 9]"),
      true,
    );
    assert.throws(() => run("'abc'.indexOf('a', 9)"), { reason: "index_out_of_range" });
    assert.throws(() => runCelGo("'abc'.indexOf('a', -1)"), { reason: "index_out_of_range" });
    assert.equal(runCelGo("duration('-1234.5678s').getMilliseconds()"), -1_234_567);
    assert.equal(run("duration('-1234.5678s').getMilliseconds()"), -567);
  });

  it("has an example for each row that is true", () => {
    const standard = STANDARD_LIBRARIES.flatMap((library) => library.functions);
    const different = asCelGo(standard).filter((row) => !standard.includes(row));
    assert.equal(different.length, 6);
    for (const row of different) assert.equal(runCelGo(row.example), true, row.example);
  });

  it("does not write what a value repeats without end (C15)", () => {
    let nested: CelValue = ["x"];
    for (let level = 0; level < 60; level++) nested = [nested, nested];
    const environment = createEnvironment({
      libraries: STANDARD_LIBRARIES.map((library) => ({ ...library, functions: asCelGo(library.functions) })),
      variables: { x: celTypes.dyn },
    });
    const program = compileExpression("'%s'.format([x])", environment);
    const activation = { ...testActivation(), variables: environment.bind({ x: nested }) };
    assert.throws(() => program.evaluate(activation), { code: "BUDGET_EXCEEDED" });
  });
});
