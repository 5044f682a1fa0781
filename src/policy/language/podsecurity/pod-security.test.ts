import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { AmapError, Double, type Value, type ValueObject } from "../../../base/index.ts";
import type { PodSecurity, PodSecurityExclusion } from "../../resource/kyverno/rule-actions.ts";
import { checkPodSecurity, type PodSecurityOutcome } from "./pod-security.ts";

const GOOD_SECURITY = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  runAsNonRoot: true,
  seccompProfile: { type: "RuntimeDefault" },
};
const GOOD = { name: "c", image: "registry.example.com/app:v1", securityContext: GOOD_SECURITY };

interface PodParts {
  readonly spec?: ValueObject;
  readonly container?: ValueObject;
  readonly security?: ValueObject;
  readonly annotations?: Record<string, string>;
}

/** A pod that meets the restricted standard but for what is given. */
function podOf({ spec = {}, container = {}, security = {}, annotations = {} }: PodParts): ValueObject {
  const securityContext = { ...GOOD_SECURITY, ...security };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web", annotations },
    spec: { containers: [{ ...GOOD, securityContext, ...container }], ...spec },
  };
}

function check(
  rule: PodSecurity,
  resource: Value,
  exceptions: readonly PodSecurityExclusion[] = [],
): PodSecurityOutcome {
  return checkPodSecurity(rule, resource, { exceptions, charge() {} });
}

function textOf(outcome: PodSecurityOutcome): string {
  return outcome.checks
    .map(({ id, errors }) => `${id}: ${errors.map(({ field, badValue }) => `${field}=${String(badValue)}`).join(" ")}`)
    .join("; ");
}

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

const versions: readonly (readonly [string, string, PodParts, string])[] = [
  ["sysctls", "v1.26", sysctl("net.ipv4.ip_local_reserved_ports"), "denied"],
  ["sysctls", "v1.27", sysctl("net.ipv4.ip_local_reserved_ports"), "allowed"],
  ["sysctls", "v1.28", sysctl("net.ipv4.tcp_fin_timeout"), "denied"],
  ["sysctls", "v1.29", sysctl("net.ipv4.tcp_fin_timeout"), "allowed"],
  ["sysctls", "v1.31", sysctl("net.ipv4.tcp_rmem"), "denied"],
  ["sysctls", "v1.32", sysctl("net.ipv4.tcp_rmem"), "allowed"],
  ["sysctls", "latest", sysctl("net.ipv4.tcp_wmem"), "allowed"],
  ["SELinux types", "v1.30", { security: { seLinuxOptions: { type: "container_engine_t" } } }, "denied"],
  ["SELinux types", "v1.31", { security: { seLinuxOptions: { type: "container_engine_t" } } }, "allowed"],
  ["Windows pods", "v1.24", windows(), "denied"],
  ["Windows pods", "v1.25", windows(), "allowed"],
  ["seccomp fields", "v1.18", { security: { seccompProfile: { type: "Unconfined" } } }, "denied"],
  ["seccomp annotations", "v1.18", seccomp("unconfined"), "denied"],
  ["seccomp annotations", "v1.18", seccomp("docker/default"), "allowed"],
  ["seccomp annotations", "v1.19", seccomp("unconfined"), "allowed"],
  // As in Kyverno, the first revision of a check holds before its time.
  ["dropped capabilities", "v1.0", { security: { capabilities: null } }, "denied"],
  ["hosts of probes", "v1.20", { container: { startupProbe: { tcpSocket: { host: "h" } } } }, "denied"],
];

function sysctl(name: string): PodParts {
  return { spec: { securityContext: { sysctls: [{ name, value: "1" }] } } };
}

function windows(): PodParts {
  const security = { allowPrivilegeEscalation: null, capabilities: null, seccompProfile: null };
  return { security, spec: { os: { name: "windows" } } };
}

function seccomp(profile: string): PodParts {
  return { annotations: { "container.seccomp.security.alpha.kubernetes.io/c": profile } };
}

