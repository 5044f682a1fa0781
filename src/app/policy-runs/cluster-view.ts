import { isAmapError, memberOf, textOf, type ValueObject } from "../../base/index.ts";
import type { Cluster, ClusterKind } from "../../ports/index.ts";
import { type ClusterFacts, createClusterFacts } from "../facts/cluster-facts.ts";
import { apiVersionOf, ClusterKinds } from "../facts/cluster-kinds.ts";
import { ClusterNamespaces } from "../facts/cluster-namespaces.ts";
import { createServiceFacts, type ServiceFacts } from "../facts/service-facts.ts";
import type { ClusterPlace, World } from "../world.ts";
import type { GivenValues } from "./given-values.ts";
import type { RunTrouble } from "./policy-run.ts";
import type { Surroundings } from "./surroundings.ts";

/** A cluster as a run over objects sees it. */
export class ClusterView {
  readonly cluster: Cluster;
  readonly kinds: ClusterKinds;
  readonly facts: ClusterFacts;
  /** Services that policies call: they are in the cluster, most often. */
  readonly services: ServiceFacts;
  readonly #namespaces: ClusterNamespaces;
  readonly #byName: ReadonlyMap<string, ClusterKind>;

  private constructor(world: World, cluster: Cluster, kinds: ClusterKinds, served: readonly ClusterKind[]) {
    this.services = createServiceFacts(world);
    this.cluster = cluster;
    this.kinds = kinds;
    this.facts = createClusterFacts(cluster, kinds);
    this.#namespaces = new ClusterNamespaces(cluster);
    this.#byName = new Map(served.map((kind) => [`${apiVersionOf(kind)} ${kind.kind}`, kind]));
  }

  /** @throws {AmapError} KUBECONFIG_INVALID, CLUSTER_… when it does not answer */
  static async open(world: World, place: ClusterPlace): Promise<ClusterView> {
    const cluster = await world.openCluster(place);
    try {
      const kinds = new ClusterKinds(cluster);
      return new ClusterView(world, cluster, kinds, await kinds.all());
    } catch (error) {
      await cluster.close();
      throw error;
    }
  }

  /** What the cluster knows around an object: its Namespace, unless values describe it, and its plural name. */
  async around(object: ValueObject, values: GivenValues): Promise<Surroundings | RunTrouble> {
    const kind = this.#byName.get(`${textOf(object, "apiVersion")} ${textOf(object, "kind")}`);
    const resource = kind === undefined ? {} : { resource: kind.resource };
    const namespace = kind?.namespaced === false ? "" : textOf(memberOf(object, "metadata"), "namespace");
    if (namespace === "" || values.namespace(namespace) !== undefined) return resource;
    try {
      const namespaceObject = await this.#namespaces.get(namespace);
      if (namespaceObject !== undefined) return { ...resource, namespaceObject };
      const message = `its namespace ${namespace} is not in the cluster: describe it in a values file, or create it`;
      return { code: "VALUE_INVALID", message };
    } catch (error) {
      if (!isAmapError(error)) throw error;
      return { code: error.code, message: `its namespace cannot be read: ${error.message}` };
    }
  }

  async close(): Promise<void> {
    await this.services.close();
    await this.cluster.close();
  }
}
