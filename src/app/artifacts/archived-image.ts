import { type Descriptor, encodeManifest, MEDIA_TYPES, platformManifests } from "../../artifact/index.ts";
import { AmapError, type Digest, digestOf, isDigest, memberOf, readJsonFast, type Value } from "../../base/index.ts";
import { decodeOrThrow, type OpenImage } from "../open-image.ts";
import type { World } from "../world.ts";
import { type ArchiveIndex, indexArchive } from "./archive-index.ts";
import { type ArchivedBlob, type ArchivedImages, archiveStorage } from "./archive-storage.ts";

/** What an archive of images is called in references. */
export type ArchiveScheme = "docker-archive" | "oci-archive";

/** An image out of an archive. */
export interface ArchivedImage {
  readonly image: OpenImage;
  /** False for `docker save` of older versions, which writes no manifest. */
  readonly hasManifest: boolean;
}

/** Which form an archive of images has, or undefined for any other archive. */
export function schemeOfIndex({ documents }: ArchiveIndex): ArchiveScheme | undefined {
  if (documents.has("index.json") && documents.has("oci-layout")) return "oci-archive";
  return documents.has("manifest.json") ? "docker-archive" : undefined;
}

/**
 * Opens an image in a file of `docker save` or in an OCI layout as one file; both also compressed. Newer versions of
 * Docker write both forms in one file: then the manifest decides.
 * @throws {AmapError} ARCHIVE_INVALID, MANIFEST_INVALID, MANIFEST_NOT_FOUND, USAGE for several images and no reference
 */
export async function openArchivedImage(
  world: World,
  {
    path,
    reference,
    index,
  }: { readonly path: string; readonly reference?: string; readonly index?: ArchiveIndex | undefined },
): Promise<ArchivedImage> {
  const found = index ?? (await indexArchive(world, path));
  const hasManifest = found.documents.has("index.json");
  const images = hasManifest ? imagesOfLayout(path, found) : imagesOfDocker(path, found);
  const storage = archiveStorage(world, path, images);
  const descriptor = choose(images, path, reference);
  const read = await storage.readManifest(descriptor.digest);
  if (read === undefined)
    throw new AmapError("MANIFEST_NOT_FOUND", `${path}: there is no manifest ${descriptor.digest}`);
  const document = decodeOrThrow(read.bytes, `${path}: manifest ${descriptor.digest}`);
  const all = document.kind === "index" ? platformManifests(document) : [descriptor];
  // An archive of one platform names the others, too, and does not hold them.
  const here = await Promise.all(
    all.map(async (each) => (await storage.hasBlob(each.digest)) || images.manifests.has(each.digest)),
  );
  const platforms = all.filter((_, at) => here[at]);
  if (platforms.length === 0) {
    throw new AmapError("MANIFEST_NOT_FOUND", `${path}: it holds none of the platforms of ${descriptor.digest}`);
  }
  return { image: { name: path, storage, attachments: storage, descriptor, document, platforms }, hasManifest };
}

function choose({ tags, manifests }: ArchivedImages, path: string, reference: string | undefined): Descriptor {
  const found =
    reference === undefined
      ? undefined
      : (tags.get(reference) ??
        manifests.get(reference as Digest) ??
        [...tags].find(([tag]) => tag.endsWith(`:${reference}`) || tag.endsWith(`/${reference}`))?.[1]);
  if (found !== undefined) return found;
  const all = new Map([...manifests.values(), ...tags.values()].map((each) => [each.digest, each]));
  const [only] = all.values();
  if (reference === undefined && all.size === 1 && only !== undefined) return only;
  const names = [...tags.keys()].slice(0, 10).join(", ") || [...all.keys()].slice(0, 10).join(", ") || "none";
  throw new AmapError(
    reference === undefined && all.size > 1 ? "USAGE" : "MANIFEST_NOT_FOUND",
    `${path}: expected ${reference === undefined ? "one image" : `the image ${reference.slice(0, 200)}`}, found ${names}`,
    { hint: "Name one of them behind the file: docker-archive:FILE:NAME:TAG." },
  );
}

const REF_NAME = "org.opencontainers.image.ref.name";
const CONTAINERD_NAME = "io.containerd.image.name";

