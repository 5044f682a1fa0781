import type { Value, ValueObject } from "../../src/base/index.ts";
import type { Choices } from "../../src/testing/cel-choices.ts";

/** Where an object's pod is, in the order of its keys; undefined for kinds that have none. */
export const POD_PATHS: Readonly<Record<string, readonly string[]>> = {
  Pod: [],
  Deployment: ["spec", "template"],
  StatefulSet: ["spec", "template"],
  DaemonSet: ["spec", "template"],
  Job: ["spec", "template"],
  CronJob: ["spec", "jobTemplate", "spec", "template"],
};

const API_VERSIONS: Readonly<Record<string, string>> = {
  Pod: "v1",
  ConfigMap: "v1",
  Service: "v1",
  Deployment: "apps/v1",
  StatefulSet: "apps/v1",
  DaemonSet: "apps/v1",
  Job: "batch/v1",
  CronJob: "batch/v1",
};

export const LABEL_VALUES = ["web", "db", "cache", "true", "1", "10", "1.5", ""] as const;
export const IMAGES = [
  "nginx",
  "nginx:1.27",
  "ghcr.io/acme/shop:v1.2.3",
  "ghcr.io/acme/db:latest",
  "registry.example:5000/team/app@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
] as const;
export const QUANTITIES = ["100m", "1", "64Mi", "128Mi", "1Gi", "0.5", "2000m", "1e3"] as const;
const PULL_POLICIES = ["Always", "IfNotPresent", "Never"] as const;
const CAPABILITIES = ["NET_ADMIN", "NET_RAW", "SYS_TIME", "CHOWN"] as const;

/** An object of some kind that a cluster would take, as far as Kyverno looks. */
export function makeResource(choices: Choices, kind: string, metadata: ValueObject): ValueObject {
  const object = { apiVersion: API_VERSIONS[kind] ?? "v1", kind, metadata: { ...metadata, ...makeMetadata(choices) } };
  switch (kind) {
    case "ConfigMap":
      return { ...object, data: makeData(choices) };
    case "Service":
      return { ...object, spec: makeServiceSpec(choices) };
    case "Pod":
      return { ...object, spec: makePodSpec(choices) };
    case "CronJob":
      return {
        ...object,
        spec: {
          schedule: choices.pick(["*/5 * * * *", "@daily"]),
          jobTemplate: { spec: { template: makeTemplate(choices) } },
        },
      };
    case "Job":
      return { ...object, spec: { backoffLimit: choices.next(7), template: makeTemplate(choices) } };
    default:
      return {
        ...object,
        spec: {
          ...(kind === "DaemonSet" ? {} : { replicas: choices.next(12) }),
          selector: { matchLabels: { app: "web" } },
          template: makeTemplate(choices),
        },
      };
  }
}

function makeTemplate(choices: Choices): ValueObject {
  return { metadata: makeMetadata(choices), spec: makePodSpec(choices) };
}

function makeMetadata(choices: Choices): ValueObject {
  const labels: Record<string, Value> = {};
  for (const key of ["app", "tier", "example.com/team"]) {
    if (!choices.oneIn(3)) labels[key] = choices.pick(LABEL_VALUES);
  }
  const annotations: Record<string, Value> = {};
  if (choices.oneIn(3)) annotations["note"] = choices.pick(["hello world", "30s", "2h", "1.2.3", "a,b"]);
  if (choices.oneIn(4)) annotations["example.com/limit"] = choices.pick(QUANTITIES);
  return {
    ...(Object.keys(labels).length > 0 ? { labels } : {}),
    ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
  };
}

function makeData(choices: Choices): ValueObject {
  const data: Record<string, Value> = { mode: choices.pick(["fast", "slow", "off"]) };
  for (const key of ["limit", "timeout", "url", "empty"]) {
    if (choices.oneIn(2)) data[key] = choices.pick(["10", "30s", "https://example.com/a", "", "128Mi"]);
  }
  return data;
}

