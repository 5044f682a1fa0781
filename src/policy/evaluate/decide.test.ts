import assert from "node:assert/strict";
import { test } from "node:test";
import { AmapError } from "../../base/index.ts";
import { creation, evaluateWith, planOf, pod } from "../../testing/policy-builders.ts";
import { decide } from "./decide.ts";
import { evaluatePlan } from "./evaluate-plan.ts";
import type { Evaluation, RuleResponse } from "./response.ts";

type Status = RuleResponse["status"];
const HEAD = { policy: "example", rule: "validations[0]" };
const RESPONSES: Readonly<Record<Status, RuleResponse>> = {
  pass: { ...HEAD, status: "pass", evidence: [] },
  fail: { ...HEAD, status: "fail", message: "no", evidence: [] },
  error: { ...HEAD, status: "error", code: "FACT_FAILED", message: "broken" },
  skip: { ...HEAD, status: "skip", reason: "not matched" },
  warn: { ...HEAD, status: "warn", message: "hm" },
};
const ACTIONS = [
  [],
  ["Deny"],
  ["Audit"],
  ["Warn"],
  ["Deny", "Audit"],
  ["Deny", "Warn"],
  ["Audit", "Warn"],
  ["Deny", "Audit", "Warn"],
];

/** The expected table, written out apart from the code: what each combination leads to. */
function expected(
  status: Status,
  failurePolicy: string,
  actions: readonly string[],
): { deny: boolean; warn: boolean; audit: boolean } {
  const effective = actions.length === 0 ? ["Deny"] : actions;
  const byActions = {
    deny: effective.includes("Deny"),
    warn: effective.includes("Warn"),
    audit: effective.includes("Audit"),
  };
  if (status === "fail") return byActions;
  if (status === "error") return failurePolicy === "Ignore" ? { deny: false, warn: false, audit: true } : byActions;
  return { deny: false, warn: status === "warn", audit: false };
}

const evaluationOf = (...responses: readonly RuleResponse[]): Evaluation => ({
  policy: "example",
  responses,
  pending: [],
  unfinished: [],
});

for (const status of Object.keys(RESPONSES) as Status[]) {
  for (const failurePolicy of ["Fail", "Ignore", undefined]) {
    for (const validationActions of ACTIONS) {
      test(`decide: ${status}, failurePolicy ${failurePolicy}, [${validationActions.join(", ")}]`, () => {
        const plan = planOf({ validationActions, ...(failurePolicy === undefined ? {} : { failurePolicy }) });
        const decision = decide([{ plan, evaluation: evaluationOf(RESPONSES[status]) }]);
        const { deny, warn, audit } = expected(status, failurePolicy ?? "Fail", validationActions);
        assert.equal(decision.allowed, !deny);
        assert.equal(decision.denials.length, deny ? 1 : 0);
        assert.equal(decision.warnings.length, warn ? 1 : 0);
        assert.equal(decision.audits.length, audit ? 1 : 0);
        assert.deepEqual(decision.responses, [RESPONSES[status]]);
      });
    }
  }
}

test("decide: one denial of many denies", () => {
  const plan = planOf({});
  const audit = planOf({ validationActions: ["Audit"] });
  const outcomes = [
    { plan, evaluation: evaluationOf(RESPONSES.pass) },
    { plan: audit, evaluation: evaluationOf(RESPONSES.fail) },
    { plan, evaluation: evaluationOf(RESPONSES.fail) },
  ];
  assert.equal(decide(outcomes).allowed, false);
  assert.equal(decide(outcomes.slice(0, 2)).allowed, true);
  assert.equal(decide([]).allowed, true);
});

test("decide: checks without an expression deny, too", () => {
  const plan = planOf({ validationConfigurations: { required: false } });
  const { evaluation } = evaluateWith(plan, creation(pod("a:1")), () => assert.fail());
  const decision = decide([{ plan, evaluation }]);
  assert.deepEqual(
    decision.denials.map(({ rule }) => rule),
    ["validationConfigurations.verifyDigest"],
  );
});

const bugs: readonly (readonly [name: string, evaluation: () => Evaluation])[] = [
  [
    "facts are pending",
    () =>
      evaluatePlan(planOf({ validations: [{ expression: "getImageData('a').ok" }] }), creation(pod("a")), new Map(), {
        now: 0,
        seed: "",
      }),
  ],
  ["a rule is unfinished", () => ({ ...evaluationOf(RESPONSES.pass), unfinished: ["validations[0]"] })],
  ["a rule has no response", () => evaluationOf()],
  ["it is another policy's", () => ({ ...evaluationOf(RESPONSES.pass), policy: "other" })],
];

for (const [name, evaluation] of bugs) {
  test(`decide refuses to decide when ${name}`, () => {
    assert.throws(
      () => decide([{ plan: planOf({}), evaluation: evaluation() }]),
      (error) => error instanceof AmapError && error.code === "BUG",
    );
  });
}
