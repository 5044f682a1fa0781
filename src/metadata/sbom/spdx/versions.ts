import type { ComponentHash, ComponentKind } from "../sbom.ts";

/** Versions of SPDX 2 that are read. */
export const SPDX2_VERSIONS = ["2.1", "2.2", "2.3"] as const;
export type Spdx2Version = (typeof SPDX2_VERSIONS)[number];

/** `SPDX-2.3` → `2.3`; undefined for a version that is not read. */
export function readSpdx2Version(text: string): Spdx2Version | undefined {
  return SPDX2_VERSIONS.find((version) => text === `SPDX-${version}`);
}

/** Purposes of packages (§7.24), since 2.3. The specification's text writes a hyphen in one, its JSON schema does not. */
const KINDS: Readonly<Record<string, ComponentKind>> = {
  APPLICATION: "application",
  FRAMEWORK: "framework",
  LIBRARY: "library",
  CONTAINER: "container",
  "OPERATING-SYSTEM": "operating-system",
  OPERATING_SYSTEM: "operating-system",
  DEVICE: "device",
  FIRMWARE: "firmware",
  SOURCE: "source",
  ARCHIVE: "archive",
  FILE: "file",
  INSTALL: "install",
  OTHER: "other",
};

/** The kind that a purpose means; undefined where it says nothing that is known. */
export function toKind(purpose: string | undefined): ComponentKind | undefined {
  return purpose !== undefined && Object.hasOwn(KINDS, purpose) ? KINDS[purpose] : undefined;
}

/** The purpose of a kind, and the nearest where there is none. */
export const PURPOSES: Readonly<Record<ComponentKind, string>> = {
  application: "APPLICATION",
  framework: "FRAMEWORK",
  library: "LIBRARY",
  platform: "OTHER",
  device: "DEVICE",
  "device-driver": "FIRMWARE",
  firmware: "FIRMWARE",
  "machine-learning-model": "OTHER",
  data: "FILE",
  "cryptographic-asset": "OTHER",
  archive: "ARCHIVE",
  source: "SOURCE",
  install: "INSTALL",
  other: "OTHER",
  "operating-system": "OPERATING_SYSTEM",
  container: "CONTAINER",
  file: "FILE",
};

/** Checksum algorithms that SPDX 2.2 has; 2.3 has all of the model's. */
const OLD_ALGORITHMS: ReadonlySet<ComponentHash["algorithm"]> = new Set([
  "MD5",
  "SHA-1",
  "SHA-256",
  "SHA-384",
  "SHA-512",
]);

/** Whether a version has an algorithm. */
export function hasAlgorithm(algorithm: ComponentHash["algorithm"], version: Spdx2Version): boolean {
  return version === "2.3" || OLD_ALGORITHMS.has(algorithm);
}
