import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { decodePolicies } from "../decode-policies.ts";

const RULE = '{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}';
const MATCH = `matchConstraints: {resourceRules: [${RULE}]}`;

/** A good spec of each kind. */
const SPECS: Readonly<Record<string, string>> = {
  ValidatingAdmissionPolicy: `${MATCH}\n  validations: [{expression: "true"}]`,
  MutatingAdmissionPolicy: `${MATCH}\n  reinvocationPolicy: Never\n  mutations: [{patchType: JSONPatch, jsonPatch: {expression: '[]'}}]`,
  ValidatingAdmissionPolicyBinding: "policyName: p\n  validationActions: [Deny]",
  MutatingAdmissionPolicyBinding: "policyName: p",
};

const documentOf = (kind: string, spec = SPECS[kind], name = "p"): string =>
  `apiVersion: admissionregistration.k8s.io/v1\nkind: ${kind}\nmetadata: {name: ${name}}\nspec:\n  ${spec}\n`;

/** Issues as `path: message`; `?` marks what the API server alone refuses. */
function findingsOf(text: string): readonly string[] {
  const decoded = decodePolicies(text, "p.yaml");
  if (!decoded.ok) return decoded.issues.map(({ path, message }) => `${path}: ${message.replace(/^policy \S+: /, "")}`);
  return decoded.value.flatMap(({ warnings }) =>
    warnings.map(({ path, message, refusedInCluster }) => `${refusedInCluster ? "?" : "!"} ${path}: ${message}`),
  );
}

for (const kind of Object.keys(SPECS)) {
  test(`${kind} is read in every version`, () => {
    for (const version of ["v1", "v1beta1", "v1alpha1"]) {
      assert.deepEqual(findingsOf(documentOf(kind).replace("/v1\n", `/${version}\n`)), [], version);
    }
    assert.match(findingsOf(documentOf(kind).replace("/v1\n", "/v2\n"))[0] ?? "", /^apiVersion: expected one of /);
    const decoded = decodePolicies(documentOf(kind), "p.yaml");
    assert.equal(decoded.ok && decoded.value[0]?.kind, kind);
  });

  test(`${kind}: a misspelt field, and a null in its place`, () => {
    assert.deepEqual(
      findingsOf(documentOf(kind).replace("spec:\n", "spec:\n  paramKnd: {}\n  paramRf: {}\n")).map(
        (line) => line.split(":")[0],
      ),
      ["spec.paramKnd", "spec.paramRf"],
    );
    const optional = kind.endsWith("Binding") ? "paramRef" : "paramKind";
    assert.deepEqual(findingsOf(documentOf(kind).replace("spec:\n", `spec:\n  ${optional}: null\n`)), []);
  });

  test(`${kind}: a name that no object can have`, () => {
    const subdomain = "a DNS subdomain (at most 253 of a-z, 0-9, - and ., with a letter or digit at both ends)";
    assert.deepEqual(findingsOf(documentOf(kind, SPECS[kind], "P_1")), [
      `? metadata.name: expected ${subdomain}, found "P_1"`,
    ]);
  });
}

interface Row {
  readonly name: string;
  readonly kind: keyof typeof SPECS;
  readonly spec: string;
  readonly expected: readonly string[];
}

const NOTHING = "expected a CEL expression, found nothing";
const AGAIN = 'expected each name once, found "a" again';
const V = "ValidatingAdmissionPolicy";
const M = "MutatingAdmissionPolicy";
const VALIDATIONS = 'validations: [{expression: "true"}]';

/** Rules of a ValidatingAdmissionPolicy. */
const rulesRow = (name: string, rule: string, expected: readonly string[]): Row => ({
  name,
  kind: V,
  spec: `matchConstraints: {resourceRules: [${rule}]}\n  ${VALIDATIONS}`,
  expected,
});
const R = "spec.matchConstraints.resourceRules[0]";

