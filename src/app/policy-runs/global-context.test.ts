import assert from "node:assert/strict";
import { test } from "node:test";
import type { Fact, FactRequest, GlobalContextEntry } from "../../policy/index.ts";
import { readGlobalContext } from "./global-context.ts";

const entry = (name: string, spec: GlobalContextEntry["spec"]): GlobalContextEntry => ({
  apiVersion: "kyverno.io/v2",
  kind: "GlobalContextEntry",
  metadata: { name },
  spec,
});
const PODS = entry("pods", {
  kubernetesResource: { version: "v1", resource: "pods" },
  projections: [{ name: "count", jmesPath: "length(@)" }],
});
const ask = (name: string, projection = ""): FactRequest => ({
  key: `${name}/${projection}`,
  kind: "globalContext",
  params: { name, projection },
});

/** A loader that answers lists with two items, and what it was asked. */
function loader(answer: Fact = { ok: true, value: { items: [1, 2] } }) {
  const asked: string[] = [];
  const load = async (requests: readonly FactRequest[]): Promise<ReadonlyMap<string, Fact>> => {
    asked.push(...requests.map(({ kind }) => kind));
    return new Map(requests.map(({ key }) => [key, answer]));
  };
  return { asked, load };
}

test("an entry is loaded when it is first asked for, and once", async () => {
  const { asked, load } = loader();
  const context = readGlobalContext([PODS], load, 0);
  assert.deepEqual([[...context.names], asked], [["pods"], []]);
  const [data, count] = await Promise.all([context.answer(ask("pods")), context.answer(ask("pods", "count"))]);
  assert.deepEqual(
    [data, count],
    [
      { ok: true, value: [1, 2] },
      { ok: true, value: 2 },
    ],
  );
  assert.deepEqual(asked, ["resourceList"]);
});

test("an entry that there is not is null, a projection that there is not a failed fact", async () => {
  const context = readGlobalContext([PODS], loader().load, 0);
  assert.deepEqual(await context.answer(ask("nodes")), { ok: true, value: null });
  assert.deepEqual(await context.answer(ask("pods", "names")), {
    ok: false,
    code: "FACT_FAILED",
    message: "GlobalContextEntry pods: there is no projection names; it has count",
  });
  assert.deepEqual(await context.answer(ask("__proto__")), { ok: true, value: null });
});

const FAILING: readonly (readonly [
  name: string,
  spec: GlobalContextEntry["spec"],
  answer: Fact | undefined,
  message: RegExp,
])[] = [
  [
    "a failed fact",
    PODS.spec,
    { ok: false, code: "TIMEOUT", message: "too late" },
    /^TIMEOUT GlobalContextEntry e: too late$/,
  ],
  ["no answer", PODS.spec, undefined, /^FACT_FAILED GlobalContextEntry e: nothing answered$/],
  [
    "a path that is not asked",
    { apiCall: { urlPath: "/a/..%2fb" } },
    undefined,
    /^EXPRESSION_FAILED GlobalContextEntry e: /,
  ],
];
for (const [name, spec, answer, message] of FAILING) {
  test(`${name} is what all who ask are told`, async () => {
    const load = async (requests: readonly FactRequest[]) =>
      new Map<string, Fact>(answer === undefined ? [] : requests.map(({ key }) => [key, answer]));
    const context = readGlobalContext([entry("e", spec)], load, 0);
    for (const projection of spec.projections === undefined ? [""] : ["", "count"]) {
      const fact = await context.answer(ask("e", projection));
      assert.match(fact.ok ? "ok" : `${fact.code} ${fact.message}`, message);
    }
  });
}

test("of two entries of the same name the later counts", async () => {
  const other = entry("pods", { apiCall: { urlPath: "/api/v1/pods" } });
  const { asked, load } = loader();
  await readGlobalContext([PODS, other], load, 0).answer(ask("pods"));
  assert.deepEqual(asked, ["kubernetesApi"]);
});
