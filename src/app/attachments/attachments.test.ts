import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeIndex, encodeManifest, MEDIA_TYPES } from "../../artifact/index.ts";
import { EMPTY_CONFIG } from "../../attestation/index.ts";
import { digestOf, isAmapError, LIMITS } from "../../base/index.ts";
import { createFakeWorld } from "../../testing/fake-world.ts";
import { verifyContent } from "../evidence/evidence-facts.ts";
import { parseImageTarget } from "../image-target.ts";
import { openImage } from "../open-image.ts";
import { collectCandidates } from "./attachments.ts";

const REPOSITORY = "registry.example/shop";
const BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json";

test("C8: attachments that are too large together are refused before one of them is read", async () => {
  const world = createFakeWorld();
  const storage = world.storageOf(REPOSITORY);
  const subject = await storage.writeManifest(
    encodeIndex({ kind: "index", mediaType: MEDIA_TYPES.index, manifests: [] }),
    {
      mediaType: MEDIA_TYPES.index,
      tag: "v1",
    },
  );
  const config = { mediaType: MEDIA_TYPES.emptyConfig, digest: EMPTY_CONFIG.digest, size: EMPTY_CONFIG.size };
  const size = LIMITS.attachmentBytes;
  for (let count = 0; count * size <= LIMITS.attachmentsTotalBytes; count += 1) {
    const layers = [{ mediaType: BUNDLE, digest: digestOf(Uint8Array.of(count)), size }];
    await storage.writeManifest(
      encodeManifest({ kind: "manifest", mediaType: MEDIA_TYPES.manifest, config, layers, subject }),
      {
        mediaType: MEDIA_TYPES.manifest,
      },
    );
  }
  const image = await openImage(world, parseImageTarget(`${REPOSITORY}:v1`));
  await assert.rejects(collectCandidates(image), (error) => isAmapError(error, "LIMIT_EXCEEDED"));
  assert.equal(storage.calls.get("readBlob") ?? 0, 0);
});

test("C9: an index that lists one manifest many times is read once; one without platforms is refused", async () => {
  const world = createFakeWorld();
  const storage = world.storageOf(REPOSITORY);
  const config = { mediaType: MEDIA_TYPES.config, ...(await storage.writeBlob(Uint8Array.of(1))) };
  const layer = { mediaType: MEDIA_TYPES.layer, ...(await storage.writeBlob(Uint8Array.of(2))) };
  const bytes = encodeManifest({ kind: "manifest", mediaType: MEDIA_TYPES.manifest, config, layers: [layer, layer] });
  const platform = await storage.writeManifest(bytes, { mediaType: MEDIA_TYPES.manifest });
  for (const [tag, manifests] of [
    ["many", Array.from({ length: 50 }, () => platform)],
    ["none", []],
  ] as const) {
    await storage.writeManifest(encodeIndex({ kind: "index", mediaType: MEDIA_TYPES.index, manifests }), {
      mediaType: MEDIA_TYPES.index,
      tag,
    });
  }
  await verifyContent(await openImage(world, parseImageTarget(`${REPOSITORY}:many`)));
  assert.equal(storage.calls.get("openBlob"), 2);
  const empty = await openImage(world, parseImageTarget(`${REPOSITORY}:none`));
  await assert.rejects(verifyContent(empty), (error) => isAmapError(error, "MANIFEST_INVALID"));
});
