/** What BuildKit leaves in an index: shown as unsigned, never a platform, and never verified. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeIndex, encodeManifest, MEDIA_TYPES } from "../artifact/index.ts";
import { createStatement, encodeStatement, STATEMENT_PAYLOAD_TYPE } from "../attestation/index.ts";
import { digestHex, encodeUtf8, isAmapError } from "../base/index.ts";
import { testSigner } from "../testing/fake-signer.ts";
import { createFakeWorld } from "../testing/fake-world.ts";
import { attestImage, signImage } from "./attachments/attach.ts";
import { diagnoseAttachments } from "./attachments/attachment-doctor.ts";
import { copyImage } from "./attachments/copy-image.ts";
import { readTree } from "./attachments/tree.ts";
import { parseImageTarget } from "./image-target.ts";
import { type OpenImage, openImage, openPlatforms } from "./open-image.ts";
import { verifyImage, verifyImageAttestations } from "./verification/verify.ts";
import { judgePlatforms } from "./verification/verify-platforms.ts";

const REPOSITORY = "registry.example/shop";
const TYPE = "https://slsa.dev/provenance/v0.2";
const AS_MANIFEST = { mediaType: MEDIA_TYPES.manifest };
const builder = testSigner("builder");
const trust = { keys: [{ name: "key", pem: builder.publicKeyPem }] };

/** An image as `docker buildx build --provenance` pushes it: one platform, and a manifest with a statement about it. */
async function imageOfBuildKit(marks: "annotated" | "unknown platform") {
  const world = createFakeWorld();
  const storage = world.storageOf(REPOSITORY);
  const config = { mediaType: MEDIA_TYPES.config, ...(await storage.writeBlob(encodeUtf8("{}"))) };
  const layer = { mediaType: MEDIA_TYPES.layer, ...(await storage.writeBlob(encodeUtf8("layer"))) };
  const platform = await storage.writeManifest(
    encodeManifest({ kind: "manifest", ...AS_MANIFEST, config, layers: [layer] }),
    AS_MANIFEST,
  );
  const subjects = [{ name: "shop", digest: { sha256: digestHex(platform.digest) } }];
  const statement = encodeStatement(createStatement({ subjects, predicateType: TYPE, predicate: {} }));
  const held = {
    mediaType: STATEMENT_PAYLOAD_TYPE,
    ...(await storage.writeBlob(statement)),
    annotations: { "in-toto.io/predicate-type": TYPE },
  };
  const attestation = await storage.writeManifest(
    encodeManifest({ kind: "manifest", ...AS_MANIFEST, config, layers: [held] }),
    AS_MANIFEST,
  );
  const annotations = {
    "vnd.docker.reference.type": "attestation-manifest",
    "vnd.docker.reference.digest": platform.digest,
  };
  const unknown = { os: "unknown", architecture: "unknown" };
  const manifests = [
    { ...platform, platform: { os: "linux", architecture: "amd64" } },
    { ...attestation, platform: unknown, ...(marks === "annotated" ? { annotations } : {}) },
  ];
  const index = encodeIndex({ kind: "index", mediaType: MEDIA_TYPES.index, manifests });
  await storage.writeManifest(index, { mediaType: MEDIA_TYPES.index, tag: "v1" });
  const open = (name = REPOSITORY): Promise<OpenImage> => openImage(world, parseImageTarget(`${name}:v1`));
  return { world, storage, open, platform, attestation, held };
}

for (const marks of ["annotated", "unknown platform"] as const) {
  test(`${marks}: shown as unsigned beside its platform, and never a platform itself`, async () => {
    const { open, platform, attestation, held } = await imageOfBuildKit(marks);
    const image = await open();
    assert.deepEqual(
      (await openPlatforms(image)).map(({ descriptor }) => descriptor.digest),
      [platform.digest],
    );
    const subject = marks === "annotated" ? platform.digest : image.descriptor.digest;
    const { digest, size } = held;
    assert.deepEqual(await readTree(image), [
      {
        subject,
        name: attestation.digest,
        form: "index",
        kind: "unsigned statement",
        predicateType: TYPE,
        digest,
        size,
      },
    ]);
    assert.deepEqual((await diagnoseAttachments(image, { repair: true })).left, []);
  });

  test(`${marks}: nothing verifies by it, for the image or its platform`, async () => {
    const { open, world } = await imageOfBuildKit(marks);
    const image = await open();
    const none = (error: unknown): boolean => isAmapError(error, "NO_SIGNATURES");
    for (const each of [image, ...(await openPlatforms(image))]) {
      await assert.rejects(verifyImageAttestations(each, { trust, predicateType: TYPE }), none);
      await assert.rejects(verifyImage(each, { trust }), none);
    }
    // Twin: what is signed does verify.
    await attestImage(world, image, builder, { predicateType: TYPE, predicate: {}, forms: ["bundle"] });
    const { verified } = await verifyImageAttestations(await open(), { trust, predicateType: TYPE });
    assert.equal(verified.length, 1);
  });
}

test("a copy takes it along, and an index that names what is gone is shown as it is", async () => {
  const { open, world, storage, attestation } = await imageOfBuildKit("annotated");
  await copyImage(world, await open(), parseImageTarget("registry.example/copy:v1"));
  assert.deepEqual(await readTree(await open("registry.example/copy")), await readTree(await open()));
  storage.lose(attestation.digest);
  const [node] = await readTree(await open());
  assert.deepEqual([node?.kind, node?.digest], ["unsigned, not there", attestation.digest]);
});

test("verified recursively, each platform is a row, and what stands among them is none", async () => {
  for (const marks of ["annotated", "unknown platform"] as const) {
    const { open, world, platform } = await imageOfBuildKit(marks);
    const image = await open();
    await signImage(world, image, builder, { forms: ["bundle"] });
    const rows = await judgePlatforms(image, { trust });
    assert.deepEqual(
      rows.map((row) => [row.digest, row.platform, row.verdict.refusal?.code]),
      [
        [image.descriptor.digest, undefined, undefined],
        [platform.digest, "linux/amd64", "NO_SIGNATURES"],
      ],
      marks,
    );
  }
});
