import { digestHex, digestOf, encodeUtf8, parseTime, type Value, writeJson } from "../base/index.ts";
import type { ResourceRow, RuleRow } from "./check-report.ts";
import { printable } from "./table.ts";

/** The resource that a PolicyReport is about. */
export interface ReportedResource {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
  /** Absent outside a cluster. */
  readonly uid?: string;
}

/** Annotation with the digest of the results without their times: equal digests need no write. */
export const RESULTS_DIGEST = "amap.dev/results-digest";

const MAX_MESSAGE = 1_024;
const MAX_NAME = 253;
const MAX_RESULTS = 500;
/** JSON of all results: etcd takes objects of 1.5 MiB, and a cluster has one report for each resource. */
const MAX_RESULT_BYTES = 256 * 1_024;

/**
 * The wgpolicyk8s.io/v1alpha2 PolicyReport (ClusterPolicyReport outside namespaces) of one resource: named by its uid,
 * owned by it, so that it goes with it. A resource without uid has a report named by a digest of its names that nobody
 * owns. One result for each rule, messages cut to 1,024 characters, at most 500 results in 256 KiB, the failing ones
 * first; the summary counts all of them.
 * @param checkedAt RFC 3339
 */
export function encodePolicyReport(resource: ReportedResource, decision: ResourceRow, checkedAt: string): Value {
  const { apiVersion, kind, namespace, name, uid = "" } = resource;
  const seconds = Math.floor((parseTime(checkedAt) ?? 0) / 1_000);
  const ordered = [...decision.rules].sort((a, b) => RANK[a.status] - RANK[b.status]);
  const results = withinBytes(ordered.slice(0, MAX_RESULTS).map(resultOf));
  const digest = digestOf(encodeUtf8(writeJson([...results, { ...summaryOf(decision.rules) }])));
  const owner = { apiVersion, kind, name, ...(uid === "" ? {} : { uid }) };
  return {
    apiVersion: "wgpolicyk8s.io/v1alpha2",
    kind: namespace === undefined ? "ClusterPolicyReport" : "PolicyReport",
    metadata: {
      name: reportNameOf(resource),
      ...(namespace === undefined ? {} : { namespace }),
      labels: { "app.kubernetes.io/managed-by": "amap" },
      annotations: { [RESULTS_DIGEST]: digest },
      ...(uid === "" ? {} : { ownerReferences: [owner] }),
    },
    scope: { ...owner, ...(namespace === undefined ? {} : { namespace }) },
    summary: { ...summaryOf(decision.rules) },
    results: results.map((result) => ({ ...result, timestamp: { seconds, nanos: 0 } })),
  };
}

/** What an object can be named by (RFC 1123 subdomain). */
const NAME = /^[a-z0-9](?:[-a-z0-9]{0,251}[a-z0-9])?$/;

function reportNameOf({ apiVersion, kind, namespace = "", name, uid = "" }: ReportedResource): string {
  if (NAME.test(uid)) return uid;
  const digest = digestOf(encodeUtf8(writeJson([apiVersion, kind, namespace, name, uid])));
  return `amap-${digestHex(digest).slice(0, 40)}`;
}

function withinBytes<T extends Value>(results: readonly T[]): readonly T[] {
  let bytes = 0;
  const end = results.findIndex((result) => {
    bytes += encodeUtf8(writeJson(result)).length;
    return bytes > MAX_RESULT_BYTES;
  });
  return end < 0 ? results : results.slice(0, end);
}

const RANK: Readonly<Record<RuleRow["status"], number>> = { error: 0, fail: 1, warn: 2, pass: 3, skip: 4 };

function summaryOf(rules: readonly RuleRow[]): Readonly<Record<RuleRow["status"], number>> {
  const counts = { pass: 0, fail: 0, warn: 0, error: 0, skip: 0 };
  for (const { status } of rules) counts[status]++;
  return counts;
}

function resultOf({ policy, rule, status, message, code }: RuleRow): { readonly [key: string]: Value } {
  const text = [code, message].filter((part) => part !== undefined && part !== "").join(": ");
  return {
    source: "amap",
    policy: cut(printable(policy), MAX_NAME),
    rule: cut(printable(rule), MAX_NAME),
    result: status,
    scored: true,
    ...(text === "" ? {} : { message: cut(printable(text), MAX_MESSAGE) }),
    ...(code === undefined ? {} : { properties: { code } }),
  };
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1).toWellFormed()}…`;
}
