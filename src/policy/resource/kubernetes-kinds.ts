import { KIND_LINES } from "./kubernetes-types.ts";

/** A part of a resource with an address of its own; `exec` of Pods takes a PodExecOptions, `status` a Pod. */
export interface KubernetesSubresource {
  readonly name: string;
  /** `v1`, `apps/v1`. */
  readonly apiVersion: string;
  readonly kind: string;
}

/** A kind that a Kubernetes API server serves out of the box. */
export interface KubernetesKind {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  readonly subresources: readonly KubernetesSubresource[];
  /** The name of its type, for `findKubernetesType`; `-` when the server describes none. */
  readonly definition: string;
}

interface Tables {
  readonly kinds: readonly KubernetesKind[];
  readonly byName: ReadonlyMap<string, KubernetesKind>;
}

let tables: Tables | undefined;

/**
 * Every kind that an API server of {@link KUBERNETES_VERSION} serves with all its API groups, in the order of groups.
 *
 * @example
 * ```ts
 * import { kubernetesKinds } from "./kubernetes-kinds.ts";
 * kubernetesKinds().some((kind) => kind.plural === "networkpolicies"); // true
 * ```
 */
export function kubernetesKinds(): readonly KubernetesKind[] {
  return readTables().kinds;
}

/**
 * The built-in kind of an apiVersion (`apps/v1`) and kind, or undefined.
 *
 * @example
 * ```ts
 * import { findKubernetesKind } from "./kubernetes-kinds.ts";
 * findKubernetesKind("apps/v1", "Deployment")?.plural; // "deployments"
 * ```
 */
export function findKubernetesKind(apiVersion: string, kind: string): KubernetesKind | undefined {
  return readTables().byName.get(`${apiVersion} ${kind}`);
}

function readTables(): Tables {
  if (tables !== undefined) return tables;
  const kinds: KubernetesKind[] = [];
  let apiVersion = "";
  for (const line of KIND_LINES.trim().split("\n")) {
    if (line.startsWith(" ")) kinds.push(readKind(line.trim(), apiVersion));
    else apiVersion = line;
  }
  const byName = new Map(kinds.map((kind) => [`${apiVersionOf(kind)} ${kind.kind}`, kind]));
  tables = { kinds, byName };
  return tables;
}

function readKind(line: string, apiVersion: string): KubernetesKind {
  const [kind = "", plural = "", scope, definition = "", ...subresources] = line.split(" ");
  const slash = apiVersion.indexOf("/");
  return Object.freeze({
    group: slash < 0 ? "" : apiVersion.slice(0, slash),
    version: apiVersion.slice(slash + 1),
    kind,
    plural,
    namespaced: scope === "Namespaced",
    subresources: subresources.map((text) => readSubresource(text, apiVersion, kind)),
    definition,
  });
}

function readSubresource(text: string, apiVersion: string, kind: string): KubernetesSubresource {
  const colon = text.indexOf(":");
  if (colon < 0) return { name: text, apiVersion, kind };
  const own = text.slice(colon + 1);
  const slash = own.lastIndexOf("/");
  return { name: text.slice(0, colon), apiVersion: own.slice(0, slash), kind: own.slice(slash + 1) };
}

function apiVersionOf(kind: KubernetesKind): string {
  return kind.group === "" ? kind.version : `${kind.group}/${kind.version}`;
}
