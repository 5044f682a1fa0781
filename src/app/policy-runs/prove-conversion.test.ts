import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Value } from "../../base/index.ts";
import { type ClusterPolicyResource, type ConvertedRule, convertPolicy, decodePolicies } from "../../policy/index.ts";
import { type Proof, proveConversion } from "./prove-conversion.ts";

function convert(rule: string): { readonly resource: ClusterPolicyResource; readonly converted: ConvertedRule } {
  const text = `apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: p}\nspec:\n  rules:\n  - {name: r, ${rule}}\n`;
  const decoded = decodePolicies(text, "p.yaml");
  const [resource] = decoded.ok ? decoded.value : [];
  assert.ok(resource?.kind === "ClusterPolicy");
  const [converted] = convertPolicy(resource).converted;
  assert.ok(converted !== undefined);
  return { resource, converted };
}

/** The proof of a rule, and that of the same with a part of the new policy replaced. */
function prove(
  rule: string,
  replaced: readonly [from: string, to: string] = ["", ""],
  given: readonly Value[] = [],
): Proof {
  const { resource, converted } = convert(rule);
  const text = JSON.stringify(converted.policy);
  assert.ok(text.includes(replaced[0]));
  const policy = JSON.parse(text.replace(replaced[0], () => replaced[1])) as Value;
  const inputs = given.map((object) => ({ origin: "given", input: { object, operation: "CREATE" as const } }));
  return proveConversion(
    resource,
    { ...converted, policy },
    { given: inputs, generated: given.length > 0 ? 0 : 300, seed: "1" },
  );
}

const POD = "match: {any: [{resources: {kinds: [Pod]}}]}";
const TAGS = `${POD}, validate: {message: state a tag, pattern: {spec: {containers: [{image: "!*:latest"}]}}}`;
const PROBES = `${POD}, validate: {message: probes, pattern: {spec: {containers: [{(image): "nginx*", livenessProbe: {periodSeconds: ">0"}}]}}}`;
const PORTS = `match: {any: [{resources: {kinds: [Service]}}]}, validate: {message: ports, deny: {conditions: {any: [{key: '{{ length(request.object.spec.ports || \`[]\`) }}', operator: GreaterThan, value: 2}]}}}`;
const LABEL =
  "match: {any: [{resources: {kinds: [ConfigMap]}}]}, mutate: {patchStrategicMerge: {metadata: {labels: {+(team): web}}}}";
const TEAM = `${POD}, context: [{name: teams, configMap: {name: teams, namespace: base}}], validate: {message: m, deny: {conditions: {all: [{key: web, operator: NotEquals, value: "{{ teams.data.team || '' }}"}]}}}`;
const COUNT = `${POD}, context: [{name: pods, apiCall: {urlPath: /api/v1/pods, jmesPath: items | length(@)}}], validate: {message: m, deny: {conditions: {all: [{key: "{{ pods }}", operator: GreaterThan, value: 2}]}}}`;
const TOLERATE = `${POD}, mutate: {patchesJson6902: "- {op: add, path: /spec/tolerations/-, value: {key: a}}"}`;
const VOLUME =
  "match: {any: [{resources: {kinds: [Deployment]}}]}, mutate: {patchStrategicMerge: {spec: {template: {spec: {volumes: [{name: a, emptyDir: {medium: Memory}}]}}}}}";
const EACH = `${POD}, mutate: {foreach: [{list: request.object.spec.containers, patchStrategicMerge: {spec: {containers: [{name: "{{ element.name }}", image: "a/{{ element.image }}"}]}}}]}`;
const DELETED = `${POD}, validate: {message: m, deny: {conditions: {all: [{key: "{{ request.operation }}", operator: Equals, value: DELETE}, {key: "{{ request.object.metadata.name }}", operator: Equals, value: web}]}}}`;

/** What was changed in the new policy, and in what the two then differ. */
const TAMPERED: readonly (readonly [name: string, rule: string, from: string, to: string, differsIn: string])[] = [
  ["another end", TAGS, ":latest", ":lates", "verdict"],
  ["one for each", TAGS, "all(container", "exists(container", "verdict"],
  ["another message", TAGS, "state a tag", "state tag", "message"],
  ["another kind", TAGS, '"pods"', '"services"', "verdict"],
  ["the condition left out", PROBES, "!container.image.startsWith('nginx') ||", "false ||", "verdict"],
  ["a border", PORTS, "<= 2", "<= 3", "verdict"],
  ["what is there is overwritten", LABEL, "object.metadata.?labels.?team.orValue('web')", "'web'", "patch"],
  ["another value", LABEL, "'web'", "'wed'", "patch"],
  ["another ConfigMap", TEAM, "'teams')", "'teamz')", "verdict"],
  ["another number of what is there", COUNT, "<= 2", "<= 1", "verdict"],
  [
    "another place in a list",
    TOLERATE,
    "object.spec.?tolerations.orValue([]) + [{'key': 'a'}]",
    "[{'key': 'a'}] + object.spec.?tolerations.orValue([])",
    "patch",
  ],
  ["another element that is there", VOLUME, "volumes{name: 'a'", "volumes{name: 'c'", "patch"],
  ["another element", EACH, "'a/' + container.image", "'a/' + container.name", "patch"],
  ["another object", DELETED, "oldObject.metadata.name != 'web'", "oldObject.metadata.name == 'web'", "verdict"],
];

describe("proveConversion", () => {
  for (const [name, rule] of [
    ["a pattern", TAGS],
    ["anchors", PROBES],
    ["conditions", PORTS],
    ["a mutation", LABEL],
    ["a ConfigMap", TEAM],
    ["a list of the cluster", COUNT],
    ["a JSON patch", TOLERATE],
    ["new elements", VOLUME],
    ["a loop", EACH],
    ["deletions", DELETED],
  ] as const) {
    test(`${name}: both say the same`, () => {
      const proof = prove(rule);
      assert.deepEqual([proof.counterexample, proof.refused, proof.compared], [undefined, undefined, 300]);
      assert.ok(proof.denied + proof.changed > 20);
    });
  }
  for (const [name, rule, from, to, differsIn] of TAMPERED) {
    test(`${name}: a counterexample is found`, () => {
      const proof = prove(rule, [from, to]);
      assert.equal(proof.counterexample?.differsIn, differsIn);
    });
  }

  test("what does not compile is not proven", () => {
    assert.match(prove(TAGS, ["object.spec", "objekt.spec"]).refused ?? "", /does not compile/);
  });

  test("given objects count too", () => {
    const pod = {
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "a", namespace: "b" },
      spec: { containers: [{ name: "c", image: "d:latest" }] },
    };
    const proof = prove(TAGS, ["", ""], [pod]);
    assert.deepEqual([proof.compared, proof.denied], [1, 1]);
    assert.equal(prove(TAGS, [":latest", ":new"], [pod]).counterexample?.origin, "given");
  });
});
