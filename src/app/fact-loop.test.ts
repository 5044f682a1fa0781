import assert from "node:assert/strict";
import { test } from "node:test";
import { AmapError, type Value } from "../base/index.ts";
import { decide, type Evaluation, type Fact, type FactRequest, type Facts } from "../policy/index.ts";
import { creation, evidenceOf, planOf, pod, SIGNATURE, TEST_NOW } from "../testing/policy-builders.ts";
import { type FactLoop, resolveFacts, resolvePlans } from "./fact-loop.ts";

const request = (name: string): FactRequest => ({ key: name, kind: "imageData", params: name });
const ok = (value: Value): Fact => ({ ok: true, value });
type Answer = { readonly text: string; readonly pending: readonly FactRequest[] };

/** A loop that asks for the named facts, one round after the other, and then answers with all of their values. */
function asking(
  rounds: readonly (readonly string[])[],
  more: Partial<FactLoop<Answer>> = {},
): FactLoop<Answer> & { loaded: string[][] } {
  const loaded: string[][] = [];
  return {
    loaded,
    evaluate: (facts) => {
      for (const names of rounds) {
        const missing = names.filter((name) => !facts.has(name));
        if (missing.length > 0) return { text: "", pending: missing.map(request) };
      }
      return {
        text: [...facts.values()].map((fact) => (fact.ok ? JSON.stringify(fact.value) : fact.code)).join(),
        pending: [],
      };
    },
    load: async (requests) => {
      loaded.push(requests.map(({ key }) => key));
      return new Map(requests.map(({ key }) => [key, ok(key.toUpperCase())]));
    },
    abandon: (_, { code, message }) => ({ text: `${code}: ${message}`, pending: [] }),
    now: () => 0,
    ...more,
  };
}

test("resolveFacts: what is missing is loaded together, once", async () => {
  const loop = asking([["a", "b"], ["c"], []]);
  const { evaluation, facts, loads, passes } = await resolveFacts(loop);
  assert.equal(evaluation.text, '"A","B","C"');
  assert.deepEqual(loop.loaded, [["a", "b"], ["c"]]);
  assert.deepEqual([...facts.keys()], ["a", "b", "c"]);
  assert.deepEqual([loads, passes], [3, 3]);
});

test("resolveFacts: nothing is loaded where nothing is asked for", async () => {
  const { loads, passes } = await resolveFacts(asking([], { load: () => assert.fail() }));
  assert.deepEqual([loads, passes], [0, 1]);
});

test("resolveFacts: a request that is named twice is loaded once", async () => {
  const loop = asking([["a", "a"]]);
  await resolveFacts(loop);
  assert.deepEqual(loop.loaded, [["a"]]);
});

const failures: readonly { name: string; load: FactLoop<Answer>["load"]; expected: string }[] = [
  {
    name: "a failed fact stays failed",
    load: async () => new Map<string, Fact>([["a", { ok: false, code: "TIMEOUT", message: "late" }]]),
    expected: "TIMEOUT",
  },
  { name: "no answer is a failed fact, not an empty one", load: async () => new Map(), expected: "FACT_FAILED" },
  {
    name: "a load that fails as a whole",
    load: async () => Promise.reject(new AmapError("REGISTRY_UNREACHABLE", "refused")),
    expected: "REGISTRY_UNREACHABLE",
  },
  {
    name: "an answer nobody asked for is not taken",
    load: async () =>
      new Map([
        ["a", ok("A")],
        ["z", ok("Z")],
      ]),
    expected: '"A"',
  },
];

for (const { name, load, expected } of failures) {
  test(`resolveFacts: ${name}`, async () => {
    assert.equal((await resolveFacts(asking([["a"]], { load }))).evaluation.text, expected);
  });
}

const failing = async (): Promise<never> => Promise.reject(new TypeError("undefined is not a function"));

test("resolveFacts: a bug of the loader is not a failed fact", async () => {
  await assert.rejects(resolveFacts(asking([["a"]], { load: failing })), TypeError);
});

test("resolveFacts: a pass that asks only for what is there is a bug", async () => {
  const loop = asking([["a"]]);
  const stuck: FactLoop<Answer> = { ...loop, evaluate: () => ({ text: "", pending: [request("a")] }) };
  await assert.rejects(resolveFacts(stuck), (error) => error instanceof AmapError && error.code === "BUG");
});

const budgets: readonly { name: string; more: Partial<FactLoop<Answer>>; expected: RegExp; loads: number }[] = [
  { name: "loads", more: { limits: { factLoads: 2 } }, expected: /^BUDGET_EXCEEDED: .*more than 2 facts/, loads: 2 },
  {
    name: "bytes",
    more: {
      limits: { factBytes: 20 },
      load: async (requests) => new Map(requests.map(({ key }) => [key, ok([key.repeat(30)])])),
    },
    expected: /^BUDGET_EXCEEDED: .*more than 20 bytes/,
    loads: 2,
  },
  {
    name: "time",
    more: {
      limits: { evaluationMs: 10 },
      now: (
        (time) => () =>
          (time += 6)
      )(0),
    },
    expected: /^BUDGET_EXCEEDED: .*more than 10 ms/,
    loads: 2,
  },
];

