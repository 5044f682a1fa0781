import type { Value, ValueObject } from "../../../src/base/index.ts";
import { type Key, keysOf, makeConditions } from "../conditions.ts";
import { makeMerge } from "../mutations.ts";
import { makePattern } from "../patterns.ts";
import { makeResource } from "../resources.ts";
import { makePod } from "./pods.ts";
import { objectOf, policyOf, type SceneMaker, type Seat, scene, withPod } from "./scene.ts";

const WORKLOADS = [
  "Deployment",
  "CronJob",
  "Job",
  "DaemonSet",
  "StatefulSet",
  "ReplicaSet",
  "ReplicationController",
  "Pod",
] as const;
const VALUES = [
  "all",
  "none",
  "",
  "Deployment",
  "Deployment,CronJob",
  "CronJob",
  "Deployment, Job",
  "DaemonSet,StatefulSet,ReplicaSet",
  "ReplicationController,Job",
  "all,none",
  "deployment",
] as const;

/** Rules for pods, and what autogen makes of them. */
export const makeAutogen: SceneMaker = (seat) => {
  const { choices } = seat;
  const kind = choices.pick(WORKLOADS);
  const made = objectOf(seat, kind === "ReplicaSet" || kind === "ReplicationController" ? "Deployment" : kind);
  const resource =
    kind === "ReplicaSet"
      ? { ...made, kind }
      : kind === "ReplicationController"
        ? { ...made, kind, apiVersion: "v1" }
        : made;
  const subject = makeResource(choices, "Pod", { name: "p" });
  const annotations = choices.oneIn(3)
    ? {}
    : { annotations: { "pod-policies.kyverno.io/autogen-controllers": choices.pick(VALUES) } };
  const keys = keysOf("");
  const rules = [0, 1].slice(0, 1 + choices.next(2)).map((index) => ({
    name: `r${index}`,
    ...makeMatch(seat),
    ...(choices.oneIn(4) ? { preconditions: makeConditions(choices, keys) } : {}),
    ...(choices.oneIn(5)
      ? { context: [{ name: "who", variable: { jmesPath: "request.object.spec.serviceAccountName || 'default'" } }] }
      : {}),
    ...makeAction(seat, subject, keys),
  }));
  return scene(policyOf(seat, rules, choices.oneIn(8) ? { applyRules: "One" } : {}, annotations), resource);
};

function makeMatch({ choices, name }: Seat): ValueObject {
  const namespaces = [name];
  const match = choices.pick<Value>([
    { any: [{ resources: { kinds: ["Pod"], namespaces } }] },
    { any: [{ resources: { kinds: ["v1/Pod"], namespaces } }] },
    { resources: { kinds: ["Pod"], namespaces } },
    { any: [{ resources: { kinds: ["Pod", "Deployment"], namespaces } }] },
    { any: [{ resources: { kinds: ["Pod"], namespaces, names: ["object-*"] } }] },
    { any: [{ resources: { kinds: ["Pod"], namespaces, selector: { matchLabels: { app: "*" } } } }] },
    { all: [{ resources: { kinds: ["Pod"], namespaces } }] },
    { any: [{ resources: { kinds: ["*/Pod"], namespaces } }] },
    { any: [{ resources: { kinds: ["Deployment", "CronJob"], namespaces } }] },
    { any: [{ resources: { kinds: ["Pod"], namespaces } }, { resources: { kinds: ["ConfigMap"], namespaces } }] },
  ]);
  return {
    match,
    ...(choices.oneIn(6)
      ? {
          exclude: {
            any: [
              {
                resources: choices.pick<ValueObject>([
                  { kinds: ["Pod"], names: ["no*"] },
                  { namespaces: ["kube-*"] },
                  { kinds: ["Pod"], selector: { matchLabels: { tier: "db" } } },
                ]),
              },
            ],
          },
        }
      : {}),
  };
}

function makeAction({ choices }: Seat, subject: ValueObject, keys: readonly Key[]): ValueObject {
  const texts = keys.filter(({ type }) => type === "text");
  switch (choices.next(6)) {
    case 0:
      return {
        validate: { message: "{{ request.object.metadata.name }} is not good", pattern: makePattern(choices, subject) },
      };
    case 1:
      return {
        validate: { message: "denied in request.object.spec", deny: { conditions: makeConditions(choices, keys) } },
      };
    case 2:
      return { mutate: { patchStrategicMerge: makeMerge(choices, subject, texts) } };
    case 3:
      return {
        validate: {
          message: "a container is bad",
          foreach: [
            {
              list: "request.object.spec.containers",
              deny: { conditions: { any: [{ key: "{{ element.image }}", operator: "Equals", value: "nginx*" }] } },
            },
          ],
        },
      };
    case 4:
      return {
        validate: {
          message: "no",
          podSecurity: { level: choices.pick(["baseline", "restricted"]), version: "latest" },
        },
      };
    default:
      return {
        validate: { message: "any", anyPattern: [makePattern(choices, subject), makePattern(choices, subject)] },
      };
  }
}

