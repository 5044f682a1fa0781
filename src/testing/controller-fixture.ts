import { createCertificates } from "../adapters/certificates/index.ts";
import type { ClusterKind, Enforcement, PolicyState, WebhookNeed } from "../app/index.ts";
import { digestOf, encodeUtf8, memberOf, type Value, writeJson } from "../base/index.ts";
import type { ControllerOptions, Log, LogFields } from "../controller/index.ts";
import { encodePolicyReport, type ResourceRow } from "../report/index.ts";
import { createFakeCluster, type FakeCluster } from "./fake-cluster.ts";

export const NOW = Date.UTC(2026, 10, 22, 12);
export const POD: ClusterKind = { group: "", version: "v1", resource: "pods", kind: "Pod", namespaced: true };
export const REPLICA_SET: ClusterKind = {
  group: "apps",
  version: "v1",
  resource: "replicasets",
  kind: "ReplicaSet",
  namespaced: true,
};
export const POLICY: ClusterKind = {
  group: "policies.kyverno.io",
  version: "v1",
  resource: "imagevalidatingpolicies",
  kind: "ImageValidatingPolicy",
  namespaced: false,
};

const kindOf = (group: string, version: string, resource: string, kind: string, namespaced: boolean): ClusterKind => ({
  group,
  version,
  resource,
  kind,
  namespaced,
});

const OWN_KINDS: readonly ClusterKind[] = [
  kindOf("", "v1", "events", "Event", true),
  kindOf("", "v1", "namespaces", "Namespace", false),
  kindOf("", "v1", "secrets", "Secret", true),
  kindOf("coordination.k8s.io", "v1", "leases", "Lease", true),
  kindOf("wgpolicyk8s.io", "v1alpha2", "policyreports", "PolicyReport", true),
  kindOf("wgpolicyk8s.io", "v1alpha2", "clusterpolicyreports", "ClusterPolicyReport", false),
  kindOf(
    "admissionregistration.k8s.io",
    "v1",
    "validatingwebhookconfigurations",
    "ValidatingWebhookConfiguration",
    false,
  ),
  kindOf("admissionregistration.k8s.io", "v1", "mutatingwebhookconfigurations", "MutatingWebhookConfiguration", false),
];

/** A cluster that serves what the controller works with. */
export function clusterOf(options: { readonly without?: readonly string[] } = {}): FakeCluster {
  const all = [...OWN_KINDS, POD, REPLICA_SET].map((kind) => ({ ...kind, hasStatus: kind.kind === "Pod" }));
  const served = [...all, { ...POLICY, hasStatus: true }].filter(({ kind }) => !options.without?.includes(kind));
  return createFakeCluster(served, { now: () => NOW });
}

/** All objects of a kind. */
export async function listOf(cluster: FakeCluster, kind: ClusterKind): Promise<readonly Value[]> {
  const objects: Value[] = [];
  for await (const object of cluster.list(kind)) objects.push(object);
  return objects;
}

/** A log that keeps its lines. */
export function logOf(): Log & {
  readonly lines: (LogFields & { readonly message: string; readonly level: string })[];
} {
  const lines: (LogFields & { readonly message: string; readonly level: string })[] = [];
  const write = (level: string) => (fields: LogFields, message: string) =>
    void lines.push({ ...fields, message, level });
  return { lines, debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
}

/** The value of a metric's line that begins with this text; undefined when there is none. */
export async function metricOf(
  metrics: { readonly read: () => Promise<string> },
  start: string,
): Promise<number | undefined> {
  const line = (await metrics.read()).split("\n").find((each) => each.startsWith(`${start} `));
  return line === undefined ? undefined : Number(line.split(" ").at(-1));
}

export const certificates = createCertificates();

function textOf(object: Value, ...path: readonly string[]): string | undefined {
  const found = path.reduce<Value | undefined>((value, key) => memberOf(value, key), object);
  return typeof found === "string" ? found : undefined;
}

function identityOf(object: Value) {
  const [namespace, uid] = [textOf(object, "metadata", "namespace"), textOf(object, "metadata", "uid")];
  return {
    apiVersion: textOf(object, "apiVersion") ?? "",
    kind: textOf(object, "kind") ?? "",
    name: textOf(object, "metadata", "name") ?? "",
    ...(namespace === undefined ? {} : { namespace }),
    ...(uid === undefined ? {} : { uid }),
  };
}

/** A policy object; its `spec.broken` makes the enforcement below refuse it. */
export function policyOf(name: string, spec: Readonly<Record<string, Value>> = {}): Value {
  return {
    apiVersion: "policies.kyverno.io/v1",
    kind: "ImageValidatingPolicy",
    metadata: { name },
    spec: { deny: "bad", ...spec },
  };
}

export function podOf(name: string, image: string, more: Readonly<Record<string, Value>> = {}): Value {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "default", ...more },
    spec: { containers: [{ name: "main", image }] },
  };
}

