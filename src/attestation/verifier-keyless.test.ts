import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { digestOf, type ErrorCode, encodeUtf8 } from "../base/index.ts";
import { bundleCandidate, testDigest, testStatement } from "../testing/attestation-builders.ts";
import { image, payload, person, sigstore, statement, trustRoot } from "../testing/bundle-verification.ts";
import {
  createTestKey,
  jsonBytes,
  PERSON,
  type SigningOptions,
  WORKFLOW_RUN,
} from "../testing/sigstore/local-sigstore.ts";
import type { Candidate, Verification } from "./evidence.ts";
import { encodeSimpleSigning } from "./simple-signing.ts";
import { createSignatureStatement, encodeStatement } from "./statement.ts";
import { verifyCandidates } from "./verifier.ts";
import type { VerificationPolicy } from "./verifier-options.ts";

const policy: VerificationPolicy = { keys: [], identities: [person], trustRoot, subjects: [image] };
const verify = (candidate: Candidate, changed: Partial<VerificationPolicy> = {}): Verification =>
  verifyCandidates([candidate], { ...policy, ...changed });
const foundAt = { form: "tag", manifest: testDigest("manifest"), blob: testDigest("blob") } as const;

const signaturePayload = encodeSimpleSigning({ dockerReference: "127.0.0.1:5000/shop", digest: image });
const signatureLayer = (options: SigningOptions = {}): Candidate & { kind: "simple-signing" } => {
  const { annotations } = sigstore.signLayer(signaturePayload, "simple-signing", options);
  return { kind: "simple-signing", foundAt, payload: signaturePayload, annotations };
};
const attestationLayer = (options: SigningOptions = {}): Candidate & { kind: "envelope" } => {
  const { bytes, annotations } = sigstore.signLayer(payload, "envelope", options);
  return { kind: "envelope", foundAt, bytes, annotations };
};
const bundle = (content: Uint8Array = payload, options: SigningOptions = {}): Candidate =>
  bundleCandidate(sigstore.signBundle({ content: { payload: content }, ...options }).bytes);

function assertRejected(result: Verification, code: ErrorCode, message?: RegExp): void {
  assert.deepEqual([result.signatures.length, result.attestations.length], [0, 0]);
  assert.deepEqual(
    result.rejected.map((each) => each.code),
    [code],
    result.rejected[0]?.message,
  );
  if (message !== undefined) assert.match(result.rejected[0]?.message ?? "", message);
}

