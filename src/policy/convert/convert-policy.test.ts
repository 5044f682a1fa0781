import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { listOf, memberOf, readYaml, type Value } from "../../base/index.ts";
import type { ClusterPolicyResource } from "../compile/cluster-policy.ts";
import { decodePolicies } from "../resource/decode-policies.ts";
import { readCustomKinds } from "../resource/resource-schema.ts";
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
    ["object.spec.?hostNetwork.orValue(true) == false"],
  ],
  [
    "preconditions that may not be met",
    `${POD}, preconditions: {all: [{key: "{{ request.operation }}", operator: Equals, value: CREATE}, {key: "{{ request.object.spec.nodeName || '' }}", operator: Equals, value: ''}]}, validate: {pattern: {spec: {hostNetwork: false}}}`,
    ["object.spec.?nodeName.orValue('') == ''", "object.spec.?hostNetwork.orValue(true) == false"],
  ],
  [
    "what may fail decides before the rest",
    deny(
      "{key: '{{ request.object.spec.nodeName }}', operator: Equals, value: a}, {key: '{{ request.object.metadata.name }}', operator: Equals, value: b}",
    ),
    ["object.spec.nodeName == 'a' ? object.metadata.name != 'b' : true"],
  ],
  ["no conditions", `${POD}, validate: {message: no Pods, deny: {}}`, ["false"]],
  [
    "a constant that is looked for",
    deny("{key: ALL, operator: AnyNotIn, value: '{{ request.object.spec.containers[].name }}'}"),
    ["object.spec.containers.exists(container, container.name == 'ALL')"],
  ],
  [
    "constants of which one is looked for",
    deny("{key: [a, b], operator: AnyIn, value: '{{ request.object.spec.containers[].name }}'}"),
    ["object.spec.containers.all(container, !(container.name in ['a', 'b']))"],
  ],
  [
    "whether there is a member",
    deny("{key: ownerReferences, operator: AnyNotIn, value: '{{ request.object.metadata.keys(@) }}'}"),
    ["has(object.metadata.ownerReferences)"],
  ],
  [
    "elements of one list among those of another",
    deny(
      "{key: '{{ request.object.spec.containers[].name }}', operator: AnyNotIn, value: '{{ request.object.spec.containers[].image }}'}",
    ),
    [
      "object.spec.containers.all(container, object.spec.containers.exists(container2, container2.image == container.name))",
    ],
  ],
  [
    "an empty text for a map that is missing",
    deny("{key: \"{{ request.object.spec.affinity || '' }}\", operator: Equals, value: ''}"),
    ["size(object.spec.?affinity.orValue({})) != 0"],
  ],
  [
    "a variable in a text of another",
    deny("{key: \"{{ regex_match('^a', '{{ request.object.metadata.name }}') }}\", operator: Equals, value: false}"),
    ["object.metadata.name.matches('^a')"],
  ],
  [
    "a variable with a default",
    `${POD}, context: [{name: app, variable: {jmesPath: request.object.metadata.labels.app, default: none}}], validate: {deny: {conditions: {all: [{key: "{{ app }}", operator: Equals, value: none}]}}}`,
    ["object.metadata.?labels.?app.orValue('none') != 'none'"],
  ],
  [
    "a variable with a value",
    `${POD}, context: [{name: wanted, variable: {value: {name: web}}}], validate: {deny: {conditions: {all: [{key: "{{ request.object.metadata.name }}", operator: NotEquals, value: "{{ wanted.name }}"}]}}}`,
    ["object.metadata.name == 'web'"],
  ],
  [
    "a ConfigMap",
    `${POD}, context: [{name: known-teams, configMap: {name: teams, namespace: base}}], validate: {deny: {conditions: {all: [{key: web, operator: NotEquals, value: '{{ "known-teams".data.team }}'}]}}}`,
    ["resource.Get('v1', 'configmaps', 'base', 'teams')", "variables.knownTeams.data.team == 'web'"],
  ],
  [
    "a list of the cluster",
    `${POD}, context: [{name: pods, apiCall: {urlPath: "/api/v1/namespaces/{{ request.namespace }}/pods", jmesPath: "items[?spec.nodeName=='a'] | length(@)"}}], validate: {deny: {conditions: {all: [{key: "{{ pods }}", operator: GreaterThan, value: 10}]}}}`,
    [
      "resource.List('v1', 'pods', request.namespace)",
      "size(variables.pods.items.filter(item, has(item.spec.nodeName) && item.spec.nodeName == 'a')) <= 10",
    ],
  ],
  [
    "the object of a deletion is the old one",
    deny(
      "{key: '{{ request.operation }}', operator: Equals, value: DELETE}, {key: '{{ request.object.metadata.name }}', operator: Equals, value: a}",
    ),
    ["oldObject.metadata.name != 'a'"],
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
    "context from outside of the cluster",
    `${POD}, context: [{name: x, apiCall: {service: {url: "https://a.example"}}}], validate: {deny: {conditions: {all: [{key: '{{ x.a }}', operator: Equals, value: b}]}}}`,
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
];

const WIDGETS = readCustomKinds({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  spec: {
    group: "example.com",
    scope: "Cluster",
    names: { kind: "Widget", plural: "widgetz" },
    versions: [
      {
        name: "v1",
        schema: {
          openAPIV3Schema: {
            type: "object",
            properties: { spec: { type: "object", properties: { color: { type: "string" } } } },
          },
        },
      },
    ],
  },
});

test("a kind that is not built in is known by its definition", () => {
  const rule = "match: {any: [{resources: {kinds: [Widget]}}]}, validate: {message: m, pattern: {spec: {color: red}}}";
  const policy = policyOf([rule]);
  assert.match(convertPolicy(policy).unconverted[0]?.reason ?? "", /without its CustomResourceDefinition/);
  const [made] = convertPolicy(policy, { customKinds: WIDGETS }).converted;
  const [validation] = listOf(memberOf(made?.policy ?? null, "spec"), "validations");
  assert.equal(memberOf(validation, "expression"), "object.?spec.?color.orValue('') == 'red'");
  assert.match(JSON.stringify(made?.policy), /"resources":\["widgetz"\]/);
  assert.ok(made !== undefined);
  const inputs = makeCounterexamples(made, policy.policy, { count: 50, seed: "1" });
  assert.ok(inputs.some(({ object }) => memberOf(memberOf(object, "spec"), "color") === "red"));
  assert.ok(inputs.every(({ resource, object }) => resource === "widgetz" && memberOf(object, "kind") === "Widget"));
});

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

  test("under failurePolicy Ignore preconditions are no conditions of the match", () => {
    const rule = `${POD}, preconditions: {all: [{key: "{{ request.object.spec.nodeName }}", operator: Equals, value: a}]}, validate: {message: m, pattern: {spec: {hostNetwork: false}}}`;
    assert.deepEqual(expressionsOf(rule, "  failurePolicy: Ignore\n"), [
      "object.spec.nodeName == 'a' ? object.spec.?hostNetwork.orValue(true) == false : true",
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
