import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Descriptor, Manifest } from "../../artifact/index.ts";
import { AmapError, type Digest, LIMITS } from "../../base/index.ts";
import { attachmentsOf, readCandidate } from "./attachments.ts";

const digest: Digest = `sha256:${"ab".repeat(32)}`;
const layer = (mediaType: string, annotations?: Record<string, string>): Descriptor => ({
  mediaType,
  digest,
  size: 2,
  ...(annotations === undefined ? {} : { annotations }),
});
const manifest = (layers: readonly Descriptor[], more: Partial<Manifest> = {}): Manifest => ({
  kind: "manifest",
  mediaType: "application/vnd.oci.image.manifest.v1+json",
  config: layer("application/vnd.oci.empty.v1+json"),
  layers,
  ...more,
});

describe("attachmentsOf", () => {
  const cases = [
    ["application/vnd.dev.cosign.simplesigning.v1+json", "simple-signing"],
    ["application/vnd.dsse.envelope.v1+json", "envelope"],
    ["application/vnd.dev.sigstore.bundle.v0.3+json", "bundle"],
    ["application/vnd.dev.sigstore.bundle+json;version=0.2", "bundle"],
    ["application/vnd.dev.sigstore.bundle.v0.9+json", "bundle"],
    ["application/vnd.cyclonedx+json", "sbom"],
    ["text/spdx+json", "sbom"],
    ["application/vnd.in-toto+json", undefined],
    ["application/vnd.cncf.notary.signature", undefined],
    ["application/vnd.oci.image.layer.v1.tar+gzip", undefined],
  ] as const;
  for (const [mediaType, kind] of cases) {
    it(`${mediaType} is ${kind ?? "nothing"}`, () => {
      assert.deepEqual(
        attachmentsOf(manifest([layer(mediaType)])).map((each) => each.kind),
        kind === undefined ? [] : [kind],
      );
    });
  }

  it("goes by the layers, whatever the artifact type says", () => {
    const sig = layer("application/vnd.dev.cosign.simplesigning.v1+json");
    for (const artifactType of [undefined, "application/vnd.dev.cosign.artifact.sig.v1+json", "text/html"]) {
      const more = artifactType === undefined ? {} : { artifactType };
      assert.equal(attachmentsOf(manifest([sig], more))[0]?.kind, "simple-signing");
    }
  });

  it("keeps the stored order", () => {
    const types = ["application/vnd.dsse.envelope.v1+json", "x/y", "text/spdx"];
    assert.deepEqual(
      attachmentsOf(manifest(types.map((type) => layer(type)))).map((each) => each.kind),
      ["envelope", "sbom"],
    );
  });

  it("refuses more layers than the limit", () => {
    const layers = Array.from({ length: LIMITS.attachments + 1 }, () => layer("x/y"));
    assert.throws(
      () => attachmentsOf(manifest(layers)),
      (error) => error instanceof AmapError && error.code === "LIMIT_EXCEEDED",
    );
  });
});

describe("readCandidate", () => {
  const bytes = new Uint8Array(2);
  const found = { form: "referrer", manifest: digest } as const;
  const foundAt = { form: "referrer", manifest: digest, blob: digest };
  const annotations = { a: "b" };
  const cases = [
    ["simple-signing", { kind: "simple-signing", foundAt, payload: bytes, annotations }],
    ["envelope", { kind: "envelope", foundAt, bytes, annotations }],
    ["bundle", { kind: "bundle", foundAt, bytes }],
    ["sbom", undefined],
  ] as const;
  for (const [kind, expected] of cases) {
    it(kind, () =>
      assert.deepEqual(readCandidate({ kind, descriptor: layer("x/y", annotations) }, bytes, found), expected),
    );
  }
});
