import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { listOf, memberOf, readYaml, textOf, type Value } from "../../base/index.ts";
import { decodePolicies } from "../resource/decode-policies.ts";
import { convertPolicy } from "./convert-policy.ts";

const PATCHED = "match: {any: [{resources: {kinds: [Pod]}}]}";
const DEPLOYMENT = "match: {any: [{resources: {kinds: [Deployment]}}]}";

function convert(mutate: string, match: string) {
  const text = `apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: p}\nspec:\n  background: false\n  rules:\n  - name: r\n    ${match}\n    mutate: ${mutate}\n`;
  const decoded = decodePolicies(text, "p.yaml");
  const [policy] = decoded.ok ? decoded.value : [];
  assert.ok(policy?.kind === "ClusterPolicy", JSON.stringify(decoded));
  return convertPolicy(policy);
}

/** The expressions of the changes of each policy that a rule becomes. */
function expressionsOf(mutate: string, match = PATCHED): readonly (readonly string[])[] {
  const { converted, unconverted } = convert(mutate, match);
  assert.deepEqual(unconverted, []);
  return converted.map(({ policy }) =>
    listOf(memberOf(policy, "spec"), "mutations").map((each: Value) =>
      textOf(memberOf(each, "jsonPatch") ?? memberOf(each, "applyConfiguration"), "expression"),
    ),
  );
}

const json = (patch: string): string => `{patchesJson6902: ${JSON.stringify(JSON.stringify(readYaml(patch)[0]))}}`;

const JSON_PATCHES: readonly (readonly [name: string, patch: string, expression: string])[] = [
  [
    "a map on the way is made where it is missing",
    "[{op: add, path: /metadata/labels/a, value: b}]",
    "(!has(object.metadata.labels) ? [JSONPatch{op: 'add', path: '/metadata/labels', value: {}}] : []) + [JSONPatch{op: 'add', path: '/metadata/labels/a', value: 'b'}]",
  ],
  [
    "and once",
    "[{op: add, path: /metadata/labels/a, value: b}, {op: add, path: /metadata/labels/c~1d, value: e}]",
    "(!has(object.metadata.labels) ? [JSONPatch{op: 'add', path: '/metadata/labels', value: {}}] : []) + [JSONPatch{op: 'add', path: '/metadata/labels/a', value: 'b'}, JSONPatch{op: 'add', path: '/metadata/labels/c~1d', value: 'e'}]",
  ],
  [
    "an element behind a list that may be missing",
    "[{op: add, path: /spec/tolerations/-, value: {key: a}}]",
    "[JSONPatch{op: 'add', path: '/spec/tolerations', value: object.spec.?tolerations.orValue([]) + [{'key': 'a'}]}]",
  ],
  [
    "an element behind one that is there",
    "[{op: add, path: /spec/containers/-, value: {name: a, ports: []}}]",
    "[JSONPatch{op: 'add', path: '/spec/containers/-', value: {'name': dyn('a'), 'ports': dyn([])}}]",
  ],
  [
    "what is not there is not removed",
    "[{op: remove, path: /spec/nodeName}]",
    "(has(object.spec.nodeName) ? [JSONPatch{op: 'remove', path: '/spec/nodeName'}] : [])",
  ],
  [
    "what is not there cannot be replaced",
    "[{op: replace, path: /spec/nodeName, value: a}]",
    "[JSONPatch{op: 'replace', path: '/spec/nodeName', value: 'a'}]",
  ],
];

const LOOPS: readonly (readonly [name: string, loop: string, expression: string])[] = [
  [
    "a patch for each element",
    `{list: request.object.spec.containers, patchesJson6902: "- {op: add, path: '/spec/containers/{{elementIndex}}/tty', value: true}"}`,
    "lists.range(size(object.spec.containers)).map(i, JSONPatch{op: 'add', path: '/spec/containers/' + string(i) + '/tty', value: true})",
  ],
  [
    "from the end, where conditions hold",
    `{list: request.object.spec.containers, order: Descending, preconditions: {all: [{key: "{{ element.name }}", operator: Equals, value: a}]}, patchesJson6902: "- {op: remove, path: '/spec/containers/{{elementIndex}}'}"}`,
    "lists.range(size(object.spec.containers)).reverse().filter(i, object.spec.containers[i].name == 'a').map(i, JSONPatch{op: 'remove', path: '/spec/containers/' + string(i)})",
  ],
  [
    "several changes for each",
    `{list: request.object.spec.containers, patchesJson6902: "- {op: add, path: '/spec/containers/{{elementIndex}}/securityContext/privileged', value: false}"}`,
    "lists.range(size(object.spec.containers)).map(i, (!has(object.spec.containers[i].securityContext) ? [JSONPatch{op: 'add', path: '/spec/containers/' + string(i) + '/securityContext', value: {}}] : []) + [JSONPatch{op: 'add', path: '/spec/containers/' + string(i) + '/securityContext/privileged', value: false}]).flatten()",
  ],
  [
    "a merge for each",
    `{list: request.object.spec.containers, patchStrategicMerge: {spec: {containers: [{name: "{{ element.name }}", image: "a/{{ element.image }}"}]}}}`,
    "Object{spec: Object.spec{containers: object.spec.containers.map(container, Object.spec.containers{name: container.name, image: 'a/' + container.image})}}",
  ],
];

