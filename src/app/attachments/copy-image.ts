import type { Descriptor, Manifest } from "../../artifact/index.ts";
import {
  ATTACHMENT_ANNOTATIONS,
  type AttachmentKind,
  attachmentsOf,
  attachmentTag,
  IMAGE_SIGNATURE_PREDICATE_TYPE,
} from "../../attestation/index.ts";
import { AmapError, type Digest, digestAlgorithm, isAmapError, LIMITS } from "../../base/index.ts";
import type { OciStorage, WriteManifestOptions } from "../../ports/index.ts";
import { mapBounded } from "../bounded.ts";
import { formatImageTarget, type ImageTarget } from "../image-target.ts";
import { decodeOrThrow, findPlatform, type OpenImage } from "../open-image.ts";
import type { World } from "../world.ts";
import { attachLayer } from "./attach.ts";

/** What is copied, and whether the target may be replaced. */
export interface CopyOptions {
  /** Only these kinds of attachments, and the image by its digest alone: the target's tag is not moved. */
  readonly only?: readonly AttachmentKind[];
  /** `os/architecture` or `os/architecture/variant`: this platform of an index alone, with what stands beside it. */
  readonly platform?: string;
  /** The target's tag may name another image now. */
  readonly force?: boolean;
  /** The target is a folder as `cosign save` writes it: its entries say what they are. */
  readonly isSaved?: boolean;
  /** Where to what stands beside the image is copied; the target's own repository when left out. */
  readonly attachmentsTo?: OciStorage;
  /** Attachments of the image whose listing does not say so, with the tags that they get. */
  readonly untagged?: readonly { readonly digest: Digest; readonly tag: string }[];
}

/** What the entries of a saved image say they are (cosign 3.1.3, `kind` in index.json). */
export const SAVED_KINDS = {
  image: "dev.cosignproject.cosign/image",
  index: "dev.cosignproject.cosign/imageIndex",
  sig: "dev.cosignproject.cosign/sigs",
  att: "dev.cosignproject.cosign/atts",
} as const;

/** What was copied. */
export interface Copied {
  readonly digest: Digest;
  /** Manifests and indexes of the image. */
  readonly manifests: number;
  /** Manifests beside it: attachment tags and referrers. */
  readonly attachments: number;
}

const ATTACHMENT_KINDS: readonly AttachmentKind[] = ["sig", "att", "sbom"];
/** Blobs of one manifest that are copied at the same time. */
const WIDTH = 4;
/** Layers that their makers do not let others hand out: most registries have only their addresses. */
const FOREIGN_LAYER = /\.foreign\.diff\.|\.layer\.nondistributable\./;
/** An index in an index, and referrers of referrers, are followed this far. */
const MAX_DEPTH = 6;

/**
 * Copies an image with all of its platforms and all that stands beside each of them: cosign's tags, bundles and every
 * other referrer, also those of referrers. What the target has already stays: signatures and attestations are added to
 * its tags, never put in their place; only an unsigned SBOM gives way to another, and with `force`.
 * @throws {AmapError} STORAGE_CONFLICT when the target's tag names another image, MANIFEST_NOT_FOUND (no such platform, a
 * manifest that is listed and not there), LIMIT_EXCEEDED, BLOB_…, REGISTRY_…
 */
export async function copyImage(
  world: World,
  image: OpenImage,
  target: ImageTarget,
  options: CopyOptions = {},
): Promise<Copied> {
  const storage = await world.openStorage(target, { create: true });
  const root = options.platform === undefined ? image.descriptor : findPlatform(image, options.platform);
  const tag = options.only === undefined ? tagOf(target) : undefined;
  if (tag !== undefined && options.force !== true) await refuseOther(storage, tag, root.digest, target);
  const copy = new Copy(world, image, storage, root.digest, options);
  await copy.tree(root.digest, 0);
  for (const digest of copy.manifests.keys()) await copy.attachments(digest, 0);
  for (const { digest, tag: given } of options.untagged ?? []) await copy.tagged(digest, given);
  if (tag !== undefined) {
    const { bytes, descriptor } = await copy.read(image.storage, root.digest);
    const kind = decodeOrThrow(bytes, image.name).kind === "index" ? SAVED_KINDS.index : SAVED_KINDS.image;
    const entry = options.isSaved === true ? { entryAnnotations: { kind } } : {};
    await storage.writeManifest(bytes, { mediaType: descriptor.mediaType, tag, ...entry });
  }
  return { digest: root.digest, manifests: copy.manifests.size, attachments: copy.copiedAttachments };
}

