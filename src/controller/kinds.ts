import type { ClusterKind } from "../app/index.ts";

const kind = (group: string, version: string, resource: string, name: string, namespaced: boolean): ClusterKind => ({
  group,
  version,
  resource,
  kind: name,
  namespaced,
});

/** The kinds that the controller itself works with. */
export const EVENT = kind("", "v1", "events", "Event", true);
export const LEASE = kind("coordination.k8s.io", "v1", "leases", "Lease", true);
export const NAMESPACE = kind("", "v1", "namespaces", "Namespace", false);
export const SECRET = kind("", "v1", "secrets", "Secret", true);
export const POLICY_REPORT = kind("wgpolicyk8s.io", "v1alpha2", "policyreports", "PolicyReport", true);
export const CLUSTER_POLICY_REPORT = kind(
  "wgpolicyk8s.io",
  "v1alpha2",
  "clusterpolicyreports",
  "ClusterPolicyReport",
  false,
);
export const VALIDATING_CONFIGURATION = kind(
  "admissionregistration.k8s.io",
  "v1",
  "validatingwebhookconfigurations",
  "ValidatingWebhookConfiguration",
  false,
);
export const MUTATING_CONFIGURATION = kind(
  "admissionregistration.k8s.io",
  "v1",
  "mutatingwebhookconfigurations",
  "MutatingWebhookConfiguration",
  false,
);

/** What every object of the controller's is labelled with. */
export const MANAGED_BY = { "app.kubernetes.io/managed-by": "amap" } as const;
