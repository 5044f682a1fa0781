import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { describe, test } from "node:test";
import fc from "fast-check";
import { listOf, memberOf, readYaml, textOf, type Value } from "../../base/index.ts";
import { compileImagePolicy } from "../compile/compile-policies.ts";
import type { Plan } from "../compile/plan.ts";
import type { Fact, FactRequest } from "../evaluate/facts.ts";
import { evaluateImagePolicies } from "../evaluate/image-policies.ts";
import { decodePolicy } from "../resource/decode-policies.ts";
import type { DocumentConversion } from "./cleanup-to-cel.ts";
import { convertClusterImagePolicy } from "./cluster-image-policy.ts";

const KEY = JSON.stringify(
  generateKeyPairSync("ec", { namedCurve: "P-256" }).publicKey.export({ type: "spki", format: "pem" }),
);
const SIGNER = '{name: signer, keyless: {identities: [{issuer: i, subject: s}]}, ctlog: {url: "https://log.example"}}';
const KEYED = `{name: keyed, key: {data: ${KEY}}}`;
const STATED =
  '{name: stated, keyless: {identities: [{issuer: i, subjectRegExp: "s.*"}]}, attestations: [{name: sbom, predicateType: spdx}, {name: scan, predicateType: vuln}]}';
const PASS = "{static: {action: pass}}";
const FAIL = "{static: {action: fail, message: not here}}";

function convert(spec: string): DocumentConversion {
  const text = `apiVersion: policy.sigstore.dev/v1beta1\nkind: ClusterImagePolicy\nmetadata: {name: p}\nspec: {${spec}}\n`;
  return convertClusterImagePolicy(readYaml(text)[0] ?? null);
}

const ACME = 'images: [{glob: "ghcr.io/acme/**"}]';
const any = (...authorities: readonly string[]): string => `${ACME}, authorities: [${authorities.join(", ")}]`;

function planOf(spec: string): Plan {
  const { converted, unconverted } = convert(spec);
  assert.deepEqual(unconverted, []);
  const place = { source: "p.yaml", document: 1 };
  const decoded = decodePolicy(converted[0]?.policy ?? null, place, { defersUnanswered: true });
  assert.ok(decoded.ok && decoded.value.kind === "ImageValidatingPolicy", JSON.stringify(decoded));
  const plan = compileImagePolicy(decoded.value, { asInKyverno: true });
  assert.ok(plan.ok, JSON.stringify(plan));
  return plan.value;
}

const DIGEST = `sha256:${"a".repeat(64)}`;

/** Who vouches for the image: names of attestors, and of attestors with a predicate type. */
function judge(spec: string, vouching: readonly string[], image = `ghcr.io/acme/app@${DIGEST}`): string {
  const plans = [planOf(spec)];
  const namespaceObject = { apiVersion: "v1", kind: "Namespace", metadata: { name: "a", labels: INCLUDED } };
  const object = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web", namespace: "a" },
    spec: { containers: [{ name: "c", image }] },
  };
  const facts = new Map<string, Fact>();
  let previous: ReturnType<typeof evaluateImagePolicies> | undefined;
  for (let round = 0; round < 9; round++) {
    const options = { facts, now: 0, seed: "", previous };
    previous = evaluateImagePolicies(plans, { object, operation: "CREATE", namespaceObject }, options);
    if (previous.pending.length === 0) break;
    for (const request of previous.pending) facts.set(request.key, answer(request, vouching));
  }
  return previous?.evaluations[0]?.responses[0]?.status ?? "nothing";
}

const INCLUDED = { "policy.sigstore.dev/include": "true" };

function answer({ params }: FactRequest, vouching: readonly string[]): Fact {
  const names = listOf(params, "attestors").map((attestor) => textOf(attestor, "name"));
  const value: Value = {
    image: textOf(params, "image"),
    digest: DIGEST,
    signatures: names.filter((name) => vouching.includes(name)).map((name) => ({ signer: { name } })),
    attestations: names.flatMap((name) =>
      ["spdx", "vuln"]
        .filter((type) => vouching.includes(`${name} ${type}`))
        .map((type) => ({ predicateType: type, predicate: {}, signer: { name } })),
    ),
    isGiven: true,
  };
  return { ok: true, value };
}

/** Any authority is enough; every statement of one is needed. */
const VERDICTS: readonly (readonly [name: string, spec: string, vouching: readonly string[], status: string])[] = [
  ["its signer", any(SIGNER), ["signer"], "pass"],
  ["nobody", any(SIGNER), [], "fail"],
  ["the first of two", any(SIGNER, KEYED), ["signer"], "pass"],
  ["the second of two", any(SIGNER, KEYED), ["keyed"], "pass"],
  ["neither", any(SIGNER, KEYED), [], "fail"],
  ["all statements", any(STATED), ["stated spdx", "stated vuln"], "pass"],
  ["one statement of two", any(STATED), ["stated spdx"], "fail"],
  ["a signature is no statement", any(STATED), ["stated"], "fail"],
  ["statements or a signature", any(STATED, KEYED), ["keyed"], "pass"],
  ["whatever comes", any(PASS), [], "pass"],
  ["a signer or whatever comes", any(SIGNER, PASS), [], "pass"],
  ["nothing", any(FAIL), ["signer"], "fail"],
  ["a signer beside nothing", any(FAIL, SIGNER), ["signer"], "pass"],
];

