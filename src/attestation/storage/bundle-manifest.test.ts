import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AmapError, type Digest, decodeUtf8, digestOf } from "../../base/index.ts";
import { EMPTY_CONFIG, encodeBundleManifest } from "./bundle-manifest.ts";

const subject: Digest = `sha256:${"ab".repeat(32)}`;
const bundle: Digest = `sha256:${"cd".repeat(32)}`;
const input = {
  subject: {
    mediaType: "application/vnd.oci.image.index.v1+json",
    digest: subject,
    size: 517,
    annotations: { not: "copied" },
  },
  bundle: { digest: bundle, size: 659 },
  predicateType: "https://example.com/t?a=1&b=2",
  createdAt: "2026-11-22T14:40:32Z",
};

describe("encodeBundleManifest", () => {
  it("writes byte for byte as cosign 3.1.3", () => {
    assert.equal(
      decodeUtf8(encodeBundleManifest(input)),
      `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.empty.v1+json","size":2,"digest":"${EMPTY_CONFIG.digest}","artifactType":"application/vnd.dev.sigstore.bundle.v0.3+json"},"layers":[{"mediaType":"application/vnd.dev.sigstore.bundle.v0.3+json","size":659,"digest":"${bundle}"}],"annotations":{"dev.sigstore.bundle.content":"dsse-envelope","dev.sigstore.bundle.predicateType":"https://example.com/t?a=1\\u0026b=2","org.opencontainers.image.created":"2026-11-22T14:40:32Z"},"subject":{"mediaType":"application/vnd.oci.image.index.v1+json","size":517,"digest":"${subject}"},"artifactType":"application/vnd.dev.sigstore.bundle.v0.3+json"}`,
    );
  });

  it("refuses a time that is not RFC 3339", () => {
    assert.throws(
      () => encodeBundleManifest({ ...input, createdAt: "today" }),
      (error) => error instanceof AmapError && error.code === "VALUE_INVALID",
    );
  });
});

it("EMPTY_CONFIG states its own digest and size", () => {
  assert.equal(digestOf(EMPTY_CONFIG.bytes), EMPTY_CONFIG.digest);
  assert.equal(EMPTY_CONFIG.bytes.length, EMPTY_CONFIG.size);
});
