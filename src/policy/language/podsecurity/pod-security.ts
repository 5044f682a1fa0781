import { textOf, type Value } from "../../../base/index.ts";
import type { PodSecurity, PodSecurityExclusion } from "../../resource/kyverno/rule-actions.ts";
import { withoutExcluded } from "./exclusions.ts";
import type { FieldError, Finding } from "./finding.ts";
import { podPaths, readPod } from "./pod.ts";
import { findViolations, parseStandard, type Violation } from "./standard.ts";

/** A check that a pod does not meet, as reports name it. */
export interface PodSecurityViolation {
  /** As k8s.io/pod-security-admission names the check: `hostPorts`. */
  readonly id: string;
  /** As policies name the control: `Host Ports`; empty for one that has no name there. */
  readonly control: string;
  readonly reason: string;
  readonly detail: string;
  /** The fields of the resource, in their places there. */
  readonly errors: readonly FieldError[];
  /** The names of the containers that the detail names. */
  readonly containers: readonly string[];
}

/** What a rule says of a resource: `exempted` when exceptions allow all that the rule does not. */
export interface PodSecurityOutcome {
  readonly status: "allowed" | "exempted" | "denied";
  readonly checks: readonly PodSecurityViolation[];
  /** What is said behind `Validation rule 'x' failed. `; empty when nothing is denied. */
  readonly message: string;
}

/** How a pod is checked. */
export interface PodSecurityOptions {
  /** What PolicyExceptions leave out, all of them in their order. */
  readonly exceptions?: readonly PodSecurityExclusion[];
  readonly charge: (steps: number) => void;
}

/**
 * Checks a Pod, or the pod of a Deployment, DaemonSet, StatefulSet, ReplicaSet, ReplicationController, Job or CronJob,
 * by the Pod Security Standards as Kyverno does: every check of the level in the revision of the version, without what
 * the rule and exceptions leave out. Checks and messages are those of the k8s.io/pod-security-admission in Kyverno 1.19.
 *
 * @throws {AmapError} VALUE_INVALID for another kind and for fields of a wrong type, POLICY_INVALID for a version that is
 * none, BUDGET_EXCEEDED by `charge`
 * @see https://kubernetes.io/docs/concepts/security/pod-security-standards/
 * @example
 * ```ts
 * import { checkPodSecurity } from "../../index.ts";
 * const pod = { apiVersion: "v1", kind: "Pod", metadata: { name: "web" }, spec: { hostPID: true } };
 * checkPodSecurity({ level: "baseline" }, pod, { charge() {} }).status; // "denied"
 * ```
 */
export function checkPodSecurity(rule: PodSecurity, resource: Value, options: PodSecurityOptions): PodSecurityOutcome {
  const { level = "", version = "", exclude = [] } = rule;
  const { charge, exceptions = [] } = options;
  const standard = parseStandard(level, version);
  const pod = readPod(resource);
  charge(1 + pod.containers.length + pod.volumes.length + pod.annotations.size);
  const found = withoutExcluded(findViolations(pod, standard), exclude, pod, standard, charge);
  if (found.length === 0) return { status: "allowed", checks: [], message: "" };
  const left = withoutExcluded(found, exceptions, pod, standard, charge);
  if (left.length === 0) return { status: "exempted", checks: [], message: "" };
  const checks = left.map((violation) => describe(violation, textOf(resource, "kind")));
  const message = `It violates PodSecurity "${level}:${version}": ${checks.map(checkText).join("")}`;
  return { status: "denied", checks, message };
}

function describe({ id, control, finding }: Violation, kind: string): PodSecurityViolation {
  return {
    id,
    control,
    reason: finding.reason,
    detail: finding.detail,
    errors: (finding.errors ?? []).map((error) => ({ ...error, field: fieldInResource(error.field, kind) })),
    containers: containersIn(finding),
  };
}

/** A pod's field where the resource has it. As in Kyverno, metadata is that of a template also in a Pod. */
function fieldInResource(field: string, kind: string): string {
  const spec = podPaths(kind)?.spec ?? "spec";
  const placed = spec === "spec" ? field : field.replaceAll("spec", spec);
  return placed.replaceAll("metadata", "spec.template.metadata");
}

/** The containers named in a detail between `container` and `must`, as Kyverno reads them from it. */
function containersIn({ detail }: Finding): readonly string[] {
  const line = detail.split("\n").find((text) => text.includes("container") && text.includes("must")) ?? "";
  const after = line.slice(line.indexOf("container") + "container".length).replace(/^s/, "");
  const end = after.indexOf("must");
  if (line === "" || end < 0) return [];
  return after.slice(0, end).replaceAll(/[" ]/g, "").split(",");
}

function checkText({ reason, errors }: PodSecurityViolation): string {
  return `(Forbidden reason: ${reason}, field error list: [${errors.map(errorText).join(", ")}])`;
}

function errorText({ type, field, badValue }: FieldError): string {
  if (type === "required") return `${field}: Required value`;
  if (badValue === "") return `${field}: Forbidden`;
  const value = typeof badValue === "object" ? `[${badValue.join(" ")}]` : String(badValue);
  return `${field} is forbidden, forbidden values found: ${value}`;
}
