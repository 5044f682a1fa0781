import { memberOf, textOf, type Value } from "../../base/index.ts";
import type { KyvernoRuleResponse } from "../../policy/index.ts";
import type { PolicyRun, RunCounts } from "./policy-run.ts";

/** What a rule said of an object, as reports show it. */
export interface PolicyResult {
  /** `namespace/name` for a policy of a namespace. */
  readonly policy: string;
  readonly policyNamespace: string;
  readonly rule: string;
  readonly result: KyvernoRuleResponse["status"];
  readonly message: string;
  /** Whether a failure counts: the annotation `policies.kyverno.io/scored` is not "false". */
  readonly isScored: boolean;
  readonly category: string;
  readonly severity: string;
  readonly properties: Readonly<Record<string, string>>;
  readonly resource: {
    readonly apiVersion: string;
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
    readonly uid: string;
  };
}

const SEVERITIES: ReadonlySet<string> = new Set(["critical", "high", "medium", "low", "info"]);
const ANNOTATION = "policies.kyverno.io/";

/**
 * The results of a run. A failure is a warning where the policy is not scored, and with `auditWarn` where it only
 * audits.
 */
export function resultsOf({ policy, resource, responses }: PolicyRun, auditWarn: boolean): readonly PolicyResult[] {
  const { namespace, name, annotations } = policy;
  const isScored = isScoredBy(annotations);
  const severity = annotations[`${ANNOTATION}severity`] ?? "";
  return responses.map((response) => {
    const result = statusOf(response, auditWarn);
    return {
      policy: namespace === "" ? name : `${namespace}/${name}`,
      policyNamespace: namespace,
      rule: response.rule,
      result,
      message: response.properties?.[`${result}Message`] || response.message,
      isScored,
      category: annotations[`${ANNOTATION}category`] ?? "",
      severity: SEVERITIES.has(severity) ? severity : "",
      properties: response.properties ?? {},
      resource: referenceTo(resource),
    };
  });
}

function statusOf({ status, failureAction }: KyvernoRuleResponse, auditWarn: boolean): PolicyResult["result"] {
  return status === "fail" && auditWarn && failureAction === "Audit" ? "warn" : status;
}

function isScoredBy(annotations: PolicyRun["policy"]["annotations"]): boolean {
  return annotations[`${ANNOTATION}scored`] !== "false";
}

function referenceTo(object: Value): PolicyResult["resource"] {
  const metadata = memberOf(object, "metadata");
  return {
    apiVersion: textOf(object, "apiVersion"),
    kind: textOf(object, "kind"),
    namespace: textOf(metadata, "namespace"),
    name: textOf(metadata, "name"),
    uid: textOf(metadata, "uid"),
  };
}

export const NO_RESULTS: RunCounts = { pass: 0, fail: 0, warn: 0, error: 0, skip: 0 };

/** The counts of a run added to others; what is not scored fails as a warning. */
export function addCounts(counts: RunCounts, run: PolicyRun, auditWarn: boolean): RunCounts {
  if (run.responses.length === 0) return counts;
  const sum = { ...counts };
  const countsFailures = isScoredBy(run.policy.annotations) || isMutation(run);
  for (const response of run.responses) {
    const result = statusOf(response, auditWarn);
    sum[result === "fail" && !countsFailures ? "warn" : result]++;
  }
  return sum;
}

function isMutation({ responses }: PolicyRun): boolean {
  return responses[0]?.type === "Mutation";
}
