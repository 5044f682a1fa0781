import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { describe, test } from "node:test";
import { readYaml, type Value } from "../../base/index.ts";
import {
  convertCleanupPolicy,
  convertException,
  convertPolicy,
  decodePolicies,
  decodePolicy,
  type PolicyResource,
} from "../../policy/index.ts";
import { proveCleanup } from "./prove-cleanup.ts";
import type { Proof } from "./prove-conversion.ts";
import { proveException } from "./prove-exception.ts";
import { proveRule } from "./prove-rule.ts";

const OPTIONS = { given: [], generated: 150, seed: "1" };
/** What is replaced in the new policy before it is held against the rule. */
type Replaced = readonly [from: string, to: string];
const SAME: Replaced = ["", ""];

function tampered(policy: Value, [from, to]: Replaced): Value {
  const text = JSON.stringify(policy);
  assert.ok(text.includes(from), text);
  return JSON.parse(text.replace(from, () => to)) as Value;
}

function read(text: string): PolicyResource {
  const decoded = decodePolicies(text, "p.yaml");
  const [policy] = decoded.ok ? decoded.value : [];
  assert.ok(policy !== undefined, JSON.stringify(decoded));
  return policy;
}

function provePolicy(rule: string, replaced: Replaced = SAME): Proof {
  const policy = read(
    `apiVersion: kyverno.io/v1\nkind: ClusterPolicy\nmetadata: {name: p}\nspec:\n  rules:\n  - {name: r, ${rule}}\n`,
  );
  assert.ok(policy.kind === "ClusterPolicy");
  const { converted, unconverted } = convertPolicy(policy);
  const [first] = converted;
  assert.ok(first !== undefined, JSON.stringify(unconverted));
  return proveRule(policy, { ...first, policy: tampered(first.policy, replaced) }, OPTIONS);
}

const NAMESPACES = "match: {any: [{resources: {kinds: [Namespace]}}]}";
const OWN = "{{request.object.metadata.name}}";
const MADE = `${NAMESPACES}, generate: {synchronize: true, apiVersion: v1, kind: ConfigMap, name: base, namespace: "${OWN}", data: {data: {owner: "${OWN}"}}}`;
const COPIED = `${NAMESPACES}, generate: {apiVersion: v1, kind: Secret, name: base, namespace: "${OWN}", clone: {namespace: default, name: base}}`;
const LISTED = `${NAMESPACES}, generate: {namespace: "${OWN}", cloneList: {namespace: default, kinds: [v1/Secret], selector: {matchLabels: {copy: "true", team: a}}}}`;

const KEY = JSON.stringify(
  generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ type: "spki", format: "pem" }),
);
const IMAGES = `match: {any: [{resources: {kinds: [Pod]}}]}, verifyImages: [{failureAction: Enforce, imageReferences: ["ghcr.io/acme/*"]`;
const OTHER = '{keyless: {issuer: i, subject: s, rekor: {url: "https://log.example"}}}';
const SIGNED = `${IMAGES}, attestors: [{entries: [{keys: {publicKeys: ${KEY}}}, ${OTHER}]}]}]`;
const STATED = `${IMAGES}, attestations: [{type: scan, attestors: [{entries: [${OTHER}]}], conditions: [{all: [{key: "{{ level }}", operator: Equals, value: low}]}]}]}]`;
const PINNED = `${IMAGES}, required: false, verifyDigest: false}]`;

const PROVEN: readonly (readonly [name: string, rule: string])[] = [
  ["objects that are stated", MADE],
  ["a copy", COPIED],
  ["copies of several", LISTED],
  ["signatures", SIGNED],
  ["statements", STATED],
  ["digests", PINNED],
];

/** What was changed in the new policy, and in what the two then differ. */
const TAMPERED: readonly (readonly [name: string, rule: string, from: string, to: string, differsIn: string])[] = [
  ["another value", MADE, "name: base", "name: bass", "objects"],
  ["it is not kept in step", MADE, '"synchronize":{"enabled":true}', '"synchronize":{"enabled":false}', "objects"],
  ["another kind triggers it", MADE, '"namespaces"', '"pods"', "objects"],
  ["another source", COPIED, "'default', 'base'", "'default', 'bass'", "objects"],
  ["a copy of itself", COPIED, "object.metadata.name == 'default' || ", "", "objects"],
  ["a label less", LISTED, ", 'team': 'a'", "", "objects"],
  ["one of two is enough", SIGNED, ">= 2", ">= 1", "verdict"],
  ["other images", SIGNED, "ghcr.io/acme/*", "ghcr.io/acme/other*", "verdict"],
  ["another statement", STATED, '"type":"scan"', '"type":"scam"', "verdict"],
  ["a condition the other way", STATED, "== 'low'", "!= 'low'", "verdict"],
  ["nothing is pinned", PINNED, '"verifyDigest":false', '"verifyDigest":false,"mutateDigest":false', "patch"],
];

