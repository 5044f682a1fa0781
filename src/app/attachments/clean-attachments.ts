import { attachmentTag } from "../../attestation/index.ts";
import { AmapError, type Digest, LIMITS } from "../../base/index.ts";
import { mapBounded } from "../bounded.ts";
import type { OpenImage } from "../open-image.ts";
import { type AttachmentManifest, listAttachments } from "./attachments.ts";

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

/** Tags that are looked up at the same time. */
const WIDTH = 16;

/**
 * Removes what stands beside an image's digest: attachment tags with all their layers, and referrers that hold signatures,
 * attestations or SBOMs. Referrers of other tools stay.
 * @throws {AmapError} NOT_SUPPORTED where the registry deletes nothing; STORAGE_CONFLICT for what another image's tag names,
 * too; as listAttachments
 */
export async function cleanAttachments(image: OpenImage, type: CleanType): Promise<Cleaned> {
  const manifests = await listAttachments(
    image,
    image.descriptor.digest,
    ["sig", "att", "sbom"],
    LIMITS.cleanedReferrers,
  );
  const held = manifests.filter(({ attachments }) => attachments.length > 0);
  const wanted = manifests.filter((each) => isWanted(each, type, image));
  await refuseShared(image, wanted);
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

/**
 * One SBOM, or one statement about two images, that is attached to both is one manifest with two tags: a registry would
 * delete it for both. A signature names its image, so that its manifest is nobody else's.
 */
async function refuseShared(image: OpenImage, wanted: readonly AttachmentManifest[]): Promise<void> {
  const shareable = new Map(
    wanted.flatMap(({ tag, digest }) => (/\.(?:att|sbom)$/.test(tag ?? "") ? [[digest, tag ?? ""] as const] : [])),
  );
  if (shareable.size === 0) return;
  const own = new Set(shareable.values());
  const others = (await image.attachments.listTags()).filter((tag) => OTHER_TAG.test(tag) && !own.has(tag));
  await mapBounded(others, WIDTH, async (tag) => {
    const found = await image.attachments.resolve(tag);
    const removed = found === undefined ? undefined : shareable.get(found.digest);
    if (removed === undefined) return;
    throw new AmapError("STORAGE_CONFLICT", `${removed} is the same manifest as ${tag}, which would be removed, too`, {
      hint: "Delete the tag alone with the registry's own tool, or attach something else to one of the two images first.",
    });
  });
}

const OTHER_TAG = /^sha256-[0-9a-f]{64}\.(?:att|sbom)$/;