for (const [name, version, parts, expected] of versions) {
  test(`${name} in ${version}: ${expected} (${JSON.stringify(parts).length})`, () => {
    assert.equal(check({ level: "restricted", version: version as "latest" }, podOf(parts)).status, expected);
  });
}

test("a version that is none is refused", () => {
  for (const version of ["1.25", "v1", "v2.0", "v1.01", "v1.-1", "newest"]) {
    assert.throws(() => check({ level: "baseline", version: version as "latest" }, podOf({})), {
      name: "AmapError",
      code: "POLICY_INVALID",
    });
  }
});

test("every level but baseline asks for all checks, as in Kyverno", () => {
  const pod = podOf({ security: { runAsNonRoot: false } });
  assert.equal(check({ level: "privileged" }, pod).status, "denied");
  assert.equal(check({}, pod).status, "denied");
});

test("init containers come first, then containers, then ephemeral ones", () => {
  const bad = (name: string): ValueObject => ({
    ...GOOD,
    name,
    securityContext: { ...GOOD_SECURITY, privileged: true },
  });
  const spec = { ephemeralContainers: [bad("e")], containers: [GOOD, bad("c")], initContainers: [bad("i")] };
  const outcome = check({ level: "baseline", version: "latest" }, podOf({ spec }));
  assert.equal(
    outcome.message,
    'It violates PodSecurity "baseline:latest": (Forbidden reason: privileged, field error list: [' +
      "spec.initContainers[0].securityContext.privileged is forbidden, forbidden values found: true, " +
      "spec.containers[1].securityContext.privileged is forbidden, forbidden values found: true, " +
      "spec.ephemeralContainers[0].securityContext.privileged is forbidden, forbidden values found: true])",
  );
  assert.deepEqual(outcome.checks[0]?.containers, ["i", "c", "e"]);
});

test("a message joins all checks; what is missing and what has no value is said shortly", () => {
  const spec = { volumes: [{ name: "n", nfs: {} }], containers: [{ name: "c", image: "a" }] };
  const outcome = check({ level: "restricted", version: "v1.24" }, podOf({ spec }));
  assert.equal(
    outcome.message,
    'It violates PodSecurity "restricted:v1.24": ' +
      `(Forbidden reason: allowPrivilegeEscalation != false, field error list: [${S}.allowPrivilegeEscalation: Required value])` +
      `(Forbidden reason: unrestricted capabilities, field error list: [${S}.capabilities.drop: Required value])` +
      "(Forbidden reason: restricted volume types, field error list: [spec.volumes[0].nfs: Forbidden])" +
      `(Forbidden reason: runAsNonRoot != true, field error list: [${S}.runAsNonRoot: Required value])` +
      `(Forbidden reason: seccompProfile, field error list: [${S}.seccompProfile.type: Required value])`,
  );
  const capabilities = { drop: ["ALL"], add: ["NET_RAW", "BPF"] };
  assert.match(
    check({ level: "baseline" }, podOf({ security: { capabilities } })).message,
    /"baseline:": .*capabilities.add is forbidden, forbidden values found: \[BPF NET_RAW\]\]\)$/,
  );
});

const { spec: TEMPLATE_SPEC } = podOf({ spec: { hostPID: true } });
const places: readonly (readonly [string, ValueObject, string])[] = [
  ["Deployment", { template: { spec: TEMPLATE_SPEC as Value } }, "spec.template.spec.hostPID"],
  ["Job", { template: { spec: TEMPLATE_SPEC as Value } }, "spec.template.spec.hostPID"],
  [
    "CronJob",
    { jobTemplate: { spec: { template: { spec: TEMPLATE_SPEC as Value } } } },
    "spec.jobTemplate.spec.template.spec.hostPID",
  ],
];

for (const [kind, spec, expected] of places) {
  test(`fields of a ${kind} have their places in it`, () => {
    const outcome = check({ level: "baseline" }, { apiVersion: "apps/v1", kind, spec });
    assert.equal(outcome.checks[0]?.errors[0]?.field, expected);
  });
}

