import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Double, type Value } from "../../../../base/index.ts";
import { CountingContext, callJmes, callOrMessage } from "../../../../testing/jmes-call.ts";

// The results are those of Kyverno 1.19.1.
const ROWS: readonly (readonly [name: string, args: readonly Value[], expected: Value])[] = [
  ["regex_match", ["a.*", "bab"], true],
  ["regex_match", ["^a$", "b"], false],
  ["regex_match", ["^8080$", 8080], true],
  ["regex_match", ["^1.5$", 1.5], true],
  ["regex_match", ["^1$", new Double(1)], true],
  // Numbers become text by way of 32 bits.
  ["regex_match", ["^16777216$", 16_777_217], true],
  ["regex_match", ["^0\\.1$", 0.1], true],
  ["regex_match", ["^1000000$", 1e6], true],
  ["regex_match", ["[a", ""], "! error parsing regexp: missing closing ]: `[a`"],
  ["regex_match", ["x{1001}", ""], "! error parsing regexp: invalid repeat count: `{1001}`"],
  ["regex_replace_all", ["a(x*)b", "-ab-axxb-", "$1W"], "---"],
  ["regex_replace_all", ["a(x*)b", "-ab-axxb-", "${1}W"], "-W-xxW-"],
  ["regex_replace_all", ["a(?P<n>x*)b", "-axb-", "$n.${n}x$nx"], "-x.xx-"],
  ["regex_replace_all", ["b*", "abc", "-"], "-a-c-"],
  ["regex_replace_all", ["a*", "baaac", "x"], "xbxcx"],
  ["regex_replace_all", ["", "abc", "-"], "-a-b-c-"],
  ["regex_replace_all", ["a", "aaa", "$$"], "$$$"],
  ["regex_replace_all", ["a", "a", "${1"], "${1"],
  ["regex_replace_all", ["(a)", "a", "$01"], ""],
  ["regex_replace_all", ["(a)|(b)", "ab", "[$1$2]"], "[a][b]"],
  ["regex_replace_all", ["(a)", "a", "$9$constructor$__proto__"], ""],
  ["regex_replace_all", ["1", 121, 3.5], "3.523.5"],
  [
    "regex_replace_all",
    ["(", "a", "b"],
    "! JMESPath function 'regex_replace_all': error parsing regexp: missing closing ): `(`",
  ],
  ["regex_replace_all_literal", ["a(x*)b", "-ab-axxb-", "$1"], "-$1-$1-"],
  ["pattern_match", ["a?c", "abc"], true],
  ["pattern_match", ["*.5", 1.5], true],
  ["pattern_match", ["", ""], true],
  ["pattern_match", ["a*", "b"], false],
];

describe("matching functions", () => {
  for (const [name, args, expected] of ROWS) {
    test(`${name}(${JSON.stringify(args).slice(1, -1)})`, () => assert.equal(callOrMessage(name, args), expected));
  }

  const hostile: readonly (readonly [what: string, name: string, args: readonly string[]])[] = [
    ["a large pattern", "regex_match", ["((((a{1,90}){1,10})))".repeat(5_000), "a"]],
    ["a long text", "regex_match", ["(a|b|c|d|e|f|g|h)*z".repeat(40), "a".repeat(10_000_000)]],
    ["many matches", "regex_replace_all", ["", "a".repeat(1_000_000), "b".repeat(1_000)]],
    ["a wildcard's walk", "pattern_match", ["*a".repeat(100_000), "a".repeat(100_000)]],
  ];
  for (const [what, name, args] of hostile) {
    test(`${what} ends with the budget or with a refusal`, () => {
      assert.throws(
        () => callJmes(name, args, new CountingContext(1_000_000)),
        (error) => ["BUDGET_EXCEEDED", "EXPRESSION_FAILED"].includes((error as { code: string }).code),
      );
    });
  }

  test("a remembered pattern costs as much as a new one", () => {
    const steps = [1, 2].map(() => {
      const context = new CountingContext();
      callJmes("regex_match", ["^remembered-[0-9]+$", "remembered-1"], context);
      return context.steps;
    });
    assert.equal(steps[0], steps[1]);
  });
});
