import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { encodeIndex, encodeManifest, MEDIA_TYPES } from "../artifact/index.ts";
import { digestOf, encodeUtf8, isAmapError } from "../base/index.ts";
import { createFakeWorld } from "../testing/fake-world.ts";
import { locateImage, looksLikeFile, parseImageTarget } from "./image-target.ts";
import { nameWithDigest, openImage, openPlatforms } from "./open-image.ts";

const REPOSITORY = "registry.example/shop";

test("each platform of an index is opened once, however often it is listed", async () => {
  const world = createFakeWorld();
  const storage = world.storageOf(REPOSITORY);
  const config = { mediaType: MEDIA_TYPES.config, digest: digestOf(encodeUtf8("{}")), size: 2 };
  const manifest = encodeManifest({ kind: "manifest", mediaType: MEDIA_TYPES.manifest, config, layers: [] });
  const { digest, size } = await storage.writeManifest(manifest, { mediaType: MEDIA_TYPES.manifest });
  const manifests = ["amd64", "arm64", "riscv64"].map((architecture) => ({
    mediaType: MEDIA_TYPES.manifest,
    digest,
    size,
    platform: { os: "linux", architecture },
  }));
  const index = encodeIndex({ kind: "index", mediaType: MEDIA_TYPES.index, manifests });
  await storage.writeManifest(index, { mediaType: MEDIA_TYPES.index, tag: "v1" });
  const image = await openImage(world, parseImageTarget(`${REPOSITORY}:v1`));
  const platforms = await openPlatforms(image);
  assert.deepEqual(
    platforms.map(({ descriptor }) => descriptor.digest),
    [digest],
  );
  const byDigest = `${REPOSITORY}@${image.descriptor.digest}`;
  assert.equal(nameWithDigest(image), `${REPOSITORY}:v1@${image.descriptor.digest}`);
  assert.equal(nameWithDigest(await openImage(world, parseImageTarget(byDigest))), byDigest);
});

describe("what a word means", () => {
  const rows: readonly (readonly [word: string, isFile: boolean])[] = [
    ["pod.yaml", true],
    ["POD.YML", true],
    ["a/b.json", true],
    ["./pod", true],
    ["../pod", true],
    ["/pod", true],
    [".", true],
    ["..", true],
    ["~/pod", true],
    ["nginx", false],
    ["nginx:1.27", false],
    ["registry.example/shop", false],
    ["registry.example/shop.json:v1", false],
  ];
  for (const [word, isFile] of rows) test(word, () => assert.equal(looksLikeFile(word), isFile));

  test("an object's image is never a layout on this machine", () => {
    for (const text of ["oci:./image", "oci:/tmp/image:v1", "oci:image/x:v1", "oci:image@sha256:00"]) {
      assert.throws(
        () => locateImage(text, []),
        (error) => isAmapError(error, "REFERENCE_INVALID"),
        text,
      );
    }
    // A runtime reads this as the image "oci" of Docker Hub, and so does amap.
    assert.equal(locateImage("oci:image", []).kind, "registry");
    assert.equal(locateImage("shop.example/a:v1", [{ repository: "shop.example/a", directory: "d" }]).kind, "layout");
  });
});
