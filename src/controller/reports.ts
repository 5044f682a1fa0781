import type { Cluster, ClusterKind, Scanned } from "../app/index.ts";
import { isAmapError, type Value } from "../base/index.ts";
import { RESULTS_DIGEST } from "../report/index.ts";
import { CLUSTER_POLICY_REPORT, MANAGED_BY, POLICY_REPORT } from "./kinds.ts";
import { textAt } from "./kube-object.ts";
import { describeFailure, type Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";

const FIELD_MANAGER = "amap-scan";

/** The PolicyReports in the cluster: a bounded view of what the store has in full. */
export interface Reports {
  /** Learns which reports there are: before anything is written, and again now and then. */
  load(): Promise<void>;
  /** Writes a resource's report where it differs from what is there; never throws. */
  write(scanned: Scanned): Promise<void>;
  /** Removes the report of a resource, if there is one; never throws. */
  remove(uid: string): Promise<void>;
  /** Removes all reports of resources that are not among these. */
  removeAllBut(uids: ReadonlySet<string>): Promise<void>;
  size(): number;
}

/** A report that is in the cluster. */
interface Known {
  readonly kind: ClusterKind;
  readonly namespace?: string;
  readonly digest: string;
}

export function createReports(options: {
  readonly cluster: Cluster;
  readonly log: Log;
  readonly metrics: Pick<Metrics, "report">;
  readonly maxReports: number;
}): Reports {
  const { cluster, log, metrics, maxReports } = options;
  const known = new Map<string, Known>();
  /** Written or deleted while they are listed: the listing may be older. */
  const touched = new Set<string>();
  let isFullTold = false;
  let isMissingTold = false;

  const failed = (error: unknown, message: string): void => {
    metrics.report("failed");
    // Without the CRD every write fails for the same reason: said once.
    const isMissing = isAmapError(error, "CLUSTER_NOT_FOUND");
    if (!isMissing || !isMissingTold) log.warn(describeFailure(error), message);
    isMissingTold = isMissing;
  };

  const remove = async (uid: string): Promise<void> => {
    const report = known.get(uid);
    if (report === undefined) return;
    try {
      await cluster.delete(report.kind, nameOf(uid, report.namespace));
      known.delete(uid);
      touched.add(uid);
      metrics.report("deleted");
    } catch (error) {
      failed(error, "a policy report could not be deleted");
    }
  };

  return {
    size: () => known.size,
    load: async () => {
      touched.clear();
      const found = new Map<string, Known>();
      for (const kind of [POLICY_REPORT, CLUSTER_POLICY_REPORT]) {
        try {
          const labelSelector = Object.entries(MANAGED_BY).map(([key, value]) => `${key}=${value}`);
          for await (const report of cluster.list(kind, { labelSelector: labelSelector.join(",") })) {
            found.set(textAt(report, "metadata", "name") ?? "", knownOf(kind, report));
          }
        } catch (error) {
          if (!isAmapError(error, "CLUSTER_NOT_FOUND")) throw error;
          log.warn({ kind: kind.kind }, "the cluster has no policy reports; results are in the store only");
        }
      }
      for (const uid of known.keys()) if (!found.has(uid) && !touched.has(uid)) known.delete(uid);
      for (const [uid, report] of found) if (!touched.has(uid)) known.set(uid, report);
    },
    write: async ({ report, resource }) => {
      const uid = textAt(report, "metadata", "name") ?? "";
      // An object without a uid is none of a cluster's.
      if (uid === "" || resource.uid === undefined) return;
      const kind = textAt(report, "kind") === CLUSTER_POLICY_REPORT.kind ? CLUSTER_POLICY_REPORT : POLICY_REPORT;
      const next = knownOf(kind, report);
      if (known.get(uid)?.digest === next.digest) return metrics.report("unchanged");
      if (!known.has(uid) && known.size >= maxReports) {
        metrics.report("over-limit");
        if (!isFullTold) log.warn({ maxReports }, "there are no more policy reports than this; the store has the rest");
        isFullTold = true;
        return;
      }
      // Taken before it is written: two at once must not both be the last.
      const before = known.get(uid);
      known.set(uid, next);
      touched.add(uid);
      try {
        const patch = { type: "apply", patch: report, fieldManager: FIELD_MANAGER, force: true } as const;
        await cluster.patch(kind, nameOf(uid, next.namespace), patch);
        if (known.size < maxReports) isFullTold = false;
        metrics.report("written");
      } catch (error) {
        if (before === undefined) known.delete(uid);
        else known.set(uid, before);
        failed(error, "a policy report could not be written");
      }
    },
    remove,
    removeAllBut: async (uids) => {
      for (const uid of known.keys()) if (!uids.has(uid)) await remove(uid);
    },
  };
}

function knownOf(kind: ClusterKind, report: Value): Known {
  const namespace = textAt(report, "metadata", "namespace");
  const digest = textAt(report, "metadata", "annotations", RESULTS_DIGEST) ?? "";
  return { kind, digest, ...(namespace === undefined ? {} : { namespace }) };
}

function nameOf(name: string, namespace: string | undefined): { readonly name: string; readonly namespace?: string } {
  return namespace === undefined ? { name } : { name, namespace };
}