test("a CronJob's annotations are those of its Job, as in Kyverno", () => {
  const metadata = { annotations: { "container.apparmor.security.beta.kubernetes.io/c": "unconfined" } };
  const { spec } = podOf({});
  const cronJob = (job: ValueObject, pod: ValueObject): ValueObject => ({
    kind: "CronJob",
    spec: { jobTemplate: { metadata: job, spec: { template: { metadata: pod, spec: spec as Value } } } },
  });
  assert.equal(check({ level: "baseline" }, cronJob(metadata, {})).status, "denied");
  assert.equal(check({ level: "baseline" }, cronJob({}, metadata)).status, "allowed");
});

const refused: readonly (readonly [string, Value, RegExp])[] = [
  ["another kind", { kind: "Service" }, /correct resource type/],
  ["no kind", {}, /correct resource type/],
  ["a text for a flag", podOf({ security: { privileged: "true" } }), /privileged must be true or false/],
  ["a flag for a text", podOf({ security: { procMount: true } }), /procMount must be a text/],
  ["a text for a number", podOf({ security: { runAsUser: "0" } }), /runAsUser must be an integer/],
  ["a fraction", podOf({ security: { runAsUser: 0.5 } }), /runAsUser must be an integer/],
  ["an object for a list", podOf({ spec: { containers: {} } }), /spec.containers must be a list/],
  ["a list for an object", podOf({ spec: { securityContext: [] } }), /spec.securityContext must be an object/],
  ["a number among capabilities", podOf({ security: { capabilities: { add: [1] } } }), /add\[0\] must be/],
  ["a number among annotations", { kind: "Pod", metadata: { annotations: { a: 1 } } }, /annotations.a must be a text/],
];

for (const [name, resource, message] of refused) {
  test(`${name} is refused, not passed over`, () => {
    assert.throws(
      () => check({ level: "baseline" }, resource),
      (error) => {
        assert.ok(error instanceof AmapError);
        assert.equal(error.code, "VALUE_INVALID");
        assert.match(error.message, message);
        return true;
      },
    );
  });
}

test("a pod without a spec has nothing to deny", () => {
  assert.equal(check({ level: "restricted" }, { kind: "Pod" }).status, "allowed");
  assert.equal(check({ level: "restricted" }, { kind: "Pod", spec: null }).status, "allowed");
});

const CAPABLE = {
  spec: {
    containers: [
      { ...GOOD, name: "a", image: "nginx:1", securityContext: { capabilities: { add: ["SYS_ADMIN", "NET_RAW"] } } },
      { ...GOOD, name: "b", image: "busybox:1", securityContext: { capabilities: { add: ["SYS_ADMIN"] } } },
    ],
  },
};
const ADD = "securityContext.capabilities.add";

interface ExclusionRow {
  readonly name: string;
  readonly pod: PodParts;
  readonly exclude: readonly PodSecurityExclusion[];
  readonly expected: string;
}