function imagesOfLayout(path: string, index: ArchiveIndex): ArchivedImages {
  const bytes = index.documents.get("index.json") ?? new Uint8Array(0);
  const document = decodeOrThrow(bytes, `${path}: index.json`);
  if (document.kind !== "index") throw new AmapError("MANIFEST_INVALID", `${path}: index.json: expected an index`);
  const tags = new Map<string, Descriptor>();
  for (const each of document.manifests) {
    for (const key of [CONTAINERD_NAME, REF_NAME]) {
      const tag = each.annotations?.[key];
      if (tag !== undefined) tags.set(tag, each);
    }
  }
  const manifests = new Map(platformManifests(document).map((each) => [each.digest, each]));
  return { location: path, repository: nameOf(path, tags), index, manifests, blobs: new Map(), tags };
}

/** Without a manifest one is made of what `manifest.json` says, so that all that follows is the same. */
function imagesOfDocker(path: string, index: ArchiveIndex): ArchivedImages {
  const bytes = index.documents.get("manifest.json");
  const list = bytes === undefined ? undefined : readJsonFast(bytes);
  if (!Array.isArray(list)) {
    throw new AmapError("ARCHIVE_INVALID", `${path}: expected an image archive with manifest.json, found none`);
  }
  const blobs = new Map<Digest, ArchivedBlob>();
  const manifests = new Map<Digest, Descriptor>();
  const tags = new Map<string, Descriptor>();
  for (const item of list) {
    const descriptor = makeManifest(path, index, item, blobs);
    manifests.set(descriptor.digest, descriptor);
    for (const tag of textsOf(memberOf(item, "RepoTags"))) tags.set(tag, descriptor);
  }
  return { location: path, repository: nameOf(path, tags), index, manifests, blobs, tags };
}

function makeManifest(path: string, index: ArchiveIndex, item: Value, blobs: Map<Digest, ArchivedBlob>): Descriptor {
  const stated = memberOf(item, "Config");
  const configPath = typeof stated === "string" ? stated : "";
  const config = index.resolve(configPath);
  const configBytes = config === undefined ? undefined : index.documents.get(config);
  if (configBytes === undefined) {
    throw new AmapError("ARCHIVE_INVALID", `${path}: manifest.json: expected Config to name a file of the archive`);
  }
  const configDigest = digestOf(configBytes);
  // The name of the configuration is the image's id: its digest.
  const [, id] = /([0-9a-f]{64})(?:\.json)?$/.exec(configPath) ?? [];
  if (id !== undefined && configDigest !== `sha256:${id}`) {
    throw new AmapError(
      "BLOB_DIGEST_MISMATCH",
      `${path}: the bytes of ${configPath.slice(0, 200)} have the digest ${configDigest}`,
    );
  }
  blobs.set(configDigest, { bytes: configBytes });
  const diffIds = textsOf(memberOf(memberOf(readJsonFast(configBytes), "rootfs"), "diff_ids"));
  const paths = textsOf(memberOf(item, "Layers"));
  if (paths.length !== diffIds.length) {
    throw new AmapError(
      "ARCHIVE_INVALID",
      `${path}: manifest.json names ${paths.length} layers, and the configuration ${diffIds.length}`,
    );
  }
  const layers = paths.map((layer, at): Descriptor => {
    const diffId = diffIds[at];
    const stored = index.resolve(layer);
    if (diffId === undefined || !isDigest(diffId) || stored === undefined) {
      throw new AmapError(
        "ARCHIVE_INVALID",
        `${path}: the layer ${layer.slice(0, 200)} is not in the archive, or has no digest`,
      );
    }
    // A layer may be stored compressed; its digest is that of its uncompressed bytes all the same.
    blobs.set(diffId, { path: stored, isCompressedOtherwise: true });
    return { mediaType: MEDIA_TYPES.layer, digest: diffId, size: index.files.get(stored) ?? 0 };
  });
  const manifest = encodeManifest({
    kind: "manifest",
    mediaType: MEDIA_TYPES.manifest,
    config: { mediaType: MEDIA_TYPES.config, digest: configDigest, size: configBytes.length },
    layers,
  });
  const digest = digestOf(manifest);
  blobs.set(digest, { bytes: manifest });
  return { mediaType: MEDIA_TYPES.manifest, digest, size: manifest.length };
}

function textsOf(value: Value | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === "string") : [];
}

/** The image's name as the archive states it, without the tag; else the file's own. */
function nameOf(path: string, tags: ReadonlyMap<string, Descriptor>): string {
  const tag = [...tags.keys()].find((each) => /[/:]/.test(each));
  if (tag !== undefined) return tag.replace(/@.*$/, "").replace(/:[^/:]*$/, "");
  return path.slice(path.lastIndexOf("/") + 1).replace(/\.tar(?:\.gz|\.zst)?$|\.tgz$/, "");
}
