import type { Issue } from "../base/index.ts";

/** A policy as it was last read, whether it compiles or not. */
export interface PolicyRecord {
  readonly name: string;
  readonly kind: string;
  /** `cluster:NAME` or a path. */
  readonly source: string;
  /** sha256 of `text`. */
  readonly digest: string;
  /** The resource as JSON, without what only the API server writes. */
  readonly text: string;
  /** `refused`: it does not compile, and `issues` says where. */
  readonly state: "ready" | "refused";
  readonly issues: readonly Issue[];
  readonly rules: readonly string[];
  readonly validationActions: readonly string[];
  readonly failurePolicy: string;
  readonly admission: boolean;
  readonly background: boolean;
  /** RFC 3339. */
  readonly recordedAt: string;
}

/** Results by status. */
export type ResultCounts = Readonly<Record<"pass" | "warn" | "fail" | "error" | "skip", number>>;

export interface PolicySummary extends PolicyRecord {
  readonly results: ResultCounts;
}

/** The policies in force, and every version that ever was: a stored decision is replayed with the version it was made by. */
export interface PolicyStore {
  /** Replaces the policy of the same name; its older versions stay. */
  record(policy: PolicyRecord): Promise<void>;
  /** Takes a policy out of force, with its results. Its versions stay. */
  remove(name: string): Promise<void>;
  /** By name; at most LIMITS.storePolicies. */
  list(): Promise<readonly PolicySummary[]>;
  get(name: string): Promise<PolicySummary | undefined>;
  /** A version by its digest, in force or not. */
  version(digest: string): Promise<PolicyRecord | undefined>;
  /** The newest version of a name that was `ready`. */
  lastReady(name: string): Promise<PolicyRecord | undefined>;
}
