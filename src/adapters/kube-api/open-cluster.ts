import { AmapError, isAmapError, LIMITS, memberOf, type Value } from "../../base/index.ts";
import type { Cluster, ClusterKind, ClusterName, ClusterPatch } from "../../ports/index.ts";
import type { ClusterProxy } from "./agent.ts";
import { type ApiClient, type ApiRequest, createApiClient } from "./api-client.ts";
import { type CredentialSource, openCredentials } from "./credentials.ts";
import { discoverKinds } from "./discovery.ts";
import { followKind } from "./follow.ts";
import type { ConfigPlace } from "./kubeconfig.ts";
import { describeKind, type ListLimits, listPages } from "./list.ts";
import { collectionPath, objectPath, rawPath } from "./paths.ts";
import { refusalOf } from "./status-error.ts";
import { DEFAULT_TIMING, type Timing } from "./timing.ts";

/** Which cluster, and how patiently. */
export interface OpenClusterOptions extends ConfigPlace {
  /** Times that differ from the usual ones. */
  readonly timing?: Partial<Timing>;
  /** Pages of a list; LIMITS.clusterPages of LIMITS.clusterPageItems when left out. */
  readonly list?: Partial<ListLimits>;
  /** The proxy for the server, with the one that its configuration states for it; none when left out. */
  readonly chooseProxy?: (server: URL, stated: string | undefined) => ClusterProxy | undefined;
}

/**
 * The cluster that a kubeconfig or the Pod's service account names: `kubeconfig`, else KUBECONFIG of `env`, else the service
 * account, else `~/.kube/config`. Reads the configuration; the first request connects. Close it when the work is done.
 *
 * @throws {AmapError} KUBECONFIG_INVALID, FILE_NOT_FOUND, USAGE (a proxy's address), NOT_SUPPORTED (impersonated groups;
 * a proxy, without `chooseProxy`)
 * @see https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/
 * @example
 * ```ts
 * import { openCluster } from "./index.ts";
 * const error = await openCluster({ env: { KUBECONFIG: "/nonexistent/config" } }).catch((error) => error);
 * error.code; // "KUBECONFIG_INVALID"
 * ```
 */
export async function openCluster(options: OpenClusterOptions): Promise<Cluster> {
  const timing = { ...DEFAULT_TIMING, ...options.timing };
  const limits = { pageItems: LIMITS.clusterPageItems, pages: LIMITS.clusterPages, ...options.list };
  const credentials = await openCredentials(options);
  const api = createApiClient(credentials, timing, proxyOf(credentials, options));
  const closed = new AbortController();
  return {
    address: credentials.server,
    ...objectCalls(api),
    async version() {
      const answer = await api.send({
        method: "GET",
        path: "/version",
        maxBytes: LIMITS.clusterObjectBytes,
        what: "get version",
      });
      const version = memberOf(answer, "gitVersion");
      if (typeof version === "string") return version;
      throw new AmapError("CLUSTER_UNAVAILABLE", "get version: the server is not a Kubernetes API server");
    },
    kinds: () => discoverKinds(api),
    async *list(kind, selection = {}) {
      for await (const page of listPages(api, kind, selection, { limits, onExpired: "continue" })) yield* page.items;
    },
    follow(kind, selection, signal) {
      return followKind({ api, kind, selection, limits, timing, signal: AbortSignal.any([signal, closed.signal]) });
    },
    async close() {
      closed.abort();
      await api.close();
    },
  };
}

function proxyOf(
  { server, proxyUrl }: CredentialSource,
  { chooseProxy }: OpenClusterOptions,
): ClusterProxy | undefined {
  if (chooseProxy !== undefined) return chooseProxy(new URL(server), proxyUrl);
  if (proxyUrl === undefined) return undefined;
  throw new AmapError("NOT_SUPPORTED", "the kubeconfig uses proxy-url, and this connection is made without proxies");
}

