import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { canonicalJson, isValueObject, memberOf, readYaml, type Value } from "../../base/index.ts";
import { compileCelExceptions } from "../evaluate/cel/cel-exceptions.ts";
import { evaluateCelPolicy } from "../evaluate/evaluate-cel-policy.ts";
import { evaluateClusterPolicy } from "../evaluate/evaluate-cluster-policy.ts";
import type { KyvernoEvaluation } from "../evaluate/kyverno-response.ts";
import { decodePolicies, decodePolicy, type PolicyResource } from "../resource/decode-policies.ts";
import { writeAdmissionPolicy } from "./admission-policy-writer.ts";
import type { CelBindingResource, CelPlan, CelPolicyResource } from "./cel-plan.ts";
import { compileCelPolicy } from "./cel-policy.ts";
import { compileClusterPolicy } from "./cluster-policy.ts";

const MATCH =
  "matchConstraints: {resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [deployments]}]}";

function read(text: string): readonly PolicyResource[] {
  const decoded = decodePolicies(text, "policy.yaml");
  assert.ok(decoded.ok, JSON.stringify(decoded));
  return decoded.value;
}

function policyOf(kind: string, spec: string, metadata = "name: p"): string {
  return `apiVersion: policies.kyverno.io/v1\nkind: ${kind}\nmetadata: {${metadata}}\nspec:\n${spec.replaceAll(/^/gm, "  ")}\n`;
}

function ruleOf(rule: string, spec = ""): string {
  const rules = `rules:\n- name: r\n${rule.replaceAll(/^/gm, "  ")}`;
  const body = `${rules}\n${spec}`.replaceAll(/^/gm, "  ");
  return `apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: p}\nspec:\n${body}\n`;
}

/** The specs that are written, or what cannot be said: `path: message`. */
function write(text: string): readonly Value[] | string {
  const [policy, ...exceptions] = read(text);
  assert.ok(policy !== undefined);
  const written = writeAdmissionPolicy(policy, { exceptions });
  if (!written.ok) return written.issues.map(({ path, message }) => `${path}: ${message}`).join("\n");
  return written.value.map((document) => memberOf(document, "spec") ?? null);
}

const exceptionOf = (name: string, fields: string): string =>
  `---\napiVersion: policies.kyverno.io/v1\nkind: PolicyException\nmetadata: {name: ${name}}\n` +
  `spec:\n  policyRefs: [{name: p, kind: ValidatingPolicy}]\n${fields.replaceAll(/^/gm, "  ")}\n`;

const VALIDATION = "validations: [{expression: object.spec.replicas < 4, message: too many}]";
const CEL =
  "validate: {failureAction: Enforce, message: too many, cel: {expressions: [{expression: object.spec.replicas < 4}]}}";
const matchOf = (fields: string): string => `match: {any: [{resources: {${fields}}}]}`;
const DEPLOYMENTS = matchOf("kinds: [Deployment]");
const BOUND = "{policyName: vpol-p, validationActions: [Deny]}";

interface WrittenRow {
  readonly name: string;
  readonly policy: string;
  /** YAML of the policy's spec, and of its binding's. */
  readonly spec: string;
  readonly binding: string;
}

const OPERATIONS = "operations: [CREATE, UPDATE, CONNECT, DELETE]";
const DEPLOYMENT_RULE = `{apiGroups: [apps], apiVersions: [v1], resources: [deployments], ${OPERATIONS}}`;
const CEL_SPEC = "validations: [{message: too many, expression: object.spec.replicas < 4}]";
const CEL_BOUND = "{policyName: cpol-p, validationActions: [Deny]}";