/** The tag that the target names; a digest is none. What has no name in a layout would be found by nobody. */
function tagOf(target: ImageTarget): string | undefined {
  if (target.kind === "layout")
    return target.reference?.includes(":") === true ? undefined : (target.reference ?? "latest");
  const { tag, digest } = target.image;
  return digest === undefined ? (tag ?? "latest") : undefined;
}

async function refuseOther(storage: OciStorage, tag: string, digest: Digest, target: ImageTarget): Promise<void> {
  const found = await storage.resolve(tag);
  if (found === undefined || found.digest === digest) return;
  throw new AmapError("STORAGE_CONFLICT", `${formatImageTarget(target)} names another image already: ${found.digest}`, {
    hint: "Pass --force to let the tag name the new one; the other image stays under its digest.",
  });
}

/** From where to where. */
interface Way {
  readonly from: OciStorage;
  readonly to: OciStorage;
}

/** One copy, with what it has copied so far. */
class Copy {
  /** Manifests and indexes of the image, in order. */
  readonly manifests = new Map<Digest, number>();
  copiedAttachments = 0;
  readonly #world: World;
  readonly #image: OpenImage;
  readonly #imageWay: Way;
  readonly #attachmentsWay: Way;
  readonly #root: Digest;
  readonly #options: CopyOptions;
  readonly #seen = new Set<Digest>();
  readonly #tags = new Set<string>();

  constructor(world: World, image: OpenImage, to: OciStorage, root: Digest, options: CopyOptions) {
    this.#world = world;
    this.#image = image;
    this.#imageWay = { from: image.storage, to };
    this.#attachmentsWay = { from: image.attachments, to: options.attachmentsTo ?? to };
    this.#root = root;
    this.#options = options;
  }

  async read(
    from: OciStorage,
    digest: Digest,
  ): Promise<{ readonly descriptor: Descriptor; readonly bytes: Uint8Array }> {
    const read = await from.readManifest(digest);
    if (read !== undefined) return read;
    throw new AmapError("MANIFEST_NOT_FOUND", `${this.#image.name}: ${digest} is listed and not there`);
  }

  /** A manifest with its blobs, or an index with its manifests; parts before what names them. */
  async tree(digest: Digest, depth: number): Promise<void> {
    if (this.manifests.has(digest)) return;
    this.#refuseDepth(depth);
    this.manifests.set(digest, depth);
    if (this.manifests.size > LIMITS.indexManifests) throw this.#tooMany(LIMITS.indexManifests);
    await this.#write(this.#imageWay, digest, async (child) => this.tree(child, depth + 1));
  }

  /** All that stands beside a digest. */
  async attachments(digest: Digest, depth: number): Promise<void> {
    for (const kind of this.#options.only ?? ATTACHMENT_KINDS) {
      const tag = attachmentTag(digest, kind);
      const found = await this.#attachmentsWay.from.resolve(tag);
      if (found !== undefined) await this.tagged(found.digest, tag);
    }
    const referrers = await this.#attachmentsWay.from.listReferrers(digest);
    if (referrers.length > LIMITS.attachments) throw this.#tooMany(LIMITS.attachments);
    for (const { digest: referrer } of referrers) await this.#referrer(referrer, depth);
  }

