import { findKubernetesKind, kubernetesKinds, type ResourceSchema } from "../../policy/index.ts";

/** How a kind is served. */
export interface ServedKind {
  /** The plural name in paths. */
  readonly resource: string;
  readonly namespaced: boolean;
}

/** The kinds that are known: Kubernetes' own, and those of CustomResourceDefinitions. */
export interface KnownKinds {
  find(apiVersion: string, kind: string): ServedKind | undefined;
  /** Whether a plural name is served in an apiVersion. */
  serves(apiVersion: string, resource: string): boolean;
  /** The schema of a kind that is not Kubernetes' own; undefined where none is known. */
  readonly schemaOf: (apiVersion: string, kind: string) => ResourceSchema | undefined;
}

/** Kubernetes' own kinds. */
export const BUILT_IN_KINDS: KnownKinds = {
  find(apiVersion, kind) {
    const found = findKubernetesKind(apiVersion, kind);
    return found && { resource: found.plural, namespaced: found.namespaced };
  },
  serves: (apiVersion, resource) =>
    kubernetesKinds().some(
      ({ group, version, plural }) =>
        plural === resource && (group === "" ? version : `${group}/${version}`) === apiVersion,
    ),
  schemaOf: () => undefined,
};
