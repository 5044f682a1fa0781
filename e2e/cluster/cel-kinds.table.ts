/**
 * Documents of policies.kyverno.io and admissionregistration.k8s.io: those that amap and a cluster accept, each with a twin
 * in which one field is misspelt, and those that both refuse.
 */
import type { KindRow } from "./kyverno-kinds.table.ts";

const head = (kind: string, name: string, version = "v1", group = "policies.kyverno.io"): string =>
  `apiVersion: ${group}/${version}\nkind: ${kind}\nmetadata: { name: ${name} }\n`;
const admission = (kind: string, name: string): string => head(kind, name, "v1", "admissionregistration.k8s.io");

const PODS = 'resourceRules: [{ apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods] }]';

export const CEL_ROWS: readonly KindRow[] = [
  {
    name: "a ValidatingPolicy with all that it can say",
    document: `${head("ValidatingPolicy", "all")}spec:
  matchConstraints:
    ${PODS}
    excludeResourceRules: [{ apiGroups: [""], apiVersions: [v1], operations: ["*"], resources: [pods/status], resourceNames: [a], scope: Namespaced }]
    namespaceSelector: { matchLabels: { a: b } }
    objectSelector: { matchExpressions: [{ key: a, operator: NotIn, values: [b] }] }
    matchPolicy: Exact
  matchConditions: [{ name: a, expression: "true" }]
  variables: [{ name: a, expression: "1" }]
  validations: [{ expression: "variables.a == 1", message: m, messageExpression: "'m'", reason: Invalid }]
  failurePolicy: Ignore
  auditAnnotations: [{ key: a, valueExpression: "'a'" }]
  validationActions: [Deny, Audit]
  autogen: { podControllers: { controllers: [deployments] }, validatingAdmissionPolicy: { enabled: true } }
  webhookConfiguration: { timeoutSeconds: 5 }
  evaluation: { mode: Kubernetes, admission: { enabled: true }, background: { enabled: false } }
`,
    misspelt: ["validationActions:", "validationAction:"],
  },
  {
    name: "a NamespacedValidatingPolicy, in v1beta1",
    document: `${head("NamespacedValidatingPolicy", "beta", "v1beta1")}spec:
  matchConstraints: { ${PODS} }
  validations: [{ expression: "true" }]
`,
    misspelt: ["resourceRules:", "resourceRule:"],
  },
  {
    name: "a ValidatingPolicy for JSON, in v1alpha1",
    document: `${head("ValidatingPolicy", "json", "v1alpha1")}spec:
  evaluation: { mode: JSON }
  validations: [{ expression: "true" }]
`,
    misspelt: ["mode:", "modes:"],
  },
  {
    name: "a MutatingPolicy with all that it can say",
    document: `${head("MutatingPolicy", "all")}spec:
  matchConstraints: { ${PODS} }
  targetMatchConstraints: { resourceRules: [{ apiGroups: [""], apiVersions: [v1], resources: [secrets] }], expression: "{}" }
  targetMatchConditions: [{ name: a, expression: "true" }]
  mutations:
    - { patchType: ApplyConfiguration, applyConfiguration: { expression: "Object{}" } }
    - { patchType: JSONPatch, jsonPatch: { expression: "[]" } }
  reinvocationPolicy: IfNeeded
  autogen: { podControllers: { controllers: [] }, mutatingAdmissionPolicy: { enabled: false } }
  evaluation: { mutateExisting: { enabled: true }, skipBackgroundRequests: false, useServerSideApply: true }
`,
    misspelt: ["applyConfiguration:", "applyconfiguration:"],
  },
  {
    name: "a GeneratingPolicy with an expression and a template",
    document: `${head("GeneratingPolicy", "all")}spec:
  matchConstraints: { ${PODS} }
  generate: [{ expression: "generator.apply('a', [])" }, { template: { value: "a: (( 1 ))", interpolate: cel } }]
  useServerSideApply: true
  evaluation:
    generateExisting: { enabled: true }
    synchronize: { enabled: true }
    orphanDownstreamOnPolicyDelete: { enabled: true }
`,
    misspelt: ["interpolate:", "interpolation:"],
  },
  {
    name: "a NamespacedDeletingPolicy",
    document: `${head("NamespacedDeletingPolicy", "all")}spec:
  matchConstraints: { resourceRules: [{ apiGroups: [""], apiVersions: [v1], resources: [pods] }] }
  conditions: [{ name: a, expression: "true" }]
  schedule: "@daily"
  deletionPropagationPolicy: Orphan
`,
    misspelt: ["conditions:", "condition:"],
  },
  {
    name: "a PolicyException of policies.kyverno.io",
    document: `${head("PolicyException", "all", "v1beta1")}spec:
  policyRefs: [{ name: all, kind: ValidatingPolicy }]
  images: ["a*"]
  allowedValues: [x]
  reportResult: pass
  expiresAt: "2030-01-01T00:00:00Z"
  properties: { ticket: "1" }
`,
    misspelt: ["allowedValues:", "allowedValue:"],
  },
  {
    name: "a ValidatingAdmissionPolicy with parameters",
    document: `${admission("ValidatingAdmissionPolicy", "all")}spec:
  paramKind: { apiVersion: v1, kind: ConfigMap }
  matchConstraints: { ${PODS}, matchPolicy: Exact }
  matchConditions: [{ name: example.com/a, expression: "true" }]
  variables: [{ name: a, expression: "params.data.a" }]
  validations: [{ expression: "object.metadata.name == variables.a", message: m, reason: Forbidden }]
  auditAnnotations: [{ key: a, valueExpression: "'a'" }]
`,
    misspelt: ["paramKind:", "paramsKind:"],
  },
  {
    name: "a ValidatingAdmissionPolicyBinding",
    document: `${admission("ValidatingAdmissionPolicyBinding", "all")}spec:
  policyName: all
  paramRef: { selector: {}, parameterNotFoundAction: Allow }
  matchResources: { namespaceSelector: { matchLabels: { a: b } } }
  validationActions: [Warn, Audit]
`,
    misspelt: ["parameterNotFoundAction:", "paramNotFoundAction:"],
  },
  {
    name: "a MutatingAdmissionPolicy",
    document: `${admission("MutatingAdmissionPolicy", "all")}spec:
  matchConstraints: { ${PODS} }
  reinvocationPolicy: Never
  mutations: [{ patchType: ApplyConfiguration, applyConfiguration: { expression: "Object{}" } }]
`,
    misspelt: ["patchType:", "patchTyp:"],
  },
  {
    name: "a MutatingAdmissionPolicyBinding",
    document: `${admission("MutatingAdmissionPolicyBinding", "all")}spec:
  policyName: all
  paramRef: { name: a, namespace: b, parameterNotFoundAction: Deny }
`,
    misspelt: ["policyName:", "policy:"],
  },
];

