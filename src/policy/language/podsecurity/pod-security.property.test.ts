import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { AmapError, type Value, type ValueObject } from "../../../base/index.ts";
import { check, podOf } from "../../../testing/pod-security-pods.ts";
import { type PodSecurityOutcome } from "./pod-security.ts";

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
