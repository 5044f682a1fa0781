/** What policies of the CEL kinds see of a test's world, and what rules of kyverno.io see of it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { ValueObject } from "../../base/index.ts";
import { decodeTestFile } from "../../policy/index.ts";
import { createFakeWorld } from "../../testing/fake-world.ts";
import { answerFromGiven, type GivenWorld } from "./given-facts.ts";
import { celWorld, readTestWorld, ruleWorld } from "./test-world.ts";

const object = (name: string): ValueObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "shop" },
});
const FILES = {
  "/t/context.yaml": `spec: {resources: [${JSON.stringify(object("given"))}], images: [{image: nginx, digest: "sha256:0"}]}\n`,
  "/t/cluster.yaml": `spec: {resources: [${JSON.stringify(object("there"))}], crds: [crd.yaml]}\n`,
  "/t/crd.yaml":
    "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: oxen.example.com}\nspec: {group: example.com, scope: Cluster, names: {plural: oxen, kind: Ox}, versions: [{name: v1, served: true, storage: true}]}\n",
};
const HEAD = "apiVersion: cli.kyverno.io/v1alpha1\nkind: Test\nmetadata: {name: t}\nresults: []\n";
const MOCKS =
  "apiCallResponses: [{url: 'https://a.example/b', response: {body: {ok: true}}}]\nglobalContextEntries: [{name: g, data: {list: [1, 2]}, projections: [{name: first, path: 'list[0]'}]}, {name: whole, data: {a: 1}}]\n";

async function worldOf(text: string): Promise<{ readonly rules: GivenWorld; readonly cel: GivenWorld }> {
  const decoded = decodeTestFile(`${HEAD}${text}`, "t.yaml");
  const file = decoded.ok ? decoded.value[0]?.file : undefined;
  assert.ok(file !== undefined);
  const test = await readTestWorld(createFakeWorld(FILES), "/t", file);
  const judged = [object("judged")];
  return { rules: ruleWorld(test, judged), cel: celWorld(test, { judged, beside: [object("param")] }) };
}

function ask(world: GivenWorld, kind: string, params: ValueObject): unknown {
  const fact = answerFromGiven(world, { key: "", kind: kind as never, params });
  return fact.ok ? fact.value : fact.code;
}

const get = (name: string): readonly [string, ValueObject] => [
  "resource",
  { apiVersion: "v1", resource: "configmaps", namespace: "shop", name },
];
const list = (resource: string): readonly [string, ValueObject] => [
  "resourceList",
  { apiVersion: "v1", resource, namespace: "", labels: {} },
];
const items = (...names: readonly string[]): ValueObject => ({
  apiVersion: "v1",
  kind: "List",
  metadata: { resourceVersion: "" },
  items: names.map(object),
});

describe("the world of a test without cluster resources", async () => {
  const { cel, rules } = await worldOf(`context: context.yaml\n${MOCKS}`);
  const table: readonly (readonly [question: readonly [string, ValueObject], answer: unknown])[] = [
    [get("given"), object("given")],
    [get("param"), object("param")],
    // The judged objects are in no cluster.
    [get("judged"), null],
    [get("none"), null],
    [list("configmaps"), items("given", "param")],
    // No list is empty because nobody said anything.
    [list("secrets"), "NOT_SUPPORTED"],
    [["globalContext", { name: "whole", projection: "" }], { a: 1 }],
    [["globalContext", { name: "g", projection: "first" }], 1],
    [["globalContext", { name: "g", projection: "" }], { first: 1 }],
    [["globalContext", { name: "g", projection: "none" }], "NOT_SUPPORTED"],
    [["globalContext", { name: "none", projection: "" }], null],
    [["http", { url: "https://a.example/b" }], { status: 200, body: { body: { ok: true } } }],
    [["http", { url: "https://a.example/c" }], "NOT_SUPPORTED"],
    [
      ["resourceType", { apiVersion: "apps/v1", kind: "Deployment" }],
      { group: "apps", version: "v1", resource: "deployments" },
    ],
    [["resourceType", { apiVersion: "example.com/v1", kind: "Ox" }], "NOT_SUPPORTED"],
  ];
  for (const [[kind, params], answer] of table) {
    it(`${kind} ${JSON.stringify(params)}`, () => assert.deepEqual(ask(cel, kind, params), answer));
  }

  it("lists every kind where policies change whatever there is of one", () => {
    assert.deepEqual(ask({ ...cel, listsAll: true }, ...list("secrets")), items());
    assert.deepEqual(ask({ ...cel, listsAll: true }, ...list("sekrets")), "NOT_SUPPORTED");
  });

  it("is another one to rules of kyverno.io", () => {
    assert.deepEqual(ask(rules, ...get("none")), "NOT_SUPPORTED");
    assert.deepEqual(ask(rules, "http", { url: "https://a.example/b" }), { status: 200, body: { ok: true } });
    assert.deepEqual(ask(rules, "globalContext", { name: "g", projection: "" }), { list: [1, 2] });
  });
});

describe("the world of a test with cluster resources", async () => {
  const { cel } = await worldOf("clusterResources: [cluster.yaml]\n");
  const table: readonly (readonly [question: readonly [string, ValueObject], answer: unknown])[] = [
    [get("there"), object("there")],
    [get("judged"), object("judged")],
    [get("none"), null],
    [list("configmaps"), items("param", "judged", "there")],
    [list("secrets"), items()],
    [
      ["resourceType", { apiVersion: "example.com/v1", kind: "Ox" }],
      { group: "example.com", version: "v1", resource: "oxen" },
    ],
  ];
  for (const [[kind, params], answer] of table) {
    it(`${kind} ${JSON.stringify(params)}`, () => assert.deepEqual(ask(cel, kind, params), answer));
  }
});
