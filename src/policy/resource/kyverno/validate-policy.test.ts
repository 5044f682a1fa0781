import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isValueObject, type Value } from "../../../base/index.ts";
import { decodePolicies, decodePolicy, type PolicyResource } from "../decode-policies.ts";

/** A policy with one rule, in flow style: `spec` and `rule` are further members. */
interface Case {
  readonly name: string;
  readonly kind?: string;
  readonly apiVersion?: string;
  readonly metadata?: string;
  readonly spec?: string;
  readonly match?: string;
  readonly rule?: string;
  /** `path: part of the message`, one for each issue; none for a policy that is right. */
  readonly issues: readonly string[];
}

const PODS = "match: {any: [{resources: {kinds: [Pod]}}]}";
const PATTERN = 'validate: {pattern: {spec: {hostNetwork: "false"}}}';

function textOf({
  kind = "ClusterPolicy",
  apiVersion = "kyverno.io/v1",
  metadata = "",
  spec = "",
  match = PODS,
  rule = PATTERN,
}: Case): string {
  return `apiVersion: ${apiVersion}
kind: ${kind}
metadata: {name: p, ${metadata}}
spec: {${spec === "" ? "" : `${spec}, `}rules: [{name: r, ${match}, ${rule}}]}
`;
}

function issuesOf(text: string): readonly string[] {
  const decoded = decodePolicies(text, "p.yaml");
  return decoded.ok ? [] : decoded.issues.map(({ path, message }) => `${path}: ${message}`);
}

function assertIssues(actual: readonly string[], expected: readonly string[]): void {
  const matches = actual.length === expected.length && expected.every((part, index) => actual[index]?.includes(part));
  assert.ok(matches, `expected ${JSON.stringify(expected)}, found ${JSON.stringify(actual, undefined, 1)}`);
  for (const [index, part] of expected.entries()) {
    assert.ok(actual[index]?.startsWith(part.slice(0, part.indexOf(":"))), `${actual[index]} starts as ${part}`);
  }
}

const R = "spec.rules[0]";

