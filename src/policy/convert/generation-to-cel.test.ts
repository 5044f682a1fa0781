import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { memberOf, readYaml, textOf, type Value } from "../../base/index.ts";
import { decodePolicies } from "../resource/decode-policies.ts";
import { type Conversion, convertPolicy } from "./convert-policy.ts";

const NAMESPACE = "match: {any: [{resources: {kinds: [Namespace]}}]}";
const OWN = "{{request.object.metadata.name}}";

function convert(rule: string, head = "kind: ClusterPolicy\nmetadata: {name: p}\n", spec = ""): Conversion {
  const text = `apiVersion: kyverno.io/v1\n${head}spec:\n${spec}  rules:\n  - {name: r, ${rule}}\n`;
  const decoded = decodePolicies(text, "p.yaml");
  const [policy] = decoded.ok ? decoded.value : [];
  assert.ok(policy?.kind === "ClusterPolicy" || policy?.kind === "Policy", JSON.stringify(decoded));
  return convertPolicy(policy);
}

function specOf(rule: string, head?: string, spec?: string): Value | undefined {
  const { converted, unconverted } = convert(rule, head, spec);
  assert.deepEqual(unconverted, []);
  return memberOf(converted[0]?.policy, "spec");
}

const configMap = (more: string): string =>
  `${NAMESPACE}, generate: {apiVersion: v1, kind: ConfigMap, name: base, namespace: "${OWN}", ${more}}`;

/** What a rule makes: expressions, and templates with `interpolate` before them where variables are read. */
const GENERATED: readonly (readonly [name: string, rule: string, expected: readonly Value[]])[] = [
  [
    "data is a template",
    configMap(`data: {data: {owner: "of ${OWN}"}}`),
    [
      {
        interpolate: "cel",
        value: {
          apiVersion: "v1",
          kind: "ConfigMap",
          metadata: { name: "base", namespace: "(( object.metadata.name ))" },
          data: { owner: "of (( object.metadata.name ))" },
        },
      },
    ],
  ],
  [
    "a whole value keeps its type, and brackets are no placeholders",
    configMap('data: {metadata: {labels: "{{request.object.metadata.labels}}"}, data: {a: "((x))"}}'),
    [
      {
        interpolate: "cel",
        value: {
          apiVersion: "v1",
          kind: "ConfigMap",
          metadata: {
            name: "base",
            namespace: "(( object.metadata.name ))",
            labels: "(( object.metadata.labels ))",
          },
          data: { a: "\\((x))" },
        },
      },
    ],
  ],
  [
    "nothing is read",
    `${NAMESPACE}, generate: {apiVersion: v1, kind: ConfigMap, name: a, namespace: b, data: {data: {c: "((d"}}}`,
    [
      {
        value: {
          apiVersion: "v1",
          kind: "ConfigMap",
          metadata: { name: "a", namespace: "b" },
          data: { c: "((d" },
        },
      },
    ],
  ],
  [
    "a variable in a key is an expression",
    configMap(`data: {data: {"${OWN}": x}}`),
    [
      "generator.Apply(object.metadata.name, [{'apiVersion': 'v1', 'kind': 'ConfigMap', 'metadata': {'name': 'base', 'namespace': object.metadata.name}, 'data': {object.metadata.name: 'x'}}])",
    ],
  ],
  [
    "a copy is not made of itself",
    configMap("clone: {namespace: base, name: base}"),
    ["object.metadata.name == 'base' || generator.Apply(object.metadata.name, [variables.source])"],
  ],
  [
    "a copy under another name has all fields",
    configMap("clone: {namespace: default, name: other}"),
    [
      "generator.Apply(object.metadata.name, [{'apiVersion': 'v1', 'kind': 'ConfigMap', 'metadata': {'name': 'base', ?'annotations': variables.source.metadata[?'annotations'], ?'finalizers': variables.source.metadata[?'finalizers'], ?'labels': variables.source.metadata[?'labels'], ?'namespace': variables.source.metadata[?'namespace'], ?'ownerReferences': variables.source.metadata[?'ownerReferences'], ?'resourceVersion': variables.source.metadata[?'resourceVersion'], ?'uid': variables.source.metadata[?'uid']}, ?'binaryData': variables.source[?'binaryData'], ?'data': variables.source[?'data'], ?'immutable': variables.source[?'immutable']}])",
    ],
  ],
  [
    "a list of copies",
    `${NAMESPACE}, generate: {namespace: "${OWN}", cloneList: {namespace: base, kinds: [v1/Secret, acme.io/v1/Widget], selector: {matchLabels: {copy: "yes"}}}}`,
    [
      "object.metadata.name == 'base' || generator.Apply(object.metadata.name, [resource.List('v1', 'secrets', 'base', {'copy': 'yes'})])",
      "object.metadata.name == 'base' || generator.Apply(object.metadata.name, [resource.List(resource.ToGVR('acme.io/v1', 'Widget'), 'base', {'copy': 'yes'})])",
    ],
  ],
  [
    "a selector with expressions",
    `${NAMESPACE}, generate: {namespace: b, cloneList: {namespace: a, kinds: [v1/Secret], selector: {matchExpressions: [{key: x, operator: In, values: [web]}]}}}`,
    [
      "generator.Apply('b', dyn(resource.List('v1', 'secrets', 'a').items).filter(item, item.metadata.?labels[?'x'].hasValue() && item.metadata.?labels[?'x'].orValue('') in ['web']))",
    ],
  ],
  [
    "a loop",
    "match: {any: [{resources: {kinds: [ConfigMap]}}]}, generate: {foreach: [{list: \"request.object.data.names | split(@, ',')\", preconditions: {all: [{key: '{{element}}', operator: NotEquals, value: x}]}, apiVersion: v1, kind: ConfigMap, name: a, namespace: '{{element}}', data: {data: {b: c}}}]}",
    [
      "object.data.names.split(',').all(name, name == 'x' || generator.Apply(name, [{'apiVersion': 'v1', 'kind': 'ConfigMap', 'metadata': {'name': 'a', 'namespace': name}, 'data': {'b': 'c'}}]))",
    ],
  ],
  [
    "a loop that counts",
    "match: {any: [{resources: {kinds: [ConfigMap]}}]}, generate: {foreach: [{list: \"request.object.data.names | split(@, ',')\", apiVersion: v1, kind: ConfigMap, name: 'a-{{elementIndex}}', namespace: '{{element}}', data: {data: {b: c}}}]}",
    [
      "lists.range(size(variables.elements)).all(index, generator.Apply(variables.elements[index], [{'apiVersion': 'v1', 'kind': 'ConfigMap', 'metadata': {'name': 'a-' + string(index), 'namespace': variables.elements[index]}, 'data': {'b': 'c'}}]))",
    ],
  ],
];

