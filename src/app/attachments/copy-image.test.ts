/** What a copy must not lose, and what it must not take along. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Descriptor, decodeManifest, encodeIndex, encodeManifest, MEDIA_TYPES } from "../../artifact/index.ts";
import { ATTACHMENT_ANNOTATIONS, attachmentTag } from "../../attestation/index.ts";
import { digestOf, encodeHex, encodeUtf8, hashBytes, isAmapError } from "../../base/index.ts";
import { createFakeWorld, type FakeWorld } from "../../testing/fake-world.ts";
import { parseImageTarget } from "../image-target.ts";
import { type OpenImage, openImage } from "../open-image.ts";
import { attachLayer } from "./attach.ts";
import { attachSbomFile } from "./attach-existing.ts";
import { cleanAttachments } from "./clean-attachments.ts";
import { copyImage } from "./copy-image.ts";

const REPOSITORY = "registry.example/shop";
const SIMPLE_SIGNING = "application/vnd.dev.cosign.simplesigning.v1+json";
const CYCLONEDX = "application/vnd.cyclonedx+json";
const TARGET = parseImageTarget("registry.example/copy:v1");
const AS_MANIFEST = { mediaType: MEDIA_TYPES.manifest };

async function imageIn(
  world: FakeWorld,
  name = `${REPOSITORY}:v1`,
  more: readonly Descriptor[] = [],
): Promise<OpenImage> {
  const target = parseImageTarget(name);
  const storage = await world.openStorage(target);
  const config = { mediaType: MEDIA_TYPES.config, ...(await storage.writeBlob(encodeUtf8("{}"))) };
  const annotations = { name: name.split(":")[1] ?? "" };
  const manifest = encodeManifest({ kind: "manifest", ...AS_MANIFEST, config, layers: more, annotations });
  await storage.writeManifest(manifest, { ...AS_MANIFEST, tag: name.split(":")[1] ?? "" });
  return openImage(world, target);
}

const refuses = (code: string) => (error: unknown) => isAmapError(error) && error.code === code;

/** The layers under a tag beside an image. */
async function layersOf({ attachments, descriptor }: OpenImage, kind: "sig" | "sbom"): Promise<readonly Descriptor[]> {
  const found = await attachments.resolve(attachmentTag(descriptor.digest, kind));
  const read = found === undefined ? undefined : await attachments.readManifest(found.digest);
  const decoded = read === undefined ? undefined : decodeManifest(read.bytes);
  return decoded?.ok === true && decoded.value.kind === "manifest" ? decoded.value.layers : [];
}

const signatureLayer = (annotations: Readonly<Record<string, string>> = {}) => ({
  mediaType: SIMPLE_SIGNING,
  bytes: encodeUtf8("payload"),
  annotations: { [ATTACHMENT_ANNOTATIONS.signature]: "c2ln", ...annotations },
});

describe("attachment tags", () => {
  test("a signature with its log entry is not dropped for one that has none", async () => {
    const world = createFakeWorld();
    const image = await imageIn(world);
    const logged = signatureLayer({ [ATTACHMENT_ANNOTATIONS.transparencyLog]: "{}" });
    await attachLayer(world, image, attachmentTag(image.descriptor.digest, "sig"), logged);
    await copyImage(world, image, TARGET, { only: ["sbom"] });
    const copied = await openImage(world, parseImageTarget(`registry.example/copy@${image.descriptor.digest}`));
    await attachLayer(world, copied, attachmentTag(image.descriptor.digest, "sig"), signatureLayer());
    for (const round of ["first", "again"]) {
      await copyImage(world, image, TARGET);
      const annotations = (await layersOf(copied, "sig")).map((layer) => layer.annotations);
      assert.deepEqual(annotations, [signatureLayer().annotations, logged.annotations], round);
    }
  });

  test("layers of a type that amap does not know are added, too", async () => {
    const world = createFakeWorld();
    const image = await imageIn(world);
    const tag = attachmentTag(image.descriptor.digest, "sig");
    await attachLayer(world, image, tag, { ...signatureLayer(), mediaType: "application/vnd.example+json" });
    await copyImage(world, image, TARGET, { only: ["sbom"] });
    const copied = await openImage(world, parseImageTarget(`registry.example/copy@${image.descriptor.digest}`));
    await attachLayer(world, copied, tag, signatureLayer());
    await copyImage(world, image, TARGET);
    assert.equal((await layersOf(copied, "sig")).length, 2);
  });

  test("two SBOMs are not put under one tag: cosign would read neither", async () => {
    const world = createFakeWorld();
    const image = await imageIn(world);
    await copyImage(world, image, TARGET);
    const copied = await openImage(world, TARGET);
    await attachSbomFile(image, encodeUtf8("new"), CYCLONEDX);
    await attachSbomFile(copied, encodeUtf8("old"), CYCLONEDX);
    await assert.rejects(copyImage(world, image, TARGET), refuses("STORAGE_CONFLICT"));
    assert.deepEqual(
      (await layersOf(copied, "sbom")).map(({ digest }) => digest),
      [digestOf(encodeUtf8("old"))],
    );
    await copyImage(world, image, TARGET, { force: true });
    assert.deepEqual(await layersOf(copied, "sbom"), await layersOf(image, "sbom"));
  });

  test("what is listed twice counts once", async () => {
    const world = createFakeWorld();
    const image = await imageIn(world);
    const { digest } = await attachSbomFile(image, encodeUtf8("{}"), CYCLONEDX);
    const untagged = [{ digest, tag: attachmentTag(image.descriptor.digest, "sbom") }];
    assert.equal((await copyImage(world, image, TARGET, { untagged })).attachments, 1);
  });
});

