import assert from "node:assert/strict";
import { test } from "node:test";
import { textOf, type Value, type ValueObject } from "../../base/index.ts";
import type { CelPlan, CelPolicyResource } from "../compile/cel-plan.ts";
import { compileCelPolicy } from "../compile/cel-policy.ts";
import { decodePolicy } from "../resource/decode-policies.ts";
import { abandonCelPolicy, type CelPolicyOptions, evaluateCelPolicy } from "./evaluate-cel-policy.ts";
import type { Fact } from "./facts.ts";
import type { PolicyInput } from "./input.ts";
import type { KyvernoEvaluation } from "./kyverno-response.ts";

const POD: ValueObject = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web", namespace: "shop", labels: { team: "base" } },
  spec: { containers: [{ name: "c", image: "nginx:1" }] },
};
const INPUT: PolicyInput = { object: POD, operation: "CREATE", resource: "pods" };
const OPTIONS: CelPolicyOptions = { facts: new Map(), now: 0, seed: "" };

const PODS = { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE", "UPDATE", "DELETE"], resources: ["pods"] };
const MATCH_PODS = { matchConstraints: { resourceRules: [PODS] } };

function planOf(document: ValueObject): CelPlan {
  const decoded = decodePolicy(document, { source: "policy.yaml", document: 1 });
  assert.ok(decoded.ok, JSON.stringify(decoded));
  const compiled = compileCelPolicy(decoded.value as CelPolicyResource);
  assert.ok(compiled.ok, JSON.stringify(compiled));
  return compiled.value;
}

function kyverno(spec: ValueObject, metadata: ValueObject = {}, kind = "ValidatingPolicy"): CelPlan {
  return planOf({
    apiVersion: "policies.kyverno.io/v1",
    kind,
    metadata: { name: "p", ...metadata },
    spec: { ...MATCH_PODS, ...spec },
  });
}

function kubernetes(spec: ValueObject): CelPlan {
  return planOf({
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingAdmissionPolicy",
    metadata: { name: "p" },
    spec: { ...MATCH_PODS, ...spec },
  });
}

const check = (expression: string, more: ValueObject = {}): ValueObject => ({
  validations: [{ expression, ...more }],
});

/** Rule, status and message of what a policy says. */
function told({ responses }: KyvernoEvaluation): readonly string[] {
  return responses.map(({ rule, status, message }) => [rule, status, message].join(" | "));
}

const condition = (...expressions: readonly string[]): ValueObject => ({
  matchConditions: expressions.map((expression, index) => ({ name: `c${index}`, expression })),
});
const bad = { variables: [{ name: "bad", expression: "object.spec.nothere" }] };

// Messages and statuses are those of Kyverno's own command line, run over the same policies and the same Pod.
const KYVERNO_CASES: readonly (readonly [name: string, spec: ValueObject, expected: string | undefined])[] = [
  ["a validation that holds", check("true"), " | pass | success"],
  ["one that does not, without a message", check("false"), " | fail | CEL expression validation failed at index 0"],
  ["its message", check("false", { message: " why " }), " | fail |  why "],
  [
    "a made message",
    check("false", { message: "m", messageExpression: "object.metadata.name + '!'" }),
    " | fail | web!",
  ],
  ["a made message of two lines", check("false", { messageExpression: "'a\\nb '" }), " | fail | a\nb "],
  [
    "an empty made message",
    check("false", { message: "m", messageExpression: "''" }),
    " | fail | CEL expression validation failed at index 0",
  ],
  [
    "a message that fails",
    check("false", { message: "m", messageExpression: "string(object.spec.foo)" }),
    " | fail | failed to evaluate message expression: no such key: foo",
  ],
  [
    "the second of two",
    { validations: [{ expression: "true" }, { expression: "1 > 2" }, { expression: "object.nope == 1" }] },
    " | fail | CEL expression validation failed at index 1",
  ],
  ["a key that is missing", check("object.spec.foo == 1"), " | error | error: no such key: foo"],
  [
    "the same under Ignore",
    { failurePolicy: "Ignore", ...check("object.spec.foo == 1") },
    " | error | error: no such key: foo",
  ],
  ["an index outside", check("object.spec.containers[7].name == 'a'"), " | error | error: index out of bounds: 7"],
  ["a division", check("1 / (size(object.spec.containers) - 1) == 1"), " | error | error: division by zero"],
  ["no overload", check("object.metadata.name + 1 == 2"), " | error | error: no such overload"],
  [
    "a conversion",
    check("int(object.metadata.name) == 1"),
    " | error | error: type conversion error from 'string' to 'int'",
  ],
  ["a variable that fails", { ...bad, ...check("variables.bad == 1") }, " | error | error: no such key: nothere"],
  ["one that is not used", { ...bad, ...check("true || variables.bad == 1") }, " | pass | success"],
  [
    "variables see those before them",
    {
      variables: [
        { name: "a", expression: "size(object.spec.containers)" },
        { name: "b", expression: "variables.a + 1" },
      ],
      ...check("variables.b == 2"),
    },
    " | pass | success",
  ],
  ["conditions that hold", { ...condition("true", "1 < 2"), ...check("true") }, " | pass | success"],
  ["one that is false", { ...condition("true", "false"), ...check("true") }, " | skip | skip"],
  [
    "conditions that fail",
    { ...condition("object.nope == 1", "object.nada[0] == 2"), ...check("true") },
    "evaluation | error | failed to load context: no such key: nope; no such key: nada",
  ],
  [
    "the same under Ignore",
    { failurePolicy: "Ignore", ...condition("object.nope == 1"), ...check("true") },
    " | skip | skip",
  ],
  [
    "a false one behind one that fails",
    { ...condition("object.nope == 1", "false"), ...check("true") },
    " | skip | skip",
  ],
  [
    "an object that is not there has no members",
    check("oldObject != null && !has(oldObject.metadata)"),
    " | pass | success",
  ],
  [
    "the request",
    check(
      "request.namespace == 'shop' && request.name == 'web' && !has(request.subResource) && has(request.oldObject) && " +
        "request.oldObject == null && request.kind.kind == 'Pod' && request.resource.resource == 'pods' && " +
        "request.operation == 'CREATE' && !has(request.userInfo.username) && request.options == null",
    ),
    " | pass | success",
  ],
  ["no Namespace", check("namespaceObject == null"), " | pass | success"],
  [
    "no exceptions",
    check("exceptions.allowedImages == [] && size(exceptions.allowedValues) == 0"),
    " | pass | success",
  ],
  [
    "an audit annotation that fails",
    { ...check("true"), auditAnnotations: [{ key: "k", valueExpression: "string(object.nope)" }] },
    "evaluation | error | failed to load context: failed to evaluate auditAnnotation 'k': no such key: nope",
  ],
  [
    "the same behind a validation that is false",
    { ...check("false"), auditAnnotations: [{ key: "k", valueExpression: "string(object.nope)" }] },
    " | error | error: failed to evaluate auditAnnotation 'k': no such key: nope",
  ],
  [
    "other resources",
    { matchConstraints: { resourceRules: [{ ...PODS, resources: ["services"] }] }, ...check("false") },
    undefined,
  ],
  [
    "other versions",
    { matchConstraints: { resourceRules: [{ ...PODS, apiVersions: ["v2"] }] }, ...check("false") },
    undefined,
  ],
  [
    "other operations",
    { matchConstraints: { resourceRules: [{ ...PODS, operations: ["DELETE"] }] }, ...check("false") },
    undefined,
  ],
  [
    "other names",
    { matchConstraints: { resourceRules: [{ ...PODS, resourceNames: ["api"] }] }, ...check("false") },
    undefined,
  ],
  [
    "other scopes",
    { matchConstraints: { resourceRules: [{ ...PODS, scope: "Cluster" }] }, ...check("false") },
    undefined,
  ],
  [
    "its scope",
    { matchConstraints: { resourceRules: [{ ...PODS, scope: "Namespaced" }] }, ...check("true") },
    " | pass | success",
  ],
  [
    "what is excluded",
    { matchConstraints: { resourceRules: [PODS], excludeResourceRules: [PODS] }, ...check("false") },
    undefined,
  ],
  [
    "labels of the object",
    {
      matchConstraints: { resourceRules: [PODS], objectSelector: { matchLabels: { team: "base" } } },
      ...check("true"),
    },
    " | pass | success",
  ],
  [
    "other labels",
    {
      matchConstraints: { resourceRules: [PODS], objectSelector: { matchLabels: { team: "other" } } },
      ...check("false"),
    },
    undefined,
  ],
  [
    "of a Namespace that is not known only its name is",
    {
      matchConstraints: {
        resourceRules: [PODS],
        namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "shop" } },
      },
      ...check("true"),
    },
    " | pass | success",
  ],
  [
    "and no other label",
    {
      matchConstraints: { resourceRules: [PODS], namespaceSelector: { matchLabels: { env: "test" } } },
      ...check("false"),
    },
    undefined,
  ],
];

