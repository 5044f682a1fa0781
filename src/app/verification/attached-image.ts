import { attachmentTag } from "../../attestation/index.ts";
import { AmapError } from "../../base/index.ts";
import { decodeOrThrow, type OpenImage } from "../open-image.ts";

/**
 * The image that holds the unsigned SBOM beside an image, to verify its own signatures.
 * @throws {AmapError} MANIFEST_NOT_FOUND when there is none, MANIFEST_INVALID, BLOB_DIGEST_MISMATCH, REGISTRY_…
 */
export async function openAttachedSbom(image: OpenImage): Promise<OpenImage> {
  const tag = attachmentTag(image.descriptor.digest, "sbom");
  const found = await image.attachments.resolve(tag);
  const read = found === undefined ? undefined : await image.attachments.readManifest(found.digest);
  if (read === undefined) {
    throw new AmapError("MANIFEST_NOT_FOUND", `${image.name}: expected an attached SBOM (${tag}), found none`, {
      hint: "A signed SBOM is an attestation: `amap verify-attestation --type cyclonedx IMAGE`.",
    });
  }
  const { descriptor, bytes } = read;
  const document = decodeOrThrow(bytes, `${image.name}: ${tag}`);
  const name = `${image.attachments.location}@${descriptor.digest}`;
  return { ...image, name, storage: image.attachments, descriptor, document, platforms: [descriptor] };
}
