import assert from "node:assert/strict";
import { test } from "node:test";
import { Double } from "../../../base/index.ts";
import { check, type PodParts, podOf, textOf } from "../../../testing/pod-security-pods.ts";

const C = "spec.containers[0]";
const S = `${C}.securityContext`;
const P = "spec.securityContext";

interface ControlRow {
  readonly name: string;
  readonly bad: PodParts;
  /** The twin that is allowed. */
  readonly good?: PodParts;
  readonly expected: string;
  readonly detail: string;
  /** Whether the baseline standard allows it. */
  readonly restrictedOnly?: true;
}

const controls: readonly ControlRow[] = [
  {
    name: "privileged",
    bad: { security: { privileged: true } },
    good: { security: { privileged: false } },
    expected: `privileged: ${S}.privileged=true`,
    detail: 'container "c" must not set securityContext.privileged=true',
  },
  {
    name: "host namespaces",
    bad: { spec: { hostNetwork: true, hostIPC: true } },
    good: { spec: { hostNetwork: false } },
    expected: "hostNamespaces: spec.hostNetwork=true spec.hostIPC=true",
    detail: "hostNetwork=true, hostIPC=true",
  },
  {
    name: "host ports",
    bad: { container: { ports: [{ containerPort: 1 }, { hostPort: 80 }, { hostPort: 9 }] } },
    good: { container: { ports: [{ hostPort: 0 }] } },
    expected: `hostPorts: ${C}.ports[1].hostPort=80 ${C}.ports[2].hostPort=9`,
    detail: 'container "c" uses hostPorts 80, 9',
  },
  {
    name: "procMount",
    bad: { security: { procMount: "Unmasked" } },
    good: { security: { procMount: "Default" } },
    expected: `procMount: ${S}.procMount=Unmasked`,
    detail: 'container "c" must not set securityContext.procMount to "Unmasked"',
  },
  {
    name: "hosts of probes",
    bad: {
      container: { livenessProbe: { httpGet: { host: "h" } }, lifecycle: { preStop: { tcpSocket: { host: "g" } } } },
    },
    good: { container: { livenessProbe: { httpGet: { host: "" } } } },
    expected: "hostProbesAndHostLifecycle: ",
    detail: 'container "c" uses probe or lifecycle hosts "g", "h"',
  },
  {
    name: "AppArmor fields",
    bad: { security: { appArmorProfile: { type: "Unconfined" } }, spec: { securityContext: { appArmorProfile: {} } } },
    good: { security: { appArmorProfile: { type: "Localhost" } } },
    expected: `appArmorProfile: ${P}.appArmorProfile.type= ${S}.appArmorProfile.type=Unconfined`,
    detail: 'pod and container "c" must not set AppArmor profile type to "", "Unconfined"',
  },
  {
    name: "AppArmor annotations",
    bad: { annotations: { "container.apparmor.security.beta.kubernetes.io/c": "unconfined" } },
    good: { annotations: { "container.apparmor.security.beta.kubernetes.io/c": "localhost/x" } },
    expected:
      "appArmorProfile: spec.template.metadata.annotations[container.apparmor.security.beta.kubernetes.io/c]=unconfined",
    detail:
      'annotation must not set AppArmor profile type to "container.apparmor.security.beta.kubernetes.io/c="unconfined""',
  },
  {
    name: "SELinux",
    bad: {
      security: { seLinuxOptions: { type: "spc_t", user: "u" } },
      spec: { securityContext: { seLinuxOptions: { role: "r" } } },
    },
    good: { security: { seLinuxOptions: { type: "container_t", user: "", role: "" } } },
    expected: `seLinuxOptions: ${P}.seLinuxOptions.role=r ${S}.seLinuxOptions.type=spc_t ${S}.seLinuxOptions.user=u`,
    detail:
      'pod and container "c" set forbidden securityContext.seLinuxOptions: type "spc_t"; user may not be set; role may not be set',
  },
  {
    name: "Windows host processes",
    bad: { security: { windowsOptions: { hostProcess: true } } },
    good: { security: { windowsOptions: {} } },
    expected: `windowsHostProcess: ${S}.windowsOptions.hostProcess=true`,
    detail: 'container "c" must not set securityContext.windowsOptions.hostProcess=true',
  },
  {
    name: "sysctls",
    bad: { spec: { securityContext: { sysctls: [{ name: "kernel.shm_rmid_forced" }, { name: "kernel.msgmax" }] } } },
    good: { spec: { securityContext: { sysctls: [{ name: "kernel.shm_rmid_forced" }] } } },
    expected: `sysctls: ${P}.sysctls[1].name=kernel.msgmax`,
    detail: "kernel.msgmax",
  },
  {
    name: "privilege escalation",
    bad: { security: { allowPrivilegeEscalation: null } },
    good: { security: { allowPrivilegeEscalation: false } },
    expected: `allowPrivilegeEscalation: ${S}.allowPrivilegeEscalation=nil`,
    detail: 'container "c" must set securityContext.allowPrivilegeEscalation=false',
    restrictedOnly: true,
  },
  {
    name: "dropped capabilities",
    bad: { security: { capabilities: { drop: ["NET_RAW", "KILL"] } } },
    expected: `capabilities_restricted: ${S}.capabilities.drop=KILL,NET_RAW`,
    detail: 'container "c" must set securityContext.capabilities.drop=["ALL"]',
    restrictedOnly: true,
  },
  {
    name: "added capabilities that are default ones",
    bad: { security: { capabilities: { drop: ["ALL"], add: ["CHOWN", "NET_BIND_SERVICE"] } } },
    good: { security: { capabilities: { drop: ["KILL", "ALL"], add: ["NET_BIND_SERVICE"] } } },
    expected: `capabilities_restricted: ${S}.capabilities.add=CHOWN`,
    detail: 'container "c" must not include "CHOWN" in securityContext.capabilities.add',
    restrictedOnly: true,
  },
  {
    name: "users that are root",
    bad: { security: { runAsUser: 0 }, spec: { securityContext: { runAsUser: new Double(0) } } },
    good: { security: { runAsUser: 1000 } },
    expected: `runAsUser: ${P}.runAsUser=0 ${S}.runAsUser=0`,
    detail: 'pod and container "c" must not set runAsUser=0',
    restrictedOnly: true,
  },
  {
    name: "running as root",
    bad: { security: { runAsNonRoot: false } },
    good: { security: { runAsNonRoot: null }, spec: { securityContext: { runAsNonRoot: true } } },
    expected: `runAsNonRoot: ${S}.runAsNonRoot=false`,
    detail: 'container "c" must not set securityContext.runAsNonRoot=false',
    restrictedOnly: true,
  },
  {
    name: "nothing said of root",
    bad: { security: { runAsNonRoot: null } },
    expected: `runAsNonRoot: ${S}.runAsNonRoot=`,
    detail: 'pod or container "c" must set securityContext.runAsNonRoot=true',
    restrictedOnly: true,
  },
  {
    name: "no seccomp profile",
    bad: { security: { seccompProfile: null } },
    good: { security: { seccompProfile: null }, spec: { securityContext: { seccompProfile: { type: "Localhost" } } } },
    expected: `seccompProfile_restricted: ${S}.seccompProfile.type=`,
    detail: 'pod or container "c" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"',
    restrictedOnly: true,
  },
  {
    name: "volume types",
    bad: { spec: { volumes: [{ name: "n", nfs: {} }, { name: "e", emptyDir: {} }, { name: "u" }] } },
    good: {
      spec: {
        volumes: [
          { name: "e", emptyDir: {} },
          { name: "p", projected: {} },
        ],
      },
    },
    expected: "restrictedVolumes: spec.volumes[0].nfs= spec.volumes[2].unknown=",
    detail: 'volumes "n", "u" use restricted volume types "nfs", "unknown"',
    restrictedOnly: true,
  },
];

