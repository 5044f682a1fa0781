import {
  type Descriptor,
  decodeManifest,
  formatPlatform,
  type Index,
  type Manifest,
  parseImageReference,
  platformManifests,
} from "../artifact/index.ts";
import { AmapError, type Digest, isAmapError, isDigest } from "../base/index.ts";
import type { OciStorage } from "../ports/index.ts";
import { mapBounded } from "./bounded.ts";
import { formatImageTarget, type ImageTarget } from "./image-target.ts";
import type { World } from "./world.ts";

/** An image whose name was resolved once. All that follows goes by digest. */
export interface OpenImage {
  /** As the user or the policy's resource named it. */
  readonly name: string;
  readonly storage: OciStorage;
  /** Where its signatures and attestations are: the same, unless COSIGN_REPOSITORY names another repository. */
  readonly attachments: OciStorage;
  readonly descriptor: Descriptor;
  readonly document: Manifest | Index;
  /** The manifests of its platforms; the image itself when it is not an index. */
  readonly platforms: readonly Descriptor[];
}

/** Tags that hold attachments and are not images: cosign's suffixes and the referrers fallback tag. */
const ATTACHMENT_TAG = /^sha(?:256|512)-[0-9a-f]{64,128}(?:\.(?:sig|att|sbom))?$/;

/**
 * Opens an image: resolves its tag exactly once and reads its manifest or index.
 * @throws {AmapError} MANIFEST_NOT_FOUND, MANIFEST_INVALID, BLOB_DIGEST_MISMATCH, LAYOUT_INVALID, REGISTRY_…
 */
export async function openImage(world: World, target: ImageTarget): Promise<OpenImage> {
  const storage = await world.openStorage(target);
  const name = formatImageTarget(target);
  const digest = await resolveDigest(storage, target, name);
  const read = await storage.readManifest(digest);
  if (read === undefined) throw new AmapError("MANIFEST_NOT_FOUND", `${name}: there is no manifest ${digest}`);
  const document = decodeOrThrow(read.bytes, `${name}: manifest ${digest}`);
  const platforms = document.kind === "index" ? platformManifests(document) : [read.descriptor];
  const attachments = await openAttachments(world, target, storage);
  return { name, storage, attachments, descriptor: read.descriptor, document, platforms };
}

/** The variable by which cosign keeps signatures and attestations of all images in one other repository. */
const REPOSITORY_VARIABLE = "COSIGN_REPOSITORY";

/**
 * The repository that holds what stands beside an image. A layout on this machine always holds its own.
 * @throws {AmapError} USAGE when COSIGN_REPOSITORY names no repository
 */
export async function openAttachments(world: World, target: ImageTarget, storage: OciStorage): Promise<OciStorage> {
  const named = world.environment(REPOSITORY_VARIABLE) ?? "";
  if (named === "" || target.kind === "layout") return storage;
  const { registry, repository } = parseRepository(named);
  return world.openStorage({ kind: "registry", image: { registry, repository } });
}

function parseRepository(named: string): { readonly registry: string; readonly repository: string } {
  const hint = "Name a repository without tag or digest, such as registry.example/signatures, or unset the variable.";
  try {
    const { registry, repository, tag, digest } = parseImageReference(named);
    if (tag === undefined && digest === undefined) return { registry, repository };
  } catch (error) {
    if (!isAmapError(error, "REFERENCE_INVALID")) throw error;
  }
  throw new AmapError("USAGE", `${REPOSITORY_VARIABLE}: expected a repository, found "${named.slice(0, 200)}"`, {
    hint,
  });
}

/** Decodes a manifest or index whose damage is a failure, not a finding. */
export function decodeOrThrow(bytes: Uint8Array, what: string): Manifest | Index {
  const decoded = decodeManifest(bytes);
  if (decoded.ok) return decoded.value;
  const [issue] = decoded.issues;
  throw new AmapError("MANIFEST_INVALID", `${what}: ${issue?.path ?? ""} ${issue?.message ?? "malformed"}`, {
    details: { issues: decoded.issues },
  });
}

async function resolveDigest(storage: OciStorage, target: ImageTarget, name: string): Promise<Digest> {
  const reference = await referenceOf(storage, target);
  if (isDigest(reference)) return reference;
  const found = await storage.resolve(reference);
  if (found !== undefined) return found.digest;
  throw new AmapError("MANIFEST_NOT_FOUND", `${name}: there is no tag ${reference}`, {
    hint: "Check the tag; `amap tree` shows what a digest carries.",
  });
}