const REFUSED: readonly (readonly [name: string, spec: string, paths: readonly string[]])[] = [
  ["cue", `${any(SIGNER)}, policy: {type: cue, data: "a: 1"}`, ["spec.policy"]],
  [
    "rego over a statement",
    any(
      "{keyless: {identities: [{issuer: i, subject: s}]}, attestations: [{name: a, predicateType: b, policy: {type: rego, data: c}}]}",
    ),
    ["spec.authorities[0].attestations[0].policy"],
  ],
  ["a key in a Secret", any("{key: {secretRef: {name: a}}}"), ["spec.authorities[0].key.secretRef"]],
  ["what is no key", any("{key: {data: x}}"), ["spec.authorities[0].key.data"]],
  [
    "trust roots",
    any("{keyless: {trustRootRef: a, identities: [{issuer: i, subject: s}]}, ctlog: {trustRootRef: b}}"),
    ["spec.authorities[0].keyless.trustRootRef", "spec.authorities[0].ctlog.trustRootRef"],
  ],
  [
    "timestamps",
    any("{keyless: {identities: [{issuer: i, subject: s}]}, rfc3161timestamp: {trustRootRef: a}}"),
    ["spec.authorities[0].rfc3161timestamp"],
  ],
  ["anybody", any("{keyless: {}}"), ["spec.authorities[0].keyless.identities"]],
  ["any issuer", any("{keyless: {identities: [{subject: s}]}}"), ["spec.authorities[0].keyless.identities[0]"]],
  ["no authority", ACME, ["spec.authorities"]],
  ["two in one", any(`{key: {data: ${KEY}}, static: {action: pass}}`), ["spec.authorities[0]"]],
  ["no images", "authorities: [{static: {action: pass}}]", ["spec.images"]],
  ["an unknown field", `${any(PASS)}, other: 1`, ["spec.other"]],
  ["an unknown mode", `${any(PASS)}, mode: loud`, ["spec.mode"]],
  ["an unknown resource", `${any(PASS)}, match: [{resource: apples, version: v1}]`, ["spec.match[0].resource"]],
];

const FIELDS = [
  ..."images glob authorities key keyless static action data kms secretRef identities issuer subject source oci".split(
    " ",
  ),
  ..."attestations predicateType policy match resource selector mode ctlog url name __proto__ constructor".split(" "),
];

describe("convertClusterImagePolicy", () => {
  for (const [name, spec, vouching, status] of VERDICTS) {
    test(`${name}: ${status}`, () => assert.equal(judge(spec, vouching), status));
  }
  test("other images are let through", () => {
    assert.equal(judge(any(FAIL), [], `ghcr.io/other/app@${DIGEST}`), "pass");
  });
  for (const [name, spec, paths] of REFUSED) {
    test(`${name}: nothing is written`, () => {
      const { converted, unconverted } = convert(spec);
      assert.deepEqual([converted, unconverted.map(({ path }) => path)], [[], paths]);
    });
  }

  test("any document is converted or told why not", () => {
    const text = fc.constantFrom(
      "",
      "pass",
      "ghcr.io/**",
      "[",
      "i",
      "https://a.example",
      "warn",
      "-----BEGIN PUBLIC KEY-----",
    );
    const { value } = fc.letrec<{ value: Value }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 5 },
        text,
        fc.constantFrom(null, 1, true),
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom(...FIELDS), tie("value"), { maxKeys: 5 }),
      ),
    }));
    fc.assert(
      fc.property(value, (spec) => {
        const document = {
          apiVersion: "policy.sigstore.dev/v1beta1",
          kind: "ClusterImagePolicy",
          metadata: { name: "p" },
        };
        const { converted, unconverted } = convertClusterImagePolicy({ ...document, spec });
        assert.equal(converted.length + Math.min(unconverted.length, 1), 1);
      }),
      { numRuns: 300 },
    );
  });

  test("who is trusted, and where signatures are", () => {
    const source =
      "source: [{oci: r.example/one, tagPrefix: a-, signaturePullSecrets: [{name: s}]}, {oci: r.example/two}]";
    const spec = memberOf(
      convert(any(`{key: {kms: "awskms:///k", hashAlgorithm: sha512}, ${source}}`)).converted[0]?.policy,
      "spec",
    );
    const key = { kms: "awskms:///k", hashAlgorithm: "sha512" };
    const ctlog = { insecureIgnoreTlog: true };
    assert.deepEqual(memberOf(spec, "attestors"), [
      {
        name: "authority0",
        cosign: { key, source: { repository: "r.example/one", tagPrefix: "a-", PullSecrets: [{ name: "s" }] }, ctlog },
      },
      { name: "authority02", cosign: { key, source: { repository: "r.example/two" }, ctlog } },
    ]);
    const [expression = ""] = listOf(spec, "validations").map((each) => textOf(each, "expression"));
    assert.match(expression, /\[attestors\.authority0, attestors\.authority02\]\) > 0\)$/);
  });

  test("only some kinds, with labels, and a warning alone", () => {
    const match = "match: [{group: apps, version: v1, resource: deployments, selector: {matchLabels: {a: b}}}]";
    const spec = memberOf(convert(`${any(SIGNER)}, mode: warn, ${match}`).converted[0]?.policy, "spec");
    assert.deepEqual(memberOf(spec, "validationActions"), ["Warn"]);
    const constraints = memberOf(spec, "matchConstraints");
    assert.deepEqual(memberOf(constraints, "objectSelector"), { matchLabels: { a: "b" } });
    assert.deepEqual(memberOf(constraints, "resourceRules"), [
      { apiGroups: ["apps"], apiVersions: ["v1"], operations: ["CREATE", "UPDATE"], resources: ["deployments"] },
    ]);
  });
});
