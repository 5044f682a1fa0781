import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { encodeIndex, MEDIA_TYPES } from "../../artifact/index.ts";
import { AmapError, type ErrorCode, isAmapError } from "../../base/index.ts";
import type { Signer } from "../../ports/index.ts";
import { testSigner } from "../../testing/fake-signer.ts";
import { createFakeWorld, type FakeWorld } from "../../testing/fake-world.ts";
import { attestImage, type StorageForm, signImage } from "../attachments/attach.ts";
import { readTree } from "../attachments/tree.ts";
import { parseImageTarget } from "../image-target.ts";
import { type OpenImage, openImage } from "../open-image.ts";
import { verifyImage, verifyImageAttestations } from "./verify.ts";

const REPOSITORY = "registry.example/shop";
const builder = testSigner("builder");
const stranger = testSigner("stranger");
const keyOf = (signer: Signer) => ({ name: "key", pem: signer.publicKeyPem });
const FORMS: readonly StorageForm[] = ["bundle", "tag"];
const VEX = "https://openvex.dev/ns";

async function imageIn(world: FakeWorld, tag: string): Promise<OpenImage> {
  const storage = world.storageOf(REPOSITORY);
  const annotations = { tag };
  await storage.writeManifest(
    encodeIndex({ kind: "index", mediaType: MEDIA_TYPES.index, manifests: [], annotations }),
    { mediaType: MEDIA_TYPES.index, tag },
  );
  return openImage(world, parseImageTarget(`${REPOSITORY}:${tag}`));
}

function refuses(code: ErrorCode): (error: unknown) => boolean {
  return (error) => isAmapError(error, code);
}

for (const form of FORMS) {
  describe(`${form} form`, () => {
    test("a signature is verified, and for another key it is not", async () => {
      const world = createFakeWorld();
      const image = await imageIn(world, "v1");
      await signImage(world, image, builder, { forms: [form], annotations: { team: "shop" } });
      const { verified } = await verifyImage(image, {
        trust: { keys: [keyOf(builder)] },
        annotations: { team: "shop" },
      });
      assert.equal(verified.length, 1);
      assert.equal(verified[0]?.subject, image.descriptor.digest);
      // Under a tag a signature names no key: a stranger's and a damaged one cannot be told apart.
      const code = form === "bundle" ? "SIGNER_UNKNOWN" : "SIGNATURE_INVALID";
      await assert.rejects(verifyImage(image, { trust: { keys: [keyOf(stranger)] } }), refuses(code));
      await assert.rejects(
        verifyImage(image, { trust: { keys: [keyOf(builder)] }, annotations: { team: "other" } }),
        refuses("CLAIM_MISMATCH"),
      );
    });

    test("an attestation is verified by its type, and is no signature (C3, pain 5)", async () => {
      const world = createFakeWorld();
      const image = await imageIn(world, "v1");
      await attestImage(world, image, builder, { predicateType: VEX, predicate: { a: 1 }, forms: [form] });
      const { verified } = await verifyImageAttestations(image, {
        trust: { keys: [keyOf(builder)] },
        predicateType: VEX,
      });
      assert.deepEqual(
        verified.map(({ predicate }) => predicate),
        [{ a: 1 }],
      );
      await assert.rejects(
        verifyImageAttestations(image, {
          trust: { keys: [keyOf(builder)] },
          predicateType: "https://cyclonedx.org/bom",
        }),
        refuses("PREDICATE_TYPE_MISMATCH"),
      );
      await assert.rejects(verifyImage(image, { trust: { keys: [keyOf(builder)] } }), refuses("NO_SIGNATURES"));
    });

    test("eight writers at once lose nothing (pain 2)", async () => {
      const world = createFakeWorld();
      const image = await imageIn(world, "v1");
      await Promise.all(
        Array.from({ length: 8 }, (_, index) =>
          attestImage(world, image, builder, { predicateType: VEX, predicate: { index }, forms: [form] }),
        ),
      );
      const { verified } = await verifyImageAttestations(image, {
        trust: { keys: [keyOf(builder)] },
        predicateType: VEX,
      });
      assert.equal(verified.length, 8);
    });

    test("a changed byte in the stored signature is found out by its digest", async () => {
      const world = createFakeWorld();
      const image = await imageIn(world, "v1");
      await signImage(world, image, builder, { forms: [form] });
      const [node] = await readTree(image);
      world.storageOf(REPOSITORY).corrupt(node?.digest ?? "sha256:");
      await assert.rejects(verifyImage(image, { trust: { keys: [keyOf(builder)] } }), refuses("BLOB_DIGEST_MISMATCH"));
    });
  });
}

describe("unsigned and could not look are different", () => {
  test("nothing attached is NO_SIGNATURES", async () => {
    const image = await imageIn(createFakeWorld(), "v1");
    await assert.rejects(verifyImage(image, { trust: { keys: [keyOf(builder)] } }), refuses("NO_SIGNATURES"));
  });

  for (const code of ["REGISTRY_FAILED", "REGISTRY_RATE_LIMITED", "REGISTRY_UNREACHABLE", "TIMEOUT"] as const) {
    test(`${code} stays ${code}`, async () => {
      const world = createFakeWorld();
      const image = await imageIn(world, "v1");
      world.storageOf(REPOSITORY).failWith(new AmapError(code, "down"));
      await assert.rejects(verifyImage(image, { trust: { keys: [keyOf(builder)] } }), refuses(code));
    });
  }

  test("an attachment that is listed and gone is not a missing signature", async () => {
    const world = createFakeWorld();
    const image = await imageIn(world, "v1");
    await signImage(world, image, builder, { forms: ["bundle"] });
    const [node] = await readTree(image);
    world.storageOf(REPOSITORY).lose(node?.digest ?? "sha256:");
    await assert.rejects(verifyImage(image, { trust: { keys: [keyOf(builder)] } }), refuses("BLOB_NOT_FOUND"));
  });
});

test("a tag is resolved exactly once (C1)", async () => {
  const world = createFakeWorld();
  const storage = world.storageOf(REPOSITORY);
  await imageIn(world, "v1");
  const before = storage.calls.get("resolve") ?? 0;
  const image = await openImage(world, parseImageTarget(`${REPOSITORY}:v1`));
  assert.equal((storage.calls.get("resolve") ?? 0) - before, 1);
  assert.match(image.descriptor.digest, /^sha256:/);
});
