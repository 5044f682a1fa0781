import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { describe, test } from "node:test";
import { createCtLog } from "./ct-log.ts";
import { createFulcio } from "./fulcio.ts";
import {
  type BundleJson,
  type BundleOptions,
  base64,
  createLocalSigstore,
  createTestKey,
  dsseMessage,
  LOCAL_TIME,
  PERSON,
  type TrustedRootJson,
  WORKFLOW_RUN,
} from "./local-sigstore.ts";
import { askSigstoreJs } from "./oracle.ts";
import { createTimestampAuthority } from "./timestamp-authority.ts";
import { createRekorV1 } from "./transparency-log.ts";

const sigstore = createLocalSigstore();
const payload = Buffer.from('{"_type":"https://in-toto.io/Statement/v1"}');
const artifact = Buffer.from("hello");
const HOUR = 3_600_000;
const validity = { notBefore: LOCAL_TIME - 24 * HOUR, notAfter: LOCAL_TIME + 24 * HOUR };

type Row = readonly [
  name: string,
  options: Omit<BundleOptions, "content"> & { readonly content?: BundleOptions["content"] },
];

/** What must verify at @sigstore/verify: once as an envelope and once as a message. */
const FORMS: readonly Row[] = [
  ["v1 in 0.1", { log: "v1", version: "0.1" }],
  ["v1 in 0.2", { log: "v1", version: "0.2" }],
  ["v1 in 0.3", { log: "v1" }],
  ["v1 in 0.3, the old media type", { log: "v1", version: "0.3-old" }],
  ["v1 with a token", { log: "v1", timestamp: true }],
  ["v2 with a token", { log: "v2" }],
  ["v2 with a token of milliseconds", { log: "v2", stamp: { fraction: "123" } }],
  ["v2 with the signer's certificate in the token", { log: "v2", stamp: { embed: "leaf" } }],
  ["v2 with the chain in the token", { log: "v2", stamp: { embed: "chain", imprintHash: "sha512" } }],
  ["a workflow", { log: "v1", identity: WORKFLOW_RUN }],
  ["an RSA key", { log: "v1", key: createTestKey("rsa-2048") }],
  ["an SCT with extensions", { log: "v1", leaf: { sctExtensions: Buffer.from([0, 0, 5, 0, 0, 0, 0, 7]) } }],
  ["an entry with many after it", { log: "v1", answer: { laterLeaves: 70 } }],
  ["a checkpoint with another line", { log: "v1", answer: { checkpoint: { otherLines: ["Timestamp: 1"] } } }],
];

const ask = (bundle: BundleJson, root: TrustedRootJson = sigstore.trustedRoot()): string | undefined =>
  askSigstoreJs({ bundle, root, ...(bundle.messageSignature === undefined ? {} : { artifact }) });

describe("@sigstore/verify accepts", () => {
  for (const [name, options] of FORMS) {
    test(`${name}: envelope`, () => {
      assert.equal(ask(sigstore.signBundle({ ...options, content: { payload } }).bundle), undefined);
    });
    test(`${name}: message`, () => {
      assert.equal(ask(sigstore.signBundle({ ...options, content: { artifact } }).bundle), undefined);
    });
  }

  for (const entryKind of ["hashedrekord", "dsse", "intoto"] as const) {
    test(`an entry of kind ${entryKind} in v1`, () => {
      assert.equal(ask(sigstore.signBundle({ content: { payload }, entryKind }).bundle), undefined);
    });
  }

  test("an entry of kind dsse in v2", () => {
    const { bundle } = sigstore.signBundle({ content: { payload }, log: "v2", entryKind: "dsse" });
    assert.equal(ask(bundle), undefined);
  });

  test("two logs, two authorities", () => {
    const log = createRekorV1({ baseUrl: "https://rekor.other.test" });
    const authority = createTimestampAuthority({
      ...validity,
      name: "other tsa",
      intermediate: false,
      key: "ecdsa-p384",
    });
    const { bundle } = sigstore.signBundle({
      content: { payload },
      log: [sigstore.rekorV1, sigstore.rekorV2],
      timestamp: [sigstore.timestampAuthority, authority],
    });
    const root = sigstore.trustedRoot();
    root.timestampAuthorities.push({
      ...(root.timestampAuthorities[0] as TrustedRootJson["timestampAuthorities"][number]),
      certChain: { certificates: authority.chain.map((der) => ({ rawBytes: base64(der) })) },
    });
    assert.equal(askSigstoreJs({ bundle, root, logs: 2, timestamps: 3 }), undefined);
    assert.match(String(askSigstoreJs({ bundle, root, logs: 3 })), /TLOG_ERROR/);
    const stranger = sigstore.signBundle({ content: { payload }, log: [log] }).bundle;
    assert.match(String(ask(stranger)), /TLOG|TIMESTAMP/);
  });

  test("a key without certificate", () => {
    const key = createTestKey();
    const { bundle } = sigstore.signBundle({ content: { payload }, key, keyOnly: true });
    const root = sigstore.trustedRoot();
    assert.equal(askSigstoreJs({ bundle, root, key: key.spki, certificateTimestamps: 0 }), undefined);
    const other = createTestKey().spki;
    assert.match(String(askSigstoreJs({ bundle, root, key: other, certificateTimestamps: 0 })), /SIGNATURE_ERROR/);
  });

  test("an authority without intermediate", () => {
    const local = createLocalSigstore({ fulcio: { intermediate: false }, timestampAuthority: { intermediate: false } });
    const { bundle } = local.signBundle({ content: { payload }, log: "v2" });
    assert.equal(ask(bundle, local.trustedRoot()), undefined);
  });
});

