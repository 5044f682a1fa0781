import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { digestOf, type ErrorCode, encodeUtf8, hashHex } from "../base/index.ts";
import { testDigest, testStatement } from "../testing/attestation-builders.ts";
import {
  artifact,
  assertRefused,
  assertVerified,
  bundleOf,
  payload,
  person,
  sign,
  signBlob,
  sigstore,
  statement,
  trustRoot,
  verifyJson,
} from "../testing/bundle-verification.ts";
import {
  type BundleJson,
  type BundleOptions,
  base64,
  createTestKey,
  jsonBytes,
  LOCAL_TIME,
  PERSON,
  type TestKeyKind,
  WORKFLOW_RUN,
} from "../testing/sigstore/local-sigstore.ts";
import { decodeBundle } from "./bundle.ts";
import { encodeStatement } from "./statement.ts";
import type { TrustedIdentity } from "./verifier-options.ts";
import { createBundleVerifier } from "./verify-bundle.ts";

describe("createBundleVerifier accepts, keyless", () => {
  const forms: readonly (readonly [string, Omit<BundleOptions, "content">])[] = [
    ["0.1, Rekor v1", { version: "0.1" }],
    ["0.1, Rekor v1 without a proof", { version: "0.1", answer: { without: "proof" } }],
    ["0.2, Rekor v1", { version: "0.2" }],
    ["0.3, Rekor v1", {}],
    ["0.3, Rekor v1 and a timestamp", { timestamp: true }],
    ["0.3, Rekor v1 without a promise, and a timestamp", { answer: { without: "promise" }, timestamp: true }],
    ["0.3, Rekor v2", { log: "v2" }],
    ["a timestamp of milliseconds", { log: "v2", stamp: { fraction: "5" } }],
    ["a timestamp with its certificates", { log: "v2", stamp: { embed: "chain" } }],
    ["an SCT with extensions", { leaf: { sctExtensions: Buffer.from([0, 0, 5, 0, 0, 0, 0, 7]) } }],
  ];
  for (const [name, options] of forms) {
    it(`an envelope: ${name}`, () => {
      const verified = assertVerified(verifyJson(sign(options)));
      assert.deepEqual(verified.statement, statement);
    });
    it(`a blob: ${name}`, () => {
      const verified = assertVerified(verifyJson(signBlob(options)));
      assert.equal(verified.statement, undefined);
    });
  }

  const kinds: readonly TestKeyKind[] = ["ecdsa-p256", "ecdsa-p384", "ecdsa-p521", "rsa-2048", "ed25519"];
  for (const kind of kinds) {
    it(`keys of ${kind}`, () => {
      const key = createTestKey(kind);
      assertVerified(verifyJson(sign({ key })));
      if (kind !== "ed25519") assertVerified(verifyJson(signBlob({ key })));
    });
  }

  it("and says who, when and what was checked", () => {
    const verified = assertVerified(verifyJson(sign({ timestamp: true, at: LOCAL_TIME })));
    assert.ok(verified.signer.kind === "certificate");
    const { name, subject, issuer, fingerprint } = verified.signer;
    assert.deepEqual([name, subject, issuer], ["developer", PERSON.subject.value, PERSON.issuer]);
    assert.equal(fingerprint.length, 64);
    assert.deepEqual(
      verified.times.map(({ source, at }) => [source, at]),
      [
        ["timestampAuthority", "2026-06-01T12:00:00Z"],
        ["transparencyLog", "2026-06-01T12:00:00Z"],
      ],
    );
    assert.equal(verified.signedTime, verified.times[0]);
    assert.deepEqual(
      verified.checks.map((check) => check.name),
      ["signature", "identity", "timestamps", "logs", "time", "certificate", "certificateTimestamps", "subject"],
    );
  });

  it("a workflow, by its extensions", () => {
    const identity: TrustedIdentity = {
      subject: { regexp: "^https://github.com/acme/", matches: (text) => text.startsWith("https://github.com/acme/") },
      extensions: { githubWorkflowRepository: { exact: "acme/shop" }, githubWorkflowRef: { exact: "refs/heads/main" } },
    };
    const verified = assertVerified(verifyJson(sign({ identity: WORKFLOW_RUN }), { identities: [person, identity] }));
    assert.ok(verified.signer.kind === "certificate");
    assert.equal(verified.signer.extensions["githubWorkflowRepository"], "acme/shop");
  });

  it("a blob of which only the digest is known", () => {
    const verifier = createBundleVerifier({ trustRoot, identities: [person] });
    for (const kind of ["ecdsa-p256", "ecdsa-p384", "ecdsa-p521", "rsa-2048"] as const) {
      const key = createTestKey(kind);
      const digest = `${key.hash}:${hashHex(key.hash, artifact)}` as const;
      const bundle = bundleOf(signBlob({ key }));
      assertVerified(verifier.verify(bundle, { kind: "digests", digests: [digest] }));
      const other = `${key.hash}:${hashHex(key.hash, encodeUtf8("other"))}` as const;
      assertRefused(verifier.verify(bundle, { kind: "digests", digests: [other] }), "SUBJECT_MISMATCH");
    }
  });

  it("a statement about bytes that are given", () => {
    const about = encodeStatement(testStatement(digestOf(artifact), "https://openvex.dev/ns"));
    const bundle = bundleOf(sigstore.signBundle({ content: { payload: about } }).bundle);
    const verifier = createBundleVerifier({ trustRoot, identities: [person] });
    assertVerified(verifier.verify(bundle, { kind: "bytes", bytes: artifact }));
    assertRefused(verifier.verify(bundle, { kind: "bytes", bytes: payload }), "SUBJECT_MISMATCH");
  });
});

