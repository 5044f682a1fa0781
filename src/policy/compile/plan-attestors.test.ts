import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Value } from "../../base/index.ts";
import {
  creation,
  EXAMPLE_PUBLIC_KEY,
  evaluateWith,
  evidenceOf,
  planOf,
  pod,
  policyDocument,
} from "../../testing/policy-builders.ts";
import { createTestKey } from "../../testing/sigstore/keys.ts";
import { type AttestorRequest, requestedAttestors } from "../evaluate/attestor-request.ts";
import { decodePolicies } from "../resource/decode-policies.ts";
import { compileImagePolicy, compilePolicies } from "./compile-policies.ts";

type Part = { readonly [key: string]: Value };

const IMAGE = "ghcr.io/acme/app:1.0";
const IDENTITY = { issuer: "https://issuer.example", subject: "dev@example.com" };
const LOGS = { ignoresEntries: false, ignoresCertificateTimestamps: false };

const P384_KEY = createTestKey("ecdsa-p384").pem;

/** What a policy with this attestor asks about an image. */
function requestOf(cosign: Part, spec: Part = {}, object: Value = pod(IMAGE)): AttestorRequest | undefined {
  const plan = planOf({
    attestors: [{ name: "a", cosign }],
    validations: [{ expression: `verifyImageSignatures("${IMAGE}", [attestors.a]) >= 0` }],
    ...spec,
  });
  const asked: Value[] = [];
  evaluateWith(plan, creation(object), (params) => {
    asked.push(params);
    return { ok: true, value: evidenceOf(IMAGE) };
  });
  return asked.length === 1 ? requestedAttestors(asked[0] ?? null)[0] : undefined;
}

const requests: readonly (readonly [name: string, cosign: Part, expected: Part])[] = [
  [
    "a key, whose log entry is asked for without a word about it",
    { key: { data: EXAMPLE_PUBLIC_KEY } },
    { key: { pem: EXAMPLE_PUBLIC_KEY, hashAlgorithm: "sha256" } },
  ],
  [
    "a key of another hash",
    { key: { data: P384_KEY, hashAlgorithm: "sha384" } },
    { key: { pem: P384_KEY, hashAlgorithm: "sha384" } },
  ],
  [
    "a key without a log",
    { key: { data: EXAMPLE_PUBLIC_KEY }, ctlog: { insecureIgnoreTlog: true } },
    {
      key: { pem: EXAMPLE_PUBLIC_KEY, hashAlgorithm: "sha256" },
      logs: { ignoresEntries: true, ignoresCertificateTimestamps: false },
    },
  ],
  ["identities", { keyless: { identities: [IDENTITY] } }, { keyless: { identities: [IDENTITY] } }],
  [
    "identities with all that may stand beside them",
    {
      keyless: {
        identities: [{ issuerRegExp: "^https://a$", subjectRegExp: "^b$", subject: "b" }],
        roots: "PEM",
        additionalExtensions: { githubWorkflowRef: "refs/heads/main" },
      },
      ctlog: {
        url: "https://rekor.example",
        insecureIgnoreSCT: true,
        rekorPubKey: "R",
        ctLogPubKey: "C",
        tsaCertChain: "T",
      },
      trustedRoot: { value: "{}" },
      tuf: { mirror: "https://tuf.example" },
      annotations: { env: "prod" },
      source: { repository: "registry.example/signatures", tagPrefix: "p-" },
    },
    {
      keyless: {
        identities: [{ issuerRegExp: "^https://a$", subject: "b", subjectRegExp: "^b$" }],
        roots: "PEM",
        extensions: { githubWorkflowRef: "refs/heads/main" },
      },
      logs: {
        ignoresEntries: false,
        ignoresCertificateTimestamps: true,
        url: "https://rekor.example",
        rekorKey: "R",
        ctLogKey: "C",
        tsaChain: "T",
      },
      trustedRoot: "{}",
      trustRepository: "https://tuf.example",
      annotations: { env: "prod" },
      source: { repository: "registry.example/signatures", tagPrefix: "p-" },
    },
  ],
  [
    "a certificate",
    { certificate: { cert: { value: "C" }, certChain: { value: "R" } } },
    { certificate: { cert: "C", certChain: "R" } },
  ],
  ["a chain alone", { certificate: { certChain: { value: "R" } } }, { certificate: { certChain: "R" } }],
];

describe("what attestors ask", () => {
  for (const [name, cosign, expected] of requests) {
    test(name, () => assert.deepEqual(requestOf(cosign), { name: "a", logs: LOGS, ...expected }));
  }
});