/** What must not verify there, and how it says so. */
const REFUSED: readonly (readonly [name: string, options: Omit<BundleOptions, "content">, code: RegExp])[] = [
  ["a leaf that another key signed", { leaf: { signer: createTestKey("ecdsa-p384") } }, /CERTIFICATE_ERROR/],
  [
    "a leaf that expired before it signed",
    { leaf: { notBefore: LOCAL_TIME - HOUR, notAfter: LOCAL_TIME - 1000 } },
    /CERT/,
  ],
  ["an SCT of a stranger", { leaf: { ctLogs: [createCtLog()] } }, /SCT verification failed/],
  [
    "an SCT with a changed byte",
    { leaf: { tamperScts: (scts) => scts.map((sct) => flipped(sct, sct.length - 1)) } },
    /SCT verification failed/,
  ],
  [
    "an extension that came after the SCT",
    { leaf: { tamperFinalExtensions: (usual) => [["1.2.3.4", false, Buffer.from([5, 0])], ...usual] } },
    /SCT verification failed/,
  ],
  ["no SCT", { leaf: { ctLogs: [] } }, /expected 1 SCTs, got 0/],
  ["a checkpoint of another root", { answer: { checkpoint: { rootHash: Buffer.alloc(32) } } }, /TLOG_INCLUSION_PROOF/],
  [
    "a checkpoint signed by a stranger",
    { answer: { checkpoint: { signers: [{ name: "rekor.local.test", key: createTestKey() }] } } },
    /TLOG_INCLUSION_PROOF/,
  ],
  ["no token in v2", { log: "v2", timestamp: false }, /TIMESTAMP_ERROR/],
  ["a token over other bytes", { log: "v2", stamp: { imprint: Buffer.alloc(32) } }, /TIMESTAMP_ERROR/],
  ["a token of a stranger", { log: "v2", stamp: { signer: createTestKey() } }, /TIMESTAMP_ERROR/],
  ["a token with another digest inside", { log: "v2", stamp: { messageDigest: Buffer.alloc(32) } }, /TIMESTAMP_ERROR/],
  ["a token that names another signer", { log: "v2", stamp: { signerSerial: Buffer.from([9]) } }, /TIMESTAMP_ERROR/],
  ["a token from an hour later", { log: "v2", stamp: { at: LOCAL_TIME + HOUR } }, /CERTIFICATE_ERROR/],
  ["an entry from an hour later", { log: "v1", answer: { at: LOCAL_TIME + HOUR } }, /CERTIFICATE_ERROR/],
];

describe("@sigstore/verify refuses", () => {
  for (const [name, options, code] of REFUSED) {
    test(name, () => {
      assert.match(String(ask(sigstore.signBundle({ ...options, content: { payload } }).bundle)), code);
    });
  }

  test("a payload that was changed", () => {
    const bundle = structuredClone(sigstore.signBundle({ content: { payload } }).bundle);
    if (bundle.dsseEnvelope !== undefined) bundle.dsseEnvelope.payload = base64(Buffer.from("{}"));
    assert.match(String(ask(bundle)), /TLOG_BODY_ERROR/);
  });

  test("another artifact", () => {
    const { bundle } = sigstore.signBundle({ content: { artifact } });
    const root = sigstore.trustedRoot();
    assert.match(String(askSigstoreJs({ bundle, root, artifact: Buffer.from("other") })), /SIGNATURE_ERROR/);
  });

  test("the promise of another entry", () => {
    const [first, second] = [1, 2].map(() => structuredClone(sigstore.signBundle({ content: { payload } }).bundle));
    const [entry, other] = [first, second].map((bundle) => bundle?.verificationMaterial.tlogEntries[0]);
    assert.ok(first !== undefined && entry !== undefined && other?.inclusionPromise !== undefined);
    entry.inclusionPromise = other.inclusionPromise;
    assert.match(String(ask(first)), /TLOG_INCLUSION_PROMISE/);
  });

  test("another identity", () => {
    const { bundle } = sigstore.signBundle({ content: { payload } });
    const policy = { subjectAlternativeName: "eve@example.com" };
    assert.match(String(askSigstoreJs({ bundle, root: sigstore.trustedRoot(), policy })), /UNTRUSTED_SIGNER/);
  });

  test("the root of another Sigstore", () => {
    const { bundle } = sigstore.signBundle({ content: { payload } });
    assert.notEqual(ask(bundle, createLocalSigstore().trustedRoot()), undefined);
  });
});

