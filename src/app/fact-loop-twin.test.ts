import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { ErrorCode } from "../base/index.ts";
import {
  type Evaluation,
  evaluatePlan,
  type Fact,
  type FactRequest,
  type Facts,
  type Plan,
  type RuleResponse,
} from "../policy/index.ts";
import {
  AwaitingTwin,
  type FactExpression,
  factExpressions,
  TwinError,
  type WorldFact,
  writeExpression,
} from "../testing/fact-expressions.ts";
import { creation, imageOf, planOf, pod } from "../testing/policy-builders.ts";
import { resolvePlans } from "./fact-loop.ts";

// Every random policy is evaluated by the loop (facts in batches, finished rules kept) and by an evaluator that awaits
// each fact where it is needed. fast-check prints the seed of a failure; the number of runs keeps this under 20 s.
const RUNS = 1_000;

interface Case {
  readonly variables: readonly FactExpression[];
  readonly rules: readonly FactExpression[];
  readonly facts: readonly WorldFact[];
}

const worldFact: fc.Arbitrary<WorldFact> = fc.oneof(
  { weight: 14, arbitrary: fc.record({ b: fc.boolean(), i: fc.integer({ min: 0, max: 12 }) }) },
  { weight: 1, arbitrary: fc.constant<WorldFact>({}) },
  { weight: 1, arbitrary: fc.constantFrom<WorldFact>({ fails: "TIMEOUT" }, { fails: "REGISTRY_UNREACHABLE" }) },
);

const cases: fc.Arbitrary<Case> = fc.record({
  variables: fc.tuple(
    factExpressions({ bools: [], ints: [] }).bool,
    factExpressions({ bools: [0], ints: [] }).int,
    factExpressions({ bools: [0], ints: [1] }).int,
  ),
  rules: fc.array(factExpressions({ bools: [0], ints: [1, 2] }).bool, { minLength: 1, maxLength: 3 }),
  facts: fc.array(worldFact, { minLength: 13, maxLength: 13 }),
});

const worldOf =
  ({ facts }: Case) =>
  (name: string): WorldFact =>
    facts[Number(name.slice(1)) % facts.length] as WorldFact;

function planOfCase({ variables, rules }: Case): Plan {
  return planOf({
    variables: variables.map((tree, index) => ({ name: `v${index}`, expression: writeExpression(tree) })),
    validations: rules.map((tree) => ({ expression: writeExpression(tree), message: "false" })),
  });
}

const outcomeOf = (response: RuleResponse): string => (response.status === "error" ? response.code : response.status);

async function twinOf(
  world: Case,
  strict: boolean,
): Promise<{ outcomes: readonly string[]; loads: ReadonlySet<string> }> {
  const twin = new AwaitingTwin(worldOf(world), world.variables, strict);
  const outcomes: string[] = [];
  for (const rule of world.rules) {
    try {
      outcomes.push((await twin.evaluate(rule)) === true ? "pass" : "fail");
    } catch (error) {
      if (!(error instanceof TwinError)) throw error;
      outcomes.push(error.code satisfies ErrorCode);
    }
  }
  return { outcomes, loads: twin.loads };
}

/** Evaluates by the loop; each load is checked to be new. */
async function loopOf(
  world: Case,
  plan: Plan,
): Promise<{
  readonly outcomes: readonly string[];
  readonly loads: ReadonlySet<string>;
  readonly passes: number;
  readonly facts: Facts;
  readonly evaluation: Evaluation | undefined;
}> {
  const loads = new Set<string>();
  const answer = (request: FactRequest): Fact => {
    const name = imageOf(request.params);
    assert.ok(!loads.has(name), `${name} was loaded twice`);
    loads.add(name);
    const fact = worldOf(world)(name);
    return "fails" in fact ? { ok: false, code: fact.fails, message: "planted" } : { ok: true, value: { ...fact } };
  };
  const load = async (requests: readonly FactRequest[]): Promise<Facts> =>
    new Map(requests.map((request) => [request.key, answer(request)]));
  const { evaluation, passes, facts } = await resolvePlans({
    plans: [plan],
    input: creation(pod("a")),
    load,
    now: 0,
    seed: "",
    elapsed: () => 0,
  });
  const [only] = evaluation;
  return { outcomes: (only?.responses ?? []).map(outcomeOf), loads, passes, facts, evaluation: only };
}

test("the loop and an awaiting evaluator agree on random policies, and load the same but for looking ahead", async () => {
  let looked = 0;
  let loaded = 0;
  await fc.assert(
    fc.asyncProperty(cases, async (world) => {
      const loop = await loopOf(world, planOfCase(world));
      const strict = await twinOf(world, true);
      const eager = await twinOf(world, false);
      assert.deepEqual(loop.outcomes, strict.outcomes);
      for (const name of strict.loads) assert.ok(loop.loads.has(name), `${name} was not loaded`);
      for (const name of loop.loads) assert.ok(eager.loads.has(name), `${name} is behind a branch that is not taken`);
      looked += loop.loads.size - strict.loads.size;
      loaded += strict.loads.size;
    }),
    { numRuns: RUNS },
  );
  // Without facts the property says nothing.
  assert.ok(loaded > RUNS, `${loaded} facts were loaded in ${RUNS} policies, ${looked} of them ahead`);
});