for (const [name, spec, expected] of KYVERNO_CASES) {
  test(`evaluateCelPolicy, Kyverno: ${name}`, () => {
    const done = evaluateCelPolicy(kyverno(spec), INPUT, OPTIONS);
    assert.deepEqual(told(done), expected === undefined ? [] : [expected]);
    assert.equal(done.pending.length, 0);
    assert.equal(done.object, POD);
  });
}

const failing = "expression 'object.nope == 1' resulted in error: no such key: nope";
const KUBERNETES_CASES: readonly (readonly [name: string, spec: ValueObject, expected: string | undefined])[] = [
  ["a validation that holds", check("true"), "p | pass | "],
  ["one that does not", check("1 > 2"), "p | fail | failed expression: 1 > 2"],
  ["its message", check("false", { message: " padded " }), "p | fail | padded"],
  ["a made message", check("false", { messageExpression: "'from ' + object.metadata.name" }), "p | fail | from web"],
  [
    "one that fails",
    check("false", { message: "plain", messageExpression: "string(object.nope)" }),
    "p | fail | plain",
  ],
  ["one of two lines", check("false", { message: "plain", messageExpression: "'a\\nb'" }), "p | fail | plain"],
  ["one of spaces", check("1 > 2", { messageExpression: "'  '" }), "p | fail | failed expression: 1 > 2"],
  [
    "one that is too long",
    check("false", { message: "plain", messageExpression: `'${"é".repeat(2_600)}' + object.metadata.name` }),
    "p | fail | plain",
  ],
  ["an expression that fails", check("object.nope == 1"), `p | error | ${failing}`],
  ["the same under Ignore", { failurePolicy: "Ignore", ...check("object.nope == 1") }, `p | error | ${failing}`],
  [
    "what fails under Ignore does not hide what denies",
    {
      failurePolicy: "Ignore",
      validations: [{ expression: "object.nope == 1" }, { expression: "false", message: "no" }],
    },
    "p | fail | no",
  ],
  [
    "under Fail it is told first",
    { validations: [{ expression: "object.nope == 1" }, { expression: "false", message: "no" }] },
    `p | error | ${failing}`,
  ],
  ["a condition that is false", { ...condition("false"), ...check("false") }, "p | skip | match conditions aren't met"],
  ["one that fails", { ...condition("object.nope == 1"), ...check("true") }, `p | error | ${failing}`],
  [
    "two that fail",
    { ...condition("object.nope == 1", "object.nada == 1"), ...check("true") },
    `p | error | [${failing}, ${failing.replaceAll("nope", "nada")}]`,
  ],
  [
    "one that fails under Ignore",
    { failurePolicy: "Ignore", ...condition("object.nope == 1"), ...check("false") },
    "p | skip | match conditions aren't met",
  ],
  [
    "conditions do not know the Namespace",
    { ...condition("namespaceObject.metadata.name == 'shop'"), ...check("true") },
    `p | error | expression 'namespaceObject.metadata.name == 'shop'' resulted in error: no such key: metadata`,
  ],
  ["validations do", check("namespaceObject.metadata.name == 'shop'"), "p | pass | "],
  ["an object that is not there is null", check("oldObject == null"), "p | pass | "],
  ["the request", check("request.namespace == 'shop' && !has(request.subResource)"), "p | pass | "],
  [
    "a variable that fails",
    { variables: [{ name: "x", expression: "object.nope" }], ...check("variables.x == 1") },
    `p | error | expression 'variables.x == 1' resulted in error: composited variable "x" fails to evaluate: no such key: nope`,
  ],
  [
    "and one behind it",
    {
      variables: [
        { name: "x", expression: "object.nope" },
        { name: "y", expression: "variables.x + 1" },
      ],
      ...check("variables.y == 1"),
    },
    `p | error | expression 'variables.y == 1' resulted in error: composited variable "y" fails to evaluate: ` +
      `composited variable "x" fails to evaluate: no such key: nope`,
  ],
  [
    "an audit annotation that fails denies",
    { ...check("true"), auditAnnotations: [{ key: "k", valueExpression: "string(object.nope)" }] },
    "p | error | expression 'string(object.nope)' resulted in error: no such key: nope",
  ],
  [
    "and not under Ignore",
    {
      failurePolicy: "Ignore",
      ...check("true"),
      auditAnnotations: [{ key: "k", valueExpression: "string(object.nope)" }],
    },
    "p | pass | ",
  ],
  [
    "other versions of the resource are the same",
    { matchConstraints: { resourceRules: [{ ...PODS, apiVersions: ["v2"] }] }, ...check("true") },
    "p | pass | ",
  ],
  [
    "but not when they must be exact",
    {
      matchConstraints: { matchPolicy: "Exact", resourceRules: [{ ...PODS, apiVersions: ["v2"] }] },
      ...check("false"),
    },
    undefined,
  ],
  [
    "a Namespace that is not known",
    {
      matchConstraints: { resourceRules: [PODS], namespaceSelector: { matchLabels: { env: "test" } } },
      ...check("true"),
    },
    "p | error | failed to configure policy: matchConstraints.namespaceSelector needs the Namespace, which is not known",
  ],
];