const CONTROLS = [
  "Capabilities",
  "Seccomp",
  "Privileged Containers",
  "Host Ports",
  "/proc Mount Type",
  "HostProcess",
  "SELinux",
  "Host Namespaces",
  "HostPath Volumes",
  "Sysctls",
  "AppArmor",
  "Privilege Escalation",
  "Running as Non-root",
  "Running as Non-root user",
  "Volume Types",
] as const;
/** Controls that are about containers, for which images must be named. */
const OF_CONTAINERS: ReadonlySet<string> = new Set([
  "Capabilities",
  "Seccomp",
  "Privileged Containers",
  "Host Ports",
  "/proc Mount Type",
  "HostProcess",
  "SELinux",
  "AppArmor",
  "Privilege Escalation",
  "Running as Non-root",
  "Running as Non-root user",
]);
const VERSIONS = ["latest", "v1.19", "v1.22", "v1.24", "v1.25", "v1.27", "v1.29", "v1.30", "v1.31", "v1.32"] as const;

const FIELDS: readonly (readonly [control: string, field: string, values: readonly string[]])[] = [
  ["Capabilities", "spec.containers[*].securityContext.capabilities.add", ["NET_ADMIN", "SYS_TIME", "*"]],
  ["Capabilities", "spec.initContainers[*].securityContext.capabilities.add", ["NET_ADMIN"]],
  ["Capabilities", "spec.containers[*].securityContext.capabilities.drop", ["NET_RAW", ""]],
  ["Seccomp", "spec.securityContext.seccompProfile.type", ["Unconfined"]],
  ["Seccomp", "spec.containers[*].securityContext.seccompProfile.type", ["Unconfined", "Local*"]],
  ["Privileged Containers", "spec.containers[*].securityContext.privileged", ["true"]],
  ["Host Ports", "spec.containers[*].ports[*].hostPort", ["80", "443"]],
  ["/proc Mount Type", "spec.containers[*].securityContext.procMount", ["Unmasked"]],
  ["HostProcess", "spec.securityContext.windowsOptions.hostProcess", ["true"]],
  ["SELinux", "spec.securityContext.seLinuxOptions.type", ["custom_t", "spc_t"]],
  ["SELinux", "spec.containers[*].securityContext.seLinuxOptions.user", ["root"]],
  ["Host Namespaces", "spec.hostNetwork", ["true"]],
  ["Host Namespaces", "spec.hostPID", ["true"]],
  ["HostPath Volumes", "spec.volumes[*].hostPath", ["*", "/tmp"]],
  ["Sysctls", "spec.securityContext.sysctls[*].name", ["kernel.msgmax", "net.*"]],
  ["AppArmor", "metadata.annotations", ["unconfined"]],
  ["Privilege Escalation", "spec.containers[*].securityContext.allowPrivilegeEscalation", ["true", "undefined"]],
  ["Running as Non-root", "spec.securityContext.runAsNonRoot", ["false"]],
  ["Running as Non-root", "spec.containers[*].securityContext.runAsNonRoot", ["false"]],
  ["Running as Non-root user", "spec.containers[*].securityContext.runAsUser", ["0"]],
  ["Running as Non-root user", "spec.securityContext.runAsUser", ["0"]],
  ["Volume Types", "spec.volumes[*].hostPath", ["*"]],
];

/** The exclusions of a podSecurity rule, or of an exception to one. */
export function makeSecurityExclusions({ choices }: Seat): readonly ValueObject[] {
  return [0, 1, 2].slice(0, 1 + choices.next(3)).map((): ValueObject => {
    if (choices.oneIn(2)) {
      const [controlName, restrictedField, values] = choices.pick(FIELDS) ?? ["", "", []];
      const isOfContainers = /containers/i.test(restrictedField);
      return {
        controlName,
        ...(isOfContainers ? { images: [choices.pick(["*", "nginx*", "ghcr.io/*", "*acme*"])] } : {}),
        restrictedField,
        values: [...values],
      };
    }
    const controlName = choices.pick(CONTROLS);
    const images =
      OF_CONTAINERS.has(controlName) && !choices.oneIn(3)
        ? { images: [choices.pick(["*", "nginx*", "ghcr.io/*"])] }
        : {};
    return { controlName, ...images };
  });
}

/** Pod Security Standards. */
export const makePodSecurity: SceneMaker = (seat) => {
  const { choices } = seat;
  const kind = choices.pick(["Pod", "Pod", "Pod", "Deployment", "CronJob"]);
  const resource = withPod(
    objectOf(seat, kind),
    makePod(choices, kind === "Pod" ? { name: seat.objectName, namespace: seat.name } : {}),
  );
  const podSecurity = {
    level: choices.pick(["baseline", "restricted", "restricted", "baseline", "privileged"]),
    ...(choices.oneIn(8) ? {} : { version: choices.pick(VERSIONS) }),
    ...(choices.oneIn(2) ? { exclude: makeSecurityExclusions(seat) } : {}),
  };
  return scene(
    policyOf(seat, [
      {
        name: "pss",
        match: { any: [{ resources: { kinds: ["Pod"], namespaces: [seat.name] } }] },
        validate: { ...(choices.oneIn(3) ? { message: "not secure" } : {}), podSecurity },
      },
    ]),
    resource,
  );
};
