import type { Severity } from "../metadata/index.ts";

/** One signature or attestation that was verified, as reports show it. */
export interface EvidenceRow {
  readonly kind: "signature" | "attestation";
  readonly predicateType?: string;
  readonly signer: string;
  /** `self-asserted`: only the signer says when. */
  readonly timeSource: string;
  /** RFC 3339, when anything states a time. */
  readonly statedAt?: string;
  readonly form: string;
  readonly manifest: string;
}

/** One candidate that was found and does not count. */
export interface RejectedRow {
  readonly kind: string;
  readonly code: string;
  readonly message: string;
  readonly manifest: string;
  readonly predicateType?: string;
}

/** What was looked at for one image. */
export interface ImageRow {
  readonly image: string;
  readonly digest: string;
  readonly platforms: number;
  readonly evidence: readonly EvidenceRow[];
  readonly rejected: readonly RejectedRow[];
  readonly sboms: readonly { readonly format: string; readonly specVersion: string; readonly components: number }[];
  readonly scans: readonly {
    readonly scanner: string;
    readonly finishedAt: string;
    readonly databaseUpdatedAt: string;
    readonly findings: number;
    /** Whether no newer scan of the same signer and scanner supersedes it. */
    readonly current: boolean;
    readonly signer: string;
  }[];
  /** Findings of the current scans by severity. */
  readonly findings: Readonly<Partial<Record<Severity, number>>>;
  /** Findings by the statement that decides them; `without statement` for findings nobody speaks about. */
  readonly answers: Readonly<Record<string, number>>;
  /** VEX statements about vulnerabilities that were found, but in another product or component: they decide nothing. */
  readonly statementsWithoutEffect: number;
}

/** The outcome of one rule for one resource. */
export interface RuleRow {
  readonly policy: string;
  readonly rule: string;
  readonly status: "pass" | "fail" | "error" | "warn" | "skip";
  readonly message?: string;
  /** Of the error table. */
  readonly code?: string;
}

/** The check of one resource. */
export interface ResourceRow {
  readonly resource: string;
  readonly allowed: boolean;
  readonly images: readonly ImageRow[];
  readonly rules: readonly RuleRow[];
}

/** The outcome of `check`, `apply` and of each step of the demo. The JSON shape is versioned by `schema`. */
export interface CheckReport {
  readonly schema: "amap.check/v1";
  readonly checkedAt: string;
  readonly policies: readonly { readonly name: string; readonly source: string; readonly digest: string }[];
  readonly allowed: boolean;
  readonly resources: readonly ResourceRow[];
}

/** The rules that did not hold, whether or not that denies. */
export function failingRules(row: ResourceRow): readonly RuleRow[] {
  return row.rules.filter((rule) => rule.status === "fail" || rule.status === "error");
}