const ROWS: readonly Row[] = [
  {
    name: "no matchConstraints",
    kind: V,
    spec: VALIDATIONS,
    expected: ["spec.matchConstraints: expected an object, found nothing"],
  },
  {
    name: "no rules",
    kind: V,
    spec: `matchConstraints: {}\n  ${VALIDATIONS}`,
    expected: ["spec.matchConstraints.resourceRules: expected at least 1 item, found none"],
  },
  rulesRow("a rule that says nothing", "{}", [
    `${R}.apiGroups: expected at least 1 item, found none`,
    `${R}.apiVersions: expected at least 1 item, found none`,
    `${R}.resources: expected at least 1 item, found none`,
    `${R}.operations: expected at least 1 item, found none`,
  ]),
  rulesRow("empty names", '{apiGroups: [""], apiVersions: [""], operations: [CREATE], resources: [""]}', [
    `${R}.apiVersions[0]: expected a string that is not empty`,
    `${R}.resources[0]: expected a string that is not empty`,
  ]),
  rulesRow("an unknown operation", "{apiGroups: [apps], apiVersions: [v1], operations: [PATCH], resources: [pods]}", [
    `${R}.operations[0]: expected one of CREATE, UPDATE, DELETE, CONNECT, *, found "PATCH"`,
  ]),
  rulesRow(
    "wildcards beside others",
    '{apiGroups: ["*", apps], apiVersions: ["*", v1], operations: ["*", CREATE], resources: ["*", pods]}',
    [
      `? ${R}.apiGroups: expected * alone: it means all of them`,
      `? ${R}.apiVersions: expected * alone: it means all of them`,
      `? ${R}.operations: expected * alone: it means all of them`,
      `? ${R}.resources: expected no plain names beside *: it means all of them`,
    ],
  ),
  rulesRow(
    "wildcards and what they mean already",
    '{apiGroups: [""], apiVersions: [v1], operations: ["*"], resources: ["pods/*", pods/log, "*/status", nodes/status, "*/*"]}',
    [
      `? ${R}.resources: expected */* alone: it means all of them`,
      `? ${R}.resources[1]: expected no pods/log: pods/* means it too`,
      `? ${R}.resources[3]: expected no nodes/status: */status means it too`,
    ],
  ),
  rulesRow(
    "wildcards beside what they do not mean",
    '{apiGroups: [""], apiVersions: [v1], operations: ["*"], resources: ["*", pods/log, nodes/status, "pods/*"]}',
    [],
  ),
  rulesRow(
    "names of objects twice, and such as no URL can have",
    '{apiGroups: [""], apiVersions: [v1], operations: ["*"], resources: [pods], resourceNames: [a, a, b/c, ".."]}',
    [
      `? ${R}.resourceNames[1]: expected each name once, found a again`,
      `? ${R}.resourceNames[2]: expected a name that is not . or .. and has no / or %`,
      `? ${R}.resourceNames[3]: expected a name that is not . or .. and has no / or %`,
    ],
  ),
  {
    name: "excluded rules are judged like the others",
    kind: V,
    spec: `matchConstraints: {resourceRules: [${RULE}], excludeResourceRules: [{apiGroups: [a], apiVersions: [v1], operations: ["*"]}]}\n  ${VALIDATIONS}`,
    expected: ["spec.matchConstraints.excludeResourceRules[0].resources: expected at least 1 item, found none"],
  },
  {
    name: "labels that no object can have",
    kind: V,
    spec: `matchConstraints: {resourceRules: [${RULE}], namespaceSelector: {matchLabels: {"a/b/c": "x y"}}}\n  ${VALIDATIONS}`,
    expected: [
      '? spec.matchConstraints.namespaceSelector.matchLabels: expected a name such as my.name or example.com/my.name (at most 63 letters, digits, -, _ and . after the slash), found "a/b/c"',
      '? spec.matchConstraints.namespaceSelector.matchLabels: expected a label\'s value (at most 63 letters, digits, -, _ and ., with a letter or digit at both ends), found "x y"',
    ],
  },
  {
    name: "neither validations nor audit annotations",
    kind: V,
    spec: MATCH,
    expected: ["spec.validations: expected at least 1 of validations or auditAnnotations, found none"],
  },
  {
    name: "audit annotations alone",
    kind: V,
    spec: `${MATCH}\n  auditAnnotations: [{key: a, valueExpression: "'a'"}]`,
    expected: [],
  },
  {
    name: "audit annotations twice, and keys that are none",
    kind: V,
    spec: `${MATCH}\n  auditAnnotations: [{key: a, valueExpression: "'a'"}, {key: a, valueExpression: " "}]`,
    expected: [
      `spec.auditAnnotations[1].valueExpression: ${NOTHING}`,
      "spec.auditAnnotations[1].key: expected each key once, found it again",
    ],
  },
  {
    name: "an audit annotation that is too long, under a key that is none",
    kind: V,
    spec: `${MATCH}\n  auditAnnotations: [{key: "a b", valueExpression: "'${"a".repeat(5120)}'"}]`,
    expected: [
      '? spec.auditAnnotations[0].key: expected a name such as my.name or example.com/my.name (at most 63 letters, digits, -, _ and . after the slash), found "p/a b"',
      "? spec.auditAnnotations[0].valueExpression: expected at most 5120 bytes",
    ],
  },
  {
    name: "more audit annotations than the API server takes",
    kind: V,
    spec: `${MATCH}\n  auditAnnotations: [${Array.from({ length: 21 }, (_, index) => `{key: a${index}, valueExpression: "'a'"}`).join(", ")}]`,
    expected: ["spec.auditAnnotations: expected at most 20 items, found 21"],
  },
  {
    name: "validations that say nothing",
    kind: V,
    spec: `${MATCH}\n  validations: [{expression: " "}, {expression: a, messageExpression: " "}, {expression: a, messageExpression: ""}]`,
    expected: [`spec.validations[0].expression: ${NOTHING}`, `spec.validations[1].messageExpression: ${NOTHING}`],
  },
  {
    name: "messages and reasons that the API server does not take",
    kind: V,
    spec: `${MATCH}\n  validations: [{expression: a, message: " "}, {expression: a, message: "a\\nb"}, {expression: a, reason: Unauthorized}, {expression: a, message: "a\\n", reason: Forbidden}]`,
    expected: [
      "? spec.validations[0].message: expected a message, found spaces only",
      "? spec.validations[1].message: expected a message of one line",
      '? spec.validations[2].reason: expected one of Forbidden, Invalid, RequestEntityTooLarge, found "Unauthorized"',
    ],
  },
  {
    name: "conditions and variables twice",
    kind: V,
    spec: `${MATCH}\n  ${VALIDATIONS}\n  matchConditions: [{name: a, expression: b}, {name: a, expression: c}]\n  variables: [{name: a, expression: b}, {name: a, expression: c}]`,
    expected: [`spec.matchConditions[1].name: ${AGAIN}`, `spec.variables[1].name: ${AGAIN}`],
  },
  {
    name: "65 conditions",
    kind: V,
    spec: `${MATCH}\n  ${VALIDATIONS}\n  matchConditions: [${Array.from({ length: 65 }, (_, index) => `{name: a${index}, expression: b}`).join(", ")}]`,
    expected: ["spec.matchConditions: expected at most 64 items, found 65"],
  },
  {
    name: "a condition whose name the API server does not take",
    kind: V,
    spec: `${MATCH}\n  ${VALIDATIONS}\n  matchConditions: [{name: a b, expression: b}]`,
    expected: [
      '? spec.matchConditions[0].name: expected a name such as my.name or example.com/my.name (at most 63 letters, digits, -, _ and . after the slash), found "a b"',
    ],
  },
  {
    name: "a variable named by a reserved word",
    kind: V,
    spec: `${MATCH}\n  ${VALIDATIONS}\n  variables: [{name: namespace, expression: b}]`,
    expected: [
      'spec.variables[0].name: expected a CEL identifier (letters, digits and _, not a reserved word), found "namespace"',
    ],
  },
  {
    name: "a kind of parameters that says nothing",
    kind: V,
    spec: `${MATCH}\n  ${VALIDATIONS}\n  paramKind: {}`,
    expected: [
      "spec.paramKind.apiVersion: expected group/version or v1, found nothing",
      "spec.paramKind.kind: expected a kind, found nothing",
    ],
  },
  {
    name: "a kind of parameters that no API has",
    kind: V,
    spec: `${MATCH}\n  ${VALIDATIONS}\n  paramKind: {apiVersion: a/b/c, kind: My Kind}`,
    expected: [
      'spec.paramKind.apiVersion: expected group/version or v1, found "a/b/c"',
      'spec.paramKind.kind: expected a DNS label (at most 63 of a-z, 0-9 and -, with a letter in front), found "my kind"',
    ],
  },
  {
    name: "kinds of parameters with and without a group",
    kind: V,
    spec: `${MATCH}\n  ${VALIDATIONS}\n  paramKind: {apiVersion: rules.example.com/v1, kind: ReplicaLimit}`,
    expected: [],
  },
  {
    name: "no mutations, and no reinvocationPolicy",
    kind: M,
    spec: MATCH,
    expected: ["spec.mutations: expected at least 1 item, found none"],
  },
  {
    name: "no reinvocationPolicy, and DELETE",
    kind: M,
    spec: `matchConstraints: {resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE, DELETE], resources: [pods]}]}\n  mutations: [{patchType: JSONPatch, jsonPatch: {expression: a}}]`,
    expected: [
      "? spec.matchConstraints.resourceRules[0].operations: expected no DELETE: what is deleted cannot be changed",
      "? spec.reinvocationPolicy: expected one of Never, IfNeeded, found nothing",
    ],
  },
  {
    name: "a patch of another type than is named",
    kind: M,
    spec: `${MATCH}\n  reinvocationPolicy: IfNeeded\n  mutations: [{patchType: ApplyConfiguration, jsonPatch: {expression: a}}, {patchType: Merge}]`,
    expected: ['spec.mutations[1].patchType: expected one of ApplyConfiguration, JSONPatch, found "Merge"'],
  },
  {
    name: "validations in a policy that changes",
    kind: M,
    spec: `${MATCH}\n  validations: []`,
    expected: [
      'spec.validations: unknown field "validations": the fields here are paramKind, matchConstraints, matchConditions, variables, failurePolicy, mutations, reinvocationPolicy',
    ],
  },
];
for (const { name, kind, spec, expected } of ROWS) {
  test(`what the API server would say: ${kind}: ${name}`, () =>
    assert.deepEqual(findingsOf(documentOf(kind, spec)), expected));
}

