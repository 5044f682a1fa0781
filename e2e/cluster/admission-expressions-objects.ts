/** What the rows of admission-expressions.table.ts are about: the objects, their kinds, the user and the user's rights. */
import type { Value } from "../../src/base/index.ts";

/** The group of the kind whose objects may hold any JSON. */
export const GROUP = "tests.amap.dev";
export const NAMESPACE = "shop";

/** Who sends the requests. */
export const USER = {
  username: "alice",
  uid: "uid-of-alice",
  groups: ["developers", "shop-owners"],
  extra: { scopes: ["read", "write"] },
} as const;

export interface TestObject {
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly kind: string;
  readonly name: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly body: Readonly<Record<string, Value>>;
  /** What an update replaces. */
  readonly update?: Readonly<Record<string, Value>>;
}

const CONFIG_MAP = { group: "", version: "v1", resource: "configmaps", kind: "ConfigMap" } as const;

const POD_SPEC: Value = {
  serviceAccountName: "robot",
  securityContext: { runAsNonRoot: true, runAsUser: 1000 },
  initContainers: [{ name: "init", image: "registry.example.com/shop/init@sha256:abc", resources: {} }],
  containers: [
    {
      name: "web",
      image: "registry.example.com/shop/web:1.2.3",
      ports: [{ containerPort: 8080, protocol: "TCP" }],
      resources: { requests: { cpu: "250m", memory: "64Mi" }, limits: { cpu: "1", memory: "128Mi" } },
      securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } },
      env: [
        { name: "MODE", value: "fast" },
        { name: "LEVEL", value: "3" },
      ],
    },
    {
      name: "sidecar",
      image: "docker.io/library/envoy",
      securityContext: { privileged: true },
      resources: { limits: { memory: "1Gi" } },
    },
  ],
};

/** The objects that are sent. `words` and `numbers` hold plain text, `probe` any JSON. */
export const OBJECTS = {
  words: {
    ...CONFIG_MAP,
    name: "words",
    labels: { app: "shop", tier: "front" },
    annotations: { "example.com/owner": "team-a", "example.com/expires": "2026-12-01T00:00:00Z" },
    body: {
      data: {
        text: "Hello, Wörld",
        empty: "",
        list: "b,a,c",
        number: "42",
        huge: "9223372036854775808",
        emoji: "👍🏽é",
        url: "https://user@example.com:8443/a%20b/c?x=1&y=2&x=3#top",
        ip: "10.1.2.3",
        ip6: "2001:db8::1",
        cidr: "10.0.0.0/8",
        version: "1.2.3-rc.1+b5",
        quantity: "1500m",
        time: "2026-11-22T23:30:15.25Z",
        duration: "1h30m",
        pattern: "^[a-z]+$",
        broken: "(",
        key: "probe_1",
      },
    },
    update: { data: { text: "Changed", added: "new" } },
  },
  bare: { ...CONFIG_MAP, name: "bare", body: {} },
  pod: {
    group: "",
    version: "v1",
    resource: "pods",
    kind: "Pod",
    name: "web",
    labels: { app: "web" },
    body: { spec: POD_SPEC },
  },
  deployment: {
    group: "apps",
    version: "v1",
    resource: "deployments",
    kind: "Deployment",
    name: "web",
    body: {
      spec: {
        replicas: 3,
        selector: { matchLabels: { app: "web" } },
        strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "25%", maxUnavailable: 0 } },
        template: { metadata: { labels: { app: "web" } }, spec: POD_SPEC },
      },
    },
    update: {
      spec: {
        replicas: 5,
        selector: { matchLabels: { app: "web" } },
        template: { metadata: { labels: { app: "web" } }, spec: POD_SPEC },
      },
    },
  },
  probe: {
    group: GROUP,
    version: "v1",
    resource: "probes",
    kind: "Probe",
    name: "probe",
    body: {
      spec: {
        int: 7,
        zero: 0,
        negative: -5,
        max: 9_223_372_036_854_775_807n,
        beyond: 9_007_199_254_740_993n,
        double: 1.5,
        tiny: 0.1,
        flag: true,
        off: false,
        nothing: null,
        text: "Hello, Wörld",
        list: [3, 1, 2],
        words: ["b", "a", "c", "a"],
        mixed: [1, "a", true, null, 1.5],
        none: [],
        map: { a: 1, b: 2, c: 3 },
        void: {},
        nested: { a: { b: { c: "deep" } } },
        "dashed-key": "d",
        rows: [
          { name: "one", size: 1 },
          { name: "two", size: 2, note: "x" },
        ],
        hundred: Array.from({ length: 100 }, (_, index) => index),
      },
    },
  },
} as const satisfies Readonly<Record<string, TestObject>>;

export type ObjectName = keyof typeof OBJECTS;

/** ConfigMaps that policies take as parameters. */
export const PARAMS: readonly Value[] = [
  {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "limits", namespace: NAMESPACE, labels: { row: "none" } },
    data: { maxReplicas: "4", registry: "registry.example.com/", owners: "team-a,team-b" },
  },
];

const role = (name: string, rules: Value): { path: string; object: Value } => ({
  path: "/apis/rbac.authorization.k8s.io/v1/clusterroles",
  object: { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name }, rules },
});

const bind = (kind: "RoleBinding" | "ClusterRoleBinding", roleName: string, subject: Value) => ({
  path:
    kind === "RoleBinding"
      ? `/apis/rbac.authorization.k8s.io/v1/namespaces/${NAMESPACE}/rolebindings`
      : "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
  object: {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind,
    metadata: { name: roleName },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: roleName },
    subjects: [subject],
  },
});

const USER_SUBJECT: Value = { kind: "User", apiGroup: "rbac.authorization.k8s.io", name: USER.username };

/** Namespace, the free kind and the rights, in the order in which they are made. */
export const RBAC: readonly { readonly path: string; readonly object: Value }[] = [
  {
    path: "/api/v1/namespaces",
    object: {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: NAMESPACE, labels: { team: "a", stage: "prod" }, annotations: { "example.com/cost": "12" } },
    },
  },
  {
    path: "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    object: {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: `probes.${GROUP}` },
      spec: {
        group: GROUP,
        scope: "Namespaced",
        names: { plural: "probes", singular: "probe", kind: "Probe", listKind: "ProbeList" },
        versions: [
          {
            name: "v1",
            served: true,
            storage: true,
            schema: {
              openAPIV3Schema: {
                type: "object",
                properties: { spec: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
              },
            },
          },
        ],
      },
    },
  },
  role("shop-writer", [
    { apiGroups: ["", "apps", GROUP], resources: ["configmaps", "pods", "deployments", "probes"], verbs: ["*"] },
    { apiGroups: ["apps"], resources: ["deployments/scale"], verbs: ["update"] },
  ]),
  bind("RoleBinding", "shop-writer", USER_SUBJECT),
  role("version-reader", [{ nonResourceURLs: ["/version", "/healthz/*"], verbs: ["get"] }]),
  bind("ClusterRoleBinding", "version-reader", USER_SUBJECT),
  role("secret-reader", [{ apiGroups: [""], resources: ["secrets"], resourceNames: ["token"], verbs: ["get"] }]),
  bind("RoleBinding", "secret-reader", { kind: "ServiceAccount", name: "robot", namespace: NAMESPACE }),
];