function makeServiceSpec(choices: Choices): ValueObject {
  return {
    type: choices.pick(["ClusterIP", "NodePort", "LoadBalancer"]),
    selector: { app: choices.pick(["web", "db"]) },
    ports: times(1 + choices.next(3), (index) => ({
      name: `p${index}`,
      port: choices.pick([80, 443, 8080]),
      ...(choices.oneIn(2) ? { targetPort: pickValue(choices, [8080, "http"]) } : {}),
      ...(choices.oneIn(3) ? { nodePort: 30000 + choices.next(100) } : {}),
    })),
    ...(choices.oneIn(3) ? { externalIPs: ["10.0.0.1"] } : {}),
  };
}

function makePodSpec(choices: Choices): ValueObject {
  return {
    containers: times(1 + choices.next(3), (index) => makeContainer(choices, `c${index}`)),
    ...(choices.oneIn(4) ? { initContainers: [makeContainer(choices, "init")] } : {}),
    ...(choices.oneIn(2) ? { hostNetwork: choices.pick([true, false]) } : {}),
    ...(choices.oneIn(3) ? { serviceAccountName: choices.pick(["default", "shop"]) } : {}),
    ...(choices.oneIn(3) ? { terminationGracePeriodSeconds: choices.pick([0, 30, 3600]) } : {}),
    ...(choices.oneIn(3)
      ? { securityContext: { runAsNonRoot: choices.pick([true, false]), fsGroup: choices.pick([0, 1000]) } }
      : {}),
    ...(choices.oneIn(3) ? { volumes: times(1 + choices.next(2), (index) => makeVolume(choices, `v${index}`)) } : {}),
    ...(choices.oneIn(4) ? { nodeSelector: { disk: choices.pick(["ssd", "hdd"]) } } : {}),
    ...(choices.oneIn(5) ? { tolerations: [{ key: "gpu", operator: "Exists", effect: "NoSchedule" }] } : {}),
    ...(choices.oneIn(6) ? { imagePullSecrets: [{ name: "pull" }] } : {}),
  };
}

function makeContainer(choices: Choices, name: string): ValueObject {
  return {
    name,
    image: choices.pick(IMAGES),
    ...(choices.oneIn(2) ? { imagePullPolicy: choices.pick(PULL_POLICIES) } : {}),
    ...(choices.oneIn(2) ? { resources: makeLimits(choices) } : {}),
    ...(choices.oneIn(2) ? { securityContext: makeSecurityContext(choices) } : {}),
    ...(choices.oneIn(3)
      ? { ports: times(1 + choices.next(2), () => ({ containerPort: choices.pick([80, 443, 8080]) })) }
      : {}),
    ...(choices.oneIn(3)
      ? { env: times(1 + choices.next(2), (index) => ({ name: `E${index}`, value: choices.pick(["a", "b", "1"]) })) }
      : {}),
    ...(choices.oneIn(4)
      ? { args: times(1 + choices.next(3), () => choices.pick(["--port=80", "-v", "run", ""])) }
      : {}),
    ...(choices.oneIn(6)
      ? { volumeMounts: [{ name: "v0", mountPath: "/data", readOnly: choices.pick([true, false]) }] }
      : {}),
  };
}

function makeLimits(choices: Choices): ValueObject {
  const amounts = (): ValueObject => ({
    memory: choices.pick(QUANTITIES),
    ...(choices.oneIn(2) ? { cpu: pickValue(choices, ["100m", "1", 2, "0.5"]) } : {}),
  });
  return { limits: amounts(), ...(choices.oneIn(2) ? { requests: amounts() } : {}) };
}

function makeSecurityContext(choices: Choices): ValueObject {
  return {
    ...(choices.oneIn(2) ? { privileged: choices.pick([true, false]) } : {}),
    ...(choices.oneIn(2) ? { runAsUser: choices.pick([0, 1000, 65534]) } : {}),
    ...(choices.oneIn(3)
      ? { capabilities: { add: times(choices.next(3), () => choices.pick(CAPABILITIES)), drop: ["ALL"] } }
      : {}),
  };
}

function makeVolume(choices: Choices, name: string): ValueObject {
  return choices.pick<ValueObject>([
    { name, emptyDir: {} },
    { name, hostPath: { path: choices.pick(["/var/run/docker.sock", "/tmp"]) } },
    { name, configMap: { name: "settings", optional: true } },
    { name, secret: { secretName: "keys", defaultMode: 420 } },
  ]);
}

/** One of several values of different types. */
export function pickValue(choices: Choices, items: readonly Value[]): Value {
  return choices.pick(items) ?? null;
}

export function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}
