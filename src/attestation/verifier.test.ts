import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AmapError, type Digest, digestHex, type ErrorCode, encodeUtf8 } from "../base/index.ts";
import {
  attestationBundle,
  bundleCandidate,
  envelopeCandidate,
  keyHint,
  signatureBundle,
  signPayload,
  signStatement,
  simpleSigningCandidate,
  simpleSigningLayer,
  testDigest,
  testStatement,
  trustedKey,
} from "../testing/attestation-builders.ts";
import { testSigner } from "../testing/fake-signer.ts";
import { createLocalSigstore, createTestKey } from "../testing/sigstore/local-sigstore.ts";
import { encodeBundle } from "./bundle.ts";
import { encodeEnvelope } from "./envelope.ts";
import type { Candidate, Verification } from "./evidence.ts";
import { encodeSimpleSigning } from "./simple-signing.ts";
import { createStatement, encodeStatement, STATEMENT_PAYLOAD_TYPE, type Statement } from "./statement.ts";
import { createVerifier, verifyCandidates } from "./verifier.ts";

const signer = testSigner("signer");
const stranger = testSigner("stranger");
const image = testDigest("image");
const index = testDigest("index");
const other = testDigest("other");
const VEX = "https://openvex.dev/ns";
const SIGN = "https://sigstore.dev/cosign/sign/v1";
const keys = [trustedKey("cosign.pub", signer)];

const verify = (candidates: readonly Candidate[], subjects: readonly Digest[] = [image]): Verification =>
  verifyCandidates(candidates, { keys, subjects });
const codes = (verification: Verification): readonly ErrorCode[] => verification.rejected.map(({ code }) => code);

function assertRejected(candidate: Candidate, code: ErrorCode, message?: RegExp): void {
  const result = verify([candidate]);
  assert.deepEqual([result.signatures.length, result.attestations.length], [0, 0]);
  assert.deepEqual(codes(result), [code], result.rejected[0]?.message);
  assert.deepEqual([result.rejected[0]?.foundAt, result.rejected[0]?.kind], [candidate.foundAt, candidate.kind]);
  if (message !== undefined) assert.match(result.rejected[0]?.message ?? "", message);
}

/** Text as a Statement's bytes, signed by the trusted key: what a broken or hostile signer could make. */
const signText = async (text: string): Promise<Candidate> =>
  envelopeCandidate(await signPayload(encodeUtf8(text), [signer]));

