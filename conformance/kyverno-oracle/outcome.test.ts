import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Value } from "../../src/base/index.ts";
import { explainDifference } from "./explain.ts";
import { compareOutcomes, type Outcome, type RuleResult } from "./outcome.ts";
import type { Pair } from "./pairs.ts";

const OBJECT = { apiVersion: "v1", kind: "Pod", metadata: { name: "web" } };

function applied(patched: Value, ...results: RuleResult[]): Outcome {
  return { status: "applied", results, patched, others: [] };
}

const result = (rule: string, status: string, message = ""): RuleResult => ({ rule, result: status, message });
const [passed, failed] = [result("a", "pass"), result("b", "fail", "no")];
const unknown = (rest: string): RuleResult => result("a", "error", `variable substitution failed: ${rest}`);

describe("comparing outcomes", () => {
  const same: readonly (readonly [string, Outcome, Outcome])[] = [
    ["equal results", applied(OBJECT, passed, failed), applied({ ...OBJECT }, passed, failed)],
    ["the reports of phases in another order", applied(OBJECT, failed, passed), applied(OBJECT, passed, failed)],
    ["a refusal by both", { status: "refused", reason: "r" }, { status: "refused", reason: "s" }],
    ["another unknown variable named first", applied(OBJECT, unknown("x")), applied(OBJECT, unknown("y"))],
  ];
  for (const [name, left, right] of same) it(name, () => assert.equal(compareOutcomes(left, right), undefined));

  const different: readonly (readonly [string, Outcome, Outcome])[] = [
    ["a status", applied(OBJECT, passed), applied(OBJECT, result("a", "fail"))],
    ["a message", applied(OBJECT, failed), applied(OBJECT, result("b", "fail", "yes"))],
    ["a missing result", applied(OBJECT, passed), applied(OBJECT)],
    ["one more result", applied(OBJECT), applied(OBJECT, passed)],
    ["a patched object", applied(OBJECT), applied({ ...OBJECT, spec: {} })],
    ["a refusal", applied(OBJECT), { status: "refused", reason: "r" }],
    ["a crash", applied(OBJECT), { status: "crashed", reason: "panic" }],
  ];
  for (const [name, left, right] of different) {
    it(`differs: ${name}`, () => assert.notEqual(compareOutcomes(left, right), undefined));
  }
});

describe("explaining differences", () => {
  const policy = {
    spec: {
      rules: [
        { name: "a", mutate: {} },
        { name: "b", validate: {} },
      ],
    },
  };
  const pair: Pair = { name: "p", family: "chain", policy, resource: OBJECT, operation: "CREATE" };
  const broken = result("autogen-a", "error", "failed to patch resource: x");

  it("knows the empty object behind a mutate rule that is an error", () => {
    assert.match(explainDifference(pair, applied(OBJECT, broken, failed), applied(null, broken)) ?? "", /empty object/);
  });

  it("does not take another error for it", () => {
    const other = result("autogen-a", "error", "failed to patch resource: y");
    assert.equal(explainDifference(pair, applied(OBJECT, other), applied(null, broken)), undefined);
    assert.equal(explainDifference(pair, applied(OBJECT, passed), applied(null, passed)), undefined);
  });

  it("knows a crash, and messages in other words", () => {
    assert.match(explainDifference(pair, applied(OBJECT), { status: "crashed", reason: "panic: x" }) ?? "", /panic: x/);
    const text = (cause: string): RuleResult => result("b", "error", `b: JMESPath query failed: ${cause}`);
    assert.match(explainDifference(pair, applied(OBJECT, text("no JSON")), applied(OBJECT, text("EOF"))) ?? "", /Go/);
    assert.equal(explainDifference(pair, applied(OBJECT, text("no JSON")), applied(OBJECT, failed)), undefined);
    const [told, untold] = [result("g", "pass", "nothing was generated: x"), result("g", "pass")];
    assert.match(explainDifference(pair, applied(OBJECT, told), applied(OBJECT, untold)) ?? "", /generate/);
    assert.equal(explainDifference(pair, applied(OBJECT, failed), applied(OBJECT, passed)), undefined);
  });
});
