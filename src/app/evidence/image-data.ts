import { decodeImageConfig, formatImageReference, parseImageReference } from "../../artifact/index.ts";
import { AmapError, LIMITS, readJson, type Value } from "../../base/index.ts";
import { mapBounded } from "../bounded.ts";
import { type OpenImage, readPlatform } from "../open-image.ts";

/** Platforms read at the same time. */
const WIDTH = 8;

/**
 * What Kyverno's getImageData gives: names, digest, manifest and config of the first platform. amap adds `platforms`:
 * every platform with its digest and config, so that a policy need not take the first for all.
 */
export async function readImageData(image: OpenImage): Promise<Value> {
  const reference = parseImageReference(image.name.startsWith("oci:") ? "layout.invalid/image" : image.name);
  const read = new Map<string, Promise<PlatformData>>();
  const platforms = await mapBounded(image.platforms, WIDTH, async (descriptor) => ({
    digest: descriptor.digest,
    platform: descriptor.platform,
    ...(await readOnce(read, descriptor.digest, () => readPlatformData(image, descriptor.digest))),
  }));
  const [first] = platforms;
  if (first === undefined) throw new AmapError("MANIFEST_INVALID", `${image.name}: the index lists no platform`);
  return {
    image: image.name,
    resolvedImage: formatImageReference({
      registry: reference.registry,
      repository: reference.repository,
      digest: image.descriptor.digest,
    }),
    registry: reference.registry,
    repository: reference.repository,
    ...(reference.tag === undefined ? {} : { tag: reference.tag }),
    digest: image.descriptor.digest,
    manifest: first.manifest,
    config: first.config,
    platforms: platforms.map(({ digest, platform, own, config }) => ({
      digest,
      platform: { ...(platform ?? own) },
      config,
    })),
  };
}

interface PlatformData {
  readonly manifest: Value;
  readonly config: Value;
  /** The platform that its own config names, for an image that is not in an index. */
  readonly own: { readonly os: string; readonly architecture: string; readonly variant?: string };
}

async function readPlatformData(image: OpenImage, digest: OpenImage["descriptor"]["digest"]): Promise<PlatformData> {
  const { manifest, bytes: stored } = await readPlatform(image, digest);
  const bytes = await image.storage.readBlob(manifest.config, LIMITS.manifestBytes);
  const decoded = decodeImageConfig(bytes);
  if (!decoded.ok) throw new AmapError("MANIFEST_INVALID", `${image.name}: the config of ${digest} is malformed`);
  const { os, architecture, variant } = decoded.value;
  return {
    manifest: readJson(stored, { maxBytes: LIMITS.manifestBytes }),
    config: readJson(bytes, { maxBytes: LIMITS.manifestBytes }),
    own: { os, architecture, ...(variant === undefined ? {} : { variant }) },
  };
}

function readOnce(
  store: Map<string, Promise<PlatformData>>,
  digest: string,
  read: () => Promise<PlatformData>,
): Promise<PlatformData> {
  const found = store.get(digest) ?? read();
  store.set(digest, found);
  return found;
}
