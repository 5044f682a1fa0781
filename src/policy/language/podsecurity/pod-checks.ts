import { isValueObject, memberOf, textOf, type ValueObject } from "../../../base/index.ts";
import { type Finding, forbidden, plural, quoted, sorted } from "./finding.ts";
import type { Pod } from "./pod.ts";

/** Controls that are about the pod, whatever its containers are. */

/** Sources of volumes that the restricted standard allows, and those that it names when it does not. */
const ALLOWED_VOLUMES = [
  "configMap",
  "csi",
  "downwardAPI",
  "emptyDir",
  "ephemeral",
  "image",
  "persistentVolumeClaim",
  "projected",
  "secret",
] as const;
const NAMED_VOLUMES = [
  "hostPath",
  "gcePersistentDisk",
  "awsElasticBlockStore",
  "gitRepo",
  "nfs",
  "iscsi",
  "glusterfs",
  "rbd",
  "flexVolume",
  "cinder",
  "cephfs",
  "flocker",
  "fc",
  "azureFile",
  "vsphereVolume",
  "quobyte",
  "azureDisk",
  "photonPersistentDisk",
  "portworxVolume",
  "scaleIO",
  "storageos",
] as const;

const SYSCTLS_V1_0 = [
  "kernel.shm_rmid_forced",
  "net.ipv4.ip_local_port_range",
  "net.ipv4.tcp_syncookies",
  "net.ipv4.ping_group_range",
  "net.ipv4.ip_unprivileged_port_start",
] as const;
const SYSCTLS_V1_27 = [...SYSCTLS_V1_0, "net.ipv4.ip_local_reserved_ports"] as const;
const SYSCTLS_V1_29 = [
  ...SYSCTLS_V1_27,
  "net.ipv4.tcp_keepalive_time",
  "net.ipv4.tcp_fin_timeout",
  "net.ipv4.tcp_keepalive_intvl",
  "net.ipv4.tcp_keepalive_probes",
] as const;
const SYSCTLS_V1_32 = [...SYSCTLS_V1_29, "net.ipv4.tcp_rmem", "net.ipv4.tcp_wmem"] as const;

/** Sysctls that are safe, by the minor version since which they are. */
export const SAFE_SYSCTLS = { 0: SYSCTLS_V1_0, 27: SYSCTLS_V1_27, 29: SYSCTLS_V1_29, 32: SYSCTLS_V1_32 } as const;

export function checkHostNamespaces(pod: Pod): Finding | undefined {
  const shared = (["hostNetwork", "hostPID", "hostIPC"] as const).filter((field) => pod[field]);
  if (shared.length === 0) return undefined;
  return {
    reason: "host namespaces",
    detail: shared.map((field) => `${field}=true`).join(", "),
    errors: shared.map((field) => forbidden(`spec.${field}`, true)),
  };
}

export function checkHostPathVolumes({ volumes }: Pod): Finding | undefined {
  const bad = volumes.flatMap((volume, index) => (hasSource(volume, "hostPath") ? [{ volume, index }] : []));
  if (bad.length === 0) return undefined;
  const names = bad.map(({ volume }) => textOf(volume, "name"));
  return {
    reason: "hostPath volumes",
    detail: `${plural("volume", bad.length)} ${quoted(names)}`,
    errors: bad.map(({ volume, index }) =>
      forbidden(`spec.volumes[${index}].hostPath`, textOf(memberOf(volume, "hostPath"), "path")),
    ),
  };
}

export function checkVolumeTypes({ volumes }: Pod): Finding | undefined {
  const bad = volumes.flatMap((volume, index) => {
    if (ALLOWED_VOLUMES.some((source) => hasSource(volume, source))) return [];
    const type = NAMED_VOLUMES.find((source) => hasSource(volume, source)) ?? "unknown";
    return [{ name: textOf(volume, "name"), index, type }];
  });
  if (bad.length === 0) return undefined;
  const types = sorted(bad.map(({ type }) => type));
  const names = quoted(bad.map(({ name }) => name));
  const uses = bad.length === 1 ? "uses" : "use";
  const words = plural("restricted volume type", types.length);
  return {
    reason: "restricted volume types",
    detail: `${plural("volume", bad.length)} ${names} ${uses} ${words} ${quoted(types)}`,
    errors: bad.map(({ index, type }) => forbidden(`spec.volumes[${index}].${type}`, "")),
  };
}

function hasSource(volume: ValueObject, source: string): boolean {
  return isValueObject(memberOf(volume, source));
}

/** The check of sysctls with those that are safe in a version. */
export function sysctlsCheck(safe: readonly string[]): (pod: Pod) => Finding | undefined {
  return ({ securityContext }) => {
    const bad = (securityContext?.sysctls ?? []).flatMap((name, index) =>
      safe.includes(name) ? [] : [{ name, index }],
    );
    if (bad.length === 0) return undefined;
    return {
      reason: "forbidden sysctls",
      detail: bad.map(({ name }) => name).join(", "),
      errors: bad.map(({ name, index }) => forbidden(`spec.securityContext.sysctls[${index}].name`, name)),
    };
  };
}