describe("verifyCandidates accepts", () => {
  it("an attestation in a bundle", async () => {
    const statement = testStatement(image, VEX, { a: 1 });
    const candidate = bundleCandidate(await attestationBundle(statement, signer));
    const { attestations, rejected } = verify([candidate]);
    assert.deepEqual(rejected, []);
    const [found] = attestations;
    assert.deepEqual(found?.statement, statement);
    assert.deepEqual([found?.predicateType, found?.predicate, found?.subject], [VEX, { a: 1 }, image]);
    assert.deepEqual(found?.signer, { kind: "key", keyId: keyHint(signer), name: "cosign.pub" });
    assert.deepEqual(found?.foundAt, candidate.foundAt);
    assert.deepEqual(found?.signedTime, { source: "self-asserted" });
    assert.equal(found?.envelope.payloadType, STATEMENT_PAYLOAD_TYPE);
    assert.equal(found?.notes, undefined);
  });

  it("an attestation of an .att tag, v0.1 as cosign writes it", async () => {
    const statement = { ...testStatement(image, VEX), _type: "https://in-toto.io/Statement/v0.1" } as const;
    const { attestations } = verify([envelopeCandidate(await signStatement(statement, signer))]);
    assert.equal(attestations[0]?.statement._type, statement._type);
  });

  it("an image signature of a .sig tag", async () => {
    const { signatures } = verify([await simpleSigningCandidate(image, signer, { team: "shop" })]);
    assert.deepEqual([signatures[0]?.subject, signatures[0]?.annotations], [image, { team: "shop" }]);
    assert.deepEqual(signatures[0]?.payload, {
      critical: {
        identity: { "docker-reference": "127.0.0.1:5000/shop" },
        image: { "docker-manifest-digest": image },
        type: "cosign container image signature",
      },
      optional: { team: "shop" },
    });
  });

  it("an image signature in a bundle, with the payload shape that cosign prints", async () => {
    const { signatures } = verify([bundleCandidate(await signatureBundle(image, signer, { team: "shop" }))]);
    assert.deepEqual([signatures[0]?.subject, signatures[0]?.annotations], [image, { team: "shop" }]);
    assert.deepEqual(signatures[0]?.payload, {
      critical: { identity: { "docker-reference": "" }, image: { "docker-manifest-digest": image }, type: SIGN },
      optional: { team: "shop" },
    });
  });

  it("a statement about any of the digests asked for, naming the caller's first", async () => {
    const subjects = [other, index, image].map((digest) => ({ digest: { sha256: digestHex(digest) } }));
    const statement = createStatement({ subjects, predicateType: VEX, predicate: {} });
    const { attestations } = verify([envelopeCandidate(await signStatement(statement, signer))], [image, index]);
    assert.equal(attestations[0]?.subject, image);
  });

  it("one valid signature of two", async () => {
    const { attestations } = verify([
      envelopeCandidate(await signStatement(testStatement(image, VEX), stranger, signer)),
    ]);
    assert.deepEqual(
      attestations.map((each) => each.signer.name),
      ["cosign.pub"],
    );
  });

  it("two trusted signers of one envelope, each as its own entry", async () => {
    const envelope = await signStatement(testStatement(image, VEX), stranger, signer);
    const policy = { keys: [...keys, trustedKey("second", stranger)], subjects: [image] };
    const { attestations } = verifyCandidates([envelopeCandidate(envelope)], policy);
    assert.deepEqual(
      attestations.map((each) => each.signer.name),
      ["cosign.pub", "second"],
    );
  });

  it("a key that is trusted under two names, once", async () => {
    const policy = { keys: [...keys, trustedKey("same", signer)], subjects: [image] };
    const { signatures } = verifyCandidates([await simpleSigningCandidate(image, signer)], policy);
    assert.deepEqual(
      signatures.map((each) => each.signer),
      [{ kind: "key", keyId: keyHint(signer), name: "cosign.pub", otherNames: ["same"] }],
    );
  });

  it("a bundle with a wrong hint, since a hint is not signed and only advice", async () => {
    const envelope = await signStatement(testStatement(image, VEX), signer);
    for (const keyHintText of [keyHint(stranger), "", "anything"]) {
      assert.equal(verify([bundleCandidate(encodeBundle({ envelope, keyHint: keyHintText }))]).attestations.length, 1);
    }
  });

  it("a signed time only where the statement itself states one", async () => {
    const custom = "https://cosign.sigstore.dev/attestation/v1";
    const times = [
      [custom, { Data: "x", Timestamp: "2026-11-22T12:00:00Z" }, "2026-11-22T12:00:00Z"],
      [custom, { Data: "x", Timestamp: "yesterday" }, undefined],
      [VEX, { Timestamp: "2026-11-22T12:00:00Z" }, undefined],
    ] as const;
    for (const [type, predicate, at] of times) {
      const { attestations } = verify([
        envelopeCandidate(await signStatement(testStatement(image, type, predicate), signer)),
      ]);
      assert.deepEqual(attestations[0]?.signedTime, { source: "self-asserted", ...(at === undefined ? {} : { at }) });
    }
  });

  it("with a note on what it did not check", async () => {
    const key = createTestKey();
    const content = { payload: encodeStatement(testStatement(image, VEX)) };
    const { bytes } = createLocalSigstore().signBundle({ content, key, keyOnly: true, timestamp: true });
    const policy = { keys: [{ name: "local", pem: key.pem }], subjects: [image] };
    const [inBundle] = verifyCandidates([bundleCandidate(bytes)], policy).attestations;
    assert.deepEqual(inBundle?.notes, [
      "1 signed timestamp was not checked",
      "1 transparency log entry was not checked",
    ]);
    const envelope = await signStatement(testStatement(image, VEX), signer);
    const annotations = { predicateType: "https://slsa.dev/provenance/v1", "dev.sigstore.cosign/bundle": "{}" };
    const [inTag] = verify([envelopeCandidate(envelope, annotations)]).attestations;
    assert.equal(inTag?.predicateType, VEX, "the signed statement decides");
    assert.equal(inTag?.notes?.length, 2);
    assert.match(inTag?.notes?.[1] ?? "", /unsigned annotation/);
  });
});

