import type { ResourceRow } from "../report/index.ts";
import type { Page, PageQuery } from "./page.ts";

/** A Kubernetes object of one cluster. */
export interface ResourceIdentity {
  readonly cluster: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly uid?: string;
}

/** The outcome of checking one resource; it replaces the outcome before. */
export interface ResourceResult {
  readonly resource: ResourceIdentity;
  /** RFC 3339. */
  readonly checkedAt: string;
  readonly process: "background" | "admission" | "check";
  /** The decision, as `check` prints it. */
  readonly decision: ResourceRow;
  /** The images it names: by which name, in which repository, which digest runs. */
  readonly images: readonly {
    readonly image: string;
    readonly repository: string;
    /** Absent when it could not be resolved. */
    readonly digest?: string;
    /** Whether the object names it by tag only. */
    readonly unpinned: boolean;
  }[];
}

type Status = "pass" | "fail" | "warn" | "error" | "skip";

/** One rule's outcome for one resource. */
export interface ResultRow {
  readonly resource: ResourceIdentity;
  readonly policy: string;
  readonly rule: string;
  readonly status: Status;
  readonly code?: string;
  readonly message?: string;
  readonly checkedAt: string;
  /** Since when it has this status. */
  readonly since: string;
}

/** A change of one rule's status for one resource. */
export interface ResultChange {
  readonly at: string;
  readonly resource: ResourceIdentity;
  readonly policy: string;
  readonly rule: string;
  /** Absent for the first. */
  readonly from?: Status;
  /** Absent when the resource or the rule is gone. */
  readonly to?: Status;
  readonly message?: string;
}

export interface ResultQuery extends PageQuery {
  readonly cluster?: string;
  readonly policy?: string;
  readonly rule?: string;
  readonly status?: Status;
  readonly namespace?: string;
  readonly kind?: string;
  /** Part of the resource's name. */
  readonly search?: string;
  /** Resources that run this image: `repository@digest`. */
  readonly image?: string;
}

export interface HistoryQuery extends PageQuery {
  readonly policy?: string;
  readonly namespace?: string;
  readonly kind?: string;
  readonly name?: string;
}

/** Results now, and how they came to be. */
export interface ResultStore {
  /** Returns the rules whose status differs from before. All or nothing. */
  record(result: ResourceResult): Promise<readonly ResultChange[]>;
  /** The resource is gone: its results go, the history says so. */
  remove(resource: ResourceIdentity, at: string): Promise<void>;
  /** Removes resources of a cluster that were last checked before (RFC 3339); how many. */
  prune(cluster: string, before: string, at: string): Promise<number>;
  /** The last decision about a resource. */
  get(resource: ResourceIdentity): Promise<ResourceResult | undefined>;
  /** Worst status first, then by resource and rule. */
  list(query: ResultQuery): Promise<Page<ResultRow>>;
  /** Newest first. */
  history(query: HistoryQuery): Promise<Page<ResultChange>>;
}