describe("verifyCandidates accepts, keyless", () => {
  const forms: readonly (readonly [string, () => Candidate, "signature" | "attestation"])[] = [
    ["an attestation in a bundle", () => bundle(), "attestation"],
    ["a signature in a bundle", () => bundle(encodeStatement(createSignatureStatement(image))), "signature"],
    ["a bundle with Rekor v2", () => bundle(payload, { log: "v2" }), "attestation"],
    ["a .sig layer", () => signatureLayer(), "signature"],
    ["a .sig layer with a timestamp", () => signatureLayer({ timestamp: true }), "signature"],
    ["an .att layer with a dsse entry", () => attestationLayer({ entryKind: "dsse" }), "attestation"],
    ["an .att layer with an intoto entry", () => attestationLayer({ entryKind: "intoto" }), "attestation"],
    [
      "an .att layer with an intoto entry of 0.0.1",
      () => attestationLayer({ entryKind: "intoto-0.0.1" }),
      "attestation",
    ],
    ["an .att layer with a timestamp", () => attestationLayer({ timestamp: true }), "attestation"],
  ];
  for (const [name, candidate, kind] of forms) {
    it(name, () => {
      const { signatures, attestations, rejected } = verify(candidate());
      assert.deepEqual(rejected, []);
      const [found] = kind === "signature" ? signatures : attestations;
      assert.equal(signatures.length + attestations.length, 1);
      assert.ok(found?.signer.kind === "certificate");
      assert.deepEqual([found.signer.name, found.signer.subject], ["developer", PERSON.subject.value]);
      assert.notEqual(found.signedTime.source, "self-asserted");
      assert.equal(found.signedTime.at, "2026-06-01T12:00:00Z");
      assert.ok(found.checks?.every(({ passed }) => passed));
    });
  }

  it("beside a trusted key, each by its own rules", () => {
    const key = createTestKey();
    const keys = [{ name: "release", pem: key.pem }];
    const keySigned = bundleCandidate(
      sigstore.signBundle({ content: { payload }, key, keyOnly: true, log: "none" }).bytes,
    );
    const both = verifyCandidates([keySigned, bundle()], { ...policy, keys });
    assert.deepEqual(
      both.attestations.map(({ signer, signedTime }) => [signer.name, signedTime.source]),
      [
        ["release", "self-asserted"],
        ["developer", "transparencyLog"],
      ],
    );
    const strict = verifyCandidates([keySigned, bundle()], { ...policy, keys, thresholds: { logs: 1 } });
    assert.deepEqual(
      strict.attestations.map(({ signer }) => signer.name),
      ["developer"],
    );
    assert.deepEqual(
      strict.rejected.map(({ code, claims }) => [code, claims?.predicateType]),
      [["THRESHOLD_UNMET", statement.predicateType]],
    );
  });

  it("layers signed with a key, whose certificate stands beside them and in the log", () => {
    const key = createTestKey();
    const keys = [{ name: "release", pem: key.pem }];
    const logged = { keys, thresholds: { logs: 1 } };
    for (const candidate of [signatureLayer({ key }), attestationLayer({ key })]) {
      const { signatures, attestations } = verify(candidate, logged);
      assert.deepEqual(
        [...signatures, ...attestations].map(({ signer }) => signer.name),
        ["release"],
      );
      const { "dev.sigstore.cosign/certificate": _, ...annotations } = candidate.annotations;
      // The log holds the certificate: without it nobody knows that the entry speaks of the key.
      assertRejected(verify({ ...candidate, annotations }, logged), "TLOG_ENTRY_MISMATCH");
    }
  });

  it("layers signed with a key, with the time that their log proves", () => {
    const key = createTestKey();
    const keys = [{ name: "release", pem: key.pem }];
    for (const candidate of [signatureLayer({ key, keyOnly: true }), attestationLayer({ key, keyOnly: true })]) {
      const alone = verify(candidate, { keys });
      const [found] = [...alone.signatures, ...alone.attestations];
      assert.equal(found?.signedTime.source, "self-asserted");
      assert.deepEqual(found?.notes, ["1 transparency log entry was not checked"]);
      const logged = verify(candidate, { keys, thresholds: { logs: 1 } });
      assert.equal([...logged.signatures, ...logged.attestations][0]?.signedTime.source, "transparencyLog");
    }
  });
});