describe("verifyCandidates rejects", () => {
  it("a stranger's bundle as SIGNER_UNKNOWN, by its hint", async () => {
    assertRejected(bundleCandidate(await attestationBundle(testStatement(image, VEX), stranger)), "SIGNER_UNKNOWN");
    assertRejected(bundleCandidate(await signatureBundle(image, stranger)), "SIGNER_UNKNOWN");
  });

  it("a stranger's envelope as SIGNER_UNKNOWN, by its keyid", async () => {
    const envelope = await signStatement(testStatement(image, VEX), stranger);
    const signatures = envelope.signatures.map(({ sig }) => ({ sig, keyid: "someone" }));
    assertRejected(envelopeCandidate({ ...envelope, signatures }), "SIGNER_UNKNOWN", /someone/);
  });

  it("a keyid in each form that names the trusted key as SIGNATURE_INVALID", async () => {
    const envelope = await signStatement(testStatement(image, VEX), stranger);
    const base64 = keyHint(signer);
    const hex = Buffer.from(signer.publicKey.keyId).toString("hex");
    for (const keyid of [base64, hex, `SHA256:${base64.replace("=", "")}`]) {
      const signatures = envelope.signatures.map(({ sig }) => ({ sig, keyid }));
      assertRejected(envelopeCandidate({ ...envelope, signatures }), "SIGNATURE_INVALID", /names the key "cosign.pub"/);
    }
  });

  it("a stranger without a hint as SIGNATURE_INVALID, naming both causes", async () => {
    const both = /another key, or .* changed/;
    assertRejected(
      envelopeCandidate(await signStatement(testStatement(image, VEX), stranger)),
      "SIGNATURE_INVALID",
      both,
    );
    assertRejected(await simpleSigningCandidate(image, stranger), "SIGNATURE_INVALID", both);
  });

  it("everything as SIGNER_UNKNOWN when no key is trusted", async () => {
    const candidates = [
      bundleCandidate(await signatureBundle(image, signer)),
      await simpleSigningCandidate(image, signer),
      envelopeCandidate(await signStatement(testStatement(image, VEX), signer)),
    ];
    const result = verifyCandidates(candidates, { keys: [], subjects: [image] });
    assert.deepEqual(codes(result), ["SIGNER_UNKNOWN", "SIGNER_UNKNOWN", "SIGNER_UNKNOWN"]);
  });

  it("evidence of another image as SUBJECT_MISMATCH, in every form", async () => {
    const found = new RegExp(digestHex(other));
    assertRejected(
      bundleCandidate(await attestationBundle(testStatement(other, VEX), signer)),
      "SUBJECT_MISMATCH",
      found,
    );
    assertRejected(bundleCandidate(await signatureBundle(other, signer)), "SUBJECT_MISMATCH", found);
    assertRejected(await simpleSigningCandidate(other, signer), "SUBJECT_MISMATCH", found);
    assertRejected(
      envelopeCandidate(await signStatement(testStatement(other, VEX), signer)),
      "SUBJECT_MISMATCH",
      found,
    );
  });

  it("everything as SUBJECT_MISMATCH when no digest is asked for", async () => {
    const result = verify([await simpleSigningCandidate(image, signer)], []);
    assert.deepEqual(codes(result), ["SUBJECT_MISMATCH"]);
  });

  const imageHex = digestHex(image);
  const digestTricks = [
    ["another algorithm's name", { SHA256: imageHex }, "SUBJECT_MISMATCH"],
    ["the right hex under another algorithm", { sha1: imageHex.slice(0, 40), gitCommit: imageHex }, "SUBJECT_MISMATCH"],
    ["an inherited name", { constructor: imageHex }, "SUBJECT_MISMATCH"],
    ["upper-case hex", { sha256: imageHex.toUpperCase() }, "STATEMENT_INVALID"],
    ["a prefix of the hex", { sha256: imageHex.slice(0, 12) }, "STATEMENT_INVALID"],
    ["hex with its algorithm", { sha256: image }, "STATEMENT_INVALID"],
    ["hex with white space", { sha256: ` ${imageHex.slice(1)}` }, "STATEMENT_INVALID"],
    ["an empty digest set", {}, "STATEMENT_INVALID"],
  ] as const;
  for (const [title, digest, code] of digestTricks) {
    it(`a subject with ${title} as ${code}`, async () => {
      const statement = { ...testStatement(image, VEX), subject: [{ digest }] };
      assertRejected(await signText(JSON.stringify(statement)), code);
    });
  }

  it("a subject whose other digest contradicts, and takes its honest twin", async () => {
    const sha512: Digest = `sha512:${"ab".repeat(64)}`;
    const about = async (hex512: string): Promise<Verification> => {
      const subjects = [{ digest: { sha256: imageHex, sha512: hex512 } }];
      const statement = createStatement({ subjects, predicateType: VEX, predicate: {} });
      return verify([envelopeCandidate(await signStatement(statement, signer))], [image, sha512]);
    };
    assert.deepEqual(codes(await about("cd".repeat(64))), ["SUBJECT_MISMATCH"]);
    assert.equal((await about("ab".repeat(64))).attestations.length, 1);
  });

  const malformed = [
    ["not JSON", "{", "STATEMENT_INVALID"],
    ["an empty payload", "", "STATEMENT_INVALID"],
    ["null", "null", "STATEMENT_INVALID"],
    ["no members", "{}", "STATEMENT_INVALID"],
    ["another statement type", JSON.stringify({ ...testStatement(image, VEX), _type: "urn:x" }), "STATEMENT_INVALID"],
    [
      "a duplicate predicateType",
      JSON.stringify(testStatement(image, VEX)).replace('"predicate":', `"predicateType":"${SIGN}","predicate":`),
      "STATEMENT_INVALID",
    ],
    [
      "a duplicate subject",
      JSON.stringify(testStatement(image, VEX)).replace('"predicateType":', '"subject":[],"predicateType":'),
      "STATEMENT_INVALID",
    ],
  ] as const;
  for (const [title, text, code] of malformed) {
    it(`a signed payload with ${title} as ${code}`, async () => assertRejected(await signText(text), code));
  }

  it("a signed simple signing payload that is malformed as PAYLOAD_INVALID", async () => {
    const good = encodeSimpleSigning({ dockerReference: "r", digest: image });
    const text = Buffer.from(good).toString();
    for (const bad of [
      "",
      "{}",
      text.slice(0, -1),
      text.replace("cosign container", "other"),
      text.replace('{"c', '{"critical":{},"c'),
    ]) {
      const payload = encodeUtf8(bad);
      assertRejected(simpleSigningLayer(payload, await signer.sign(payload)), "PAYLOAD_INVALID");
    }
  });

  it("a .sig layer without a signature as SIGNATURE_INVALID", async () => {
    const good = await simpleSigningCandidate(image, signer);
    for (const text of [undefined, "", "*", "AAAA", "MEUCIQ"]) {
      const annotations: Record<string, string> =
        text === undefined ? {} : { "dev.cosignproject.cosign/signature": text };
      assertRejected({ ...good, annotations }, "SIGNATURE_INVALID");
    }
  });

  it("another payload type as ENVELOPE_INVALID, even when it is signed", async () => {
    const payload = encodeStatement(testStatement(image, VEX));
    for (const type of ["text/plain", "application/vnd.in-toto+json ", "application/vnd.in-toto+JSON", ""]) {
      assertRejected(envelopeCandidate(await signPayload(payload, [signer], type)), "ENVELOPE_INVALID");
    }
  });

  it("an envelope without signatures as ENVELOPE_INVALID", async () => {
    const envelope = await signStatement(testStatement(image, VEX), signer);
    assertRejected(envelopeCandidate({ ...envelope, signatures: [] }), "ENVELOPE_INVALID");
    assertRejected(
      bundleCandidate(encodeBundle({ envelope: { ...envelope, signatures: [] }, keyHint: "" })),
      "ENVELOPE_INVALID",
    );
  });

  it("a signature over the payload alone, outside DSSE's encoding", async () => {
    const payload = encodeStatement(testStatement(image, VEX));
    const envelope = {
      payload,
      payloadType: STATEMENT_PAYLOAD_TYPE,
      signatures: [{ sig: await signer.sign(payload) }],
    };
    assertRejected(envelopeCandidate(envelope), "SIGNATURE_INVALID");
  });

  it("an envelope that is moved into a .sig layer, and a payload that is moved into an .att layer", async () => {
    const envelope = await signStatement(testStatement(image, VEX), signer);
    assertRejected(
      simpleSigningLayer(encodeEnvelope(envelope), envelope.signatures[0]?.sig ?? new Uint8Array()),
      "SIGNATURE_INVALID",
    );
    const { payload, foundAt } = await simpleSigningCandidate(image, signer);
    assertRejected({ kind: "envelope", foundAt, bytes: payload, annotations: {} }, "ENVELOPE_INVALID");
  });

  it("what needs a certificate as SIGNER_UNKNOWN where no identity is trusted, in every form", async () => {
    const envelope = await signStatement(testStatement(image, VEX), stranger);
    const annotations = { "dev.sigstore.cosign/certificate": "-----BEGIN CERTIFICATE-----" };
    assertRejected(envelopeCandidate(envelope, annotations), "SIGNER_UNKNOWN", /certificate/);
    const sig = await simpleSigningCandidate(image, stranger);
    assertRejected({ ...sig, annotations: { ...sig.annotations, ...annotations } }, "SIGNER_UNKNOWN");
    const bundle = JSON.parse(Buffer.from(encodeBundle({ envelope, keyHint: "" })).toString());
    bundle.verificationMaterial = { certificate: { rawBytes: "AA==" } };
    assertRejected(bundleCandidate(encodeUtf8(JSON.stringify(bundle))), "SIGNER_UNKNOWN", /no identity is trusted/);
  });

  it("the signature of a blob as BUNDLE_UNSUPPORTED", () => {
    const { bytes } = createLocalSigstore().signBundle({ content: { artifact: encodeUtf8("a") }, keyOnly: true });
    assertRejected(bundleCandidate(bytes), "BUNDLE_UNSUPPORTED", /blob/);
  });

  it("with what the candidate claims to be", async () => {
    const bundle = bundleCandidate(await attestationBundle(testStatement(image, VEX), stranger));
    assert.deepEqual(verify([bundle]).rejected[0]?.claims, { predicateType: VEX });
    const moved = bundleCandidate(await attestationBundle(testStatement(other, VEX), signer));
    assert.deepEqual(verify([moved]).rejected[0]?.claims, { predicateType: VEX });
  });

  it("hostile text in messages escaped and cut", async () => {
    const type = `\u001b[2J\n${"x".repeat(5000)}`;
    const [rejected] = verify([envelopeCandidate(await signPayload(new Uint8Array(1), [signer], type))]).rejected;
    assert.ok((rejected?.message.length ?? 0) < 400);
    assert.ok(encodeUtf8(rejected?.message ?? "").every((byte) => byte >= 0x20));
  });
});