const BINDINGS: readonly (readonly [name: string, more: string, expected: readonly string[]])[] = [
  ["parameters by name", "paramRef: {name: a, namespace: b, parameterNotFoundAction: Deny}", []],
  ["parameters by labels", "paramRef: {selector: {matchLabels: {a: b}}, parameterNotFoundAction: Allow}", []],
  ["parameters by an empty selector", "paramRef: {selector: {}, parameterNotFoundAction: Allow}", []],
  [
    "parameters by both",
    "paramRef: {name: a, selector: {}, parameterNotFoundAction: Deny}",
    ["spec.paramRef: expected exactly one of name, selector, found name and selector"],
  ],
  [
    "parameters by neither",
    "paramRef: {namespace: a, parameterNotFoundAction: Deny}",
    ["spec.paramRef: expected exactly one of name, selector, found none"],
  ],
  [
    "parameters without a word on what their absence means",
    "paramRef: {name: a}",
    ["? spec.paramRef.parameterNotFoundAction: expected one of Allow, Deny, found nothing"],
  ],
  [
    "parameters whose name no URL can have, and selectors of which nothing can be made",
    "paramRef: {name: a/b, parameterNotFoundAction: Deny}\n  matchResources: {objectSelector: {matchExpressions: [{key: a, operator: NotIn}]}}",
    ["spec.matchResources.objectSelector.matchExpressions[0].values: expected values for NotIn, found none"],
  ],
  [
    "a name that no URL can have",
    'paramRef: {name: "..", parameterNotFoundAction: Deny}',
    ["? spec.paramRef.name: expected a name that is not . or .. and has no / or %"],
  ],
  [
    "rules that say nothing",
    "matchResources: {resourceRules: [{apiGroups: [a], apiVersions: [b], resources: [c]}]}",
    ["spec.matchResources.resourceRules[0].operations: expected at least 1 item, found none"],
  ],
];
for (const [name, more, expected] of BINDINGS) {
  for (const kind of ["ValidatingAdmissionPolicyBinding", "MutatingAdmissionPolicyBinding"]) {
    test(`what the API server would say: ${kind}: ${name}`, () =>
      assert.deepEqual(findingsOf(documentOf(kind, `${SPECS[kind]}\n  ${more}`)), expected));
  }
}

