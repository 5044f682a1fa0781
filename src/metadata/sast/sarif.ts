/** A log of static analysis in SARIF 2.1.0, the members that amap reads. */
export interface SarifLog {
  readonly runs: readonly SarifRun[];
}

/** One run of one tool. */
export interface SarifRun {
  readonly driver: SarifTool;
  readonly extensions: readonly SarifTool[];
  /** `automationDetails.id`: which of the runs of one system this is (`backend/nightly`). */
  readonly automationId?: string;
  readonly invocations: readonly SarifInvocation[];
  /** What was looked at. */
  readonly revisions: readonly SarifRevision[];
  /** Left out: the tool states no results, so nothing was scanned (§3.14.23). Empty: scanned, and nothing found. */
  readonly results?: readonly SarifResult[];
}

/** A tool, or an extension of one. */
export interface SarifTool {
  readonly name: string;
  /** `semanticVersion`, else `version`. */
  readonly version?: string;
  readonly rules: readonly SarifRule[];
}

export interface SarifRule {
  readonly id: string;
  readonly name?: string;
  /** `defaultConfiguration.level`; "warning" where it is left out (§3.50.3). */
  readonly level: SarifLevel;
  /** `properties.security-severity`, 0 to 10; left out where there is none, or something that is no such number. */
  readonly securitySeverity?: number;
}

/** One call of the tool. */
export interface SarifInvocation {
  readonly isSuccessful: boolean;
  /** RFC 3339. */
  readonly startedAt?: string;
  readonly endedAt?: string;
  readonly exitCode?: number;
  /** What the tool told as an error of its own, not of what it looked at. */
  readonly errors: readonly string[];
}

export interface SarifRevision {
  readonly repository: string;
  readonly revision?: string;
  readonly branch?: string;
}

export type SarifLevel = "error" | "warning" | "note" | "none";
export type SarifKind = "fail" | "pass" | "open" | "review" | "informational" | "notApplicable";
export type SarifBaseline = "new" | "unchanged" | "updated" | "absent";

export interface SarifResult {
  /** As the result states it; `RULE/1` may be a finer id than its rule's. Left out where there is neither id nor rule. */
  readonly ruleId?: string;
  readonly rule?: SarifRule;
  readonly kind: SarifKind;
  /** As stated, or as its default follows from kind, configuration and rule (§3.27.10). */
  readonly level: SarifLevel;
  readonly message: SarifMessage;
  readonly locations: readonly SarifLocation[];
  readonly suppressions: readonly SarifSuppression[];
  readonly baseline?: SarifBaseline;
  readonly partialFingerprints: ReadonlyMap<string, string>;
}

/** A text with placeholders for its arguments; {@link writeSarifMessage} puts them in. */
export interface SarifMessage {
  readonly text: string;
  readonly arguments: readonly string[];
}

export interface SarifLocation {
  readonly uri?: string;
  /** The name of the folder that a relative uri begins at. */
  readonly uriBaseId?: string;
  /** From 1. */
  readonly startLine?: number;
  /** A function's or class's full name. */
  readonly logicalName?: string;
}

export interface SarifSuppression {
  readonly kind: "inSource" | "external";
  /** Left out: accepted. */
  readonly status?: "accepted" | "underReview" | "rejected";
  readonly justification?: string;
}

export const SARIF_LEVELS: readonly SarifLevel[] = ["error", "warning", "note", "none"];
export const SARIF_KINDS: readonly SarifKind[] = ["fail", "pass", "open", "review", "informational", "notApplicable"];
export const SARIF_BASELINES: readonly SarifBaseline[] = ["new", "unchanged", "updated", "absent"];

/** Whether a result is suppressed: at least one suppression, and none that is rejected or still under review (§3.27.23). */
export function isSuppressed({ suppressions }: SarifResult): boolean {
  return suppressions.length > 0 && suppressions.every(({ status }) => status === undefined || status === "accepted");
}
