import assert from "node:assert/strict";
import { test } from "node:test";
import { decodePolicies } from "../decode-policies.ts";

/** `path: message` of all issues, and of all warnings with an exclamation mark for what a cluster refuses. */
function findingsOf(text: string): readonly string[] {
  const decoded = decodePolicies(text, "p.yaml");
  if (!decoded.ok) return decoded.issues.map(({ path, message }) => `${path}: ${message}`);
  return decoded.value.flatMap((resource) =>
    resource.warnings.map(
      ({ path, message, refusedInCluster }) => `${refusedInCluster ? "! " : ""}${path}: ${message}`,
    ),
  );
}

const exception = (spec: string): string =>
  `apiVersion: kyverno.io/v2\nkind: PolicyException\nmetadata: {name: e, namespace: ns}\nspec: {${spec}}\n`;
const cleanup = (spec: string, kind = "ClusterCleanupPolicy"): string =>
  `apiVersion: kyverno.io/v2\nkind: ${kind}\nmetadata: {name: c}\nspec: {${spec}}\n`;
const entry = (spec: string): string =>
  `apiVersion: kyverno.io/v2beta1\nkind: GlobalContextEntry\nmetadata: {name: g}\nspec: {${spec}}\n`;

const PODS = "match: {any: [{resources: {kinds: [Pod]}}]}";
const RULES = "exceptions: [{policyName: p, ruleNames: [r]}]";

const CASES: readonly { readonly name: string; readonly text: string; readonly findings: readonly string[] }[] = [
  { name: "an exception", text: exception(`${PODS}, ${RULES}`), findings: [] },
  {
    name: "an exception: fields",
    text: exception("match: {resources: {kinds: [Pod]}}, exceptions: [{policyName: p, rules: [r]}]"),
    findings: [
      'spec.match.resources: policy e: unknown field "resources": the fields here are any, all',
      'spec.exceptions[0].rules: policy e: unknown field "rules": the fields here are policyName, ruleNames',
      "spec.exceptions[0].ruleNames: policy e: expected a list, found nothing",
    ],
  },
  {
    name: "an exception: what a cluster refuses",
    text: exception(
      `match: {any: [{resources: {kinds: [Pod]}, clusterRoles: [a]}]}, exceptions: [{policyName: "", ruleNames: [r]}], podSecurity: [{controlName: Host Ports}]`,
    ),
    findings: [
      "! spec.match.any[0].clusterRoles: there is no user in background scans: set spec.background to false",
      "! spec.exceptions[0].policyName: expected a policy's name",
      "! spec.podSecurity[0].images: Host Ports is a control of containers: expected their images",
    ],
  },
  { name: "a cleanup", text: cleanup(`${PODS}, schedule: "*/5 * * * *"`), findings: [] },
  {
    name: "a cleanup: what a cluster refuses",
    text: cleanup(
      "match: {any: [{resources: {kinds: [Pod]}, roles: [n:a]}]}, schedule: often, context: [{name: a, configMap: {name: b}}]",
    ),
    findings: [
      "! spec.match.any[0].roles: there is no user when a cleanup runs: leave it out",
      "! spec.context[0].configMap: not allowed in a cleanup policy",
      "! spec.schedule: expected 5 fields, found 1",
    ],
  },
  {
    name: "a cleanup: exclude takes all, namespaces of a namespaced one",
    text: cleanup(
      `match: {any: [{resources: {kinds: [Pod], namespaces: [a]}}]}, exclude: {any: [{resources: {kinds: [Pod], namespaces: [a]}}]}, schedule: "@daily"`,
      "CleanupPolicy",
    ),
    findings: [
      "! spec.match.any[0].resources.namespaces: a Policy is about objects of its own namespace only",
      "! spec.exclude.any[0].resources.namespaces: a Policy is about objects of its own namespace only",
      "! spec.exclude: the policy matches nothing: it excludes all that it matches",
    ],
  },
  {
    name: "an entry",
    text: entry(
      "kubernetesResource: {group: apps, version: v1, resource: deployments}, projections: [{name: a, jmesPath: '[].name'}]",
    ),
    findings: [],
  },
  {
    name: "an entry: neither",
    text: entry("projections: []"),
    findings: ["spec: policy g: expected exactly one of kubernetesResource, apiCall, found none"],
  },
  {
    name: "an entry: all wrong",
    text: entry(
      "apiCall: {method: GET, data: [{key: a, value: b}], refreshInterval: 0s}, projections: [{name: g, jmesPath: 'a['}]",
    ),
    findings: [
      "spec.apiCall: policy g: expected exactly one of urlPath, service",
      "spec.apiCall.method: policy g: expected POST, because there is data",
      "spec.apiCall.refreshInterval: policy g: expected a duration such as 10m, greater than 0",
      "spec.projections[0].name: policy g: expected another name than the entry's",
      "spec.projections[0].jmesPath: policy g: ",
    ],
  },
  {
    name: "an entry: the group of a kind",
    text: entry("kubernetesResource: {version: v2, resource: pods}"),
    findings: ["spec.kubernetesResource.group: policy g: expected a group: the core group has v1 only"],
  },
];

for (const { name, text, findings } of CASES) {
  test(`decodePolicies: ${name}`, () => {
    const actual = findingsOf(text);
    assert.equal(actual.length, findings.length, JSON.stringify(actual));
    for (const [index, part] of findings.entries()) {
      if (part.endsWith(": ")) assert.ok(actual[index]?.startsWith(part), actual[index]);
      else assert.equal(actual[index], part);
    }
  });
}

test("decodePolicies: namespaces, nulls inside patterns and lists of policies", () => {
  const decoded = decodePolicies(
    `apiVersion: v1
kind: List
items:
- apiVersion: kyverno.io/v1
  kind: Policy
  metadata: {name: p, namespace: ns, labels: null}
  spec:
    background: null
    rules: [{name: r, match: {any: [{resources: {kinds: [Pod]}}]}, mutate: {patchStrategicMerge: {metadata: {name: null}}}}]
`,
    "p.yaml",
  );
  assert.ok(decoded.ok, JSON.stringify(decoded));
  const [resource] = decoded.value;
  assert.ok(resource?.kind === "Policy");
  assert.equal(resource.namespace, "ns");
  assert.ok(!Object.hasOwn(resource.policy.spec, "background") && !Object.hasOwn(resource.policy.metadata, "labels"));
  assert.deepEqual(resource.policy.spec.rules?.[0]?.mutate?.patchStrategicMerge, { metadata: { name: null } });
});
