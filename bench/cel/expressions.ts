/** The twelve policy expressions that are timed, of rising size, and what each says of its objects. */
import type { JsonObject } from "./json.ts";
import { container, deploymentObject, podObject, VOLUMES } from "./objects.ts";

/** One expression over `object`. */
export interface BenchExpression {
  readonly name: string;
  readonly source: string;
  /** What it is given, and the right answer by the CEL specification. */
  readonly objects: readonly { readonly note: string; readonly object: JsonObject; readonly answer: boolean }[];
}

const API_IMAGE = "registry.example.com/payments/checkout-api:2.4.1";

/** `api` with these fields replaced, and the log shipper after it. */
function containers(fields: JsonObject, image: string = API_IMAGE): JsonObject {
  return {
    containers: [
      container("api", image, fields),
      container("log-shipper", "registry.example.com/platform/log-shipper:3.0.2", { imagePullPolicy: "Always" }),
    ],
  };
}

const KEEPS = { note: "keeps the rule", answer: true } as const;

/** The table. Every object is admission-sized; those that break a rule break it where its last part looks. */
export const BENCH_EXPRESSIONS: readonly BenchExpression[] = [
  {
    name: "replica limit",
    source: "object.spec.replicas <= 5",
    objects: [
      { ...KEEPS, object: deploymentObject() },
      { note: "too many", answer: false, object: deploymentObject({ replicas: 12 }) },
    ],
  },
  {
    name: "required label",
    source: `has(object.metadata.labels) && 'app.kubernetes.io/name' in object.metadata.labels
&& object.metadata.labels['app.kubernetes.io/name'] != ''`,
    objects: [
      { ...KEEPS, object: podObject() },
      { note: "other labels", answer: false, object: podObject({}, { labels: { tier: "prod" } }) },
      { note: "empty label", answer: false, object: podObject({}, { labels: { "app.kubernetes.io/name": "" } }) },
    ],
  },
  {
    name: "names",
    source: `object.metadata.namespace.startsWith('team-') && !object.metadata.name.contains('--')
&& size(object.metadata.name) <= 40 && object.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')`,
    objects: [
      { ...KEEPS, object: podObject() },
      { note: "ends with a dot", answer: false, object: podObject({}, { name: "checkout-api." }) },
    ],
  },
  {
    name: "allowed registries",
    source: `object.spec.containers.all(c,
  c.image.startsWith('registry.example.com/') || c.image.startsWith('mirror.example.com/'))`,
    objects: [
      { ...KEEPS, object: podObject() },
      { note: "one from elsewhere", answer: false, object: podObject(containers({}, "docker.io/library/nginx:1.27")) },
    ],
  },
  {
    name: "integer arithmetic",
    source: `object.spec.replicas % 2 == 1
&& object.spec.replicas * object.spec.template.spec.containers.size() <= 20
&& object.spec.progressDeadlineSeconds / 60 + object.spec.revisionHistoryLimit <= 15
&& object.spec.replicas + object.spec.strategy.rollingUpdate.maxSurge - object.spec.strategy.rollingUpdate.maxUnavailable < 8`,
    objects: [
      { ...KEEPS, object: deploymentObject() },
      {
        note: "a surge too large",
        answer: false,
        object: deploymentObject({ strategy: { rollingUpdate: { maxSurge: 9, maxUnavailable: 0 } } }),
      },
    ],
  },
  {
    name: "resources of each container",
    source: `object.spec.template.spec.containers.all(c,
  has(c.resources) && has(c.resources.requests) && has(c.resources.limits)
  && ['cpu', 'memory'].all(r, r in c.resources.requests && r in c.resources.limits))`,
    objects: [
      { ...KEEPS, object: deploymentObject() },
      {
        note: "no memory limit",
        answer: false,
        object: deploymentObject(
          {},
          containers({ resources: { requests: { cpu: "1", memory: "1Gi" }, limits: { cpu: "1" } } }),
        ),
      },
    ],
  },
  {
    name: "image strings",
    source: `object.spec.containers.map(c, c.image.lowerAscii()).all(image,
  image.split('/').size() == 3
  && image.substring(image.lastIndexOf('/') + 1).split(':').size() == 2
  && !image.endsWith(':latest') && image.indexOf('@') == -1)`,
    objects: [
      { ...KEEPS, object: podObject() },
      { note: "no version", answer: false, object: podObject(containers({}, "registry.example.com/payments/api")) },
      {
        note: "latest",
        answer: false,
        object: podObject(containers({}, "registry.example.com/payments/checkout-api:Latest")),
      },
    ],
  },
  {
    name: "ternary, filter, size",
    source: `(object.metadata.labels.tier == 'prod' ? object.spec.replicas >= 3 : object.spec.replicas >= 1)
&& object.spec.template.spec.containers.filter(c, has(c.livenessProbe) && c.livenessProbe.periodSeconds <= 60).size()
  == size(object.spec.template.spec.containers)`,
    objects: [
      { ...KEEPS, object: deploymentObject() },
      { note: "no probe", answer: false, object: deploymentObject({}, containers({ restartPolicy: "Always" })) },
      { note: "one replica in production", answer: false, object: deploymentObject({ replicas: 1 }) },
    ],
  },
  {
    name: "optional fields",
    source: `object.metadata.?annotations[?'example.com/owner'].orValue('').endsWith('@example.com')
&& object.spec.?securityContext.?runAsNonRoot.orValue(false)
&& object.spec.?hostNetwork.orValue(false) == false
&& object.spec.containers.all(c, c.?securityContext.?allowPrivilegeEscalation.orValue(true) == false)`,
    objects: [
      { ...KEEPS, object: podObject() },
      { note: "nothing said", answer: false, object: podObject(containers({ securityContext: {} })) },
    ],
  },
  {
    name: "unique ports",
    source: `object.spec.containers.all(c, !has(c.ports) || c.ports.all(p,
  p.containerPort > 1024 && (!has(p.hostPort) || p.hostPort == 0)
  && object.spec.containers.exists_one(other, has(other.ports) && other.ports.exists_one(q, q.name == p.name))))`,
    objects: [
      { ...KEEPS, object: podObject() },
      {
        note: "one name twice",
        answer: false,
        object: podObject(
          containers({
            ports: [
              { name: "http", containerPort: 8080 },
              { name: "admin", containerPort: 8081 },
              { name: "admin", containerPort: 8082 },
            ],
          }),
        ),
      },
    ],
  },
  {
    name: "volumes and mounts",
    source: `(has(object.spec.volumes) ? object.spec.volumes : []).all(v,
  has(v.configMap) || has(v.emptyDir) || has(v.secret) || has(v.projected))
&& (object.spec.containers + (has(object.spec.initContainers) ? object.spec.initContainers : [])).all(c,
  !has(c.volumeMounts) || c.volumeMounts.all(m,
    object.spec.volumes.exists(v, v.name == m.name && (!has(v.secret) || (has(m.readOnly) && m.readOnly)))
    && !m.mountPath.matches('^/(proc|sys|dev)(/|$)')))`,
    objects: [
      { ...KEEPS, object: podObject() },
      {
        note: "a secret mounted writable",
        answer: false,
        object: podObject(containers({ volumeMounts: [{ name: "certificates", mountPath: "/certificates" }] })),
      },
      {
        note: "a folder of the host",
        answer: false,
        object: podObject({ volumes: [...VOLUMES, { name: "host", hostPath: { path: "/" } }] }),
      },
    ],
  },
  {
    name: "pod security, restricted",
    source: `(!has(object.spec.hostNetwork) || !object.spec.hostNetwork)
&& (!has(object.spec.hostPID) || !object.spec.hostPID)
&& (!has(object.spec.hostIPC) || !object.spec.hostIPC)
&& (!has(object.spec.volumes) || object.spec.volumes.all(v, !has(v.hostPath)
  && (has(v.configMap) || has(v.csi) || has(v.downwardAPI) || has(v.emptyDir) || has(v.ephemeral)
    || has(v.persistentVolumeClaim) || has(v.projected) || has(v.secret))))
&& (!has(object.spec.securityContext.sysctls) || object.spec.securityContext.sysctls.all(s,
  s.name in ['kernel.shm_rmid_forced', 'net.ipv4.ip_local_port_range', 'net.ipv4.tcp_syncookies']))
&& [object.spec.containers, has(object.spec.initContainers) ? object.spec.initContainers : []].all(group, group.all(c,
  (!has(c.ports) || c.ports.all(p, !has(p.hostPort) || p.hostPort == 0))
  && has(c.securityContext)
  && (!has(c.securityContext.privileged) || !c.securityContext.privileged)
  && has(c.securityContext.allowPrivilegeEscalation) && !c.securityContext.allowPrivilegeEscalation
  && (!has(c.securityContext.procMount) || c.securityContext.procMount == 'Default')
  && has(c.securityContext.capabilities) && has(c.securityContext.capabilities.drop)
  && c.securityContext.capabilities.drop.exists(d, d == 'ALL')
  && (!has(c.securityContext.capabilities.add)
    || c.securityContext.capabilities.add.all(a, a in ['NET_BIND_SERVICE']))
  && (has(c.securityContext.runAsNonRoot) ? c.securityContext.runAsNonRoot
    : has(object.spec.securityContext.runAsNonRoot) && object.spec.securityContext.runAsNonRoot)
  && (!has(c.securityContext.runAsUser) || c.securityContext.runAsUser > 0)
  && (has(c.securityContext.seccompProfile)
    ? c.securityContext.seccompProfile.type in ['RuntimeDefault', 'Localhost']
    : has(object.spec.securityContext.seccompProfile)
      && object.spec.securityContext.seccompProfile.type in ['RuntimeDefault', 'Localhost'])))`,
    objects: [
      { ...KEEPS, object: podObject() },
      {
        note: "an init container with a capability",
        answer: false,
        object: podObject({
          initContainers: [
            container("network", "registry.example.com/platform/network:1.0.0", {
              securityContext: {
                allowPrivilegeEscalation: false,
                runAsNonRoot: true,
                capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE", "NET_ADMIN"] },
              },
            }),
          ],
        }),
      },
      { note: "the host's network", answer: false, object: podObject({ hostNetwork: true }) },
    ],
  },
];
