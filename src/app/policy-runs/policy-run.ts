import type { Value } from "../../base/index.ts";
import type { KyvernoRuleResponse } from "../../policy/index.ts";

/** Which policy. */
export interface PolicyName {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly annotations: Readonly<Record<string, string>>;
}

/** What one policy said of one object. */
export interface PolicyRun {
  readonly policy: PolicyName;
  /** The object as it was when the policy came to it. */
  readonly resource: Value;
  /** As the policy left it. */
  readonly patched: Value;
  readonly responses: readonly KyvernoRuleResponse[];
}

/** How many results of each status. */
export interface RunCounts {
  readonly pass: number;
  readonly fail: number;
  readonly warn: number;
  readonly error: number;
  readonly skip: number;
}