test("v1alpha1 has a default for parameters that are not there", () => {
  const text = documentOf("MutatingAdmissionPolicyBinding", "policyName: p\n  paramRef: {name: a}");
  assert.deepEqual(findingsOf(text.replace("/v1\n", "/v1alpha1\n")), []);
  assert.equal(findingsOf(text.replace("/v1\n", "/v1beta1\n")).length, 1);
});

const ACTIONS: readonly (readonly [actions: string, expected: readonly string[]])[] = [
  ["[]", ["? spec.validationActions: expected at least 1 of Deny, Audit, Warn, found none"]],
  ["[Deny, Deny]", ["? spec.validationActions[1]: expected each action once, found Deny again"]],
  ["[Warn, Deny]", ["? spec.validationActions: expected Deny or Warn: together they tell the user the same twice"]],
  ["[Warn, Audit]", []],
  ["[Block]", ['spec.validationActions[0]: expected one of Deny, Audit, Warn, found "Block"']],
];
for (const [actions, expected] of ACTIONS) {
  test(`what the API server would say: validationActions ${actions}`, () => {
    const spec = `policyName: p\n  validationActions: ${actions}`;
    assert.deepEqual(findingsOf(documentOf("ValidatingAdmissionPolicyBinding", spec)), expected);
  });
}

