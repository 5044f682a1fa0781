import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { decodeBase64, type ErrorCode, encodeBase64, encodeUtf8 } from "../base/index.ts";
import {
  attestationBundle,
  bundleCandidate,
  envelopeCandidate,
  signatureBundle,
  signStatement,
  simpleSigningCandidate,
  testDigest,
  testStatement,
  trustedKey,
} from "../testing/attestation-builders.ts";
import { testSigner } from "../testing/fake-signer.ts";
import type { Candidate, Verification } from "./evidence.ts";
import { verifyCandidates } from "./verifier.ts";

const signer = testSigner("signer");
const image = testDigest("image");
const VEX = "https://openvex.dev/ns";
const policy = { keys: [trustedKey("cosign.pub", signer)], subjects: [image] };
const verify = (candidate: Candidate): Verification => verifyCandidates([candidate], policy);
const counts = ({ signatures, attestations, rejected }: Verification): readonly number[] => [
  signatures.length + attestations.length,
  rejected.length,
];

const bundle = await attestationBundle(testStatement(image, VEX, { author: "a" }), signer);
const bundleText = Buffer.from(bundle).toString();
const attestation = envelopeCandidate(await signStatement(testStatement(image, VEX, { author: "a" }), signer));
const signature = await simpleSigningCandidate(image, signer);

interface BundleJson {
  mediaType?: string;
  verificationMaterial?: unknown;
  dsseEnvelope: { payload: string; payloadType: string; signatures: [{ sig: string }] };
}

/** The bundle with its JSON changed. */
function changed(change: (json: BundleJson) => void): Candidate {
  const json = JSON.parse(bundleText);
  change(json);
  return bundleCandidate(encodeUtf8(JSON.stringify(json)));
}

/** The bundle with text inside its signed statement replaced. */
function changedPayload(from: string, to: string): Candidate {
  return changed((json) => {
    const text = Buffer.from(json.dsseEnvelope.payload, "base64").toString();
    assert.ok(text.includes(from));
    json.dsseEnvelope.payload = Buffer.from(text.replace(from, to)).toString("base64");
  });
}

function flippedBase64(text: string, at: number): string {
  const bytes = decodeBase64(text) ?? new Uint8Array();
  return encodeBase64(bytes.map((byte, index) => (index === at ? byte ^ 1 : byte)));
}

describe("one changed part", () => {
  const other = testDigest("other").slice(7);
  const cases: readonly (readonly [string, () => Candidate, ErrorCode])[] = [
    ["the predicate", () => changedPayload('"author":"a"', '"author":"b"'), "SIGNATURE_INVALID"],
    ["the subject digest", () => changedPayload(image.slice(7), other), "SIGNATURE_INVALID"],
    ["the predicate type", () => changedPayload(VEX, "https://openvex.dev/nt"), "SIGNATURE_INVALID"],
    ["the statement type", () => changedPayload("Statement/v1", "Statement/v2"), "SIGNATURE_INVALID"],
    ["a space in the statement", () => changedPayload('"subject":', '"subject": '), "SIGNATURE_INVALID"],
    ["the payload, emptied", () => changed((json) => (json.dsseEnvelope.payload = "")), "SIGNATURE_INVALID"],
    ["the payload type", () => changed((json) => (json.dsseEnvelope.payloadType += "x")), "ENVELOPE_INVALID"],
    ["the payload's base64", () => changed((json) => (json.dsseEnvelope.payload += "=")), "ENVELOPE_INVALID"],
    ...[0, 1, 4, 20, 40, 69].map(
      (at) =>
        [
          `byte ${at} of the signature`,
          () =>
            changed(
              (json) => (json.dsseEnvelope.signatures[0].sig = flippedBase64(json.dsseEnvelope.signatures[0].sig, at)),
            ),
          "SIGNATURE_INVALID",
        ] as const,
    ),
    [
      "the signature, emptied",
      () => changed((json) => (json.dsseEnvelope.signatures[0].sig = "")),
      "SIGNATURE_INVALID",
    ],
    [
      "the signatures, removed",
      () => changed((json) => Object.assign(json.dsseEnvelope, { signatures: [] })),
      "ENVELOPE_INVALID",
    ],
    [
      "the media type",
      () => changed((json) => (json.mediaType = json.mediaType?.replace("0.3", "0.9") ?? "")),
      "BUNDLE_UNSUPPORTED",
    ],
    ["the media type, removed", () => changed((json) => delete json.mediaType), "BUNDLE_INVALID"],
    ["the material, removed", () => changed((json) => delete json.verificationMaterial), "BUNDLE_INVALID"],
    [
      "the material, made a certificate",
      () => changed((json) => (json.verificationMaterial = { certificate: { rawBytes: "AA==" } })),
      "SIGNER_UNKNOWN",
    ],
    ["the end of the JSON", () => bundleCandidate(bundle.slice(0, -1)), "BUNDLE_INVALID"],
  ];
  for (const [title, candidate, code] of cases) {
    it(`${title}: ${code}`, () => {
      const { signatures, attestations, rejected } = verify(candidate());
      assert.deepEqual([signatures.length, attestations.length], [0, 0]);
      assert.deepEqual(
        rejected.map((each) => each.code),
        [code],
        rejected[0]?.message,
      );
    });
  }

  it("nothing: accepted", () => {
    for (const candidate of [bundleCandidate(bundle), attestation, signature]) {
      assert.deepEqual(counts(verify(candidate)), [1, 0]);
    }
  });
});

