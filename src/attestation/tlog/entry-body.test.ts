import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { encodeUtf8, LIMITS, readJson, type Value, writeJson } from "../../base/index.ts";
import { createTestKey } from "../../testing/sigstore/keys.ts";
import {
  dsseV1,
  type EntryVerifier,
  hashedRekordV1,
  hashedRekordV2,
  intotoV1,
  intotoV2,
} from "../../testing/sigstore/log-entries.ts";
import { decodeEntryBody } from "./entry-body.ts";

const KEY = createTestKey();
const VERIFIER: EntryVerifier = { der: KEY.spki, isCertificate: false, pem: KEY.pem, keyDetails: KEY.keyDetails };
const SIGNATURE = Uint8Array.of(1, 2, 3);
const RECORD = {
  hash: "sha256",
  digest: new Uint8Array(32).fill(9),
  signature: SIGNATURE,
  verifier: VERIFIER,
} as const;
const ENVELOPE = { payload: "e30=", payloadType: "t", signatures: [{ sig: "AQID" }] };
const ENTRIES = [
  hashedRekordV1(RECORD),
  hashedRekordV2(RECORD),
  dsseV1(ENVELOPE, VERIFIER),
  intotoV1(ENVELOPE, VERIFIER),
  intotoV2(ENVELOPE, VERIFIER),
];

/** The spec of an entry, for changes. */
function specOf(index: number): Record<string, Value> {
  const value = readJson(ENTRIES[index]?.body ?? new Uint8Array()) as { spec: Record<string, Value> };
  return value.spec;
}

/** Codes and messages of a body with this spec. */
function issuesOf(kindVersion: string, spec: Value): string {
  const [kind = "", version = ""] = kindVersion.split(" ");
  const body = encodeUtf8(writeJson({ apiVersion: version, kind, spec }));
  const decoded = decodeEntryBody(body, kind, version);
  if (decoded.ok) assert.fail("expected issues, found none");
  for (const { code } of decoded.issues) assert.equal(code, "TLOG_ENTRY_INVALID");
  return decoded.issues.map(({ path, message }) => `${path}: ${message}`).join("; ");
}

test("every kind is read as hash, signature and key", () => {
  const parts = ENTRIES.map(({ kind, version, body }) => {
    const decoded = decodeEntryBody(body, kind, version);
    if (!decoded.ok) assert.fail(decoded.issues[0]?.message);
    const { rekor, part, algorithm, signers } = decoded.value;
    assert.equal(algorithm, "sha256");
    assert.deepEqual(
      signers.map(({ key }) => Buffer.from(key.der)),
      [KEY.spki],
    );
    const [signature] = signers.map((signer) => signer.signature);
    if (part !== "envelope") assert.deepEqual(new Uint8Array(signature ?? []), SIGNATURE);
    return `${kind} ${version}: Rekor v${rekor}, ${part}`;
  });
  assert.deepEqual(parts, [
    "hashedrekord 0.0.1: Rekor v1, message",
    "hashedrekord 0.0.2: Rekor v2, signedBytes",
    "dsse 0.0.1: Rekor v1, payload",
    "intoto 0.0.1: Rekor v1, envelope",
    "intoto 0.0.2: Rekor v1, payload",
  ]);
});

test("kind and version are the ones stated, and known", () => {
  const rows: readonly (readonly [string, string, Value, string])[] = [
    ["dsse", "0.0.1", { kind: "intoto", apiVersion: "0.0.1" }, "TLOG_ENTRY_MISMATCH"],
    ["dsse", "0.0.1", { kind: "dsse", apiVersion: 1 }, "TLOG_ENTRY_MISMATCH"],
    ["dsse", "0.0.1", {}, "TLOG_ENTRY_MISMATCH"],
    ["dsse", "0.0.2", { kind: "dsse", apiVersion: "0.0.2" }, "NOT_SUPPORTED"],
    ["rekord", "0.0.1", { kind: "rekord", apiVersion: "0.0.1" }, "NOT_SUPPORTED"],
    ["constructor", "", { kind: "constructor", apiVersion: "" }, "NOT_SUPPORTED"],
    ["dsse", "0.0.1", [], "TLOG_ENTRY_INVALID"],
  ];
  for (const [kind, version, value, code] of rows) {
    const decoded = decodeEntryBody(encodeUtf8(writeJson(value)), kind, version);
    assert.equal(!decoded.ok && decoded.issues[0]?.code, code, writeJson(value));
  }
});

test("malformed bodies of Rekor v2 are refused", () => {
  const record = specOf(1)["hashedRekordV002"] as Record<string, Value>;
  const data = record["data"] as Record<string, Value>;
  const signature = record["signature"] as Record<string, Value>;
  const verifier = signature["verifier"] as Record<string, Value>;
  const withRecord = (changes: Record<string, Value>): Value => ({ hashedRekordV002: { ...record, ...changes } });
  const withVerifier = (changes: Value): Value => withRecord({ signature: { ...signature, verifier: changes } });
  const rows: readonly (readonly [string, Value, RegExp])[] = [
    ["no spec", null, /expected one of publicKey and x509Certificate, found none or both/],
    ["another spec", { dsseV002: {} }, /unknown member "dsseV002"/],
    ["an unknown member", withRecord({ more: 1 }), /unknown member "more"/],
    ["an unknown hash", withRecord({ data: { ...data, algorithm: "SHA3_256" } }), /signs, found "SHA3_256"/],
    [
      "another hash than the key's",
      withRecord({ data: { ...data, algorithm: "SHA2_512" } }),
      /signs, found "SHA2_512"/,
    ],
    ["a short digest", withRecord({ data: { ...data, digest: "AAAA" } }), /found less/],
    ["no signature", withRecord({ signature: { verifier } }), /found less/],
    ["no key", withVerifier({ keyDetails: KEY.keyDetails }), /none or both/],
    ["an empty key", withVerifier({ keyDetails: KEY.keyDetails, publicKey: { rawBytes: "" } }), /found less/],
    ["two keys", withVerifier({ ...verifier, x509Certificate: { rawBytes: "AAAA" } }), /none or both/],
    [
      "plain Ed25519, which signs no hash",
      withVerifier({ ...verifier, keyDetails: "PKIX_ED25519" }),
      /expected the hash that "PKIX_ED25519" signs/,
    ],
  ];
  for (const [name, spec, expected] of rows) assert.match(issuesOf("hashedrekord 0.0.2", spec), expected, name);
});

