import assert from "node:assert/strict";
import { test } from "node:test";
import { equalValues, listOf, memberOf, type Value } from "../../base/index.ts";
import {
  attestation,
  creation,
  evaluateWith,
  evidenceOf,
  exampleAttestor,
  imageOf,
  planOf,
  pod,
  SIGNATURE,
} from "../../testing/policy-builders.ts";
import { IMAGE_REFERENCE_FUNCTIONS } from "../language/cel/functions/kyverno/image.ts";
import { IMAGE_DATA_FUNCTIONS } from "../language/cel/functions/kyverno/image-data.ts";
import type { Fact } from "./facts.ts";
import { createImageFunctions } from "./image-functions.ts";

const DIGEST = `sha256:${"6".repeat(64)}`;
const IMAGE = "ghcr.io/acme/app:1.0";
const SBOM_TYPE = "https://cyclonedx.org/bom";

/** Whether an expression is true: pass, fail, or the error's first line. */
function verdict(
  expression: string,
  answer: (params: Value, kind: string) => Fact,
  spec: { readonly [key: string]: Value } = {},
): string {
  const plan = planOf({
    attestations: [
      { name: "sbom", intoto: { type: SBOM_TYPE } },
      { name: "scan", intoto: { type: "vuln" } },
    ],
    ...spec,
    validations: [{ expression }],
  });
  const [response] = evaluateWith(plan, creation(pod(IMAGE)), answer).evaluation.responses;
  return response?.status === "error"
    ? `${response.code} ${response.message.split("\n")[0]}`
    : (response?.status ?? "none");
}

const evidence =
  (more: { readonly [key: string]: Value }) =>
  (params: Value): Fact => ({
    ok: true,
    value: evidenceOf(imageOf(params), more),
  });
const noFacts = (): Fact => assert.fail("a fact was asked for");

const references: readonly (readonly [expression: string, expected: string | RegExp])[] = [
  ['image("nginx").registry() == "index.docker.io"', "pass"],
  ['image("registry.k8s.io/kube-proxy").registry() == "registry.k8s.io"', "pass"],
  ['parseImageReference("registry.k8s.io/kube-proxy").repository() == "kube-proxy"', "pass"],
  ['image("a/b:x").identifier() == "x"', "pass"],
  ['image("a/b").identifier() == "latest"', "pass"],
  [`image("a/b@${DIGEST}").identifier() == "${DIGEST}"`, "pass"],
  [`image("a/b:x@${DIGEST}").identifier() == "${DIGEST}"`, "pass"],
  ['image("a/b:x").tag() == "x"', "pass"],
  ['image("a/b").tag() == "latest"', "pass"],
  [`image("a/b@${DIGEST}").tag() == ""`, "pass"],
  [`image("a/b:x@${DIGEST}").tag() == "x"`, "pass"],
  ['image("a/b").digest() == ""', "pass"],
  [`image("a/b@${DIGEST}").digest() == "${DIGEST}"`, "pass"],
  [`image("a/b:x@${DIGEST}").containsDigest()`, "pass"],
  ['!image("a/b:latest").containsDigest()', "pass"],
  ['isImage("a/b:latest")', "pass"],
  ['!isImage("a/b:@")', "pass"],
  ['image("a/b:@") == image("x")', /^REFERENCE_INVALID/],
  ["isImage(1)", "refused"],
];

for (const [expression, expected] of references) {
  test(`image references: ${expression}`, () => {
    if (expected === "refused") {
      assert.throws(() => verdict(expression, noFacts), /EXPRESSION_INVALID/);
      return;
    }
    const found = verdict(expression, noFacts);
    if (expected instanceof RegExp) assert.match(found, expected);
    else assert.equal(found, expected);
  });
}