describe("createBundleVerifier accepts, with a key", () => {
  for (const kind of ["ecdsa-p256", "ecdsa-p384", "ecdsa-p521", "rsa-2048", "ed25519"] as const) {
    it(`of ${kind}, with its log entry`, () => {
      const key = createTestKey(kind);
      const keys = [{ name: "release", pem: key.pem }];
      const verified = assertVerified(verifyJson(sign({ key, keyOnly: true }), { keys }));
      assert.deepEqual(verified.signer, { kind: "key", keyId: base64(key.keyId), name: "release" });
      assert.equal(verified.signedTime.source, "transparencyLog");
      if (kind !== "ed25519") assertVerified(verifyJson(signBlob({ key, keyOnly: true, log: "v2" }), { keys }));
    });
  }

  it("without log and time only where the caller says so", () => {
    const key = createTestKey();
    const keys = [{ name: "release", pem: key.pem }];
    const bundle = sign({ key, keyOnly: true, log: "none" });
    assertRefused(verifyJson(bundle, { keys }), "THRESHOLD_UNMET", /1 distinct transparency logs, found 0/);
    const verified = assertVerified(verifyJson(bundle, { keys, thresholds: { logs: 0, times: 0 } }));
    assert.deepEqual(verified.signedTime, { source: "self-asserted" });
    assertRefused(verifyJson(bundle, { keys, thresholds: { logs: 0 } }), "TIME_UNPROVEN");
  });

  it("but not another key, nor a certificate in its place", () => {
    const keys = [{ name: "release", pem: createTestKey().pem }];
    assertRefused(verifyJson(sign({ keyOnly: true }), { keys }), "SIGNER_UNKNOWN");
    assertRefused(verifyJson(sign(), { keys, identities: [] }), "SIGNER_UNKNOWN", /no identity is trusted/);
    assertRefused(verifyJson(sign({ keyOnly: true }), { identities: [person] }), "SIGNER_UNKNOWN", /no key is trusted/);
  });
});

