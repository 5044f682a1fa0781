import type { Issue } from "../../../base/index.ts";
import type { PolicyWarning } from "../schema.ts";

/** What is wrong with a policy beyond its schema, and what is right and worth a word. */
export interface PolicyFindings {
  readonly issues: readonly Issue[];
  readonly warnings: readonly PolicyWarning[];
}

/** Gathers findings while a policy is looked through. */
export interface FindingsWriter {
  fail(path: string, message: string): void;
  warn(path: string, message: string): void;
  /** What Kyverno's CLI lets pass and a cluster refuses. */
  failInCluster(path: string, message: string): void;
}

export function createFindings(): FindingsWriter & PolicyFindings {
  const issues: Issue[] = [];
  const warnings: PolicyWarning[] = [];
  return {
    issues,
    warnings,
    fail: (path, message) => void issues.push({ code: "POLICY_INVALID", path, message }),
    warn: (path, message) => void warnings.push({ path, message }),
    failInCluster: (path, message) => void warnings.push({ path, message, refusedInCluster: true }),
  };
}

/** The same findings, none of which keeps a file from being used: for kinds that Kyverno's CLI does not validate. */
export function inClusterOnly({ issues, warnings }: PolicyFindings): PolicyFindings {
  const refused = issues.map(({ path, message }): PolicyWarning => ({ path, message, refusedInCluster: true }));
  return { issues: [], warnings: [...refused, ...warnings] };
}
