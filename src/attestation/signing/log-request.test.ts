import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  AmapError,
  decodeUtf8,
  type ErrorCode,
  encodeUtf8,
  hashBytes,
  hashHex,
  memberOf,
  readJson,
  type SignatureScheme,
  type Value,
} from "../../base/index.ts";
import {
  createLocalSigstore,
  createTestKey,
  LOCAL_TIME,
  type TestKeyKind,
} from "../../testing/sigstore/local-sigstore.ts";
import { serveRekorV1 } from "../../testing/sigstore/services/rekor-v1-service.ts";
import { encodeEnvelope, preAuthEncoding } from "../envelope.ts";
import type { SignedContent } from "../tlog/verify-log-entry.ts";
import { decodeLogAnswer, encodeLogRequest } from "./log-request.ts";

const SCHEMES: Readonly<Record<TestKeyKind, SignatureScheme>> = {
  "ecdsa-p256": "ecdsa-sha256",
  "ecdsa-p384": "ecdsa-sha384",
  "ecdsa-p521": "ecdsa-sha512",
  "rsa-2048": "rsa-pkcs1-sha256",
  ed25519: "ed25519",
  ed25519ph: "ed25519ph",
};
const message = encodeUtf8("a message");
const payload = encodeUtf8('{"a":1}');
const payloadType = "application/vnd.in-toto+json";

function messageBy(kind: TestKeyKind): SignedContent & { readonly kind: "message" } {
  const key = createTestKey(kind);
  const digest = { algorithm: key.hash, bytes: hashBytes(key.hash, message) };
  return { kind: "message", digest, key: new Uint8Array(key.spki), isCertificate: false, signature: key.sign(message) };
}

function envelopeBy(kind: TestKeyKind): SignedContent & { readonly kind: "envelope" } {
  const key = createTestKey(kind);
  const signature = new Uint8Array(key.sign(preAuthEncoding(payloadType, payload)));
  const envelope = { payload, payloadType, signatures: [{ sig: signature }] };
  return { kind: "envelope", envelope, key: new Uint8Array(key.spki), isCertificate: false, signature };
}

const request = (version: 1 | 2, signed: SignedContent, kind: TestKeyKind): Value =>
  readJson(encodeLogRequest(version, signed, SCHEMES[kind]));
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");
const pemOf = (label: string, der: Uint8Array): string =>
  `-----BEGIN ${label}-----\n${(base64(der).match(/.{1,64}/g) ?? []).join("\n")}\n-----END ${label}-----\n`;

function refused(run: () => unknown, code: ErrorCode): void {
  assert.throws(run, (error) => {
    assert.ok(error instanceof AmapError, String(error));
    assert.equal(error.code, code, error.message);
    return true;
  });
}

describe("a request to Rekor v1", () => {
  for (const [kind, hash] of [
    ["ecdsa-p256", "sha256"],
    ["ecdsa-p384", "sha384"],
    ["ecdsa-p521", "sha512"],
    ["rsa-2048", "sha256"],
    ["ed25519ph", "sha512"],
  ] as const) {
    test(`is a hashedrekord for a message signed by ${kind}`, () => {
      const signed = messageBy(kind);
      assert.deepEqual(request(1, signed, kind), {
        apiVersion: "0.0.1",
        kind: "hashedrekord",
        spec: {
          data: { hash: { algorithm: hash, value: hashHex(hash, message) } },
          signature: {
            content: base64(signed.signature),
            publicKey: { content: base64(encodeUtf8(pemOf("PUBLIC KEY", signed.key))) },
          },
        },
      });
    });
  }

  test("is a dsse for an envelope, by its stored bytes where they are known", () => {
    const signed = envelopeBy("ecdsa-p256");
    const bytes = encodeUtf8(` ${decodeUtf8(encodeEnvelope(signed.envelope))}`);
    for (const [given, text] of [
      [signed, decodeUtf8(encodeEnvelope(signed.envelope))],
      [{ ...signed, bytes }, decodeUtf8(bytes)],
    ] as const) {
      assert.deepEqual(request(1, given, "ecdsa-p256"), {
        apiVersion: "0.0.1",
        kind: "dsse",
        spec: {
          proposedContent: { envelope: text, verifiers: [base64(encodeUtf8(pemOf("PUBLIC KEY", signed.key)))] },
        },
      });
    }
  });

  test("is made for plain Ed25519 only where the message itself is sent", () => {
    assert.equal(memberOf(request(1, envelopeBy("ed25519"), "ed25519"), "kind"), "dsse");
    refused(() => request(1, messageBy("ed25519"), "ed25519"), "KEY_UNSUPPORTED");
  });
});

