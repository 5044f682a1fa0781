import type { Value } from "../base/index.ts";
import type { ResourceRow } from "../report/index.ts";
import type { Page, PageQuery } from "./page.ts";

/** One admission review that was answered. */
export interface AdmissionSummary {
  /** The review's uid. */
  readonly id: string;
  /** RFC 3339. */
  readonly at: string;
  readonly cluster: string;
  readonly operation: "CREATE" | "UPDATE" | "DELETE" | "CONNECT";
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly user: string;
  readonly allowed: boolean;
  readonly dryRun: boolean;
  readonly durationMs: number;
  /** What the user was told; absent when there was nothing to say. */
  readonly message?: string;
  /** Whether the decision can be made again from what is stored. */
  readonly replayable: boolean;
}

/** Everything a decision was made from: Plan, input and facts give the same decision again. */
export interface DecisionInputs {
  /** The `PolicyInput`; Secrets are left out, see `redacted`. */
  readonly input: Value;
  /** Facts by key. */
  readonly facts: Value;
  /** Evaluation time in ms since 1970, and seed. */
  readonly now: number;
  readonly seed: string;
}

export interface AdmissionRecord extends AdmissionSummary {
  readonly policies: readonly { readonly name: string; readonly digest: string }[];
  readonly decision: ResourceRow;
  readonly inputs?: DecisionInputs;
  /** Why it is not (fully) replayable. */
  readonly notReplayable?: string;
}

export interface AdmissionQuery extends PageQuery {
  readonly cluster?: string;
  readonly allowed?: boolean;
  readonly namespace?: string;
  readonly kind?: string;
  readonly user?: string;
  /** Part of the resource's name. */
  readonly search?: string;
}

/** What was asked at admission, and what was answered. */
export interface AdmissionStore {
  /** Recording the same id twice keeps the first. */
  record(admission: AdmissionRecord): Promise<void>;
  /** Newest first. */
  list(query: AdmissionQuery): Promise<Page<AdmissionSummary>>;
  get(id: string): Promise<AdmissionRecord | undefined>;
  /** Forgets those before (RFC 3339) and all but the newest `keep`; how many went. */
  prune(before: string, keep: number): Promise<number>;
}
