import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { decodeUtf8, encodeUtf8, LIMITS } from "../base/index.ts";
import { createLocalSigstore } from "../testing/sigstore/local-sigstore.ts";
import { decodeBundle, encodeBundle } from "./bundle.ts";

const V03 = "application/vnd.dev.sigstore.bundle.v0.3+json";
const envelope = { payload: "e30=", payloadType: "t", signatures: [{ sig: "AAEC" }] };
const material = { publicKey: { hint: "aGludA==" } };
const base = { mediaType: V03, verificationMaterial: material, dsseEnvelope: envelope };
const decodeJson = (value: unknown) => decodeBundle(encodeUtf8(JSON.stringify(value)));
const without = (name: keyof typeof base) => ({ ...base, [name]: undefined });

describe("encodeBundle", () => {
  it("writes cosign's members in cosign's order", () => {
    const decoded = { payload: encodeUtf8("{}"), payloadType: "t", signatures: [{ sig: new Uint8Array([0, 1, 2]) }] };
    const bytes = encodeBundle({ envelope: decoded, keyHint: "aGludA==" });
    assert.equal(decodeUtf8(bytes), JSON.stringify(base));
    const back = decodeBundle(bytes);
    assert.ok(back.ok);
    assert.equal(back.value.version, "0.3");
    assert.deepEqual(back.value.material, { kind: "publicKey", hint: "aGludA==" });
    assert.deepEqual([back.value.logEntries, back.value.timestamps], [[], []]);
  });
});