describe("a request to Rekor v2", () => {
  for (const [kind, hash, keyDetails] of [
    ["ecdsa-p256", "sha256", "PKIX_ECDSA_P256_SHA_256"],
    ["ecdsa-p384", "sha384", "PKIX_ECDSA_P384_SHA_384"],
    ["ecdsa-p521", "sha512", "PKIX_ECDSA_P521_SHA_512"],
    ["rsa-2048", "sha256", "PKIX_RSA_PKCS1V15_2048_SHA256"],
    ["ed25519ph", "sha512", "PKIX_ED25519_PH"],
  ] as const) {
    test(`is a hashedrekord for a message and for an envelope signed by ${kind}`, () => {
      for (const [signed, over] of [
        [messageBy(kind), message],
        [envelopeBy(kind), preAuthEncoding(payloadType, payload)],
      ] as const) {
        assert.deepEqual(request(2, signed, kind), {
          hashedRekordRequestV002: {
            digest: base64(hashBytes(hash, over)),
            signature: {
              content: base64(signed.signature),
              verifier: { publicKey: { rawBytes: base64(signed.key) }, keyDetails },
            },
          },
        });
      }
    });
  }

  test("names a certificate where there is one", () => {
    const { certificate } = createLocalSigstore().signBundle({ content: { artifact: message } });
    assert.ok(certificate !== undefined);
    const signed = { ...messageBy("ecdsa-p256"), key: new Uint8Array(certificate), isCertificate: true };
    const verifier = (version: 1 | 2): string => JSON.stringify(request(version, signed, "ecdsa-p256"));
    assert.match(verifier(2), /"x509Certificate":\{"rawBytes":"/);
    assert.ok(verifier(1).includes(base64(encodeUtf8(pemOf("CERTIFICATE", signed.key)))));
  });

  const p256 = messageBy("ecdsa-p256");
  for (const [what, signed, scheme, code] of [
    ["plain Ed25519", envelopeBy("ed25519"), "ed25519", "KEY_UNSUPPORTED"],
    ["a scheme of another key", p256, "rsa-pkcs1-sha256", "KEY_UNSUPPORTED"],
    ["a scheme that has no name", p256, "ecdsa-sha512", "KEY_UNSUPPORTED"],
    [
      "a digest by another hash",
      { ...p256, digest: messageBy("ecdsa-p384").digest },
      "ecdsa-sha256",
      "KEY_UNSUPPORTED",
    ],
    ["no key", { ...p256, key: message }, "ecdsa-sha256", "KEY_INVALID"],
    ["no certificate", { ...p256, isCertificate: true }, "ecdsa-sha256", "CERTIFICATE_INVALID"],
  ] as const) {
    test(`is refused with ${what}`, () => refused(() => encodeLogRequest(2, signed, scheme), code));
  }
});

describe("an answer of Rekor v1", () => {
  const { rekorV1 } = createLocalSigstore();
  const answered = serveRekorV1(
    rekorV1,
    () => LOCAL_TIME,
  )({
    method: "POST",
    url: new URL("https://rekor.local.test/api/v1/log/entries"),
    headers: { "content-type": "application/json" },
    body: Buffer.from(encodeLogRequest(1, messageBy("ecdsa-p256"), "ecdsa-sha256")),
  }) as { readonly body: Record<string, Record<string, unknown>> };
  const [id = ""] = Object.keys(answered.body);

  /** The answer with one member of the entry, of its proof or of its verification changed. */
  function changed(path: readonly string[], value: unknown): Uint8Array {
    const copy = structuredClone(answered.body) as Record<string, unknown>;
    let at = copy[id] as Record<string, unknown>;
    for (const name of path.slice(0, -1)) at = at[name] as Record<string, unknown>;
    at[path.at(-1) ?? ""] = value;
    return encodeUtf8(JSON.stringify(copy));
  }

  test("is read as the entry of a bundle", () => {
    const entry = decodeLogAnswer(1, changed(["attestation"], { data: "" }));
    assert.ok(entry.ok);
    assert.deepEqual([entry.value.kind, entry.value.version], ["hashedrekord", "0.0.1"]);
    assert.equal(entry.value.integratedTime, LOCAL_TIME / 1000);
    assert.notEqual(entry.value.inclusionPromise, undefined);
    assert.notEqual(entry.value.inclusionProof, undefined);
    assert.deepEqual(entry.value.logId, new Uint8Array(rekorV1.logId));
  });

  for (const [what, bytes] of [
    ["no JSON", encodeUtf8("<html>")],
    ["no entry", encodeUtf8("{}")],
    ["two entries", encodeUtf8(JSON.stringify({ ...answered.body, other: answered.body[id] }))],
    ["an entry that is text", encodeUtf8('{"a":"b"}')],
    ["no body", changed(["body"], undefined)],
    ["a body that is not base64", changed(["body"], "*")],
    ["a body that is no JSON", changed(["body"], "AAAA")],
    ["a log's id that is not hex", changed(["logID"], "*")],
    ["no log's id", changed(["logID"], undefined)],
    ["no verification", changed(["verification"], undefined)],
    ["no proof", changed(["verification", "inclusionProof"], undefined)],
    ["a root that is not hex", changed(["verification", "inclusionProof", "rootHash"], 1)],
    ["a hash that is not hex", changed(["verification", "inclusionProof", "hashes"], ["*"])],
    ["a negative index", changed(["logIndex"], -1)],
    ["a time that is text", changed(["integratedTime"], "now")],
  ] as const) {
    test(`is refused with ${what}`, () => {
      const entry = decodeLogAnswer(1, bytes);
      assert.ok(!entry.ok);
      assert.equal(entry.issues[0]?.code, "TLOG_ENTRY_INVALID");
    });
  }
});

test("no answer makes the reader throw", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(1 as const, 2 as const), (value, version) => {
      const asEntry = { a: { body: value, verification: value, logID: value } };
      for (const document of [value, asEntry]) {
        const entry = decodeLogAnswer(version, encodeUtf8(JSON.stringify(document)));
        assert.equal(entry.ok, false);
      }
    }),
    { numRuns: 200 },
  );
});