async function referenceOf(storage: OciStorage, target: ImageTarget): Promise<string> {
  if (target.kind === "registry") return target.image.digest ?? target.image.tag ?? "latest";
  if (target.reference !== undefined) return target.reference;
  const tags = (await storage.listTags()).filter((tag) => !ATTACHMENT_TAG.test(tag));
  const [only] = tags;
  if (tags.length === 1 && only !== undefined) return only;
  // A layout that names nothing may still hold just one image; the storage knows it as the latest.
  const unnamed = tags.length === 0 ? await storage.resolve("latest") : undefined;
  if (unnamed !== undefined) return unnamed.digest;
  throw new AmapError(
    tags.length === 0 ? "MANIFEST_NOT_FOUND" : "USAGE",
    `${storage.location}: expected exactly one tagged image, found ${tags.length === 0 ? "none" : tags.slice(0, 10).join(", ")}`,
    { hint: "Name one: oci:DIRECTORY:tag or oci:DIRECTORY@sha256:…" },
  );
}

/** Platforms read at the same time. */
const WIDTH = 8;

/**
 * Each platform of an index as an image of its own, by digest, each digest once. Empty for an image that is not an index.
 * @throws {AmapError} MANIFEST_NOT_FOUND, MANIFEST_INVALID, BLOB_DIGEST_MISMATCH, REGISTRY_…
 */
export async function openPlatforms(image: OpenImage): Promise<readonly OpenImage[]> {
  if (image.document.kind !== "index") return [];
  const digests = [...new Set(image.platforms.map(({ digest }) => digest))];
  return mapBounded(digests, WIDTH, async (digest): Promise<OpenImage> => {
    const { descriptor, document } = await readListed(image, digest);
    return { ...image, descriptor, document, platforms: [descriptor] };
  });
}

/**
 * A platform of an image: `os/architecture` or `os/architecture/variant`.
 * @throws {AmapError} MANIFEST_NOT_FOUND, with the platforms that there are
 */
export function findPlatform(image: OpenImage, wanted: string): Descriptor {
  const names = image.platforms.map(({ platform }) => (platform === undefined ? "" : formatPlatform(platform)));
  const found = image.platforms[names.indexOf(wanted)];
  if (found !== undefined) return found;
  const shown = names.filter((name) => name !== "").join(", ") || "none";
  throw new AmapError("MANIFEST_NOT_FOUND", `${image.name}: expected the platform ${wanted}, found ${shown}`);
}

/** As {@link findPlatform}, as an image of its own. @throws {AmapError} as openPlatforms */
export async function openPlatform(image: OpenImage, wanted: string): Promise<OpenImage> {
  const { descriptor, document } = await readListed(image, findPlatform(image, wanted).digest);
  return { ...image, descriptor, document, platforms: [descriptor] };
}

/** The name with the digest it was resolved to, once. */
export function nameWithDigest({ name, descriptor }: OpenImage): string {
  return name.endsWith(`@${descriptor.digest}`) ? name : `${name}@${descriptor.digest}`;
}

/** A platform's manifest, with its bytes as stored. */
export interface PlatformManifest {
  readonly manifest: Manifest;
  readonly bytes: Uint8Array;
}

/**
 * Reads the manifest of one of an image's platforms.
 * @throws {AmapError} MANIFEST_NOT_FOUND, MANIFEST_INVALID, BLOB_DIGEST_MISMATCH; NOT_SUPPORTED for an index in an index
 */
export async function readPlatform(image: OpenImage, digest: Digest): Promise<PlatformManifest> {
  const { document, bytes } = await readListed(image, digest);
  if (document.kind === "manifest") return { manifest: document, bytes };
  throw new AmapError("NOT_SUPPORTED", `${image.name}: platform ${digest} is an index itself`);
}

async function readListed(
  image: OpenImage,
  digest: Digest,
): Promise<{ readonly descriptor: Descriptor; readonly document: Manifest | Index; readonly bytes: Uint8Array }> {
  const read = await image.storage.readManifest(digest);
  if (read === undefined) {
    throw new AmapError("MANIFEST_NOT_FOUND", `${image.name}: platform ${digest} is listed and not there`);
  }
  return { ...read, document: decodeOrThrow(read.bytes, `${image.name}: platform ${digest}`) };
}
