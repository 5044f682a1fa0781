import {
  checkBaselineCapabilities,
  checkHostPorts,
  checkPrivileged,
  checkPrivilegeEscalation,
  checkProbeHosts,
  checkProcMount,
  checkRestrictedCapabilities,
  exceptForWindows,
} from "./container-checks.ts";
import type { Finding } from "./finding.ts";
import { checkHostProcess, checkNonRoot, checkRunAsUser, SELINUX_TYPES, seLinuxCheck } from "./identity-checks.ts";
import type { Pod } from "./pod.ts";
import {
  checkHostNamespaces,
  checkHostPathVolumes,
  checkVolumeTypes,
  SAFE_SYSCTLS,
  sysctlsCheck,
} from "./pod-checks.ts";
import {
  checkAppArmor,
  checkSeccompAnnotations,
  checkSeccompFields,
  checkSeccompRestricted,
} from "./profile-checks.ts";

export type Check = (pod: Pod) => Finding | undefined;

/** A check of the Pod Security Standards with its revisions. */
export interface Control {
  /** As k8s.io/pod-security-admission names it. */
  readonly id: string;
  /** As policies name the control; empty for one that cannot be left out. */
  readonly name: string;
  readonly level: "baseline" | "restricted";
  /** Revisions by the minor version of Kubernetes 1 since which they hold, in order. */
  readonly revisions: readonly { readonly since: number; readonly check: Check }[];
}

function always(check: Check): Control["revisions"] {
  return [{ since: 0, check }];
}

/** A check that pods for Windows need not meet since v1.25. */
function notForWindows(since: number, check: Check): Control["revisions"] {
  return [
    { since, check },
    { since: 25, check: exceptForWindows(check) },
  ];
}

function byVersion<Row>(rows: Readonly<Record<number, Row>>, make: (row: Row) => Check): Control["revisions"] {
  return Object.entries(rows).map(([since, row]) => ({ since: Number(since), check: make(row) }));
}

/** Every check, in the order in which findings are listed. */
export const CONTROLS: readonly Control[] = [
  control("allowPrivilegeEscalation", "Privilege Escalation", "restricted", notForWindows(8, checkPrivilegeEscalation)),
  control("appArmorProfile", "AppArmor", "baseline", always(checkAppArmor)),
  control("capabilities_baseline", "Capabilities", "baseline", always(checkBaselineCapabilities)),
  control("capabilities_restricted", "Capabilities", "restricted", notForWindows(22, checkRestrictedCapabilities)),
  control("hostNamespaces", "Host Namespaces", "baseline", always(checkHostNamespaces)),
  control("hostPathVolumes", "HostPath Volumes", "baseline", always(checkHostPathVolumes)),
  control("hostPorts", "Host Ports", "baseline", always(checkHostPorts)),
  control("hostProbesAndHostLifecycle", "", "baseline", [{ since: 34, check: checkProbeHosts }]),
  control("privileged", "Privileged Containers", "baseline", always(checkPrivileged)),
  control("procMount", "/proc Mount Type", "baseline", always(checkProcMount)),
  control("restrictedVolumes", "Volume Types", "restricted", always(checkVolumeTypes)),
  control("runAsNonRoot", "Running as Non-root", "restricted", always(checkNonRoot)),
  control("runAsUser", "Running as Non-root user", "restricted", [{ since: 23, check: checkRunAsUser }]),
  control("seLinuxOptions", "SELinux", "baseline", byVersion(SELINUX_TYPES, seLinuxCheck)),
  control("seccompProfile_baseline", "Seccomp", "baseline", [
    { since: 0, check: checkSeccompAnnotations },
    { since: 19, check: checkSeccompFields },
  ]),
  control("seccompProfile_restricted", "Seccomp", "restricted", notForWindows(19, checkSeccompRestricted)),
  control("sysctls", "Sysctls", "baseline", byVersion(SAFE_SYSCTLS, sysctlsCheck)),
  control("windowsHostProcess", "HostProcess", "baseline", always(checkHostProcess)),
];

function control(id: string, name: string, level: Control["level"], revisions: Control["revisions"]): Control {
  return Object.freeze({ id, name, level, revisions });
}

/**
 * The check of a control in a version. As in Kyverno, the first revision holds before its time, too: a policy for v1.20
 * also asks for dropped capabilities, which the standard has since v1.22.
 */
export function checkInVersion({ revisions }: Control, minor: number): Check {
  const current = revisions.findLast(({ since }) => since <= minor) ?? revisions[0];
  return (current as Control["revisions"][number]).check;
}
