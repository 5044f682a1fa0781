import { attestImage, type OpenImage, openImage, parseImageTarget, type StorageForm, signImage } from "../app/index.ts";
import { encodeIndex, encodeManifest, MEDIA_TYPES } from "../artifact/index.ts";
import { attachmentTag, EMPTY_CONFIG, encodeBundleManifest, referrersTag } from "../attestation/index.ts";
import { type Digest, encodeUtf8, readJson } from "../base/index.ts";
import { testSigner } from "./fake-signer.ts";
import { createFakeWorld } from "./fake-world.ts";
import { type OpenTestRegistry, TEST_REPOSITORY, withTestRegistry } from "./open-test-registry.ts";
import type { RepositoryContent } from "./registry-server.ts";

/** The predicate type of every attestation here. */
export const WARD_TYPE = "https://example.com/review";
const builder = testSigner("builder");
/** The key that everything here is signed with. */
export const WARD_KEYS = [{ name: "key", pem: builder.publicKeyPem }];
const AS_MANIFEST = { mediaType: MEDIA_TYPES.manifest };

/** An image in a test registry, for one who looks for what is wrong with it. */
export interface Ward {
  readonly registry: OpenTestRegistry;
  readonly content: RepositoryContent;
  /** Opens the image anew: no handle remembers what was there before. */
  readonly open: () => Promise<OpenImage>;
  readonly attest: (image: OpenImage, forms: readonly StorageForm[]) => Promise<void>;
  readonly image: OpenImage;
  readonly platform: Digest;
}

/** An image for two platforms with two attestations as bundles, and a signature and an attestation under tags. */
export async function withWard(run: (ward: Ward) => Promise<void>): Promise<void> {
  await withTestRegistry({ referrersApi: false }, async (registry) => {
    const world = { ...createFakeWorld(), openStorage: async () => registry.open() };
    const { storage, server } = registry;
    const content = server.repository(TEST_REPOSITORY);
    const config = { mediaType: MEDIA_TYPES.emptyConfig, ...(await storage.writeBlob(encodeUtf8("{}"))) };
    const manifests = [];
    for (const architecture of ["amd64", "arm64"]) {
      const layer = { mediaType: MEDIA_TYPES.layer, ...(await storage.writeBlob(encodeUtf8(architecture))) };
      const bytes = encodeManifest({ kind: "manifest", ...AS_MANIFEST, config, layers: [layer] });
      const descriptor = await storage.writeManifest(bytes, AS_MANIFEST);
      manifests.push({ ...descriptor, platform: { os: "linux", architecture } });
    }
    const index = encodeIndex({ kind: "index", mediaType: MEDIA_TYPES.index, manifests });
    await storage.writeManifest(index, { mediaType: MEDIA_TYPES.index, tag: "v1" });
    const open = (): Promise<OpenImage> => openImage(world, parseImageTarget(`${server.host}/${TEST_REPOSITORY}:v1`));
    let count = 0;
    const attest = async (image: OpenImage, forms: readonly StorageForm[]): Promise<void> => {
      count += 1;
      await attestImage(world, image, builder, { predicateType: WARD_TYPE, predicate: { count }, forms });
    };
    const image = await open();
    await attest(image, ["bundle", "tag"]);
    await attest(image, ["bundle"]);
    await signImage(world, image, builder, { forms: ["tag"] });
    await run({ registry, content, open, attest, image, platform: manifests[0]?.digest ?? image.descriptor.digest });
  });
}

/** An entry or a manifest as it stands there. */
export type Json = Record<string, unknown>;

/** Changes the entries of the image's fallback index, as another tool would write them. */
export function changeEntries({ content, image }: Ward, change: (entries: Json[]) => readonly Json[]): void {
  const tag = referrersTag(image.descriptor.digest);
  const bytes = content.manifests.get(content.tags.get(tag) ?? "")?.bytes;
  const index = JSON.parse(new TextDecoder().decode(bytes)) as { manifests: Json[] };
  const changed = encodeUtf8(JSON.stringify({ ...index, manifests: change(index.manifests) }));
  content.putManifest(changed, MEDIA_TYPES.index, tag);
}

/** The entries of the image's fallback index. */
export function entriesOf({ content, image }: Ward): readonly Json[] {
  const bytes = content.manifests.get(content.tags.get(referrersTag(image.descriptor.digest)) ?? "")?.bytes;
  return (readJson(bytes ?? encodeUtf8("{}")) as unknown as { manifests: Json[] }).manifests;
}

/** Changes the manifest under a tag of cosign's. */
export function changeTag({ content, image }: Ward, kind: "sig" | "att", change: (manifest: Json) => Json): void {
  const tag = attachmentTag(image.descriptor.digest, kind);
  const bytes = content.manifests.get(content.tags.get(tag) ?? "")?.bytes;
  const manifest = JSON.parse(new TextDecoder().decode(bytes)) as Json;
  content.putManifest(encodeUtf8(JSON.stringify(change(manifest))), MEDIA_TYPES.manifest, tag);
}

/** A bundle manifest with this content, listed by the fallback index like any other. */
export async function attachContent({ registry, image }: Ward, text: string): Promise<void> {
  const { storage } = registry;
  const bundle = await storage.writeBlob(encodeUtf8(text));
  await storage.writeBlob(EMPTY_CONFIG.bytes);
  const subject = image.descriptor;
  const bytes = encodeBundleManifest({ subject, bundle, predicateType: WARD_TYPE, createdAt: "2026-11-22T12:00:00Z" });
  await storage.writeManifest(bytes, AS_MANIFEST);
}

/** The digest of the first attestation under cosign's tag. */
export function firstBlobOf({ content, image }: Ward): string {
  const tag = content.tags.get(attachmentTag(image.descriptor.digest, "att")) ?? "";
  const manifest = JSON.parse(new TextDecoder().decode(content.manifests.get(tag)?.bytes)) as {
    layers: { digest: string }[];
  };
  return manifest.layers[0]?.digest ?? "";
}