describe("proveRule", () => {
  for (const [name, rule] of PROVEN) {
    test(`${name}: both say the same`, () => {
      const { counterexample, refused, denied, changed, made = 0 } = provePolicy(rule);
      assert.deepEqual([counterexample, refused], [undefined, undefined]);
      assert.ok(denied + changed + made > 10, `${denied} ${changed} ${made}`);
    });
  }
  for (const [name, rule, from, to, differsIn] of TAMPERED) {
    test(`${name}: a counterexample is found`, () => {
      const proof = provePolicy(rule, [from, to]);
      assert.equal(proof.counterexample?.differsIn, differsIn, JSON.stringify(proof));
    });
  }
  test("what does not compile is not proven", () => {
    assert.match(provePolicy(COPIED, ["variables.source", "variables.sauce"]).refused ?? "", /does not compile/);
  });
});

const CLEANUP = `apiVersion: kyverno.io/v2
kind: ClusterCleanupPolicy
metadata: {name: p}
spec:
  schedule: "@daily"
  match: {any: [{resources: {kinds: [Pod], namespaces: [shop]}}]}
  conditions: {all: [{key: "{{ target.metadata.labels.keep || '' }}", operator: NotEquals, value: always}]}
`;

const AGED = `apiVersion: kyverno.io/v2
kind: ClusterCleanupPolicy
metadata: {name: p}
spec:
  schedule: "@daily"
  match: {any: [{resources: {kinds: [Pod]}}]}
  conditions: {all: [{key: "{{ time_since('', '{{ target.metadata.creationTimestamp }}', '') }}", operator: GreaterThan, value: 24h}]}
`;

function prove(replaced: Replaced = SAME, text = CLEANUP): Proof {
  const policy = read(text);
  assert.ok(policy.kind === "ClusterCleanupPolicy");
  const [part] = convertCleanupPolicy(policy).converted;
  assert.ok(part !== undefined);
  return proveCleanup(policy, { ...part, policy: tampered(part.policy, replaced) }, OPTIONS);
}

describe("proveCleanup", () => {
  test("both delete the same objects", () => {
    const { counterexample, refused, deleted = 0 } = prove();
    assert.deepEqual([counterexample, refused], [undefined, undefined]);
    assert.ok(deleted > 5);
  });
  test("both tell ages", () => {
    const { counterexample, refused, compared, deleted = 0 } = prove(SAME, AGED);
    assert.deepEqual([counterexample, refused, compared], [undefined, undefined, 150]);
    assert.ok(deleted > 20 && deleted < 130, `${deleted}`);
    assert.equal(prove(["'24h'", "'40h'"], AGED).counterexample?.differsIn, "verdict");
  });
  for (const [from, to] of [
    ["!= 'always'", "== 'always'"],
    ["'shop'", "'shops'"],
    ['"pods"', '"services"'],
  ] as const) {
    test(`${to} in place of ${from}: a counterexample is found`, () => {
      assert.equal(prove([from, to]).counterexample?.differsIn, "verdict");
    });
  }
});

const EXCEPTED = `apiVersion: kyverno.io/v1
kind: ClusterPolicy
metadata: {name: p}
spec:
  rules:
  - {name: r, match: {any: [{resources: {kinds: [Pod]}}]}, validate: {message: m, pattern: {spec: {hostNetwork: false}}}}
`;
const EXCEPTION = `
apiVersion: kyverno.io/v2
kind: PolicyException
metadata: {name: e, namespace: ops}
spec:
  exceptions: [{policyName: p, ruleNames: [r]}]
  match: {any: [{resources: {kinds: [Pod, Deployment], namespaces: [shop]}}]}
`;

function proveExcepted(replaced: Replaced = SAME): Proof {
  const [policy, decoded] = [
    read(EXCEPTED),
    decodePolicy(readYaml(EXCEPTION)[0] ?? null, { source: "e", document: 1 }),
  ];
  assert.ok(policy.kind === "ClusterPolicy" && decoded.ok && decoded.value.kind === "PolicyException");
  const rules = convertPolicy(policy).converted.map((rule) => ({ policy: "p", resource: policy, rule }));
  const [made] = convertException(decoded.value.policy, rules).converted;
  assert.ok(made !== undefined);
  return proveException(decoded.value.policy, { ...made, policy: tampered(made.policy, replaced) }, rules, OPTIONS);
}

describe("proveException", () => {
  test("both let the same through", () => {
    const { counterexample, refused, excepted = 0 } = proveExcepted();
    assert.deepEqual([counterexample, refused], [undefined, undefined]);
    assert.ok(excepted > 0);
  });
  for (const [name, from, to] of [
    ["from controllers too", '"kinds","expression":"object.kind == \'Pod\'"', '"kinds","expression":"true"'],
    ["in another namespace", "'shop'", "'shops'"],
    ["from another policy", '"name":"p"', '"name":"q"'],
  ] as const) {
    test(`${name}: a counterexample is found`, () => {
      assert.equal(proveExcepted([from, to]).counterexample?.differsIn, "verdict");
    });
  }
});