const CASES: readonly Case[] = [
  { name: "a pattern", issues: [] },
  // Rules
  { name: "no action", rule: "context: []", issues: [`${R}: policy p: expected exactly one of mutate`] },
  {
    name: "two actions",
    rule: `${PATTERN}, mutate: {patchStrategicMerge: {metadata: {labels: {a: b}}}}`,
    issues: [
      `${R}: policy p: expected exactly one of mutate, validate, generate, verifyImages, found mutate and validate`,
    ],
  },
  { name: "nothing to validate", rule: "validate: {message: text}", issues: [`${R}.validate: `] },
  {
    name: "pattern and deny",
    rule: "validate: {pattern: {a: b}, deny: {}}",
    issues: [`${R}.validate: policy p: expected exactly one of pattern, anyPattern, deny`],
  },
  { name: "deny without conditions", rule: "validate: {deny: {}}", issues: [] },
  // Match
  {
    name: "no kinds",
    match: "match: {any: [{resources: {names: [a]}}]}",
    issues: [`${R}.match.any[0].resources.kinds: `],
  },
  { name: "nothing matched", match: "match: {}", issues: [`${R}.match.resources: `] },
  {
    name: "any beside resources",
    match: "match: {any: [{resources: {kinds: [Pod]}}], resources: {kinds: [Pod]}}",
    issues: [`${R}.match.resources: policy p: expected resources inside any and all only`],
  },
  {
    name: "any and all",
    match: "match: {any: [{resources: {kinds: [Pod]}}], all: [{resources: {kinds: [Pod]}}]}",
    issues: [`${R}.match: policy p: expected any or all, found both`],
  },
  {
    name: "name and names",
    match: "match: {any: [{resources: {kinds: [Pod], name: a, names: [b]}}]}",
    issues: [`${R}.match.any[0].resources: policy p: expected name or names, found both`],
  },
  {
    name: "an empty selector",
    match: "match: {any: [{resources: {kinds: [Pod], selector: {}}}]}",
    issues: [`${R}.match.any[0].resources.selector: `],
  },
  {
    name: "a user in background scans",
    match: "match: {any: [{resources: {kinds: [Pod]}, clusterRoles: [admin]}]}",
    issues: [`${R}.match.any[0].clusterRoles: policy p: there is no user in background scans`],
  },
  {
    name: "a user at admission",
    spec: "background: false",
    match: "match: {any: [{resources: {kinds: [Pod]}, clusterRoles: [admin], roles: [a:b]}]}",
    issues: [],
  },
  {
    name: "subjects",
    spec: "background: false",
    match:
      "match: {any: [{resources: {kinds: [Pod]}, subjects: [{kind: Robot, name: a}, {kind: ServiceAccount, name: a}], roles: [b]}]}",
    issues: [
      `${R}.match.any[0].roles[0]: `,
      `${R}.match.any[0].subjects[0].kind: `,
      `${R}.match.any[0].subjects[1].namespace: `,
    ],
  },
  {
    name: "a variable in match",
    match: 'match: {any: [{resources: {kinds: ["{{ request.kind }}"]}}]}',
    issues: [`${R}.match.any[0].resources.kinds[0]: policy p: variables are not allowed`],
  },
  {
    name: "exclude takes all",
    match: `${PODS}, exclude: {any: [{resources: {kinds: [Pod]}}]}`,
    issues: [`${R}.exclude: policy p: the rule matches nothing`],
  },
  {
    name: "exclude takes some",
    match: `${PODS}, exclude: {any: [{resources: {kinds: [Pod], names: [a]}}]}`,
    issues: [],
  },
  {
    name: "exclude takes those with annotations",
    match: "match: {resources: {kinds: [Pod], annotations: {a: b}}}, exclude: {resources: {kinds: [Pod]}}",
    issues: [],
  },
  {
    name: "exclude takes the same annotations",
    match:
      "match: {resources: {kinds: [Pod], annotations: {a: b}}}, exclude: {resources: {kinds: [Pod], annotations: {a: b}}}",
    issues: [`${R}.exclude: policy p: the rule matches nothing`],
  },
  {
    name: "exclude takes all labels, in the older form",
    match:
      "match: {resources: {kinds: [Pod], selector: {matchLabels: {a: b}}}}, exclude: {resources: {kinds: [Job, Pod], selector: {matchLabels: {c: d, a: b}}}}",
    issues: [`${R}.exclude: policy p: the rule matches nothing`],
  },
  {
    name: "all kinds in background scans",
    match: 'match: {any: [{resources: {kinds: ["*"]}}]}',
    rule: "validate: {pattern: {metadata: {name: a}}}",
    issues: [`${R}.match.any[0].resources.kinds: policy p: the kind "*" is not allowed in background scans`],
  },
  {
    name: "all kinds and more than metadata",
    spec: "background: false",
    match: 'match: {any: [{resources: {kinds: ["*"]}}]}',
    issues: [`${R}.validate.pattern.spec: policy p: with the kind "*" a rule may speak of metadata only`],
  },
  {
    name: "all kinds and a JSON Patch of more than metadata",
    spec: "background: false",
    match: 'match: {any: [{resources: {kinds: ["*"]}}]}',
    rule: `mutate: {patchesJson6902: '[{"op": "remove", "path": "/metadata/labels/a"}, {"op": "remove", "path": "/spec/a"}]'}`,
    issues: [`${R}.mutate.patchesJson6902[1].path: policy p: with the kind "*" a rule may speak of metadata only`],
  },
  {
    name: "all kinds and a JSON Patch in YAML, which is not looked at",
    spec: "background: false",
    match: 'match: {any: [{resources: {kinds: ["*"]}}]}',
    rule: "mutate: {patchesJson6902: '- {op: remove, path: /spec/a}'}",
    issues: [],
  },
  { name: "exclude that says nothing", match: `${PODS}, exclude: {resources: {}}`, issues: [] },
  {
    name: "exclude with an empty list",
    match: `${PODS}, exclude: {resources: {kinds: []}}`,
    issues: [`${R}.exclude: policy p: the rule matches nothing`],
  },
  // Validate
  {
    name: "an anchor for mutation in a pattern",
    rule: 'validate: {pattern: {spec: {"+(hostNetwork)": false}}}',
    issues: [`${R}.validate.pattern.spec["+(hostNetwork)"]: policy p: the anchor +(hostNetwork) is for mutation only`],
  },
  {
    name: "existence of no list",
    rule: 'validate: {anyPattern: [{spec: {"^(containers)": {}}}]}',
    issues: [`${R}.validate.anyPattern[0].spec["^(containers)"]: policy p: the anchor ^(containers) needs a list`],
  },
  { name: "anyPattern is no list", rule: "validate: {anyPattern: {a: b}}", issues: [`${R}.validate.anyPattern: `] },
  {
    name: "labels that are no texts",
    rule: "validate: {pattern: {metadata: {labels: {a: true}}}}",
    issues: [`${R}.validate.pattern.metadata.labels.a: policy p: expected a string`],
  },
  {
    name: "labels that are no texts, in the first loop with a pattern",
    rule: "validate: {foreach: [{list: a, deny: {}}, {list: a, pattern: {metadata: {labels: {a: 1}}}}, {list: a, pattern: {metadata: {labels: {a: 1}}}}]}",
    issues: [`${R}.validate.foreach[1].pattern.metadata.labels.a: policy p: expected a string`],
  },
  {
    name: "annotations that are no texts, in the first loop with a merge patch",
    rule: "mutate: {foreach: [{list: a, patchesJson6902: '[]'}, {list: a, patchStrategicMerge: {metadata: {annotations: {a: null}}}}]}",
    issues: [`${R}.mutate.foreach[1].patchStrategicMerge.metadata.annotations.a: policy p: expected a string`],
  },
  {
    name: "a loop without a list",
    rule: "validate: {foreach: [{pattern: {a: b}}]}",
    issues: [`${R}.validate.foreach[0].list: `],
  },
  {
    name: "a loop with two checks",
    rule: "validate: {foreach: [{list: request.object.a, pattern: {a: b}, deny: {}}]}",
    issues: [`${R}.validate.foreach[0]: policy p: expected exactly one of pattern, anyPattern, deny, foreach`],
  },
  {
    name: "loops in loops",
    rule: "validate: {foreach: [{list: a, foreach: [{list: element.b, foreach: [{list: element.c, deny: {}}]}]}]}",
    issues: [],
  },
  {
    name: "an unknown field in a loop in a loop",
    rule: "validate: {foreach: [{list: a, foreach: [{list: element.b, patern: {}}]}]}",
    issues: [`${R}.validate.foreach[0].foreach[0].patern: policy p: unknown field "patern": did you mean pattern?`],
  },
  {
    name: "Pod Security: a container control without images",
    rule: "validate: {podSecurity: {level: baseline, exclude: [{controlName: Capabilities}]}}",
    issues: [`${R}.validate.podSecurity.exclude[0].images: `],
  },
  {
    name: "Pod Security: a control of the other level",
    rule: "validate: {podSecurity: {level: baseline, exclude: [{controlName: Volume Types}]}}",
    issues: [`${R}.validate.podSecurity.exclude[0].controlName: `],
  },
  {
    name: "Pod Security: values without a field",
    rule: "validate: {podSecurity: {level: restricted, exclude: [{controlName: Volume Types, values: [a]}]}}",
    issues: [`${R}.validate.podSecurity.exclude[0].restrictedField: `],
  },
  {
    name: "CEL: context",
    rule: 'context: [{name: a, variable: {value: b}}], validate: {cel: {expressions: [{expression: "true"}]}}',
    issues: [`${R}.context: policy p: CEL does not see context variables`],
  },
  {
    name: "CEL: parameters without a kind",
    rule: 'validate: {cel: {expressions: [{expression: "true"}], paramRef: {name: a}}}',
    issues: [`${R}.validate.cel: `, `${R}.validate.cel.paramRef.parameterNotFoundAction: `],
  },
  {
    name: "celPreconditions without CEL",
    rule: `celPreconditions: [{name: a, expression: "true"}], ${PATTERN}`,
    issues: [`${R}.celPreconditions: `],
  },
  // Conditions
  {
    name: "a condition without a value",
    rule: `preconditions: {all: [{key: a, operator: Equals}]}, ${PATTERN}`,
    issues: [`${R}.preconditions.all[0].value: policy p: expected a value, found nothing`],
  },
  {
    name: "an unknown operator",
    rule: `preconditions: [{key: a, operator: Equls, value: b}], ${PATTERN}`,
    issues: [`${R}.preconditions[0].operator: policy p: expected one of Equals`],
  },
  {
    name: "an unknown operation",
    rule: `preconditions: {any: [{key: "{{ request.operation }}", operator: AnyIn, value: [CREATE, MAKE]}]}, ${PATTERN}`,
    issues: [
      `${R}.preconditions.any[0].value[1]: policy p: expected one of CREATE, UPDATE, DELETE, CONNECT, found "MAKE"`,
    ],
  },
  {
    name: "an operation that is a number beyond 2^53",
    rule: `preconditions: {all: [{key: "{{request.operation}}", operator: Equals, value: 12345678901234567890}]}, ${PATTERN}`,
    issues: [
      `${R}.preconditions.all[0].value: policy p: expected one of CREATE, UPDATE, DELETE, CONNECT, found 12345678901234567890`,
    ],
  },
  // Context
  {
    name: "a ConfigMap without a namespace",
    rule: `context: [{name: a, configMap: {name: b}}], ${PATTERN}`,
    issues: [`${R}.context[0].configMap.namespace: `],
  },
  {
    name: "a reserved name",
    rule: `context: [{name: request.x, variable: {value: b}}], ${PATTERN}`,
    issues: [`${R}.context[0].name: policy p: request is defined already`],
  },
  {
    name: "two sources",
    rule: `context: [{name: a, variable: {value: b}, apiCall: {urlPath: /a}}], ${PATTERN}`,
    issues: [
      `${R}.context[0]: policy p: expected exactly one of configMap, apiCall, imageRegistry, variable, globalReference`,
    ],
  },
  {
    name: "a variable of nothing",
    rule: `context: [{name: a, variable: {default: b}}], ${PATTERN}`,
    issues: [`${R}.context[0].variable: policy p: expected value or jmesPath`],
  },
  {
    name: "JMESPath that does not parse",
    rule: `context: [{name: a, variable: {jmesPath: "a["}}], ${PATTERN}`,
    issues: [`${R}.context[0].variable.jmesPath: `],
  },
  {
    name: "a Policy that reads global context",
    kind: "Policy",
    metadata: "namespace: ns",
    rule: `context: [{name: a, globalReference: {name: b}}], ${PATTERN}`,
    issues: [`${R}.context[0].globalReference: `],
  },
  // Variables
  {
    name: "an undefined variable",
    rule: 'validate: {message: "{{ reqest.object.name }}", pattern: {a: b}}',
    issues: [`${R}.validate.message: policy p: {{ reqest.object.name }} is neither part of the request nor defined`],
  },
  {
    name: "defined variables",
    rule: "context: [{name: a, variable: {value: b}}, {name: my-map, configMap: {name: b, namespace: ns}}], validate: {message: '{{ a.b }} {{ \"my-map\".data.c }} {{ to_upper(request.x) }}', pattern: {a: b}}",
    issues: [],
  },
  {
    name: "a ConfigMap's variable without data",
    rule: 'context: [{name: m, configMap: {name: b, namespace: ns}}], validate: {message: "{{ m.key }}", pattern: {a: b}}',
    issues: [`${R}.validate.message: `],
  },
  {
    name: "the user in background scans",
    rule: 'validate: {message: "{{ request.userInfo.username }}", pattern: {a: b}}',
    issues: [`${R}.validate.message: policy p: {{ request.userInfo.username }} is not known in background scans`],
  },
  {
    name: "an element outside of loops",
    rule: 'validate: {message: "{{ element.name }}", pattern: {a: b}}',
    issues: [`${R}.validate.message: policy p: {{ element.name }} is known inside foreach only`],
  },
  {
    name: "target without targets",
    rule: 'validate: {message: "{{ target.metadata.name }}", pattern: {a: b}}',
    issues: [`${R}.validate.message: `],
  },
  {
    name: "target where targets are found",
    rule: 'mutate: {targets: [{apiVersion: v1, kind: Pod, name: "{{ target.metadata.name }}"}], patchStrategicMerge: {a: "{{ target.a }}"}}',
    issues: [`${R}.mutate.targets[0].name: `],
  },
  // References
  ...(
    [
      ["./../text", undefined],
      ["./../anchored", undefined],
      [">=./../number", undefined],
      ["/name", undefined],
      // The name of a member stands for an object, in Kyverno.
      ["./../object", undefined],
      ["<./../anchoredObject", undefined],
      ["./../objects/0", undefined],
      ["./../none", "got nil resolved variable"],
      ["./../empty", "got nil resolved variable"],
      ["./../objects", "got nil resolved variable"],
      ["./../number", "NotResolvedReferenceErr"],
      [
        ">=./../flag",
        "failed to resolve $(>=./../flag) at path /validate/pattern/spec/a: incorrect expression: operator >=",
      ],
      ["/validate/pattern/none", "got nil resolved variable"],
    ] as const
  ).map(
    ([reference, fault]): Case => ({
      name: `the reference ${reference}`,
      match: "match: {any: [{resources: {kinds: [Service]}}]}",
      rule: `validate: {pattern: {spec: {a: "$(${reference})", text: x, "=(anchored)": x, number: 1, flag: true, empty: {}, object: {a: 1}, "(anchoredObject)": {a: 1}, objects: [{a: 1}]}}}`,
      issues:
        fault === undefined
          ? []
          : [`${R}.validate.pattern.spec.a: policy p: expected references to texts of the rule: ${fault}`],
    }),
  ),
  {
    name: "references anywhere in the rule",
    rule: 'preconditions: {all: [{key: "$(NO)", operator: Equals, value: a}]}, validate: {message: "a $(NO)", pattern: {metadata: {"$(NO)": a}}}',
    issues: [
      `${R}.preconditions.all[0].key: policy p: expected references`,
      `${R}.validate.message: policy p: expected references`,
      `${R}.validate.pattern.metadata["$(NO)"]: policy p: expected references`,
    ],
  },
  { name: "no reference", rule: String.raw`validate: {message: '\$(NO)', pattern: {metadata: {name: a}}}`, issues: [] },
  // Mutate
  {
    name: "two patches",
    rule: "mutate: {patchStrategicMerge: {a: b}, patchesJson6902: '[{op: remove, path: /a}]'}",
    issues: [`${R}.mutate: policy p: expected one of foreach, patchStrategicMerge, patchesJson6902`],
  },
  {
    name: "JSON Patch",
    rule: "mutate: {patchesJson6902: '[{op: put, path: /a}, {op: add, path: a, value: 1}, {op: add, path: /a}]'}",
    issues: [
      `${R}.mutate.patchesJson6902[0].op: `,
      `${R}.mutate.patchesJson6902[1].path: `,
      `${R}.mutate.patchesJson6902[2].value: `,
    ],
  },
  {
    name: "JSON Patch is no list",
    rule: "mutate: {patchesJson6902: 'op: remove'}",
    issues: [`${R}.mutate.patchesJson6902: policy p: expected a list of operations`],
  },
  {
    name: "a variable in a path of JSON Patch",
    rule: "mutate: {patchesJson6902: '[{op: remove, path: \"/a/{{ request.name }}\"}]'}",
    issues: [`${R}.mutate.patchesJson6902[0].path: policy p: variables are not allowed in the path`],
  },
  {
    name: "variables as values of JSON Patch",
    rule: "mutate: {patchesJson6902: '[{op: add, path: /a, value: \"{{ request.object.a.{{ request.name }} }}\"}]'}",
    issues: [],
  },
  {
    name: "a loop with a patch beside its loop",
    rule: "mutate: {foreach: [{list: a, patchStrategicMerge: {a: b}, foreach: [{list: b, patchStrategicMerge: {a: b}}]}]}",
    issues: [`${R}.mutate.foreach[0]: policy p: a loop with foreach inside may have list and order beside it`],
  },
  {
    name: "on policy update without targets",
    rule: "mutate: {mutateExistingOnPolicyUpdate: true, patchStrategicMerge: {a: b}}",
    issues: [`${R}.mutate.targets: `],
  },
  {
    name: "a Policy that changes another namespace",
    kind: "Policy",
    metadata: "namespace: ns",
    rule: "mutate: {targets: [{apiVersion: v1, kind: Pod, namespace: m}], patchStrategicMerge: {a: b}}",
    issues: [`${R}.mutate.targets[0].namespace: `],
  },
  // Generate
  {
    name: "generate",
    rule: "generate: {apiVersion: v1, kind: ConfigMap, name: a, namespace: ns, data: {data: {a: b}}}",
    issues: [],
  },
  {
    name: "generate: data and clone",
    rule: "generate: {apiVersion: v1, kind: ConfigMap, name: a, namespace: ns, data: {}, clone: {name: a, namespace: b}}",
    issues: [`${R}.generate: policy p: expected one of data, clone, cloneList, foreach`],
  },
  {
    name: "generate: no name, no namespace",
    rule: "generate: {apiVersion: v1, kind: ConfigMap, data: {}}",
    issues: [
      `${R}.generate.name: `,
      `${R}.generate.namespace: policy p: expected a namespace: a ConfigMap lives in one`,
    ],
  },
  {
    name: "generate: an anchor",
    rule: 'generate: {apiVersion: v1, kind: ConfigMap, name: a, namespace: ns, data: {data: {"(a)": b}}}',
    issues: [`${R}.generate.data.data["(a)"]: `],
  },
  {
    name: "generate: cloneList without a namespace",
    rule: "generate: {namespace: ns, cloneList: {kinds: [v1/Secret]}}",
    issues: [`${R}.generate.cloneList.namespace: `],
  },
  {
    name: "generate: a Policy in another namespace",
    kind: "Policy",
    metadata: "namespace: ns",
    rule: "generate: {apiVersion: v1, kind: ConfigMap, name: a, namespace: m, clone: {name: a, namespace: o}}",
    issues: [`${R}.generate.namespace: `, `${R}.generate.clone.namespace: `],
  },
  {
    name: "generate: what it matches",
    match: "match: {resources: {kinds: [ConfigMap]}}",
    rule: "generate: {apiVersion: v1, kind: ConfigMap, name: a, namespace: ns, data: {}}",
    issues: [`${R}.generate.kind: policy p: the rule makes ConfigMap objects of ConfigMap objects`],
  },
  // Images
  {
    name: "verifyImages",
    rule: "verifyImages: [{imageReferences: [a], mutateDigest: false, attestors: [{entries: [{keys: {publicKeys: k}}]}]}]",
    issues: [],
  },
  {
    name: "verifyImages: Audit rewrites nothing",
    rule: "verifyImages: [{imageReferences: [a], attestors: [{entries: [{keys: {publicKeys: k}}]}]}]",
    issues: [`${R}.verifyImages[0].mutateDigest: policy p: expected false, because the action is Audit`],
  },
  {
    name: "verifyImages: attestors",
    rule: "verifyImages: [{failureAction: Enforce, imageReferences: [a], attestors: [{count: 3, entries: [{keys: {}}, {keyless: {}, keys: {kms: k}}]}]}]",
    issues: [
      `${R}.verifyImages[0].attestors[0].count: `,
      `${R}.verifyImages[0].attestors[0].entries[0].keys: `,
      `${R}.verifyImages[0].attestors[0].entries[1]: `,
      `${R}.verifyImages[0].attestors[0].entries[1].keyless: `,
    ],
  },
  {
    name: "verifyImages: no images",
    rule: "verifyImages: [{failureAction: Enforce}]",
    issues: [`${R}.verifyImages[0].imageReferences: `],
  },
  {
    name: "verifyImages: an attestor in an attestor",
    rule: "verifyImages: [{failureAction: Enforce, image: a, attestors: [{entries: [{attestor: {entries: [{}]}}]}]}]",
    issues: [`${R}.verifyImages[0].attestors[0].entries[0].attestor.entries[0]: `],
  },
  {
    name: "extractors without verifyImages",
    rule: `imageExtractors: {Task: [{path: /spec/image}]}, ${PATTERN}`,
    issues: [`${R}.imageExtractors: `],
  },
  // The policy
  { name: "a ClusterPolicy in a namespace", metadata: "namespace: ns", issues: ["metadata.namespace: "] },
  {
    name: "autogen of all",
    metadata: "annotations: {pod-policies.kyverno.io/autogen-controllers: all}",
    issues: ['metadata.annotations["pod-policies.kyverno.io/autogen-controllers"]: '],
  },
  {
    name: "neither admission nor background",
    spec: "admission: false, background: false",
    issues: ["spec.admission: "],
  },
  {
    name: "mutation without admission",
    spec: "admission: false",
    rule: "mutate: {patchStrategicMerge: {a: b}}",
    issues: ["spec.admission: "],
  },
  { name: "a timeout of an hour", spec: "webhookTimeoutSeconds: 3600", issues: ["spec.webhookTimeoutSeconds: "] },
  {
    name: "the timeout twice",
    spec: "webhookTimeoutSeconds: 3, webhookConfiguration: {timeoutSeconds: 3}",
    issues: ["spec.webhookTimeoutSeconds: policy p: webhookConfiguration.timeoutSeconds is there as well"],
  },
  {
    name: "a field that was removed",
    spec: "generateExistingOnPolicyUpdate: true",
    issues: ["spec.generateExistingOnPolicyUpdate: "],
  },
  {
    name: "actions that contradict each other",
    spec: 'validationFailureActionOverrides: [{action: Enforce, namespaces: [prod, "dev-*"]}, {action: audit, namespaces: [dev-1]}]',
    issues: ["spec.validationFailureActionOverrides[1].namespaces: "],
  },
  {
    name: "overrides in a Policy",
    kind: "Policy",
    metadata: "namespace: ns",
    spec: "validationFailureActionOverrides: [{action: Enforce, namespaces: [ns]}]",
    issues: ["spec.validationFailureActionOverrides: "],
  },
  {
    name: "namespaces in a Policy",
    kind: "Policy",
    metadata: "namespace: ns",
    match: "match: {any: [{resources: {kinds: [Pod], namespaces: [ns]}}]}",
    issues: [`${R}.match.any[0].resources.namespaces: `],
  },
  {
    name: "the older form in v2beta1",
    apiVersion: "kyverno.io/v2beta1",
    match: "match: {resources: {kinds: [Pod]}}",
    issues: [`${R}.match: policy p: kyverno.io/v2beta1 has any and all only`],
  },
  { name: "v2beta1", apiVersion: "kyverno.io/v2beta1", issues: [] },
];

