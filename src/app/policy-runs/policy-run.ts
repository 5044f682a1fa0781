import type { ErrorCode, Value } from "../../base/index.ts";
import type { KyvernoRuleResponse } from "../../policy/index.ts";
import type { ExplainedRule } from "../../report/index.ts";

/** Which policy. */
export interface PolicyName {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** Where its results come from in a cluster, as reports say it: `background scan`, `admission review`, or empty. */
  readonly process: string;
}

/** What one policy said of one object. */
export interface PolicyRun {
  readonly policy: PolicyName;
  /** The object as it was when the policy came to it. */
  readonly resource: Value;
  /** As the policy left it. */
  readonly patched: Value;
  readonly responses: readonly KyvernoRuleResponse[];
  /** The policy says nothing, and the run is there for its explanation alone. */
  readonly isSilent?: boolean;
  /** What happened, rule after rule, where it was asked for. */
  readonly explained?: readonly ExplainedRule[];
}

/** How many results of each status. */
export interface RunCounts {
  readonly pass: number;
  readonly fail: number;
  readonly warn: number;
  readonly error: number;
  readonly skip: number;
}

/** Something that could not be looked at, so that it was not judged: an error of the run. */
export interface RunTrouble {
  readonly code: ErrorCode;
  readonly message: string;
}
