import { formatPlatform } from "../../artifact/index.ts";
import type { Digest } from "../../base/index.ts";
import { type OpenImage, openPlatforms } from "../open-image.ts";
import { type ImageVerdict, judgeImage, type NamedSignature, type VerifySignatureOptions } from "./verify.ts";

/** What became of an index, or of one of its platforms. */
export interface PlatformVerdict {
  readonly digest: Digest;
  /** `linux/amd64`; absent for the index, or the image itself. */
  readonly platform?: string;
  readonly image: OpenImage;
  readonly verdict: ImageVerdict<NamedSignature>;
}

/**
 * Judges the signatures of an image and of each of its platforms, each by its own digest. What stands in an index and is
 * no platform (BuildKit's attestation manifests) is neither asked for nor trusted.
 * @throws {AmapError} where one of them cannot be looked at
 */
export async function judgePlatforms(
  image: OpenImage,
  options: VerifySignatureOptions,
): Promise<readonly PlatformVerdict[]> {
  const rows: PlatformVerdict[] = [
    { digest: image.descriptor.digest, image, verdict: await judgeImage(image, options) },
  ];
  for (const platform of await openPlatforms(image)) {
    const { digest } = platform.descriptor;
    const listed = image.platforms.find((each) => each.digest === digest)?.platform;
    rows.push({
      digest,
      ...(listed === undefined ? {} : { platform: formatPlatform(listed) }),
      image: platform,
      verdict: await judgeImage(platform, options),
    });
  }
  return rows;
}