describe("certificates", () => {
  const leaf = sigstore.signBundle({ content: { payload }, identity: WORKFLOW_RUN }).certificate;

  test("a leaf is what node:crypto takes for one", () => {
    const certificate = new X509Certificate(leaf ?? Buffer.alloc(0));
    assert.equal(certificate.subjectAltName, `URI:${WORKFLOW_RUN.subject.value}`);
    assert.equal(certificate.validFromDate.getTime(), LOCAL_TIME);
    assert.equal(certificate.validToDate.getTime(), LOCAL_TIME + 600_000);
    assert.equal(certificate.ca, false);
    assert.deepEqual(certificate.keyUsage, ["1.3.6.1.5.5.7.3.3"]);
    assert.equal(certificate.verify(new X509Certificate(sigstore.fulcio.issuer.certificate).publicKey), true);
  });

  test("each authority signed the one before it", () => {
    for (const chain of [sigstore.fulcio.chain, sigstore.timestampAuthority.chain]) {
      const parsed = chain.map((der) => new X509Certificate(der));
      parsed.forEach((certificate, index) => {
        const issuer = parsed[Math.min(index + 1, parsed.length - 1)];
        assert.ok(issuer !== undefined && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey));
      });
    }
  });

  test("every name, every form of the issuer", () => {
    const ctLog = createCtLog();
    const fulcio = createFulcio({ ...validity, ctLog });
    for (const kind of ["email", "uri", "otherName"] as const) {
      const der = fulcio.issue(
        createTestKey().spki,
        { ...PERSON, subject: { kind, value: "a:b" } },
        { at: LOCAL_TIME },
      );
      assert.match(String(new X509Certificate(der).subjectAltName), /^(email:a:b|URI:a:b|othername:.*)$/);
    }
    const has = (der: Buffer, arc: number): boolean =>
      der.includes(Buffer.from(`060a2b0601040183bf3001${arc.toString(16).padStart(2, "0")}`, "hex"));
    for (const [issuerForm, old, fresh] of [
      ["old", true, false],
      ["new", false, true],
      ["both", true, true],
    ] as const) {
      const der = fulcio.issue(createTestKey().spki, { ...PERSON, issuerForm }, { at: LOCAL_TIME });
      assert.deepEqual([has(der, 1), has(der, 8)], [old, fresh]);
    }
  });
});

describe("layers of cosign's tags", () => {
  test("a signature over the payload, with all annotations", () => {
    const { annotations, key } = sigstore.signLayer(payload, "simple-signing", { timestamp: true });
    assert.deepEqual(Object.keys(annotations), [
      "dev.cosignproject.cosign/signature",
      "dev.sigstore.cosign/certificate",
      "dev.sigstore.cosign/chain",
      "dev.sigstore.cosign/bundle",
      "dev.sigstore.cosign/rfc3161timestamp",
    ]);
    const signature = Buffer.from(annotations["dev.cosignproject.cosign/signature"] ?? "", "base64");
    assert.ok(signature.length > 60 && key.kind === "ecdsa-p256");
  });

  test("an envelope has an empty signature beside it, and a key no certificate", () => {
    const { annotations, bytes } = sigstore.signLayer(payload, "envelope", { keyOnly: true, log: "none" });
    assert.deepEqual(annotations, { "dev.cosignproject.cosign/signature": "" });
    assert.match(Buffer.from(bytes).toString(), /^\{"payload":"/);
  });
});

test("what DSSE signs", () => {
  assert.equal(
    dsseMessage("http://example.com/HelloWorld", Buffer.from("hello world")).toString(),
    "DSSEv1 29 http://example.com/HelloWorld 11 hello world",
  );
});

function flipped(bytes: Buffer, index: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[index] = (copy[index] ?? 0) ^ 1;
  return copy;
}