test("a binding needs its policy's name; only one that validates has actions", () => {
  assert.deepEqual(findingsOf(documentOf("MutatingAdmissionPolicyBinding", "policyName: ''")), [
    "spec.policyName: expected a policy's name, found nothing",
  ]);
  assert.deepEqual(findingsOf(documentOf("MutatingAdmissionPolicyBinding", "paramRef: null")), [
    "spec.policyName: expected a string, found nothing",
  ]);
  assert.match(
    findingsOf(documentOf("MutatingAdmissionPolicyBinding", "policyName: p\n  validationActions: [Deny]"))[0] ?? "",
    /^spec\.validationActions: unknown field/,
  );
  const deletes = "{apiGroups: [''], apiVersions: [v1], operations: [DELETE], resources: [pods]}";
  const spec = `policyName: p\n  matchResources: {resourceRules: [${deletes}]}`;
  assert.deepEqual(findingsOf(documentOf("MutatingAdmissionPolicyBinding", spec)), [
    "? spec.matchResources.resourceRules[0].operations: expected no DELETE: what is deleted cannot be changed",
  ]);
  assert.deepEqual(
    findingsOf(documentOf("ValidatingAdmissionPolicyBinding", `${spec}\n  validationActions: [Deny]`)),
    [],
  );
});

test("law: junk in place of any spec is judged, and never thrown over", () => {
  fc.assert(
    fc.property(fc.constantFrom(...Object.keys(SPECS)), fc.jsonValue({ maxDepth: 4 }), (kind, spec) => {
      const document = { apiVersion: "admissionregistration.k8s.io/v1", kind, metadata: { name: "p" }, spec };
      decodePolicies(JSON.stringify(document), "p.json");
    }),
    { numRuns: 200 },
  );
});