const writtenRows: readonly WrittenRow[] = [
  {
    name: "a ValidatingPolicy",
    policy: policyOf("ValidatingPolicy", `${MATCH}\n${VALIDATION}`),
    spec: `${MATCH}\n${VALIDATION}`,
    binding: BOUND,
  },
  {
    name: "all that both have",
    policy: policyOf(
      "ValidatingPolicy",
      `${MATCH}\nfailurePolicy: Ignore\nvalidationActions: [Audit, Warn]\nvariables: [{name: m, expression: "4"}]\n` +
        "matchConditions: [{name: c, expression: has(object.spec.replicas)}]\n" +
        "validations: [{expression: object.spec.replicas < variables.m, messageExpression: string(variables.m), reason: Invalid}]\n" +
        "auditAnnotations: [{key: k, valueExpression: string(variables.m)}]\nwebhookConfiguration: {timeoutSeconds: 5}",
    ),
    spec:
      `failurePolicy: Ignore\n${MATCH}\nmatchConditions: [{name: c, expression: has(object.spec.replicas)}]\n` +
      'variables: [{name: m, expression: "4"}]\n' +
      "validations: [{expression: object.spec.replicas < variables.m, messageExpression: string(variables.m), reason: Invalid}]\n" +
      "auditAnnotations: [{key: k, valueExpression: string(variables.m)}]",
    binding: "{policyName: vpol-p, validationActions: [Audit, Warn]}",
  },
  {
    name: "exceptions that lift all of it: one condition for each",
    policy:
      policyOf("ValidatingPolicy", `${MATCH}\n${VALIDATION}`) +
      exceptionOf(
        "a",
        "matchConditions: [{name: x, expression: object.metadata.name == 'a'}, {name: z, expression: 'true'}]",
      ) +
      exceptionOf("b", "matchConditions: [{name: x, expression: object.metadata.name == 'b'}]"),
    spec:
      `${MATCH}\nmatchConditions:\n- {name: exception-0, expression: "!((object.metadata.name == 'a') && (true))"}\n` +
      `- {name: exception-1, expression: "!((object.metadata.name == 'b'))"}\n${VALIDATION}`,
    binding: BOUND,
  },
  {
    name: "exceptions that allow values",
    policy:
      policyOf(
        "ValidatingPolicy",
        `${MATCH}\nvalidations: [{expression: object.metadata.name in exceptions.allowedValues}]`,
      ) +
      exceptionOf("a", 'allowedValues: [a, "it\'s"]') +
      exceptionOf("b", "allowedValues: [b]\nmatchConditions: [{name: x, expression: 'true'}]"),
    spec:
      `${MATCH}\nvariables: [{name: allowedValues, expression: '["a", "it''s"] + ((true) ? ["b"] : [])'}]\n` +
      "validations: [{expression: object.metadata.name in variables.allowedValues}]",
    binding: BOUND,
  },
  {
    name: "values that no exception allows",
    policy: policyOf(
      "ValidatingPolicy",
      `${MATCH}\nvalidations: [{expression: object.metadata.name in exceptions.allowedImages}]`,
    ),
    spec:
      `${MATCH}\nvariables: [{name: allowedImages, expression: "[]"}]\n` +
      "validations: [{expression: object.metadata.name in variables.allowedImages}]",
    binding: BOUND,
  },
  {
    name: "an exception of another policy",
    policy:
      policyOf("ValidatingPolicy", `${MATCH}\n${VALIDATION}`) +
      exceptionOf("a", "").replace("name: p, kind", "name: q, kind"),
    spec: `${MATCH}\n${VALIDATION}`,
    binding: BOUND,
  },
  {
    name: "pods without their controllers",
    policy: policyOf(
      "ValidatingPolicy",
      `${MATCH.replace("[apps]", '[""]').replace("deployments", "pods")}\n${VALIDATION}\nautogen: {podControllers: {controllers: []}}`,
    ),
    spec: `${MATCH.replace("[apps]", '[""]').replace("deployments", "pods")}\n${VALIDATION}`,
    binding: BOUND,
  },
  {
    name: "a rule of a ClusterPolicy",
    policy: ruleOf(`${DEPLOYMENTS}\n${CEL}`),
    spec: `matchConstraints: {resourceRules: [${DEPLOYMENT_RULE}]}\n${CEL_SPEC}`,
    binding: CEL_BOUND,
  },
  {
    name: "a rule that is audited, with params",
    policy: ruleOf(
      `${DEPLOYMENTS}\ncelPreconditions: [{name: c, expression: has(object.spec.replicas)}]\n` +
        "validate: {cel: {paramKind: {apiVersion: v1, kind: ConfigMap}, paramRef: {name: a, parameterNotFoundAction: Deny}, " +
        "variables: [{name: m, expression: int(params.data.n)}], " +
        "expressions: [{expression: object.spec.replicas < variables.m, message: own}]}}",
      "failurePolicy: Ignore",
    ),
    spec:
      `failurePolicy: Ignore\nparamKind: {apiVersion: v1, kind: ConfigMap}\nmatchConstraints: {resourceRules: [${DEPLOYMENT_RULE}]}\n` +
      "matchConditions: [{name: c, expression: has(object.spec.replicas)}]\n" +
      "variables: [{name: m, expression: int(params.data.n)}]\n" +
      "validations: [{expression: object.spec.replicas < variables.m, message: own}]",
    binding:
      "{policyName: cpol-p, paramRef: {name: a, parameterNotFoundAction: Deny}, validationActions: [Audit, Warn]}",
  },
  {
    name: "namespaces, names, operations, a selector",
    policy: ruleOf(
      `${matchOf("kinds: [Deployment], names: [a], namespaces: [x, z], operations: [CREATE], selector: {matchLabels: {a: b}}")}\n` +
        `exclude: {any: [{resources: {namespaces: [w]}}]}\n${CEL}`,
    ),
    spec:
      "matchConstraints:\n  resourceRules: [{resourceNames: [a], apiGroups: [apps], apiVersions: [v1], resources: [deployments], operations: [CREATE]}]\n" +
      "  objectSelector: {matchLabels: {a: b}}\n  namespaceSelector:\n    matchExpressions:\n" +
      "    - {key: kubernetes.io/metadata.name, operator: In, values: [x, z]}\n" +
      `    - {key: kubernetes.io/metadata.name, operator: NotIn, values: [w]}\n${CEL_SPEC}`,
    binding: CEL_BOUND,
  },
  {
    name: "all versions of a kind, a subresource, everything",
    policy: ruleOf(
      `${matchOf("kinds: [HorizontalPodAutoscaler, Pod/exec, autoscaling/v1/HorizontalPodAutoscaler]")}\n` +
        `exclude: {any: [{resources: {kinds: [apps/v1/Deployment], names: [a]}}]}\n${CEL}`,
    ),
    spec:
      `matchConstraints:\n  resourceRules:\n  - {apiGroups: [autoscaling], apiVersions: [v1, v2], resources: [horizontalpodautoscalers], ${OPERATIONS}}\n` +
      `  - {apiGroups: [""], apiVersions: [v1], resources: [pods/exec], ${OPERATIONS}}\n` +
      `  - {apiGroups: [autoscaling], apiVersions: [v1], resources: [horizontalpodautoscalers], ${OPERATIONS}}\n` +
      `  excludeResourceRules: [{resourceNames: [a], apiGroups: [apps], apiVersions: [v1], resources: [deployments], ${OPERATIONS}}]\n${CEL_SPEC}`,
    binding: CEL_BOUND,
  },
];

