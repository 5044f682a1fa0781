import { type Descriptor, decodeManifest, MEDIA_TYPES } from "../../artifact/index.ts";
import { AmapError, type Digest, LIMITS, matchesDigest } from "../../base/index.ts";
import { digestMismatch } from "./layout-blobs.ts";
import { blobName, type LayoutFiles } from "./layout-files.ts";
import { type LayoutEntry, refNameOf } from "./layout-index.ts";

/** What is known of a manifest for good, since its digest names its bytes. */
export interface ManifestFacts {
  /** A referrer's has the manifest's artifactType and annotations, as a referrers listing gives them. */
  readonly descriptor: Descriptor;
  readonly subject?: Digest;
  /** The entries of an index. */
  readonly manifests: readonly Descriptor[];
}

const MANIFEST_TYPES: ReadonlySet<string> = new Set([
  MEDIA_TYPES.manifest,
  MEDIA_TYPES.index,
  MEDIA_TYPES.dockerManifest,
  MEDIA_TYPES.dockerIndex,
]);
/** Files that are read at the same time. */
const PARALLEL_READS = 16;

/** Which manifests of a layout speak about which subject. Each manifest is read once for each handle. */
export class LayoutReferrers {
  readonly #files: LayoutFiles;
  readonly #facts = new Map<Digest, ManifestFacts>();
  /** Made from this list of entries, which LayoutIndex gives as the same object until index.json changes. */
  #listed:
    | { readonly entries: readonly LayoutEntry[]; readonly bySubject: ReadonlyMap<Digest, readonly Descriptor[]> }
    | undefined;

  constructor(files: LayoutFiles) {
    this.#files = files;
  }

  /**
   * Referrers that index.json lists, and those in the index that regclient and oras name `<algorithm>-<hex>`.
   * @throws {AmapError} BLOB_NOT_FOUND, BLOB_DIGEST_MISMATCH, MANIFEST_INVALID for any manifest that is listed: one
   * that cannot be read might speak about the subject, so that "none" would be a guess
   */
  async list(entries: readonly LayoutEntry[], subject: Digest): Promise<readonly Descriptor[]> {
    if (this.#listed?.entries !== entries) {
      const listed = entries.map(({ descriptor }) => descriptor);
      this.#listed = { entries, bySubject: groupBySubject(await this.#factsOfAll(listed)) };
    }
    const found = this.#listed.bySubject.get(subject) ?? [];
    const fallback = entries.find((entry) => refNameOf(entry) === subject.replace(":", "-"));
    if (fallback === undefined) return found;
    const { manifests } = await this.factsOf(fallback.descriptor.digest);
    const inFallback = groupBySubject(await this.#factsOfAll(manifests)).get(subject) ?? [];
    return [...new Map([...found, ...inFallback].map((descriptor) => [descriptor.digest, descriptor])).values()];
  }

  /** @throws {AmapError} BLOB_NOT_FOUND, BLOB_DIGEST_MISMATCH, MANIFEST_INVALID */
  async factsOf(digest: Digest): Promise<ManifestFacts> {
    const known = this.#facts.get(digest);
    if (known !== undefined) return known;
    const bytes = await this.#files.read(blobName(digest), LIMITS.manifestBytes);
    if (bytes === undefined) {
      throw new AmapError(
        "BLOB_NOT_FOUND",
        `${this.#files.directory} lists the manifest ${digest}, but has no such blob`,
      );
    }
    if (!matchesDigest(bytes, digest)) throw digestMismatch(this.#files, digest);
    const facts = manifestFacts(bytes, digest);
    this.#facts.set(digest, facts);
    return facts;
  }

  async #factsOfAll(descriptors: readonly Descriptor[]): Promise<readonly ManifestFacts[]> {
    const digests = descriptors.filter(({ mediaType }) => MANIFEST_TYPES.has(mediaType)).map(({ digest }) => digest);
    const unique = [...new Set(digests)];
    const facts: ManifestFacts[] = [];
    for (let at = 0; at < unique.length; at += PARALLEL_READS) {
      facts.push(...(await Promise.all(unique.slice(at, at + PARALLEL_READS).map((digest) => this.factsOf(digest)))));
    }
    return facts;
  }
}

/** @throws {AmapError} MANIFEST_INVALID */
export function manifestFacts(bytes: Uint8Array, digest: Digest): ManifestFacts {
  const decoded = decodeManifest(bytes);
  if (!decoded.ok) {
    const [issue] = decoded.issues;
    const where = issue?.path === "" ? "" : ` ${issue?.path}:`;
    throw new AmapError("MANIFEST_INVALID", `${digest}:${where} ${issue?.message ?? "malformed"}`, {
      details: { issues: decoded.issues },
    });
  }
  const { value } = decoded;
  const core: Descriptor = {
    mediaType: value.mediaType,
    digest,
    size: bytes.length,
    ...(value.artifactType === undefined ? {} : { artifactType: value.artifactType }),
  };
  const manifests = value.kind === "index" ? value.manifests : [];
  if (value.subject === undefined) return { descriptor: core, manifests };
  // Older writers state what an artifact is by its config's media type (distribution-spec v1.1, Listing Referrers).
  const configType = value.kind === "manifest" ? { artifactType: value.config.mediaType } : {};
  const annotations = value.annotations === undefined ? {} : { annotations: value.annotations };
  return { descriptor: { ...configType, ...core, ...annotations }, subject: value.subject.digest, manifests };
}

function groupBySubject(facts: readonly ManifestFacts[]): ReadonlyMap<Digest, readonly Descriptor[]> {
  const groups = new Map<Digest, Descriptor[]>();
  for (const { subject, descriptor } of facts) {
    if (subject === undefined) continue;
    const group = groups.get(subject);
    if (group === undefined) groups.set(subject, [descriptor]);
    else group.push(descriptor);
  }
  return groups;
}
