import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { AmapError, type Digest, digestOf, encodeUtf8, LIMITS } from "../base/index.ts";
import { type Descriptor, type Index, type Manifest, MEDIA_TYPES } from "./descriptor.ts";
import { decodeManifest, encodeIndex, encodeManifest, formatPlatform, platformManifests } from "./manifest.ts";

const digest: Digest = digestOf(encodeUtf8("x"));
const config: Descriptor = { mediaType: MEDIA_TYPES.config, digest, size: 7 };
const layer: Descriptor = { mediaType: MEDIA_TYPES.layerGzip, digest, size: 9, annotations: { a: "b" } };
const manifest: Manifest = { kind: "manifest", mediaType: MEDIA_TYPES.manifest, config, layers: [layer] };
const child: Descriptor = {
  mediaType: MEDIA_TYPES.manifest,
  digest,
  size: 3,
  platform: { os: "linux", architecture: "arm", variant: "v7", "os.version": "1" },
};
const index: Index = { kind: "index", mediaType: MEDIA_TYPES.index, manifests: [child] };

describe("decodeManifest", () => {
  const full = { artifactType: "application/vnd.example", subject: config, annotations: { k: "v" } };
  const roundTrips: readonly (readonly [string, Manifest | Index])[] = [
    ["a manifest", manifest],
    ["an index", index],
    ["Docker's manifest", { ...manifest, mediaType: MEDIA_TYPES.dockerManifest }],
    ["Docker's manifest list", { ...index, mediaType: MEDIA_TYPES.dockerIndex }],
    ["a manifest with everything", { ...manifest, ...full }],
    ["an index with everything", { ...index, ...full }],
    ["a manifest without layers", { ...manifest, layers: [] }],
    ["an empty index", { ...index, manifests: [] }],
  ];
  for (const [name, value] of roundTrips) {
    it(`reads back ${name}`, () => {
      assert.deepEqual(decodeManifest(value.kind === "index" ? encodeIndex(value) : encodeManifest(value)), {
        ok: true,
        value,
      });
    });
  }

  it("takes the shape's media type where none is stated", () => {
    assert.deepEqual(decodeJson({ ...manifestJson(), mediaType: undefined }), { ok: true, value: manifest });
    assert.deepEqual(decodeJson({ schemaVersion: 2, manifests: [] }), { ok: true, value: { ...index, manifests: [] } });
  });

  it("ignores fields it does not know, and reads null as left out", () => {
    const json = { ...manifestJson(), subject: null, annotations: null, artifactType: "", urls: [1], x: { y: 1 } };
    assert.deepEqual(decodeJson(json), { ok: true, value: manifest });
    assert.deepEqual(decodeJson({ ...manifestJson(), layers: null }), { ok: true, value: { ...manifest, layers: [] } });
  });

  const refused: readonly (readonly [why: string, json: unknown, path: string])[] = [
    ["a list", [], ""],
    ["schema version 1", { ...manifestJson(), schemaVersion: 1 }, "schemaVersion"],
    ["no schema version", { ...manifestJson(), schemaVersion: undefined }, "schemaVersion"],
    ["no shape", { schemaVersion: 2 }, ""],
    ["both shapes", { ...manifestJson(), manifests: [] }, ""],
    ["an index's media type on a manifest", { ...manifestJson(), mediaType: MEDIA_TYPES.index }, "mediaType"],
    ["a manifest's media type on an index", { ...indexJson(), mediaType: MEDIA_TYPES.manifest }, "mediaType"],
    [
      "Docker's schema 1",
      { ...manifestJson(), mediaType: "application/vnd.docker.distribution.manifest.v1+json" },
      "mediaType",
    ],
    ["a media type that is no string", { ...manifestJson(), mediaType: 3 }, "mediaType"],
    ["no config", { ...manifestJson(), config: undefined }, "config"],
    ["no layers", { ...manifestJson(), layers: undefined }, "layers"],
    ["layers that are no list", { ...manifestJson(), layers: {} }, "layers"],
    ["a layer that is no object", { ...manifestJson(), layers: ["x"] }, "layers[0]"],
    ["a negative size", { ...manifestJson(), config: { ...config, size: -1 } }, "config.size"],
    ["a size with a fraction", { ...manifestJson(), config: { ...config, size: 1.5 } }, "config.size"],
    ["a size as text", { ...manifestJson(), config: { ...config, size: "7" } }, "config.size"],
    ["no size", { ...manifestJson(), config: { ...config, size: undefined } }, "config.size"],
    ["a short digest", { ...manifestJson(), config: { ...config, digest: "sha256:12" } }, "config.digest"],
    [
      "a digest that is a path",
      { ...manifestJson(), config: { ...config, digest: "sha256:../../etc" } },
      "config.digest",
    ],
    [
      "an empty media type of a layer",
      { ...manifestJson(), layers: [{ ...layer, mediaType: "" }] },
      "layers[0].mediaType",
    ],
    ["an annotation that is no string", { ...manifestJson(), annotations: { a: 1 } }, 'annotations["a"]'],
    ["a subject that is no descriptor", { ...manifestJson(), subject: "x" }, "subject"],
    [
      "a platform that is no object",
      { ...indexJson(), manifests: [{ ...child, platform: "linux" }] },
      "manifests[0].platform",
    ],
  ];
  for (const [why, json, path] of refused) {
    it(`refuses ${why}`, () => {
      const decoded = decodeJson(json);
      assert.ok(!decoded.ok);
      assert.ok(decoded.issues.every(({ code }) => code === "MANIFEST_INVALID"));
      assert.ok(
        decoded.issues.some((issue) => issue.path === path),
        JSON.stringify(decoded.issues),
      );
    });
  }

  const texts: readonly (readonly [string, string])[] = [
    ["what is not JSON", "{"],
    ["a member twice", '{"schemaVersion":2,"schemaVersion":2,"manifests":[]}'],
    [
      "a size above 2^53",
      `{"schemaVersion":2,"manifests":[{"mediaType":"a/b","digest":"${digest}","size":9007199254740993}]}`,
    ],
    ["a size written 1.0", `{"schemaVersion":2,"manifests":[{"mediaType":"a/b","digest":"${digest}","size":1.0}]}`],
  ];
  for (const [why, text] of texts) {
    it(`refuses ${why}`, () => {
      const decoded = decodeManifest(encodeUtf8(text));
      assert.ok(!decoded.ok && decoded.issues.every(({ code }) => code === "MANIFEST_INVALID"));
    });
  }

  it("lists all issues, not only the first", () => {
    const decoded = decodeJson({ ...manifestJson(), schemaVersion: 3, config: { ...config, size: -1, digest: "x" } });
    assert.ok(!decoded.ok);
    assert.deepEqual(
      decoded.issues.map(({ path }) => path),
      ["schemaVersion", "config.size", "config.digest"],
    );
  });

  const tooMuch: readonly (readonly [string, () => Uint8Array])[] = [
    ["bytes", () => new Uint8Array(LIMITS.manifestBytes + 1).fill(0x20)],
    ["layers", () => encodeManifest({ ...manifest, layers: Array.from({ length: LIMITS.layers + 1 }, () => layer) })],
    [
      "manifests",
      () => encodeIndex({ ...index, manifests: Array.from({ length: LIMITS.indexManifests + 1 }, () => child) }),
    ],
  ];
  for (const [what, make] of tooMuch) {
    it(`refuses too many ${what}`, () => {
      assert.throws(
        () => decodeManifest(make()),
        (error) => error instanceof AmapError && error.code === "LIMIT_EXCEEDED",
      );
    });
  }

  it("never throws on junk", () => {
    const json = fc.oneof(
      fc.json(),
      fc.jsonValue().map((value) => JSON.stringify({ ...manifestJson(), layers: value })),
    );
    fc.assert(
      fc.property(json, (text) => {
        decodeManifest(encodeUtf8(text));
      }),
    );
  });
});