describe("what is written", () => {
  for (const { name, policy, spec, binding } of writtenRows) {
    test(name, () => {
      const written = write(policy);
      assert.deepEqual(written, [readYaml(spec)[0], readYaml(binding)[0]]);
    });
  }

  test("two documents with Kyverno's names, hidden from reports where the policy is", () => {
    const labels = 'name: p, labels: {reports.kyverno.io/disabled: "", team: a}';
    const [policy] = read(policyOf("ValidatingPolicy", `${MATCH}\n${VALIDATION}`, labels));
    assert.ok(policy !== undefined);
    const written = writeAdmissionPolicy(policy);
    assert.ok(written.ok);
    const hidden = { "reports.kyverno.io/disabled": "true" };
    assert.deepEqual(
      written.value.map(({ kind, apiVersion, metadata }) => ({ kind, apiVersion, metadata })),
      [
        {
          kind: "ValidatingAdmissionPolicy",
          apiVersion: "admissionregistration.k8s.io/v1",
          metadata: { name: "vpol-p", labels: hidden },
        },
        {
          kind: "ValidatingAdmissionPolicyBinding",
          apiVersion: "admissionregistration.k8s.io/v1",
          metadata: { name: "vpol-p-binding", labels: hidden },
        },
      ],
    );
  });
});

