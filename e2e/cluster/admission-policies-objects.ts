/** The objects that the tables of admission policies are about: one of each kind, which requests change. */
import { isValueObject, type Value } from "../../src/base/index.ts";

type Fields = Readonly<Record<string, Value>>;

/** Who sends the requests. */
export const USER = {
  username: "jane",
  uid: "uid-of-jane",
  groups: ["system:masters", "shop-owners"],
  extra: { scopes: ["read", "write"] },
} as const;

export interface TestObject {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly kind: string;
  readonly isClusterWide?: true;
  readonly body: Fields;
}

const core = (resource: string, kind: string, body: Fields): TestObject => ({
  group: "",
  version: "v1",
  resource,
  kind,
  body,
});
const of = (group: string, resource: string, kind: string, body: Fields, version = "v1"): TestObject => ({
  group,
  version,
  resource,
  kind,
  body,
});
const clusterWide = (object: TestObject): TestObject => ({ ...object, isClusterWide: true });

const POD_SPEC = {
  serviceAccountName: "robot",
  securityContext: { runAsNonRoot: true },
  containers: [
    {
      name: "web",
      image: "registry.example.com/shop/web:1.2.3",
      ports: [{ containerPort: 8080, name: "http" }],
      resources: { requests: { cpu: "250m", memory: "64Mi" }, limits: { cpu: "1", memory: "128Mi" } },
      env: [
        { name: "MODE", value: "fast" },
        { name: "LEVEL", value: "3" },
      ],
    },
    { name: "proxy", image: "docker.io/library/envoy", securityContext: { privileged: true } },
  ],
} as const satisfies Value;

const APP = { app: "web" } as const;
const TEMPLATE = { metadata: { labels: APP }, spec: POD_SPEC } as const;
const JOB_SPEC = { template: { spec: { ...POD_SPEC, restartPolicy: "Never" } } } as const;

const OBJECT_ROWS = {
  settings: core("configmaps", "ConfigMap", { data: { mode: "fast", level: "3", owner: "jane" } }),
  secret: core("secrets", "Secret", { type: "Opaque", data: { token: "c2VjcmV0" } }),
  pod: core("pods", "Pod", { metadata: { labels: APP }, spec: POD_SPEC }),
  service: core("services", "Service", {
    spec: {
      selector: APP,
      ports: [
        { name: "http", port: 80, targetPort: 8080, protocol: "TCP" },
        { name: "admin", port: 9090, targetPort: "admin", protocol: "TCP" },
      ],
    },
  }),
  account: core("serviceaccounts", "ServiceAccount", { automountServiceAccountToken: false }),
  claim: core("persistentvolumeclaims", "PersistentVolumeClaim", {
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "10Gi" } } },
  }),
  quota: core("resourcequotas", "ResourceQuota", { spec: { hard: { pods: "10", "requests.cpu": "4" } } }),
  controller: core("replicationcontrollers", "ReplicationController", {
    spec: { replicas: 2, selector: APP, template: TEMPLATE },
  }),
  namespace: clusterWide(core("namespaces", "Namespace", {})),
  deployment: of("apps", "deployments", "Deployment", {
    spec: { replicas: 3, selector: { matchLabels: APP }, template: TEMPLATE },
  }),
  stateful: of("apps", "statefulsets", "StatefulSet", {
    spec: { serviceName: "web", replicas: 1, selector: { matchLabels: APP }, template: TEMPLATE },
  }),
  daemon: of("apps", "daemonsets", "DaemonSet", { spec: { selector: { matchLabels: APP }, template: TEMPLATE } }),
  job: of("batch", "jobs", "Job", { spec: { backoffLimit: 2, ...JOB_SPEC } }),
  cronjob: of("batch", "cronjobs", "CronJob", {
    spec: { schedule: "*/5 * * * *", concurrencyPolicy: "Allow", jobTemplate: { spec: JOB_SPEC } },
  }),
  ingress: of("networking.k8s.io", "ingresses", "Ingress", {
    spec: {
      rules: [
        {
          host: "shop.example.com",
          http: {
            paths: [{ path: "/", pathType: "Prefix", backend: { service: { name: "web", port: { number: 80 } } } }],
          },
        },
      ],
    },
  }),
  netpol: of("networking.k8s.io", "networkpolicies", "NetworkPolicy", {
    spec: { podSelector: {}, policyTypes: ["Ingress"], ingress: [{ from: [{ podSelector: { matchLabels: APP } }] }] },
  }),
  role: of("rbac.authorization.k8s.io", "roles", "Role", {
    rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get", "list"] }],
  }),
  rolebinding: of("rbac.authorization.k8s.io", "rolebindings", "RoleBinding", {
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" },
    subjects: [{ kind: "User", apiGroup: "rbac.authorization.k8s.io", name: "jane" }],
  }),
  clusterrole: clusterWide(
    of("rbac.authorization.k8s.io", "clusterroles", "ClusterRole", {
      rules: [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }],
    }),
  ),
  scaler: of(
    "autoscaling",
    "horizontalpodautoscalers",
    "HorizontalPodAutoscaler",
    {
      spec: {
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
        minReplicas: 1,
        maxReplicas: 20,
        metrics: [
          { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } } },
        ],
      },
    },
    "v2",
  ),
  budget: of("policy", "poddisruptionbudgets", "PodDisruptionBudget", {
    spec: { minAvailable: 1, selector: { matchLabels: APP } },
  }),
  priority: clusterWide(of("scheduling.k8s.io", "priorityclasses", "PriorityClass", { value: 1000 })),
  storage: clusterWide(
    of("storage.k8s.io", "storageclasses", "StorageClass", {
      provisioner: "disks.example.com",
      reclaimPolicy: "Delete",
      volumeBindingMode: "Immediate",
      allowVolumeExpansion: true,
    }),
  ),
  lease: of("coordination.k8s.io", "leases", "Lease", { spec: { holderIdentity: "jane", leaseDurationSeconds: 15 } }),
  shop: of("tests.amap.dev", "shops", "Shop", {
    spec: {
      open: true,
      floors: 2,
      tags: ["old", "small"],
      hours: ["9-12", "14-18"],
      shelves: [
        { name: "books", side: "left", size: 3 },
        { name: "books", side: "right", size: 4 },
      ],
      address: { street: "High Street", city: "Bern" },
      contact: { mail: "shop@example.com", phone: "1" },
      notes: { first: "a", second: "b" },
    },
  }),
} as const satisfies Readonly<Record<string, TestObject>>;