describe("one changed part", () => {
  const flip = (text: string, at = -2): string => {
    const bytes = Buffer.from(text, "base64");
    const index = at < 0 ? bytes.length + at : at;
    bytes[index] = (bytes[index] ?? 0) ^ 1;
    return bytes.toString("base64");
  };
  const entryOf = (bundle: BundleJson) => {
    const [entry] = bundle.verificationMaterial.tlogEntries;
    assert.ok(entry?.inclusionProof !== undefined);
    return entry as typeof entry & { inclusionProof: NonNullable<typeof entry.inclusionProof> };
  };
  const other = sign({ timestamp: true });
  const rows: readonly (readonly [string, (bundle: BundleJson) => void, ErrorCode])[] = [
    ["the payload", (it) => void (envelopeOf(it).payload = flip(envelopeOf(it).payload, 40)), "SIGNATURE_INVALID"],
    ["the signature", (it) => void (signatureOf(it).sig = flip(signatureOf(it).sig)), "SIGNATURE_INVALID"],
    [
      "the certificate, another's",
      (it) => void (it.verificationMaterial.certificate = other.verificationMaterial.certificate as never),
      "SIGNATURE_INVALID",
    ],
    ["the log's id", (it) => void (entryOf(it).logId.keyId = flip(entryOf(it).logId.keyId)), "TLOG_UNKNOWN"],
    [
      "the promise",
      (it) => void (promiseOf(it).signedEntryTimestamp = flip(promiseOf(it).signedEntryTimestamp)),
      "TLOG_INCLUSION_PROMISE",
    ],
    [
      "the time of entry",
      (it) => void (entryOf(it).integratedTime = String(LOCAL_TIME / 1000 + 1)),
      "TLOG_INCLUSION_PROMISE",
    ],
    ["the index", (it) => void (entryOf(it).logIndex = "1"), "TLOG_INCLUSION_PROMISE"],
    [
      "a hash of the proof",
      (it) => void (entryOf(it).inclusionProof.hashes[0] = flip(entryOf(it).inclusionProof.hashes[0] ?? "")),
      "TLOG_INCLUSION_PROOF",
    ],
    [
      "the proof's root",
      (it) => void (entryOf(it).inclusionProof.rootHash = flip(entryOf(it).inclusionProof.rootHash)),
      "TLOG_INCLUSION_PROOF",
    ],
    [
      "the checkpoint",
      (it) =>
        void (entryOf(it).inclusionProof.checkpoint.envelope = entryOf(it).inclusionProof.checkpoint.envelope.replace(
          /\n(\d+)\n/,
          (_, size) => `\n${Number(size) + 1}\n`,
        )),
      "TLOG_CHECKPOINT",
    ],
    [
      "the log entry, another's (C5)",
      (it) => void (it.verificationMaterial.tlogEntries = other.verificationMaterial.tlogEntries),
      "TLOG_ENTRY_MISMATCH",
    ],
    [
      "the entry's body, another's (C5)",
      (it) => void (entryOf(it).canonicalizedBody = entryOf(other).canonicalizedBody),
      "TLOG_ENTRY_MISMATCH",
    ],
    [
      "the timestamp, another's (C5)",
      (it) =>
        void (it.verificationMaterial.timestampVerificationData = other.verificationMaterial
          .timestampVerificationData as never),
      "TIMESTAMP_INVALID",
    ],
    [
      "the timestamp",
      (it) => void (stampOf(it).signedTimestamp = flip(stampOf(it).signedTimestamp)),
      "TIMESTAMP_INVALID",
    ],
    ["the entry, twice", (it) => void it.verificationMaterial.tlogEntries.push(entryOf(it)), "TLOG_ENTRY_INVALID"],
    ["the timestamp, twice", (it) => void stampsOf(it).push(stampOf(it)), "TIMESTAMP_INVALID"],
    ["the signature, twice", (it) => void envelopeOf(it).signatures.push(signatureOf(it)), "ENVELOPE_INVALID"],
    ["no log entry", (it) => void (it.verificationMaterial.tlogEntries = []), "THRESHOLD_UNMET"],
  ];
  for (const [name, change, code] of rows) {
    it(`${name}: ${code}`, () => {
      const bundle = structuredClone(sign({ timestamp: true }));
      assertVerified(verifyJson(bundle));
      change(bundle);
      assertRefused(verifyJson(bundle), code);
    });
  }

  function envelopeOf({ dsseEnvelope }: BundleJson): NonNullable<BundleJson["dsseEnvelope"]> {
    assert.ok(dsseEnvelope !== undefined);
    return dsseEnvelope;
  }
  function signatureOf(bundle: BundleJson) {
    return envelopeOf(bundle).signatures[0] as { sig: string };
  }
  function promiseOf(bundle: BundleJson) {
    return entryOf(bundle).inclusionPromise as { signedEntryTimestamp: string };
  }
  function stampsOf(bundle: BundleJson) {
    return bundle.verificationMaterial.timestampVerificationData?.rfc3161Timestamps as { signedTimestamp: string }[];
  }
  function stampOf(bundle: BundleJson) {
    return stampsOf(bundle)[0] as { signedTimestamp: string };
  }

  it("another artifact: SUBJECT_MISMATCH", () => {
    assertRefused(verifyJson(sign(), {}, [testDigest("other")]), "SUBJECT_MISMATCH");
    const verifier = createBundleVerifier({ trustRoot, identities: [person] });
    const bundle = bundleOf(signBlob());
    assertRefused(verifier.verify(bundle, { kind: "bytes", bytes: payload }), "SUBJECT_MISMATCH");
  });

  it("a blob's digest that is not the blob's", () => {
    const bundle = structuredClone(signBlob());
    const message = bundle.messageSignature as { messageDigest: { digest: string } };
    message.messageDigest.digest = flip(message.messageDigest.digest);
    assertRefused(verifyJson(bundle), "SUBJECT_MISMATCH");
  });
});

describe("whatever a bundle holds", () => {
  it("nothing is thrown", () => {
    const verifier = createBundleVerifier({ trustRoot, identities: [person] });
    const originals = [sign({ timestamp: true }), sign({ log: "v2" }), signBlob({ version: "0.1" })].map(jsonBytes);
    const change = fc.tuple(fc.constantFrom(...originals), fc.nat(), fc.integer({ min: 32, max: 126 }));
    fc.assert(
      fc.property(change, ([original, at, byte]) => {
        const bytes = original.slice();
        bytes[at % bytes.length] = byte;
        const bundle = decodeBundle(bytes);
        if (bundle.ok) verifier.verify(bundle.value, { kind: "bytes", bytes: artifact });
      }),
      { numRuns: 1000 },
    );
  });
});