const PODS = MATCH.replace("[apps]", '[""]').replace("deployments", "pods");

const refused: readonly (readonly [name: string, policy: string, expected: RegExp])[] = [
  [
    "another kind",
    policyOf("NamespacedValidatingPolicy", `${MATCH}\n${VALIDATION}`, "name: p, namespace: team"),
    /^kind: .*found NamespacedValidatingPolicy/,
  ],
  [
    "a function of Kyverno's",
    policyOf(
      "ValidatingPolicy",
      `${MATCH}\nvalidations: [{expression: "resource.get('v1', 'pods', 'a', 'b') != null"}]`,
    ),
    /^spec\.validations\[0\]\.expression: Kubernetes cannot say this: .*resource/s,
  ],
  [
    "variables in match conditions",
    policyOf(
      "ValidatingPolicy",
      `${MATCH}\nvariables: [{name: a, expression: "true"}]\nmatchConditions: [{name: c, expression: variables.a}]\n${VALIDATION}`,
    ),
    /^spec\.matchConditions\[0\]\.expression: .*variables/s,
  ],
  [
    "an unknown reason",
    policyOf("ValidatingPolicy", `${MATCH}\nvalidations: [{expression: "true", reason: Other}]`),
    /^spec\.validations\[0\]\.reason: /,
  ],
  [
    "Deny with Warn",
    policyOf("ValidatingPolicy", `${MATCH}\n${VALIDATION}\nvalidationActions: [Deny, Warn]`),
    /^spec\.validationActions: /,
  ],
  [
    "JSON",
    policyOf("ValidatingPolicy", `evaluation: {mode: JSON}\n${MATCH}\n${VALIDATION}`),
    /^spec\.evaluation\.mode: .*found JSON/,
  ],
  [
    "no admission",
    policyOf("ValidatingPolicy", `evaluation: {admission: {enabled: false}}\n${MATCH}\n${VALIDATION}`),
    /^spec\.evaluation\.admission: /,
  ],
  [
    "pod controllers",
    policyOf("ValidatingPolicy", `${PODS}\n${VALIDATION}`),
    /^spec\.autogen\.podControllers: .*controllers: \[\]/,
  ],
  [
    "an exception that expires",
    policyOf("ValidatingPolicy", `${MATCH}\n${VALIDATION}`) + exceptionOf("a", 'expiresAt: "2030-01-01T00:00:00Z"'),
    /^spec\.expiresAt: .*PolicyException a expires/,
  ],
  [
    "a variable with the name that is needed",
    policyOf(
      "ValidatingPolicy",
      `${MATCH}\nvariables: [{name: allowedValues, expression: "[1]"}]\nvalidations: [{expression: "'a' in exceptions.allowedValues"}]`,
    ),
    /^spec\.variables: .*allowedValues/,
  ],
  [
    "server-side apply",
    policyOf(
      "MutatingPolicy",
      `${MATCH}\nevaluation: {useServerSideApply: true}\nmutations: [{patchType: JSONPatch, jsonPatch: {expression: "[]"}}]`,
    ),
    /^spec\.evaluation\.useServerSideApply: /m,
  ],
  [
    "other objects",
    policyOf(
      "MutatingPolicy",
      `${MATCH}\nevaluation: {mutateExisting: {enabled: true}}\nmutations: [{patchType: JSONPatch, jsonPatch: {expression: "[]"}}]`,
    ),
    /^spec\.evaluation\.mutateExisting: /m,
  ],
  [
    "two rules",
    ruleOf(`${DEPLOYMENTS}\n${CEL}\n`, "").replace(
      "- name: r",
      "- {name: q, match: {any: [{resources: {kinds: [Pod]}}]}, validate: {deny: {}}}\n  - name: r",
    ),
    /^spec\.rules: expected one rule, found 2|^spec\.rules: .*found 2/,
  ],
  [
    "another rule",
    ruleOf(`${DEPLOYMENTS}\nvalidate: {pattern: {spec: {replicas: "<4"}}}`),
    /^spec\.rules\[0\]: .*validate\.cel/,
  ],
  ["a rule for pods", ruleOf(`${matchOf("kinds: [Pod]")}\n${CEL}`), /^spec\.rules\[0\]\.match: .*autogen-controllers/],
  [
    "preconditions",
    ruleOf(`${DEPLOYMENTS}\npreconditions: {all: [{key: a, operator: Equals, value: a}]}\n${CEL}`),
    /^spec\.rules\[0\]\.preconditions: /,
  ],
  [
    "annotations",
    ruleOf(`${matchOf("kinds: [Deployment], annotations: {a: b}")}\n${CEL}`),
    /^spec\.rules\[0\]\.match\.any\[0\]\.resources\.annotations: /,
  ],
  [
    "a name with wildcards",
    ruleOf(`${matchOf('kinds: [Deployment], names: ["a*"]')}\n${CEL}`),
    /resources\.names: .*wildcards/,
  ],
  [
    "a namespace with wildcards",
    ruleOf(`${matchOf('kinds: [Deployment], namespaces: ["a*"]')}\n${CEL}`),
    /resources\.namespaces: .*wildcards/,
  ],
  [
    "users",
    ruleOf(`match: {any: [{resources: {kinds: [Deployment]}, clusterRoles: [admin]}]}\n${CEL}`, "background: false"),
    /^spec\.rules\[0\]\.match\.any\[0\]: .*users/,
  ],
  [
    "what is left out by names alone",
    ruleOf(`${DEPLOYMENTS}\nexclude: {any: [{resources: {names: [a]}}]}\n${CEL}`),
    /exclude\.any\[0\]\.resources\.kinds: .*found none/,
  ],
  ["an unknown kind", ruleOf(`${matchOf("kinds: [Widget]")}\n${CEL}`), /kinds\[0\]: .*found "Widget"/],
  ["kinds with wildcards", ruleOf(`${matchOf('kinds: ["Deploy*"]')}\n${CEL}`), /kinds\[0\]: /],
  [
    "two filters with namespaces",
    ruleOf(
      `match: {any: [{resources: {kinds: [Deployment], namespaces: [a]}}, {resources: {kinds: [Service]}}]}\n${CEL}`,
    ),
    /^spec\.rules\[0\]\.match: .*one filter/,
  ],
  [
    "namespaces for what lives in none",
    ruleOf(`${matchOf("kinds: [Node], namespaces: [a]")}\n${CEL}`),
    /Node, which lives in none/,
  ],
  [
    "several that must all match",
    ruleOf(
      `match: {all: [{resources: {kinds: [Deployment]}}, {resources: {kinds: [Deployment], names: [a]}}]}\n${CEL}`,
    ),
    /^spec\.rules\[0\]\.match\.all: /m,
  ],
  [
    "an excluded selector",
    ruleOf(`${DEPLOYMENTS}\nexclude: {any: [{resources: {selector: {matchLabels: {a: b}}}}]}\n${CEL}`),
    /exclude\.any\[0\]\.resources: .*selectors/,
  ],
  [
    "excluded kinds of some namespaces",
    ruleOf(`${DEPLOYMENTS}\nexclude: {any: [{resources: {kinds: [Deployment], namespaces: [a]}}]}\n${CEL}`),
    /exclude\.any\[0\]\.resources: .*some namespaces/,
  ],
  [
    "an expression of a rule: the path is the rule's",
    ruleOf(`${DEPLOYMENTS}\nvalidate: {cel: {expressions: [{expression: "true", reason: Other}]}}`),
    /^spec\.rules\[0\]\.validate\.cel\.expressions\[0\]\.reason: /,
  ],
  [
    "a variable behind those of exceptions",
    policyOf(
      "ValidatingPolicy",
      `${MATCH}\nvariables: [{name: m, expression: "time.now()"}]\n` +
        "validations: [{expression: object.metadata.name in exceptions.allowedValues}]",
    ),
    /^spec\.variables\[0\]\.expression: Kubernetes cannot say this: 1:1: /,
  ],
  [
    "overrides",
    ruleOf(`${DEPLOYMENTS}\n${CEL}`, "validationFailureActionOverrides: [{action: Audit, namespaces: [a]}]"),
    /^spec\.validationFailureActionOverrides: /,
  ],
];