for (const [name, spec, expected] of KUBERNETES_CASES) {
  test(`evaluateCelPolicy, Kubernetes: ${name}`, () => {
    const done = evaluateCelPolicy(kubernetes(spec), INPUT, OPTIONS);
    assert.deepEqual(told(done), expected === undefined ? [] : [expected]);
  });
}

test("evaluateCelPolicy: what reports show beside the message", () => {
  const annotations = {
    auditAnnotations: [
      { key: "k", valueExpression: "string(object.metadata.name)" },
      { key: "none", valueExpression: "''" },
    ],
  };
  const [passed] = evaluateCelPolicy(kyverno({ ...check("true"), ...annotations }), INPUT, OPTIONS).responses;
  assert.deepEqual(passed?.properties, { k: "web" });
  const [failed] = evaluateCelPolicy(kyverno({ ...check("false"), ...annotations }), INPUT, OPTIONS).responses;
  assert.deepEqual(failed?.properties, { "cel.validationIndex": "0", k: "web" });
  const [native] = evaluateCelPolicy(kubernetes({ ...check("true"), ...annotations }), INPUT, OPTIONS).responses;
  assert.deepEqual([native?.properties, native?.auditAnnotations], [undefined, { k: "web" }]);
});

test("evaluateCelPolicy: what a failure leads to", () => {
  const respond = (plan: CelPlan) => evaluateCelPolicy(plan, INPUT, OPTIONS).responses[0];
  assert.equal(respond(kyverno(check("false")))?.failureAction, "Enforce");
  const warned = respond(kyverno({ validationActions: ["Warn", "Audit"], ...check("false") }));
  assert.deepEqual([warned?.failureAction, warned?.emitWarning], ["Audit", true]);
  assert.equal(respond(kubernetes(check("object.nope == 1")))?.failureAction, "Enforce");
  assert.equal(respond(kubernetes({ failurePolicy: "Ignore", ...check("object.nope == 1") }))?.failureAction, "Audit");
  assert.equal(respond(kyverno({ failurePolicy: "Ignore", ...check("object.nope == 1") }))?.failureAction, "Enforce");
  assert.equal(respond(kubernetes(check("false")))?.statusReason, "Invalid");
  assert.equal(respond(kubernetes(check("false", { reason: "Forbidden" })))?.statusReason, "Forbidden");
});