test("facts that are there from the beginning give the same responses as facts that are loaded on the way", async () => {
  await fc.assert(
    fc.asyncProperty(cases, async (world) => {
      const plan = planOfCase(world);
      const { facts, evaluation } = await loopOf(world, plan);
      const replayed = evaluatePlan(plan, creation(pod("a")), facts, { now: 0, seed: "" });
      assert.deepEqual(replayed.pending, []);
      assert.deepEqual(replayed.responses, evaluation?.responses);
    }),
    { numRuns: 300 },
  );
});

test("a finished rule is not evaluated again", async () => {
  await fc.assert(
    fc.asyncProperty(cases, async (world) => {
      const plan = planOfCase(world);
      const runs = new Map<string, number>();
      const finished = new Set<string>();
      const counted: Plan = {
        ...plan,
        rules: plan.rules.map((rule) => ({
          ...rule,
          program: {
            source: rule.program.source,
            checked: rule.program.checked,
            loads: rule.program.loads,
            type: rule.program.type,
            evaluate: (activation) => {
              assert.ok(!finished.has(rule.name), `${rule.name} was evaluated after it was finished`);
              runs.set(rule.name, (runs.get(rule.name) ?? 0) + 1);
              const value = rule.program.evaluate(activation);
              if (activation.facts.misses === 0) finished.add(rule.name);
              return value;
            },
          },
        })),
      };
      const { passes } = await loopOf(world, counted);
      for (const [rule, count] of runs) assert.ok(count <= passes, `${rule}: ${count} runs in ${passes} passes`);
    }),
    { numRuns: 300 },
  );
});

// The traps that the trial of the design fell into, each as one policy.
const traps: readonly {
  readonly name: string;
  readonly expression: string;
  readonly facts: Record<string, WorldFact>;
  readonly expected: string;
  readonly loads: readonly string[];
}[] = [
  {
    name: "a miss is not false",
    expression: 'getImageData("f1").b || false',
    facts: { f1: { b: true } },
    expected: "pass",
    loads: ["f1"],
  },
  {
    name: "a miss is not an error that || sets aside",
    expression: 'getImageData("f1").b || true',
    facts: { f1: { fails: "TIMEOUT" } },
    expected: "pass",
    loads: ["f1"],
  },
  {
    name: "a miss is not an absent member",
    expression: 'has(getImageData("f1").b)',
    facts: { f1: { b: true } },
    expected: "pass",
    loads: ["f1"],
  },
  {
    name: "a miss is not an empty list",
    expression: "[1, 2].exists(x, getImageData('f' + string(x)).b)",
    facts: { f1: { b: false }, f2: { b: true } },
    expected: "pass",
    loads: ["f1", "f2"],
  },
  {
    name: "exists stops where it is decided",
    expression: "[1, 2].exists(x, getImageData('f' + string(x)).b)",
    facts: { f1: { b: true } },
    expected: "pass",
    loads: ["f1"],
  },
  {
    name: "all stops where it is decided",
    expression: "[1, 2].all(x, getImageData('f' + string(x)).b)",
    facts: { f1: { b: false } },
    expected: "fail",
    loads: ["f1"],
  },
  {
    name: "&& guards what is behind it",
    expression: 'getImageData("f1").b && getImageData("f2").b',
    facts: { f1: { b: false } },
    expected: "fail",
    loads: ["f1"],
  },
  {
    name: "only the branch that is taken",
    expression: 'getImageData("f1").b ? getImageData("f2").b : getImageData("f3").b',
    facts: { f1: { b: false }, f3: { b: true } },
    expected: "pass",
    loads: ["f1", "f3"],
  },
  {
    name: "a failed load is not a false",
    expression: '!getImageData("f1").b',
    facts: { f1: { fails: "TIMEOUT" } },
    expected: "TIMEOUT",
    loads: ["f1"],
  },
  {
    name: "a list is looked ahead over",
    expression: '[getImageData("f1").b, getImageData("f2").b] == [true, true]',
    facts: { f1: { b: true }, f2: { b: true } },
    expected: "pass",
    loads: ["f1", "f2"],
  },
];

for (const { name, expression, facts, expected, loads } of traps) {
  test(`trap: ${name}`, async () => {
    const plan = planOf({ validations: [{ expression, message: "no" }] });
    const asked: string[] = [];
    const load = async (requests: readonly FactRequest[]): Promise<Facts> =>
      new Map(
        requests.map(({ key, params }) => {
          const image = imageOf(params);
          asked.push(image);
          const fact = facts[image] ?? assert.fail(`${image} was not to be loaded`);
          return [
            key,
            "fails" in fact ? { ok: false, code: fact.fails, message: "planted" } : { ok: true, value: { ...fact } },
          ];
        }),
      );
    const { evaluation } = await resolvePlans({
      plans: [plan],
      input: creation(pod("a")),
      load,
      now: 0,
      seed: "",
      elapsed: () => 0,
    });
    assert.deepEqual(evaluation[0]?.responses.map(outcomeOf), [expected]);
    assert.deepEqual(asked, loads);
  });
}