for (const each of CASES) {
  test(`validateClusterPolicy: ${each.name}`, () => {
    assertIssues(issuesOf(textOf(each)), each.issues);
  });
}

test("validateClusterPolicy: rule names", () => {
  const rule = (name: string): string => `{name: ${name}, ${PODS}, ${PATTERN}}`;
  const head = "apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: p}\n";
  assertIssues(issuesOf(`${head}spec: {rules: [${rule("a")}, ${rule("a")}, ${rule("b".repeat(64))}]}\n`), [
    'spec.rules[1].name: policy p: there is already a rule named "a"',
    "spec.rules[2].name: policy p: expected at most 63 characters, found 64",
  ]);
});

test("decodePolicies: conditions with names in any case, as Kyverno reads them", () => {
  const rule = `preconditions: {Any: [{KEY: a, Operator: Equals, Value: a}]}, ${PATTERN}`;
  const decoded = decodePolicies(textOf({ name: "", rule, issues: [] }), "p.yaml");
  assert.ok(decoded.ok && decoded.value[0]?.kind === "ClusterPolicy");
  assert.deepEqual(decoded.value[0].policy.spec.rules?.[0]?.preconditions, {
    any: [{ key: "a", operator: "Equals", value: "a" }],
  });
});

test("decodePolicies: junk in place of any part never throws", () => {
  const whole = {
    apiVersion: "kyverno.io/v1",
    kind: "ClusterPolicy",
    metadata: { name: "p" },
    spec: {
      background: true,
      rules: [
        {
          name: "r",
          match: { any: [{ resources: { kinds: ["Pod"], selector: { matchLabels: { a: "b" } } }, roles: ["a:b"] }] },
          exclude: { resources: { names: ["a"] } },
          preconditions: { all: [{ key: "{{ request.a.{{ b }} }}", operator: "In", value: [] }] },
          validate: { foreach: [{ list: "a", foreach: [{ list: "b", pattern: { "^(a)": [{}] } }] }] },
          mutate: { patchesJson6902: "- {op: add}", foreach: [{ list: "a", patchStrategicMerge: {} }] },
          generate: { kind: "Pod", cloneList: { kinds: ["v1/Pod"] } },
          verifyImages: [{ attestors: [{ count: 1, entries: [{ attestor: { entries: [{ keys: {} }] } }] }] }],
        },
      ],
    },
  };
  fc.assert(
    fc.property(fc.nat(), fc.jsonValue({ maxDepth: 3 }), (at, junk) => {
      const broken = replaceNth(whole, at % 90, junk as Value);
      const decoded = decodePolicy(broken, { source: "p.yaml", document: 1 });
      assert.ok(decoded.ok || decoded.issues.length > 0);
    }),
    { numRuns: 300 },
  );
});