function objectCalls(api: ApiClient): Pick<Cluster, "get" | "ask" | "create" | "update" | "patch" | "delete"> {
  const send = (request: Omit<ApiRequest, "maxBytes">): Promise<Value> =>
    api.send({ ...request, maxBytes: LIMITS.clusterObjectBytes });
  return {
    async get(kind, name) {
      try {
        return await send({ method: "GET", path: objectPath(kind, name), what: describeObject("get", kind, name) });
      } catch (error) {
        if (isAbsent(error, name.name)) return undefined;
        throw error;
      }
    },
    async ask(text, body) {
      const path = rawPath(text);
      const [shown = ""] = path.split("?", 1);
      const maxBytes = LIMITS.clusterPageBytes;
      if (body === undefined) return api.send({ method: "GET", path, maxBytes, what: `get ${shown}` });
      return api.send({ method: "POST", path, body, maxBytes, what: `post ${shown}` });
    },
    async create(kind, object, options = {}) {
      const name = nameOf(object);
      return send({
        method: "POST",
        path: collectionPath(kind, requiredNamespace(kind, name)),
        query: { dryRun: options.dryRun === true ? "All" : undefined },
        body: object,
        what: describeObject("create", kind, name),
      });
    },
    async update(kind, object, options = {}) {
      const name = nameOf(object);
      return send({
        method: "PUT",
        path: objectPath(kind, name, options.subresource),
        body: object,
        what: describeObject("update", kind, name),
      });
    },
    async patch(kind, name, patch, options = {}) {
      return send({
        method: "PATCH",
        path: objectPath(kind, name, options.subresource),
        ...patchRequest(patch),
        body: patch.patch,
        what: describeObject("patch", kind, name),
      });
    },
    async delete(kind, name, options = {}) {
      const { uid } = options;
      try {
        await send({
          method: "DELETE",
          path: objectPath(kind, name),
          body: {
            apiVersion: "v1",
            kind: "DeleteOptions",
            propagationPolicy: "Background",
            ...(uid === undefined ? {} : { preconditions: { uid } }),
          },
          what: describeObject("delete", kind, name),
        });
        return true;
      } catch (error) {
        if (isAbsent(error, name.name)) return false;
        // The precondition failed: what has this name now is another object.
        if (uid !== undefined && isAmapError(error, "CLUSTER_CONFLICT")) return false;
        throw error;
      }
    },
  };
}

/** The server says that this object is not there; a kind or a namespace that is not there is another matter. */
function isAbsent(error: unknown, name: string): boolean {
  const refusal = refusalOf(error);
  return isAmapError(error, "CLUSTER_NOT_FOUND") && refusal?.reason === "NotFound" && refusal.object === name;
}

function patchRequest(patch: ClusterPatch): Pick<ApiRequest, "contentType" | "query"> {
  if (patch.type === "merge") return { contentType: "application/merge-patch+json" };
  if (patch.type === "json") return { contentType: "application/json-patch+json" };
  // JSON is YAML.
  return {
    contentType: "application/apply-patch+yaml",
    query: { fieldManager: patch.fieldManager, force: patch.force === true ? "true" : undefined },
  };
}

/** An object without a name is one whose name the server makes (generateName). */
function nameOf(object: Value): ClusterName {
  const metadata = memberOf(object, "metadata");
  const [namespace, name] = [memberOf(metadata, "namespace"), memberOf(metadata, "name")];
  return { ...(typeof namespace === "string" ? { namespace } : {}), name: typeof name === "string" ? name : "" };
}

function requiredNamespace(kind: ClusterKind, { namespace }: ClusterName): string | undefined {
  if (!kind.namespaced || namespace !== undefined) return namespace;
  throw new AmapError("VALUE_INVALID", `expected metadata.namespace in the ${kind.kind}, found none`);
}

function describeObject(verb: string, kind: ClusterKind, { namespace, name }: ClusterName): string {
  const place = namespace === undefined ? {} : { namespace };
  return `${describeKind(verb, kind)} ${JSON.stringify(name)}${place.namespace === undefined ? "" : ` in ${place.namespace}`}`;
}
