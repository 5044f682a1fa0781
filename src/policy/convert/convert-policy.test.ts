import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { memberOf, readYaml, type Value } from "../../base/index.ts";
import type { ClusterPolicyResource } from "../compile/cluster-policy.ts";
import { decodePolicies } from "../resource/decode-policies.ts";
import { convertPolicy } from "./convert-policy.ts";
import { makeCounterexamples } from "./counterexamples.ts";

const POD = "match: {any: [{resources: {kinds: [Pod]}}]}";

function policyOf(rules: readonly string[], spec = ""): ClusterPolicyResource {
  const list = rules.map((rule, index) => `  - {name: r${index}, ${rule}}`).join("\n");
  const text = `apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: p}\nspec:\n${spec}  rules:\n${list}\n`;
  const decoded = decodePolicies(text, "p.yaml");
  const [policy] = decoded.ok ? decoded.value : [];
  assert.ok(policy?.kind === "ClusterPolicy", JSON.stringify(decoded));
  return policy;
}

/** The spec of what a rule becomes. */
function specOf(rule: string, spec?: string): Value | undefined {
  const { converted, unconverted } = convertPolicy(policyOf([rule], spec));
  assert.deepEqual(unconverted, []);
  return memberOf(converted[0]?.policy, "spec");
}

/** Expressions of what a rule becomes, in order: of conditions, then of variables, then of validations. */
function expressionsOf(rule: string, spec?: string): readonly Value[] {
  const made = specOf(rule, spec);
  return ["matchConditions", "variables", "validations"].flatMap((name) => {
    const list = memberOf(made, name);
    return Array.isArray(list) ? list.map((each: Value) => memberOf(each, "expression") ?? null) : [];
  });
}

const deny = (condition: string): string => `${POD}, validate: {deny: {conditions: {all: [${condition}]}}}`;
const CONTAINERS = "request.object.spec.containers[].image";

const RULES: readonly (readonly [name: string, rule: string, expressions: readonly string[]])[] = [
  [
    "a condition is the contrary of what must hold",
    deny("{key: '{{ request.object.metadata.name }}', operator: Equals, value: web}"),
    ["object.metadata.?name.orValue('') != 'web'".replace(".?name.orValue('')", ".name")],
  ],
  [
    "some of a list",
    deny(`{key: '{{ ${CONTAINERS} }}', operator: AnyIn, value: ['a:*', b]}`),
    ["object.spec.containers.all(container, container.image != 'b' && !container.image.startsWith('a:'))"],
  ],
  [
    "all of several lists",
    deny("{key: '{{ request.object.spec.[containers, initContainers][].image }}', operator: AllNotIn, value: [b]}"),
    [
      "object.spec.containers + object.spec.?initContainers.orValue([])",
      "variables.containers.exists(container, container.image == 'b')",
    ],
  ],
  [
    "a length with a default",
    deny("{key: '{{ request.object.spec.volumes || `[]` | length(@) }}', operator: GreaterThan, value: 3}").replace(
      "request.object.spec.volumes || `[]` | length(@)",
      "length(request.object.spec.volumes || `[]`)",
    ),
    ["size(object.spec.?volumes.orValue([])) <= 3"],
  ],
  [
    "preconditions",
    `${POD}, preconditions: {all: [{key: "{{ request.operation }}", operator: NotEquals, value: DELETE}]}, validate: {pattern: {spec: {hostNetwork: false}}}`,
    ["request.operation != 'DELETE'", "object.spec.?hostNetwork.orValue(true) == false"],
  ],
  [
    "a loop",
    `${POD}, validate: {foreach: [{list: request.object.spec.containers, deny: {conditions: {any: [{key: "{{ element.image }}", operator: Equals, value: "*:latest"}]}}}]}`,
    ["object.spec.containers.all(container, !container.image.endsWith(':latest'))"],
  ],
  [
    "what is excluded",
    `${POD}, exclude: {any: [{resources: {namespaces: [kube-system]}}]}, validate: {pattern: {spec: {hostNetwork: false}}}`,
    ["object.metadata.namespace != 'kube-system'", "object.spec.?hostNetwork.orValue(true) == false"],
  ],
  [
    "CEL stays",
    `${POD}, validate: {cel: {expressions: [{expression: object.spec.hostNetwork == false}]}}`,
    ["object.spec.hostNetwork == false"],
  ],
];

