/** The CRDs of Kyverno's kinds, and Kubernetes' own, on a real kube-apiserver, held against what amap accepts and refuses. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Issue } from "../../src/base/index.ts";
import { CEL_KINDS, decodePolicies, KYVERNO_KINDS } from "../../src/policy/index.ts";
import { findKubernetes, type RunningKubernetes, startKubernetes } from "../../tools/peers/kubernetes.ts";
import { CEL_REFUSED, CEL_ROWS } from "./cel-kinds.table.ts";
import { ROWS } from "./kyverno-kinds.table.ts";

const crds = join(import.meta.dirname, "..", "..", "deploy", "crds-kyverno");
let cluster: RunningKubernetes;

before(async () => {
  const programs = findKubernetes({ install: true });
  assert.ok(programs, "kube-apiserver, kubectl and etcd can be had");
  cluster = await startKubernetes(programs);
  await cluster.kubectl(["apply", "--server-side", "-k", crds]);
  await cluster.kubectl(["wait", "--for=condition=Established", "crd", "--all", "--timeout=30s"]);
});
after(() => cluster?.stop());

/** `kubectl create` as people call it: the server refuses unknown fields. */
const create = (document: string, ...flags: readonly string[]): Promise<string> =>
  cluster.kubectl(["create", "--validate=strict", ...flags, "-f", "-"], document);

function issuesOf(document: string): readonly Issue[] {
  const decoded = decodePolicies(document, "row");
  return decoded.ok ? [] : decoded.issues;
}

test("the server takes each CRD as structural, with its names and every version", async () => {
  for (const { plural, group, shortNames, versions } of [...KYVERNO_KINDS, ...CEL_KINDS]) {
    const conditions = "jsonpath={range .status.conditions[*]}{.type}={.status} {end}";
    const found = await cluster.kubectl(["get", "crd", `${plural}.${group}`, "-o", conditions]);
    assert.match(found, /NamesAccepted=True .*Established=True/);
    assert.doesNotMatch(found, /NonStructuralSchema=True/);
    for (const name of [...shortNames, ...versions.map(({ name: version }) => `${plural}.${version}.${group}`)]) {
      await cluster.kubectl(["get", name]);
    }
  }
});

for (const { name, document, misspelt } of [...ROWS, ...CEL_ROWS]) {
  const [right, wrong] = misspelt;

  test(`accepted by both: ${name}`, async () => {
    assert.deepEqual(issuesOf(document), []);
    await create(document);
  });

  test(`its twin is refused by both, for the same field: ${name}`, async () => {
    const twin = document.replace(right, wrong);
    assert.notEqual(twin, document);
    const [issue, ...others] = issuesOf(twin).filter(({ message }) => message.includes("unknown field"));
    assert.ok(issue !== undefined && others.length === 0, "amap finds one unknown field");
    await assert.rejects(create(twin, "--dry-run=server"), (error: Error) => {
      assert.ok(error.message.includes(`unknown field "${issue.path}"`), `${issue.path}: ${error.message}`);
      return true;
    });
  });
}

const refused: readonly (readonly [name: string, document: string, message: RegExp])[] = [
  [
    "two kinds of data in a GlobalContextEntry",
    `apiVersion: kyverno.io/v2\nkind: GlobalContextEntry\nmetadata: { name: two }\nspec: { kubernetesResource: { version: v1, resource: pods }, apiCall: { urlPath: /a } }\n`,
    /expected exactly one of kubernetesResource, apiCall/,
  ],
  [
    "a context entry without a source",
    `apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: { name: none }\nspec: { rules: [{ name: r, match: {}, context: [{ name: x }] }] }\n`,
    /spec\.rules\[0\]\.context\[0\]/,
  ],
  [
    "a value outside its list",
    `apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: { name: value }\nspec: { applyRules: Some, rules: [] }\n`,
    /spec\.applyRules: Unsupported value: "Some"/,
  ],
];
for (const [name, document, message] of refused) {
  test(`refused by both: ${name}`, async () => {
    assert.notDeepEqual(issuesOf(document), []);
    await assert.rejects(create(document, "--dry-run=server"), message);
  });
}

for (const [index, [path, document]] of CEL_REFUSED.entries()) {
  test(`refused by both: ${path}, row ${index}`, async () => {
    const decoded = decodePolicies(document, "row");
    const found = decoded.ok
      ? decoded.value.flatMap(({ warnings }) => warnings.filter(({ refusedInCluster }) => refusedInCluster))
      : decoded.issues;
    assert.ok(
      found.some((each) => each.path === path),
      JSON.stringify(found),
    );
    await assert.rejects(create(document, "--dry-run=server"), (error: Error) => {
      assert.ok(error.message.includes(path), error.message);
      return true;
    });
  });
}

test("columns are Kyverno's", async () => {
  assert.match(await cluster.kubectl(["get", "cpol"]), /^NAME +ADMISSION +BACKGROUND +READY +AGE +MESSAGE\n/);
  assert.match(await cluster.kubectl(["get", "cleanpol"]), /^NAME +SCHEDULE +AGE\n/);
  assert.match(await cluster.kubectl(["get", "vpol"]), /^NAME +AGE +READY\n/);
  assert.match(await cluster.kubectl(["get", "gctxentry"]), /^NAME +AGE +REFRESH INTERVAL +LAST REFRESH\n/);
});
