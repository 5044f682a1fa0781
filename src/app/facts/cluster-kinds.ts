import { AmapError, matchesWildcard } from "../../base/index.ts";
import type { Cluster, ClusterKind } from "../../ports/index.ts";

/** Which kinds: each part may hold `*` and `?`. An apiVersion splits into group and version. */
interface KindPattern {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** The kinds that a cluster serves, asked for once. */
export class ClusterKinds {
  readonly #cluster: Cluster;
  #kinds: Promise<readonly ClusterKind[]> | undefined;

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** @throws {AmapError} CLUSTER_…; the next call asks again */
  async all(): Promise<readonly ClusterKind[]> {
    this.#kinds ??= this.#cluster.kinds();
    try {
      return await this.#kinds;
    } catch (error) {
      this.#kinds = undefined;
      throw error;
    }
  }

  /** @throws {AmapError} CLUSTER_NOT_FOUND when it is not served */
  async withPlural(apiVersion: string, resource: string): Promise<ClusterKind> {
    return this.#find(apiVersion, resource, (kind) => kind.resource === resource);
  }

  /** @throws {AmapError} CLUSTER_NOT_FOUND when it is not served */
  async named(apiVersion: string, kind: string): Promise<ClusterKind> {
    return this.#find(apiVersion, kind, (each) => each.kind === kind);
  }

  /** The kinds that a pattern selects: of each one the version that the server prefers among those that match. */
  async matching({ group, version, kind }: KindPattern): Promise<readonly ClusterKind[]> {
    const found = new Map<string, ClusterKind>();
    for (const each of await this.all()) {
      const isMatch =
        matchesWildcard(kind, each.kind) &&
        matchesWildcard(version, each.version) &&
        matchesWildcard(group, each.group);
      const key = `${each.group}/${each.resource}`;
      if (isMatch && !found.has(key)) found.set(key, each);
    }
    return [...found.values()];
  }

  async #find(apiVersion: string, what: string, isWanted: (kind: ClusterKind) => boolean): Promise<ClusterKind> {
    const { group, version } = groupVersionOf(apiVersion);
    const found = (await this.all()).find((kind) => kind.group === group && kind.version === version && isWanted(kind));
    if (found !== undefined) return found;
    throw new AmapError("CLUSTER_NOT_FOUND", `the cluster serves no ${what} in ${apiVersion}`);
  }
}

/** `apps/v1` in its parts; `v1` has an empty group. */
export function groupVersionOf(apiVersion: string): { readonly group: string; readonly version: string } {
  const slash = apiVersion.indexOf("/");
  return { group: slash < 0 ? "" : apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) };
}

/** `apps/v1`, `v1`. */
export function apiVersionOf({ group, version }: ClusterKind): string {
  return group === "" ? version : `${group}/${version}`;
}
