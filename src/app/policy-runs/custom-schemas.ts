import { AmapError, isAmapError, memberOf, textOf, type Value } from "../../base/index.ts";
import { type ResourceSchema, readCustomKinds } from "../../policy/index.ts";
import type { Cluster } from "../../ports/index.ts";
import { apiVersionOf, type ClusterKinds } from "../facts/cluster-kinds.ts";

/**
 * Schemas of custom kinds, as their definitions give them. A definition is read when one of its kinds is first asked for:
 * most runs ask for few of those that a folder or a cluster has.
 */
export class CustomSchemas {
  readonly #definitions = new Map<string, { readonly document: Value; readonly source: string }>();
  readonly #schemas = new Map<string, ResourceSchema>();

  /** Takes a CustomResourceDefinition; those of versions before v1 say nothing that a merge goes by. */
  add(document: Value, source: string): void {
    const spec = memberOf(document, "spec");
    if (textOf(document, "apiVersion") !== "apiextensions.k8s.io/v1") return;
    this.#definitions.set(`${textOf(spec, "group")} ${textOf(memberOf(spec, "names"), "kind")}`, { document, source });
  }

  /**
   * The schema of a kind; undefined when no definition makes it.
   * @throws {AmapError} VALUE_INVALID, LIMIT_EXCEEDED with the name of the definition's source
   */
  readonly find = (apiVersion: string, kind: string): ResourceSchema | undefined => {
    const key = `${apiVersion} ${kind}`;
    const known = this.#schemas.get(key);
    if (known !== undefined) return known;
    const definition = this.#definitions.get(`${apiVersion.slice(0, Math.max(0, apiVersion.indexOf("/")))} ${kind}`);
    if (definition === undefined) return undefined;
    try {
      for (const each of readCustomKinds(definition.document)) {
        this.#schemas.set(`${each.group}/${each.version} ${each.kind}`, each.schema);
      }
    } catch (error) {
      if (!isAmapError(error)) throw error;
      throw new AmapError(error.code, `${definition.source}: ${error.message}`, { cause: error });
    }
    return this.#schemas.get(key);
  };
}

/**
 * The schemas of a cluster's custom kinds.
 * @throws {AmapError} CLUSTER_… when the definitions cannot be listed
 */
export async function readClusterSchemas(cluster: Cluster, kinds: ClusterKinds): Promise<CustomSchemas> {
  const schemas = new CustomSchemas();
  const served = (await kinds.all()).find(
    (kind) => kind.kind === "CustomResourceDefinition" && apiVersionOf(kind) === "apiextensions.k8s.io/v1",
  );
  if (served === undefined) return schemas;
  for await (const document of cluster.list(served)) {
    schemas.add(document, `CustomResourceDefinition ${textOf(memberOf(document, "metadata"), "name")}`);
  }
  return schemas;
}