const exclusions: readonly ExclusionRow[] = [
  {
    name: "a control of containers with some images",
    pod: CAPABLE,
    exclude: [{ controlName: "Capabilities", images: ["nginx*"] }],
    expected: `capabilities_baseline: spec.containers[1].${ADD}=SYS_ADMIN`,
  },
  {
    name: "all images",
    pod: CAPABLE,
    exclude: [{ controlName: "Capabilities", images: ["*"] }],
    expected: "",
  },
  {
    name: "two exclusions together",
    pod: CAPABLE,
    exclude: [
      { controlName: "Capabilities", images: ["nginx*"] },
      { controlName: "Capabilities", images: ["busy*"] },
    ],
    expected: "",
  },
  {
    name: "values that are not all the bad ones",
    pod: CAPABLE,
    exclude: [
      { controlName: "Capabilities", images: ["*"], restrictedField: `spec.containers[*].${ADD}`, values: ["SYS_*"] },
    ],
    expected: `capabilities_baseline: spec.containers[0].${ADD}=NET_RAW,SYS_ADMIN`,
  },
  {
    name: "another control",
    pod: CAPABLE,
    exclude: [{ controlName: "Privileged Containers", images: ["*"] }],
    expected: `capabilities_baseline: spec.containers[0].${ADD}=NET_RAW,SYS_ADMIN spec.containers[1].${ADD}=SYS_ADMIN`,
  },
  {
    name: "another field",
    pod: CAPABLE,
    exclude: [
      { controlName: "Capabilities", images: ["*"], restrictedField: `spec.initContainers[*].${ADD}`, values: ["*"] },
    ],
    expected: `capabilities_baseline: spec.containers[0].${ADD}=NET_RAW,SYS_ADMIN spec.containers[1].${ADD}=SYS_ADMIN`,
  },
  {
    name: "a field of the pod",
    pod: { spec: { hostPID: true, hostIPC: true } },
    exclude: [{ controlName: "Host Namespaces", restrictedField: "spec.hostPID", values: ["true"] }],
    expected: "hostNamespaces: spec.hostIPC=true",
  },
  {
    name: "a control of the pod",
    pod: { spec: { hostPID: true, hostIPC: true } },
    exclude: [{ controlName: "Host Namespaces" }],
    expected: "",
  },
  {
    name: "a pod's field, not its containers'",
    pod: { spec: { securityContext: { seLinuxOptions: { type: "x" } } }, security: { seLinuxOptions: { type: "y" } } },
    exclude: [{ controlName: "SELinux" }],
    expected: `seLinuxOptions: ${S}.seLinuxOptions.type=y`,
  },
  {
    name: "containers' fields, not the pod's",
    pod: { spec: { securityContext: { seLinuxOptions: { type: "x" } } }, security: { seLinuxOptions: { type: "y" } } },
    exclude: [{ controlName: "SELinux", images: ["*"] }],
    expected: `seLinuxOptions: ${P}.seLinuxOptions.type=x`,
  },
  {
    name: "host ports by value",
    pod: { container: { ports: [{ hostPort: 80 }, { hostPort: 90 }] } },
    exclude: [
      {
        controlName: "Host Ports",
        images: ["*"],
        restrictedField: "spec.containers[*].ports[*].hostPort",
        values: ["8?"],
      },
    ],
    expected: `hostPorts: ${C}.ports[1].hostPort=90`,
  },
  {
    name: "an annotation",
    pod: { annotations: { "container.apparmor.security.beta.kubernetes.io/c": "unconfined" } },
    exclude: [{ controlName: "AppArmor" }],
    expected: "",
  },
];

for (const { name, pod, exclude, expected } of exclusions) {
  test(`leaving out ${name}: ${expected || "nothing is left"}`, () => {
    const resource = podOf(pod);
    assert.equal(textOf(check({ level: "baseline", exclude }, resource)), expected);
    assert.equal(textOf(check({ level: "baseline" }, resource, exclude)), expected, "as an exception");
  });
}

test("what the rule leaves out is allowed, what exceptions leave out is exempted", () => {
  const pod = podOf({ spec: { hostPID: true } });
  const exclude: readonly PodSecurityExclusion[] = [{ controlName: "Host Namespaces" }];
  assert.equal(check({ level: "baseline", exclude }, pod).status, "allowed");
  assert.equal(check({ level: "baseline" }, pod, exclude).status, "exempted");
});

test("an exclusion of the pod takes one failing container away where all fail alike, as in Kyverno", () => {
  const containers = [
    { name: "a", image: "a" },
    { name: "b", image: "b" },
  ];
  const outcome = check(
    { level: "restricted", exclude: [{ controlName: "Running as Non-root" }] },
    podOf({ spec: { containers } }),
  );
  const left = outcome.checks.find(({ id }) => id === "runAsNonRoot");
  assert.deepEqual(
    left?.errors.map(({ field }) => field),
    ["spec.containers[1].securityContext.runAsNonRoot"],
  );
});

