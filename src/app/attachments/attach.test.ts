import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { encodeIndex, MEDIA_TYPES } from "../../artifact/index.ts";
import { attachmentTag, createStatement, encodeEnvelope, STATEMENT_PAYLOAD_TYPE } from "../../attestation/index.ts";
import { concatBytes, encodeUtf8, isAmapError } from "../../base/index.ts";
import type { OciStorage } from "../../ports/index.ts";
import { testSigner } from "../../testing/fake-signer.ts";
import { createFakeWorld } from "../../testing/fake-world.ts";
import { parseImageTarget } from "../image-target.ts";
import { openImage } from "../open-image.ts";
import { signPayload, signStatement } from "../signing/sign-envelope.ts";
import { signImage, storeAttachment } from "./attach.ts";
import { attachAttestationFile, attachSignature } from "./attach-existing.ts";
import { listAttachments } from "./attachments.ts";
import { makeImageSignature } from "./make-attachment.ts";
import { supersedeOwnSignatures } from "./replace-own.ts";

const NAME = "registry.example/shop:v1";
const signer = testSigner("attacher");

async function createSite() {
  const world = createFakeWorld();
  const storage = world.storageOf("registry.example/shop");
  const bytes = encodeIndex({ kind: "index", mediaType: MEDIA_TYPES.index, manifests: [] });
  await storage.writeManifest(bytes, { mediaType: MEDIA_TYPES.index, tag: "v1" });
  const image = await openImage(world, parseImageTarget(NAME));
  const digest = image.descriptor.digest;
  /** How many signatures or attestations stand under a tag. */
  const countUnder = async (kind: "sig" | "att"): Promise<number> => {
    const manifests = await listAttachments(image, digest, [kind]);
    return manifests
      .filter(({ tag }) => tag === attachmentTag(digest, kind))
      .reduce((count, { attachments }) => count + attachments.length, 0);
  };
  return { world, storage, image, countUnder };
}

describe("a signature for several names of the image", () => {
  for (const replaces of [false, true]) {
    test(`is stored for each of them${replaces ? ", in place of the older ones" : ""}`, async () => {
      const { world, image, countUnder } = await createSite();
      await signImage(world, image, signer, { forms: ["tag"], annotations: { build: "1" } });
      const identities = ["shop.example/a", "shop.example/b", "shop.example/c"];
      const made = await makeImageSignature(world, image, signer, { form: "tag", identities });
      const options = { findSuperseded: supersedeOwnSignatures(image, signer, replaces) };
      await storeAttachment(world, image, made, options);
      assert.equal(await countUnder("sig"), replaces ? 3 : 4);
    });
  }
});

test("a manifest that goes away while it is read is another writer's work: it is read again", async () => {
  const { world, image, countUnder } = await createSite();
  await signImage(world, image, signer, { forms: ["tag"], annotations: { build: "1" } });
  let reads = 0;
  const changing: OciStorage = {
    ...image.attachments,
    readManifest: async (digest) => {
      reads += 1;
      return reads === 1 ? undefined : image.attachments.readManifest(digest);
    },
  };
  await signImage(world, { ...image, attachments: changing }, signer, { forms: ["tag"], annotations: { build: "2" } });
  assert.equal(await countUnder("sig"), 2);
});

test("of a file with an envelope that is no statement nothing is attached", async () => {
  const { world, image, countUnder } = await createSite();
  const [algorithm = "", hex = ""] = image.descriptor.digest.split(":");
  const subjects = [{ name: "shop", digest: { [algorithm]: hex } }];
  const good = await signStatement(
    createStatement({ subjects, predicateType: "https://example.com/a", predicate: {} }),
    signer,
  );
  const bad = await signPayload(encodeUtf8("{}"), signer);
  assert.equal(bad.payloadType, STATEMENT_PAYLOAD_TYPE);
  const lines = concatBytes([good, bad].flatMap((each) => [encodeEnvelope(each), encodeUtf8("\n")]));
  await assert.rejects(attachAttestationFile(world, image, lines), (error) => isAmapError(error, "STATEMENT_INVALID"));
  assert.equal(await countUnder("att"), 0);
});

describe("a detached signature", () => {
  for (const signature of ["abc", "QQ=Q", "====", "", "not base64"]) {
    test(`that is "${signature}" is refused`, async () => {
      const { world, image } = await createSite();
      const attaching = attachSignature(world, image, { signature });
      await assert.rejects(attaching, (error) => isAmapError(error, "SIGNATURE_INVALID"));
    });
  }

  test("with a chain and no certificate is refused: nothing would keep the chain", async () => {
    const { world, image } = await createSite();
    const attaching = attachSignature(world, image, { signature: "QUJD", chainPem: "-----BEGIN CERTIFICATE-----" });
    await assert.rejects(attaching, (error) => isAmapError(error, "USAGE"));
  });

  test("of a payload about something else is attached with a warning", async () => {
    const { world, image } = await createSite();
    const of = (payload?: Uint8Array) =>
      attachSignature(world, image, { signature: "QUJD", ...(payload === undefined ? {} : { payload }) });
    assert.deepEqual((await of()).warnings, []);
    assert.match((await of(encodeUtf8("{}"))).warnings.join(), /will not verify for it/);
  });
});
