import { type Descriptor, decodeManifest } from "../../artifact/index.ts";
import { attachmentTag } from "../../attestation/index.ts";
import { AmapError, type Digest, decodeUtf8, isDigest, LIMITS } from "../../base/index.ts";
import type { OciStorage } from "../../ports/index.ts";
import type { ImageTarget } from "../image-target.ts";
import { type OpenImage, openAttachments, openImage } from "../open-image.ts";
import type { World } from "../world.ts";
import { type Copied, copyImage, SAVED_KINDS } from "./copy-image.ts";

/**
 * Saves an image with all that stands beside it into a folder, as an OCI layout whose entries say what they are, so that
 * `cosign load` reads it, too.
 * @throws {AmapError} as {@link copyImage}; LAYOUT_INVALID for a folder that holds something else
 */
export async function saveImage(world: World, image: OpenImage, directory: string, tag?: string): Promise<Copied> {
  const target = { kind: "layout", directory, reference: tag ?? "latest" } as const;
  return copyImage(world, image, target, { isSaved: true, force: true });
}

/**
 * Loads an image from such a folder, or from any OCI layout with one image, into a registry.
 * @throws {AmapError} as {@link copyImage}; USAGE for a folder with several images, MANIFEST_NOT_FOUND with none
 */
export async function loadImage(world: World, directory: string, target: ImageTarget): Promise<Copied> {
  const { image, untagged } = await readSaved(world, directory);
  const attachmentsTo = await openAttachments(world, target, await world.openStorage(target, { create: true }));
  return copyImage(world, image, target, { force: true, untagged, attachmentsTo });
}

/**
 * Opens an image in such a folder where it is, with all that stands beside it.
 * @throws {AmapError} as {@link openImage}; LAYOUT_INVALID, USAGE for a folder with several images
 */
export async function openSavedImage(world: World, directory: string): Promise<OpenImage> {
  const { image, untagged } = await readSaved(world, directory);
  const tags = new Map(untagged.map(({ tag, digest }) => [tag, digest]));
  return { ...image, attachments: withMore(image.attachments, tags, new Map()) };
}

/** A storage in which further tags name manifests, and further manifests name a subject. */
function withMore(
  storage: OciStorage,
  tags: ReadonlyMap<string, Digest>,
  referrers: ReadonlyMap<Digest, readonly Descriptor[]>,
): OciStorage {
  return {
    location: storage.location,
    repository: storage.repository,
    resolve: async (reference) =>
      (await storage.resolve(reference)) ?? storage.resolve(tags.get(reference) ?? reference),
    listTags: () => storage.listTags(),
    readManifest: (digest) => storage.readManifest(digest),
    readBlob: (descriptor, maxBytes) => storage.readBlob(descriptor, maxBytes),
    openBlob: (descriptor) => storage.openBlob(descriptor),
    listReferrers: async (subject) => {
      const found = [...(await storage.listReferrers(subject)), ...(referrers.get(subject) ?? [])];
      return [...new Map(found.map((descriptor) => [descriptor.digest, descriptor])).values()];
    },
    hasBlob: (digest) => storage.hasBlob(digest),
    writeBlob: (bytes) => storage.writeBlob(bytes),
    copyBlob: (descriptor, from) => storage.copyBlob(descriptor, from),
    writeManifest: (bytes, options) => storage.writeManifest(bytes, options),
    deleteManifest: (digest) => storage.deleteManifest(digest),
  };
}

/** A saved image, with attachments that its folder lists and gives no names, and the tags that they had. */
interface Saved {
  readonly image: OpenImage;
  readonly untagged: readonly { readonly digest: Digest; readonly tag: string }[];
}

async function readSaved(world: World, directory: string): Promise<Saved> {
  const entries = await readEntries(world, directory);
  const root = await rootOf(world, directory, entries);
  const image = await openImage(world, {
    kind: "layout",
    directory,
    ...(root === undefined ? {} : { reference: root }),
  });
  const { digest } = image.descriptor;
  // cosign's own folders hold one image and give these no names; a name says whose they are.
  const untagged = (["sig", "att"] as const).flatMap((kind) =>
    entries
      .filter(({ annotations }) => annotations?.["kind"] === SAVED_KINDS[kind] && annotations[REF_NAME] === undefined)
      .map((entry) => ({ digest: entry.digest, tag: attachmentTag(digest, kind) })),
  );
  const referrers = await findUnlisted(world, directory);
  return { image: { ...image, attachments: withMore(image.attachments, new Map(), referrers) }, untagged };
}

/**
 * The manifests with a subject among a folder's blobs, by their subject: cosign 3.1.3 saves an image's bundles, and then
 * writes an index that lists none of them. Nothing of it is trusted: what is read by its digest is hashed then.
 */
async function findUnlisted(world: World, directory: string): Promise<ReadonlyMap<Digest, readonly Descriptor[]>> {
  const blobs = `${directory}/blobs/sha256`;
  const found = new Map<Digest, Descriptor[]>();
  for (const { path, size } of await world.files.list(blobs, LIMITS.layoutBlobs)) {
    const digest = `sha256:${path}`;
    if (!isDigest(digest) || size > LIMITS.manifestBytes) continue;
    const bytes = await world.files.read(`${blobs}/${path}`, LIMITS.manifestBytes);
    // Most blobs are layers: only what may be such a manifest is read as one.
    if (decodeUtf8(bytes)?.includes('"subject"') !== true) continue;
    const decoded = decodeManifest(bytes);
    if (!decoded.ok || decoded.value.subject === undefined) continue;
    const subject = decoded.value.subject.digest;
    found.set(subject, [...(found.get(subject) ?? []), { mediaType: decoded.value.mediaType, digest, size }]);
  }
  return found;
}

/** The name that an entry of a layout has (OCI image specification 1.1, "Pre-Defined Annotation Keys"). */
const REF_NAME = "org.opencontainers.image.ref.name";

async function readEntries(world: World, directory: string): Promise<readonly Descriptor[]> {
  const decoded = decodeManifest(await world.files.read(`${directory}/index.json`, LIMITS.manifestBytes));
  if (decoded.ok && decoded.value.kind === "index") return decoded.value.manifests;
  throw new AmapError("LAYOUT_INVALID", `${directory}/index.json: expected the index of an OCI layout`);
}

/** The entry that says it is the image. cosign calls a bundle so, too: that one has a subject. */
async function rootOf(world: World, directory: string, entries: readonly Descriptor[]): Promise<Digest | undefined> {
  const kinds: ReadonlySet<string | undefined> = new Set([SAVED_KINDS.image, SAVED_KINDS.index]);
  const found = new Set<Digest>();
  for (const { digest } of entries.filter(({ annotations }) => kinds.has(annotations?.["kind"]))) {
    const { document } = await openImage(world, { kind: "layout", directory, reference: digest });
    if (document.subject === undefined) found.add(digest);
  }
  if (found.size <= 1) return [...found][0];
  throw new AmapError("USAGE", `${directory}: expected one saved image, found ${found.size}`, {
    hint: "Copy one of them by its digest: `amap copy oci:DIRECTORY@sha256:… IMAGE`.",
  });
}