const NEED: WebhookNeed = {
  failurePolicy: "Fail",
  purpose: "validate",
  timeoutSeconds: 10,
  rules: [{ apiGroups: [""], apiVersions: ["v1"], resources: ["pods"], operations: ["CREATE"], scope: "*" }],
};

/** An engine for tests: each policy denies objects whose JSON contains its `spec.deny`. */
export function enforcementOf(hooks: { readonly beforeReview?: () => Promise<void> } = {}): Enforcement & {
  readonly scans: string[];
  readonly forgotten: string[];
} {
  const policies = new Map<string, { readonly state: PolicyState; readonly deny: string }>();
  const scans: string[] = [];
  const forgotten: string[] = [];
  const judge = (object: Value): ResourceRow => {
    const text = writeJson(object);
    const rules = [...policies].map(([policy, { deny }]) => ({
      policy,
      rule: "deny",
      status: text.includes(deny) ? ("fail" as const) : ("pass" as const),
      message: `no ${deny}`,
    }));
    return { resource: "resource", allowed: rules.every(({ status }) => status === "pass"), images: [], rules };
  };
  const judgePolicy: Enforcement["judgePolicy"] = (object) => {
    const spec = memberOf(object, "spec");
    return {
      issues:
        memberOf(spec, "broken") === true
          ? [{ code: "POLICY_INVALID", path: "spec.broken", message: "it is broken" }]
          : [],
      warnings: memberOf(spec, "costly") === true ? ["it is costly"] : [],
    };
  };
  return {
    scans,
    forgotten,
    policyKinds: [POLICY],
    scannedKinds: [POD, REPLICA_SET],
    judgePolicy,
    async applyPolicy(object) {
      const { name } = identityOf(object);
      const { issues } = judgePolicy(object);
      const state: PolicyState = {
        kind: POLICY.kind,
        name,
        digest: digestOf(encodeUtf8(writeJson(memberOf(object, "spec") ?? null))),
        state: issues.length === 0 ? "ready" : "refused",
        issues,
        rules: ["deny"],
        lastReadyInForce: issues.length > 0 && policies.has(name),
      };
      policies.set(name, { state, deny: textOf(object, "spec", "deny") ?? "bad" });
      return state;
    },
    async removePolicy(_kind, name) {
      policies.delete(name);
    },
    policies: () => [...policies.values()].map(({ state }) => state),
    webhookNeeds: () => (policies.size === 0 ? [] : [NEED]),
    async review(request) {
      await hooks.beforeReview?.();
      const decision = judge(request.object);
      const { uid } = request;
      const denied = { code: 403, reason: "Forbidden", message: "denied" };
      const response = { uid, allowed: decision.allowed, ...(decision.allowed ? {} : { status: denied }) };
      return { response, decision, notEnforced: 0, durationMs: 1 };
    },
    async pin({ uid }) {
      return {
        response: { uid, allowed: true, patch: [{ op: "test", path: "/kind", value: "Pod" }] },
        notEnforced: 0,
        durationMs: 1,
      };
    },
    async scan(object) {
      const { namespace = "", ...identity } = identityOf(object);
      scans.push(identity.name);
      if (policies.size === 0) return undefined;
      if (textOf(object, "metadata", "annotations", "throws") !== undefined) throw new Error("a bug");
      const decision = judge(object);
      const resource = { cluster: "test", namespace, ...identity };
      return {
        resource,
        decision,
        checkedAt: "2026-11-22T12:00:00Z",
        changes: [],
        report: encodePolicyReport(
          { ...identity, namespace, uid: identity.uid ?? "" },
          decision,
          "2026-11-22T12:00:00Z",
        ),
      };
    },
    async forget(object) {
      forgotten.push(identityOf(object).name);
    },
  };
}

export const OPTIONS: ControllerOptions = {
  namespace: "amap",
  serviceName: "amap-controller",
  webhookUrl: "https://127.0.0.1:9443",
  listen: { host: "127.0.0.1", port: 0 },
  metricsListen: { host: "127.0.0.1", port: 0 },
  store: ":memory:",
  clusterName: "test",
  roles: ["admission", "background"],
  scanIntervalMs: 3_600_000,
  evidenceTtlMs: 60_000,
  verifyLayers: false,
  pullSecrets: "none",
  webhookTimeoutSeconds: 30,
  excludedNamespaces: ["kube-system"],
  lifetimes: { authorityMs: 365 * 86_400_000, servingMs: 90 * 86_400_000, graceMs: 3_600_000 },
  maxReports: 100,
  shutdownDelayMs: 0,
  identity: "one",
};

/** An AdmissionReview of a CREATE, as bytes. */
export function reviewOf(object: Value, more: Readonly<Record<string, Value>> = {}): Uint8Array {
  const request = {
    uid: "u-1",
    kind: { group: "", version: "v1", kind: "Pod" },
    resource: { group: "", version: "v1", resource: "pods" },
    name: identityOf(object).name,
    namespace: "default",
    operation: "CREATE",
    userInfo: { username: "somebody" },
    object,
    oldObject: null,
    dryRun: false,
    ...more,
  };
  return encodeUtf8(writeJson({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", request }));
}
