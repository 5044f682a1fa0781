import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { LIMITS, memberOf, textOf, type Value } from "../base/index.ts";
import { type ExplainedRule, encodeTrace, writeErrorTraces, writeTraces } from "./trace-report.ts";

const explained = (more: Partial<ExplainedRule> = {}): ExplainedRule => ({
  policy: "owner",
  rule: "team",
  resource: "shop/Pod/web",
  result: "fail",
  message: "who owns it?",
  code: "",
  failureAction: "Enforce",
  path: "spec.rules[0]",
  reasons: [],
  steps: [],
  locate: (path) => (path === "spec.rules[0]" ? "owner.yaml:7:5" : "owner.yaml:12:9"),
  ...more,
});

const EXPLANATION = { expression: "a.b", column: 3, reason: '"b" is not there: a is null', hint: "give a default" };

describe("writeTraces", () => {
  test("a rule that fails: place, steps in order, what was wanted and found, what comes of it", () => {
    const text = writeTraces([
      explained({
        steps: [
          { kind: "match", matched: true, reason: "" },
          { kind: "variable", path: "spec.rules[0].validate.message", expression: "a", value: { x: [1, "y"] } },
          { kind: "condition", path: "p", key: "CREATE", operator: "Equals", value: "DELETE", holds: false },
          {
            kind: "anchor",
            path: "p",
            anchor: "(a)",
            sort: "condition",
            at: "/a",
            wanted: "x",
            found: undefined,
            holds: false,
          },
          {
            kind: "pattern",
            path: "p",
            status: "fail",
            at: "/b/",
            pattern: {},
            wanted: "?*",
            found: "",
            message: "no",
          },
          { kind: "element", path: "p", index: 0, element: 5 },
          { kind: "exception", name: "shop/e", holds: false },
        ],
      }),
    ]);
    assert.equal(
      text,
      `rule team of policy owner, about shop/Pod/web: fail
  at owner.yaml:7:5
  match: the rule is for this object
  variable {{ a }} is {"x":[1,"y"]} [spec.rules[0].validate.message]
  condition does not hold: "CREATE" Equals "DELETE" [p]
  anchor (a) does not hold: the pattern is not held against what is around it [p]
    at /a: wanted "x", found nothing
  pattern does not match [owner.yaml:12:9 p]
    at /b/: wanted "?*", found ""
    no
  element 0 is 5 [p]
  exception shop/e does not hold
  result: fail: who owns it?
  its action is Enforce: at admission the object would be refused
`,
    );
  });
  test("an error has the consequence of the failurePolicy, not of the action", () => {
    const consequence = (failurePolicy?: "Fail" | "Ignore"): string | undefined =>
      writeTraces([
        explained({
          result: "error",
          failureAction: "Audit",
          ...(failurePolicy === undefined ? {} : { failurePolicy }),
        }),
      ])
        .trimEnd()
        .split("\n")
        .at(-1);
    assert.match(consequence("Fail") ?? "", /failurePolicy is Fail: at admission the object would be refused$/);
    assert.match(consequence("Ignore") ?? "", /failurePolicy is Ignore: the object would be admitted$/);
    assert.match(consequence() ?? "", /its action is Audit/);
  });
  test("a rule that does not apply says why", () => {
    const text = writeTraces([
      explained({ result: "none", message: "", reasons: ["match.any[0]: the kind is none of"] }),
    ]);
    assert.match(
      text,
      /: does not apply\n {2}at .*\n {2}it says nothing, because of this:\n {4}match\.any\[0\]: the kind/,
    );
  });
  test("a failed variable points at the place in the expression", () => {
    const message = 'Unknown key "b" in path';
    const text = writeTraces([
      explained({
        result: "error",
        code: "VARIABLE_NOT_FOUND",
        steps: [{ kind: "variableFailed", path: "p", expression: "a.b", message, explanation: EXPLANATION }],
      }),
    ]);
    assert.match(
      text,
      /variable \{\{ a\.b \}\} has no value \[owner\.yaml:12:9 p\]\n {4}"b" is not there: a is null\n {6}\| a\.b\n {6}\| {3}\^\n {6}\| give a default\n {4}Kyverno's words: Unknown key "b" in path\n {2}result: error \(VARIABLE_NOT_FOUND\)/,
    );
  });
  test("values from outside are cut, and drive no terminal", () => {
    const long: Value = Array.from({ length: 50_000 }, () => "x".repeat(100));
    const text = writeTraces([
      explained({
        message: "\u001b[2J\nfake: pass",
        steps: [
          { kind: "element", path: "", index: 0, element: long },
          { kind: "variable", path: "", expression: "a", value: "\u202e\u0007".repeat(1_000) },
        ],
      }),
    ]);
    assert.ok(text.split("\n").every((line) => line.length < LIMITS.explainedCharacters * 9));
    for (const character of ["\u0007", "\u001b", "\u202e"]) assert.ok(!text.includes(character));
    assert.doesNotMatch(text, /^fake/m);
  });
});

describe("writeErrorTraces", () => {
  const failed = {
    kind: "variableFailed",
    path: "p",
    expression: "a.b",
    message: "m",
    explanation: EXPLANATION,
  } as const;
  const rows: readonly (readonly [name: string, rule: Partial<ExplainedRule>, text: RegExp])[] = [
    ["a failure is none", { steps: [failed] }, /^$/],
    [
      "an error",
      { result: "error", code: "VARIABLE_NOT_FOUND", steps: [{ kind: "match", matched: true, reason: "" }, failed] },
      /^owner\.yaml:7:5: rule team of policy owner, about shop\/Pod\/web: VARIABLE_NOT_FOUND\n {2}variable \{\{ a\.b \}\} has no value/,
    ],
    ["an error without a step has its message", { result: "error", message: "too late" }, /: error\n {2}too late$/],
    ["a generate rule that made nothing", { result: "pass", code: "FACT_FAILED" }, /: FACT_FAILED\n/],
  ];
  for (const [name, rule, text] of rows) {
    test(name, () => assert.match(writeErrorTraces([explained(rule)]), text));
  }
});

test("encodeTrace: places of steps, the pattern left out, long values as text, explanations whole", () => {
  const encoded = encodeTrace(
    explained({
      steps: [
        {
          kind: "pattern",
          path: "p",
          status: "fail",
          at: "/a",
          pattern: { a: "b" },
          wanted: "b",
          found: "x".repeat(500),
          message: "",
        },
        { kind: "variableFailed", path: "", expression: "a.b", message: "m", explanation: EXPLANATION },
      ],
    }),
  );
  assert.equal(encoded["place"], "owner.yaml:7:5");
  assert.equal("code" in encoded, false);
  const [pattern, variable] = encoded["steps"] as readonly Value[];
  assert.equal(memberOf(pattern, "pattern"), undefined);
  assert.equal(memberOf(pattern, "place"), "owner.yaml:12:9");
  assert.ok(textOf(pattern, "found").length < 300);
  assert.deepEqual(memberOf(variable, "explanation"), EXPLANATION);
  assert.equal(memberOf(variable, "place"), undefined);
});