const sbom = attestation(SBOM_TYPE, { bomFormat: "CycloneDX" });
const cases: readonly {
  name: string;
  expression: string;
  answer: (params: Value, kind: string) => Fact;
  expected: string | RegExp;
  spec?: { readonly [key: string]: Value };
}[] = [
  {
    name: "signature",
    expression: `verifyImageSignatures("${IMAGE}", [attestors.demo]) == 1`,
    answer: evidence({ signatures: [SIGNATURE, SIGNATURE] }),
    expected: "pass",
  },
  {
    name: "an attestation is not a signature",
    expression: `verifyImageSignatures("${IMAGE}", [attestors.demo]) == 0`,
    answer: evidence({ attestations: [sbom] }),
    expected: "pass",
  },
  {
    name: "a signature is not an attestation",
    expression: `verifyAttestationSignatures("${IMAGE}", attestations.sbom, [attestors.demo]) == 0`,
    answer: evidence({ signatures: [SIGNATURE] }),
    expected: "pass",
  },
  {
    name: "attestation",
    expression: `verifyAttestationSignatures("${IMAGE}", attestations.sbom, [attestors.demo]) == 1`,
    answer: evidence({ attestations: [sbom] }),
    expected: "pass",
  },
  {
    name: "attestation of another type",
    expression: `verifyAttestationSignatures("${IMAGE}", attestations.scan, [attestors.demo]) == 0`,
    answer: evidence({ attestations: [sbom] }),
    expected: "pass",
  },
  {
    name: "attestation by another name of its type",
    expression: `verifyAttestationSignatures("${IMAGE}", attestations.scan, [attestors.demo]) == 1`,
    answer: evidence({
      attestations: [attestation("https://cosign.sigstore.dev/attestation/vuln/v1", {}, undefined, "vuln")],
    }),
    expected: "pass",
  },
  {
    name: "an attestation the policy does not have",
    expression: `verifyAttestationSignatures("${IMAGE}", "vex", [attestors.demo]) == 0`,
    answer: noFacts,
    expected: /^EXPRESSION_FAILED .*no attestation vex \(it has sbom, scan\)/,
  },
  {
    name: "an attestor cannot be made",
    expression: `verifyImageSignatures("${IMAGE}", [{"name": "demo"}]) == 0`,
    answer: noFacts,
    expected: "refused",
  },
  {
    name: "an attestor the policy does not have",
    expression: `verifyImageSignatures("${IMAGE}", [attestors.other]) == 0`,
    answer: noFacts,
    expected: /^EXPRESSION_FAILED .*other/,
  },
  {
    name: "images that are not covered count for nothing",
    expression: `verifyImageSignatures("docker.io/a", [attestors.demo]) == 0 && verifyAttestationSignatures("docker.io/a", "sbom", [attestors.demo]) == 0`,
    spec: { matchImageReferences: [{ glob: "ghcr.io/*" }] },
    answer: noFacts,
    expected: "pass",
  },
  {
    name: "a short name does not slip past its full name",
    expression:
      'verifyImageSignatures("nginx", [attestors.demo]) == 1 && images.containers == ["ghcr.io/acme/app:1.0"]',
    spec: { matchImageReferences: [{ glob: "docker.io/library/*" }, { expression: 'ref.startsWith("ghcr.io/")' }] },
    answer: evidence({ signatures: [SIGNATURE] }),
    expected: "pass",
  },
  {
    name: "nor does it slip past an expression",
    expression: 'verifyImageSignatures("nginx", [attestors.demo]) == 1',
    spec: { matchImageReferences: [{ glob: "ghcr.io/*" }, { expression: 'ref.startsWith("docker.io/")' }] },
    answer: evidence({ signatures: [SIGNATURE] }),
    expected: "pass",
  },
  {
    name: "an expression sees the reference as written, too",
    expression: 'verifyImageSignatures("nginx", [attestors.demo]) == 1',
    spec: { matchImageReferences: [{ glob: "ghcr.io/*" }, { expression: 'ref == "nginx"' }] },
    answer: evidence({ signatures: [SIGNATURE] }),
    expected: "pass",
  },
  {
    name: "an expression of matchImageReferences that fails",
    expression: "images.containers.size() == 1",
    spec: { matchImageReferences: [{ expression: 'ref.split(":")[5] == "x"' }] },
    answer: noFacts,
    expected: /^EXPRESSION_FAILED/,
  },
  {
    name: "payload",
    expression: `extractPayload("${IMAGE}", attestations.sbom).predicate.bomFormat == "CycloneDX"`,
    answer: evidence({ attestations: [sbom] }),
    expected: "pass",
  },
  {
    name: "payload names its subject",
    expression: `extractPayload("${IMAGE}", attestations.sbom).subject[0].digest.sha256 == "${"a".repeat(64)}"`,
    answer: evidence({ attestations: [sbom] }),
    expected: "pass",
  },
  {
    name: "payload: the first is the newest",
    expression: `extractPayload("${IMAGE}", attestations.sbom).predicate.n == 1`,
    answer: evidence({
      attestations: [
        attestation(SBOM_TYPE, { n: 1 }, "2026-01-02T00:00:00Z"),
        attestation(SBOM_TYPE, { n: 2 }, "2026-01-01T00:00:00Z"),
      ],
    }),
    expected: "pass",
  },
  {
    name: "no payload is an error, not an empty one",
    expression: `has(extractPayload("${IMAGE}", attestations.sbom).predicate)`,
    answer: evidence({}),
    expected: /^EXPRESSION_FAILED .*no verified attestation of type https:\/\/cyclonedx.org\/bom/,
  },
  {
    name: "image data",
    expression: `getImageData("${IMAGE}").config.os == "linux" && image.getMetadata("${IMAGE}") == image.GetMetadata("${IMAGE}")`,
    answer: () => ({ ok: true, value: { config: { os: "linux" } } }),
    expected: "pass",
  },
  {
    name: "evidence",
    expression: `amap.evidence("${IMAGE}", [attestors.demo]).findings.all(f, f.answered)`,
    answer: evidence({ findings: [{ answered: true }] }),
    expected: "pass",
  },
  {
    name: "evidence by kind of attestors that may state each",
    expression: `amap.evidence("${IMAGE}", {"vex": [attestors.demo], "scan": [attestors.demo]}).findings.all(f, f.answered)`,
    answer: (params) => {
      const states = listOf(params, "attestors").map((each) => memberOf(each, "states") ?? null);
      return {
        ok: true,
        value: evidenceOf(IMAGE, { findings: [{ answered: equalValues(states, [["scan", "vex"]]) }] }),
      };
    },
    expected: "pass",
  },
  {
    name: "evidence of a kind that is none",
    expression: `amap.evidence("${IMAGE}", {"scans": [attestors.demo]}).findings == []`,
    answer: evidence({}),
    expected: /^EXPRESSION_FAILED .*expected kinds of evidence \(signature, sbom, .*\), found "scans"/,
  },
  {
    name: "a variable named image does not hide the library",
    expression: "images.containers.all(image, verifyImageSignatures(image, [attestors.demo]) == 1)",
    answer: evidence({ signatures: [SIGNATURE] }),
    expected: "pass",
  },
];

