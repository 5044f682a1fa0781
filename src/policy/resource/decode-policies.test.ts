import assert from "node:assert/strict";
import { test } from "node:test";
import { decodePolicies } from "./decode-policies.ts";

const HEAD = "apiVersion: policies.kyverno.io/v1\nkind: ImageValidatingPolicy\nmetadata: {name: p}\n";
const MATCH =
  'matchConstraints: {resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]}';
const MINIMAL = `${HEAD}spec:\n  ${MATCH}\n  attestors: []\n  validations: [{expression: "true"}]\n`;

/** A good policy with more lines in `spec`. */
const withSpec = (more: string): string =>
  `${HEAD}spec:\n  ${MATCH}\n  validations: [{expression: "true"}]\n  ${more}\n`;

function issuesOf(text: string): readonly string[] {
  const decoded = decodePolicies(text, "p.yaml");
  return decoded.ok ? [] : decoded.issues.map(({ code, path, message }) => `${code} ${path}: ${message}`);
}

for (const version of ["v1", "v1beta1", "v1alpha1"]) {
  test(`decodePolicies: ${version}`, () => {
    const decoded = decodePolicies(MINIMAL.replace("/v1", `/${version}`), "p.yaml");
    assert.ok(decoded.ok);
    const [resource] = decoded.value;
    assert.equal(resource?.name, "p");
    assert.equal(resource?.source, "p.yaml");
    assert.ok(resource?.kind === "ImageValidatingPolicy");
    assert.ok(Object.isFrozen(resource.policy.spec.validations));
  });
}

test("decodePolicies: several documents, empty ones, lists, bytes", () => {
  const second = MINIMAL.replace("name: p", "name: q");
  const decoded = decodePolicies(new TextEncoder().encode(`---\n${MINIMAL}---\n---\n${second}`), "p.yaml");
  assert.ok(decoded.ok);
  assert.deepEqual(
    decoded.value.map(({ name, document }) => [name, document]),
    [
      ["p", 1],
      ["q", 2],
    ],
  );
  const items = JSON.stringify({ apiVersion: "v1", kind: "List", items: decoded.value.map(({ policy }) => policy) });
  const listed = decodePolicies(items, "p.json");
  assert.deepEqual(listed.ok && listed.value.map(({ name }) => name), ["p", "q"]);
});

const refused: readonly { name: string; text: string; issues: readonly string[] }[] = [
  { name: "nothing", text: "---\n", issues: ["POLICY_INVALID : expected a policy, found no document"] },
  {
    name: "not an object",
    text: "- a\n",
    issues: ["POLICY_INVALID : document 1: expected an object with apiVersion and kind"],
  },
  {
    name: "no kind",
    text: "apiVersion: v1\n",
    issues: ["POLICY_INVALID : document 1: expected apiVersion and kind, both strings"],
  },
  {
    name: "another kind",
    text: "apiVersion: policies.kyverno.io/v1\nkind: PodPolicy\nmetadata: {name: c}\n",
    issues: [
      "NOT_SUPPORTED kind: policy c: expected a policy of policies.kyverno.io, admissionregistration.k8s.io, kyverno.io, found policies.kyverno.io/v1 PodPolicy (did you mean Policy?)",
    ],
  },
  {
    name: "a kind of another group",
    text: "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: c}\n",
    issues: [
      "NOT_SUPPORTED kind: policy c: expected a policy of policies.kyverno.io, admissionregistration.k8s.io, kyverno.io, found apps/v1 Deployment",
    ],
  },
  {
    name: "another version",
    text: MINIMAL.replace("/v1", "/v2"),
    issues: [
      'POLICY_INVALID apiVersion: policy p: expected one of policies.kyverno.io/v1, policies.kyverno.io/v1beta1, policies.kyverno.io/v1alpha1, found "policies.kyverno.io/v2" (did you mean policies.kyverno.io/v1?)',
    ],
  },
  {
    name: "unknown field with its path and the name that was meant",
    text: withSpec("attestors: []\n  matchImageReference: []"),
    issues: [
      'POLICY_INVALID spec.matchImageReference: policy p: unknown field "matchImageReference": did you mean matchImageReferences?',
    ],
  },
  {
    name: "unknown action",
    text: withSpec("attestors: []\n  validationActions: [test]"),
    issues: ['POLICY_INVALID spec.validationActions[0]: policy p: expected one of Deny, Audit, Warn, found "test"'],
  },
  {
    name: "autogen of something else",
    text: withSpec("attestors: []\n  autogen: {podControllers: {controllers: [deployment]}}"),
    issues: [
      'POLICY_INVALID spec.autogen.podControllers.controllers[0]: policy p: expected one of daemonsets, deployments, replicasets, statefulsets, jobs, cronjobs, found "deployment" (did you mean deployments?)',
    ],
  },
];

