/** The Kubernetes objects of the CEL bench: made for it, of the size that admission sees. */
import type { JsonObject } from "./json.ts";

/** A pod that keeps every rule of the bench; the top-level fields of its spec, and its metadata, may be replaced. */
export function podObject(spec: JsonObject = {}, metadata: JsonObject = {}): JsonObject {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: "checkout-api-7f9c",
      namespace: "team-payments",
      labels: { "app.kubernetes.io/name": "checkout-api", "app.kubernetes.io/version": "2.4.1", tier: "prod" },
      annotations: { "example.com/owner": "payments@example.com", "example.com/ticket": "PAY-1042" },
      ...metadata,
    },
    spec: {
      serviceAccountName: "checkout-api",
      automountServiceAccountToken: false,
      restartPolicy: "Always",
      terminationGracePeriodSeconds: 30,
      securityContext: { runAsNonRoot: true, fsGroup: 2000, seccompProfile: { type: "RuntimeDefault" } },
      initContainers: [
        container("schema", "registry.example.com/payments/schema:2.4.1", { imagePullPolicy: "IfNotPresent" }),
        container("warm-up", "mirror.example.com/tools/fetch:1.9.0", {}),
      ],
      containers: [
        container("api", "registry.example.com/payments/checkout-api:2.4.1", {
          imagePullPolicy: "IfNotPresent",
          ports: [
            { name: "http", containerPort: 8080, protocol: "TCP" },
            { name: "metrics", containerPort: 9090, protocol: "TCP" },
          ],
          volumeMounts: [
            { name: "settings", mountPath: "/etc/checkout", readOnly: true },
            { name: "scratch", mountPath: "/tmp" },
          ],
          livenessProbe: { httpGet: { path: "/healthz", port: "http" }, periodSeconds: 10 },
        }),
        container("proxy", "mirror.example.com/mesh/proxy:1.27.0", {
          ports: [{ name: "mesh", containerPort: 15001, protocol: "TCP" }],
          volumeMounts: [{ name: "certificates", mountPath: "/var/run/certificates", readOnly: true }],
          livenessProbe: { tcpSocket: { port: "mesh" }, periodSeconds: 10 },
        }),
        container("log-shipper", "registry.example.com/platform/log-shipper:3.0.2", {
          imagePullPolicy: "Always",
          env: [{ name: "LEVEL", value: "info" }],
          volumeMounts: [{ name: "scratch", mountPath: "/logs", readOnly: true }],
          livenessProbe: { exec: { command: ["/bin/alive"] }, periodSeconds: 30 },
        }),
      ],
      volumes: VOLUMES,
      ...spec,
    },
  };
}

/** A deployment of {@link podObject}; the top-level fields of its spec, of its pod's spec and its metadata may be replaced. */
export function deploymentObject(
  spec: JsonObject = {},
  podSpec: JsonObject = {},
  metadata: JsonObject = {},
): JsonObject {
  const pod = podObject(podSpec);
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: {
      name: "checkout-api",
      namespace: "team-payments",
      generation: 12,
      labels: { "app.kubernetes.io/name": "checkout-api", tier: "prod" },
      annotations: { "example.com/owner": "payments@example.com" },
      ...metadata,
    },
    spec: {
      replicas: 3,
      revisionHistoryLimit: 5,
      progressDeadlineSeconds: 600,
      selector: { matchLabels: { "app.kubernetes.io/name": "checkout-api" } },
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
      template: { metadata: pod["metadata"] ?? {}, spec: pod["spec"] ?? {} },
      ...spec,
    },
  };
}

/** A container that keeps every rule of the bench, with these fields besides or instead. */
export function container(name: string, image: string, fields: JsonObject): JsonObject {
  return {
    name,
    image,
    resources: { requests: { cpu: "100m", memory: "128Mi" }, limits: { cpu: "500m", memory: "256Mi" } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      runAsUser: 10001,
      capabilities: { drop: ["ALL"] },
    },
    ...fields,
  };
}

/** The volumes of {@link podObject}. */
export const VOLUMES: readonly JsonObject[] = [
  { name: "settings", configMap: { name: "checkout-settings", defaultMode: 420 } },
  { name: "scratch", emptyDir: { sizeLimit: "1Gi" } },
  { name: "certificates", secret: { secretName: "mesh-certificates" } },
  { name: "token", projected: { sources: [{ serviceAccountToken: { path: "token", expirationSeconds: 3600 } }] } },
];
