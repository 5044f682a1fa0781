/** Which kinds live in namespaces, and their plural names: Kubernetes' own, and those that a test defines. */
import { listOf, memberOf, textOf, type ValueObject } from "../../src/base/index.ts";
import { findKubernetesKind, pluralOf } from "../../src/policy/index.ts";

const CLUSTER_POLICIES: ReadonlySet<string> = new Set(["ClusterPolicy", "ClusterCleanupPolicy", "GlobalContextEntry"]);

interface Known {
  readonly namespaced: boolean;
  readonly plural: string;
}

/** The kinds of one cluster. */
export class KnownKinds {
  readonly #defined = new Map<string, Known>();

  /** Takes what a CustomResourceDefinition says. */
  define(definition: ValueObject): void {
    const spec = memberOf(definition, "spec");
    const names = memberOf(spec, "names");
    for (const version of listOf(spec, "versions")) {
      const apiVersion = `${textOf(spec, "group")}/${textOf(version, "name")}`;
      this.#defined.set(`${apiVersion} ${textOf(names, "kind")}`, {
        namespaced: textOf(spec, "scope") !== "Cluster",
        plural: textOf(names, "plural"),
      });
    }
  }

  /** Whether an object's kind lives in namespaces; one that nobody knows does. */
  isNamespaced(object: ValueObject): boolean {
    return !CLUSTER_POLICIES.has(textOf(object, "kind")) && (this.#find(object)?.namespaced ?? true);
  }

  /** The plural name of an object's kind, or the likeliest one. */
  pluralOf(object: ValueObject): string {
    return this.#find(object)?.plural ?? pluralOf(textOf(object, "kind"));
  }

  #find(object: ValueObject): Known | undefined {
    const [apiVersion, kind] = [textOf(object, "apiVersion"), textOf(object, "kind")];
    return this.#defined.get(`${apiVersion} ${kind}`) ?? findKubernetesKind(apiVersion, kind);
  }
}
