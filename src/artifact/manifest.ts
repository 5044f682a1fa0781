import { type Decoded, encodeUtf8, LIMITS, memberOf, type Value, type ValueObject, writeJson } from "../base/index.ts";
import { type Descriptor, type Index, type Manifest, MEDIA_TYPES, type Platform } from "./descriptor.ts";
import { decodeObject, present, requireCount, type WireReader } from "./wire.ts";

const MANIFEST_TYPES: ReadonlySet<string> = new Set([MEDIA_TYPES.manifest, MEDIA_TYPES.dockerManifest]);
const INDEX_TYPES: ReadonlySet<string> = new Set([MEDIA_TYPES.index, MEDIA_TYPES.dockerIndex]);

/**
 * Decodes a stored manifest or index, OCI's or Docker's. A malformed one is data: issues MANIFEST_INVALID, all of them.
 * Fields that the specification does not know are ignored, as it asks; null counts as left out. Without `mediaType` the
 * shape decides. A document that has members of both shapes, or whose `mediaType` contradicts its shape, is refused:
 * two readers could take it for two different images (CVE-2021-41190).
 * @throws {AmapError} LIMIT_EXCEEDED (LIMITS.manifestBytes, indexManifests, layers, documentDepth)
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/manifest.md
 * @see https://github.com/opencontainers/image-spec/blob/v1.1.1/image-index.md
 * @example
 * ```ts
 * import { decodeManifest, encodeIndex, MEDIA_TYPES } from "./index.ts";
 * const decoded = decodeManifest(encodeIndex({ kind: "index", mediaType: MEDIA_TYPES.index, manifests: [] }));
 * decoded.ok && decoded.value.kind; // "index"
 * ```
 */
export function decodeManifest(bytes: Uint8Array): Decoded<Manifest | Index> {
  return decodeObject(bytes, "a manifest or index", (value, reader) => {
    const version = memberOf(value, "schemaVersion");
    if (version !== 2) reader.refuse("schemaVersion", "expected schemaVersion 2");
    return shapeOf(value, reader) === "index" ? readIndex(value, reader) : readManifest(value, reader);
  });
}

/**
 * Writes a manifest as compact JSON: the same manifest gives the same bytes.
 * @example
 * ```ts
 * import { encodeManifest, MEDIA_TYPES } from "./index.ts";
 * const config = { mediaType: MEDIA_TYPES.emptyConfig, digest: `sha256:${"0".repeat(64)}` as const, size: 2 };
 * encodeManifest({ kind: "manifest", mediaType: MEDIA_TYPES.manifest, config, layers: [] }).length; // 239
 * ```
 */
export function encodeManifest(manifest: Manifest): Uint8Array {
  return encode({
    schemaVersion: 2,
    mediaType: manifest.mediaType,
    artifactType: manifest.artifactType,
    config: descriptorValue(manifest.config),
    layers: manifest.layers.map(descriptorValue),
    subject: manifest.subject === undefined ? undefined : descriptorValue(manifest.subject),
    annotations: manifest.annotations,
  });
}

/**
 * Writes an index as compact JSON: the same index gives the same bytes.
 * @example
 * ```ts
 * import { encodeIndex, MEDIA_TYPES } from "./index.ts";
 * encodeIndex({ kind: "index", mediaType: MEDIA_TYPES.index, manifests: [] }).length; // 88
 * ```
 */
export function encodeIndex(index: Index): Uint8Array {
  return encode({
    schemaVersion: 2,
    mediaType: index.mediaType,
    artifactType: index.artifactType,
    manifests: index.manifests.map(descriptorValue),
    subject: index.subject === undefined ? undefined : descriptorValue(index.subject),
    annotations: index.annotations,
  });
}

/**
 * The manifests of an index that are platforms, in order: without the attestation manifests that BuildKit puts beside
 * them (annotation `vnd.docker.reference.type: attestation-manifest`, or platform unknown/unknown), which no runtime
 * ever runs.
 * @see https://docs.docker.com/build/metadata/attestations/attestation-storage/
 * @example
 * ```ts
 * import { MEDIA_TYPES, platformManifests } from "./index.ts";
 * platformManifests({ kind: "index", mediaType: MEDIA_TYPES.index, manifests: [] }); // []
 * ```
 */
export function platformManifests(index: Index): readonly Descriptor[] {
  return index.manifests.filter(
    ({ annotations, platform }) =>
      annotations?.["vnd.docker.reference.type"] !== "attestation-manifest" &&
      !(platform?.os === "unknown" && platform.architecture === "unknown"),
  );
}

