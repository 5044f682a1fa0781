import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { encodeUtf8, LIMITS } from "../base/index.ts";
import { bundleCandidate, testDigest, testStatement } from "../testing/attestation-builders.ts";
import { bundleOf, image, person, sigstore, trustRoot } from "../testing/bundle-verification.ts";
import { createTestKey, type TestKeyKind } from "../testing/sigstore/local-sigstore.ts";
import type { Candidate, Verification } from "./evidence.ts";
import { decodeStatement, encodeStatement } from "./statement.ts";
import { verifyCandidates } from "./verifier.ts";
import { createBundleVerifier } from "./verify-bundle.ts";

const files = Array.from({ length: 100_000 }, (_, index) => ({ name: `./package-${index}/index.js`, size: index }));
const predicate = { files };
const payload = encodeStatement(testStatement(image, "https://spdx.dev/Document", predicate));
const policy = { keys: [], identities: [person], trustRoot, subjects: [image] };
const verify = (candidate: Candidate): Verification => verifyCandidates([candidate], policy);

describe("a statement over LIMITS.copiedPayloadBytes", () => {
  it("is one", () =>
    assert.ok(payload.length > LIMITS.copiedPayloadBytes && payload.length > LIMITS.eagerStatementBytes));

  it("is read without its predicate, which is there when it is asked for", () => {
    const decoded = decodeStatement(payload);
    assert.ok(decoded.ok);
    assert.equal(typeof Object.getOwnPropertyDescriptor(decoded.value, "predicate")?.get, "function");
    assert.deepEqual(decoded.value.predicate, predicate);
    assert.equal(decoded.value.predicate, decoded.value.predicate, "made once");
  });

  it("is refused when its predicate is malformed, as a small one is", () => {
    const text = Buffer.from(payload).toString();
    for (const [from, to] of [
      ['"size":7}', '"size":7,}'],
      ['"size":7}', '"size":7,"size":8}'],
      ['"size":7}', '"size":07}'],
      ["package-7/", "package-\u0001/"],
    ] as const) {
      const decoded = decodeStatement(encodeUtf8(text.replace(from, to)));
      assert.equal(decoded.ok ? "accepted" : decoded.issues[0]?.code, "STATEMENT_INVALID", to);
    }
  });

  for (const kind of ["ecdsa-p256", "ecdsa-p384", "rsa-2048", "ed25519"] satisfies TestKeyKind[]) {
    it(`verifies with a key of ${kind}, and not with a byte changed`, () => {
      const { bundle, bytes } = sigstore.signBundle({ content: { payload }, key: createTestKey(kind) });
      const [found] = verify(bundleCandidate(bytes)).attestations;
      assert.equal(found?.predicateType, "https://spdx.dev/Document");
      assert.deepEqual(found?.predicate, predicate);
      const changed = structuredClone(bundle);
      const envelope = changed.dsseEnvelope as { payload: string };
      envelope.payload = `${envelope.payload.slice(0, 500_000)}A${envelope.payload.slice(500_001)}`;
      const twin = verify(bundleCandidate(encodeUtf8(JSON.stringify(changed))));
      assert.deepEqual(
        twin.rejected.map(({ code }) => code),
        ["SIGNATURE_INVALID"],
      );
    });
  }

  it("verifies in a layer, in both alphabets of base64", () => {
    const { bytes, annotations } = sigstore.signLayer(payload, "envelope", {});
    const foundAt = { form: "tag", manifest: testDigest("manifest"), blob: testDigest("blob") } as const;
    assert.equal(verify({ kind: "envelope", foundAt, bytes, annotations }).attestations.length, 1);
    const { bundle } = sigstore.signBundle({ content: { payload } });
    const envelope = bundle.dsseEnvelope as { payload: string };
    envelope.payload = envelope.payload.replaceAll("+", "-").replaceAll("/", "_");
    const result = createBundleVerifier(policy).verify(bundleOf(bundle), { kind: "digests", digests: [image] });
    assert.ok(result.ok);
  });
});
