/** Versions of the standard, kinds of objects, and the words of messages. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { AmapError, type Value, type ValueObject } from "../../../base/index.ts";
import { check, GOOD, GOOD_SECURITY, type PodParts, podOf } from "../../../testing/pod-security-pods.ts";

const C = "spec.containers[0]";
const S = `${C}.securityContext`;

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
