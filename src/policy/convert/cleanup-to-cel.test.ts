import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { memberOf } from "../../base/index.ts";
import { decodePolicies } from "../resource/decode-policies.ts";
import { convertCleanupPolicy, type DocumentConversion } from "./cleanup-to-cel.ts";

function convert(spec: string, head = "kind: ClusterCleanupPolicy\nmetadata: {name: p}"): DocumentConversion {
  const text = `apiVersion: kyverno.io/v2\n${head}\nspec: {schedule: "@daily", ${spec}}\n`;
  const decoded = decodePolicies(text, "p.yaml");
  const [policy] = decoded.ok ? decoded.value : [];
  assert.ok(policy?.kind === "ClusterCleanupPolicy" || policy?.kind === "CleanupPolicy", JSON.stringify(decoded));
  return convertCleanupPolicy(policy);
}

const PODS = "match: {any: [{resources: {kinds: [Pod]}}]}";

const CONDITIONS: readonly (readonly [name: string, spec: string, expressions: readonly string[]])[] = [
  ["all that match", PODS, []],
  [
    "a condition about the object",
    `${PODS}, conditions: {all: [{key: "{{ target.metadata.name }}", operator: Equals, value: web}]}`,
    ["object.metadata.name == 'web'"],
  ],
  [
    "all, then any",
    `${PODS}, conditions: {any: [{key: "{{ target.spec.hostNetwork || \`false\` }}", operator: Equals, value: true}], all: [{key: "{{ target.metadata.name }}", operator: Equals, value: web}]}`,
    ["object.metadata.name == 'web'", "object.spec.?hostNetwork.orValue(false) == true"],
  ],
  [
    "a variable",
    `${PODS}, context: [{name: own, variable: {jmesPath: target.metadata.name}}], conditions: {all: [{key: "{{ own }}", operator: NotEquals, value: web}]}`,
    ["object.metadata.name != 'web'"],
  ],
  [
    "an age",
    `${PODS}, conditions: {all: [{key: "{{ time_since('', '{{ target.metadata.creationTimestamp }}', '') }}", operator: GreaterThan, value: 24h}]}`,
    ["time.now() - timestamp(object.metadata.creationTimestamp) > duration('24h')"],
  ],
  [
    "nobody's",
    `${PODS}, conditions: {any: [{key: "{{ target.metadata.ownerReferences[] || \`[]\` }}", operator: Equals, value: []}]}`,
    ["size(object.metadata.?ownerReferences.orValue([])) == 0"],
  ],
  [
    "what stays all the same",
    `${PODS}, exclude: {any: [{resources: {namespaces: [kube-system]}}]}`,
    ["object.metadata.namespace != 'kube-system'"],
  ],
];

const REFUSED: readonly (readonly [name: string, spec: string, path: string])[] = [
  ["roles", "match: {any: [{resources: {kinds: [Pod]}, clusterRoles: [admin]}]}", "spec.match.any[0]"],
  [
    "a request",
    `${PODS}, conditions: {all: [{key: "{{ request.namespace }}", operator: Equals, value: a}]}`,
    "spec.conditions",
  ],
  ["kinds that nobody knows", "match: {any: [{resources: {kinds: [Widget]}}]}", "spec.match.any[0].resources.kinds"],
];

describe("convertCleanupPolicy", () => {
  for (const [name, spec, expressions] of CONDITIONS) {
    test(name, () => {
      const { converted, unconverted } = convert(spec);
      assert.deepEqual(unconverted, []);
      const conditions = memberOf(memberOf(converted[0]?.policy, "spec"), "conditions") ?? [];
      assert.ok(Array.isArray(conditions));
      assert.deepEqual(
        conditions.map((each) => memberOf(each as never, "expression")),
        expressions,
      );
    });
  }
  for (const [name, spec, path] of REFUSED) {
    test(`${name}: nothing is written`, () => {
      const { converted, unconverted } = convert(spec);
      assert.deepEqual([converted, unconverted.map((note) => note.path)], [[], [path]]);
    });
  }

  test("a policy of a namespace stays one", () => {
    const head = "kind: CleanupPolicy\nmetadata: {name: p, namespace: shop}";
    const { converted } = convert(`${PODS}, deletionPropagationPolicy: Orphan`, head);
    assert.deepEqual(converted[0]?.policy, {
      apiVersion: "policies.kyverno.io/v1",
      kind: "NamespacedDeletingPolicy",
      metadata: { name: "p", namespace: "shop" },
      spec: {
        schedule: "@daily",
        deletionPropagationPolicy: "Orphan",
        matchConstraints: {
          resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["*"], resources: ["pods"] }],
        },
      },
    });
  });
});
