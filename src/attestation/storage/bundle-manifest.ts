import { type Descriptor, MEDIA_TYPES } from "../../artifact/index.ts";
import { AmapError, type Digest, encodeUtf8, parseTime } from "../../base/index.ts";
import { BUNDLE_MEDIA_TYPE } from "../bundle.ts";
import { encodeCosignManifest } from "./manifest-json.ts";
import { ATTACHMENT_ANNOTATIONS } from "./media-types.ts";

/** The config blob of every bundle manifest: an empty object, to be stored once per repository. */
export const EMPTY_CONFIG: { readonly bytes: Uint8Array; readonly digest: Digest; readonly size: number } = {
  bytes: encodeUtf8("{}"),
  digest: "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
  size: 2,
};

/**
 * The manifest of a bundle that refers to an image (OCI 1.1 referrer), byte for byte as cosign 3.1.3 writes it.
 * `createdAt` is RFC 3339; store {@link EMPTY_CONFIG} and the bundle's blob first.
 *
 * @throws {AmapError} VALUE_INVALID when `createdAt` is not RFC 3339
 * @see OCI image-spec v1.1, manifest.md, "subject"
 * @example
 * ```ts
 * import { encodeBundleManifest } from "../index.ts";
 * const digest = `sha256:${"ab".repeat(32)}` as const;
 * const subject = { mediaType: "application/vnd.oci.image.index.v1+json", digest, size: 517 };
 * const createdAt = "2026-11-22T12:57:35Z";
 * encodeBundleManifest({ subject, bundle: { digest, size: 659 }, predicateType: "https://openvex.dev/ns", createdAt });
 * ```
 */
export function encodeBundleManifest(input: {
  readonly subject: Descriptor;
  readonly bundle: { readonly digest: Digest; readonly size: number };
  readonly predicateType: string;
  readonly createdAt: string;
}): Uint8Array {
  const { subject, bundle } = input;
  if (parseTime(input.createdAt) === undefined) {
    throw new AmapError(
      "VALUE_INVALID",
      `createdAt: expected an RFC 3339 time, found "${input.createdAt.slice(0, 40)}"`,
    );
  }
  return encodeCosignManifest({
    kind: "manifest",
    mediaType: MEDIA_TYPES.manifest,
    config: {
      mediaType: MEDIA_TYPES.emptyConfig,
      size: EMPTY_CONFIG.size,
      digest: EMPTY_CONFIG.digest,
      artifactType: BUNDLE_MEDIA_TYPE,
    },
    layers: [{ mediaType: BUNDLE_MEDIA_TYPE, size: bundle.size, digest: bundle.digest }],
    annotations: {
      [ATTACHMENT_ANNOTATIONS.bundleContent]: "dsse-envelope",
      [ATTACHMENT_ANNOTATIONS.bundlePredicateType]: input.predicateType,
      [ATTACHMENT_ANNOTATIONS.created]: input.createdAt,
    },
    subject: { mediaType: subject.mediaType, size: subject.size, digest: subject.digest },
    artifactType: BUNDLE_MEDIA_TYPE,
  });
}
