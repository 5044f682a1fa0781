import { type Descriptor, decodeManifest, encodeIndex, MEDIA_TYPES } from "../artifact/index.ts";
import {
  ATTACHMENT_MEDIA_TYPES,
  type AttachmentLayer,
  appendAttachmentLayer,
  attachmentTag,
  createSignatureReferrer,
  createStatement,
  EMPTY_CONFIG,
  type ExistingAttachments,
  encodeBundleManifest,
  encodeSimpleSigning,
  encodeStatement,
} from "../attestation/index.ts";
import { type Digest, digestHex, type Value } from "../base/index.ts";
import type { FakeOciStorage } from "./fake-oci-storage.ts";
import { createFakeTrustRepository } from "./fake-trust-repository.ts";
import { createFakeWorld, type FakeWorld } from "./fake-world.ts";
import {
  createLocalSigstore,
  jsonBytes,
  type LayerOptions,
  type LocalSigstore,
  type SignedLayer,
  type SigningOptions,
} from "./sigstore/local-sigstore.ts";

/** An image with what is put beside it, in a world whose repository of trusted roots is a local Sigstore's. */
export interface AttestorSite {
  readonly world: FakeWorld;
  readonly sigstore: LocalSigstore;
  readonly digest: Digest;
  /** `REGISTRY/NAME:v1`. */
  readonly name: string;
  /** Signs the image as cosign's tags hold it. */
  sign(options?: LayerOptions & TagOptions): Promise<SignedLayer>;
  /** Signs a statement about the image as cosign's tags hold it. */
  attest(predicateType: string, predicate: Value, options?: LayerOptions & TagOptions): Promise<SignedLayer>;
  /** Signs a statement about the image as a bundle. */
  bundle(predicateType: string, predicate: Value, options?: SigningOptions & StatedOptions): Promise<void>;
}

/** What is signed otherwise than usual. */
export interface StatedOptions {
  /** The digest that is spoken of; the image's when left out. */
  readonly about?: Digest;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** Where it is put, and what is done to it before. */
export interface TagOptions extends StatedOptions {
  /** Another repository of the same registry. */
  readonly repository?: string;
  readonly tamper?: (layer: SignedLayer) => SignedLayer;
  /** As a manifest that refers to the image, where cosign's tag would be. */
  readonly isReferrer?: boolean;
}

const REGISTRY = "registry.test";

/** Makes the image `registry.test/shop:v1`. */
export async function openAttestorSite(sigstore: LocalSigstore = createLocalSigstore()): Promise<AttestorSite> {
  const fake = createFakeWorld();
  const repository = createFakeTrustRepository(() => fake.clock.now());
  repository.publish(new Map([["trusted_root.json", jsonBytes(sigstore.trustedRoot())]]));
  const world: FakeWorld = { ...fake, openTrustRepository: async () => repository.open() };
  const storage = world.storageOf(`${REGISTRY}/shop`);
  const mediaType = MEDIA_TYPES.index;
  const bytes = encodeIndex({ kind: "index", mediaType, manifests: [] });
  const { digest, size } = await storage.writeManifest(bytes, { mediaType, tag: "v1" });
  const put = (kind: "sig" | "att", made: SignedLayer, options: TagOptions): Promise<void> => {
    const { repository = "shop", tamper, isReferrer = false } = options;
    const { bytes: content, annotations } = tamper === undefined ? made : tamper(made);
    const layerType = kind === "sig" ? ATTACHMENT_MEDIA_TYPES.simpleSigning : ATTACHMENT_MEDIA_TYPES.envelope;
    const layer = { mediaType: layerType, bytes: content, annotations };
    const place = world.storageOf(`${REGISTRY}/${repository}`);
    return isReferrer
      ? referTo(place, { mediaType, digest, size }, layer)
      : appendLayer(place, attachmentTag(digest, kind), layer);
  };
  const statement = (
    predicateType: string,
    predicate: Value,
    { about = digest, annotations }: StatedOptions,
  ): Uint8Array =>
    encodeStatement(
      createStatement({
        subjects: [{ digest: { sha256: digestHex(about) }, ...(annotations === undefined ? {} : { annotations }) }],
        predicateType,
        predicate,
      }),
    );
  return {
    world,
    sigstore,
    digest,
    name: `${REGISTRY}/shop:v1`,
    sign: async (options = {}) => {
      const { about = digest, annotations = {} } = options;
      const payload = encodeSimpleSigning({ dockerReference: `${REGISTRY}/shop`, digest: about, annotations });
      const made = sigstore.signLayer(payload, "simple-signing", options);
      await put("sig", made, options);
      return made;
    },
    attest: async (predicateType, predicate, options = {}) => {
      const made = sigstore.signLayer(statement(predicateType, predicate, options), "envelope", options);
      await put("att", made, options);
      return made;
    },
    bundle: async (predicateType, predicate, options = {}) => {
      const payload = statement(predicateType, predicate, options);
      const { bytes: content } = sigstore.signBundle({ ...options, content: { payload } });
      const blob = await storage.writeBlob(content);
      await storage.writeBlob(EMPTY_CONFIG.bytes);
      const manifest = encodeBundleManifest({
        subject: { mediaType, digest, size },
        bundle: blob,
        predicateType,
        createdAt: "2026-06-01T12:00:00Z",
      });
      await storage.writeManifest(manifest, { mediaType: MEDIA_TYPES.manifest });
    },
  };
}

async function referTo(storage: FakeOciStorage, subject: Descriptor, layer: AttachmentLayer): Promise<void> {
  const { config, manifest, mediaType } = createSignatureReferrer([layer], subject);
  await storage.writeBlob(layer.bytes);
  await storage.writeBlob(config.bytes);
  await storage.writeManifest(manifest.bytes, { mediaType });
}

async function appendLayer(storage: FakeOciStorage, tag: string, layer: AttachmentLayer): Promise<void> {
  const { config, manifest, layer: blob, mediaType } = appendAttachmentLayer(await readExisting(storage, tag), layer);
  await storage.writeBlob(blob.bytes);
  await storage.writeBlob(config.bytes);
  await storage.writeManifest(manifest.bytes, { mediaType, tag });
}

async function readExisting(storage: FakeOciStorage, tag: string): Promise<ExistingAttachments | undefined> {
  const found = await storage.resolve(tag);
  const read = found === undefined ? undefined : await storage.readManifest(found.digest);
  if (read === undefined) return undefined;
  const decoded = decodeManifest(read.bytes);
  if (!decoded.ok || decoded.value.kind !== "manifest") throw new Error("the tag names no manifest");
  return { manifest: decoded.value, config: await storage.readBlob(decoded.value.config, 1_000_000) };
}
