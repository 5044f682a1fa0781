import assert from "node:assert/strict";
import { test } from "node:test";
import type { Value } from "../../base/index.ts";
import { exampleAttestor, planOf, plansOf, policyDocument } from "../../testing/policy-builders.ts";
import { decodePolicies } from "../resource/decode-policies.ts";
import { compilePolicies } from "./compile-policies.ts";

function issuesOf(...documents: readonly string[]): readonly string[] {
  const decoded = decodePolicies(documents.join("\n---\n"), "p.yaml");
  assert.ok(decoded.ok, JSON.stringify(decoded));
  const compiled = compilePolicies(decoded.value);
  return compiled.ok
    ? []
    : compiled.issues.map(({ code, path, message }) => `${code} ${path}: ${message.split("\n")[0]}`);
}

type Spec = { readonly [key: string]: Value };
const key = (data: string): Spec => ({
  attestors: [{ name: "a", cosign: { key: { data }, ctlog: { insecureIgnoreTlog: true } } }],
});

const cases: readonly { name: string; spec: Spec; metadata?: Spec; issues: readonly (string | RegExp)[] }[] = [
  { name: "a good policy", spec: {}, issues: [] },
  {
    name: "a CEL error has line and column",
    spec: { validations: [{ expression: "true" }, { expression: "true &&\n  object..x" }] },
    issues: [/^EXPRESSION_INVALID spec\.validations\[1\]\.expression: policy example: 2:10: /],
  },
  {
    name: "an unknown function",
    spec: { validations: [{ expression: "verifyImageSignature('a', [])" }] },
    issues: [/^EXPRESSION_INVALID spec\.validations\[0\]\.expression: .*verifyImageSignature/],
  },
  {
    name: "an unknown variable",
    spec: { variables: [{ name: "a", expression: "1" }], validations: [{ expression: "variables.b == 1" }] },
    issues: [/^EXPRESSION_INVALID spec\.validations\[0\]\.expression: /],
  },
  {
    name: "a variable that is declared later",
    spec: {
      variables: [
        { name: "a", expression: "variables.b" },
        { name: "b", expression: "1" },
      ],
    },
    issues: [/^EXPRESSION_INVALID spec\.variables\[0\]\.expression: /],
  },
  {
    name: "errors in all places at once",
    spec: {
      matchConditions: [{ name: "c", expression: "(" }],
      variables: [{ name: "a", expression: "(" }],
      images: [{ name: "i", expression: "(" }],
      matchImageReferences: [{ expression: "(" }],
      validations: [{ expression: "(", messageExpression: "(" }],
    },
    issues: [
      /spec\.matchImageReferences\[0\]\.expression/,
      /spec\.variables\[0\]\.expression/,
      /spec\.matchConditions\[0\]\.expression/,
      /spec\.validations\[0\]\.expression/,
      /spec\.validations\[0\]\.messageExpression/,
      /spec\.images\[0\]\.expression/,
    ],
  },
  {
    name: "conditions see no images",
    spec: { matchConditions: [{ name: "c", expression: "images.containers.size() > 0" }] },
    issues: [/^EXPRESSION_INVALID spec\.matchConditions\[0\]/],
  },
  {
    name: "no key",
    spec: key("x"),
    issues: [/^KEY_INVALID spec\.attestors\[0\]\.cosign\.key\.data: policy example: attestor a: /],
  },
  {
    name: "a private key",
    spec: key("-----BEGIN PRIVATE KEY-----\nAA==\n-----END PRIVATE KEY-----\n"),
    issues: [/^KEY_INVALID .*expected a public key/],
  },
  {
    name: "a glob with more than * and ?",
    spec: { matchImageReferences: [{ glob: "ghcr.io/{a,b}/*" }] },
    issues: [/^NOT_SUPPORTED spec\.matchImageReferences\[0\]\.glob/],
  },
  {
    name: "a name that is no identifier",
    spec: { variables: [{ name: "a-b", expression: "1" }] },
    issues: [/^POLICY_INVALID spec\.variables\[0\]\.name: .*expected a CEL identifier, found "a-b"/],
  },
  {
    name: "names that are there twice",
    spec: {
      attestors: [exampleAttestor("a"), exampleAttestor("a")],
      variables: [
        { name: "v", expression: "1" },
        { name: "v", expression: "1" },
      ],
    },
    issues: [/spec\.attestors\[1\]\.name: .*there twice/, /spec\.variables\[1\]\.name: .*there twice/],
  },
  {
    name: "image lists that would replace the object's own, or have no name for CEL",
    spec: {
      images: ["containers", "initContainers", "ephemeralContainers", "imageVolumes", "a-b", "x.y", "steps"].map(
        (name) => ({ name, expression: "[]" }),
      ),
    },
    issues: [
      /^POLICY_INVALID spec\.images\[0\]\.name: .*images\.containers is the object's own list/,
      /^POLICY_INVALID spec\.images\[1\]\.name: /,
      /^POLICY_INVALID spec\.images\[2\]\.name: /,
      /^POLICY_INVALID spec\.images\[3\]\.name: /,
      /^POLICY_INVALID spec\.images\[4\]\.name: .*expected a CEL identifier, found "a-b"/,
      /^POLICY_INVALID spec\.images\[5\]\.name: /,
    ],
  },
  {
    name: "comparisons that would always hold",
    spec: {
      variables: [{ name: "count", expression: "images.containers.size()" }],
      validations: [
        { expression: "verifyImageSignatures('nginx', []) != '0'" },
        { expression: "images.containers.all(i, image(i).tag() != 0)" },
        { expression: "variables.count != '0'" },
      ],
    },
    issues: [
      /^EXPRESSION_INVALID spec\.validations\[0\]\.expression: .*1:36: no such overload: != for int, string/,
      /^EXPRESSION_INVALID spec\.validations\[1\]\.expression: .*1:41: no such overload: != for string, int/,
      /^EXPRESSION_INVALID spec\.validations\[2\]\.expression: .*1:17: no such overload: != for int, string/,
    ],
  },
  {
    name: "too few rule names",
    spec: { validations: [{ expression: "true" }, { expression: "true" }] },
    metadata: { annotations: { "policies.amap.dev/rule-names": "one" } },
    issues: [/^POLICY_INVALID metadata\.annotations\["policies.amap.dev\/rule-names"\]: .*expected 2 names.*found 1/],
  },
  {
    name: "a rule name that is there twice",
    spec: { validations: [{ expression: "true" }, { expression: "true" }] },
    metadata: { annotations: { "policies.amap.dev/rule-names": "one, one" } },
    issues: [/there twice/],
  },
  {
    name: "a rule name with other letters",
    spec: {},
    metadata: { annotations: { "policies.amap.dev/rule-names": "Über" } },
    issues: [/expected lower-case letters/],
  },
];