for (const { name, bad, good = {}, expected, detail, restrictedOnly } of controls) {
  test(`${name}: ${expected}`, () => {
    const outcome = check({ level: "restricted", version: "latest" }, podOf(bad));
    assert.equal(textOf(outcome), expected);
    assert.equal(outcome.checks[0]?.detail, detail);
    assert.equal(outcome.status, "denied");
  });

  test(`${name}: the twin is allowed`, () => {
    assert.deepEqual(check({ level: "restricted" }, podOf(good)), { status: "allowed", checks: [], message: "" });
  });

  test(`${name}: the baseline standard ${restrictedOnly ? "allows" : "denies"} it`, () => {
    assert.equal(check({ level: "baseline" }, podOf(bad)).status, restrictedOnly ? "allowed" : "denied");
  });
}

const both: readonly (readonly [string, PodParts, string])[] = [
  [
    "capabilities",
    { security: { capabilities: { drop: ["ALL"], add: ["SYS_ADMIN"] } } },
    "capabilities_baseline capabilities_restricted",
  ],
  [
    "seccomp",
    { security: { seccompProfile: { type: "Unconfined" } } },
    "seccompProfile_baseline seccompProfile_restricted",
  ],
  ["hostPath", { spec: { volumes: [{ name: "h", hostPath: { path: "/" } }] } }, "hostPathVolumes restrictedVolumes"],
];

for (const [name, parts, expected] of both) {
  test(`${name} fail in both standards' checks at once`, () => {
    assert.equal(
      check({ level: "restricted" }, podOf(parts))
        .checks.map(({ id }) => id)
        .join(" "),
      expected,
    );
    assert.equal(
      check({ level: "baseline" }, podOf(parts))
        .checks.map(({ id }) => id)
        .join(" "),
      expected.split(" ")[0],
    );
  });
}
