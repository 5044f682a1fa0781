import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { evaluate, TEST_ENVIRONMENT } from "../../../../testing/cel-activation.ts";
import { compileExpression } from "../compile/compile.ts";

describe("the regular expression extension", () => {
  const found: readonly (readonly [source: string, expected: unknown])[] = [
    ["regex.extractAll('baaac', 'a*')", ["", "aaa", ""]],
    ["regex.extractAll('a😀bb😀', '😀?')", ["", "😀", "", "😀"]],
    ["regex.extractAll('aXbX', '(X)?')", ["X", "X"]],
    ["regex.extractAll('abc', 'x')", []],
    ["regex.extractAll('', '')", [""]],
    ["regex.extract('hello world', 'hello(.*)').value()", " world"],
    ["regex.extract('ab', '(x)?').hasValue()", false],
    ["regex.extract('', '').value()", ""],
    ["regex.replace('foo bar', '(fo)o (ba)r', r'\\2 \\1')", "ba fo"],
    ["regex.replace('banana', '', '-')", "-b-a-n-a-n-a-"],
    ["regex.replace('banana', 'a', 'x', 0)", "banana"],
    ["regex.replace('banana', 'a', 'x', -12)", "bxnxnx"],
    ["regex.replace('banana', 'a', r'\\0\\0', 1)", "baanana"],
    ["regex.replace('ab', '(x)?b', r'<\\1>')", "a<>"],
    ["regex.replace('ab', 'b', r'\\\\')", "a\\"],
    ["regex.replace('ab', 'b', '$0')", "a$0"],
    ["regex.replace('ab', 'x', r'\\9')", "ab"],
  ];
  for (const [source, expected] of found) {
    it(`${source} is ${JSON.stringify(expected)}`, () => assert.deepEqual(evaluate(source), expected));
  }

  for (const source of [
    "regex.extract(x, '(a)(b)')",
    "regex.extractAll(x, '(a)(b)')",
    "regex.extract(x, y)",
    "regex.replace(x, 'a', r'\\1')",
    "regex.replace(x, 'a', r'\\x')",
    "regex.replace(x, 'a', '\\\\')",
    "regex.replace(x, 'a', 'b', 2147483648)",
  ]) {
    it(`${source} fails`, () => {
      assert.throws(() => evaluate(source, { x: "ab", y: "(" }), { code: "EXPRESSION_FAILED" });
    });
  }

  it("refuses a constant pattern that is none when the expression is loaded", () => {
    for (const call of ["extract(x, '(')", "extractAll(x, '(?=a)')", "replace(x, '[', '')"]) {
      assert.throws(() => compileExpression(`regex.${call}`, TEST_ENVIRONMENT), { code: "EXPRESSION_INVALID" });
    }
  });

  it("is bounded by the budget (C15)", () => {
    const budget = (): { budget: { steps: number } } => ({ budget: { steps: 1_000_000 } });
    const text = "x".repeat(20_000);
    // Each match reads on to the end of the text, in search of the y.
    assert.throws(() => evaluate("regex.extractAll(x, 'x*y|x')", { x: text }, budget()), { code: "BUDGET_EXCEEDED" });
    const by = "z".repeat(10_000);
    assert.throws(() => evaluate("regex.replace(x, 'x', y)", { x: text, y: by }, budget()), {
      code: "BUDGET_EXCEEDED",
    });
    assert.throws(() => evaluate("regex.extract(x, y)", { x: text, y: "(x{1000}){1000}" }), {
      code: "EXPRESSION_FAILED",
    });
    // RE2 reads this once; a backtracking engine would not end.
    assert.equal(evaluate("regex.extract(x, '^(?:(?:a+)+)+$').hasValue()", { x: `${"a".repeat(5000)}!` }), false);
  });
});
