import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Descriptor, decodeManifest, type Manifest } from "../../artifact/index.ts";
import { AmapError, decodeUtf8, digestOf, type ErrorCode, encodeUtf8, LIMITS } from "../../base/index.ts";
import {
  type AttachmentImage,
  type AttachmentLayer,
  appendAttachmentLayer,
  findSameLayer,
} from "./attachment-layer.ts";

const layerOf = (text: string, annotations?: Record<string, string>): AttachmentLayer => ({
  mediaType: "application/vnd.dev.cosign.simplesigning.v1+json",
  bytes: encodeUtf8(text),
  ...(annotations === undefined ? {} : { annotations }),
});

/** What a next writer finds under the tag. */
function readBack(image: AttachmentImage): { manifest: Manifest; config: Uint8Array } {
  const decoded = decodeManifest(image.manifest.bytes);
  assert.ok(decoded.ok && decoded.value.kind === "manifest");
  return { manifest: decoded.value, config: image.config.bytes };
}

function assertThrows(run: () => unknown, code: ErrorCode): void {
  assert.throws(run, (error) => {
    assert.ok(error instanceof AmapError);
    assert.equal(error.code, code);
    return true;
  });
}

describe("appendAttachmentLayer", () => {
  const one = appendAttachmentLayer(
    undefined,
    layerOf("one", { z: "<&>", "dev.cosignproject.cosign/signature": "c2ln" }),
  );
  const digest = digestOf(encodeUtf8("one"));

  it("writes the first layer byte for byte as cosign", () => {
    assert.equal(
      decodeUtf8(one.config.bytes),
      `{"architecture":"","created":"0001-01-01T00:00:00Z","history":[{"created":"0001-01-01T00:00:00Z"}],"os":"","rootfs":{"type":"layers","diff_ids":["${digest}"]},"config":{}}`,
    );
    assert.equal(
      decodeUtf8(one.manifest.bytes),
      `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.oci.image.config.v1+json","size":233,"digest":"${one.config.digest}"},"layers":[{"mediaType":"application/vnd.dev.cosign.simplesigning.v1+json","size":3,"digest":"${digest}","annotations":{"dev.cosignproject.cosign/signature":"c2ln","z":${String.raw`"\u003c\u0026\u003e"`}}}]}`,
    );
    assert.deepEqual([one.layer.digest, one.layer.size, one.config.size], [digest, 3, 233]);
    assert.equal(one.manifest.digest, digestOf(one.manifest.bytes));
  });

  it("appends the second with a history entry and a diff id, and keeps the first", () => {
    const two = appendAttachmentLayer(readBack(one), layerOf("two"));
    const second = digestOf(encodeUtf8("two"));
    assert.equal(
      decodeUtf8(two.config.bytes),
      `{"architecture":"","created":"0001-01-01T00:00:00Z","history":[{"created":"0001-01-01T00:00:00Z"},{"created":"0001-01-01T00:00:00Z"}],"os":"","rootfs":{"type":"layers","diff_ids":["${digest}","${second}"]},"config":{}}`,
    );
    const { manifest } = readBack(two);
    assert.deepEqual(
      manifest.layers.map((layer) => layer.digest),
      [digest, second],
    );
    assert.deepEqual(manifest.layers[0]?.annotations, { "dev.cosignproject.cosign/signature": "c2ln", z: "<&>" });
    assert.deepEqual([manifest.config.digest, manifest.config.size], [two.config.digest, 342]);
  });

  it("keeps a stated creation time and the manifest's annotations", () => {
    const existing = readBack(one);
    const config = encodeUtf8((decodeUtf8(one.config.bytes) ?? "").replace('"created":"0001', '"created":"2026'));
    const two = appendAttachmentLayer(
      { manifest: { ...existing.manifest, annotations: { a: "b" } }, config },
      layerOf("two"),
    );
    assert.match(decodeUtf8(two.config.bytes) ?? "", /^\{"architecture":"","created":"2026-01-01T00:00:00Z",/);
    assert.deepEqual(readBack(two).manifest.annotations, { a: "b" });
  });

  const existing = readBack(one);
  const layers = (count: number): Descriptor[] => Array.from({ length: count }, () => existing.manifest.layers).flat();
  const cases: readonly (readonly [string, ErrorCode, Manifest, string])[] = [
    ["the limit of layers", "LIMIT_EXCEEDED", { ...existing.manifest, layers: layers(LIMITS.attachments) }, ""],
    ["a config that is not JSON", "MANIFEST_INVALID", existing.manifest, "{"],
    ["an empty config", "MANIFEST_INVALID", existing.manifest, "{}"],
    [
      "a config of other layers",
      "MANIFEST_INVALID",
      { ...existing.manifest, layers: layers(2) },
      decodeUtf8(one.config.bytes) ?? "",
    ],
  ];
  for (const [title, code, manifest, config] of cases) {
    it(`refuses ${title} and writes nothing`, () => {
      assertThrows(() => appendAttachmentLayer({ manifest, config: encodeUtf8(config) }, layerOf("x")), code);
    });
  }

  it("refuses a manifest over the limit", () => {
    const large = layerOf("x", { a: "a".repeat(LIMITS.manifestBytes) });
    assertThrows(() => appendAttachmentLayer(undefined, large), "LIMIT_EXCEEDED");
  });
});

describe("findSameLayer", () => {
  const image = appendAttachmentLayer(undefined, layerOf("one", { a: "1", "dev.cosignproject.cosign/signature": "x" }));
  const stored = readBack(image).manifest.layers;
  const cases = [
    ["another signature of the same", layerOf("one", { a: "1", "dev.cosignproject.cosign/signature": "y" }), true],
    ["other bytes", layerOf("two", { a: "1" }), false],
    ["other annotations", layerOf("one", { a: "2" }), false],
    ["fewer annotations", layerOf("one"), false],
    ["another media type", { ...layerOf("one", { a: "1" }), mediaType: "text/spdx" }, false],
  ] as const;
  for (const [title, layer, same] of cases) {
    it(title, () => assert.equal(findSameLayer(stored, layer), same ? stored[0] : undefined));
  }
});