describe("every byte", () => {
  it("of a bundle counts, but for its unsigned hint", () => {
    const start = bundleText.indexOf('"hint":"') + '"hint":"'.length;
    const end = bundleText.indexOf('"', start);
    const codes = new Set<ErrorCode>();
    for (let at = 0; at < bundle.length; at++) {
      const bytes = bundle.map((byte, index) => (index === at ? byte ^ 1 : byte));
      const result = verify(bundleCandidate(bytes));
      const inHint = at >= start && at < end;
      if (!inHint) assert.deepEqual(counts(result), [0, 1], `byte ${at}: ${bundleText.slice(at - 10, at + 10)}`);
      else assert.equal(counts(result)[0] === 1 || result.rejected[0]?.code === "BUNDLE_INVALID", true, `byte ${at}`);
      for (const { code } of result.rejected) codes.add(code);
    }
    assert.deepEqual([...codes].sort(), [
      "BUNDLE_INVALID",
      "BUNDLE_UNSUPPORTED",
      "ENVELOPE_INVALID",
      "SIGNATURE_INVALID",
    ]);
  });

  it("of an .att layer counts", () => {
    for (let at = 0; at < attestation.bytes.length; at++) {
      const bytes = attestation.bytes.map((byte, index) => (index === at ? byte ^ 1 : byte));
      assert.deepEqual(counts(verify({ ...attestation, bytes })), [0, 1], `byte ${at}`);
    }
  });

  it("of a .sig layer's payload counts, with SIGNATURE_INVALID", () => {
    for (let at = 0; at < signature.payload.length; at++) {
      const payload = signature.payload.map((byte, index) => (index === at ? byte ^ 1 : byte));
      assert.deepEqual(
        verify({ ...signature, payload }).rejected.map(({ code }) => code),
        ["SIGNATURE_INVALID"],
      );
    }
  });

  it("of a .sig layer's signature counts, with SIGNATURE_INVALID", () => {
    const name = "dev.cosignproject.cosign/signature";
    const text = signature.annotations[name] ?? "";
    for (let at = 0; at < text.length; at++) {
      const flipped = String.fromCharCode(text.charCodeAt(at) ^ 1);
      const annotations = { [name]: text.slice(0, at) + flipped + text.slice(at + 1) };
      assert.deepEqual(
        verify({ ...signature, annotations }).rejected.map(({ code }) => code),
        ["SIGNATURE_INVALID"],
        `at ${at}`,
      );
    }
  });
});

describe("junk", () => {
  const bytes = fc.uint8Array({ maxLength: 400 });
  const annotations = fc.dictionary(
    fc.oneof(fc.string(), fc.constantFrom("dev.cosignproject.cosign/signature", "predicateType", "__proto__")),
    fc.oneof(fc.string(), fc.base64String()),
  );
  const { foundAt } = signature;
  const candidate: fc.Arbitrary<Candidate> = fc.oneof(
    fc.record({ kind: fc.constant("bundle" as const), foundAt: fc.constant(foundAt), bytes }),
    fc.record({ kind: fc.constant("envelope" as const), foundAt: fc.constant(foundAt), bytes, annotations }),
    fc.record({
      kind: fc.constant("simple-signing" as const),
      foundAt: fc.constant(foundAt),
      payload: bytes,
      annotations,
    }),
  );

  it("is rejected, one for one, and never throws", () => {
    fc.assert(
      fc.property(fc.array(candidate, { maxLength: 5 }), (candidates) => {
        const result = verifyCandidates(candidates, policy);
        assert.deepEqual([result.signatures.length, result.attestations.length], [0, 0]);
        assert.equal(result.rejected.length, candidates.length);
      }),
      { numRuns: 300 },
    );
  });

  it("beside a good one changes nothing", async () => {
    const good = bundleCandidate(await signatureBundle(image, signer));
    fc.assert(
      fc.property(fc.array(candidate, { maxLength: 3 }), fc.array(candidate, { maxLength: 3 }), (before, after) => {
        const result = verifyCandidates([...before, good, ...after], policy);
        assert.equal(result.signatures.length, 1);
        assert.equal(result.rejected.length, before.length + after.length);
      }),
      { numRuns: 100 },
    );
  });
});