  async #referrer(digest: Digest, depth: number): Promise<void> {
    if (this.#seen.has(digest) || this.manifests.has(digest)) return;
    const { only } = this.#options;
    if (only !== undefined && !only.includes(await this.#kindOf(digest))) return;
    await this.#part(digest, depth);
    this.copiedAttachments += 1;
    await this.attachments(digest, depth + 1);
  }

  /** A manifest beside the image, or an index of such manifests. */
  async #part(digest: Digest, depth: number): Promise<void> {
    if (this.#seen.has(digest)) return;
    this.#refuseDepth(depth);
    this.#seen.add(digest);
    if (this.#seen.size > LIMITS.indexManifests) throw this.#tooMany(LIMITS.indexManifests);
    await this.#write(this.#attachmentsWay, digest, async (child) => this.#part(child, depth + 1));
  }

  /** What a referrer is, by what its writer says: a signature, an SBOM, or anything else that is stated. */
  async #kindOf(digest: Digest): Promise<AttachmentKind> {
    const { bytes } = await this.read(this.#attachmentsWay.from, digest);
    const manifest = decodeOrThrow(bytes, `${this.#image.name}: attachment ${digest}`);
    const held = manifest.kind === "manifest" ? attachmentsOf(manifest) : [];
    if (held.some(({ kind }) => kind === "simple-signing")) return "sig";
    if (held.some(({ kind }) => kind === "sbom")) return "sbom";
    const stated = manifest.annotations?.[ATTACHMENT_ANNOTATIONS.bundlePredicateType];
    return stated === IMAGE_SIGNATURE_PREDICATE_TYPE ? "sig" : "att";
  }

  /** What an attachment tag names; where the target has one already, the layers that it lacks are added. */
  async tagged(digest: Digest, tag: string): Promise<void> {
    // A saved folder may list the same by its name and by its mark.
    const key = `${digest} ${tag}`;
    if (this.#tags.has(key)) return;
    this.#tags.add(key);
    this.copiedAttachments += 1;
    const { from, to } = this.#attachmentsWay;
    const there = await to.resolve(tag);
    if (there?.digest === digest) return;
    if (there === undefined && (await this.#writeNew(digest, tag))) return;
    if (tag.endsWith(".sbom")) return this.#replaceSbom(digest, tag);
    const { bytes } = await this.read(from, digest);
    const what = `${this.#image.name}: attachments ${digest}`;
    const manifest = decodeOrThrow(bytes, what);
    if (manifest.kind === "index")
      throw new AmapError("MANIFEST_INVALID", `${what}: expected a manifest, found an index`);
    await this.#merge(manifest, tag);
  }

  /** cosign reads an SBOM's tag only while it holds one document, so two are not put together. */
  async #replaceSbom(digest: Digest, tag: string): Promise<void> {
    const way = this.#attachmentsWay;
    if ((await way.to.resolve(tag))?.digest === digest) return;
    if (this.#options.force !== true) {
      throw new AmapError("STORAGE_CONFLICT", `${way.to.location}:${tag} holds another SBOM already`, {
        hint: "Pass --force to put this one in its place; the other stays under its digest.",
      });
    }
    await this.#write(way, digest, async (child) => this.#part(child, 1), { tag });
  }

  /** Whether the tag was free until it was written. */
  async #writeNew(digest: Digest, tag: string): Promise<boolean> {
    try {
      await this.#write(this.#attachmentsWay, digest, async (child) => this.#part(child, 1), this.#newTag(tag));
      return true;
    } catch (error) {
      if (isAmapError(error, "STORAGE_CONFLICT")) return false;
      throw error;
    }
  }

  async #merge(manifest: Manifest, tag: string): Promise<void> {
    for (const descriptor of manifest.layers) {
      const { annotations, mediaType } = descriptor;
      const { from, to } = this.#attachmentsWay;
      const bytes = await from.readBlob(descriptor, LIMITS.attachmentBytes);
      const layer = { mediaType, bytes, ...(annotations === undefined ? {} : { annotations }) };
      await attachLayer(this.#world, { storage: to, name: to.location }, tag, layer);
    }
  }

  async #write(
    { from, to }: Way,
    digest: Digest,
    child: (digest: Digest) => Promise<void>,
    place: Pick<WriteManifestOptions, "tag" | "expected" | "entryAnnotations"> = {},
  ): Promise<void> {
    if (digestAlgorithm(digest) !== "sha256") {
      const message = `${this.#image.name}: ${digest} cannot be copied: manifests are stored by SHA-256 only`;
      throw new AmapError("NOT_SUPPORTED", message);
    }
    const { bytes, descriptor } = await this.read(from, digest);
    const document = decodeOrThrow(bytes, `${this.#image.name}: manifest ${digest}`);
    if (document.kind === "index") {
      for (const { digest: part } of document.manifests) await child(part);
    } else {
      const blobs = new Map([document.config, ...document.layers].map((blob) => [blob.digest, blob]));
      await mapBounded([...blobs.values()], WIDTH, async (blob) => {
        if (FOREIGN_LAYER.test(blob.mediaType) && !(await from.hasBlob(blob.digest))) return;
        await to.copyBlob(blob, from);
      });
    }
    const { mediaType } = descriptor;
    await to.writeManifest(bytes, { mediaType, ...place });
  }

  #newTag(tag: string): Pick<WriteManifestOptions, "tag" | "expected" | "entryAnnotations"> {
    const kind = (["sig", "att"] as const).find((each) => attachmentTag(this.#root, each) === tag);
    const isMarked = this.#options.isSaved === true && kind !== undefined;
    return { tag, expected: null, ...(isMarked ? { entryAnnotations: { kind: SAVED_KINDS[kind] } } : {}) };
  }

  #refuseDepth(depth: number): void {
    if (depth <= MAX_DEPTH) return;
    throw new AmapError(
      "LIMIT_EXCEEDED",
      `${this.#image.name}: indexes or referrers stand more than ${MAX_DEPTH} deep`,
    );
  }

  #tooMany(limit: number): AmapError {
    return new AmapError("LIMIT_EXCEEDED", `${this.#image.name}: more than ${limit} manifests or referrers`);
  }
}