/** The value with its n-th part, counted from the root, replaced. */
function replaceNth(value: Value, at: number, junk: Value): Value {
  let left = at;
  const walk = (part: Value): Value => {
    if (left-- === 0) return junk;
    if (Array.isArray(part)) return part.map(walk);
    if (!isValueObject(part)) return part;
    return Object.fromEntries(Object.entries(part).map(([key, member]) => [key, walk(member)]));
  };
  return walk(value);
}

function warningsOf(text: string): readonly string[] {
  const decoded = decodePolicies(text, "p.yaml");
  assert.ok(decoded.ok, decoded.ok ? "" : JSON.stringify(decoded.issues));
  return decoded.value.flatMap((resource: PolicyResource) =>
    resource.warnings.map(
      ({ path, message, refusedInCluster }) => `${path}: ${message}${refusedInCluster ? " !" : ""}`,
    ),
  );
}

test("validateClusterPolicy: what still works and is worth a word", () => {
  const spec = "validationFailureAction: audit, failurePolicy: Fail, schemaValidation: false";
  const rule = `preconditions: {all: [{key: a, operator: In, value: [a]}]}, validate: {pattern: {spec: {replicas: 1}}}`;
  assert.deepEqual(
    warningsOf(textOf({ name: "", spec, rule, match: "match: {resources: {kinds: [Pod], name: a}}", issues: [] })),
    [
      "spec.validationFailureAction: validationFailureAction is deprecated: write validate.failureAction of each rule",
      "spec.failurePolicy: failurePolicy is deprecated: write webhookConfiguration.failurePolicy",
      "spec.schemaValidation: schemaValidation is deprecated: leave it out",
      "spec.rules[0].match.resources.name: name is deprecated: write names, a list",
      "spec.rules[0].preconditions.all[0].operator: In is deprecated: write AllIn or AnyIn",
      "spec.rules[0]: the rule speaks of replicas and not of the subresource scale, which changes them too",
    ],
  );
});

