import type { Value, ValueObject } from "../base/index.ts";

/** What one rule said of one object. */
export interface ReportResult {
  readonly policy: string;
  readonly policyNamespace: string;
  /** Empty where the policy has no rules of its own. */
  readonly rule: string;
  /** Kyverno's name for what judged. */
  readonly source: string;
  readonly result: "pass" | "fail" | "warn" | "error" | "skip";
  readonly message: string;
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

const API_VERSION = "openreports.io/v1alpha1";

/**
 * Results as openreports.io/v1alpha1 reports: one ClusterReport named `merged` with those of policies for the cluster, and
 * a Report for each policy of a namespace. `at` is in milliseconds since 1970.
 */
export function encodeReports(results: readonly ReportResult[], at: number): readonly ValueObject[] {
  const clustered = results.filter(({ policyNamespace }) => policyNamespace === "");
  const namespaced = Map.groupBy(
    results.filter(({ policyNamespace }) => policyNamespace !== ""),
    ({ policy }) => policy,
  );
  const reports = [...namespaced].map(([policy, own]) => {
    const [namespace = "", name = ""] = policy.split("/");
    return encodeReport("Report", { name, namespace }, own, at);
  });
  return clustered.length === 0
    ? reports
    : [encodeReport("ClusterReport", { name: "merged" }, clustered, at), ...reports];
}

function encodeReport(kind: string, metadata: ValueObject, results: readonly ReportResult[], at: number): ValueObject {
  const count = (result: string): number => results.filter((each) => each.result === result).length;
  return {
    apiVersion: API_VERSION,
    kind,
    metadata,
    results: results.map((result) => encodeResult(result, at)),
    summary: Object.fromEntries(["error", "fail", "pass", "skip", "warn"].map((result) => [result, count(result)])),
  };
}

function encodeResult(result: ReportResult, at: number): Value {
  const { apiVersion, kind, namespace, name, uid } = result.resource;
  return {
    ...(result.category === "" ? {} : { category: result.category }),
    ...(result.message === "" ? {} : { message: result.message }),
    policy: result.policy,
    ...(Object.keys(result.properties).length === 0 ? {} : { properties: result.properties }),
    resources: [{ apiVersion, kind, name, ...(namespace === "" ? {} : { namespace }), ...(uid === "" ? {} : { uid }) }],
    result: result.result,
    ...(result.rule === "" ? {} : { rule: result.rule }),
    ...(result.isScored ? { scored: true } : {}),
    ...(result.severity === "" ? {} : { severity: result.severity }),
    source: result.source,
    timestamp: { nanos: 0, seconds: Math.floor(at / 1000) },
  };
}