for (const { name, more, expected, loads } of budgets) {
  test(`resolveFacts: a spent budget of ${name} ends what is unfinished`, async () => {
    const resolution = await resolveFacts(asking([["a", "b"], ["c"], ["d"]], more));
    assert.match(resolution.evaluation.text, expected);
    assert.deepEqual(resolution.evaluation.pending, []);
    assert.equal(resolution.loads, loads);
  });
}

test("resolveFacts: the loader is told how long it may take", async () => {
  let time = 0;
  const remaining: number[] = [];
  const load: FactLoop<Answer>["load"] = async (requests, remainingMs) => {
    remaining.push(remainingMs);
    time += 40;
    return new Map(requests.map(({ key }) => [key, ok(key)]));
  };
  await resolveFacts(asking([["a"], ["b"]], { load, now: () => time, limits: { evaluationMs: 100 } }));
  assert.deepEqual(remaining, [100, 60]);
});

test("resolveFacts: facts are frozen to their leaves", async () => {
  const value = { list: [{ deep: { er: [1] } }] };
  const { facts } = await resolveFacts(asking([["a"]], { load: async () => new Map([["a", ok(value)]]) }));
  const fact = facts.get("a");
  assert.ok(Object.isFrozen(fact) && Object.isFrozen(value) && Object.isFrozen(value.list[0]?.deep.er));
});

const askForA = (facts: Facts): Answer => ({ text: "", pending: facts.has("a") ? [] : [request("a")] });

test("resolveFacts: a fact nested 100,000 deep is frozen without a recursion", async () => {
  let value: Value = [];
  for (let depth = 0; depth < 100_000; depth++) value = [value];
  const load: FactLoop<Answer>["load"] = async () => new Map([["a", ok(value)]]);
  await resolveFacts({ ...asking([]), evaluate: askForA, load });
  assert.ok(Object.isFrozen(value));
});

test("resolveFacts: 1,000 facts that stand on each other", async () => {
  const names = Array.from({ length: 1_000 }, (_, index) => [`fact-${index}`]);
  const { passes, loads } = await resolveFacts(asking(names));
  assert.deepEqual([passes, loads], [1_001, 1_000]);
});

// Whole policies.

const VERIFY = "images.containers.all(i, verifyImageSignatures(i, [attestors.demo]) > 0)";
const planWith = (...expressions: readonly string[]) =>
  planOf({ validations: expressions.map((expression) => ({ expression })) });

const resolve = (
  plans: Parameters<typeof resolvePlans>[0]["plans"],
  load: Parameters<typeof resolvePlans>[0]["load"],
  limits = {},
) => resolvePlans({ plans, input: creation(pod("a", "b")), load, now: TEST_NOW, seed: "", elapsed: () => 0, limits });
const all =
  (value: Value) =>
  async (requests: readonly FactRequest[]): Promise<Facts> =>
    new Map(requests.map(({ key }) => [key, ok(value)]));
const statuses = (evaluations: readonly Evaluation[]): readonly (readonly string[])[] =>
  evaluations.map(({ responses }) =>
    responses.map((response) => (response.status === "error" ? response.code : response.status)),
  );

test("resolvePlans: several plans, one load for all of them", async () => {
  const loads: number[] = [];
  const signed = evidenceOf("a", { signatures: [SIGNATURE] });
  const plans = [
    planWith(VERIFY),
    planWith("true", `!${VERIFY}`),
    planWith("getImageData('a').signatures.size() == 1"),
  ];
  const { evaluation, passes } = await resolve(plans, async (requests) => {
    loads.push(requests.length);
    return all(signed)(requests);
  });
  assert.deepEqual(statuses(evaluation), [["pass"], ["pass", "fail"], ["pass"]]);
  assert.equal(
    loads.reduce((sum, count) => sum + count, 0),
    3,
  );
  assert.ok(passes <= 3, `${passes} passes`);
  const decision = decide(plans.map((plan, index) => ({ plan, evaluation: evaluation[index] as Evaluation })));
  assert.equal(decision.allowed, false);
});

test("resolvePlans: a spent budget leaves finished rules alone and denies by the others", async () => {
  const plan = planWith("true", VERIFY);
  const { evaluation } = await resolve([plan], () => assert.fail(), { factLoads: 0 });
  assert.deepEqual(statuses(evaluation), [["pass", "BUDGET_EXCEEDED"]]);
  assert.equal(decide([{ plan, evaluation: evaluation[0] as Evaluation }]).allowed, false);
});

test("resolvePlans: the same facts give the same decision without loading", async () => {
  const plan = planWith(VERIFY, "getImageData('a').n == 1");
  const first = await resolve(
    [plan],
    async (requests) =>
      new Map(requests.map(({ key, kind }) => [key, ok(kind === "imageData" ? { n: 1 } : evidenceOf("a"))])),
  );
  const second = await resolve(
    [plan],
    async (requests) => new Map(requests.map(({ key }) => [key, first.facts.get(key) as Fact])),
  );
  assert.deepEqual(
    second.evaluation.map(({ responses }) => responses),
    first.evaluation.map(({ responses }) => responses),
  );
});
