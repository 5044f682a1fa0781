import { digestOf, encodeUtf8, parseTime, type Value, writeJson } from "../base/index.ts";
import type { ResourceRow, RuleRow } from "./check-report.ts";
import { printable } from "./table.ts";

/** The resource that a PolicyReport is about. */
export interface ReportedResource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  readonly uid: string;
}

/** Annotation with the digest of the results without their times: equal digests need no write. */
export const RESULTS_DIGEST = "amap.dev/results-digest";

const MAX_MESSAGE = 1_024;
const MAX_RESULTS = 500;

/**
 * The wgpolicyk8s.io/v1alpha2 PolicyReport (ClusterPolicyReport outside namespaces) of one resource: named by its uid,
 * owned by it, so that it goes with it. One result for each rule, messages cut to 1,024 characters, at most 500 results,
 * the failing ones first; the summary counts all of them.
 * @param checkedAt RFC 3339
 */
export function encodePolicyReport(resource: ReportedResource, decision: ResourceRow, checkedAt: string): Value {
  const { apiVersion, kind, namespace, name, uid } = resource;
  const seconds = Math.floor((parseTime(checkedAt) ?? 0) / 1_000);
  const ordered = [...decision.rules].sort((a, b) => RANK[a.status] - RANK[b.status]);
  const results = ordered.slice(0, MAX_RESULTS).map((rule) => resultOf(rule));
  const digest = digestOf(encodeUtf8(writeJson([...results, { ...summaryOf(decision.rules) }])));
  const owner = { apiVersion, kind, name, uid };
  return {
    apiVersion: "wgpolicyk8s.io/v1alpha2",
    kind: namespace === undefined ? "ClusterPolicyReport" : "PolicyReport",
    metadata: {
      name: uid,
      ...(namespace === undefined ? {} : { namespace }),
      labels: { "app.kubernetes.io/managed-by": "amap" },
      annotations: { [RESULTS_DIGEST]: digest },
      ownerReferences: [owner],
    },
    scope: { ...owner, ...(namespace === undefined ? {} : { namespace }) },
    summary: { ...summaryOf(decision.rules) },
    results: results.map((result) => ({ ...result, timestamp: { seconds, nanos: 0 } })),
  };
}

const RANK: Readonly<Record<RuleRow["status"], number>> = { error: 0, fail: 1, warn: 2, pass: 3, skip: 4 };

function summaryOf(rules: readonly RuleRow[]): Readonly<Record<RuleRow["status"], number>> {
  const counts = { pass: 0, fail: 0, warn: 0, error: 0, skip: 0 };
  for (const { status } of rules) counts[status]++;
  return counts;
}

function resultOf({ policy, rule, status, message, code }: RuleRow): { readonly [key: string]: Value } {
  const text = [code, message].filter((part) => part !== undefined && part !== "").join(": ");
  const shown = printable(text);
  return {
    source: "amap",
    policy,
    rule,
    result: status,
    scored: true,
    ...(text === "" ? {} : { message: shown.length <= MAX_MESSAGE ? shown : `${shown.slice(0, MAX_MESSAGE - 1)}…` }),
    ...(code === undefined ? {} : { properties: { code } }),
  };
}
