/** Media types of what stands beside an image, as cosign 3.1.3 writes them. */
export const ATTACHMENT_MEDIA_TYPES = {
  /** A layer of a `.sig` tag. */
  simpleSigning: "application/vnd.dev.cosign.simplesigning.v1+json",
  /** A layer of an `.att` tag. */
  envelope: "application/vnd.dsse.envelope.v1+json",
} as const;

/** Media types of `.sbom` layers: an unsigned document beside the image. */
export const SBOM_MEDIA_TYPES: readonly string[] = [
  "application/vnd.cyclonedx+json",
  "application/vnd.cyclonedx+xml",
  "text/spdx",
  "text/spdx+json",
  "application/vnd.syft+json",
];

/** Annotations on layers and manifests, as cosign 3.1.3 writes them. */
export const ATTACHMENT_ANNOTATIONS = {
  /** base64 signature; on an `.att` layer present and empty. */
  signature: "dev.cosignproject.cosign/signature",
  /** PEM of the signing certificate (keyless). */
  certificate: "dev.sigstore.cosign/certificate",
  /** PEM of what leads from it to the root, often with the root. */
  chain: "dev.sigstore.cosign/chain",
  /** A response of a timestamp authority, as JSON. */
  timestamp: "dev.sigstore.cosign/rfc3161timestamp",
  /** A transparency log entry with its promise, as JSON. */
  transparencyLog: "dev.sigstore.cosign/bundle",
  /** What an `.att` layer holds. Not signed. */
  predicateType: "predicateType",
  bundleContent: "dev.sigstore.bundle.content",
  /** What a bundle holds. Not signed. */
  bundlePredicateType: "dev.sigstore.bundle.predicateType",
  created: "org.opencontainers.image.created",
} as const;

/** An annotation by name, or undefined: never an inherited member. */
export function annotationOf(annotations: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(annotations, name) ? annotations[name] : undefined;
}
