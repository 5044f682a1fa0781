import { AmapError, type Digest, digestAlgorithm, digestHex } from "../../base/index.ts";

/** The three kinds that cosign stores under a tag beside the image. */
export type AttachmentKind = "sig" | "att" | "sbom";

/** A tag has at most this many characters (OCI distribution-spec v1.1, "Pulling manifests"). */
const MAX_TAG_LENGTH = 128;
/** The referrers tag keeps this much of algorithm and hex (OCI distribution-spec v1.1, "Referrers Tag Schema"). */
const ALGORITHM_LENGTH = 32;
const ENCODED_LENGTH = 64;

/**
 * The tag under which cosign stores signatures, attestations or an SBOM of a manifest: `sha256-<hex>.sig`.
 *
 * @throws {AmapError} NOT_SUPPORTED for a sha512 digest, whose tag would be longer than a registry accepts
 * @example
 * ```ts
 * import { attachmentTag } from "../index.ts";
 * attachmentTag(`sha256:${"ab".repeat(32)}`, "sig").slice(-5); // "b.sig"
 * ```
 */
export function attachmentTag(digest: Digest, kind: AttachmentKind): string {
  const tag = `${digestAlgorithm(digest)}-${digestHex(digest)}.${kind}`;
  if (tag.length <= MAX_TAG_LENGTH) return tag;
  throw new AmapError("NOT_SUPPORTED", `the tag ${tag.slice(0, 20)}….${kind} is longer than a registry accepts`, {
    hint: "Store attachments of an image with a sha512 digest as referrers.",
  });
}

/**
 * The tag that holds the index of referrers where a registry has no referrers API: `sha256-<hex>`, cut as the
 * specification says.
 *
 * @see OCI distribution-spec v1.1, "Referrers Tag Schema"
 * @example
 * ```ts
 * import { referrersTag } from "../index.ts";
 * referrersTag(`sha256:${"ab".repeat(32)}`).slice(0, 9); // "sha256-ab"
 * ```
 */
export function referrersTag(digest: Digest): string {
  const algorithm = digestAlgorithm(digest).slice(0, ALGORITHM_LENGTH);
  return `${algorithm}-${digestHex(digest).slice(0, ENCODED_LENGTH)}`;
}
