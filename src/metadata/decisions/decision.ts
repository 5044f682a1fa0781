import type { VexJustification, VexStatus } from "../vex/vex.ts";

/** The file of decisions: its version and kind, as they stand in it. */
export const DECISIONS_VERSION = "amap.dev/v1alpha1";
export const DECISIONS_KIND = "Decisions";

/**
 * What is decided about a finding: a fact (the statuses of VEX), or that its risk is taken. Taking a risk is no fact about
 * the software, and never becomes not_affected.
 */
export type DecisionStatus = VexStatus | "risk_accepted";

/** What a decision speaks of. */
export interface DecisionScope {
  /** Products: package URLs as patterns (no version: any) or digests `sha256:…`; empty: whatever artifact the file is used for. */
  readonly products: readonly string[];
  /** Components: package URLs as patterns; empty: every component that has the finding. */
  readonly components: readonly string[];
}

/** What a person decided about a finding, as an entry of the decision file. */
export interface Decision {
  /** CVE-…, GHSA-…: any of its names. */
  readonly finding: string;
  readonly scope: DecisionScope;
  readonly status: DecisionStatus;
  /** Of not_affected. */
  readonly justification?: VexJustification;
  readonly impactStatement?: string;
  /** What is done about it; affected needs it. */
  readonly actionStatement?: string;
  readonly statusNotes?: string;
  /** Why the risk is taken; risk_accepted needs it. */
  readonly reason?: string;
  /** Whose risk it is; risk_accepted needs it. */
  readonly owner?: string;
  /** Who decided: an e-mail address or a name. */
  readonly author: string;
  /** Who approved, none of them the author; empty while nobody did. */
  readonly approvers: readonly string[];
  /** RFC 3339. */
  readonly decidedAt: string;
  /** RFC 3339; from then on the decision does not count and the finding is open again. risk_accepted needs it. */
  readonly until?: string;
  /** The tool whose file it came from. */
  readonly origin?: string;
}

/** The statuses of decisions: those of VEX, and that a risk is taken. */
export const DECISION_STATUSES: readonly DecisionStatus[] = [
  "not_affected",
  "affected",
  "fixed",
  "under_investigation",
  "risk_accepted",
];
