import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { textOf, type ValueObject } from "../../base/index.ts";
import type { CelPlan, CelPolicyResource } from "../compile/cel-plan.ts";
import { compileCelPolicy } from "../compile/cel-policy.ts";
import { decodePolicy } from "../resource/decode-policies.ts";
import { evaluateCelPolicy } from "./evaluate-cel-policy.ts";
import type { Fact, Facts } from "./facts.ts";
import type { PolicyInput } from "./input.ts";
import type { KyvernoEvaluation } from "./kyverno-response.ts";

const NAMES = ["a", "b", "c", "d"] as const;

const found = (name: string): string => `resource.get("v1", "configmaps", "shop", "${name}").data.value`;

/** Conditions on config maps, joined so that some of them may never be looked at. */
const expression: fc.Arbitrary<string> = fc.letrec<{ whole: string; part: string }>((tie) => ({
  part: fc.oneof(
    fc.constantFrom(...NAMES).map((name) => `${found(name)} == "yes"`),
    fc.constantFrom(...NAMES).map((name) => `variables.${name} == "yes"`),
    fc.constantFrom("true", "false", "object.metadata.name == 'web'", "object.nope == 1"),
  ),
  whole: fc.oneof(
    { maxDepth: 3 },
    tie("part"),
    fc.tuple(tie("whole"), fc.constantFrom("&&", "||"), tie("whole")).map(([a, op, b]) => `(${a} ${op} ${b})`),
    fc.tuple(tie("whole"), tie("whole"), tie("whole")).map(([a, b, c]) => `(${a} ? ${b} : ${c})`),
  ),
})).whole;

const policy = fc.record({
  conditions: fc.array(
    fc.constantFrom(...NAMES).map((name) => `${found(name)} != "no"`),
    { maxLength: 2 },
  ),
  validations: fc.array(expression, { minLength: 1, maxLength: 3 }),
  failurePolicy: fc.constantFrom("Fail", "Ignore"),
});

const world = fc.record(Object.fromEntries(NAMES.map((name) => [name, fc.constantFrom("yes", "no", "gone", "empty")])));

function planOf({
  conditions,
  validations,
  failurePolicy,
}: typeof policy extends fc.Arbitrary<infer P> ? P : never): CelPlan {
  const spec = {
    failurePolicy,
    matchConstraints: {
      resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["services"] }],
    },
    matchConditions: conditions.map((source, index) => ({ name: `c${index}`, expression: source })),
    variables: NAMES.map((name) => ({ name, expression: found(name) })),
    validations: validations.map((source) => ({ expression: source, messageExpression: "'found ' + variables.a" })),
  };
  const document: ValueObject = {
    apiVersion: "policies.kyverno.io/v1",
    kind: "ValidatingPolicy",
    metadata: { name: "p" },
    spec,
  };
  const decoded = decodePolicy(document, { source: "policy.yaml", document: 1 });
  assert.ok(decoded.ok, JSON.stringify(decoded));
  const compiled = compileCelPolicy(decoded.value as CelPolicyResource);
  assert.ok(compiled.ok, JSON.stringify(compiled));
  return compiled.value;
}

const SERVICE = { apiVersion: "v1", kind: "Service", metadata: { name: "web", namespace: "shop" } };
const INPUT: PolicyInput = { object: SERVICE, operation: "CREATE", resource: "services" };

function factOf(state: string): Fact {
  if (state === "gone") return { ok: false, code: "FACT_FAILED", message: "gone" };
  return { ok: true, value: { data: state === "empty" ? {} : { value: state } } };
}

/** All facts that the policy could ask for, by key. */
function allFacts(plan: CelPlan, states: Readonly<Record<string, string>>): Facts {
  const facts = new Map<string, Fact>();
  for (let pass = 0; pass < 20; pass++) {
    const { pending } = evaluateCelPolicy(plan, INPUT, { facts, now: 0, seed: "" });
    for (const { key, params } of pending) facts.set(key, factOf(states[textOf(params, "name")] ?? ""));
    if (pending.length === 0) return facts;
  }
  throw new Error("the policy asks without end");
}

const shown = ({ responses, object, effects }: KyvernoEvaluation): string =>
  JSON.stringify({ responses, object, effects });

test("evaluateCelPolicy: which facts come first changes nothing, and the same facts give the same", () => {
  fc.assert(
    fc.property(policy, world, fc.infiniteStream(fc.nat()), (written, states, choices) => {
      const plan = planOf(written);
      const facts = allFacts(plan, states);
      const whole = evaluateCelPolicy(plan, INPUT, { facts, now: 0, seed: "" });
      assert.equal(whole.pending.length, 0);
      assert.equal(shown(evaluateCelPolicy(plan, INPUT, { facts, now: 0, seed: "" })), shown(whole));
      const known = new Map<string, Fact>();
      let done = evaluateCelPolicy(plan, INPUT, { facts: known, now: 0, seed: "" });
      for (let pass = 0; done.pending.length > 0 && pass < 40; pass++) {
        const at = (choices.next().value ?? 0) % done.pending.length;
        const request = done.pending[at];
        assert.ok(request !== undefined);
        known.set(request.key, factOf(states[textOf(request.params, "name")] ?? ""));
        done = evaluateCelPolicy(plan, INPUT, { facts: known, now: 0, seed: "", previous: done });
        if (done.pending.length > 0) assert.equal(done.responses.length, 0);
      }
      assert.equal(shown(done), shown(whole));
    }),
    { numRuns: 150, seed: 7 },
  );
});

test("evaluateCelPolicy: a policy that is not about an object says nothing and asks for nothing", () => {
  fc.assert(
    fc.property(policy, fc.constantFrom("Pod", "ConfigMap", "Endpoints"), (written, kind) => {
      const input: PolicyInput = { object: { ...SERVICE, kind }, operation: "CREATE" };
      const { responses, pending, effects } = evaluateCelPolicy(planOf(written), input, {
        facts: new Map(),
        now: 0,
        seed: "",
      });
      assert.deepEqual([responses, pending, effects], [[], [], []]);
    }),
    { numRuns: 30, seed: 7 },
  );
});