/** A ValidatingAdmissionPolicy of which one thing is wrong. */
const validating = ({ rules = PODS, validation = '{ expression: "true" }', more = "" }): string =>
  `${admission("ValidatingAdmissionPolicy", "wrong")}spec:\n  matchConstraints: { ${rules} }\n  validations: [${validation}]\n  ${more}\n`;
const rule = (fields: string): string => `resourceRules: [{ ${fields} }]`;
const binding = (spec: string, kind = "ValidatingAdmissionPolicyBinding"): string =>
  `${admission(kind, "wrong")}spec: { ${spec} }\n`;
const mutating = (spec: string): string => `${admission("MutatingAdmissionPolicy", "wrong")}spec: { ${spec} }\n`;
const MUTATIONS = 'mutations: [{ patchType: JSONPatch, jsonPatch: { expression: "[]" } }]';

/** Refused by amap, for files or as what a cluster refuses, and by the API server, both for the field at `path`. */
export const CEL_REFUSED: readonly (readonly [path: string, document: string])[] = [
  ["spec.generate[0]", `${head("GeneratingPolicy", "wrong")}spec: { matchConstraints: { ${PODS} }, generate: [{}] }\n`],
  [
    "spec.failurePolicy",
    `${head("ValidatingPolicy", "wrong")}spec: { matchConstraints: { ${PODS} }, validations: [{ expression: a }], failurePolicy: None }\n`,
  ],
  ["metadata.name", validating({}).replace("wrong", "Wrong_1")],
  ["spec.matchConstraints.resourceRules", validating({ rules: "" })],
  [
    "spec.matchConstraints.resourceRules[0].operations",
    validating({ rules: rule('apiGroups: [""], apiVersions: [v1], resources: [pods]') }),
  ],
  [
    "spec.matchConstraints.resourceRules[0].apiVersions",
    validating({ rules: rule('apiGroups: [""], apiVersions: [v1, "*"], operations: [CREATE], resources: [pods]') }),
  ],
  [
    "spec.matchConstraints.resourceRules[0].operations",
    validating({ rules: rule('apiGroups: [""], apiVersions: [v1], operations: [CREATE, "*"], resources: [pods]') }),
  ],
  [
    "spec.matchConstraints.resourceRules[0].resources",
    validating({ rules: rule('apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: ["*", pods]') }),
  ],
  [
    "spec.matchConstraints.resourceRules[0].resources[1]",
    validating({
      rules: rule('apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: ["pods/*", pods/log]'),
    }),
  ],
  [
    "spec.matchConstraints.resourceRules[0].resourceNames[1]",
    validating({
      rules: rule('apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods], resourceNames: [a, a]'),
    }),
  ],
  [
    "spec.matchConstraints.objectSelector.matchExpressions[0].values",
    validating({ rules: `${PODS}, objectSelector: { matchExpressions: [{ key: a, operator: In }] }` }),
  ],
  ["spec.validations[0].expression", validating({ validation: '{ expression: " " }' })],
  ["spec.validations[0].message", validating({ validation: '{ expression: "true", message: "a\\nb" }' })],
  [
    "spec.validations[0].messageExpression",
    validating({ validation: '{ expression: "true", messageExpression: " " }' }),
  ],
  ["spec.validations[0].reason", validating({ validation: '{ expression: "true", reason: Unauthorized }' })],
  [
    "spec.matchConditions[1].name",
    validating({ more: 'matchConditions: [{ name: a, expression: "true" }, { name: a, expression: "true" }]' }),
  ],
  ["spec.matchConditions[0].name", validating({ more: 'matchConditions: [{ name: "a b", expression: "true" }]' })],
  ["spec.variables[0].name", validating({ more: 'variables: [{ name: a-b, expression: "1" }]' })],
  [
    "spec.auditAnnotations[1].key",
    validating({
      more: "auditAnnotations: [{ key: a, valueExpression: \"'a'\" }, { key: a, valueExpression: \"'a'\" }]",
    }),
  ],
  ["spec.paramKind.kind", validating({ more: "paramKind: { apiVersion: v1 }" })],
  ["spec.paramKind.apiVersion", validating({ more: "paramKind: { apiVersion: a/b/c, kind: ConfigMap }" })],
  ["spec.validations", `${admission("ValidatingAdmissionPolicy", "wrong")}spec: { matchConstraints: { ${PODS} } }\n`],
  ["spec.mutations", mutating(`matchConstraints: { ${PODS} }, reinvocationPolicy: Never`)],
  ["spec.reinvocationPolicy", mutating(`matchConstraints: { ${PODS} }, ${MUTATIONS}`)],
  [
    "spec.mutations[0].jsonPatch",
    mutating(
      `matchConstraints: { ${PODS} }, reinvocationPolicy: Never, mutations: [{ patchType: JSONPatch, applyConfiguration: { expression: "Object{}" } }]`,
    ),
  ],
  ["spec.validationActions", binding("policyName: a")],
  ["spec.validationActions", binding("policyName: a, validationActions: [Deny, Warn]")],
  ["spec.paramRef", binding("policyName: a, validationActions: [Deny], paramRef: { parameterNotFoundAction: Deny }")],
  [
    "spec.paramRef.parameterNotFoundAction",
    binding("policyName: a, paramRef: { name: a }", "MutatingAdmissionPolicyBinding"),
  ],
  ["spec.policyName", binding('policyName: ""', "MutatingAdmissionPolicyBinding")],
];
