import { type Descriptor, type Manifest, MEDIA_TYPES } from "../../artifact/index.ts";
import {
  AmapError,
  type Digest,
  digestOf,
  encodeUtf8,
  LIMITS,
  memberOf,
  type Value,
  type ValueObject,
  writeJson,
} from "../../base/index.ts";
import { readDocument } from "../read-document.ts";
import { encodeCosignManifest } from "./manifest-json.ts";
import { ATTACHMENT_ANNOTATIONS } from "./media-types.ts";

/** A signature, envelope or SBOM to be stored as one more layer. */
export interface AttachmentLayer {
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** A blob to store before the manifest that names it. */
export interface StoredBlob {
  readonly bytes: Uint8Array;
  readonly digest: Digest;
  readonly size: number;
}

/** What to write, in this order: layer, config, manifest (under the attachment tag). */
export interface AttachmentImage {
  readonly layer: StoredBlob;
  readonly config: StoredBlob;
  readonly manifest: StoredBlob;
  readonly mediaType: string;
}

/** What stands under the attachment tag now. */
export interface ExistingAttachments {
  readonly manifest: Manifest;
  /** The config blob, already compared with its digest. */
  readonly config: Uint8Array;
}

/** How a layer is added. */
export interface AppendOptions {
  /** Positions of layers that the new one takes the place of. */
  readonly without?: ReadonlySet<number>;
  /** RFC 3339: when the attachments were made, as `--record-creation-timestamp` asks; else no time is stated. */
  readonly createdAt?: string;
}

const NO_TIME = "0001-01-01T00:00:00Z";

/**
 * The attachment image of a tag (`.sig`, `.att`, `.sbom`) with one layer more, as cosign writes it: one layer, one
 * history entry and one diff id each. What stood there stays but for `without`; the caller writes with `expected`, so that
 * two writers never lose a layer.
 *
 * @throws {AmapError} LIMIT_EXCEEDED over LIMITS.attachments layers (cosign's limit), LIMITS.attachmentBytes or LIMITS.manifestBytes
 * @throws {AmapError} MANIFEST_INVALID when the stored config is not an image config; nothing is overwritten then
 * @example
 * ```ts
 * import { appendAttachmentLayer } from "../index.ts";
 * const layer = { mediaType: "application/vnd.cyclonedx+json", bytes: new TextEncoder().encode("{}") };
 * appendAttachmentLayer(undefined, layer).config.size; // 233
 * ```
 */
export function appendAttachmentLayer(
  existing: ExistingAttachments | undefined,
  layer: AttachmentLayer,
  options: AppendOptions = {},
): AttachmentImage {
  const without = options.without ?? NONE;
  const count = (existing?.manifest.layers.length ?? 0) - without.size;
  if (count >= LIMITS.attachments) {
    throw new AmapError("LIMIT_EXCEEDED", `the tag holds ${count} attachments; ${LIMITS.attachments} is the limit`);
  }
  if (layer.bytes.length > LIMITS.attachmentBytes) {
    throw new AmapError(
      "LIMIT_EXCEEDED",
      `an attachment of ${layer.bytes.length} bytes is over the limit of ${LIMITS.attachmentBytes}`,
    );
  }
  const kept = existing === undefined ? NOTHING : leaveOut(readParts(existing), without);
  const blob = toBlob(layer.bytes);
  const config = toBlob(encodeConfig(kept, [blob.digest], options.createdAt));
  const mediaType = existing?.manifest.mediaType ?? MEDIA_TYPES.manifest;
  const manifest: Manifest = {
    ...(existing?.manifest ?? { kind: "manifest" }),
    mediaType,
    config: {
      mediaType: existing?.manifest.config.mediaType ?? MEDIA_TYPES.config,
      size: config.size,
      digest: config.digest,
    },
    layers: [...kept.layers, toDescriptor(blob, layer)],
  };
  return { layer: blob, config, manifest: toManifestBlob(manifest), mediaType };
}

/**
 * The attachment image of a tag without some of its layers; their diff ids and history go with them. Store the config
 * first, and write the manifest with `expected`, as for one layer more.
 *
 * @throws {AmapError} MANIFEST_INVALID when the stored config is not an image config, or when no layer would be left
 * @example
 * ```ts
 * import { decodeManifest } from "../../artifact/index.ts";
 * import { appendAttachmentLayer, removeAttachmentLayers } from "../index.ts";
 * const layer = (text: string) => ({ mediaType: "text/spdx", bytes: new TextEncoder().encode(text) });
 * const stored = ({ manifest, config }: ReturnType<typeof appendAttachmentLayer>) => {
 *   const decoded = decodeManifest(manifest.bytes);
 *   if (!decoded.ok || decoded.value.kind !== "manifest") throw new Error("not a manifest");
 *   return { manifest: decoded.value, config: config.bytes };
 * };
 * const one = stored(appendAttachmentLayer(undefined, layer("old")));
 * const both = stored(appendAttachmentLayer(one, layer("new")));
 * removeAttachmentLayers(both, new Set([0])).config.size; // 233
 * ```
 */
export function removeAttachmentLayers(
  existing: ExistingAttachments,
  positions: ReadonlySet<number>,
): Pick<AttachmentImage, "config" | "manifest" | "mediaType"> {
  const kept = leaveOut(readParts(existing), positions);
  if (kept.layers.length === 0) {
    throw new AmapError("MANIFEST_INVALID", "expected a layer that stays under the tag, found none");
  }
  const config = toBlob(encodeConfig(kept, [], undefined));
  const { manifest } = existing;
  const described = { ...manifest.config, size: config.size, digest: config.digest };
  const stored = toManifestBlob({ ...manifest, config: described, layers: kept.layers });
  return { config, manifest: stored, mediaType: manifest.mediaType };
}

function toManifestBlob(manifest: Manifest): StoredBlob {
  const stored = toBlob(encodeCosignManifest(manifest));
  if (stored.size <= LIMITS.manifestBytes) return stored;
  throw new AmapError(
    "LIMIT_EXCEEDED",
    `the attachment manifest would have ${stored.size} bytes; ${LIMITS.manifestBytes} is the limit`,
  );
}

/** What cosign names a manifest of legacy signatures that refers to its image. */
const SIGNATURE_ARTIFACT_TYPE = "application/vnd.dev.cosign.artifact.sig.v1+json";

/**
 * Legacy signatures as a manifest that refers to its image instead of standing under a tag, byte for byte as cosign 3.1.3
 * writes it with `--registry-referrers-mode oci-1-1`. Store the layers and the config first.
 *
 * @throws {AmapError} LIMIT_EXCEEDED over LIMITS.manifestBytes
 * @see OCI image-spec v1.1, manifest.md, "subject"
 * @example
 * ```ts
 * import { createSignatureReferrer } from "../index.ts";
 * const subject = { mediaType: "application/vnd.oci.image.index.v1+json", digest: `sha256:${"ab".repeat(32)}`, size: 5 } as const;
 * createSignatureReferrer([], subject).mediaType; // "application/vnd.oci.image.manifest.v1+json"
 * ```
 */
export function createSignatureReferrer(
  layers: readonly AttachmentLayer[],
  subject: Descriptor,
  options: Pick<AppendOptions, "createdAt"> = {},
): Pick<AttachmentImage, "config" | "manifest" | "mediaType"> {
  const blobs = layers.map((layer) => ({ layer, blob: toBlob(layer.bytes) }));
  const digests = blobs.map(({ blob }) => blob.digest);
  const config = toBlob(encodeConfig(NOTHING, digests, options.createdAt));
  const manifest = toManifestBlob({
    kind: "manifest",
    mediaType: MEDIA_TYPES.manifest,
    config: { mediaType: SIGNATURE_ARTIFACT_TYPE, size: config.size, digest: config.digest },
    layers: blobs.map(({ layer, blob }) => toDescriptor(blob, layer)),
    subject: { mediaType: subject.mediaType, size: subject.size, digest: subject.digest },
    artifactType: SIGNATURE_ARTIFACT_TYPE,
  });
  return { config, manifest, mediaType: MEDIA_TYPES.manifest };
}

/**
 * The stored layer with these bytes, media type and annotations, the signature annotation aside, or undefined: two
 * signatures of the same payload say the same. As cosign, the caller still verifies the stored signature before it
 * leaves the new one out.
 *
 * @example
 * ```ts
 * import { findSameLayer } from "../index.ts";
 * findSameLayer([], { mediaType: "text/spdx", bytes: new Uint8Array(1) }); // undefined
 * ```
 */
export function findSameLayer(layers: readonly Descriptor[], layer: AttachmentLayer): Descriptor | undefined {
  const digest = digestOf(layer.bytes);
  const wanted = comparableAnnotations(layer.annotations);
  return layers.find(
    (stored) =>
      stored.digest === digest &&
      stored.mediaType === layer.mediaType &&
      comparableAnnotations(stored.annotations) === wanted,
  );
}

function comparableAnnotations(annotations: Readonly<Record<string, string>> = {}): string {
  const entries = Object.entries(annotations).filter(([key]) => key !== ATTACHMENT_ANNOTATIONS.signature);
  return writeJson(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What stands under a tag, layer by layer: a descriptor, a diff id and a history entry each. */
interface Parts {
  readonly config: ValueObject;
  readonly layers: readonly Descriptor[];
  readonly history: readonly Value[];
  readonly diffIds: readonly Value[];
}

const NOTHING: Parts = { config: {}, layers: [], history: [], diffIds: [] };
const NONE: ReadonlySet<number> = new Set();

function leaveOut(parts: Parts, without: ReadonlySet<number>): Parts {
  if (without.size === 0) return parts;
  // Other tools may write fewer entries of history than layers; then it says nothing of a layer, and is kept.
  const isPaired = parts.history.length === parts.layers.length;
  const rest = <T>(list: readonly T[]): readonly T[] => list.filter((_, index) => !without.has(index));
  return {
    config: parts.config,
    layers: rest(parts.layers),
    history: isPaired ? rest(parts.history) : parts.history,
    diffIds: rest(parts.diffIds),
  };
}

function encodeConfig(kept: Parts, added: readonly Digest[], createdAt: string | undefined): Uint8Array {
  return encodeUtf8(
    writeJson({
      architecture: "",
      created: NO_TIME,
      ...kept.config,
      ...(createdAt === undefined ? {} : { created: createdAt }),
      history: [...kept.history, ...added.map(() => ({ created: NO_TIME }))],
      os: memberOf(kept.config, "os") ?? "",
      rootfs: { type: "layers", diff_ids: [...kept.diffIds, ...added] },
      config: memberOf(kept.config, "config") ?? {},
    }),
  );
}

function readParts(existing: ExistingAttachments): Parts {
  const read = readDocument(existing.config, "MANIFEST_INVALID", "an image config");
  const config = read.ok ? read.value : {};
  const history = memberOf(config, "history");
  const diffIds = memberOf(memberOf(config, "rootfs"), "diff_ids");
  if (!Array.isArray(history) || !Array.isArray(diffIds)) {
    throw new AmapError("MANIFEST_INVALID", "the config stored under the attachment tag is not an image config");
  }
  const { layers } = existing.manifest;
  if (diffIds.length !== layers.length) {
    throw new AmapError(
      "MANIFEST_INVALID",
      `the config under the attachment tag names ${diffIds.length} layers, the manifest ${layers.length}`,
    );
  }
  return { config, layers, history, diffIds };
}

function toBlob(bytes: Uint8Array): StoredBlob {
  return { bytes, digest: digestOf(bytes), size: bytes.length };
}

function toDescriptor(blob: StoredBlob, layer: AttachmentLayer): Descriptor {
  return {
    mediaType: layer.mediaType,
    size: blob.size,
    digest: blob.digest,
    ...(layer.annotations === undefined ? {} : { annotations: layer.annotations }),
  };
}