for (const { name, text, issues } of refused) {
  test(`decodePolicies refuses: ${name}`, () => assert.deepEqual(issuesOf(text), issues));
}

test("decodePolicies refuses: text that is not YAML, with its place", () => {
  const [issue] = issuesOf("a: [1\nb: }");
  assert.match(issue ?? "", /^YAML_INVALID : .*line \d+/);
});

test("decodePolicies lists the issues of all documents", () => {
  const decoded = decodePolicies(`${MINIMAL.replace("metadata", "metdata")}---\n${withSpec("attestor: []")}`, "p.yaml");
  assert.deepEqual(decoded.ok ? [] : decoded.issues.map(({ path }) => path), [
    "metdata",
    "metadata",
    "spec.attestor",
    "spec.attestors",
  ]);
});

const attestor = (cosign: string): string => withSpec(`attestors: [{name: a, cosign: ${cosign}}]`);
const notSupported: readonly { field: string; text: string; path: string }[] = [
  { field: "kms", text: attestor('{key: {kms: "awskms://x"}}'), path: "spec.attestors[0].cosign.key.kms" },
  {
    field: "hashAlgorithm",
    text: attestor("{key: {data: x, hashAlgorithm: sha224}}"),
    path: "spec.attestors[0].cosign.key.hashAlgorithm",
  },
  {
    field: "subjectExpression",
    text: attestor("{keyless: {identities: [{issuer: i, subjectExpression: object.x}]}}"),
    path: "spec.attestors[0].cosign.keyless.identities[0].subjectExpression",
  },
  {
    field: "PullSecrets",
    text: attestor("{key: {data: x}, source: {PullSecrets: [{name: s}]}}"),
    path: "spec.attestors[0].cosign.source.PullSecrets",
  },
  {
    field: "tuf.root",
    text: attestor("{key: {data: x}, tuf: {mirror: m, root: {path: p}}}"),
    path: "spec.attestors[0].cosign.tuf.root",
  },
  {
    field: "notary",
    text: withSpec("attestors: [{name: a, notary: {certs: {value: v}}}]"),
    path: "spec.attestors[0].notary",
  },
  {
    field: "referrer",
    text: withSpec("attestors: []\n  attestations: [{name: s, referrer: {type: sbom/x}}]"),
    path: "spec.attestations[0].referrer",
  },
  {
    field: "secrets",
    text: withSpec("attestors: []\n  credentials: {secrets: [s]}"),
    path: "spec.credentials.secrets",
  },
  {
    field: "providers",
    text: withSpec("attestors: []\n  credentials: {providers: [google]}"),
    path: "spec.credentials.providers[0]",
  },
  {
    field: "plain HTTP",
    text: withSpec("attestors: []\n  credentials: {allowInsecureRegistry: true}"),
    path: "spec.credentials.allowInsecureRegistry",
  },
  {
    field: "auditAnnotations",
    text: withSpec("attestors: []\n  auditAnnotations: [{key: k, valueExpression: v}]"),
    path: "spec.auditAnnotations",
  },
  { field: "mode", text: withSpec("attestors: []\n  evaluation: {mode: JSON}"), path: "spec.evaluation.mode" },
  {
    field: "scope",
    text: MINIMAL.replace("resources: [pods]", "resources: [pods], scope: Namespaced"),
    path: "spec.matchConstraints.resourceRules[0].scope",
  },
];

for (const { field, text, path } of notSupported) {
  test(`decodePolicies refuses what amap would ignore: ${field}`, () => {
    const decoded = decodePolicies(text, "p.yaml");
    assert.deepEqual(decoded.ok ? [] : decoded.issues.map((issue) => [issue.code, issue.path]), [
      ["NOT_SUPPORTED", path],
    ]);
  });
}