describe("decodeBundle", () => {
  const chain = { certificates: [{ rawBytes: "AA==" }, { rawBytes: "AQ==" }] };
  const message = { messageDigest: { algorithm: "SHA2_256", digest: "AAAA" }, signature: "AQID" };
  const OLD = "application/vnd.dev.sigstore.bundle+json;version=";
  const accepted = [
    ["version 0.3", base, "0.3"],
    ["version 0.3 under its older media type", { ...base, mediaType: `${OLD}0.3` }, "0.3"],
    ["version 0.2", { ...base, mediaType: `${OLD}0.2` }, "0.2"],
    ["version 0.1", { ...base, mediaType: `${OLD}0.1` }, "0.1"],
    ["no hint", { ...base, verificationMaterial: { publicKey: {} } }, "0.3"],
    [
      "an empty log",
      { ...base, verificationMaterial: { ...material, tlogEntries: [], timestampVerificationData: {} } },
      "0.3",
    ],
  ] as const;
  for (const [title, value, version] of accepted) {
    it(`reads ${title}`, () => {
      const decoded = decodeJson(value);
      assert.ok(decoded.ok);
      assert.equal(decoded.value.version, version);
      assert.equal(decoded.value.material.kind, "publicKey");
    });
  }

  const variants = [
    [
      "a certificate",
      { ...base, verificationMaterial: { certificate: { rawBytes: "AA==" } } },
      "certificate",
      "envelope",
    ],
    [
      "a certificate chain",
      { ...base, mediaType: `${OLD}0.2`, verificationMaterial: { x509CertificateChain: chain } },
      "certificate",
      "envelope",
    ],
    ["a message signature", { ...without("dsseEnvelope"), messageSignature: message }, "publicKey", "messageSignature"],
  ] as const;
  for (const [title, value, kind, content] of variants) {
    it(`tells ${title}`, () => {
      const decoded = decodeJson(value);
      assert.ok(decoded.ok);
      assert.deepEqual([decoded.value.material.kind, decoded.value.content.kind], [kind, content]);
    });
  }

  it("reads what a local Sigstore writes, in every version", () => {
    const local = createLocalSigstore();
    for (const version of ["0.1", "0.2", "0.3", "0.3-old"] as const) {
      const { bytes, certificate } = local.signBundle({
        content: { artifact: encodeUtf8("a") },
        version,
        timestamp: true,
      });
      const decoded = decodeBundle(bytes);
      assert.ok(decoded.ok);
      const { material, content, logEntries, timestamps } = decoded.value;
      assert.ok(material.kind === "certificate" && content.kind === "messageSignature");
      assert.deepEqual(Buffer.from(material.certificate), certificate);
      assert.equal(material.intermediates.length, version.startsWith("0.3") ? 0 : 1);
      assert.equal(content.messageSignature.digest.algorithm, "sha256");
      assert.deepEqual([logEntries.length, timestamps.length], [1, 1]);
    }
  });

  const refused = [
    ["no media type", without("mediaType"), "BUNDLE_INVALID", "mediaType"],
    ["a later version", { ...base, mediaType: V03.replace("0.3", "0.4") }, "BUNDLE_UNSUPPORTED", "mediaType"],
    ["another media type", { ...base, mediaType: "application/json" }, "BUNDLE_UNSUPPORTED", "mediaType"],
    ["no material", without("verificationMaterial"), "BUNDLE_INVALID", "verificationMaterial"],
    ["empty material", { ...base, verificationMaterial: {} }, "BUNDLE_INVALID", "verificationMaterial"],
    [
      "two materials",
      { ...base, verificationMaterial: { ...material, certificate: {} } },
      "BUNDLE_INVALID",
      "verificationMaterial",
    ],
    [
      "a material that is text",
      { ...base, verificationMaterial: { publicKey: "x" } },
      "BUNDLE_INVALID",
      "verificationMaterial",
    ],
    [
      "a hint that is a number",
      { ...base, verificationMaterial: { publicKey: { hint: 1 } } },
      "BUNDLE_INVALID",
      "verificationMaterial.publicKey.hint",
    ],
    [
      "an unknown member of the key",
      { ...base, verificationMaterial: { publicKey: { hinT: "" } } },
      "BUNDLE_INVALID",
      "verificationMaterial.publicKey",
    ],
    ["no content", without("dsseEnvelope"), "BUNDLE_INVALID", ""],
    ["two contents", { ...base, messageSignature: {} }, "BUNDLE_INVALID", ""],
    [
      "an empty message signature",
      { ...without("dsseEnvelope"), messageSignature: {} },
      "BUNDLE_INVALID",
      "messageSignature.messageDigest.algorithm",
      "messageSignature.messageDigest.digest",
      "messageSignature.signature",
    ],
    [
      "a digest by SHA-1",
      {
        ...without("dsseEnvelope"),
        messageSignature: { ...message, messageDigest: { algorithm: "SHA1", digest: "AAAA" } },
      },
      "BUNDLE_INVALID",
      "messageSignature.messageDigest.algorithm",
    ],
    [
      "a chain in 0.3",
      { ...base, verificationMaterial: { x509CertificateChain: chain } },
      "BUNDLE_INVALID",
      "verificationMaterial",
    ],
    [
      "an empty chain",
      { ...base, mediaType: `${OLD}0.2`, verificationMaterial: { x509CertificateChain: { certificates: [] } } },
      "BUNDLE_INVALID",
      "verificationMaterial.x509CertificateChain.certificates",
    ],
    [
      "a certificate of no bytes",
      { ...base, verificationMaterial: { certificate: { rawBytes: "" } } },
      "BUNDLE_INVALID",
      "verificationMaterial.certificate.rawBytes",
    ],
    [
      "an unknown member of a timestamp",
      {
        ...base,
        verificationMaterial: {
          ...material,
          timestampVerificationData: { rfc3161Timestamps: [{ signedTimestamp: "AA==", x: 1 }] },
        },
      },
      "BUNDLE_INVALID",
      "verificationMaterial.timestampVerificationData.rfc3161Timestamps[0]",
    ],
    [
      "more timestamps than the limit",
      {
        ...base,
        verificationMaterial: {
          ...material,
          timestampVerificationData: {
            rfc3161Timestamps: Array.from({ length: 33 }, () => ({ signedTimestamp: "AA==" })),
          },
        },
      },
      "BUNDLE_INVALID",
      "verificationMaterial.timestampVerificationData.rfc3161Timestamps",
    ],
    [
      "more log entries than the limit",
      { ...base, verificationMaterial: { ...material, tlogEntries: Array.from({ length: 33 }, () => ({})) } },
      "BUNDLE_INVALID",
      "verificationMaterial.tlogEntries",
    ],
    ["an unknown member", { ...base, later: 1 }, "BUNDLE_INVALID", ""],
    [
      "an unknown material member",
      { ...base, verificationMaterial: { ...material, later: 1 } },
      "BUNDLE_INVALID",
      "verificationMaterial",
    ],
    [
      "a log that is an object",
      { ...base, verificationMaterial: { ...material, tlogEntries: {} } },
      "BUNDLE_INVALID",
      "verificationMaterial.tlogEntries",
    ],
    [
      "timestamps that are a list",
      { ...base, verificationMaterial: { ...material, timestampVerificationData: [] } },
      "BUNDLE_INVALID",
      "verificationMaterial.timestampVerificationData",
    ],
    [
      "an envelope without signatures",
      { ...base, dsseEnvelope: { ...envelope, signatures: [] } },
      "ENVELOPE_INVALID",
      "dsseEnvelope.signatures",
    ],
  ] as const;
  for (const [title, value, code, ...paths] of refused) {
    it(`refuses ${title}`, () => {
      const decoded = decodeJson(value);
      assert.ok(!decoded.ok);
      assert.deepEqual(
        decoded.issues.map((issue) => [issue.code, issue.path]),
        paths.map((path) => [code, path]),
      );
    });
  }

  it("refuses a duplicate member", () => {
    const text = JSON.stringify(base).replace(
      '"dsseEnvelope":',
      `"dsseEnvelope":${JSON.stringify(envelope)},"dsseEnvelope":`,
    );
    const decoded = decodeBundle(encodeUtf8(text));
    assert.ok(!decoded.ok);
    assert.equal(decoded.issues[0]?.code, "BUNDLE_INVALID");
  });

  it("refuses millions of values before they are made (C8)", () => {
    const values = "{},".repeat(LIMITS.attachmentRestBytes / 3);
    for (const other of ["", '"\\u0061":1,']) {
      const decoded = decodeBundle(encodeUtf8(`{"mediaType":"${V03}",${other}"x":[${values}1]}`));
      assert.ok(!decoded.ok);
      assert.deepEqual(
        decoded.issues.map(({ code }) => code),
        ["BUNDLE_INVALID"],
      );
      assert.match(decoded.issues[0]?.message ?? "", /beside long strings/);
    }
  });

  it("never throws on junk", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => assert.equal(decodeBundle(bytes).ok, false)));
    const junk = fc.record({
      mediaType: fc.constant(V03),
      verificationMaterial: fc.jsonValue(),
      dsseEnvelope: fc.jsonValue(),
    });
    fc.assert(fc.property(junk, (value) => assert.equal(decodeJson(value).ok, false)));
  });
});