describe("verifyCandidates rejects, keyless", () => {
  const without = (candidate: Candidate, name: string): Candidate => {
    assert.ok(candidate.kind !== "bundle");
    const { [name]: _, ...annotations } = candidate.annotations;
    return { ...candidate, annotations };
  };
  const annotated = (candidate: Candidate, name: string, value: string): Candidate => {
    assert.ok(candidate.kind !== "bundle");
    return { ...candidate, annotations: { ...candidate.annotations, [name]: value } };
  };
  const BUNDLE = "dev.sigstore.cosign/bundle";
  const CERTIFICATE = "dev.sigstore.cosign/certificate";
  const STAMP = "dev.sigstore.cosign/rfc3161timestamp";
  const other = signatureLayer({ timestamp: true });
  const rows: readonly (readonly [string, () => Candidate, ErrorCode])[] = [
    ["another identity", () => bundle(payload, { identity: WORKFLOW_RUN }), "IDENTITY_MISMATCH"],
    ["another identity's layer", () => signatureLayer({ identity: WORKFLOW_RUN }), "IDENTITY_MISMATCH"],
    ["no log entry", () => without(signatureLayer(), BUNDLE), "THRESHOLD_UNMET"],
    [
      "a log entry of another signature (C5)",
      () => annotated(signatureLayer(), BUNDLE, other.annotations[BUNDLE] ?? ""),
      "TLOG_ENTRY_MISMATCH",
    ],
    ["a log entry that is none (C4)", () => annotated(signatureLayer(), BUNDLE, "{}"), "TLOG_ENTRY_INVALID"],
    ["a log entry that is no JSON (C4)", () => annotated(attestationLayer(), BUNDLE, "{"), "TLOG_ENTRY_INVALID"],
    [
      "a timestamp of another signature (C5)",
      () => annotated(signatureLayer(), STAMP, other.annotations[STAMP] ?? ""),
      "TIMESTAMP_INVALID",
    ],
    ["a timestamp that is none (C4)", () => annotated(signatureLayer(), STAMP, "{}"), "TIMESTAMP_INVALID"],
    ["an empty certificate (C4)", () => annotated(signatureLayer(), CERTIFICATE, ""), "SIGNER_UNKNOWN"],
    [
      "a certificate that is none (C4)",
      () => annotated(signatureLayer(), CERTIFICATE, "-----BEGIN CERTIFICATE-----"),
      "CERTIFICATE_INVALID",
    ],
    [
      "another's certificate",
      () => annotated(signatureLayer(), CERTIFICATE, other.annotations[CERTIFICATE] ?? ""),
      "SIGNATURE_INVALID",
    ],
    ["a changed payload", () => ({ ...signatureLayer(), payload: encodeUtf8("{}") }), "SIGNATURE_INVALID"],
    ["a signed payload that is no JSON (C4)", () => ({ ...signedAnything("no JSON") }), "PAYLOAD_INVALID"],
    ["a payload over the limit (C8)", () => ({ ...signedAnything(" ".repeat(2 ** 20 + 1)) }), "PAYLOAD_INVALID"],
    ["a signed statement that is none (C4)", () => bundle(encodeUtf8("[]")), "STATEMENT_INVALID"],
    ["a bundle's empty certificate (C4)", () => withCertificate(""), "BUNDLE_INVALID"],
    ["a bundle's certificate that is none (C4)", () => withCertificate("AAAA"), "CERTIFICATE_INVALID"],
    ["another subject", () => bundle(encodeStatement(testStatement(testDigest("other"), "t"))), "SUBJECT_MISMATCH"],
  ];
  function signedAnything(text: string): Candidate & { kind: "simple-signing" } {
    const bytes = encodeUtf8(text);
    const { annotations } = sigstore.signLayer(bytes, "simple-signing");
    return { kind: "simple-signing", foundAt, payload: bytes, annotations };
  }
  function withCertificate(rawBytes: string): Candidate {
    const json = structuredClone(sigstore.signBundle({ content: { payload } }).bundle);
    json.verificationMaterial.certificate = { rawBytes };
    return bundleCandidate(jsonBytes(json));
  }
  for (const [name, candidate, code] of rows) {
    it(`${name}: ${code}`, () => assertRejected(verify(candidate()), code));
  }

  it("a certificate where no identity or no root is trusted", () => {
    assertRejected(verify(bundle(), { identities: [] }), "SIGNER_UNKNOWN", /no identity is trusted/);
    const { trustRoot: _, ...noRoot } = policy;
    assertRejected(verifyCandidates([bundle()], noRoot), "TLOG_UNKNOWN");
  });

  it("C3: an attestation never counts as a signature, nor as one of another type", () => {
    const result = verify(bundle(encodeStatement(testStatement(image, "https://spdx.dev/Document"))));
    assert.deepEqual(result.signatures, []);
    assert.deepEqual(
      result.attestations.map(({ predicateType }) => predicateType),
      ["https://spdx.dev/Document"],
    );
    // The annotation beside a layer is not signed: the statement's own type counts.
    const layer = attestationLayer();
    const renamed = {
      ...layer,
      annotations: { ...layer.annotations, predicateType: "https://slsa.dev/provenance/v1" },
    };
    assert.equal(verify(renamed).attestations[0]?.predicateType, statement.predicateType);
  });

  it("an .att layer whose bytes hold another envelope than its entry of intoto 0.0.1", () => {
    const first = attestationLayer({ entryKind: "intoto-0.0.1" });
    const spaced = { ...first, bytes: encodeUtf8(` ${Buffer.from(first.bytes).toString()}`) };
    assertRejected(verify(spaced), "TLOG_ENTRY_MISMATCH");
  });

  it("one rejected candidate never takes an accepted one away", () => {
    const result = verifyCandidates([bundle(payload, { identity: WORKFLOW_RUN }), bundle()], policy);
    assert.deepEqual([result.attestations.length, result.rejected.length], [1, 1]);
    assert.equal(digestOf(result.attestations[0]?.envelope.payload ?? new Uint8Array()), digestOf(payload));
  });
});