const REFUSED: readonly (readonly [name: string, rule: string, path: string])[] = [
  ["generate", `${POD}, generate: {apiVersion: v1, kind: ConfigMap, name: a, namespace: b, data: {}}`, "spec.rules[0]"],
  [
    "unknown kinds",
    "match: {any: [{resources: {kinds: [Widget]}}]}, validate: {pattern: {spec: {a: b}}}",
    "spec.rules[0].match.any[0].resources.kinds",
  ],
  [
    "roles",
    "match: {any: [{resources: {kinds: [Pod]}, clusterRoles: [admin]}]}, validate: {pattern: {spec: {hostNetwork: false}}}",
    "spec.rules[0].match.any[0]",
  ],
  ["Pod Security", `${POD}, validate: {podSecurity: {level: baseline}}`, "spec.rules[0].validate.podSecurity"],
  [
    "context from outside",
    `${POD}, context: [{name: x, configMap: {name: a, namespace: b}}], validate: {deny: {conditions: {all: [{key: '{{ x.data.a }}', operator: Equals, value: b}]}}}`,
    "spec.rules[0].context[0]",
  ],
  [
    "two variables",
    deny("{key: '{{ request.object.metadata.name }}', operator: Equals, value: '{{ request.operation }}'}"),
    "spec.rules[0].validate.deny.conditions.all[0]",
  ],
  [
    "amounts",
    deny("{key: '{{ request.object.metadata.name }}', operator: Equals, value: 1h}"),
    "spec.rules[0].validate.deny.conditions.all[0]",
  ],
  ["no conditions", `${POD}, validate: {deny: {}}`, "spec.rules[0].validate.deny"],
];

describe("convertPolicy", () => {
  for (const [name, rule, expressions] of RULES) test(name, () => assert.deepEqual(expressionsOf(rule), expressions));
  for (const [name, rule, path] of REFUSED) {
    test(`${name}: nothing is written`, () => {
      const { converted, unconverted } = convertPolicy(policyOf([rule], "  background: false\n"));
      assert.deepEqual([converted, unconverted.map((note) => note.path)], [[], [path]]);
    });
  }

  test("an update may leave an object as bad as it was, where a failure denies", () => {
    const rule = `${POD}, validate: {message: m, pattern: {spec: {hostNetwork: false}}}`;
    assert.deepEqual(expressionsOf(rule, "  validationFailureAction: Enforce\n"), [
      "request.operation == 'UPDATE' && oldObject.spec.?hostNetwork.orValue(true) != false",
      "object.spec.?hostNetwork.orValue(true) == false || variables.wasAsBad",
    ]);
  });

  test("each rule is a policy, and what it does not say is named", () => {
    const rule = `${POD}, validate: {message: m, pattern: {spec: {hostNetwork: false}}}`;
    const { converted } = convertPolicy(policyOf([rule, rule]));
    const names = converted.map(({ policy }) => memberOf(memberOf(policy, "metadata"), "name"));
    assert.deepEqual(names, ["p-r0", "p-r1"]);
    assert.deepEqual(
      converted[0]?.differences.map(({ reason }) => reason),
      ["it is not extended to ReplicationControllers"],
    );
  });

  test("a merge becomes an apply configuration", () => {
    const made = specOf(
      "match: {any: [{resources: {kinds: [ConfigMap]}}]}, mutate: {patchStrategicMerge: {metadata: {labels: {+(team): web, a/b: c}}}}",
    );
    const expected = `
    - patchType: ApplyConfiguration
      applyConfiguration:
        expression: "Object{metadata: Object.metadata{labels: {'team': object.metadata.?labels.?team.orValue('web'), 'a/b': 'c'}}}"
    `;
    assert.deepEqual(memberOf(made, "mutations"), readYaml(expected)[0]);
  });
});

test("the same seed makes the same objects", () => {
  const policy = policyOf([`${POD}, validate: {message: m, pattern: {spec: {containers: [{image: "!*:latest"}]}}}`]);
  const [rule] = convertPolicy(policy).converted;
  assert.ok(rule !== undefined);
  const make = (seed: string) => makeCounterexamples(rule, policy.policy, { count: 50, seed });
  assert.deepEqual(make("a"), make("a"));
  assert.notDeepEqual(make("a"), make("b"));
  const kinds = new Set(make("a").map(({ object }) => memberOf(object, "kind")));
  assert.ok(kinds.has("Pod") && kinds.has("CronJob"));
});