test("evaluateCelPolicy: a namespaced policy is about its namespace alone", () => {
  const own = kyverno(check("false"), { namespace: "shop" }, "NamespacedValidatingPolicy");
  const other = kyverno(check("false"), { namespace: "bank" }, "NamespacedValidatingPolicy");
  assert.equal(evaluateCelPolicy(own, INPUT, OPTIONS).responses.length, 1);
  const silent = evaluateCelPolicy(other, INPUT, { ...OPTIONS, explain: true });
  assert.deepEqual([told(silent), silent.unmatched?.[0]?.reasons], [[], ["the policy is about namespace bank alone"]]);
});

test("evaluateCelPolicy: a policy says nothing where it is switched off, and in other phases", () => {
  const plan = kyverno({ ...check("false"), evaluation: { background: { enabled: false } } });
  assert.equal(evaluateCelPolicy(plan, INPUT, { ...OPTIONS, process: "background" }).responses.length, 0);
  assert.equal(evaluateCelPolicy(plan, INPUT, { ...OPTIONS, process: "admission" }).responses.length, 1);
  assert.equal(evaluateCelPolicy(plan, INPUT, { ...OPTIONS, phases: ["mutate"] }).responses.length, 0);
});

test("evaluateCelPolicy: a deletion", () => {
  const plan = kyverno(check("oldObject.metadata.name == 'web' && object == {} && request.object == null"));
  const input: PolicyInput = { object: null, oldObject: POD, operation: "DELETE", resource: "pods" };
  const done = evaluateCelPolicy(plan, input, OPTIONS);
  assert.deepEqual([told(done), done.object], [[" | pass | success"], null]);
  const native = kubernetes(check("object == null && oldObject.metadata.name == 'web'"));
  assert.deepEqual(told(evaluateCelPolicy(native, input, OPTIONS)), ["p | pass | "]);
});

