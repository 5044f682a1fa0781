import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AmapError, isAmapError, LIMITS, type Value } from "../../../base/index.ts";
import { compileJmesPath } from "./compile.ts";
import type { JmesContext } from "./program.ts";
import { formatJmesTree } from "./syntax/print.ts";

function contextOf(steps: number = LIMITS.evaluationSteps): JmesContext {
  let left = steps;
  return {
    now: 0,
    charge: (count) => {
      left -= count;
      if (left < 0) throw new AmapError("BUDGET_EXCEEDED", "the budget is spent");
    },
    entropy: () => new Uint8Array(32),
  };
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return isAmapError(error) ? error.code : String(error);
  }
  return "no error";
}

const piped = (stage: string, times: number): string => Array.from({ length: times }, () => stage).join(" | ");

describe("expressions that are too large or too deep", () => {
  const rows: readonly (readonly [name: string, source: string])[] = [
    ["parentheses", `${"(".repeat(10_000)}a${")".repeat(10_000)}`],
    ["open parentheses", "(".repeat(100_000)],
    ["negations", `${"!".repeat(10_000)}a`],
    ["lists", "[".repeat(10_000)],
    ["objects", "{a:".repeat(10_000)],
    ["calls", "f(".repeat(10_000)],
    ["filters", "a[?".repeat(10_000)],
    ["references", "& ".repeat(10_000)],
    ["stars", `a${"[*]".repeat(10_000)}`],
    ["flattens", `a${"[]".repeat(10_000)}`],
    ["a long path", `a${".a".repeat(10_000)}`],
    ["many pipes", piped("a", 10_000)],
    ["many alternatives", `a${" || a".repeat(10_000)}`],
    ["many comparisons", `a${" == a".repeat(10_000)}`],
    ["indexes", `a${"[0]".repeat(10_000)}`],
    ["a long text", `'${"x".repeat(LIMITS.expressionBytes)}'`],
    ["a deep literal", `\`${"[".repeat(10_000)}${"]".repeat(10_000)}\``],
  ];
  for (const [name, source] of rows) {
    it(`${name} are refused`, () =>
      assert.equal(
        codeOf(() => compileJmesPath(source)),
        "LIMIT_EXCEEDED",
      ));
  }

  it("just within the limits they are compiled, printed and run", () => {
    const deep = 240;
    const long = LIMITS.expressionChain - 10;
    const sources = [
      `${"(".repeat(deep)}a${")".repeat(deep)}`,
      `${"[".repeat(deep)}a${"]".repeat(deep)}`,
      `a${".a".repeat(long)} || 'x'`,
      `a${" || a".repeat(long)}`,
      `a${" == a".repeat(long)}`,
      piped("a", long),
      `\`"${"x".repeat(LIMITS.expressionBytes - 10)}"\``,
    ];
    for (const source of sources) {
      assert.equal(
        codeOf(() => compileJmesPath(source).evaluate({ a: null }, contextOf())),
        "no error",
      );
      assert.equal(
        codeOf(() => formatJmesTree(source)),
        "no error",
      );
    }
  });
});

describe("results that grow", () => {
  const rows: readonly (readonly [name: string, expression: string, code: string])[] = [
    ["doubled by lists", piped("[@, @]", 60), "BUDGET_EXCEEDED"],
    ["doubled by objects", piped("{a: @, b: @}", 60), "BUDGET_EXCEEDED"],
    ["doubled and written", `${piped("[@, @]", 60)} | to_string(@)`, "BUDGET_EXCEEDED"],
    [
      "doubled and compared",
      `[${"x".replace("x", `(${piped("[@, @]", 60)})`)}, (${piped("[@, @]", 60)})] | [0] == [1]`,
      "BUDGET_EXCEEDED",
    ],
    [
      "doubled and searched",
      `[(${piped("[@, @]", 60)}), (${piped("[@, @]", 60)})] | contains([[0]], [1])`,
      "BUDGET_EXCEEDED",
    ],
    ["doubled lists, flat", piped("[@, @][]", 60), "BUDGET_EXCEEDED"],
    ["doubled text", `'xxxxxxxx' | ${piped("join('', [@, @])", 60)}`, "BUDGET_EXCEEDED"],
    ["nested deeper and deeper", piped("[@]", 900), "LIMIT_EXCEEDED"],
    ["nested deeper and written", `${piped("[@]", 900)} | to_string(@) | length(@)`, "LIMIT_EXCEEDED"],
    ["nested deeper in objects", piped("{a: @}", 900), "LIMIT_EXCEEDED"],
    ["nested through maps", piped("map(&[@], [@])", 400), "LIMIT_EXCEEDED"],
    [
      "nested loops",
      `map(&map(&map(&map(&@, $), $), $), $)`.replaceAll(
        "$",
        "`[1,2,3,4,5,6,7,8,9,0]`[].[@, @, @, @, @, @, @, @, @, @][]",
      ),
      "BUDGET_EXCEEDED",
    ],
    ["a message of a doubled value", `abs(${piped("[@, @]", 60)})`, "EXPRESSION_FAILED"],
  ];
  for (const [name, expression, code] of rows) {
    it(`${name}: ${code}`, () => {
      assert.equal(
        codeOf(() => compileJmesPath(expression).evaluate({ a: [1] }, contextOf())),
        code,
      );
    });
  }

  it("one large object compared with many small ones is charged for", () => {
    const large = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`k${index}`, 1]));
    const small = Array.from({ length: 20_000 }, () => ({ a: 1 }));
    const code = codeOf(() => compileJmesPath("contains(small, large)").evaluate({ small, large }, contextOf()));
    assert.equal(code, "BUDGET_EXCEEDED");
  });

  for (const call of ["length(@)", "keys(@)", "values(@)", "merge(@, @)", "items(@, 'k', 'v')", "*", "to_string(@)"]) {
    it(`the keys of a large object are charged for: ${call}`, () => {
      const large = Object.fromEntries(Array.from({ length: 20_000 }, (_, index) => [`k${index}`, 1]));
      const input = { list: Array.from({ length: 300 }, () => large) };
      assert.equal(
        codeOf(() => compileJmesPath(`list[*].${call}`).evaluate(input, contextOf())),
        "BUDGET_EXCEEDED",
      );
    });
  }

  it("a spent budget is never read as null", () => {
    for (const expression of ["a[*][]", "a[*].b[?c]", "join(',', a).*", "sort_by(a, &join(',', [@, @]))"]) {
      const input: Value = { a: Array.from({ length: 1000 }, () => "x".repeat(100)) };
      assert.equal(
        codeOf(() => compileJmesPath(expression).evaluate(input, contextOf(500))),
        "BUDGET_EXCEEDED",
      );
    }
  });
});
