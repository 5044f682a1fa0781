import assert from "node:assert/strict";
import fc from "fast-check";
import { isAmapError, type Value, type ValueObject, writeJson } from "../base/index.ts";
import {
  compileClusterPolicy,
  decodePolicy,
  evaluateClusterPolicy,
  type Fact,
  type FactRequest,
  type KyvernoEvaluation,
  type KyvernoPlan,
  type KyvernoRuleResponse,
  type PolicyInput,
} from "../policy/index.ts";
import { Choices } from "./cel-choices.ts";
import { choiceNumbers } from "./cel-expressions.ts";
import { deepFreeze } from "./cel-worlds.ts";
import {
  anyPod,
  anyPolicy,
  anyRule,
  mutateRule,
  podOf,
  podParts,
  podPattern,
  policyOf,
  validateRule,
} from "./policy-documents.ts";
import { mutateBodies, mutateDocument } from "./policy-mutations.ts";

/** One thing that holds for every kyverno.io policy: run by the tests and, for longer, by `npm run fuzz -- policies`. */
export interface PolicyLaw {
  readonly name: string;
  /** Runs in the tests, about half a second. */
  readonly runs: number;
  readonly property: fc.IRawProperty<unknown>;
}

/** The plan, or undefined for a policy that is refused as policies are: each issue with a code and a message. */
function compile(document: Value): KyvernoPlan | undefined {
  const decoded = decodePolicy(document, { source: "policy.yaml", document: 1 });
  const compiled =
    decoded.ok && (decoded.value.kind === "ClusterPolicy" || decoded.value.kind === "Policy")
      ? compileClusterPolicy(decoded.value)
      : decoded;
  if (compiled.ok) return "rules" in compiled.value ? compiled.value : undefined;
  assert.ok(compiled.issues.length > 0);
  for (const { code, message } of compiled.issues) {
    assert.notEqual(code, "BUG", message);
    assert.notEqual(message, "");
  }
  return undefined;
}

const SETTINGS: Value = {
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "settings", namespace: "shop" },
  data: { mode: "shop" },
};

/** How the world answers: some questions fail, as `salt` decides. */
function answer({ kind, params }: FactRequest, salt: number): Fact {
  if (salt % 5 === 1 && kind === "kubernetesApi") return { ok: false, code: "FACT_FAILED", message: "no answer" };
  if (salt % 7 === 1) return { ok: false, code: "FACT_FAILED", message: "no answer at all" };
  if (kind === "resource" || kind === "objectOfKind") return { ok: true, value: salt % 3 === 1 ? null : SETTINGS };
  if (kind === "objectsOfKind") return { ok: true, value: [{ object: SETTINGS, subresource: "" }] };
  const items = [{ metadata: { name: "a" } }, { metadata: { name: writeJson(params).length } }];
  return { ok: true, value: { items } };
}

interface Ended {
  readonly evaluation: KyvernoEvaluation;
  readonly facts: ReadonlyMap<string, Fact>;
}

/** Evaluates until nothing is missing. `gives` chooses of what is pending what is loaded; one at least is. */
function evaluate(
  plan: KyvernoPlan,
  input: PolicyInput,
  salt: number,
  given: ReadonlyMap<string, Fact> = new Map(),
  gives: (request: FactRequest, index: number) => boolean = () => true,
): Ended {
  const facts = new Map(given);
  let previous: KyvernoEvaluation | undefined;
  for (let pass = 0; pass < 1_000; pass++) {
    const evaluation = evaluateClusterPolicy(plan, input, { facts, now: 1e12, seed: "law", previous });
    for (const response of evaluation.responses) checkResponse(response);
    if (evaluation.pending.length === 0) return { evaluation, facts };
    const missing = evaluation.pending.filter(({ key }) => !facts.has(key));
    assert.ok(missing.length > 0, "it waits for facts that are there");
    const chosen = missing.filter(gives);
    for (const request of chosen.length > 0 ? chosen : missing.slice(0, 1)) {
      const fact = answer(request, salt);
      deepFreeze(fact);
      facts.set(request.key, fact);
    }
    previous = evaluation;
  }
  throw new Error("the evaluation does not end");
}

const STATUSES: ReadonlySet<string> = new Set(["pass", "fail", "warn", "error", "skip"]);

function checkResponse({ status, code, message }: KyvernoRuleResponse): void {
  assert.ok(STATUSES.has(status), status);
  assert.equal(typeof message, "string");
  assert.notEqual(code, "BUG", message);
}

/** What an evaluation came to, comparable. */
function resultOf({ evaluation }: Ended): unknown {
  const { responses, object, effects } = evaluation;
  return { responses, object, effects };
}

const created = (object: Value): PolicyInput => ({ object, operation: "CREATE" });
const updated = (object: Value, oldObject: Value): PolicyInput => ({ object, oldObject, operation: "UPDATE" });
const deleted = (oldObject: Value): PolicyInput => ({ object: null, oldObject, operation: "DELETE" });
const anyInput: fc.Arbitrary<PolicyInput> = fc.oneof(
  { weight: 4, arbitrary: anyPod.map(created) },
  { weight: 1, arbitrary: fc.tuple(anyPod, anyPod).map(([object, old]) => updated(object, old)) },
  { weight: 1, arbitrary: anyPod.map(deleted) },
);
const salts = fc.nat({ max: 200 });