test("evaluateCelPolicy: a policy for Pods holds for what makes them", () => {
  const plan = kyverno(check("object.spec.containers.all(c, c.image != 'nginx:1')", { message: "pinned" }));
  const deployment = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web", namespace: "shop" },
    spec: { template: { spec: { containers: [{ image: "nginx:1" }] } } },
  };
  const done = evaluateCelPolicy(plan, { object: deployment, operation: "CREATE" }, OPTIONS);
  assert.deepEqual(told(done), [" | fail | pinned"]);
  assert.equal(done.responses[0]?.variant, "autogen-defaults");
});

const JSON_POLICY = { evaluation: { mode: "JSON" }, ...check("object.port < 1024", { message: "port" }) };

test("evaluateCelPolicy: the mode JSON is about payloads", () => {
  const plan = kyverno(JSON_POLICY);
  const judge = (payload: Value) => told(evaluateCelPolicy(plan, INPUT, { ...OPTIONS, payload }));
  assert.deepEqual(judge({ port: 80 }), [" | pass | success"]);
  assert.deepEqual(judge({ port: 8080 }), [" | fail | port"]);
  assert.deepEqual(judge({}), [" | error | error: no such key: port"]);
  const other = evaluateCelPolicy(kyverno(check("false")), INPUT, { ...OPTIONS, payload: { port: 80 } });
  assert.deepEqual(told(other), []);
});

test("evaluateCelPolicy: an explanation has the steps, and why a policy says nothing", () => {
  const explained = { ...OPTIONS, explain: true };
  const [response] = evaluateCelPolicy(
    kyverno({ ...condition("1 < 2"), ...check("false") }),
    INPUT,
    explained,
  ).responses;
  assert.deepEqual(
    response?.trace?.map((step) => (step.kind === "expression" ? [step.path, step.source, step.value] : [])),
    [
      ["matchConditions/c0", "1 < 2", true],
      ["spec.validations[0].expression", "false", false],
    ],
  );
  const silent = evaluateCelPolicy(
    kyverno({ matchConstraints: { resourceRules: [{ ...PODS, resources: ["services"] }] }, ...check("false") }),
    INPUT,
    explained,
  );
  assert.deepEqual(silent.unmatched?.[0]?.reasons, ["matchConstraints.resourceRules do not match"]);
});