test("validateClusterPolicy: what only a cluster refuses", () => {
  const rule = "generate: {apiVersion: v1, kind: Namespace, name: a, namespace: ns, data: {}}";
  assert.deepEqual(warningsOf(textOf({ name: "", rule, issues: [] })), [
    "spec.rules[0].generate.namespace: a Namespace lives in no namespace !",
  ]);
  assert.equal(
    warningsOf(textOf({ name: "", match: "match: {any: [{resources: {kinds: [Pod/status]}}]}", issues: [] })).length,
    1,
  );
  const scale = textOf({ name: "", match: "match: {any: [{resources: {kinds: [Scale, v1/Scale]}}]}", issues: [] });
  const names = "Deployment/scale, ReplicaSet/scale, StatefulSet/scale, ReplicationController/scale";
  const warning = `spec.rules[0]: Scale is the kind of a subresource, and no object is one: write ${names} !`;
  assert.deepEqual(warningsOf(scale), [warning]);
  // A kind of one's own may have such a name.
  const own = textOf({ name: "", match: "match: {any: [{resources: {kinds: [example.com/v1/Scale]}}]}", issues: [] });
  assert.deepEqual(warningsOf(own), []);
});

test("validateClusterPolicy: the oldest operators, which the CRD does not have in loops", () => {
  const rule = (operator: string): string =>
    `validate: {foreach: [{list: a, preconditions: {all: [{key: a, operator: ${operator}, value: a}]}, deny: {conditions: {all: [{key: a, operator: ${operator}, value: a}]}}}]}`;
  assert.deepEqual(warningsOf(textOf({ name: "", rule: rule("Equals"), issues: [] })), []);
  assert.deepEqual(warningsOf(textOf({ name: "", rule: rule("Equal"), issues: [] })), [
    "spec.rules[0].validate.foreach[0].preconditions.all[0].operator: expected Equals, found Equal !",
  ]);
});

// Found by the fuzz run over policies: the excerpt of what was found must not be what fails.
test("validateClusterPolicy: half of a surrogate pair in a value that is refused", () => {
  const policy = (rule: Value): Value => ({
    apiVersion: "kyverno.io/v1",
    kind: "ClusterPolicy",
    metadata: { name: "p" },
    spec: {
      rules: [{ name: "r", match: { any: [{ resources: { kinds: ["Pod"] } }] }, ...(isValueObject(rule) ? rule : {}) }],
    },
  });
  const rows: readonly (readonly [Value, string])[] = [
    [
      {
        preconditions: { all: [{ key: "{{request.operation}}", operator: "Equals", value: "\ud800" }] },
        validate: { pattern: { spec: { a: "b" } } },
      },
      'found "\\ud800"',
    ],
    [{ mutate: { patchesJson6902: '[{"op": "\ud800", "path": "/a"}]' } }, "half of a surrogate pair"],
  ];
  for (const [rule, expected] of rows) {
    const decoded = decodePolicy(policy(rule), { source: "p.yaml", document: 1 });
    const messages = decoded.ok ? [] : decoded.issues.map(({ message }) => message);
    assert.ok(
      messages.some((message) => message.includes(expected)),
      messages.join("\n"),
    );
  }
});