for (const { name, spec, metadata, issues } of cases) {
  test(`compilePolicies: ${name}`, () => {
    const found = issuesOf(policyDocument(spec, metadata));
    assert.equal(found.length, issues.length, found.join("\n"));
    issues.forEach((issue, index) => {
      assert.match(found[index] ?? "", issue instanceof RegExp ? issue : new RegExp(issue));
    });
  });
}

test("compilePolicies: two policies of one name", () => {
  const [issue] = issuesOf(policyDocument({}), policyDocument({}));
  assert.match(issue ?? "", /^POLICY_INVALID metadata\.name: .*already read/);
});

test("compilePolicies: what a Plan says", () => {
  const plan = planOf(
    {
      failurePolicy: "Ignore",
      validationActions: ["Audit", "Warn"],
      evaluation: { admission: { enabled: false } },
      validationConfigurations: {},
      validations: [{ expression: "true" }, { expression: "true" }],
    },
    { annotations: { "policies.amap.dev/rule-names": "one, two.b" } },
  );
  assert.deepEqual(
    plan.rules.map(({ name }) => name),
    ["one", "two.b"],
  );
  const { failurePolicy, validationActions, admission, background, verifyDigest, required } = plan;
  assert.deepEqual(
    { failurePolicy, validationActions, admission, background, verifyDigest, required },
    {
      failurePolicy: "Ignore",
      validationActions: ["Audit", "Warn"],
      admission: false,
      background: true,
      verifyDigest: true,
      required: true,
    },
  );
  assert.ok(Object.isFrozen(plan));
});

test("compilePolicies: an expression that may cost more than Kubernetes allows is a warning", () => {
  const list = (count: number): string => `[${"1,".repeat(count)}]`;
  const costly = `${list(100)}.all(a, ${list(100)}.all(b, ${list(100)}.map(c, a + b + c).size() > 0))`;
  const { warnings } = planOf({ validations: [{ expression: "true" }, { expression: costly }] });
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? "", /^policy .*: spec\.validations\[1\]\.expression may cost 17261411 .*PerCallLimit/);
  assert.deepEqual(planOf({ validations: [{ expression: "object.x.all(a, a == 1)" }] }).warnings, []);
});

test("compilePolicies: defaults are the closed ones", () => {
  const { failurePolicy, validationActions, rules } = planOf({ validationActions: [] });
  assert.deepEqual([failurePolicy, validationActions, rules[0]?.name], ["Fail", ["Deny"], "validations[0]"]);
});

test("compilePolicies: several documents keep their order", () => {
  const plans = plansOf(`${policyDocument({}, { name: "b" })}\n---\n${policyDocument({}, { name: "a" })}`);
  assert.deepEqual(
    plans.map(({ policy }) => policy),
    ["b", "a"],
  );
});