test("the work of exclusions is charged", () => {
  const containers = Array.from({ length: 2_000 }, (_, index) => ({
    name: `c${index}`,
    image: "a",
    securityContext: { privileged: true },
  }));
  const exclude: readonly PodSecurityExclusion[] = [{ controlName: "Privileged Containers", images: ["*"] }];
  let steps = 0;
  const charge = (count: number): void => {
    steps += count;
    if (steps > 100_000) throw new AmapError("BUDGET_EXCEEDED", "too many steps");
  };
  assert.throws(() => checkPodSecurity({ level: "baseline", exclude }, podOf({ spec: { containers } }), { charge }), {
    code: "BUDGET_EXCEEDED",
  });
});

const anyContainer = fc
  .record({
    name: fc.constantFrom("a", "b"),
    image: fc.constantFrom("nginx:1", "busybox:1"),
    securityContext: fc.record(
      {
        privileged: fc.boolean(),
        allowPrivilegeEscalation: fc.boolean(),
        runAsUser: fc.constantFrom(0, 1),
        capabilities: fc.record({ add: fc.subarray(["CHOWN", "BPF"]), drop: fc.subarray(["ALL", "KILL"]) }),
        seccompProfile: fc.record({ type: fc.constantFrom("Unconfined", "Localhost") }),
      },
      { requiredKeys: [] },
    ),
  })
  .map((container): ValueObject => container);
const anyPod = fc
  .record({ hostPID: fc.boolean(), containers: fc.array(anyContainer, { maxLength: 3 }) })
  .map((spec) => podOf({ spec }));
const anyExclusion = fc.record<{ controlName: "Capabilities" | "Host Namespaces" | "Seccomp"; images: string[] }>({
  controlName: fc.constantFrom("Capabilities", "Host Namespaces", "Seccomp"),
  images: fc.subarray(["nginx*", "*box*"]),
});

test("law: what baseline denies, restricted denies with the same checks", () => {
  fc.assert(
    fc.property(anyPod, (pod) => {
      const restricted = new Set(check({ level: "restricted" }, pod).checks.map(({ id }) => id));
      for (const { id } of check({ level: "baseline" }, pod).checks) assert.ok(restricted.has(id));
    }),
  );
});

test("law: exclusions only take away, and only of their control", () => {
  fc.assert(
    fc.property(anyPod, fc.array(anyExclusion, { maxLength: 3 }), (pod, exclude) => {
      const fieldsOf = (outcome: PodSecurityOutcome): ReadonlyMap<string, readonly string[]> =>
        new Map(outcome.checks.map(({ id, errors }) => [id, errors.map(({ field }) => field).toSorted()]));
      const before = fieldsOf(check({ level: "restricted" }, pod));
      const after = fieldsOf(check({ level: "restricted", exclude }, pod));
      const named = new Set(exclude.map(({ controlName }) => controlName));
      for (const { id, control } of check({ level: "restricted" }, pod).checks) {
        const left = after.get(id) ?? [];
        assert.ok(left.every((field) => before.get(id)?.includes(field)));
        if (!named.has(control as "Seccomp")) assert.deepEqual(left, before.get(id));
      }
      for (const id of after.keys()) assert.ok(before.has(id));
    }),
  );
});

test("law: whatever the pod is, it is judged or refused with a code", () => {
  const anyField = fc.constantFrom(
    "containers",
    "securityContext",
    "volumes",
    "hostPID",
    "os",
    "capabilities",
    "add",
    "name",
  );
  const junk = fc.letrec<{ value: Value }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom<Value>(null, true, 0, "x", 1n),
      fc.array(tie("value"), { maxLength: 2 }),
      fc.dictionary(anyField, tie("value"), { maxKeys: 4, noNullPrototype: true }),
    ),
  })).value;
  fc.assert(
    fc.property(junk, (spec) => {
      try {
        check({ level: "restricted" }, { kind: "Pod", spec });
      } catch (error) {
        assert.ok(error instanceof AmapError && error.code === "VALUE_INVALID");
      }
    }),
  );
});