describe("a signature and an attestation", () => {
  it("are told apart by the signed predicate type alone", async () => {
    const cases: readonly (readonly [Statement, "signatures" | "attestations"])[] = [
      [testStatement(image, SIGN), "signatures"],
      [testStatement(image, VEX), "attestations"],
      [testStatement(image, `${SIGN}/`), "attestations"],
      [testStatement(image, SIGN.toUpperCase()), "attestations"],
    ];
    for (const [statement, list] of cases) {
      const envelope = await signStatement(statement, signer);
      for (const candidate of [
        envelopeCandidate(envelope, { predicateType: SIGN }),
        envelopeCandidate(envelope, { predicateType: VEX }),
        bundleCandidate(encodeBundle({ envelope, keyHint: keyHint(signer) })),
      ]) {
        const result = verify([candidate]);
        assert.deepEqual(
          [result.signatures.length, result.attestations.length],
          list === "signatures" ? [1, 0] : [0, 1],
          statement.predicateType,
        );
      }
    }
  });

  it("an attestation of one type is never one of another (C3)", async () => {
    const result = verify([
      envelopeCandidate(await signStatement(testStatement(image, VEX), signer), {
        predicateType: "https://slsa.dev/provenance/v1",
      }),
    ]);
    assert.deepEqual(
      result.attestations.map((each) => each.predicateType),
      [VEX],
    );
  });
});

