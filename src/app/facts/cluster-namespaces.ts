import { isValueObject, type ValueObject } from "../../base/index.ts";
import type { Cluster, ClusterKind } from "../../ports/index.ts";

const NAMESPACE: ClusterKind = {
  group: "",
  version: "v1",
  resource: "namespaces",
  kind: "Namespace",
  namespaced: false,
};

/** Namespaces that are remembered; a cluster rarely has more. */
const MAX_KEPT = 2_000;

/** The Namespaces of a cluster, each asked for once. */
export class ClusterNamespaces {
  readonly #cluster: Cluster;
  readonly #kept = new Map<string, Promise<ValueObject | undefined>>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
  }

  /** The Namespace, or undefined when there is none. @throws {AmapError} CLUSTER_…; the next call asks again */
  async get(name: string): Promise<ValueObject | undefined> {
    const known = this.#kept.get(name);
    if (known !== undefined) return known;
    if (this.#kept.size >= MAX_KEPT) this.#kept.clear();
    const asked = this.#cluster.get(NAMESPACE, { name }).then((object) => (isValueObject(object) ? object : undefined));
    this.#kept.set(name, asked);
    try {
      return await asked;
    } catch (error) {
      this.#kept.delete(name);
      throw error;
    }
  }
}
