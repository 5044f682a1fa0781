/** What rules and exceptions leave out. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { AmapError } from "../../../base/index.ts";
import { check, GOOD, type PodParts, podOf, textOf } from "../../../testing/pod-security-pods.ts";
import type { PodSecurityExclusion } from "../../resource/kyverno/rule-actions.ts";
import { checkPodSecurity } from "./pod-security.ts";

const C = "spec.containers[0]";
const S = `${C}.securityContext`;
const P = "spec.securityContext";

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
