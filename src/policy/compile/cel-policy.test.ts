import assert from "node:assert/strict";
import { test } from "node:test";
import type { ValueObject } from "../../base/index.ts";
import { decodePolicy } from "../resource/decode-policies.ts";
import type { CelPolicyResource } from "./cel-plan.ts";
import { compileCelPolicy } from "./cel-policy.ts";

const MATCH = {
  matchConstraints: {
    resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["configmaps"] }],
  },
};

function compile(kind: string, spec: ValueObject, metadata: ValueObject = {}) {
  const isNative = kind === "ValidatingAdmissionPolicy";
  const document = {
    apiVersion: isNative ? "admissionregistration.k8s.io/v1" : "policies.kyverno.io/v1",
    kind,
    metadata: { name: "p", ...metadata },
    spec: { ...MATCH, ...spec },
  };
  const decoded = decodePolicy(document, { source: "policy.yaml", document: 1 });
  assert.ok(decoded.ok, JSON.stringify(decoded));
  return compileCelPolicy(decoded.value as CelPolicyResource);
}

const check = (expression: string, more: ValueObject = {}): ValueObject => ({ validations: [{ expression, ...more }] });
const KYVERNO = "ValidatingPolicy";
const NATIVE = "ValidatingAdmissionPolicy";

// Each beside one that is taken, which differs in what is refused alone.
const REFUSED: readonly (readonly [name: string, kind: string, spec: ValueObject, path: string, taken: ValueObject])[] =
  [
    [
      "a result that may be no bool",
      KYVERNO,
      check("object.a"),
      "spec.validations[0].expression",
      check("object.a == true"),
    ],
    ["a text", NATIVE, check("'a'"), "spec.validations[0].expression", check("'a' == 'b'")],
    ["syntax", KYVERNO, check("object.a =="), "spec.validations[0].expression", check("object.a == 1")],
    ["an unknown name", KYVERNO, check("objet.a == 1"), "spec.validations[0].expression", check("object.a == 1")],
    [
      "an unknown field of the request",
      KYVERNO,
      check("request.uid == ''"),
      "spec.validations[0].expression",
      check("request.name == ''"),
    ],
    [
      "the objects in Kubernetes' request",
      NATIVE,
      check("request.object == null"),
      "spec.validations[0].expression",
      check("object == null"),
    ],
    [
      "an authorizer in Kyverno",
      KYVERNO,
      check("authorizer.path('/x').check('get').allowed()"),
      "spec.validations[0].expression",
      check("true"),
    ],
    [
      "params without a paramKind",
      NATIVE,
      check("params == null"),
      "spec.validations[0].expression",
      { paramKind: { apiVersion: "v1", kind: "ConfigMap" }, ...check("params == null") },
    ],
    [
      "Kyverno's functions in Kubernetes",
      NATIVE,
      check("sha256('a') == ''"),
      "spec.validations[0].expression",
      check("'a' == ''"),
    ],
    [
      "literals of mixed types",
      KYVERNO,
      check("object.a in [1, 'a']"),
      "spec.validations[0].expression",
      check("object.a in [1, 2]"),
    ],
    [
      "a message that may be no text",
      KYVERNO,
      check("true", { messageExpression: "object.a" }),
      "spec.validations[0].expression/messageExpression",
      check("true", { messageExpression: "string(object.a)" }),
    ],
    [
      "the authorizer in a message",
      NATIVE,
      check("true", { messageExpression: "string(authorizer.path('/x').check('get').allowed())" }),
      "spec.validations[0].messageExpression",
      check("authorizer.path('/x').check('get').allowed()", { messageExpression: "'m'" }),
    ],
    [
      "a variable before it is declared",
      KYVERNO,
      {
        variables: [
          { name: "a", expression: "variables.b" },
          { name: "b", expression: "1" },
        ],
        ...check("true"),
      },
      "spec.variables[0].expression",
      {
        variables: [
          { name: "b", expression: "1" },
          { name: "a", expression: "variables.b" },
        ],
        ...check("true"),
      },
    ],
    [
      "a variable that stands on itself",
      NATIVE,
      { variables: [{ name: "a", expression: "variables.a" }], ...check("true") },
      "spec.variables[0].expression",
      { variables: [{ name: "a", expression: "object.a" }], ...check("true") },
    ],
    [
      "a variable's type",
      KYVERNO,
      { variables: [{ name: "a", expression: "1" }], ...check("variables.a == 'x'") },
      "spec.validations[0].expression",
      { variables: [{ name: "a", expression: "'1'" }], ...check("variables.a == 'x'") },
    ],
    [
      "variables in a condition",
      KYVERNO,
      {
        variables: [{ name: "a", expression: "true" }],
        matchConditions: [{ name: "c", expression: "variables.a" }],
        ...check("true"),
      },
      "spec.matchConditions[0].expression",
      {
        variables: [{ name: "a", expression: "true" }],
        matchConditions: [{ name: "c", expression: "true" }],
        ...check("variables.a"),
      },
    ],
    [
      "an audit annotation that is no text",
      NATIVE,
      { ...check("true"), auditAnnotations: [{ key: "k", valueExpression: "1" }] },
      "spec.auditAnnotations[0].valueExpression",
      { ...check("true"), auditAnnotations: [{ key: "k", valueExpression: "null" }] },
    ],
    [
      "an answer in a policy for Kubernetes",
      KYVERNO,
      check("http.Denied('no').Response()"),
      "spec.validations[0].expression",
      { evaluation: { mode: "HTTP" }, ...check("http.Denied('no').Response()") },
    ],
    [
      "a verdict in one that answers requests",
      KYVERNO,
      { evaluation: { mode: "HTTP" }, ...check("true") },
      "spec.validations[0].expression",
      {
        evaluation: { mode: "HTTP" },
        ...check("object.attributes.method == 'GET' ? null : http.Denied('no').Response()"),
      },
    ],
    [
      "what makes an answer, without it",
      KYVERNO,
      { evaluation: { mode: "Envoy" }, ...check("envoy.Denied(403)") },
      "spec.validations[0].expression",
      { evaluation: { mode: "Envoy" }, ...check("envoy.Denied(403).Response()") },
    ],
  ];

