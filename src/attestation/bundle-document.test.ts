import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeUtf8 } from "../base/index.ts";
import { createLocalSigstore, createTestKey, jsonBytes } from "../testing/sigstore/local-sigstore.ts";
import { type Bundle, decodeBundle } from "./bundle.ts";
import { encodeBundleDocument } from "./bundle-document.ts";

const SIGSTORE = createLocalSigstore();
const PAYLOAD = encodeUtf8("{}");

function decode(bytes: Uint8Array): Bundle {
  const decoded = decodeBundle(bytes);
  assert.ok(decoded.ok);
  return decoded.value;
}

const rows = (["0.1", "0.2", "0.3"] as const).flatMap((version) =>
  [{ payload: PAYLOAD }, { artifact: PAYLOAD }].flatMap((content) =>
    [{ log: "v1" as const }, { log: "v1" as const, keyOnly: true, key: createTestKey() }].map((signing) => {
      const by = "keyOnly" in signing ? "key" : "certificate";
      const name = `${version}, ${"payload" in content ? "envelope" : "message"}, ${by}`;
      return { name, bytes: SIGSTORE.signBundle({ content, version, timestamp: true, ...signing }).bytes };
    }),
  ),
);

for (const { name, bytes } of rows) {
  test(`${name}: all that it holds is there again, in version 0.3`, () => {
    const before = decode(bytes);
    const after = decode(encodeBundleDocument(before));
    const material =
      before.material.kind === "certificate" ? { ...before.material, intermediates: [] } : before.material;
    assert.deepEqual(after, { ...before, version: "0.3", material });
    // Writing what was read is the same again.
    assert.deepEqual(encodeBundleDocument(after), encodeBundleDocument(before));
  });
}

test("members are in protobuf's order, the key id after the signature", () => {
  const { bundle } = SIGSTORE.signBundle({ content: { payload: PAYLOAD }, keyOnly: true, log: "none" });
  const [signature] = bundle.dsseEnvelope?.signatures ?? [];
  const envelope = { ...bundle.dsseEnvelope, signatures: [{ keyid: "me", sig: signature?.sig }] };
  const read = decode(jsonBytes({ ...bundle, dsseEnvelope: envelope }));
  const text = new TextDecoder().decode(
    encodeBundleDocument(read, "application/vnd.dev.sigstore.bundle+json;version=0.3"),
  );
  assert.match(
    text,
    /^\{"mediaType":"application\/vnd\.dev\.sigstore\.bundle\+json;version=0\.3","verificationMaterial":/,
  );
  assert.match(text, /"signatures":\[\{"sig":"[^"]+","keyid":"me"\}\]/);
});