/** A rule that is an error for every object. */
const BROKEN: readonly ValueObject[] = [
  { validate: { pattern: { a: "{{ request.object.metadata.missing }}" } } },
  { validate: { deny: { conditions: { any: [{ key: "{{ to_upper(`[]`) }}", operator: "Equals", value: "a" }] } } } },
  { validate: { foreach: [{ list: "abs(request.object.kind)", pattern: {} }] } },
].map((rule) => ({ match: { any: [{ resources: { kinds: ["Pod"] } }] }, ...rule }));

/** Patches that say what is to be there, whatever there is. */
const idempotentRule: fc.Arbitrary<ValueObject> = fc
  .record(
    {
      labels: fc.dictionary(fc.constantFrom("app", "+(team)", "x"), fc.constantFrom("a", "b"), {
        maxKeys: 3,
        noNullPrototype: true,
      }),
      replicas: fc.constantFrom<Value>(1, "a", null),
      containers: fc.constantFrom<Value>(
        [{ "(name)": "*", image: "fixed" }],
        [{ "(name)": "w*", "+(image)": "fixed" }],
        [{ name: "added", image: "fixed" }],
      ),
    },
    { requiredKeys: ["labels"] },
  )
  .map(({ labels, ...spec }) => ({
    match: { any: [{ resources: { kinds: ["Pod"] } }] },
    mutate: { patchStrategicMerge: { metadata: { labels }, ...(Object.keys(spec).length === 0 ? {} : { spec }) } },
  }));

const NAMED_POD = podParts().map((parts) => {
  const spec = (parts["spec"] ?? {}) as { readonly containers?: readonly ValueObject[] };
  const { containers = [], ...rest } = spec;
  // Elements without a name of their own are tidied away bit by bit, by Kyverno as well.
  const named = containers.map(({ image = "x" }, index) => ({ name: `web${index}`, image }));
  const { initContainers: _, ...others } = rest as ValueObject;
  return podOf({ ...parts, spec: { ...others, containers: named } });
});

/** A text that would be a variable, and one of its length and its letters' kinds that would not. */
const VARIABLE_TEXT = "{{ request.operation }}";
const PLAIN_TEXT = "__ request.operation __";

