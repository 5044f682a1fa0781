import assert from "node:assert/strict";
import { test } from "node:test";
import type { ValueObject } from "../../base/index.ts";
import { type CleanupPlan, compileCleanupPolicy, decodePolicies, type Fact } from "../../policy/index.ts";
import { GivenValues } from "./given-values.ts";
import { runCleanup } from "./run-cleanup.ts";

function planOf(spec: string): CleanupPlan {
  const text = `apiVersion: kyverno.io/v2\nkind: ClusterCleanupPolicy\nmetadata: {name: tidy}\nspec:\n  schedule: "@daily"\n${spec}`;
  const decoded = decodePolicies(text, "cleanup.yaml");
  const [resource] = decoded.ok ? decoded.value : [];
  assert.ok(resource?.kind === "ClusterCleanupPolicy", JSON.stringify(decoded));
  const compiled = compileCleanupPolicy(resource);
  assert.ok(compiled.ok);
  return compiled.value;
}

const POD: ValueObject = { apiVersion: "v1", kind: "Pod", metadata: { name: "web", namespace: "shop" } };
const NAMESPACE = { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop", labels: { stage: "test" } } };
const OPTIONS = {
  values: new GivenValues(),
  load: async () => new Map<string, Fact>(),
  now: 0,
  seed: "test",
  elapsed: () => 0,
};
const LABELLED = "  match: {any: [{resources: {kinds: [Pod], namespaceSelector: {matchLabels: {stage: test}}}}]}\n";
const CHAIN = `  match: {any: [{resources: {kinds: [Pod]}}]}
  context:
  - {name: first, configMap: {name: a, namespace: base}}
  - {name: second, configMap: {name: "{{ first.data.next }}", namespace: base}}
  conditions: {all: [{key: "{{ second.data.delete }}", operator: Equals, value: "yes"}]}
`;

test("the labels of a Namespace come from the values, or from what is known around the object", async () => {
  const plan = planOf(LABELLED);
  const status = async (options: Partial<Parameters<typeof runCleanup>[2]>): Promise<string | undefined> =>
    (await runCleanup(plan, POD, { ...OPTIONS, ...options })).responses[0]?.status;
  assert.equal(await status({}), "fail");
  assert.equal(await status({ surroundings: { namespaceObject: NAMESPACE } }), "pass");
  const values = new GivenValues({ namespaceSelector: [{ name: "shop", labels: { stage: "test" } }] });
  assert.equal(await status({ values }), "pass");
});

test("facts are loaded one after the other where one names the next", async () => {
  const asked: string[] = [];
  const maps: Readonly<Record<string, ValueObject>> = { a: { next: "b" }, b: { delete: "yes" } };
  const run = await runCleanup(planOf(CHAIN), POD, {
    ...OPTIONS,
    load: async (requests) => {
      asked.push(...requests.map(({ params }) => JSON.stringify(params)));
      return new Map(
        requests.map(({ key, params }) => {
          const { name } = params as { readonly name: string };
          return [key, { ok: true, value: { metadata: { name }, data: maps[name] ?? {} } }];
        }),
      );
    },
  });
  assert.equal(run.responses[0]?.status, "pass", JSON.stringify(run.responses));
  assert.equal(asked.length, 2);
});

test("a fact that nobody answers is an error, and the object stays", async () => {
  const [response] = (await runCleanup(planOf(CHAIN), POD, OPTIONS)).responses;
  assert.deepEqual([response?.status, response?.type, response?.rule], ["error", "Deletion", "tidy"]);
});

test("a clock that has run out is an error", async () => {
  let time = 0;
  const elapsed = (): number => {
    time += 1_000_000;
    return time;
  };
  const [response] = (await runCleanup(planOf(CHAIN), POD, { ...OPTIONS, elapsed })).responses;
  assert.deepEqual([response?.status, response?.code], ["error", "BUDGET_EXCEEDED"]);
});

test("the object is left as it is, and a trace is there when it is asked for", async () => {
  const run = await runCleanup(planOf(LABELLED), Object.freeze(POD), { ...OPTIONS, explain: true });
  assert.equal(run.patched, POD);
  assert.deepEqual(
    run.responses[0]?.trace?.map(({ kind }) => kind),
    ["match"],
  );
  assert.equal((await runCleanup(planOf(LABELLED), POD, OPTIONS)).responses[0]?.trace, undefined);
});
