import type { Descriptor, Index, Manifest } from "../../artifact/index.ts";
import type { Value } from "../../base/index.ts";
import { encodeGoJson } from "../go-json.ts";
import { sortMembers } from "../simple-signing.ts";

/**
 * A manifest with its members in the order in which cosign (go-containerregistry) writes them, so that the same content
 * has the same digest. `config.artifactType` is written when set: the specification does not have it, `cosign clean`
 * finds bundles by it.
 *
 * @example
 * ```ts
 * import { encodeCosignManifest } from "../index.ts";
 * const config = { mediaType: "application/vnd.oci.image.config.v1+json", size: 2, digest: `sha256:${"ab".repeat(32)}` } as const;
 * const mediaType = "application/vnd.oci.image.manifest.v1+json";
 * encodeCosignManifest({ kind: "manifest", mediaType, config, layers: [] }).length; // 246
 * ```
 */
export function encodeCosignManifest(manifest: Manifest): Uint8Array {
  return encodeGoJson({
    schemaVersion: 2,
    mediaType: manifest.mediaType,
    config: descriptorToValue(manifest.config),
    layers: manifest.layers.map(descriptorToValue),
    ...(manifest.annotations === undefined ? {} : { annotations: sortMembers(manifest.annotations) }),
    ...(manifest.subject === undefined ? {} : { subject: descriptorToValue(manifest.subject) }),
    ...(manifest.artifactType === undefined ? {} : { artifactType: manifest.artifactType }),
  });
}

/**
 * An index as cosign writes it, as {@link encodeCosignManifest}.
 *
 * @example
 * ```ts
 * import { encodeCosignIndex } from "../index.ts";
 * encodeCosignIndex({ kind: "index", mediaType: "application/vnd.oci.image.index.v1+json", manifests: [] }).length; // 88
 * ```
 */
export function encodeCosignIndex(index: Pick<Index, "kind" | "mediaType" | "manifests" | "annotations">): Uint8Array {
  return encodeGoJson({
    schemaVersion: 2,
    mediaType: index.mediaType,
    manifests: index.manifests.map(descriptorToValue),
    ...(index.annotations === undefined ? {} : { annotations: sortMembers(index.annotations) }),
  });
}

function descriptorToValue(descriptor: Descriptor): Value {
  const value: Record<string, Value> = {
    mediaType: descriptor.mediaType,
    size: descriptor.size,
    digest: descriptor.digest,
  };
  if (descriptor.annotations !== undefined) value["annotations"] = sortMembers(descriptor.annotations);
  if (descriptor.platform !== undefined) value["platform"] = { ...descriptor.platform };
  if (descriptor.artifactType !== undefined) value["artifactType"] = descriptor.artifactType;
  return value;
}