describe("platformManifests", () => {
  const attestation = { ...child, platform: { os: "unknown", architecture: "unknown" } };
  const annotated = { ...child, annotations: { "vnd.docker.reference.type": "attestation-manifest" } };
  const unnamed: Descriptor = { mediaType: MEDIA_TYPES.manifest, digest, size: 3 };
  const halfKnown = { ...child, platform: { os: "unknown", architecture: "amd64" } };
  it("drops what BuildKit puts beside the platforms, and nothing else", () => {
    const manifests = [child, attestation, unnamed, annotated, halfKnown];
    assert.deepEqual(platformManifests({ ...index, manifests }), [child, unnamed, halfKnown]);
  });
});

describe("formatPlatform", () => {
  it("joins with slashes", () => {
    assert.equal(formatPlatform({ os: "linux", architecture: "amd64" }), "linux/amd64");
    assert.equal(formatPlatform({ os: "linux", architecture: "arm", variant: "v7" }), "linux/arm/v7");
  });
});

function manifestJson(): Record<string, unknown> {
  return { schemaVersion: 2, mediaType: MEDIA_TYPES.manifest, config, layers: [layer] };
}

function indexJson(): Record<string, unknown> {
  return { schemaVersion: 2, mediaType: MEDIA_TYPES.index, manifests: [child] };
}

function decodeJson(json: unknown): ReturnType<typeof decodeManifest> {
  return decodeManifest(encodeUtf8(JSON.stringify(json)));
}