describe("what Kubernetes cannot say is named, and nothing is written", () => {
  for (const [name, policy, expected] of refused) {
    test(name, () => {
      const written = write(policy);
      assert.ok(typeof written === "string", JSON.stringify(written));
      assert.match(written, expected);
    });
  }
});

function compile(resource: PolicyResource, bindings: readonly PolicyResource[] = []): CelPlan {
  const given = bindings as readonly CelBindingResource[];
  const compiled = compileCelPolicy(resource as CelPolicyResource, { bindings: given });
  assert.ok(compiled.ok, JSON.stringify(compiled));
  return compiled.value;
}

const FACTS = { facts: new Map(), now: 0, seed: "" };
type Evaluate = (object: Value) => KyvernoEvaluation;

/** How a policy is evaluated with its exceptions. */
function evaluatorOf(policy: PolicyResource, exceptions: readonly PolicyResource[]): Evaluate {
  if (policy.kind === "ClusterPolicy") {
    const plan = compileClusterPolicy(policy);
    assert.ok(plan.ok);
    return (object) => evaluateClusterPolicy(plan.value, { object, operation: "CREATE" }, FACTS);
  }
  const plan = compile(policy);
  const index = compileCelExceptions(
    exceptions.flatMap((each) => (each.kind === "CelPolicyException" ? [each.policy] : [])),
  );
  return (object) => evaluateCelPolicy(plan, { object, operation: "CREATE" }, { ...FACTS, exceptions: index });
}

