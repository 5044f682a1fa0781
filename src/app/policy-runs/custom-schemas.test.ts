/** Objects of custom kinds, changed by apply configurations: by their definitions' schemas where there are some. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { AmapError, readYaml, type Value } from "../../base/index.ts";
import type { TestResult } from "../../policy/index.ts";
import type { Cluster, ClusterKind } from "../../ports/index.ts";
import { createFakeCluster } from "../../testing/fake-cluster.ts";
import { createFakeWorld } from "../../testing/fake-world.ts";
import { prepareApplication } from "./apply-policies.ts";
import type { ApplyRequest } from "./apply-request.ts";
import { runTests } from "./run-test.ts";

const POLICY = `apiVersion: policies.kyverno.io/v1
kind: MutatingPolicy
metadata: {name: p}
spec:
  matchConstraints:
    resourceRules: [{apiGroups: [example.com], apiVersions: [v1], operations: [CREATE], resources: [shops]}]
  mutations:
  - patchType: ApplyConfiguration
    applyConfiguration: {expression: 'Object{spec: Object.spec{doors: [Object.spec.doors{name: "front", open: true}]}}'}
`;
const SHOP = `apiVersion: example.com/v1
kind: Shop
metadata: {name: a, namespace: b}
spec: {doors: [{name: back, open: false}, {name: front, colour: red}]}
`;
const definition = (doors: string): string => `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: shops.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {kind: Shop, plural: shops}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            properties:
              doors: ${doors}
`;
const ITEMS =
  "items: {type: object, required: [name], properties: {name: {type: string}, open: {type: boolean}, colour: {type: string}}}";
const BY_NAME = definition(`{type: array, x-kubernetes-list-type: map, x-kubernetes-list-map-keys: [name], ${ITEMS}}`);
const ATOMIC = definition(`{type: array, ${ITEMS}}`);
const MERGED = [
  { name: "back", open: false },
  { name: "front", colour: "red", open: true },
];
const REPLACED = [{ name: "front", open: true }];

const SHOPS: ClusterKind = { group: "example.com", version: "v1", resource: "shops", kind: "Shop", namespaced: true };
const NAMESPACES: ClusterKind = {
  group: "",
  version: "v1",
  resource: "namespaces",
  kind: "Namespace",
  namespaced: false,
};
const DEFINITIONS: ClusterKind = {
  group: "apiextensions.k8s.io",
  version: "v1",
  resource: "customresourcedefinitions",
  kind: "CustomResourceDefinition",
  namespaced: false,
};

async function apply(
  files: Readonly<Record<string, string>>,
  more: Partial<ApplyRequest>,
  cluster?: Cluster,
): Promise<{ readonly doors: Value; readonly message: string; readonly warnings: readonly string[] }> {
  const world = createFakeWorld({ "/p.yaml": POLICY, "/shop.yaml": SHOP, ...files });
  const opened = cluster === undefined ? world : { ...world, openCluster: async () => cluster };
  const application = await prepareApplication(opened, {
    policies: ["/p.yaml"],
    resources: cluster === undefined ? ["/shop.yaml"] : [],
    targetResources: [],
    exceptions: [],
    exceptionsWithinPolicies: false,
    exceptionsWithinResources: false,
    set: [],
    ...more,
  });
  const found: { doors: Value; message: string }[] = [];
  for await (const { runs } of application.apply()) {
    for (const { patched, responses } of runs) {
      const { spec } = patched as { readonly spec: { readonly doors: Value } };
      found.push({ doors: spec.doors, message: responses[0]?.message ?? "" });
    }
  }
  await application.close();
  const [only] = found;
  assert.ok(only !== undefined && found.length === 1, `${found.length} runs`);
  return { ...only, warnings: application.warnings };
}

for (const [name, files, paths, doors] of [
  ["by a list's keys", { "/crds/shops.yaml": BY_NAME }, ["/crds"], MERGED],
  ["without a definition", {}, [], REPLACED],
] as const) {
  test(`apply merges objects of custom kinds ${name}`, async () => {
    assert.deepEqual((await apply(files, { crdPaths: paths })).doors, doors);
  });
}

test("a schema that cannot be merged by is an error, which names the file where the definition itself is malformed", async () => {
  const broken = definition(`{type: array, x-kubernetes-list-type: heap, ${ITEMS}}`);
  const run = await apply({ "/crds/shops.yaml": broken }, { crdPaths: ["/crds"] });
  assert.match(run.message, /x-kubernetes-list-type is none of atomic, set, map/);
  const referring = definition('{"$ref": "#/definitions/Door"}');
  const other = await apply({ "/crds/shops.yaml": referring }, { crdPaths: ["/crds"] });
  assert.match(other.message, /\/crds\/shops\.yaml: .*has a \$ref/);
});

test("an atomic list is not merged into, as its definition says", async () => {
  const { message } = await apply({ "/crds/shops.yaml": ATOMIC }, { crdPaths: ["/crds"] });
  assert.match(message, /may not mutate atomic arrays, maps or structs: \.spec\.doors/);
});

const first = (text: string): Value => readYaml(text)[0] ?? null;

async function clusterOf(definitions: boolean): Promise<ReturnType<typeof createFakeCluster>> {
  const cluster = createFakeCluster([SHOPS, NAMESPACES, DEFINITIONS]);
  await cluster.create(NAMESPACES, { apiVersion: "v1", kind: "Namespace", metadata: { name: "b" } });
  await cluster.create(SHOPS, first(SHOP));
  if (definitions) await cluster.create(DEFINITIONS, first(BY_NAME));
  return cluster;
}
const EVERYTHING = { place: {}, namespace: "", clusterWide: false, stopsAtErrors: false };

test("apply --cluster merges by the definitions of the cluster", async () => {
  assert.deepEqual((await apply({}, { cluster: EVERYTHING }, await clusterOf(true))).doors, MERGED);
  assert.deepEqual((await apply({}, { cluster: EVERYTHING }, await clusterOf(false))).doors, REPLACED);
});

test("a cluster that does not show its definitions is told of", async () => {
  const cluster = await clusterOf(true);
  const closed: Cluster = {
    ...cluster,
    list: (kind, selection) => {
      if (kind.kind === "CustomResourceDefinition") throw new AmapError("CLUSTER_FORBIDDEN", "no right to list them");
      return cluster.list(kind, selection);
    },
  };
  const { doors, warnings } = await apply({}, { cluster: EVERYTHING }, closed);
  assert.deepEqual(doors, REPLACED);
  assert.match(warnings.join("\n"), /CustomResourceDefinitions cannot be read: .*no right to list them/);
});

test("a test merges by the definitions of its cluster resources", async () => {
  const world = createFakeWorld({
    "/t/kyverno-test.yaml": `apiVersion: cli.kyverno.io/v1alpha1
kind: Test
metadata: {name: t}
policies: [p.yaml]
resources: [shop.yaml]
clusterResources: [cluster.yaml]
results:
- {policy: p, kind: Shop, resources: [a], result: pass, isMutatingPolicy: true, patchedResources: patched.yaml}
`,
    "/t/p.yaml": POLICY,
    "/t/shop.yaml": SHOP,
    "/t/cluster.yaml": "apiVersion: cli.kyverno.io/v1alpha1\nkind: ClusterResource\nspec: {crds: [shops.yaml]}\n",
    "/t/shops.yaml": BY_NAME,
    "/t/patched.yaml": SHOP.replace("colour: red", "colour: red, open: true"),
  });
  const options = { fileName: "kyverno-test.yaml", select: (result: TestResult) => result };
  for await (const { rows } of runTests(world, ["/t"], options)) {
    assert.deepEqual(
      rows.map(({ result, message }) => [result, message]),
      [["Pass", "success"]],
    );
  }
});