describe("many candidates", () => {
  it("a rejected one never takes an accepted one away, in any order", async () => {
    const good = bundleCandidate(await attestationBundle(testStatement(image, VEX), signer));
    const junk: Candidate = { ...good, bytes: encodeUtf8("{") };
    const moved = bundleCandidate(await attestationBundle(testStatement(other, VEX), signer));
    for (const candidates of [
      [good, junk, moved],
      [junk, moved, good],
      [moved, good, junk],
    ]) {
      const result = verify(candidates);
      assert.equal(result.attestations.length, 1);
      assert.deepEqual([...codes(result)].sort(), ["BUNDLE_INVALID", "SUBJECT_MISMATCH"]);
    }
  });

  it("one verifier gives the same as one call each", async () => {
    const verifier = createVerifier(keys);
    const candidates = [await simpleSigningCandidate(image, signer), await simpleSigningCandidate(other, signer)];
    for (const subject of [image, other]) {
      assert.deepEqual(verifier.verify(candidates, [subject]), verify(candidates, [subject]));
    }
  });

  it("a trusted key that cannot be read is an error of the caller, not a rejection", () => {
    assert.throws(
      () => verifyCandidates([], { keys: [{ name: "k", pem: "no" }], subjects: [image] }),
      (error) => error instanceof AmapError && error.code === "KEY_INVALID",
    );
  });
});