/** How what is written of it is evaluated. */
function writtenEvaluatorOf(policy: PolicyResource, exceptions: readonly PolicyResource[]): Evaluate {
  const written = writeAdmissionPolicy(policy, { exceptions });
  assert.ok(written.ok, JSON.stringify(written));
  const [made, ...bindings] = written.value.map((document) => {
    const decoded = decodePolicy(document, { source: "", document: 1 });
    assert.ok(decoded.ok);
    return decoded.value;
  });
  assert.ok(made !== undefined);
  const plan = compile(made, bindings);
  return (object) => evaluateCelPolicy(plan, { object, operation: "CREATE" }, FACTS);
}

/** Statuses, the messages of fails, and the object as it is left. An error denies as a fail does. */
function verdictOf(evaluation: KyvernoEvaluation): Value {
  const { responses, object } = evaluation;
  const verdicts = responses.map(({ status, message }) => {
    if (status === "fail" && !message.includes("resulted in error")) return `fail ${message}`;
    return status === "fail" ? "error" : status;
  });
  return { verdicts, object: withoutEmptyLabels(object) };
}

/** Labels that are there and empty: what the API server makes of an object has none, Kyverno leaves them. */
function withoutEmptyLabels(object: Value): Value {
  const metadata = memberOf(object, "metadata");
  const labels = memberOf(metadata, "labels");
  if (!isValueObject(object) || !isValueObject(metadata) || !isValueObject(labels)) return object;
  if (Object.keys(labels).length > 0) return object;
  const { labels: _empty, ...rest } = metadata;
  return { ...object, metadata: rest };
}

