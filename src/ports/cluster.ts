import type { Value } from "../base/index.ts";

/** A kind as the Kubernetes API serves it. */
export interface ClusterKind {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  /** The plural name in paths: `pods`. */
  readonly resource: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** Secrets, the one kind that amap itself reads by name. */
export const SECRETS: ClusterKind = {
  group: "",
  version: "v1",
  resource: "secrets",
  kind: "Secret",
  namespaced: true,
};

/** ServiceAccounts: they name pull secrets for Pods that name none. */
export const SERVICE_ACCOUNTS: ClusterKind = {
  group: "",
  version: "v1",
  resource: "serviceaccounts",
  kind: "ServiceAccount",
  namespaced: true,
};

/** One object of a kind. */
export interface ClusterName {
  /** Absent for kinds without namespaces. */
  readonly namespace?: string;
  readonly name: string;
}

/** Which objects of a kind. All selectors as in the Kubernetes API. */
export interface ClusterSelection {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
}

/**
 * What following a kind tells, in order. An object is `added` once, then `modified` when its resourceVersion has changed,
 * then `deleted`. A successor of the same name but another uid is `deleted` and `added`.
 */
export type ClusterEvent =
  | { readonly type: "added" | "modified"; readonly object: Value }
  /**
   * `object` is the last state when the server told of the deletion. For what vanished while the connection was away it has
   * only apiVersion, kind and metadata with name, namespace, uid and the last resourceVersion seen.
   */
  | { readonly type: "deleted"; readonly object: Value }
  /**
   * Everything that exists has been told: after the first list, after each list that replaced a lost watch, and when the
   * watch is open again after `interrupted`.
   */
  | { readonly type: "synced" }
  /** The connection is away or the list failed: what is known may be old. Following goes on by itself after `retryInMs`. */
  | { readonly type: "interrupted"; readonly code: string; readonly message: string; readonly retryInMs: number };

/** How an object is patched (RFC 7386, RFC 6902, server-side apply). */
export type ClusterPatch =
  | { readonly type: "merge"; readonly patch: Value }
  | { readonly type: "json"; readonly patch: Value }
  | { readonly type: "apply"; readonly patch: Value; readonly fieldManager: string; readonly force?: boolean };

/**
 * A Kubernetes API server. Failures are AmapErrors: CLUSTER_UNAVAILABLE is worth another try, the others are not. Where the
 * server gave a reason, `details` has `status`, `reason` and its own `message`, and the error's message ends with it.
 * Names that cannot stand in a path, or a namespace that is missing, are VALUE_INVALID.
 */
export interface Cluster {
  /** Where the server is, for messages: without credentials. */
  readonly address: string;
  /** The server's `gitVersion`. @throws {AmapError} CLUSTER_UNAVAILABLE, CLUSTER_UNAUTHORIZED */
  version(): Promise<string>;
  /**
   * The kinds that the server serves, by discovery, each group's preferred version first; subresources left out. A group
   * whose own server is away is not among them.
   */
  kinds(): Promise<readonly ClusterKind[]>;
  /** All objects of a kind, page by page. @throws {AmapError} CLUSTER_UNAVAILABLE, CLUSTER_FORBIDDEN, CLUSTER_NOT_FOUND */
  list(kind: ClusterKind, selection?: ClusterSelection): AsyncIterable<Value>;
  /**
   * Lists, then watches, until `signal` is aborted: pages, bookmarks, relists on 410 Gone, waits with back-off and jitter
   * when the connection fails. It ends when `signal` is aborted or the cluster closed, never by itself, and throws only
   * what no retry can mend. Missing rights are told as `interrupted`: they may be granted later.
   * @throws {AmapError} CLUSTER_NOT_FOUND (a kind that is not served), CLUSTER_REFUSED (a selector that is not valid)
   */
  follow(kind: ClusterKind, selection: ClusterSelection, signal: AbortSignal): AsyncIterable<ClusterEvent>;
  /** The object, or undefined when there is none. @throws {AmapError} CLUSTER_NOT_FOUND when the kind is not served */
  get(kind: ClusterKind, name: ClusterName): Promise<Value | undefined>;
  /**
   * What the server answers to a GET of a path with its query, as `kubectl get --raw` takes it: `/version`,
   * `/api/v1/namespaces/shop/pods?limit=5`. With `body` it is a POST: the caller has made sure that it changes nothing.
   * At most LIMITS.clusterPageBytes of JSON.
   * @throws {AmapError} CLUSTER_…, CLUSTER_NOT_FOUND for what is not there; VALUE_INVALID for a path that has no slash at its
   * beginning, a fragment, or a segment that is empty, `.` or `..`
   */
  ask(path: string, body?: Value): Promise<Value>;
  /** @throws {AmapError} CLUSTER_CONFLICT when it exists; CLUSTER_REFUSED with the server's own message when it is invalid or denied */
  create(kind: ClusterKind, object: Value, options?: { readonly dryRun?: boolean }): Promise<Value>;
  /** Replaces an object. @throws {AmapError} CLUSTER_CONFLICT when its resourceVersion is not the newest; CLUSTER_NOT_FOUND */
  update(kind: ClusterKind, object: Value, options?: { readonly subresource?: string }): Promise<Value>;
  /** @throws {AmapError} CLUSTER_NOT_FOUND (never for apply), CLUSTER_CONFLICT, CLUSTER_REFUSED */
  patch(
    kind: ClusterKind,
    name: ClusterName,
    patch: ClusterPatch,
    options?: { readonly subresource?: string },
  ): Promise<Value>;
  /**
   * Whether there was one to delete; with `uid`, one of this uid, which guards a successor of the same name. What hangs on
   * it is deleted in the background. An object with finalizers stays until they are gone.
   */
  delete(kind: ClusterKind, name: ClusterName, options?: { readonly uid?: string }): Promise<boolean>;
  /** Ends what is followed and closes the connections. */
  close(): Promise<void>;
}