/** What every correct engine does, whatever the policy and the object. */
export const POLICY_LAWS: readonly PolicyLaw[] = [
  {
    name: "an evaluation ends the same whichever facts are there at first, and whichever come first",
    runs: 250,
    property: fc.property(anyPolicy, anyInput, salts, choiceNumbers(30), (policy, input, salt, numbers) => {
      const plan = compile(policy);
      if (plan === undefined) return;
      const whole = evaluate(plan, input, salt);
      const choices = new Choices(numbers);
      const some = new Map([...whole.facts].filter(() => choices.next(2) === 1));
      const again = evaluate(plan, input, salt, some, () => choices.next(2) === 1);
      assert.deepEqual(resultOf(again), resultOf(whole));
    }),
  },
  {
    name: "evaluating twice gives one result, also with a new plan, and changes nothing that was given",
    runs: 250,
    property: fc.property(anyPolicy, anyInput, anyInput, salts, (policy, input, other, salt) => {
      for (const given of [policy, input, other]) deepFreeze(given);
      const plan = compile(policy);
      if (plan === undefined) return;
      const first = resultOf(evaluate(plan, input, salt));
      const before = structuredClone(first);
      evaluate(plan, other, salt);
      assert.deepEqual(resultOf(evaluate(plan, input, salt)), first);
      assert.deepEqual(resultOf(evaluate(compile(policy) as KyvernoPlan, input, salt)), first);
      assert.deepEqual(structuredClone(first), before);
    }),
  },
  {
    name: "each validate rule says what it says alone, whatever stands beside it",
    runs: 200,
    property: fc.property(
      fc.array(validateRule, { minLength: 1, maxLength: 3 }),
      fc.constantFrom(...BROKEN),
      anyInput,
      salts,
      (rules, broken, input, salt) => {
        const policy = policyOf([broken, ...rules, broken]);
        const plan = compile(policy);
        if (plan === undefined) return;
        const together = evaluate(plan, input, salt).evaluation.responses;
        const { spec } = policy as { readonly spec: { readonly rules: readonly ValueObject[] } };
        const alone = spec.rules.flatMap((rule) => {
          const single = compile({ ...policy, spec: { background: false, rules: [rule] } });
          return evaluate(single as KyvernoPlan, input, salt).evaluation.responses;
        });
        assert.deepEqual(together, alone);
      },
    ),
  },
  {
    name: "a mutation that says what is to be there changes nothing the second time",
    runs: 250,
    property: fc.property(fc.array(idempotentRule, { minLength: 1, maxLength: 1 }), NAMED_POD, (rules, pod) => {
      const plan = compile(policyOf(rules));
      if (plan === undefined) return;
      const once = evaluate(plan, created(pod), 0).evaluation;
      const twice = evaluate(plan, created(once.object), 0).evaluation;
      assert.deepEqual(twice.object, once.object);
      assert.ok(
        twice.responses.every(({ status }) => status !== "pass"),
        twice.responses[0]?.message,
      );
    }),
  },
  {
    name: "a mutation that is no pass leaves the object as it was",
    runs: 200,
    property: fc.property(mutateRule, anyInput, salts, (rule, input, salt) => {
      const plan = compile(policyOf([rule]));
      if (plan === undefined) return;
      const { responses, object } = evaluate(plan, input, salt).evaluation;
      if (responses.every(({ status }) => status !== "pass")) assert.deepEqual(object, input.object);
    }),
  },
  {
    name: "a text of the object is never read as a variable",
    runs: 250,
    property: fc.property(
      fc.array(anyRule, { minLength: 1, maxLength: 2 }),
      podParts(fc.constantFrom(VARIABLE_TEXT, "web")),
      salts,
      (rules, parts, salt) => {
        const plan = compile(policyOf(rules));
        if (plan === undefined) return;
        const pod = podOf(parts);
        const plain = JSON.parse(JSON.stringify(pod, bigintAsText).replaceAll(VARIABLE_TEXT, PLAIN_TEXT)) as Value;
        const risky = JSON.parse(JSON.stringify(pod, bigintAsText)) as Value;
        const say = (object: Value): string =>
          JSON.stringify(resultOf(evaluate(plan, created(object), salt)), bigintAsText).replaceAll(
            VARIABLE_TEXT,
            PLAIN_TEXT,
          );
        assert.equal(say(risky), say(plain));
      },
    ),
  },
  {
    name: "a pattern says of a Deployment's template what it says of the Pod",
    runs: 200,
    property: fc.property(podPattern, podParts(), (pattern, parts) => {
      const rule = { match: { any: [{ resources: { kinds: ["Pod"] } }] }, validate: { pattern } };
      const plan = compile(policyOf([rule]));
      if (plan === undefined || writeJson(pattern).includes("{{") || !Object.hasOwn(pattern, "spec")) return;
      const { apiVersion: _, kind: __, metadata, ...rest } = podOf(parts);
      const { name: ___, namespace: ____, ...labels } = metadata as ValueObject;
      const deployment = {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "web", namespace: "shop" },
        spec: { template: { metadata: labels, ...rest } },
      };
      const pod = { ...podOf(parts), metadata: { ...labels } };
      const statusOf = (object: Value): string | undefined =>
        evaluate(plan, created(object), 0).evaluation.responses[0]?.status;
      const ofDeployment = statusOf(deployment);
      if (ofDeployment !== undefined) assert.equal(ofDeployment, statusOf(pod));
    }),
  },
  {
    name: "damaged policies are refused with issues, or judge any object",
    runs: 600,
    property: fc.property(anyPolicy, anyInput, salts, choiceNumbers(40), (policy, input, salt, numbers) => {
      judge(mutateDocument(policy, new Choices(numbers)), input, salt);
    }),
  },
  {
    name: "damaged patterns, patches and conditions are refused with issues, or judge any object",
    runs: 400,
    property: fc.property(anyPolicy, anyInput, salts, choiceNumbers(60), (policy, input, salt, numbers) => {
      judge(mutateBodies(policy, new Choices(numbers)), input, salt);
    }),
  },
  {
    name: "damaged objects are judged",
    runs: 400,
    property: fc.property(anyPolicy, anyPod, anyPod, salts, choiceNumbers(40), (policy, pod, old, salt, numbers) => {
      const choices = new Choices(numbers);
      const object = mutateDocument(pod, choices);
      judge(policy, choices.next(2) === 1 ? updated(object, mutateDocument(old, choices)) : created(object), salt);
    }),
  },
  {
    name: "damaged policies judge damaged objects",
    runs: 400,
    property: fc.property(anyPolicy, anyPod, salts, choiceNumbers(60), (policy, pod, salt, numbers) => {
      const choices = new Choices(numbers);
      const object = mutateDocument(pod, choices);
      judge(mutateBodies(policy, choices), choices.next(4) === 1 ? deleted(object) : created(object), salt);
    }),
  },
];

const bigintAsText = (_: string, value: unknown): unknown => (typeof value === "bigint" ? String(value) : value);

/** Whatever it says: it ends, and the same way twice. */
function judge(policy: Value, input: PolicyInput, salt: number): void {
  const outcome = (): unknown => {
    const plan = compile(policy);
    if (plan === undefined) return undefined;
    try {
      return resultOf(evaluate(plan, input, salt));
    } catch (error) {
      if (!isAmapError(error) || error.code === "BUG") throw error;
      return [error.code, error.message];
    }
  };
  deepFreeze(policy);
  deepFreeze(input);
  assert.deepEqual(outcome(), outcome());
}