const LAWS: Readonly<Record<string, string>> = {
  "a validation": policyOf("ValidatingPolicy", `${MATCH}\n${VALIDATION}`),
  "conditions, variables, a message that is made": policyOf(
    "ValidatingPolicy",
    `${MATCH}\nmatchConditions: [{name: c, expression: "has(object.spec.replicas)"}]\n` +
      'variables: [{name: m, expression: "size(object.metadata.name)"}]\n' +
      "validations: [{expression: object.spec.replicas < variables.m, messageExpression: \"'at most ' + string(variables.m)\"}]",
  ),
  "a selector": policyOf(
    "ValidatingPolicy",
    `${MATCH.replace("resourceRules", "objectSelector: {matchLabels: {a: b}}, resourceRules")}\n${VALIDATION}`,
  ),
  "exceptions that lift all of it":
    policyOf("ValidatingPolicy", `${MATCH}\n${VALIDATION}`) +
    exceptionOf(
      "one",
      "matchConditions: [{name: x, expression: object.metadata.name == 'a'}, {name: z, expression: has(object.metadata.labels)}]",
    ) +
    exceptionOf("two", "matchConditions: [{name: x, expression: object.metadata.name == 'bbbb'}]"),
  "exceptions that allow values":
    policyOf(
      "ValidatingPolicy",
      `${MATCH}\nvalidations: [{expression: object.metadata.name in exceptions.allowedValues, message: other}]`,
    ) +
    exceptionOf("one", "allowedValues: [a]") +
    exceptionOf("two", "allowedValues: [bbbb]\nmatchConditions: [{name: x, expression: has(object.metadata.labels)}]"),
  "a rule of a ClusterPolicy": ruleOf(
    `${matchOf("kinds: [Deployment], selector: {matchLabels: {a: b}}")}\n` +
      `celPreconditions: [{name: c, expression: "object.metadata.name != 'a'"}]\n${CEL}`,
  ),
  "a rule that leaves something out": ruleOf(
    `${DEPLOYMENTS}\nexclude: {any: [{resources: {kinds: [Deployment], names: [a]}}]}\n${CEL}`,
  ),
  "a mutation": policyOf(
    "MutatingPolicy",
    `${MATCH}\nmatchConditions: [{name: c, expression: "has(object.spec.replicas)"}]\n` +
      "mutations: [{patchType: ApplyConfiguration, applyConfiguration: {expression: 'Object{spec: Object.spec{paused: true}}'}}]",
  ),
  "a JSON patch": policyOf(
    "MutatingPolicy",
    `${MATCH}\nmutations:\n- patchType: JSONPatch\n  jsonPatch:\n` +
      '    expression: \'[JSONPatch{op: "add", path: "/metadata/labels", value: Object.metadata.labels{made: object.metadata.name}}]\'',
  ),
};

describe("law: the written policy says of every object what the policy says", () => {
  const type = fc.constantFrom(["apps/v1", "Deployment"], ["apps/v1", "Deployment"], ["v1", "Service"]);
  const metadata = fc.record(
    { name: fc.constantFrom("a", "bbbb", "cccccccc"), labels: fc.constantFrom({ a: "b" }, { a: "c" }, {}) },
    { requiredKeys: ["name"] },
  );
  const replicas = fc.oneof(fc.integer({ min: 0, max: 9 }), fc.constant("3"));
  const spec = fc.record({ replicas }, { requiredKeys: [] });
  const objects = fc
    .tuple(type, metadata, spec)
    .map(([[apiVersion = "", kind = ""], ...rest]) => ({ apiVersion, kind, metadata: rest[0], spec: rest[1] }));
  for (const [name, text] of Object.entries(LAWS)) {
    test(name, () => {
      const [policy, ...exceptions] = read(text);
      assert.ok(policy !== undefined);
      const [before, after] = [evaluatorOf(policy, exceptions), writtenEvaluatorOf(policy, exceptions)];
      const seen = new Set<string>();
      fc.assert(
        fc.property(objects, (object) => {
          const expected = verdictOf(before(object));
          assert.deepEqual(verdictOf(after(object)), expected);
          seen.add(canonicalJson(memberOf(expected, "verdicts") ?? null));
        }),
        { numRuns: 200 },
      );
      assert.ok(seen.size > 1, `the objects tell nothing apart: ${[...seen].join(", ")}`);
    });
  }
});