const labelled = (labels: Part): Value => ({ ...pod(IMAGE), metadata: { name: "web", namespace: "shop", labels } });

describe("what expressions make", () => {
  const texts: readonly (readonly [name: string, cosign: Part, spec: Part, expected: Part])[] = [
    [
      "a key of the object",
      { key: { expression: "object.metadata.labels.key" } },
      {},
      { key: { pem: "from the object", hashAlgorithm: "sha256" } },
    ],
    [
      "a key by a variable",
      { key: { expression: "variables.k + variables.k" } },
      { variables: [{ name: "k", expression: "'x'" }] },
      { key: { pem: "xx", hashAlgorithm: "sha256" } },
    ],
    [
      "a certificate, its chain and a trusted root",
      {
        certificate: { cert: { expression: "'C'" }, certChain: { expression: "images.containers[0]" } },
        trustedRoot: { expression: "'{}'" },
      },
      {},
      { certificate: { cert: "C", certChain: IMAGE }, trustedRoot: "{}" },
    ],
  ];
  for (const [name, cosign, spec, expected] of texts) {
    test(name, () => {
      const object = labelled({ key: "from the object" });
      assert.deepEqual(requestOf(cosign, spec, object), { name: "a", logs: LOGS, ...expected });
    });
  }

  const failing: readonly (readonly [name: string, expression: string, message: RegExp])[] = [
    ["an empty text", "''", /attestor a: the expression for its key gave no text/],
    ["a label that is not there", "object.metadata.labels.missing", /missing/],
    ["what is no text", "object.metadata.labels", /attestor a: the expression for its key gave no text/],
  ];
  for (const [name, expression, message] of failing) {
    test(`${name} is an error, and never a key`, () => {
      const plan = planOf({
        attestors: [{ name: "a", cosign: { key: { expression } } }],
        validations: [{ expression: `verifyImageSignatures("${IMAGE}", [attestors.a]) == 0` }],
      });
      const answer = (): never => assert.fail("nothing is asked");
      const [response] = evaluateWith(plan, creation(labelled({})), answer).evaluation.responses;
      assert.equal(response?.status, "error");
      assert.match(response?.status === "error" ? response.message : "", message);
    });
  }

  test("an attestor that is not asked is not worked out", () => {
    const plan = planOf({
      attestors: [
        { name: "a", cosign: { key: { expression: "object.missing" } } },
        { name: "b", cosign: { key: { expression: "'k'" } } },
      ],
      validations: [{ expression: `verifyImageSignatures("${IMAGE}", [attestors.b]) == 0` }],
    });
    const answer = () => ({ ok: true, value: evidenceOf(IMAGE) }) as const;
    const [response] = evaluateWith(plan, creation(pod(IMAGE)), answer).evaluation.responses;
    assert.equal(response?.status, "pass");
  });

  test("a key of a ConfigMap is asked for first, the evidence with what came", () => {
    const expression = 'resource.Get("v1", "configmaps", "shop", "keys").data.release';
    const plan = planOf({
      attestors: [{ name: "a", cosign: { key: { expression } } }],
      validations: [{ expression: `verifyImageSignatures("${IMAGE}", [attestors.a]) == 0` }],
    });
    const asked: string[] = [];
    const { evaluation } = evaluateWith(plan, creation(pod(IMAGE)), (params, kind) => {
      const [attestor] = kind === "imageEvidence" ? requestedAttestors(params) : [];
      asked.push(`${kind} ${attestor?.key?.pem ?? ""}`.trim());
      return { ok: true, value: kind === "resource" ? { data: { release: "PEM" } } : evidenceOf(IMAGE) };
    });
    assert.equal(evaluation.responses[0]?.status, "pass");
    assert.deepEqual(asked, ["resource", "imageEvidence PEM"]);
  });
});

const keyless = (identity: Part): Part => ({ keyless: { identities: [identity] } });

