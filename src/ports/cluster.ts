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
 * What following a kind tells. After `synced` everything that existed was told once; `deleted` comes also for what
 * vanished while the connection was away, with the last state seen.
 */
export type ClusterEvent =
  | { readonly type: "added" | "modified" | "deleted"; readonly object: Value }
  | { readonly type: "synced" }
  /** The connection is away or the list failed: what is known may be old. Following goes on by itself after `retryInMs`. */
  | { readonly type: "interrupted"; readonly code: string; readonly message: string; readonly retryInMs: number };

/** How an object is patched (RFC 7386, RFC 6902, server-side apply). */
export type ClusterPatch =
  | { readonly type: "merge"; readonly patch: Value }
  | { readonly type: "json"; readonly patch: Value }
  | { readonly type: "apply"; readonly patch: Value; readonly fieldManager: string; readonly force?: boolean };

/** A Kubernetes API server. Failures are AmapErrors: CLUSTER_UNAVAILABLE is worth another try, the others are not. */
export interface Cluster {
  /** Where the server is, for messages: without credentials. */
  readonly address: string;
  /** The server's `gitVersion`. @throws {AmapError} CLUSTER_UNAVAILABLE, CLUSTER_UNAUTHORIZED */
  version(): Promise<string>;
  /** The kinds that the server serves, by discovery, each group's preferred version first; subresources left out. */
  kinds(): Promise<readonly ClusterKind[]>;
  /** All objects of a kind, page by page. @throws {AmapError} CLUSTER_UNAVAILABLE, CLUSTER_FORBIDDEN, CLUSTER_NOT_FOUND */
  list(kind: ClusterKind, selection?: ClusterSelection): AsyncIterable<Value>;
  /**
   * Lists, then watches, until `signal` is aborted: pages, bookmarks, relists on 410 Gone, waits with back-off and jitter
   * when the connection fails. It never ends by itself and throws only what no retry can mend (a kind that is not served).
   */
  follow(kind: ClusterKind, selection: ClusterSelection, signal: AbortSignal): AsyncIterable<ClusterEvent>;
  /** The object, or undefined when there is none. */
  get(kind: ClusterKind, name: ClusterName): Promise<Value | undefined>;
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
  /** Whether there was one to delete. `uid` guards against deleting a successor of the same name. */
  delete(kind: ClusterKind, name: ClusterName, options?: { readonly uid?: string }): Promise<boolean>;
  close(): Promise<void>;
}