test("malformed bodies of Rekor v1 are refused", () => {
  const text64 = (text: string): string => Buffer.from(text).toString("base64");
  const hash = { algorithm: "sha256", value: "00".repeat(32) };
  const signer = { signature: "AQID", verifier: text64(KEY.pem) };
  const record = specOf(0);
  const rows: readonly (readonly [string, string, Value, RegExp])[] = [
    ["no members", "hashedrekord 0.0.1", {}, /signature: expected a signature and a key.*hash: expected a hash/],
    ["text for objects", "hashedrekord 0.0.1", { data: "x", signature: "y" }, /expected a PEM block/],
    [
      "an unknown hash",
      "hashedrekord 0.0.1",
      { ...record, data: { hash: { ...hash, algorithm: "md5" } } },
      /found "md5"/,
    ],
    [
      "a hash of a prototype",
      "hashedrekord 0.0.1",
      { ...record, data: { hash: { algorithm: "toString" } } },
      /toString/,
    ],
    ["a short hash", "hashedrekord 0.0.1", { ...record, data: { hash: { ...hash, value: "00" } } }, /in hex/],
    ["no signatures", "dsse 0.0.1", { payloadHash: hash }, /expected hash, signature and key/],
    ["a null for a signature", "dsse 0.0.1", { payloadHash: hash, signatures: [null] }, /signatures\[0\]/],
    ["a signature that is text", "dsse 0.0.1", { payloadHash: hash, signatures: "x" }, /expected a list, found "x"/],
    [
      "17 signatures",
      "dsse 0.0.1",
      { payloadHash: hash, signatures: Array.from({ length: 17 }, () => signer) },
      /at most 16 items/,
    ],
    ["a private key", "dsse 0.0.1", dsseWith(text64(KEY.pem.replaceAll("PUBLIC", "PRIVATE"))), /expected a PEM block/],
    ["a PEM block without end", "dsse 0.0.1", dsseWith(text64(KEY.pem.slice(0, 80))), /expected a PEM block/],
    [
      "another end",
      "dsse 0.0.1",
      dsseWith(text64(KEY.pem.replace("END PUBLIC KEY", "END CERTIFICATE"))),
      /a PEM block/,
    ],
    ["an empty PEM block", "dsse 0.0.1", dsseWith(text64(KEY.pem.replace(/\n[^-]+/, "\n"))), /expected a PEM block/],
    ["no content", "intoto 0.0.2", { content: [] }, /content\.payloadHash/],
    ["a signature in base64 once", "intoto 0.0.2", intotoWith("AQID"), /expected a signature and a key/],
    ["no key", "intoto 0.0.1", { content: { hash } }, /publicKey: expected a PEM block/],
  ];
  function dsseWith(verifier: string): Value {
    return { payloadHash: hash, signatures: [{ signature: "AQID", verifier }] };
  }
  function intotoWith(sig: string): Value {
    return { content: { payloadHash: hash, envelope: { signatures: [{ publicKey: text64(KEY.pem), sig }] } } };
  }
  for (const [name, kindVersion, spec, expected] of rows) assert.match(issuesOf(kindVersion, spec), expected, name);
});

test("a key may be the first of several PEM blocks, with lines of any length", () => {
  const spaced = `\n${KEY.pem.replaceAll("\n", "\r\n")}${createTestKey().pem}`;
  const { kind, version, body } = dsseV1(ENVELOPE, { ...VERIFIER, pem: spaced });
  const decoded = decodeEntryBody(body, kind, version);
  assert.ok(decoded.ok);
  assert.deepEqual(Buffer.from(decoded.value.signers[0]?.key.der ?? []), KEY.spki);
});

test("a body over the limit is not read (C8)", () => {
  const { kind, version, body } = ENTRIES[0] as (typeof ENTRIES)[number];
  const padded = (length: number): Uint8Array => Buffer.concat([body, Buffer.alloc(length - body.length, " ")]);
  assert.ok(decodeEntryBody(padded(LIMITS.logEntryBodyBytes), kind, version).ok);
  const decoded = decodeEntryBody(padded(LIMITS.logEntryBodyBytes + 1), kind, version);
  assert.ok(!decoded.ok);
  assert.match(decoded.issues[0]?.message ?? "", /at most 1048576 bytes/);
});

test("law: no body makes the reader throw", () => {
  fc.assert(
    fc.property(fc.nat({ max: ENTRIES.length - 1 }), fc.nat(), fc.nat({ max: 255 }), (which, at, byte) => {
      const { kind, version, body } = ENTRIES[which] as (typeof ENTRIES)[number];
      const changed = Uint8Array.from(body);
      changed[at % changed.length] = byte;
      void decodeEntryBody(changed, kind, version);
    }),
    { numRuns: 500, seed: 1 },
  );
});