const LOADING = {
  variables: [
    { name: "first", expression: 'resource.get("v1", "configmaps", "shop", "first").data.next' },
    { name: "second", expression: 'resource.get("v1", "configmaps", "shop", variables.first).data.value' },
  ],
  validations: [
    { expression: "object.metadata.name == 'web'" },
    { expression: "variables.second == 'yes'", messageExpression: "'found ' + variables.second" },
    { expression: "variables.first == 'second'" },
  ],
};

/** Facts as a cluster with these config maps would give them, loaded as they are asked for. */
function resolve(
  plan: CelPlan,
  data: Readonly<Record<string, ValueObject>>,
): { done: KyvernoEvaluation; passes: number } {
  const facts = new Map<string, Fact>();
  let done = evaluateCelPolicy(plan, INPUT, { ...OPTIONS, facts });
  let passes = 1;
  while (done.pending.length > 0 && passes < 10) {
    for (const { key, params } of done.pending) {
      const own = data[textOf(params, "name")];
      facts.set(
        key,
        own === undefined ? { ok: false, code: "FACT_FAILED", message: "gone" } : { ok: true, value: { data: own } },
      );
    }
    done = evaluateCelPolicy(plan, INPUT, { ...OPTIONS, facts, previous: done });
    passes++;
  }
  return { done, passes };
}

test("evaluateCelPolicy: facts are asked for one after the other, and nothing is said before", () => {
  const plan = kyverno(LOADING);
  const first = evaluateCelPolicy(plan, INPUT, OPTIONS);
  assert.deepEqual([told(first), first.pending.length, first.unfinished], [[], 1, ["p"]]);
  const { done, passes } = resolve(plan, { first: { next: "second" }, second: { value: "yes" } });
  assert.deepEqual([told(done), passes], [[" | pass | success"], 3]);
  const twin = resolve(plan, { first: { next: "second" }, second: { value: "no" } });
  assert.deepEqual(told(twin.done), [" | fail | found no"]);
  const gone = resolve(plan, { first: { next: "second" } });
  assert.deepEqual(told(gone.done), [" | error | error: gone"]);
});

test("abandonCelPolicy: what waits becomes an error; what is finished stays", () => {
  const plan = kyverno(LOADING);
  const late = { code: "TIMEOUT", message: "late" } as const;
  const abandoned = abandonCelPolicy(plan, evaluateCelPolicy(plan, INPUT, OPTIONS), late);
  assert.deepEqual(told(abandoned), ["evaluation | error | failed to load context: late"]);
  assert.deepEqual([abandoned.pending.length, abandoned.responses[0]?.code], [0, "TIMEOUT"]);
  const done = evaluateCelPolicy(kyverno(check("true")), INPUT, OPTIONS);
  assert.equal(abandonCelPolicy(plan, done, late), done);
});

test("evaluateCelPolicy: an evaluation of another plan is not resumed", () => {
  const waiting = evaluateCelPolicy(kyverno(LOADING), INPUT, OPTIONS);
  assert.throws(
    () => evaluateCelPolicy(kyverno(check("true")), INPUT, { ...OPTIONS, previous: waiting }),
    (error: { code?: string }) => error.code === "BUG",
  );
});

test("evaluateCelPolicy: work without end is an error", () => {
  const list = `[${Array.from({ length: 60 }, (_, index) => index).join(",")}]`;
  const all = ["a", "b", "c", "d"].reduceRight((inner, name) => `${list}.all(${name}, ${inner})`, "a + b + c + d >= 0");
  const [response] = evaluateCelPolicy(kyverno(check(all)), INPUT, OPTIONS).responses;
  assert.deepEqual([response?.status, response?.code], ["error", "BUDGET_EXCEEDED"]);
});

test("evaluateCelPolicy: a long chain of variables does not overflow the stack", () => {
  const variables = Array.from({ length: 900 }, (_, index) => ({
    name: `v${index}`,
    expression: index === 0 ? "1" : `variables.v${index - 1} + 1`,
  }));
  const done = evaluateCelPolicy(kyverno({ variables, ...check("variables.v899 == 900") }), INPUT, OPTIONS);
  assert.deepEqual(told(done), [" | pass | success"]);
});
