/** A certificate timestamp that the caller gives for certificates that hold none. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeUtf8 } from "../base/index.ts";
import { createLocalSigstore, jsonBytes, LOCAL_TIME, PERSON } from "../testing/sigstore/local-sigstore.ts";
import { decodeBundle } from "./bundle.ts";
import { decodeTrustRoot } from "./trust-root.ts";
import { createBundleVerifier } from "./verify-bundle.ts";

const SIGSTORE = createLocalSigstore();
const ARTIFACT = encodeUtf8("a file");
const SIGNED = SIGSTORE.signBundle({ content: { artifact: ARTIFACT }, leaf: { ctLogs: [] } });
const OTHER = SIGSTORE.signBundle({ content: { artifact: ARTIFACT }, leaf: { ctLogs: [] } });

/** The JSON in which Fulcio hands an SCT over. */
function detachedFor(certificate: Buffer): Uint8Array {
  const sct = SIGSTORE.ctLog.signCertificate(certificate, { at: LOCAL_TIME });
  const extensionsLength = sct.readUInt16BE(41);
  return jsonBytes({
    sct_version: sct[0],
    id: sct.subarray(1, 33).toString("base64"),
    timestamp: Number(sct.readBigUInt64BE(33)),
    extensions: sct.subarray(43, 43 + extensionsLength).toString("base64"),
    signature: sct.subarray(43 + extensionsLength).toString("base64"),
  });
}

function verify(detachedCertificateTimestamp?: Uint8Array): string {
  const trustRoot = decodeTrustRoot(jsonBytes(SIGSTORE.trustedRoot()));
  const bundle = decodeBundle(SIGNED.bytes);
  assert.ok(trustRoot.ok && bundle.ok);
  const verifier = createBundleVerifier({
    trustRoot: trustRoot.value,
    identities: [{ subject: { exact: PERSON.subject.value }, issuer: { exact: PERSON.issuer } }],
    ...(detachedCertificateTimestamp && { detachedCertificateTimestamp }),
  });
  const outcome = verifier.verify(bundle.value, { kind: "bytes", bytes: ARTIFACT });
  return outcome.ok ? "verified" : outcome.refusal.code;
}

test("counts for the certificate that it is over, and for no other", () => {
  assert.equal(verify(detachedFor(SIGNED.certificate ?? Buffer.alloc(0))), "verified");
  assert.equal(verify(detachedFor(OTHER.certificate ?? Buffer.alloc(0))), "SCT_INVALID");
  assert.equal(verify(encodeUtf8("{}")), "SCT_INVALID");
  assert.equal(verify(), "SCT_INVALID");
});
