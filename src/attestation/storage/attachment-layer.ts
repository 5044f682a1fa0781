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

const NO_TIME = "0001-01-01T00:00:00Z";

/**
 * The attachment image of a tag (`.sig`, `.att`, `.sbom`) with one layer more, as cosign writes it: one layer, one
 * history entry and one diff id each. What stood there stays; the caller writes with `expected`, so that two writers
 * never lose a layer.
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
): AttachmentImage {
  const layers = existing?.manifest.layers ?? [];
  if (layers.length >= LIMITS.attachments) {
    throw new AmapError(
      "LIMIT_EXCEEDED",
      `the tag holds ${layers.length} attachments; ${LIMITS.attachments} is the limit`,
    );
  }
  if (layer.bytes.length > LIMITS.attachmentBytes) {
    throw new AmapError(
      "LIMIT_EXCEEDED",
      `an attachment of ${layer.bytes.length} bytes is over the limit of ${LIMITS.attachmentBytes}`,
    );
  }
  const blob = toBlob(layer.bytes);
  const config = toBlob(appendToConfig(existing, blob.digest));
  const mediaType = existing?.manifest.mediaType ?? MEDIA_TYPES.manifest;
  const manifest: Manifest = {
    ...(existing?.manifest ?? { kind: "manifest" }),
    mediaType,
    config: {
      mediaType: existing?.manifest.config.mediaType ?? MEDIA_TYPES.config,
      size: config.size,
      digest: config.digest,
    },
    layers: [...layers, toDescriptor(blob, layer)],
  };
  const stored = toBlob(encodeCosignManifest(manifest));
  if (stored.size > LIMITS.manifestBytes) {
    throw new AmapError(
      "LIMIT_EXCEEDED",
      `the attachment manifest would have ${stored.size} bytes; ${LIMITS.manifestBytes} is the limit`,
    );
  }
  return { layer: blob, config, manifest: stored, mediaType };
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

function appendToConfig(existing: ExistingAttachments | undefined, diffId: Digest): Uint8Array {
  const before = existing === undefined ? undefined : readConfig(existing);
  return encodeUtf8(
    writeJson({
      architecture: "",
      created: NO_TIME,
      ...before?.config,
      history: [...(before?.history ?? []), { created: NO_TIME }],
      os: memberOf(before?.config, "os") ?? "",
      rootfs: { type: "layers", diff_ids: [...(before?.diffIds ?? []), diffId] },
      config: memberOf(before?.config, "config") ?? {},
    }),
  );
}

function readConfig(existing: ExistingAttachments): {
  readonly config: ValueObject;
  readonly history: readonly Value[];
  readonly diffIds: readonly Value[];
} {
  const read = readDocument(existing.config, "MANIFEST_INVALID", "an image config");
  const config = read.ok ? read.value : {};
  const history = memberOf(config, "history");
  const diffIds = memberOf(memberOf(config, "rootfs"), "diff_ids");
  if (!Array.isArray(history) || !Array.isArray(diffIds)) {
    throw new AmapError("MANIFEST_INVALID", "the config stored under the attachment tag is not an image config");
  }
  if (diffIds.length !== existing.manifest.layers.length) {
    throw new AmapError(
      "MANIFEST_INVALID",
      `the config under the attachment tag names ${diffIds.length} layers, the manifest ${existing.manifest.layers.length}`,
    );
  }
  return { config, history, diffIds };
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