const refused: readonly (readonly [name: string, cosign: Part, issue: RegExp])[] = [
  ["no key", { key: { data: "x" } }, /^KEY_INVALID .*cosign\.key\.data/],
  [
    "a hash that signatures by such a key are not verified with",
    { key: { data: EXAMPLE_PUBLIC_KEY, hashAlgorithm: "sha512" } },
    /^NOT_SUPPORTED .*cosign\.key\.hashAlgorithm: .*expected sha256 for a key ecdsa-p256, found sha512/,
  ],
  ["nobody (C7)", { keyless: { identities: [] } }, /^POLICY_INVALID .*keyless\.identities/],
  ["an identity that names nothing (C7)", keyless({}), /^POLICY_INVALID .*identities\[0\]: .*expected issuer/],
  ["no issuer (C7)", keyless({ subject: "a" }), /^POLICY_INVALID .*expected issuer or issuerRegExp, found neither/],
  ["no subject (C7)", keyless({ issuer: "a" }), /^POLICY_INVALID .*expected subject or subjectRegExp, found neither/],
  ["an empty subject (C7)", keyless({ ...IDENTITY, subject: "" }), /^POLICY_INVALID .*identities\[0\]\.subject/],
  ["an empty pattern (C7)", keyless({ ...IDENTITY, subjectRegExp: "" }), /^POLICY_INVALID .*subjectRegExp/],
  ["an empty issuer's pattern (C7)", keyless({ ...IDENTITY, issuerRegExp: "" }), /^POLICY_INVALID .*issuerRegExp/],
  ["a pattern that is none (C7)", keyless({ ...IDENTITY, subjectRegExp: "(" }), /^EXPRESSION_INVALID .*subjectRegExp/],
  ["a field that nobody knows (C7)", keyless({ ...IDENTITY, subjectRegex: "a" }), /^POLICY_INVALID .*did you mean/],
  [
    "a field that Kyverno does not act on (C7)",
    keyless({ ...IDENTITY, subjectExpression: "object.x" }),
    /^NOT_SUPPORTED .*subjectExpression/,
  ],
  ["a certificate that is none", { certificate: {} }, /^POLICY_INVALID .*expected cert, certChain or both/],
  [
    "a log without an address",
    { key: { data: EXAMPLE_PUBLIC_KEY }, ctlog: { rekorPubKey: "k" } },
    /^POLICY_INVALID .*ctlog\.url: .*expected the address of the transparency log/,
  ],
  [
    "a key that asks the attestors whether it is one",
    { key: { expression: `string(verifyImageSignatures("${IMAGE}", [attestors.a]))` } },
    /^EXPRESSION_INVALID .*cosign\.key\.expression/,
  ],
  [
    "a key by a variable that asks them",
    { key: { expression: "variables.v" } },
    /^EXPRESSION_INVALID .*key\.expression/,
  ],
  ["a key that is a number", { key: { expression: "1 + 1" } }, /^EXPRESSION_INVALID .*key\.expression/],
];

describe("attestors that are refused", () => {
  for (const [name, cosign, issue] of refused) {
    test(name, () => {
      const variables = [{ name: "v", expression: `string(verifyImageSignatures("${IMAGE}", [attestors.a]))` }];
      const text = policyDocument({ attestors: [{ name: "a", cosign }], variables });
      const decoded = decodePolicies(text, "p.yaml");
      const compiled = decoded.ok ? compilePolicies(decoded.value) : decoded;
      const issues = compiled.ok ? [] : compiled.issues;
      assert.match(issues.map((each) => `${each.code} ${each.path}: ${each.message}`).join("\n"), issue);
    });
  }

  test("to Kyverno's command line it is one that nobody can ask", () => {
    const text = policyDocument({ attestors: [{ name: "a", cosign: keyless({ subject: "a" }) }] });
    const decoded = decodePolicies(text, "p.yaml");
    const [policy] = decoded.ok ? decoded.value : [];
    assert.ok(policy?.kind === "ImageValidatingPolicy");
    assert.equal(compileImagePolicy(policy, { asInKyverno: true }).ok, true);
  });
});

describe("patterns that are not anchored (C7)", () => {
  for (const [pattern, isTold] of [
    ["https://github.com/acme/.*", true],
    ["^https://github.com/acme/", true],
    ["acme$", true],
    ["^https://github.com/acme/.*$", false],
    ["^https://github.com/acme/.*", false],
    [".*", false],
    ["^https://github.com/acme/.*|https://github.com/shop/.*$", true],
    ["^(?:https://a/.*|https://(b|c)/.*)$", false],
    ["^[a|b]\\|$", false],
    ["^acme\\$", true],
  ] as const) {
    test(`${pattern}: ${isTold ? "a warning" : "nothing to say"}`, () => {
      const { warnings } = planOf({
        attestors: [{ name: "a", cosign: keyless({ issuer: "https://i", subjectRegExp: pattern }) }],
      });
      assert.equal(warnings.length, isTold ? 1 : 0);
      if (isTold) assert.match(warnings[0] ?? "", /attestor a: subjectRegExp .* may match inside a longer text/);
    });
  }
});
