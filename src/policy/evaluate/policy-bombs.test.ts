import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { runPlan, type TestWorld } from "../../testing/kyverno-runs.ts";
import type { PolicyBomb } from "../../testing/policy-bomb-parts.ts";
import { bombObject, bombPolicy, POLICY_BOMBS } from "../../testing/policy-bombs.ts";
import { compileClusterPolicy } from "../compile/cluster-policy.ts";
import { decodePolicy } from "../resource/decode-policies.ts";

/** The bomb's verdict as its table says it, and that of the rule beside it. */
function goOff(bomb: PolicyBomb): { readonly bomb: string; readonly fine: string | undefined } {
  const decoded = decodePolicy(bombPolicy(bomb), { source: "bomb.yaml", document: 1 });
  if (!decoded.ok) return { bomb: `refused ${decoded.issues[0]?.code}`, fine: "pass" };
  if (decoded.value.kind !== "ClusterPolicy") throw new Error("expected a ClusterPolicy");
  const plan = compileClusterPolicy(decoded.value);
  if (!plan.ok) return { bomb: `refused ${plan.issues[0]?.code}`, fine: "pass" };
  const object = bombObject(bomb);
  const world: TestWorld = { objectsOfKind: () => [{ object, subresource: "" }], objectOfKind: () => null };
  const { responses } = runPlan(plan.value, { object, operation: "CREATE" }, { world });
  const found = responses.find(({ rule }) => rule === "bomb");
  return {
    bomb: [found?.status, found?.code].filter((part) => part !== undefined).join(" "),
    fine: responses.find(({ rule }) => rule === "fine")?.status,
  };
}

for (const [part, bombs] of Object.entries(POLICY_BOMBS)) {
  describe(`bombs in ${part} (C15)`, () => {
    for (const bomb of bombs) {
      test(`${bomb.name}: ${bomb.ends}, and the rule beside it is judged`, { timeout: 30_000 }, () => {
        assert.deepEqual(goOff(bomb), { bomb: bomb.ends, fine: "pass" });
      });
    }
  });
}

test("rules that each double what the one before left end together (C15)", { timeout: 60_000 }, () => {
  const match = { any: [{ resources: { kinds: ["Pod"] } }] };
  const rules = Array.from({ length: 60 }, (_, index) => {
    const added = ["{{ request.object.metadata }}", "{{ request.object.metadata }}"];
    return { name: `r${index}`, match, mutate: { patchStrategicMerge: { metadata: { [`a${index}`]: added } } } };
  });
  const document = { ...bombPolicy({ name: "", rule: {}, ends: "" }), spec: { background: false, rules } };
  const decoded = decodePolicy(document, { source: "bomb.yaml", document: 1 });
  if (!decoded.ok || decoded.value.kind !== "ClusterPolicy") throw new Error("expected a ClusterPolicy");
  const plan = compileClusterPolicy(decoded.value);
  assert.ok(plan.ok);
  const { responses } = runPlan(plan.value, {
    object: bombObject({ name: "", rule: {}, ends: "" }),
    operation: "CREATE",
  });
  const codes = responses.map(({ code = "" }) => code);
  assert.equal(responses.length, 60);
  assert.equal(codes.at(-1), "BUDGET_EXCEEDED");
  assert.match(responses.at(-1)?.message ?? "", /^the rules of the policy take more than/);
});
