import { AmapError } from "../../../base/index.ts";
import { CONTROLS, checkInVersion } from "./controls.ts";
import type { Finding } from "./finding.ts";
import type { Pod } from "./pod.ts";

/** A Pod Security Standard of a version. */
export interface Standard {
  readonly isBaseline: boolean;
  /** The minor version of Kubernetes 1; Infinity for the latest. */
  readonly minor: number;
}

/** A check that a pod does not meet. */
export interface Violation {
  /** The check, as k8s.io/pod-security-admission names it. */
  readonly id: string;
  /** The control, as policies name it; empty when it cannot be left out. */
  readonly control: string;
  readonly finding: Finding;
}

const VERSION = /^v1\.(0|[1-9]\d*)$/;

/**
 * Reads a level and a version: `latest`, also when absent, or `v1.` and a number. As in Kyverno every level but
 * baseline asks for all checks, privileged and none as well.
 * @throws {AmapError} POLICY_INVALID for another version
 */
export function parseStandard(level: string, version: string): Standard {
  const isBaseline = level === "baseline";
  if (version === "" || version === "latest") return { isBaseline, minor: Number.POSITIVE_INFINITY };
  const minor = VERSION.exec(version)?.[1];
  if (minor === undefined) {
    throw new AmapError(
      "POLICY_INVALID",
      `the pod security version ${JSON.stringify(version)} must be "latest" or "v1.x"`,
    );
  }
  return { isBaseline, minor: Number(minor) };
}

/** The checks of a standard that a pod does not meet. */
export function findViolations(pod: Pod, { isBaseline, minor }: Standard): readonly Violation[] {
  const violations: Violation[] = [];
  for (const control of CONTROLS) {
    if (isBaseline && control.level !== "baseline") continue;
    const finding = checkInVersion(control, minor)(pod);
    if (finding !== undefined) violations.push({ id: control.id, control: control.name, finding });
  }
  return violations;
}
