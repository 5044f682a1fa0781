import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { ATTACHMENT_ANNOTATIONS, type Candidate, type VerifierOptions } from "../../../attestation/index.ts";
import { bundleCandidate, envelopeCandidate, signPayload, trustedKey } from "../../../testing/attestation-builders.ts";
import { image, payload, person, sigstore, trustRoot } from "../../../testing/bundle-verification.ts";
import { testSigner } from "../../../testing/fake-signer.ts";
import { createTestKey, type SigningOptions } from "../../../testing/sigstore/local-sigstore.ts";
import { createProofFinder, type FoundProofs } from "./proofs.ts";

const key = createTestKey();
const KEYS = { keys: [{ name: "release", pem: key.pem }] };
const IGNORING = { ...KEYS, thresholds: { logs: 0, timestamps: 0 } };
/** As the flags of `clean --key` are read: what is asked of keys is stated apart. */
const APART = { ...IGNORING, keyThresholds: { logs: 0, timestamps: 0, times: 0 }, trustRoot };
const KEYLESS = { identities: [person], trustRoot };

const bundle = (options: SigningOptions & { readonly keyOnly?: boolean } = {}): Candidate =>
  bundleCandidate(sigstore.signBundle({ content: { payload }, ...options }).bytes);
const byKey = (options: SigningOptions = {}): Candidate => bundle({ key, keyOnly: true, ...options });
const find = (trust: VerifierOptions, candidate: Candidate): FoundProofs =>
  createProofFinder(trust).find(candidate, [image]);

const CASES: readonly {
  readonly name: string;
  readonly trust: VerifierOptions;
  readonly candidate: Candidate;
  readonly proofs: readonly string[];
  readonly refusal?: RegExp;
}[] = [
  { name: "keyless with a log entry", trust: KEYLESS, candidate: bundle(), proofs: ["log"] },
  {
    name: "with a timestamp, too",
    trust: KEYLESS,
    candidate: bundle({ timestamp: true }),
    proofs: ["log", "timestamp"],
  },
  { name: "a key's without any", trust: IGNORING, candidate: byKey({ log: "none" }), proofs: [] },
  { name: "a key's log entry", trust: { ...IGNORING, trustRoot }, candidate: byKey(), proofs: ["log"] },
  {
    name: "a key's log entry, and no trusted root",
    trust: IGNORING,
    candidate: byKey(),
    proofs: [],
    refusal: /^its log was not verified$/,
  },
];

describe("createProofFinder", () => {
  for (const { name, trust, candidate, proofs, refusal } of CASES) {
    test(name, () => {
      const found = find(trust, candidate);
      assert.equal(found.entries.length, 1, found.code);
      assert.deepEqual([...found.proofs], proofs);
      assert.equal(found.provenAt !== undefined, proofs.length > 0);
      assert.match(found.refusal ?? "", refusal ?? /^$/);
    });
  }

  test("what is asked of keys apart is no limit to what is found out", () => {
    const found = find(APART, byKey({ timestamp: true }));
    assert.deepEqual([[...found.proofs], found.refusal], [["log", "timestamp"], undefined]);
    assert.notEqual(found.provenAt, undefined);
  });

  for (const [what, trust] of [
    ["", { ...IGNORING, trustRoot }],
    [", where less is asked of keys, too", APART],
  ] as const) {
    test(`twin: a log entry and a timestamp of another bundle prove nothing${what}`, () => {
      const options = { content: { payload }, key, keyOnly: true, timestamp: true };
      const one = sigstore.signBundle(options).bundle;
      const other = sigstore.signBundle(options).bundle;
      const { tlogEntries, timestampVerificationData } = other.verificationMaterial;
      const mixed = {
        ...one,
        verificationMaterial: { ...one.verificationMaterial, tlogEntries, timestampVerificationData },
      };
      const found = find(trust, bundleCandidate(new TextEncoder().encode(JSON.stringify(mixed))));
      const refusal = "its log and timestamp was not verified";
      assert.deepEqual([found.entries.length, found.proofs.size, found.refusal], [1, 0, refusal]);
    });
  }

  test("what does not count has its code", () => {
    assert.equal(find({ keys: [trustedKey("other", testSigner("other"))] }, byKey()).code, "SIGNER_UNKNOWN");
  });

  test("an envelope that somebody else signed, too, stays", async () => {
    const [ours, theirs] = [testSigner("ours"), testSigner("theirs")];
    const trust = { keys: [trustedKey("ours", ours)] };
    const both = envelopeCandidate(await signPayload(payload, [ours, theirs]));
    assert.equal(find(trust, both).refusal, "others signed it, too");
    assert.equal(find({ keys: [...trust.keys, trustedKey("theirs", theirs)] }, both).refusal, undefined);
    const certified = envelopeCandidate(await signPayload(payload, [ours]), {
      [ATTACHMENT_ANNOTATIONS.certificate]: "x",
    });
    assert.equal(find(trust, certified).refusal, "its certificate was not verified");
  });
});
