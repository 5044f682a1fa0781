import { ATTACHMENT_ANNOTATIONS } from "../attestation/index.ts";
import type { Digest } from "../base/index.ts";
import { listAttachments } from "./attachments.ts";
import type { OpenImage } from "./open-image.ts";

/** One line of `tree`: something attached to a digest. Nothing of it is verified. */
export interface TreeNode {
  readonly subject: Digest;
  /** `sha256-….sig`, or the manifest's digest. */
  readonly name: string;
  readonly form: "tag" | "referrer";
  readonly kind: string;
  readonly predicateType?: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}

/**
 * Lists everything attached to an image and to each of its platforms, in every storage form.
 * @throws {AmapError} as listAttachments
 */
export async function readTree(image: OpenImage): Promise<readonly TreeNode[]> {
  const digests = [...new Set([image.descriptor.digest, ...image.platforms.map(({ digest }) => digest)])];
  const nodes: TreeNode[] = [];
  for (const subject of digests) {
    for (const manifest of await listAttachments(image, subject, ["sig", "att", "sbom"])) {
      for (const { kind, descriptor } of manifest.attachments) {
        const predicateType =
          descriptor.annotations?.[ATTACHMENT_ANNOTATIONS.predicateType] ??
          manifest.annotations[ATTACHMENT_ANNOTATIONS.bundlePredicateType];
        nodes.push({
          subject,
          name: manifest.tag ?? manifest.digest,
          form: manifest.form,
          kind,
          ...(predicateType === undefined ? {} : { predicateType }),
          digest: descriptor.digest,
          size: descriptor.size,
        });
      }
    }
  }
  return nodes;
}
