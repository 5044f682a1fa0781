import type { Value, ValueObject } from "../../../src/base/index.ts";
import type { Choices } from "../../../src/testing/cel-choices.ts";
import { IMAGES, pickValue, times } from "../resources.ts";

/** A pod that may break any control of the Pod Security Standards: its metadata and spec. */
export function makePod(choices: Choices, metadata: ValueObject): ValueObject {
  const annotations = maybe(choices, 6, "annotations", () => ({
    [choices.pick([
      "container.apparmor.security.beta.kubernetes.io/c0",
      "container.apparmor.security.beta.kubernetes.io/c1",
      "seccomp.security.alpha.kubernetes.io/pod",
      "container.seccomp.security.alpha.kubernetes.io/c0",
    ])]: choices.pick(["unconfined", "runtime/default", "localhost/x"]),
  }));
  return {
    metadata: { ...metadata, ...annotations },
    spec: {
      containers: times(1 + choices.next(2), (index) => makeContainer(choices, `c${index}`)),
      ...maybe(choices, 4, "initContainers", () => [makeContainer(choices, "init")]),
      ...maybe(choices, 8, "ephemeralContainers", () => [makeContainer(choices, "debug")]),
      ...maybe(choices, 5, "hostNetwork", () => choices.pick([true, false])),
      ...maybe(choices, 6, "hostPID", () => true),
      ...maybe(choices, 8, "hostIPC", () => choices.pick([true, false])),
      ...maybe(choices, 12, "hostUsers", () => choices.pick([true, false])),
      ...maybe(choices, 10, "os", () => ({ name: choices.pick(["windows", "linux"]) })),
      ...maybe(choices, 3, "securityContext", () => makePodContext(choices)),
      ...maybe(choices, 3, "volumes", () => times(1 + choices.next(2), (index) => makeVolume(choices, `v${index}`))),
    },
  };
}

function maybe(choices: Choices, count: number, key: string, make: () => Value): ValueObject {
  return choices.oneIn(count) ? { [key]: make() } : {};
}

function makePodContext(choices: Choices): ValueObject {
  return {
    ...makeSharedContext(choices),
    ...maybe(choices, 4, "sysctls", () => [
      {
        name: choices.pick([
          "kernel.msgmax",
          "net.ipv4.tcp_syncookies",
          "net.core.somaxconn",
          "net.ipv4.tcp_keepalive_time",
        ]),
        value: "1",
      },
    ]),
    ...maybe(choices, 5, "supplementalGroups", () => [1]),
  };
}

function makeSharedContext(choices: Choices): ValueObject {
  return {
    ...maybe(choices, 2, "runAsNonRoot", () => choices.pick([true, true, false])),
    ...maybe(choices, 3, "runAsUser", () => choices.pick([0, 1000])),
    ...maybe(choices, 3, "seccompProfile", () => ({
      type: choices.pick(["RuntimeDefault", "Unconfined", "Localhost"]),
    })),
    ...maybe(choices, 6, "seLinuxOptions", () =>
      choices.pick<ValueObject>([
        { type: "container_t" },
        { type: "spc_t" },
        { user: "root" },
        { role: "r", type: "custom_t" },
        { level: "s0" },
      ]),
    ),
    ...maybe(choices, 8, "appArmorProfile", () => ({ type: choices.pick(["Unconfined", "RuntimeDefault"]) })),
    ...maybe(choices, 10, "windowsOptions", () => ({ hostProcess: choices.pick([true, false]) })),
  };
}

function makeContainer(choices: Choices, name: string): ValueObject {
  return {
    name,
    image: choices.pick(IMAGES),
    ...maybe(choices, 4, "ports", () => [
      { containerPort: 80, ...maybe(choices, 2, "hostPort", () => pickValue(choices, [80, 0, 443])) },
    ]),
    ...maybe(choices, 8, "livenessProbe", () => ({
      httpGet: { path: "/", port: 80, ...maybe(choices, 2, "host", () => "10.0.0.1") },
    })),
    ...(choices.oneIn(4)
      ? {}
      : {
          securityContext: {
            ...makeSharedContext(choices),
            ...maybe(choices, 2, "allowPrivilegeEscalation", () => choices.pick([false, false, true])),
            ...maybe(choices, 5, "privileged", () => choices.pick([true, false])),
            ...maybe(choices, 8, "procMount", () => choices.pick(["Unmasked", "Default"])),
            ...maybe(choices, 2, "capabilities", () => ({
              ...maybe(choices, 2, "drop", () => choices.pick<Value>([["ALL"], ["ALL"], ["NET_RAW"], []])),
              ...maybe(choices, 2, "add", () =>
                choices.pick<Value>([["NET_ADMIN"], ["NET_BIND_SERVICE"], ["CHOWN", "SYS_TIME"], []]),
              ),
            })),
          },
        }),
  };
}

function makeVolume(choices: Choices, name: string): ValueObject {
  return choices.pick<ValueObject>([
    { name, emptyDir: {} },
    { name, hostPath: { path: choices.pick(["/tmp", "/"]) } },
    { name, configMap: { name: "c" } },
    { name, nfs: { server: "s", path: "/" } },
    { name },
  ]);
}
