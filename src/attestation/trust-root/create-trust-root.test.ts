import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { decodeUtf8, isAmapError } from "../../base/index.ts";
import { createAuthority, type TestAuthority } from "../../testing/sigstore/certificates.ts";
import { pem } from "../../testing/sigstore/der-values.ts";
import { createTestKey } from "../../testing/sigstore/keys.ts";
import { createLocalSigstore } from "../../testing/sigstore/local-sigstore.ts";
import { decodeTrustRoot } from "../trust-root.ts";
import { createTrustRoot, parseServiceSpecification, type TrustRootInput } from "./create-trust-root.ts";
import { encodeTrustRoot } from "./encode-trust-root.ts";

const NOT_BEFORE = Date.UTC(2025, 0, 1);
const ROOT: TestAuthority = createAuthority({
  organization: "ex & co",
  commonName: "root <x>",
  key: createTestKey(),
  notBefore: NOT_BEFORE,
  notAfter: NOT_BEFORE + 1e11,
});
const P256 = createTestKey();
const ED25519 = createTestKey("ed25519");
const RSA = createTestKey("rsa-2048");
const TSA = createLocalSigstore().timestampAuthority;

function pemOf(...certificates: readonly Uint8Array[]): string {
  return certificates.map((der) => pem("CERTIFICATE", der)).join("");
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64");

function textOf(input: TrustRootInput): string {
  return decodeUtf8(encodeTrustRoot(createTrustRoot(input))) ?? "";
}

/** A log as cosign 3.1.3 `trusted-root create` writes it. */
function logText(url: string, key: typeof P256, start: string, keyId: Uint8Array): string {
  const validFor = `"validFor":{"start":"${start}"}`;
  const publicKey = `{"rawBytes":"${base64(key.spki)}","keyDetails":"${key.keyDetails}",${validFor}}`;
  const id = `"logId":{"keyId":"${base64(keyId)}"}`;
  return `{"baseUrl":"${url}","hashAlgorithm":"SHA2_256","publicKey":${publicKey},${id}}`;
}

const MEDIA_TYPE = `"mediaType":"application/vnd.dev.sigstore.trustedroot+json;version=0.1"`;

test("a root is written byte for byte as cosign writes it", () => {
  const text = textOf({
    fulcio: [
      {
        url: "https://fulcio.example/?a<b&c",
        certificateChain: pemOf(ROOT.certificate),
        endTime: "2030-01-01T00:00:00.250+01:00",
      },
    ],
    rekor: [
      {
        url: "https://rekor2.example",
        publicKey: ED25519.pem,
        startTime: "2025-06-01T00:00:00.5Z",
        origin: "rekor2.example",
      },
      { url: "https://rekor.example", publicKey: P256.pem, startTime: "2024-01-01T00:00:00Z" },
    ],
    ctfe: [{ url: "https://ct.example", publicKey: RSA.pem, startTime: "2023-01-01T00:00:00Z" }],
  });
  const noteKeyId = createHash("sha256")
    .update("rekor2.example\n")
    .update(Uint8Array.of(1))
    .update(ED25519.spki.subarray(-32))
    .digest();
  const logs = [
    logText("https://rekor.example", P256, "2024-01-01T00:00:00Z", P256.keyId),
    logText("https://rekor2.example", ED25519, "2025-06-01T00:00:00.500Z", noteKeyId),
  ];
  const subject = `"subject":{"organization":"ex & co","commonName":"root <x>"}`;
  const chain = `"certChain":{"certificates":[{"rawBytes":"${base64(ROOT.certificate)}"}]}`;
  const validFor = `"validFor":{"start":"2025-01-01T00:00:00Z","end":"2029-12-31T23:00:00.250Z"}`;
  const authority = `{${subject},"uri":"https://fulcio.example/?a<b&c",${chain},${validFor}}`;
  const ct = logText("https://ct.example", RSA, "2023-01-01T00:00:00Z", RSA.keyId);
  const expected = `{${MEDIA_TYPE},"tlogs":[${logs.join()}],"certificateAuthorities":[${authority}],"ctlogs":[${ct}]}`;
  assert.equal(text, expected);
});

test("nothing makes a root that trusts nothing", () => {
  assert.equal(textOf({}), `{${MEDIA_TYPE}}`);
});

test("a timestamp authority is trusted from its own certificate on, a certificate authority from its root's", () => {
  const [leaf] = TSA.chain;
  assert.ok(leaf !== undefined);
  const url = "https://tsa.example";
  const root = createTrustRoot({
    tsa: [{ url, certificateChain: pemOf(...TSA.chain) }],
    fulcio: [{ url, certificateChain: pemOf(ROOT.certificate) }],
  });
  const [authority] = root.timestampAuthorities;
  assert.equal(authority?.validFor.start, authority?.chain[0]?.notBefore);
  assert.equal(root.certificateAuthorities[0]?.validFor.start, NOT_BEFORE);
  assert.ok(decodeTrustRoot(encodeTrustRoot(root)).ok);
});

test("of two logs with one id the last counts, as with cosign", () => {
  const log = { publicKey: P256.pem, startTime: "2024-01-01T00:00:00Z" };
  const root = createTrustRoot({
    rekor: [
      { ...log, url: "https://a.example" },
      { ...log, url: "https://b.example" },
    ],
  });
  assert.deepEqual(
    root.transparencyLogs.map(({ baseUrl }) => baseUrl),
    ["https://b.example"],
  );
});

test("what does not fit is refused with its flag", () => {
  const log = { url: "u", publicKey: P256.pem, startTime: "2024-01-01T00:00:00Z" };
  const rows: readonly (readonly [string, TrustRootInput, string, RegExp])[] = [
    ["a time", { rekor: [{ ...log, startTime: "today" }] }, "USAGE", /--rekor start-time: expected an RFC 3339 time/],
    [
      "an end before the start",
      { ctfe: [{ ...log, endTime: "2023-01-01T00:00:00Z" }] },
      "USAGE",
      /--ctfe: expected an end/,
    ],
    ["a key", { rekor: [{ ...log, publicKey: "x" }] }, "KEY_INVALID", /PUBLIC KEY/],
    ["a chain", { fulcio: [{ url: "u", certificateChain: "x" }] }, "CERTIFICATE_INVALID", /--fulcio certificate-chain/],
    [
      "a chain that begins with an authority",
      { tsa: [{ url: "u", certificateChain: pemOf(ROOT.certificate) }] },
      "USAGE",
      /expected the timestamp authority's own certificate first/,
    ],
  ];
  for (const [name, input, code, message] of rows) {
    assert.throws(
      () => createTrustRoot(input),
      (error) => isAmapError(error) && error.code === code && message.test(error.message),
      name,
    );
  }
});

test("a flag's value is read as pairs", () => {
  const text = "url=https://r.example, public-key=a=b.pem ,start-time=2024-01-01T00:00:00Z,end-time=,origin=o";
  assert.deepEqual(parseServiceSpecification("rekor", text), {
    url: "https://r.example",
    file: "a=b.pem",
    startTime: "2024-01-01T00:00:00Z",
    origin: "o",
  });
  const authority = "url=u,certificate-chain=c.pem,end-time=2030-01-01T00:00:00Z";
  assert.deepEqual(parseServiceSpecification("tsa", authority), {
    url: "u",
    file: "c.pem",
    endTime: "2030-01-01T00:00:00Z",
  });
});

test("a flag's value that is not understood is refused", () => {
  const rows: readonly (readonly [Parameters<typeof parseServiceSpecification>[0], string, RegExp])[] = [
    ["rekor", "", /--rekor: expected pairs key=value, each once, of url, public-key, .*, found ""/],
    ["rekor", "url", /found "url"/],
    ["rekor", "url=u,public-key=k", /--rekor: expected start-time=…, found none/],
    ["ctfe", "url=,public-key=k,start-time=t", /--ctfe: expected url=…, found none/],
    ["fulcio", "url=u", /--fulcio: expected certificate-chain=…, found none/],
    ["fulcio", "url=u,certificate-chain=c,origin=o", /found "origin=o"/],
    ["tsa", "url=u,url=v,certificate-chain=c", /found "url=v"/],
    ["tsa", "__proto__=u", /found "__proto__=u"/],
  ];
  for (const [flag, text, message] of rows) {
    assert.throws(
      () => parseServiceSpecification(flag, text),
      (error) => isAmapError(error, "USAGE") && message.test(error.message),
      text,
    );
  }
});
