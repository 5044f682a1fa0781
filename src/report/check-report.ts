import type { Digest, ErrorCode } from "../base/index.ts";
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
  readonly digest: Digest | string;
  readonly platforms: number;
  readonly evidence: readonly EvidenceRow[];
  readonly rejected: readonly RejectedRow[];
  readonly sboms: readonly { readonly format: string; readonly specVersion: string; readonly components: number }[];
  readonly scans: readonly {
    readonly scanner: string;
    readonly finishedAt: string;
    readonly databaseUpdatedAt: string;
    readonly findings: number;
  }[];
  /** Findings of the newest scan by severity. */
  readonly findings: Readonly<Partial<Record<Severity, number>>>;
  /** Findings by the statement that decides them; `none` for findings nobody speaks about. */
  readonly answers: Readonly<Record<string, number>>;
}

/** The outcome of one rule for one resource. */
export interface RuleRow {
  readonly policy: string;
  readonly rule: string;
  readonly status: "pass" | "fail" | "error" | "warn" | "skip";
  readonly message?: string;
  readonly code?: ErrorCode | string;
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

/** One line that says why a report denies: the failing rules with their first sentence. */
export function summariseDenial(report: CheckReport): string {
  const failing = report.resources.flatMap((row) =>
    row.rules.filter((rule) => rule.status === "fail" || rule.status === "error"),
  );
  return failing.map((rule) => rule.rule).join(", ");
}