for (const [name, kind, spec, path, taken] of REFUSED) {
  test(`compileCelPolicy refuses ${name}`, () => {
    const refused = compile(kind, spec);
    assert.ok(!refused.ok);
    const at = path.replace("expression/messageExpression", "messageExpression");
    assert.deepEqual([refused.issues[0]?.path, refused.issues[0]?.code], [at, "EXPRESSION_INVALID"]);
    assert.ok(refused.issues[0]?.message.includes("p"));
    const twin = compile(kind, taken);
    assert.ok(twin.ok, JSON.stringify(twin));
  });
}

test("compileCelPolicy: of a namespaced policy http and globalContext are refused", () => {
  const spec = check("http.Get('https://example.com/x').ok == true");
  assert.equal(compile(KYVERNO, spec).ok, true);
  assert.equal(compile("NamespacedValidatingPolicy", spec, { namespace: "shop" }).ok, false);
});

test("compileCelPolicy: all issues are listed, once each", () => {
  const pods = {
    resourceRules: [{ apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] }],
  };
  const refused = compile(KYVERNO, {
    matchConstraints: pods,
    validations: [{ expression: "a" }, { expression: "true" }, { expression: "b" }],
  });
  assert.ok(!refused.ok);
  assert.deepEqual(
    refused.issues.map(({ path }) => path),
    ["spec.validations[0].expression", "spec.validations[2].expression"],
  );
});

test("compileCelPolicy: what the plan says of the policy", () => {
  const compiled = compile(
    "NamespacedValidatingPolicy",
    {
      ...check("true"),
      failurePolicy: "Ignore",
      validationActions: ["Warn"],
      evaluation: { admission: { enabled: false } },
      webhookConfiguration: { timeoutSeconds: 7 },
    },
    { namespace: "shop", annotations: { "policies.kyverno.io/scored": "false" } },
  );
  assert.ok(compiled.ok);
  const { engine, rules, namespace, mode, phases, admission, background, failurePolicy, validationActions, ...plan } =
    compiled.value;
  assert.deepEqual([engine, rules, namespace, mode, phases], ["cel", "kyverno", "shop", "Kubernetes", ["validate"]]);
  assert.deepEqual([admission, background, failurePolicy, validationActions], [false, true, "Ignore", ["Warn"]]);
  assert.deepEqual([plan.isScored, plan.timeoutSeconds, plan.variants.length], [false, 7, 1]);
  const plain = compile(NATIVE, check("true"));
  assert.ok(plain.ok);
  assert.deepEqual(
    [plain.value.rules, plain.value.validationActions, plain.value.bindings],
    ["kubernetes", ["Deny"], undefined],
  );
});