describe("layers", () => {
  const layer = (mediaType: string): Descriptor => ({ mediaType, digest: digestOf(encodeUtf8("base")), size: 4 });
  for (const mediaType of [
    "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
    "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
  ]) {
    test(`${mediaType} that the source does not hold is left where it is`, async () => {
      const world = createFakeWorld();
      const image = await imageIn(world, `${REPOSITORY}:v1`, [layer(mediaType)]);
      await copyImage(world, image, TARGET);
      assert.equal((await openImage(world, TARGET)).descriptor.digest, image.descriptor.digest);
      // Twin: one that it holds is carried.
      await image.storage.writeBlob(encodeUtf8("base"));
      await copyImage(world, image, TARGET);
      assert.ok(await world.storageOf("registry.example/copy").hasBlob(layer(mediaType).digest));
    });
  }

  test("an ordinary layer that is gone is an error", async () => {
    const world = createFakeWorld();
    const image = await imageIn(world, `${REPOSITORY}:v1`, [layer(MEDIA_TYPES.layer)]);
    await assert.rejects(copyImage(world, image, TARGET), refuses("BLOB_NOT_FOUND"));
  });

  test("a manifest that is named by SHA-512 is refused: it would get another name", async () => {
    const world = createFakeWorld();
    const { storage } = await imageIn(world);
    const digest = `sha512:${encodeHex(hashBytes("sha512", encodeUtf8("platform")))}` as const;
    const manifests = [{ mediaType: MEDIA_TYPES.manifest, digest, size: 8 }];
    const index = encodeIndex({ kind: "index", mediaType: MEDIA_TYPES.index, manifests });
    await storage.writeManifest(index, { mediaType: MEDIA_TYPES.index, tag: "v1" });
    const image = await openImage(world, parseImageTarget(`${REPOSITORY}:v1`));
    await assert.rejects(copyImage(world, image, TARGET), refuses("NOT_SUPPORTED"));
    assert.equal(await world.storageOf("registry.example/copy").resolve("v1"), undefined);
  });
});

test("clean keeps what is attached to another image, too", async () => {
  const world = createFakeWorld();
  const [one, other] = [await imageIn(world), await imageIn(world, `${REPOSITORY}:v2`)];
  for (const image of [one, other]) await attachSbomFile(image, encodeUtf8("{}"), CYCLONEDX);
  const untouched = await layersOf(other, "sbom");
  for (const type of ["sbom", "all"] as const) {
    await assert.rejects(cleanAttachments(one, type), refuses("STORAGE_CONFLICT"), type);
    assert.deepEqual(await layersOf(other, "sbom"), untouched, type);
  }
  // Twin: once it is no other's, it is removed.
  await attachSbomFile(other, encodeUtf8("[]"), CYCLONEDX);
  assert.equal((await cleanAttachments(one, "sbom")).removed.length, 1);
  assert.equal((await layersOf(other, "sbom")).length, 1);
});