for (const { name, expression, answer, expected, spec } of cases) {
  test(`image functions: ${name}`, () => {
    if (expected === "refused") {
      assert.throws(() => verdict(expression, answer, spec), /EXPRESSION_INVALID/);
      return;
    }
    const found = verdict(expression, answer, spec);
    if (expected instanceof RegExp) assert.match(found, expected);
    else assert.equal(found, expected);
  });
}

const byAttestor = (params: Value): Fact => {
  const isA = JSON.stringify(params).includes('"name":"a"');
  const [predicate, at]: [Value, string] = isA
    ? [{ n: "a" }, "2026-01-01T00:00:00Z"]
    : [{ n: "b" }, "2026-01-02T00:00:00Z"];
  return { ok: true, value: evidenceOf(IMAGE, { attestations: [attestation(SBOM_TYPE, predicate, at)] }) };
};

test("extractPayload: the newest of all attestors", () => {
  const attestors = [exampleAttestor("a"), exampleAttestor("b")];
  assert.equal(
    verdict(`extractPayload("${IMAGE}", attestations.sbom).predicate.n == "b"`, byAttestor, { attestors }),
    "pass",
  );
});

test("amap.evidence: one fact with all attestors; the others one for each", () => {
  const attestors = [exampleAttestor("a"), exampleAttestor("b")];
  const asked: string[] = [];
  const answer = (params: Value): Fact => {
    const list = memberOf(params, "attestors");
    asked.push((Array.isArray(list) ? list : []).map((each) => JSON.stringify(memberOf(each, "name"))).join("+"));
    return { ok: true, value: evidenceOf(IMAGE) };
  };
  const both = `amap.evidence("${IMAGE}", [attestors.a, attestors.b]).findings == [] && verifyImageSignatures("${IMAGE}", [attestors.a, attestors.b]) == 0`;
  assert.equal(verdict(both, answer, { attestors }), "pass");
  assert.deepEqual(asked, ['"a"+"b"', '"a"', '"b"']);
});

const forExamples = (_: Value, kind: string): Fact =>
  kind === "imageData"
    ? { ok: true, value: { config: { architecture: "amd64" } } }
    : { ok: true, value: evidenceOf(IMAGE, { signatures: [SIGNATURE], attestations: [sbom] }) };

test("every row's example is true", () => {
  const scope = { attestors: [], attestations: new Map<string, string>(), covers: () => true };
  for (const row of [...IMAGE_REFERENCE_FUNCTIONS, ...IMAGE_DATA_FUNCTIONS, ...createImageFunctions(scope)]) {
    assert.equal(verdict(row.example, forExamples), "pass", row.example);
  }
});
