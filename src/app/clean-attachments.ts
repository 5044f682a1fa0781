import { attachmentTag } from "../attestation/index.ts";
import { AmapError, type Digest } from "../base/index.ts";
import { type AttachmentManifest, listAttachments } from "./attachments.ts";
import type { OpenImage } from "./open-image.ts";

/** What `triangulate` is asked for. */
export type TriangulatedType = "signature" | "attestation" | "sbom" | "digest";

/** Where cosign's tags of an image are: `REGISTRY/REPOSITORY:sha256-….sig`; or its own name by digest. */
export function triangulate({ storage, attachments, descriptor }: OpenImage, type: TriangulatedType): string {
  if (type === "digest") return `${storage.repository}@${descriptor.digest}`;
  return `${attachments.repository}:${attachmentTag(descriptor.digest, TAG_KINDS[type])}`;
}

/** What `clean` removes, as cosign names it. `referrer`: bundles and other attachments that name the image as subject. */
export type CleanType = "signature" | "attestation" | "sbom" | "referrer" | "all";

/** Something that was removed. */
export interface Removed {
  /** The tag, or the digest of a referrer. */
  readonly name: string;
  readonly digest: Digest;
}

/** What `clean` did, and what it left although the user may mean it. */
export interface Cleaned {
  readonly removed: readonly Removed[];
  /** Referrers that hold signatures or attestations and are not of the type that was asked for. */
  readonly leftReferrers: number;
}

const TAG_KINDS = { signature: "sig", attestation: "att", sbom: "sbom" } as const;

/**
 * Removes what stands beside an image's digest: attachment tags with all their layers, and referrers that hold signatures,
 * attestations or SBOMs. Referrers of other tools stay.
 * @throws {AmapError} NOT_SUPPORTED where the registry deletes nothing; as listAttachments
 */
export async function cleanAttachments(image: OpenImage, type: CleanType): Promise<Cleaned> {
  const manifests = await listAttachments(image, image.descriptor.digest, ["sig", "att", "sbom"]);
  const held = manifests.filter(({ attachments }) => attachments.length > 0);
  const wanted = manifests.filter((each) => isWanted(each, type, image));
  for (const { digest, tag } of wanted) {
    const isGone = await image.attachments.deleteManifest(digest);
    if (!isGone) throw new AmapError("STORAGE_CONFLICT", `${tag ?? digest} was changed while it was to be removed`);
  }
  const left = held.filter((each) => each.form === "referrer" && !wanted.includes(each));
  return {
    removed: wanted.map(({ tag, digest }) => ({ name: tag ?? digest, digest })),
    leftReferrers: left.length,
  };
}

function isWanted({ form, tag, attachments }: AttachmentManifest, type: CleanType, image: OpenImage): boolean {
  if (form === "referrer") return (type === "referrer" || type === "all") && attachments.length > 0;
  if (type === "all") return true;
  return type !== "referrer" && tag === attachmentTag(image.descriptor.digest, TAG_KINDS[type]);
}