export type ObjectName = keyof typeof OBJECT_ROWS;

export const OBJECTS: Readonly<Record<ObjectName, TestObject>> = OBJECT_ROWS;

const shopSchema: Fields = {
  type: "object",
  properties: {
    spec: {
      type: "object",
      properties: {
        open: { type: "boolean" },
        floors: { type: "integer" },
        tags: { type: "array", "x-kubernetes-list-type": "set", items: { type: "string" } },
        hours: { type: "array", "x-kubernetes-list-type": "atomic", items: { type: "string" } },
        shelves: {
          type: "array",
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["name", "side"],
          items: {
            type: "object",
            required: ["name", "side"],
            properties: { name: { type: "string" }, side: { type: "string" }, size: { type: "integer" } },
          },
        },
        address: {
          type: "object",
          "x-kubernetes-map-type": "atomic",
          properties: { street: { type: "string" }, city: { type: "string" } },
        },
        contact: { type: "object", properties: { mail: { type: "string" }, phone: { type: "string" } } },
        notes: { type: "object", additionalProperties: { type: "string" } },
        extra: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
        port: { "x-kubernetes-int-or-string": true },
      },
    },
    status: { type: "object", properties: { visitors: { type: "integer" } } },
  },
};

const version = (name: string, storage: boolean): Fields => ({
  name,
  served: true,
  storage,
  schema: { openAPIV3Schema: shopSchema },
  subresources: { status: {} },
});

/** The kind of `shop`, served in two versions, and one for parameters that has no namespaces. */
export const CUSTOM_KINDS: readonly Fields[] = [
  {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "shops.tests.amap.dev" },
    spec: {
      group: "tests.amap.dev",
      scope: "Namespaced",
      names: { plural: "shops", singular: "shop", kind: "Shop", listKind: "ShopList" },
      versions: [version("v1", true), version("v1beta1", false)],
    },
  },
  {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "ceilings.tests.amap.dev" },
    spec: {
      group: "tests.amap.dev",
      scope: "Cluster",
      names: { plural: "ceilings", singular: "ceiling", kind: "Ceiling", listKind: "CeilingList" },
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: {
              type: "object",
              properties: { spec: { type: "object", properties: { replicas: { type: "integer" } } } },
            },
          },
        },
      ],
    },
  },
];

/** A JSON merge patch (RFC 7386): null removes. */
export function merged(value: Value, change: Value): Value {
  if (!isValueObject(change)) return change;
  const result = new Map<string, Value>(Object.entries(isValueObject(value) ? value : {}));
  for (const [key, part] of Object.entries(change)) {
    if (part === null) result.delete(key);
    else result.set(key, merged(result.get(key) ?? null, part));
  }
  return Object.fromEntries(result);
}
