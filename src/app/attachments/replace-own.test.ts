import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { encodeIndex, MEDIA_TYPES } from "../../artifact/index.ts";
import { attachmentTag, IMAGE_SIGNATURE_PREDICATE_TYPE, verifyCandidates } from "../../attestation/index.ts";
import { AmapError } from "../../base/index.ts";
import type { OciStorage } from "../../ports/index.ts";
import { testSigner } from "../../testing/fake-signer.ts";
import { createFakeWorld } from "../../testing/fake-world.ts";
import { parseImageTarget } from "../image-target.ts";
import { type OpenImage, openImage } from "../open-image.ts";
import type { StorageForm } from "../signing/signature-form.ts";
import { type Attached, attestImage, type StoreOptions, signImage, storeAttachment } from "./attach.ts";
import { collectCandidates, listAttachments } from "./attachments.ts";
import { makeImageSignature } from "./make-attachment.ts";
import { removeOwnReferrers, supersedeOwnSignatures, supersedePredicateType } from "./replace-own.ts";

const NAME = "registry.example/shop:v1";
const TYPE = "https://example.com/a";
const mine = testSigner("mine");
const other = testSigner("other");

async function createSite() {
  const world = createFakeWorld();
  const storage = world.storageOf("registry.example/shop");
  const bytes = encodeIndex({ kind: "index", mediaType: MEDIA_TYPES.index, manifests: [] });
  await storage.writeManifest(bytes, { mediaType: MEDIA_TYPES.index, tag: "v1" });
  return { world, storage, image: await openImage(world, parseImageTarget(NAME)) };
}
type Site = Awaited<ReturnType<typeof createSite>>;

async function sign(
  { world, image }: Site,
  form: StorageForm,
  options: StoreOptions,
  annotations: Readonly<Record<string, string>> = {},
): Promise<Attached> {
  const made = await makeImageSignature(world, image, mine, { form, annotations });
  return storeAttachment(world, image, made, options);
}

/** Under the tag: the signers' names of the layers, in order. */
async function layersOf(image: OpenImage, kind: "sig" | "att") {
  const manifests = await listAttachments(image, image.descriptor.digest, [kind]);
  return manifests
    .filter(({ tag }) => tag === attachmentTag(image.descriptor.digest, kind))
    .flatMap((m) => m.attachments);
}

const signersOf = async ({ image }: Site): Promise<readonly string[]> => {
  const keys = Object.entries({ mine, other }).map(([name, { publicKeyPem }]) => ({ name, pem: publicKeyPem }));
  const subjects = [image.descriptor.digest];
  const { signatures } = verifyCandidates(await collectCandidates(image), { keys, subjects });
  return signatures.map(({ signer }) => (signer.kind === "key" ? signer.name : "")).toSorted();
};

describe("under a tag of signatures", () => {
  test("the same once more says nothing new; another's and other annotations do", async () => {
    const site = await createSite();
    const { image, world } = site;
    const options = { findSuperseded: supersedeOwnSignatures(image, mine, false) };
    const first = await sign(site, "tag", options);
    assert.deepEqual(await sign(site, "tag", options), first);
    await sign(site, "tag", options, { team: "shop" });
    await signImage(world, image, other, { forms: ["tag"], annotations: {} });
    assert.equal((await layersOf(image, "sig")).length, 3);
  });

  test("another's of the same payload does not make ours superfluous", async () => {
    const site = await createSite();
    await signImage(site.world, site.image, other, { forms: ["tag"], annotations: {} });
    await sign(site, "tag", { findSuperseded: supersedeOwnSignatures(site.image, mine, false) });
    assert.deepEqual(await signersOf(site), ["mine", "other"]);
  });

  test("the new one takes the place of all of ours, and of nobody else's", async () => {
    const site = await createSite();
    const { image, world } = site;
    await sign(site, "tag", {}, { build: "1" });
    await signImage(world, image, other, { forms: ["tag"] });
    await sign(site, "tag", {}, { build: "2" });
    assert.equal((await layersOf(image, "sig")).length, 3);
    await sign(site, "tag", { findSuperseded: supersedeOwnSignatures(image, mine, true) }, { build: "3" });
    assert.equal((await layersOf(image, "sig")).length, 2);
    assert.deepEqual(await signersOf(site), ["mine", "other"]);
  });
});

describe("under a tag of attestations", () => {
  test("the new one takes the place of its type, whoever signed, and of no other type", async () => {
    const { world, image } = await createSite();
    const attest = (signer: typeof mine, predicateType: string) =>
      attestImage(world, image, signer, { predicateType, predicate: {}, forms: ["tag"] });
    await attest(other, TYPE);
    await attest(mine, "https://example.com/b");
    await attest(mine, TYPE);
    const find = supersedePredicateType(image, TYPE);
    const layers = (await layersOf(image, "att")).map(({ descriptor }) => descriptor);
    const { without } = await find(layers, { mediaType: "", bytes: new Uint8Array() });
    assert.deepEqual([...without], [0, 2]);
  });

  test("what cannot be read stays", async () => {
    const { image, storage } = await createSite();
    const blob = await storage.writeBlob(new TextEncoder().encode("{}"));
    const layer = { mediaType: "application/vnd.dsse.envelope.v1+json", ...blob };
    const { without } = await supersedePredicateType(image, TYPE)([layer], { mediaType: "", bytes: new Uint8Array() });
    assert.equal(without.size, 0);
  });
});

describe("bundles", () => {
  test("ours are removed but for the new one; another's, and our attestations, stay", async () => {
    const site = await createSite();
    const { image, world } = site;
    const old = await sign(site, "bundle", {}, { build: "1" });
    await signImage(world, image, other, { forms: ["bundle"] });
    await attestImage(world, image, mine, { predicateType: TYPE, predicate: {}, forms: ["bundle"] });
    const { digest } = await sign(site, "bundle", {}, { build: "2" });
    assert.deepEqual(await removeOwnReferrers(image, mine, digest), { removed: [old.digest] });
    assert.deepEqual(await signersOf(site), ["mine", "other"]);
    const types = (await listAttachments(image)).map(
      ({ annotations }) => annotations["dev.sigstore.bundle.predicateType"],
    );
    assert.equal(types.filter((type) => type === TYPE).length, 1);
    assert.equal(types.filter((type) => type === IMAGE_SIGNATURE_PREDICATE_TYPE).length, 2);
  });

  test("signatures of the older form that refer to the image are removed alike", async () => {
    const site = await createSite();
    const old = await sign(site, "tag", { asReferrer: true }, { build: "1" });
    const { digest } = await sign(site, "bundle", {});
    assert.deepEqual(await removeOwnReferrers(site.image, mine, digest), { removed: [old.digest] });
  });

  test("a registry that deletes nothing keeps them, and says so", async () => {
    const site = await createSite();
    await sign(site, "bundle", {}, { build: "1" });
    const { digest } = await sign(site, "bundle", {});
    const refusing: OciStorage = {
      ...site.storage,
      deleteManifest: async () => {
        throw new AmapError("NOT_SUPPORTED", "the registry deletes nothing");
      },
    };
    const image = { ...site.image, attachments: refusing };
    const { removed, warning } = await removeOwnReferrers(image, mine, digest);
    assert.deepEqual(removed, []);
    assert.match(warning ?? "", /older signature by this key stays: the registry deletes nothing/);
  });
});
