import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Descriptor, decodeManifest, type Manifest } from "../../artifact/index.ts";
import { AmapError, decodeUtf8, digestOf, type ErrorCode, encodeUtf8, LIMITS } from "../../base/index.ts";
import {
  type AttachmentImage,
  type AttachmentLayer,
  appendAttachmentLayer,
  createSignatureReferrer,
  findSameLayer,
  removeAttachmentLayers,
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

describe("appendAttachmentLayer in the place of others", () => {
  const three = ["one", "two", "three"].reduce<AttachmentImage | undefined>(
    (image, text) => appendAttachmentLayer(image === undefined ? undefined : readBack(image), layerOf(text)),
    undefined,
  );
  assert.ok(three !== undefined);
  const digestsOf = (image: AttachmentImage): readonly string[] => readBack(image).manifest.layers.map((l) => l.digest);
  const of = (text: string): string => digestOf(encodeUtf8(text));

  it("leaves these out, with their diff ids and history, and puts the new one last", () => {
    const next = appendAttachmentLayer(readBack(three), layerOf("new"), { without: new Set([0, 2]) });
    assert.deepEqual(digestsOf(next), [of("two"), of("new")]);
    const config = JSON.parse(decodeUtf8(next.config.bytes) ?? "");
    assert.deepEqual(config.rootfs.diff_ids, [of("two"), of("new")]);
    assert.equal(config.history.length, 2);
  });

  it("keeps a history that does not go with the layers", () => {
    const { manifest, config } = readBack(three);
    const text = (decodeUtf8(config) ?? "").replace(/"history":\[[^\]]*\]/, '"history":[{"comment":"whole"}]');
    const next = appendAttachmentLayer({ manifest, config: encodeUtf8(text) }, layerOf("new"), {
      without: new Set([0]),
    });
    assert.deepEqual(JSON.parse(decodeUtf8(next.config.bytes) ?? "").history[0], { comment: "whole" });
  });

  it("makes room under a full tag", () => {
    const { manifest, config } = readBack(three);
    const layers = Array.from({ length: LIMITS.attachments }, () => manifest.layers[0] as Descriptor);
    const diffIds = JSON.stringify(layers.map((layer) => layer.digest));
    const text = (decodeUtf8(config) ?? "").replace(/"diff_ids":\[[^\]]*\]/, `"diff_ids":${diffIds}`);
    const full = { manifest: { ...manifest, layers }, config: encodeUtf8(text) };
    assertThrows(() => appendAttachmentLayer(full, layerOf("new")), "LIMIT_EXCEEDED");
    const next = appendAttachmentLayer(full, layerOf("new"), { without: new Set([5]) });
    assert.equal(readBack(next).manifest.layers.length, LIMITS.attachments);
  });

  it("states the time that it is told, and none of the first otherwise", () => {
    const next = appendAttachmentLayer(readBack(three), layerOf("new"), { createdAt: "2026-01-01T00:00:00Z" });
    assert.match(
      decodeUtf8(next.config.bytes) ?? "",
      /^\{"architecture":"","created":"2026-01-01T00:00:00Z","history"/,
    );
  });
});

describe("createSignatureReferrer", () => {
  it("writes what cosign writes with --registry-referrers-mode oci-1-1", () => {
    const subject = {
      mediaType: "application/vnd.oci.image.index.v1+json",
      digest: digestOf(encodeUtf8("image")),
      size: 5,
      annotations: { left: "out" },
    };
    const { manifest, config } = createSignatureReferrer([layerOf("one", { a: "1" })], subject);
    const type = "application/vnd.dev.cosign.artifact.sig.v1+json";
    const layer = `{"mediaType":"application/vnd.dev.cosign.simplesigning.v1+json","size":3,"digest":"${digestOf(encodeUtf8("one"))}","annotations":{"a":"1"}}`;
    assert.equal(
      decodeUtf8(manifest.bytes),
      `{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"${type}","size":${config.size},"digest":"${config.digest}"},"layers":[${layer}],"subject":{"mediaType":"${subject.mediaType}","size":5,"digest":"${subject.digest}"},"artifactType":"${type}"}`,
    );
    assert.equal(decodeUtf8(config.bytes), decodeUtf8(appendAttachmentLayer(undefined, layerOf("one")).config.bytes));
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

describe("removeAttachmentLayers", () => {
  const build = (...texts: readonly string[]): AttachmentImage => {
    const [first = "", ...rest] = texts;
    return rest.reduce(
      (image, text) => appendAttachmentLayer(readBack(image), layerOf(text)),
      appendAttachmentLayer(undefined, layerOf(first)),
    );
  };

  it("leaves what would be there had the others never been attached, byte for byte", () => {
    for (const [positions, left] of [
      [[0], ["two", "three"]],
      [[1], ["one", "three"]],
      [[0, 2], ["two"]],
      [[], ["one", "two", "three"]],
    ] as const) {
      const removed = removeAttachmentLayers(readBack(build("one", "two", "three")), new Set(positions));
      const expected = build(...left);
      assert.deepEqual(removed, {
        config: expected.config,
        manifest: expected.manifest,
        mediaType: expected.mediaType,
      });
    }
  });

  it("leaves at least one", () => {
    assertThrows(() => removeAttachmentLayers(readBack(build("one")), new Set([0])), "MANIFEST_INVALID");
  });
});