const REFUSED: readonly (readonly [name: string, rule: string, path: string])[] = [
  [
    "an unknown kind under another name",
    `${NAMESPACE}, generate: {apiVersion: acme.io/v1, kind: Widget, name: a, namespace: b, clone: {namespace: c, name: d}}`,
    "spec.rules[0].generate.clone",
  ],
  [
    "a deletion",
    `match: {any: [{resources: {kinds: [Namespace], operations: [DELETE]}}]}, generate: {apiVersion: v1, kind: ConfigMap, name: a, namespace: b, data: {data: {}}}`,
    "spec.rules[0].match",
  ],
  [
    "nothing to make",
    `${NAMESPACE}, generate: {apiVersion: acme.io/v1, kind: Widget, name: a, namespace: b}`,
    "spec.rules[0].generate",
  ],
  ["chance", configMap("data: {data: {a: \"{{ random('[a-z]') }}\"}}"), "spec.rules[0].generate.data.a"],
];

describe("generate rules", () => {
  for (const [name, rule, expected] of GENERATED) {
    test(name, () => {
      const generate = memberOf(specOf(rule), "generate");
      assert.ok(Array.isArray(generate));
      const found = (generate as readonly Value[]).map((entry) => {
        const template = memberOf(entry, "template");
        if (template === undefined) return memberOf(entry, "expression") ?? null;
        const interpolate = memberOf(template, "interpolate");
        const [value = null] = readYaml(textOf(template, "value"));
        return { ...(interpolate === undefined ? {} : { interpolate }), value };
      });
      assert.deepEqual(found, expected);
    });
  }
  for (const [name, rule, path] of REFUSED) {
    test(`${name}: nothing is written`, () => {
      const { converted, unconverted } = convert(rule);
      assert.deepEqual([converted, unconverted.map((note) => note.path)], [[], [path]]);
    });
  }

  test("what is done with it", () => {
    const spec = "  useServerSideApply: true\n";
    const rule = configMap(
      "generateExisting: true, synchronize: true, orphanDownstreamOnPolicyDelete: true, data: {data: {a: b}}",
    );
    const made = specOf(`${rule}, skipBackgroundRequests: false`, undefined, spec);
    assert.deepEqual(memberOf(made, "evaluation"), {
      generateExisting: { enabled: true },
      synchronize: { enabled: true },
      orphanDownstreamOnPolicyDelete: { enabled: true },
      skipBackgroundRequests: false,
    });
    assert.equal(memberOf(made, "useServerSideApply"), true);
  });

  test("a policy of a namespace reaches no other one", () => {
    const head = "kind: Policy\nmetadata: {name: p, namespace: shop}\n";
    const match = "match: {any: [{resources: {kinds: [ConfigMap]}}]}";
    const own = `${match}, generate: {apiVersion: v1, kind: Secret, name: a, namespace: shop, clone: {namespace: shop, name: b}}`;
    const made = specOf(own, head);
    assert.deepEqual(memberOf(made, "variables"), [
      { name: "source", expression: "resource.Get('v1', 'secrets', 'b')" },
    ]);
    assert.match(JSON.stringify(memberOf(made, "generate")), /generator\.Apply\(\[\{'apiVersion'/);
  });

  test("Namespaces are in themselves", () => {
    const rule = `${configMap("data: {data: {a: b}}")}, exclude: {any: [{resources: {namespaces: [kube-system]}}]}`;
    assert.deepEqual(memberOf(specOf(rule), "matchConditions"), [
      { name: "not-excluded", expression: "object.metadata.name != 'kube-system'" },
    ]);
  });
});
