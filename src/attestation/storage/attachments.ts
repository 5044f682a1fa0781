import type { Descriptor, Manifest } from "../../artifact/index.ts";
import { AmapError, type Digest, LIMITS } from "../../base/index.ts";
import type { Candidate, FoundAt } from "../evidence.ts";
import { ATTACHMENT_MEDIA_TYPES, SBOM_MEDIA_TYPES } from "./media-types.ts";

/** One layer beside an image, by what its media type says it is. Nothing in it is trusted yet. */
export interface Attachment {
  /** `sbom`: an unsigned document, never a candidate. */
  readonly kind: Candidate["kind"] | "sbom";
  /** Of the layer; read it with LIMITS.attachmentBytes. */
  readonly descriptor: Descriptor;
}

const BUNDLE_PREFIX = "application/vnd.dev.sigstore.bundle";

/**
 * The attachments in a manifest that was found under an attachment tag or as a referrer: signatures, envelopes, bundles
 * and SBOMs, in stored order. The layers' media types decide: artifact types in listings are unreliable, and cosign
 * writes legacy payloads as referrers too. Empty for a manifest of something else, such as another tool's signature.
 *
 * @throws {AmapError} LIMIT_EXCEEDED over LIMITS.attachments layers: more is refused, not cut
 * @example
 * ```ts
 * import { attachmentsOf } from "../index.ts";
 * const digest = `sha256:${"ab".repeat(32)}` as const;
 * const layer = { mediaType: "application/vnd.dsse.envelope.v1+json", digest, size: 593 };
 * const mediaType = "application/vnd.oci.image.manifest.v1+json";
 * attachmentsOf({ kind: "manifest", mediaType, config: layer, layers: [layer] })[0]?.kind; // "envelope"
 * ```
 */
export function attachmentsOf(manifest: Manifest): readonly Attachment[] {
  if (manifest.layers.length > LIMITS.attachments) {
    throw new AmapError(
      "LIMIT_EXCEEDED",
      `a manifest holds ${manifest.layers.length} attachments; ${LIMITS.attachments} is the limit`,
    );
  }
  return manifest.layers.flatMap((descriptor) => {
    const kind = kindOf(descriptor.mediaType);
    return kind === undefined ? [] : [{ kind, descriptor }];
  });
}

/**
 * The candidate that an attachment's bytes make, or undefined for an SBOM, which is not signed.
 *
 * @example
 * ```ts
 * import { readCandidate } from "../index.ts";
 * const digest = `sha256:${"ab".repeat(32)}` as const;
 * const descriptor = { mediaType: "application/vnd.dsse.envelope.v1+json", digest, size: 2 };
 * const found = { form: "tag", manifest: digest } as const;
 * readCandidate({ kind: "envelope", descriptor }, new Uint8Array(2), found)?.kind; // "envelope"
 * ```
 */
export function readCandidate(
  attachment: Attachment,
  bytes: Uint8Array,
  found: { readonly form: FoundAt["form"]; readonly manifest: Digest },
): Candidate | undefined {
  const foundAt = { form: found.form, manifest: found.manifest, blob: attachment.descriptor.digest };
  const annotations = attachment.descriptor.annotations ?? {};
  if (attachment.kind === "simple-signing") return { kind: "simple-signing", foundAt, payload: bytes, annotations };
  if (attachment.kind === "envelope") return { kind: "envelope", foundAt, bytes, annotations };
  return attachment.kind === "bundle" ? { kind: "bundle", foundAt, bytes } : undefined;
}

function kindOf(mediaType: string): Attachment["kind"] | undefined {
  if (mediaType === ATTACHMENT_MEDIA_TYPES.simpleSigning) return "simple-signing";
  if (mediaType === ATTACHMENT_MEDIA_TYPES.envelope) return "envelope";
  if (mediaType.startsWith(BUNDLE_PREFIX)) return "bundle";
  return SBOM_MEDIA_TYPES.includes(mediaType) ? "sbom" : undefined;
}