const REFUSED: readonly (readonly [name: string, mutate: string, path: RegExp])[] = [
  [
    "a place that is worked out",
    `{foreach: [{list: request.object.spec.containers, patchesJson6902: "- {op: add, path: '/metadata/{{ element.name }}', value: a}"}]}`,
    /\[0\]$/,
  ],
  [
    "what begins as JSON and is none",
    '{patchesJson6902: "[{op: remove, path: /spec/nodeName}]"}',
    /^spec\.rules\[0\]$/,
  ],
  ["a test", json("[{op: test, path: /spec/nodeName, value: a}]"), /\[0\]$/],
  ["an element that may be missing", json("[{op: add, path: /spec/volumes/0/name, value: a}]"), /Json6902$/],
  ["other objects", "{targets: [{apiVersion: v1, kind: Secret, name: a}], patchStrategicMerge: {a: b}}", /targets$/],
  ["null", "{patchStrategicMerge: {spec: {nodeName: null}}}", /nodeName$/],
  [
    "loops in loops",
    "{foreach: [{list: request.object.spec.containers, foreach: [{list: element.env, patchesJson6902: '[]'}]}]}",
    /foreach\[0\]\.foreach$/,
  ],
  [
    "more than the elements",
    `{foreach: [{list: request.object.spec.containers, patchStrategicMerge: {metadata: {labels: {a: b}}, spec: {containers: [{name: "{{ element.name }}"}]}}}]}`,
    /patchStrategicMerge$/,
  ],
];

describe("convertMutationRules", () => {
  for (const [name, patch, expression] of JSON_PATCHES)
    test(name, () => assert.deepEqual(expressionsOf(json(patch)), [[expression]]));
  for (const [name, loop, expression] of LOOPS)
    test(name, () => assert.deepEqual(expressionsOf(`{foreach: [${loop}]}`)[0], [expression]));
  for (const [name, mutate, path] of REFUSED) {
    test(`${name}: nothing is written`, () => {
      const { converted, unconverted } = convert(mutate, PATCHED);
      assert.deepEqual(converted, []);
      assert.match(unconverted[0]?.path ?? "", path);
    });
  }

  test("new elements come first, and those that are there are changed", () => {
    const mutate =
      "{patchStrategicMerge: {spec: {template: {spec: {volumes: [{name: a, emptyDir: {medium: Memory}}]}}}}}";
    assert.deepEqual(expressionsOf(mutate, DEPLOYMENT), [
      [
        "[JSONPatch{op: 'add', path: '/spec/template/spec/volumes', value: [{'name': dyn('a'), 'emptyDir': dyn({'medium': 'Memory'})}].map(new, (object.spec.template.spec.?volumes.orValue([]).filter(volume, volume.name == new.name) + [new])[0]) + object.spec.template.spec.?volumes.orValue([]).filter(volume, volume.name != 'a')}]",
        "Object{spec: Object.spec{template: Object.spec.template{spec: Object.spec.template.spec{volumes: [Object.spec.template.spec.volumes{name: 'a', emptyDir: Object.spec.template.spec.volumes.emptyDir{medium: 'Memory'}}]}}}}",
      ],
    ]);
  });

  test("lists and maps that are taken as a whole are patched", () => {
    const mutate = "{patchStrategicMerge: {spec: {template: {spec: {nodeSelector: {a: b, +(c): d}}}}}}";
    assert.deepEqual(expressionsOf(mutate, DEPLOYMENT), [
      [
        "(!has(object.spec.template.spec.nodeSelector) ? [JSONPatch{op: 'add', path: '/spec/template/spec/nodeSelector', value: {}}] : []) + [JSONPatch{op: 'add', path: '/spec/template/spec/nodeSelector/a', value: 'b'}] + (!object.spec.template.spec.?nodeSelector.?c.hasValue() ? [JSONPatch{op: 'add', path: '/spec/template/spec/nodeSelector/c', value: 'd'}] : [])",
      ],
    ]);
  });

  test("what cannot be extended to controllers becomes a policy for each place of Pods", () => {
    const { converted } = convert("{patchStrategicMerge: {metadata: {labels: {a: b}}}}", PATCHED);
    const policies = converted.map(({ policy, onlyKinds }) => [
      textOf(memberOf(policy, "metadata"), "name"),
      onlyKinds?.length,
      textOf(
        memberOf(listOf(memberOf(policy, "spec"), "mutations")[0] ?? null, "applyConfiguration"),
        "expression",
      ).slice(0, 44),
    ]);
    assert.deepEqual(policies, [
      ["p", 1, "Object{metadata: Object.metadata{labels: {'a"],
      ["p-controllers", 6, "Object{spec: Object.spec{template: Object.sp"],
      ["p-cronjobs", 1, "Object{spec: Object.spec{jobTemplate: Object"],
    ]);
  });

  test("a list that asks whether there is one like it is a condition", () => {
    const { converted } = convert(
      "{patchStrategicMerge: {spec: {template: {metadata: {annotations: {a: b}}, spec: {volumes: [{<(emptyDir): {}}]}}}}}",
      DEPLOYMENT,
    );
    const conditions = listOf(memberOf(converted[0]?.policy ?? null, "spec"), "matchConditions");
    assert.deepEqual(
      conditions.map((each: Value) => textOf(each, "expression")),
      ["object.spec.template.spec.?volumes.orValue([]).exists(volume, has(volume.emptyDir))"],
    );
  });
});