/**
 * A platform as `os/architecture` or `os/architecture/variant`, as Docker's --platform writes it.
 * @example
 * ```ts
 * import { formatPlatform } from "./index.ts";
 * formatPlatform({ os: "linux", architecture: "arm", variant: "v7" }); // "linux/arm/v7"
 * ```
 */
export function formatPlatform(platform: Platform): string {
  const variant = platform.variant === undefined ? "" : `/${platform.variant}`;
  return `${platform.os}/${platform.architecture}${variant}`;
}

function shapeOf(value: ValueObject, reader: WireReader): "manifest" | "index" {
  const mediaType = reader.text(value, "", "mediaType");
  // Go's writers leave an empty list as null, so a list that is null is there and empty.
  const looksLikeIndex = memberOf(value, "manifests") !== undefined;
  const looksLikeManifest = present(value, "config") !== undefined || memberOf(value, "layers") !== undefined;
  const shape = looksLikeIndex ? "index" : "manifest";
  if (looksLikeIndex && looksLikeManifest) reader.refuse("", "it has members of a manifest and of an index");
  else if (!looksLikeIndex && !looksLikeManifest) reader.refuse("", "it has neither config and layers nor manifests");
  if (mediaType === undefined) return shape;
  const stated = INDEX_TYPES.has(mediaType) ? "index" : MANIFEST_TYPES.has(mediaType) ? "manifest" : undefined;
  if (stated === undefined) {
    reader.refuse("mediaType", `expected a manifest's or index's, found "${mediaType.slice(0, 100)}"`);
  } else if (stated !== shape) {
    reader.refuse("mediaType", `it says ${stated}, the members are those of a ${shape}`);
  }
  return shape;
}

function readManifest(value: ValueObject, reader: WireReader): Manifest {
  if (memberOf(value, "layers") === undefined) reader.refuse("layers", "expected a list, found nothing");
  const layers = reader.list(value, "", "layers") ?? [];
  requireCount(layers.length, LIMITS.layers, "layers of a manifest");
  return {
    kind: "manifest",
    mediaType: mediaTypeOf(value, MEDIA_TYPES.manifest),
    ...artifactTypeOf(value, reader),
    config: reader.descriptor(memberOf(value, "config"), "config"),
    layers: layers.map((layer, index) => reader.descriptor(layer, `layers[${index}]`)),
    ...subjectAndAnnotationsOf(value, reader),
  };
}

function readIndex(value: ValueObject, reader: WireReader): Index {
  const manifests = reader.list(value, "", "manifests") ?? [];
  requireCount(manifests.length, LIMITS.indexManifests, "descriptors in an index");
  return {
    kind: "index",
    mediaType: mediaTypeOf(value, MEDIA_TYPES.index),
    ...artifactTypeOf(value, reader),
    manifests: manifests.map((manifest, index) => reader.descriptor(manifest, `manifests[${index}]`)),
    ...subjectAndAnnotationsOf(value, reader),
  };
}

function mediaTypeOf(value: ValueObject, otherwise: string): string {
  const mediaType = memberOf(value, "mediaType");
  return typeof mediaType === "string" ? mediaType : otherwise;
}

function artifactTypeOf(value: ValueObject, reader: WireReader): { artifactType?: string } {
  const artifactType = reader.text(value, "", "artifactType");
  return artifactType === undefined || artifactType === "" ? {} : { artifactType };
}

function subjectAndAnnotationsOf(value: ValueObject, reader: WireReader): Pick<Manifest, "subject" | "annotations"> {
  const subject = present(value, "subject");
  const annotations = reader.textMap(value, "", "annotations");
  return {
    ...(subject === undefined ? {} : { subject: reader.descriptor(subject, "subject") }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}

function descriptorValue(descriptor: Descriptor): Value {
  return withoutUndefined({
    mediaType: descriptor.mediaType,
    digest: descriptor.digest,
    size: descriptor.size,
    annotations: descriptor.annotations,
    platform: descriptor.platform === undefined ? undefined : platformValue(descriptor.platform),
    artifactType: descriptor.artifactType,
  });
}

function platformValue(platform: Platform): Value {
  return withoutUndefined({
    architecture: platform.architecture,
    os: platform.os,
    "os.version": platform["os.version"],
    variant: platform.variant,
  });
}

function encode(members: Readonly<Record<string, Value | undefined>>): Uint8Array {
  return encodeUtf8(writeJson(withoutUndefined(members)));
}

function withoutUndefined(members: Readonly<Record<string, Value | undefined>>): Value {
  const kept: [string, Value][] = [];
  for (const [key, value] of Object.entries(members)) if (value !== undefined) kept.push([key, value]);
  return Object.fromEntries(kept);
}
