import type { Decoded } from "../../../base/index.ts";
import { anything, list, objectInAnyCase, optional, required, type TypeOf, textOfScalar } from "../schema.ts";
import { CLI_HEADER, type CliFile, decodeCliFile } from "./cli-file.ts";

const text = textOfScalar();

const IMAGE_ATTESTOR = objectInAnyCase({
  name: required(text, "An attestor of the policy: it has signed the image."),
  attestations: optional(
    list(
      objectInAnyCase({
        type: required(text, "The predicate type, or the type of the artifact, as the policy states it."),
        payload: optional(anything(), "What extractPayload gives."),
      }),
    ),
    "What else it has signed of the image.",
  ),
});

const IMAGE_DATA = objectInAnyCase({
  image: optional(text, "The image as policies name it."),
  resolvedImage: optional(text, "The image with its digest."),
  registry: optional(text, "The registry."),
  repository: optional(text, "The repository."),
  tag: optional(text, "The tag."),
  digest: optional(text, "The digest."),
  imageIndex: optional(anything(), "The image index."),
  manifest: optional(anything(), "The manifest."),
  config: optional(anything(), "The configuration."),
  attestors: optional(
    list(IMAGE_ATTESTOR),
    "Who vouches for the image, of those that a policy names; amap's own field.",
  ),
});

/** Kyverno's Context, every field of it. */
export const CONTEXT_FILE = objectInAnyCase({
  ...CLI_HEADER,
  spec: optional(
    objectInAnyCase({
      resources: optional(list(anything()), "Objects that the cluster has."),
      images: optional(list(IMAGE_DATA), "What registries say of images."),
    }),
    "What policies find outside.",
  ),
});

/** Kyverno's ClusterResource, every field of it. */
export const CLUSTER_RESOURCE_FILE = objectInAnyCase({
  ...CLI_HEADER,
  spec: optional(
    objectInAnyCase({
      crds: optional(list(text), "Files with CustomResourceDefinitions."),
      resources: optional(list(anything()), "Objects that the cluster has."),
    }),
    "What the cluster has.",
  ),
});

export type ContextFile = TypeOf<typeof CONTEXT_FILE>;
export type ClusterResourceFile = TypeOf<typeof CLUSTER_RESOURCE_FILE>;

/**
 * The context file that `amap apply --context-file` and a test's `context` name: objects and images that policies find
 * outside. Field names count in any case. A field that does not exist is POLICY_INVALID; text that is not YAML is
 * YAML_INVALID.
 *
 * @example
 * ```ts
 * import { decodeContextFile } from "../../index.ts";
 * const decoded = decodeContextFile("spec: {images: [{image: nginx, digest: sha256:0}]}\n", "context.yaml");
 * decoded.ok ? decoded.value.file.spec.images.length : 0; // 1
 * ```
 */
export function decodeContextFile(input: Uint8Array | string, source: string): Decoded<CliFile<ContextFile>> {
  return decodeCliFile<ContextFile>(input, source, CONTEXT_FILE, ["Context"]);
}

/**
 * The cluster resource file that a test's `clusterResources` name: what the API server would know. Field names count in
 * any case. A field that does not exist is POLICY_INVALID; text that is not YAML is YAML_INVALID.
 *
 * @example
 * ```ts
 * import { decodeClusterResourceFile } from "../../index.ts";
 * const decoded = decodeClusterResourceFile("spec: {crds: [crd.yaml]}\n", "cluster.yaml");
 * decoded.ok ? decoded.value.file.spec.crds : []; // ["crd.yaml"]
 * ```
 */
export function decodeClusterResourceFile(
  input: Uint8Array | string,
  source: string,
): Decoded<CliFile<ClusterResourceFile>> {
  return decodeCliFile<ClusterResourceFile>(input, source, CLUSTER_RESOURCE_FILE, ["ClusterResource"]);
}
